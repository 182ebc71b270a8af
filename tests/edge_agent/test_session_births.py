"""Births, deaths and sequence numbers as Sparkplug 3.0 asks; tests carry the specification's ids (tck-id-…)."""

from dataclasses import replace
from itertools import pairwise

import pytest

from telemetry import births
from telemetry.journal import from_metric
from telemetry.metrics import DataType, Metric, Payload
from telemetry.payload import decode, encode
from telemetry.sequence import next_seq
from telemetry.states import DeviceState, UnknownCause
from telemetry.topics import MessageType
from tests.edge_agent.boxes import Box
from tests.edge_agent.conftest import MakeBox
from tests.edge_agent.mini_host import Heard, MiniHost
from tests.edge_agent.wiretap import Wiretap
from tests.servers import Broker

K = MessageType


def born(make_box: MakeBox, host: MiniHost, **options: object) -> Box:
    """A box whose only device is in standby, born and heard."""
    box = make_box(**options)
    box.start(connect=False)
    box.show(DeviceState.STANDBY, lamp=40.0, hours=7)
    box.connect()
    host.wait_for(K.DBIRTH)
    return box


def session(host: MiniHost) -> list[Heard]:
    """Every message of the node but the deaths of earlier connections."""
    return [heard for heard in host.heard if heard.topic.kind is not K.NDEATH]


def test_principles_persistence_clean_session_311(make_box: MakeBox, host: MiniHost, wiretap: Wiretap) -> None:
    born(make_box, host, port=wiretap.port)
    connect = wiretap.connects()[0]
    assert connect.clean_session
    assert connect.client_id == "n-1"


def test_message_flow_edge_node_birth_publish_will_message(make_box: MakeBox, host: MiniHost, wiretap: Wiretap) -> None:
    """Also -topic, -payload, -payload-bdSeq, -qos, -will-retained; topics-ndeath-payload, topics-ndeath-seq."""
    born(make_box, host, port=wiretap.port)
    connect = wiretap.connects()[0]
    will = decode(connect.will_payload)
    assert (connect.will_topic, connect.will_qos, connect.will_retain) == ("spBv1.0/s-1/NDEATH/n-1", 1, False)
    assert [(metric.name, metric.datatype, metric.value) for metric in will.metrics] == [("bdSeq", DataType.INT64, 0)]
    assert will.seq is None


def test_message_flow_edge_node_ncmd_subscribe(make_box: MakeBox, host: MiniHost, wiretap: Wiretap) -> None:
    """Also message-flow-device-dcmd-subscribe: both at QoS 1 and before the first birth."""
    born(make_box, host, port=wiretap.port)
    before_birth = wiretap.packets[: next(i for i, p in enumerate(wiretap.packets) if p in wiretap.sent("publish"))]
    filters = {(packet.topic, packet.qos) for packet in wiretap.sent("subscribe") if packet in before_birth}
    assert filters == {("spBv1.0/s-1/NCMD/n-1", 1), ("spBv1.0/s-1/DCMD/n-1/+", 1)}


def test_topics_nbirth_mqtt(make_box: MakeBox, host: MiniHost, wiretap: Wiretap) -> None:
    """Also topics-dbirth-mqtt, topics-ndata-mqtt, topics-ddata-mqtt: QoS 0 and never retained."""
    box = born(make_box, host, port=wiretap.port)
    box.show(DeviceState.IN_USE, lamp=70.0)
    host.wait_for(K.DDATA, count=2)
    assert {(packet.qos, packet.retain) for packet in wiretap.sent("publish")} == {(0, False)}


def test_topics_nbirth_seq_num(make_box: MakeBox, host: MiniHost) -> None:
    """Also topics-nbirth-timestamp: a node birth is number 0 and says when it was sent."""
    born(make_box, host)
    birth = host.wait_for(K.NBIRTH)
    assert birth.payload.seq == 0
    assert birth.payload.timestamp


def test_topics_nbirth_metric_reqs(make_box: MakeBox, host: MiniHost) -> None:
    """Also topics-nbirth-metrics, topics-dbirth-metric-reqs: name, datatype and value of all that will ever be sent."""
    box = born(make_box, host)
    box.show(DeviceState.IN_USE, lamp=70.0)
    host.wait_for(K.DDATA, count=2)
    declared = {(h.topic.device, name) for h in host.heard if "BIRTH" in h.topic.kind for name in h.names()}
    sent = {(h.topic.device, name) for h in host.heard if "DATA" in h.topic.kind for name in h.names()}
    assert sent <= declared
    for heard in host.of_kind(K.NBIRTH) + host.of_kind(K.DBIRTH):
        assert all(metric.name and metric.datatype is not None for metric in heard.payload.metrics)


def test_payloads_name_birth_data_requirement(make_box: MakeBox, host: MiniHost) -> None:
    """Every metric of a birth or data message says when it was measured."""
    box = born(make_box, host)
    box.show(DeviceState.IN_USE, lamp=70.0)
    host.wait_for(K.DDATA, count=2)
    assert all(m.timestamp is not None for heard in session(host) for m in heard.payload.metrics)


def test_topics_nbirth_bdseq_matching(make_box: MakeBox, host: MiniHost, wiretap: Wiretap) -> None:
    """Also topics-nbirth-bdseq-increment: the birth repeats the will's number, one more every CONNECT."""
    born(make_box, host, port=wiretap.port)
    wiretap.cut()
    host.wait_for(K.NBIRTH, count=2)
    wills = [decode(connect.will_payload).metrics[0].value for connect in wiretap.connects()]
    births_ = [heard.value(births.BD_SEQ) for heard in host.of_kind(K.NBIRTH)]
    deaths = [heard.value(births.BD_SEQ) for heard in host.of_kind(K.NDEATH)]
    assert (wills, births_, deaths) == ([0, 1], [0, 1], [0])


def test_the_birth_death_number_goes_on_over_a_restart(make_box: MakeBox, host: MiniHost) -> None:
    born(make_box, host).kill()
    host.wait_for(K.NDEATH)
    make_box().start()
    assert host.wait_for(K.NBIRTH, count=2).value(births.BD_SEQ) == 1


def test_topics_nbirth_rebirth_metric(make_box: MakeBox, host: MiniHost) -> None:
    """Also operational-behavior-data-commands-rebirth-name, -name-aliases, -datatype, -value."""
    born(make_box, host)
    metric = host.wait_for(K.NBIRTH).metric("Node Control/Rebirth")
    assert (metric.datatype, metric.value, metric.alias) == (DataType.BOOLEAN, False, None)


def test_payloads_dbirth_order(make_box: MakeBox, host: MiniHost) -> None:
    """Also payloads-ndata-order, payloads-ddata-order: births of node and devices come before any data."""
    box = make_box(keys=("lamp", "board"))
    box.start(connect=False)
    for key in ("lamp", "board"):
        box.show(DeviceState.IN_USE, key)
    box.connect()
    host.wait_for(K.DBIRTH, count=2)
    host.rebirth("n-1")
    host.wait_for(K.DBIRTH, count=4)
    kinds = [heard.topic.kind for heard in session(host)]
    births_only = [kind for kind in kinds if kind in (K.NBIRTH, K.DBIRTH)]
    assert kinds[:3] == [K.NBIRTH, K.DBIRTH, K.DBIRTH]
    assert births_only == [K.NBIRTH, K.DBIRTH, K.DBIRTH] * 2


def test_payloads_sequence_num_incrementing(make_box: MakeBox, host: MiniHost) -> None:
    """Also payloads-sequence-num-always-included: one counter a node over all its messages, 0 after 255."""
    box = born(make_box, host)
    for number in range(150):
        box.show(DeviceState.STANDBY if number % 2 else DeviceState.IN_USE, lamp=float(number))
    host.wait(lambda: len(session(host)) >= 300)
    numbers = [heard.payload.seq for heard in session(host)]
    assert None not in numbers
    assert all(later == next_seq(earlier or 0) for earlier, later in pairwise(numbers))


def test_payloads_alias_uniqueness(make_box: MakeBox, host: MiniHost) -> None:
    """Also payloads-alias-birth-requirement, payloads-alias-data-cmd-requirement: both in births, else one."""
    box = make_box(keys=("lamp", "board"))
    box.start(connect=False)
    for key in ("lamp", "board"):
        box.show(DeviceState.STANDBY, key, lamp=1.0, hours=2)
    box.connect()
    host.wait_for(K.DBIRTH, count=2)
    box.show(DeviceState.STANDBY, lamp=2.0, hours=3)
    data = host.wait(lambda: [h for h in host.of_kind(K.DDATA) if any(m.alias for m in h.payload.metrics)])[0]
    declared = [m for heard in host.of_kind(K.DBIRTH) for m in heard.payload.metrics if m.alias is not None]
    assert all(metric.name for metric in declared)
    assert len({metric.alias for metric in declared}) == 4
    assert [(metric.name, metric.value) for metric in data.payload.metrics] == [(None, 2.0), (None, 3)]


def test_operational_behavior_device_ddeath(make_box: MakeBox, host: MiniHost) -> None:
    """Also topics-ddeath-seq-num: a device that cannot be reached dies, and is born again when it is back."""
    box = born(make_box, host)
    box.fail(UnknownCause.LINK_LOST)
    death = host.wait_for(K.DDEATH)
    assert death.topic.device == "lamp"
    assert death.payload.seq is not None
    assert death.payload.timestamp
    assert host.wait(lambda: host.states("n-1", "lamp")[-1:] == ["unknown"])
    box.show(DeviceState.STANDBY)
    host.wait_for(K.DBIRTH, count=2)
    assert host.wait(lambda: host.states("n-1", "lamp")[-1:] == ["standby"])


def test_operational_behavior_data_commands_rebirth_action_2(make_box: MakeBox, host: MiniHost) -> None:
    """Also -action-1, -action-3: all births again, from number 0, with the same birth-death number."""
    born(make_box, host)
    host.rebirth("n-1")
    birth = host.wait_for(K.NBIRTH, count=2)
    host.wait_for(K.DBIRTH, count=2)
    assert (birth.payload.seq, birth.value(births.BD_SEQ)) == (0, 0)


def test_a_flood_of_rebirth_commands_is_answered_once_a_second(make_box: MakeBox, host: MiniHost) -> None:
    born(make_box, host)
    for _ in range(50):
        host.rebirth("n-1")
    host.wait_for(K.NBIRTH, count=3)
    assert len(host.of_kind(K.NBIRTH)) == 3


def test_a_command_without_times_at_qos_1_is_accepted(make_box: MakeBox, host: MiniHost) -> None:
    born(make_box, host)
    command = encode(Payload((Metric(births.REBIRTH, True, DataType.BOOLEAN),)))
    host.publish("spBv1.0/s-1/NCMD/n-1", command, qos=1)
    host.wait_for(K.NBIRTH, count=2)


@pytest.mark.parametrize("payload", [b"", b"\xff" * 40, b"not protobuf at all"])
def test_commands_nobody_can_read_change_nothing(make_box: MakeBox, host: MiniHost, payload: bytes) -> None:
    box = born(make_box, host)
    for topic in ("spBv1.0/s-1/NCMD/n-1", "spBv1.0/s-1/DCMD/n-1/lamp", "spBv1.0/s-1/DCMD/n-1/ghost"):
        host.publish(topic, payload)
    box.show(DeviceState.IN_USE)
    assert host.wait(lambda: host.states("n-1", "lamp")[-1:] == ["in_use"])


def test_device_rebirth_repeats_one_device(make_box: MakeBox, host: MiniHost) -> None:
    born(make_box, host)
    host.command("n-1", [Metric(births.DEVICE_REBIRTH, True, DataType.BOOLEAN)], device="lamp")
    host.wait_for(K.DBIRTH, count=2)
    assert len(host.of_kind(K.NBIRTH)) == 1


def test_operational_behavior_edge_node_intentional_disconnect_ndeath(
    make_box: MakeBox, host: MiniHost, wiretap: Wiretap
) -> None:
    """An orderly end says so itself and then disconnects, so that the broker does not say it again."""
    born(make_box, host, port=wiretap.port).stop()
    death = host.wait_for(K.NDEATH)
    assert death.value(births.BD_SEQ) == 0
    assert wiretap.sent("disconnect")
    assert len(host.of_kind(K.NDEATH)) == 1


def test_message_flow_edge_node_birth_publish_phid_wait(make_box: MakeBox, host: MiniHost, broker: Broker) -> None:
    """Also -phid-wait-id, -wait-online, -wait-timestamp, -phid-offline: no birth without the host."""
    make_box(settings=lambda found: replace(found, primary_host="fleet")).start()
    host.publish("spBv1.0/STATE/other", b'{"online":true,"timestamp":10}', 1, True)
    host.publish("spBv1.0/STATE/fleet", b'{"online":false,"timestamp":10}', 1, True)
    host.publish("spBv1.0/STATE/fleet", b"nonsense", 1)
    assert not host.of_kind(K.NBIRTH)
    host.publish("spBv1.0/STATE/fleet", b'{"online":true,"timestamp":20}', 1, True)
    host.wait_for(K.NBIRTH)
    host.publish("spBv1.0/STATE/fleet", b'{"online":false,"timestamp":15}', 1)
    host.publish("spBv1.0/STATE/fleet", b'{"online":false,"timestamp":30}', 1, True)
    host.wait_for(K.NDEATH)
    host.publish("spBv1.0/STATE/fleet", b'{"online":true,"timestamp":40}', 1, True)
    host.wait_for(K.NBIRTH, count=2)


def test_a_device_birth_tells_who_it_is_and_what_its_driver_offers(make_box: MakeBox, host: MiniHost) -> None:
    born(make_box, host)
    birth = host.wait_for(K.DBIRTH)
    assert [birth.value(name) for name in (births.KIND, births.MAKE, births.SERIAL)] == ["projector", "Acme", "SN-1"]
    assert births.manifest_from_json(birth.value(births.MANIFEST)).key == "fake"
    lamp = birth.metric("Telemetry/Lamp")
    assert {key: entry.value for key, entry in lamp.properties.items()} == {
        "engUnit": "°C",
        "engLow": 0.0,
        "engHigh": 120.0,
    }
    assert birth.metric("Usage/Hours").datatype is DataType.INT64, "UInt32 is never written"


def test_the_state_in_a_birth_carries_its_record_until_it_is_acknowledged(make_box: MakeBox, host: MiniHost) -> None:
    host.acknowledging = False
    box = born(make_box, host)
    first = from_metric(host.wait_for(K.DBIRTH).metric("State"), "lamp")
    assert first is not None
    assert (first.offset, first.state) == (1, "standby")
    host.acknowledging = True
    host.acknowledge("n-1")
    host.wait(lambda: box.do(lambda: box.agent.outbox.pending == 0))
    host.rebirth("n-1")
    again = host.wait_for(K.DBIRTH, count=2).metric("State")
    assert from_metric(again, "lamp") is None
    assert (again.value, again.timestamp) == ("standby", first.timestamp)
