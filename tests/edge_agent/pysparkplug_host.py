"""Runs in pysparkplug's own environment: a foreign host that asks one rebirth and prints what it understands."""

import json
import sys
import threading
import time
from typing import Any

import pysparkplug as psp  # type: ignore[import-not-found]

port = int(sys.argv[1])
first_birth = threading.Event()


def told(_client: Any, message: Any) -> None:
    """Print one message as JSON, aliases resolved by pysparkplug."""
    metrics = {metric.name: metric.value for metric in getattr(message.payload, "metrics", ())}
    topic = message.topic
    said = {"kind": str(topic.message_type.value), "device": topic.device_id, "metrics": metrics}
    sys.stdout.write(json.dumps(said, default=str) + "\n")
    sys.stdout.flush()
    if topic.message_type is psp.MessageType.NBIRTH:
        first_birth.set()


client = psp.Client()
client.connect("127.0.0.1", port=port)
client.subscribe(
    psp.Topic(group_id="s-1", message_type=psp.SINGLE_LEVEL_WILDCARD, edge_node_id="n-1"), psp.QoS(0), told
)
client.subscribe(psp.Topic.from_str("spBv1.0/s-1/+/n-1/+"), psp.QoS(0), told)
sys.stdout.write('{"kind":"ready","device":null,"metrics":{}}\n')
sys.stdout.flush()
first_birth.wait(30)
now = int(time.time() * 1000)
rebirth = psp.Metric(timestamp=now, name="Node Control/Rebirth", datatype=psp.DataType.BOOLEAN, value=True)
client.publish(
    psp.Message(
        topic=psp.Topic(group_id="s-1", message_type=psp.MessageType.NCMD, edge_node_id="n-1"),
        payload=psp.NCmd(timestamp=now, metrics=(rebirth,)),
        qos=psp.QoS(0),
        retain=False,
    ),
    include_dtypes=True,
)
sys.stdin.read()
