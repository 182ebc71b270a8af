"""Wrong input at every edge of a running server: refused with a clear reason, named in the log, nothing else harmed."""

import json
import math
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlmodel import select

from fleet_server.core.db import open_database
from fleet_server.usage.models import DeadLetter
from telemetry.journal import to_metric
from telemetry.metrics import DataType, Metric, Payload
from telemetry.payload import encode
from telemetry.topics import MessageType
from tests.fleet_server.ingest.boxes import DEVICE, GROUP, NODE, Box, now_ms, transitions
from tests.servers import Broker, running_broker
from tests.system.peers.processes import Server, running_server
from tests.system.peers.school import School, open_school

HEAT = Metric("Telemetry/Nozzle", 20.0, DataType.DOUBLE, 1, alias=7)
GOOD = encode(Payload((Metric("Telemetry/Nozzle", 1.0, DataType.DOUBLE, 1),), 1, 1))
WIRE = [
    (f"spBv1.0/{GROUP}/DDATA/{NODE}/{DEVICE}", b"\xff\xfe no protobuf", ""),
    (f"spBv1.0/{GROUP}/NDATA/{NODE}", b'{"json": true}', ""),
    (f"spBv1.0/{GROUP}/NDATA/{NODE}", b"\x00" * ((1 << 20) + 1), ""),
    (f"spBv1.0/{GROUP}/XDATA/{NODE}", GOOD, "XDATA"),
    (f"spBv1.0/{GROUP}/NDATA/{NODE}/a/b", GOOD, ""),
    (f"spBv1.0/s-else/NDATA/{NODE}", GOOD, "group s-else is not the node's site"),
]
SLOT = '"start": "{start}", "end": "{end}", "asset_code": "{code}"'
BODIES: list[tuple[str, bytes, int, str, str]] = [
    ("no JSON", b'{"start": ', 422, "validation_failed", "json_invalid"),
    ("no UTF-8", b'{"purpose": "\xff\xfe"}', 400, "malformed_request", ""),
    ("no object", b"[]", 422, "validation_failed", ""),
    ("deep", b"[" * 100_000, 400, "malformed_request", ""),
    ("not a number", b'{SLOT, "participants": NaN}', 422, "validation_failed", "participants"),
    ("infinity", b'{SLOT, "participants": 1e999}', 422, "validation_failed", "participants"),
    ("huge number", b'{SLOT, "participants": ' + b"9" * 4_000 + b"}", 422, "validation_failed", "participants"),
    ("lone surrogate", b'{SLOT, "purpose": "\\ud800"}', 422, "validation_failed", "purpose"),
    ("NUL", b'{SLOT, "purpose": "a\\u0000b"}', 422, "validation_failed", "purpose"),
    ("unknown field", b'{SLOT, "porpoise": "x"}', 422, "validation_failed", "porpoise"),
    ("reversed", b'{"start": "2026-12-01T02:00:00Z", "end": "2026-12-01T01:00:00Z"}', 422, "", ""),
    ("too large", b'{"purpose": "' + b"x" * (3 << 20) + b'"}', 413, "too_large", ""),
]


@dataclass(frozen=True)
class Place:
    """The running server, its broker, its school and its database."""

    broker: Broker
    server: Server
    school: School
    url: str

    def letters(self, topic: str) -> list[DeadLetter]:
        """Return the dead letters of a topic."""
        database = open_database(self.url)
        with database.reading() as session:
            found = list(session.exec(select(DeadLetter).where(DeadLetter.topic == topic)))
        database.dispose()
        return found


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> Iterator[Place]:
    folder = tmp_path_factory.mktemp("place")
    shutil.copy(sqlite_template, folder / "fleet.db")
    url = f"sqlite:///{folder / 'fleet.db'}"
    database = open_database(url)
    school = open_school(database, {"SN-1": "printer_3d"}, datetime.now(UTC).date())
    database.dispose()
    with running_broker() as broker, running_server(folder, url, broker.port, school.token) as server:
        server.until(lambda: server.ask("GET", "/readyz").status_code == 200, "broker and server joined")
        yield Place(broker, server, school, url)


@pytest.fixture
def box(place: Place) -> Iterator[Box]:
    """A node that answers rebirths, with one device that shows a temperature."""
    made = Box(place.broker.port)
    made.answers_rebirths = True
    made.add_device(metrics=[HEAT])
    made.born()
    place.server.until(lambda: bool(place.server.device(NODE)), "born")
    yield made
    made.drop()


@pytest.mark.parametrize(("topic", "payload", "why"), WIRE)
def test_a_bad_message_is_kept_apart_named_in_the_log_and_the_next_good_one_counts(
    place: Place, box: Box, topic: str, payload: bytes, why: str
) -> None:
    before = len(place.letters(topic))
    box.send_raw(topic, payload)
    place.server.until(lambda: len(place.letters(topic)) == before + 1, "dead letter")
    letter = place.letters(topic)[-1]
    assert why in letter.reason
    lines = [line for line in place.server.log.splitlines() if f"dead letter: {topic}: " in line]
    assert any(letter.reason in line and str(len(payload)) in line for line in lines)
    assert "Traceback" not in place.server.log
    degrees = float(now_ms() % 1_000_000)
    place.server.until(lambda: heard(place, box, degrees), "the next good message")


def heard(place: Place, box: Box, degrees: float) -> bool:
    """Send a good value, until the node is reborn if it must be, and tell whether the server shows it."""
    box.send(MessageType.DDATA, [Metric(None, degrees, DataType.DOUBLE, now_ms(), 7)], DEVICE)
    return bool(place.server.metric(NODE, "Telemetry/Nozzle") == degrees)


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, 1e308])
def test_a_number_that_is_none_harms_no_answer(place: Place, box: Box, value: float) -> None:
    for _ in range(3):
        box.send(MessageType.DDATA, [Metric(None, value, DataType.DOUBLE, now_ms(), 7)], DEVICE)
    degrees = float(now_ms() % 1_000_000)
    place.server.until(lambda: heard(place, box, degrees), "the next good message")
    device = place.server.device(NODE)
    asked = {"metric": "Telemetry/Nozzle", "step": 60}
    answer = place.server.ask("GET", f"/api/v1/devices/{device['id']}/samples", params=asked)
    assert answer.status_code == 200, answer.text
    json.loads(answer.text, parse_constant=pytest.fail)
    assert place.server.ask("GET", f"/assets/{place.school.codes['SN-1']}").status_code == 200


def test_a_box_with_unspeakable_names_is_shown_without_them(place: Place) -> None:
    box = Box(place.broker.port, node="n-odd")
    box.answers_rebirths = True
    box.add_device(serial="S\x00N\x1b[31m", metrics=[Metric("Properties/Make", "\u202eevil\n" * 200, DataType.STRING)])
    box.born()
    place.server.until(lambda: bool(place.server.device("n-odd")), "born")
    box.drop()
    shown = place.server.device("n-odd")
    assert all(character.isprintable() for character in shown["serial"] + shown["make"])
    assert place.server.ask("GET", "/fleet").status_code == 200


def test_a_record_that_cannot_be_read_costs_itself_and_no_other(place: Place) -> None:
    begun = now_ms() - 60_000
    box = Box(place.broker.port, node="n-journal", epoch="epoch-bad")
    box.answers_rebirths = True
    box.add_device(serial="SN-9")
    box.next_offset = 4
    box.born()
    records = transitions([("standby", 20_000), ("in_use", 20_000), ("standby", 20_000)], begun)
    bad = to_metric(records[1], historical=True)
    box.send_records(records[:1], historical=True)
    box.send(MessageType.DDATA, [replace(bad, value="dancing")], DEVICE)
    box.send_records(records[2:], historical=True)
    place.server.until(lambda: box.acked() == 3, "all acknowledged")
    box.drop()
    assert "n-journal" in place.server.log
    assert "dancing" in place.letters(f"spBv1.0/{GROUP}/DDATA/n-journal/{DEVICE}")[0].reason
    device = place.server.device("n-journal")
    spans = place.server.spans(device["id"], moment(begun), moment(begun + 60_000))
    assert [(span["state"], span["cause"]) for span in spans] == [("unknown", "journal_gap"), ("standby", "")]
    assert moment(begun + 40_000).isoformat() == datetime.fromisoformat(spans[1]["start"]).isoformat()


def moment(ms: int) -> datetime:
    return datetime.fromtimestamp(ms / 1000, UTC)


@pytest.mark.parametrize(("language", "chinese"), [("zh-CN", True), ("en", False)])
@pytest.mark.parametrize(("raw", "status", "code", "named"), [body[1:] for body in BODIES], ids=[b[0] for b in BODIES])
def test_a_bad_body_is_a_problem_with_code_and_text_and_books_nothing(
    place: Place, raw: bytes, status: int, code: str, named: str, language: str, chinese: bool
) -> None:
    before = place.server.get("/bookings")["total"]
    body = raw.replace(b"SLOT", slot(place).encode())
    headers = {"content-type": "application/json"}
    answer = place.server.ask("POST", "/api/v1/bookings", language, content=body, headers=headers)
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert problem["code"] == (code or problem["code"])
    assert has_chinese(problem["detail"]) == has_chinese(problem["title"]) == chinese
    for error in problem["errors"]:
        assert has_chinese(error["detail"]) == chinese
    assert named in str([(error["field"], error["code"]) for error in problem["errors"]])
    assert place.server.get("/bookings")["total"] == before


def slot(place: Place) -> str:
    start = (datetime.now(UTC) + timedelta(days=1)).replace(hour=2, minute=0, second=0, microsecond=0)
    text = SLOT.replace("{start}", start.isoformat()).replace("{end}", (start + timedelta(hours=1)).isoformat())
    return text.replace("{code}", place.school.codes["SN-1"])


def has_chinese(text: str) -> bool:
    return any("一" <= character <= "鿿" for character in text)


@pytest.mark.parametrize(
    "query", ["/devices?node=%00", "/utilization?from=soon", "/devices?cursor=%ff", "/nodes?q=%0a"]
)
def test_a_bad_query_is_a_problem_too(place: Place, query: str) -> None:
    answer = place.server.ask("GET", "/api/v1" + query)
    assert answer.status_code == 422
    assert answer.json()["code"]


@pytest.mark.parametrize(
    ("language", "advice"), [("en", "Give the start as hours and minutes"), ("zh-CN", "请填写开始时间，如 14:00。")]
)
def test_a_booking_form_with_bad_times_keeps_what_was_typed_and_says_what_to_do(
    place: Place, language: str, advice: str
) -> None:
    typed = {
        "resource": f"asset:{place.school.codes['SN-1']}",
        "day": (datetime.now(UTC) + timedelta(days=1)).date().isoformat(),
        "start": "25:99",
        "end": "later",
        "purpose": "显微镜 <b>课</b>",
        "participants": "31",
    }
    headers = {"accept": "text/html", "cookie": f"locale={language}"}
    answer = place.server.ask("POST", "/bookings", data=typed, headers=headers)
    assert answer.status_code == 422
    assert advice in answer.text
    for kept in ('value="25:99"', 'value="later"', "显微镜 &lt;b&gt;课&lt;/b&gt;", 'value="31"'):
        assert kept in answer.text
    assert place.server.get("/bookings")["total"] == 0


SERVER_FILES = [
    ("prot = 9000", "prot"),
    ('port = "many"', "port"),
    ("mqtt_port = 70000", "mqtt_port"),
    ("port = = 1", "line 1"),
]
AGENT = '[node]\nid = "n-1"\nsite = "s-1"\ndata = "d"\n[broker]\nhost = "127.0.0.1"\nport = 1883\n'
RECORDER = '[[device]]\nkey = "rec"\ndriver = "recorder_process"\n[device.settings]\nmatch = "x"\nfolder = "/tmp"\n'
AGENT_FILES = [
    (AGENT.replace('id = "n-1"\n', ""), "node.id"),
    (AGENT + "prot = 1\n", "broker.prot"),
    (AGENT + RECORDER + "stall_seconds = 1\n", "stall_seconds"),
    (AGENT + '[[device]]\nkey = "rec"\ndriver = "nothing"\n', "nothing"),
    ("[node\n", "line 1"),
]


@pytest.mark.parametrize(("text", "named"), SERVER_FILES)
def test_the_server_ends_with_1_and_a_line_that_names_file_and_key(tmp_path: Path, text: str, named: str) -> None:
    ends_with(1, tmp_path, text, named, "fleet_server", "--settings", "{file}", "serve")


@pytest.mark.parametrize(("text", "named"), AGENT_FILES)
def test_the_agent_ends_with_2_and_a_line_that_names_file_and_key(tmp_path: Path, text: str, named: str) -> None:
    ends_with(2, tmp_path, text, named, "edge_agent", "run", "--settings", "{file}")


def ends_with(code: int, folder: Path, text: str, named: str, module: str, *arguments: str) -> None:
    """Run a command on a settings file and hold its end and its one line to what is wanted."""
    file = folder / "settings.toml"
    file.write_text(text, encoding="utf-8")
    command = [sys.executable, "-m", module, *(argument.replace("{file}", str(file)) for argument in arguments)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stdout) == (code, "")
    assert done.stderr.count("\n") == 1
    assert str(file) in done.stderr
    assert named in done.stderr
