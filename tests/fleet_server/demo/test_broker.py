import socket
from pathlib import Path

import paho.mqtt.client as mqtt
import psutil
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from fleet_server.demo.broker import PAYLOAD_LIMIT, choose, find_mosquitto
from fleet_server.demo.children import Child, end_together
from tests.fleet_server.demo.test_children import until
from tests.servers import free_port

BROKERS = {"mosquitto": find_mosquitto(), "embedded": None}


def listens(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


@pytest.mark.parametrize("kind", BROKERS)
def test_the_broker_carries_large_payloads_and_listens_on_this_computer_only(kind: str, tmp_path: Path) -> None:
    port = free_port()
    child = Child("broker", choose(tmp_path, port, BROKERS[kind]).command, tmp_path / "log")
    child.start()
    try:
        assert until(lambda: listens(port)), (tmp_path / "log").read_text()
        assert child.process is not None
        addresses = {
            one.laddr.ip for one in psutil.Process(child.process.pid).net_connections("inet") if one.status == "LISTEN"
        }
        assert addresses == {"127.0.0.1"}
        assert _received(port, b"x" * (PAYLOAD_LIMIT // 2)) == PAYLOAD_LIMIT // 2
        assert len((tmp_path / "log").read_text()) < 500
    finally:
        end_together([child], 5)


def _received(port: int, payload: bytes) -> int:
    sizes: list[int] = []
    ready: list[bool] = []
    client = mqtt.Client(CallbackAPIVersion.VERSION2)
    client.on_message = lambda _client, _data, message: sizes.append(len(message.payload))
    client.on_subscribe = lambda *_: ready.append(True)
    client.connect("127.0.0.1", port)
    client.loop_start()
    client.subscribe("t")
    assert until(lambda: bool(ready))
    client.publish("t", payload, qos=1)
    assert until(lambda: bool(sizes))
    client.disconnect()
    client.loop_stop()
    return sizes[0]


def test_mosquitto_is_chosen_where_it_is_installed_else_the_embedded_broker(tmp_path: Path) -> None:
    assert choose(tmp_path, 1, "/usr/sbin/mosquitto").name == "Mosquitto"
    settings = (tmp_path / "mosquitto.conf").read_text()
    assert "listener 1 127.0.0.1\n" in settings
    assert "max_queued_messages 0\n" in settings
    assert choose(tmp_path, 1, None).name.startswith("iotcore")
