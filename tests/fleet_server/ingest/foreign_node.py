"""Runs in pysparkplug's own environment: an edge node with one device, told by lines on stdin what to show."""

import sys

from pysparkplug import DataType, Device, EdgeNode, Metric, get_current_timestamp  # type: ignore[import-not-found]


def text(name: str, value: str) -> Metric:
    return Metric(timestamp=get_current_timestamp(), name=name, datatype=DataType.STRING, value=value)


def power(watts: float) -> Metric:
    return Metric(timestamp=get_current_timestamp(), name="Telemetry/Power", datatype=DataType.DOUBLE, value=watts)


node = EdgeNode("s-test1", "foreign-1", metrics=[text("Properties/Hardware Make", "Someone")])
node.register(Device("meter", metrics=[text("Properties/Serial", "F-1"), text("State", "standby"), power(0.5)]))
node.connect("127.0.0.1", port=int(sys.argv[1]))
for line in sys.stdin:
    if line.strip() == "stop":
        break
    state, watts = line.split()
    node.update_device("meter", [text("State", state), power(float(watts))])
node.disconnect()
