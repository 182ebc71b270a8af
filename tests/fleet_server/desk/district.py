"""A small district to look at: a bureau, three schools, five people, boxes and devices in every state."""

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlmodel import Session

from fleet_server.bookings.models import Booking
from fleet_server.core.clock import to_ms
from fleet_server.core.scope import Role
from fleet_server.inventory.models import Asset, AssetType, Holding, Room
from fleet_server.nodes.models import Binding, Device, Node
from fleet_server.organizations.models import Organization, Reach
from fleet_server.people.models import Person, RoleGrant
from fleet_server.people.passwords import hash_password
from fleet_server.schedule.models import Claim
from fleet_server.usage.models import DeviceHour, Sample, Segment

NOW = datetime(2026, 11, 19, 2, 0, tzinfo=UTC)
"""Ten in the morning in Shanghai."""
LONG_AGO = datetime(2026, 9, 1, tzinfo=UTC)
PASSWORD = "correct horse battery"
HOSTILE = "<img src=x onerror=alert(1)>"
SCHOOLS = (("north", "云溪一中", "Yunxi No. 1 Middle School"), ("river", "河口小学", "Hekou Primary School"),
           ("hill", "松坪村小", "Songping Village School"))  # fmt: skip
PEOPLE = (
    ("tech", "周明", "Zhou Ming", Role.TECHNICIAN, "bureau"),
    ("coord", "陈静", "Chen Jing", Role.COORDINATOR, "bureau"),
    ("teach", "李红霞", "Li Hongxia", Role.REQUESTER, "river"),
    ("audit", "吴敏", "Wu Min", Role.AUDITOR, "bureau"),
    ("admin", "王建国", "Wang Jianguo", Role.ADMINISTRATOR, "bureau"),
    ("hilltech", "何伟", "He Wei", Role.TECHNICIAN, "hill"),
)
TYPES = (
    ("t-print", "printer_3d", "拓形", "T300", "3D 打印机 T300", "3D printer T300"),
    ("t-rec", "recorder", "明眸", "R8", "录播主机 R8", "Recorder R8"),
    ("t-board", "smart_board", "光屏", "S86", "智慧屏 S86", "Smart board S86"),
)
DEVICES: tuple[tuple[str, str, str, str, int, dict[str, Any]], ...] = (
    # node, key, type, state, minutes in it, extra
    ("north-1", "printer", "t-print", "in_use", 88, {"Telemetry/Nozzle Temperature": [214.8, 0],
                                                      "Telemetry/Progress": [66.0, 0]}),
    ("north-1", "board", "t-board", "fault", 9, {}),
    ("north-1", "recorder", "t-rec", "standby", 20, {"Telemetry/Disk Percent": [97.0, 0],
                                                     "Telemetry/Disk Free": [14.0, 0]}),
    ("north-2", "printer", "t-print", "setup", 4, {}),
    ("river-1", "recorder", "t-rec", "in_use", 35, {}),
    ("river-1", "board", "t-board", "off", 700, {}),
    ("river-2", "printer", "t-print", "standby", 130, {}),
    ("hill-1", "printer", "t-print", "unknown", 12, {}),
    ("hill-2", "board", "t-board", "unknown", 12, {}),
)  # fmt: skip


def code_of(key: str) -> str:
    """Return the asset code of a device of the district, as in `YX-NORTH1PRINTER`."""
    return f"YX-{key.replace('-', '').replace('.', '').upper()}"[:24]


def seed(session: Session) -> None:
    """Fill an empty database."""
    _tree(session)
    _people(session)
    for key, kind, make, model, name_zh, name_en in TYPES:
        session.add(AssetType(id=key, kind=kind, make=make, model=model, name_zh=name_zh, name_en=name_en))
    session.flush()
    for node in sorted({row[0] for row in DEVICES}):
        _node(session, node)
    session.flush()
    for row in DEVICES:
        _device(session, *row)
    session.flush()
    _kit(session)
    _loose_device(session)
    _day_of_the_printer(session)
    _bookings(session)
    session.flush()


def _tree(session: Session) -> None:
    session.add(Organization(id="bureau", kind="bureau", name_zh="云溪县教育局", name_en="Yunxi Education Bureau",
                             created_at=LONG_AGO))  # fmt: skip
    session.flush()
    session.add(Reach(ancestor_id="bureau", descendant_id="bureau", since=LONG_AGO))
    for key, name_zh, name_en in SCHOOLS:
        session.add(Organization(id=key, parent_id="bureau", kind="school", name_zh=name_zh, name_en=name_en,
                                 site_id=f"site-{key}", created_at=LONG_AGO))  # fmt: skip
        session.flush()
        session.add(Reach(ancestor_id=key, descendant_id=key, since=LONG_AGO))
        session.add(Reach(ancestor_id="bureau", descendant_id=key, since=LONG_AGO))
        session.add(Room(id=f"{key}-room", organization_id=key, name_zh="创客教室", name_en="Maker room"))
    session.flush()


def _people(session: Session) -> None:
    kept = hash_password(PASSWORD)
    for key, name_zh, name_en, role, place in PEOPLE:
        session.add(Person(id=key, username=key, name_zh=name_zh, name_en=name_en, password_hash=kept,
                           created_at=LONG_AGO))  # fmt: skip
        session.flush()
        session.add(RoleGrant(id=f"g-{key}", person_id=key, organization_id=place, role=role, since=LONG_AGO))


def _node(session: Session, key: str) -> None:
    school = key.split("-")[0]
    down = school == "hill"
    seen = NOW - timedelta(minutes=12, seconds=3 if key == "hill-2" else 0) if down else NOW - timedelta(seconds=3)
    session.add(Node(id=key, site_id=f"site-{school}", organization_id=school, name=key, online=not down,
                     liveness="offline" if down else "online", last_seen=seen, agent_version="0.1.0",
                     clock_offset_ms=94_000 if key == "river-2" else 40, journal_epoch="e1", journal_next=120,
                     journal_pending=2, journal_ack=117))  # fmt: skip


def _device(
    session: Session, node: str, key: str, type_id: str, state: str, minutes: int, metrics: dict[str, Any]
) -> None:
    school, device_id = node.split("-")[0], f"{node}.{key}"
    since, heard = to_ms(NOW - timedelta(minutes=minutes)), school != "hill"
    kind, make, model = next(row[1:4] for row in TYPES if row[0] == type_id)
    session.add(Device(id=device_id, node_id=node, device_key=key, organization_id=school, driver=f"simulated_{kind}",
                       kind=kind, make=make, model=model, serial=f"SN-{device_id}", online=heard, state=state,
                       state_since_ms=since, state_cause="E-203" if state == "fault" else "" if heard else
                       "box_offline", known_until_ms=to_ms(NOW) if heard else since, last_seen=NOW,
                       metrics={name: [value[0], to_ms(NOW)] for name, value in metrics.items()}))  # fmt: skip
    session.add(Asset(id=f"a-{device_id}", asset_code=code_of(device_id), serial=f"SN-{device_id}",
                      asset_type_id=type_id, owner_id=school, holder_id=school, room_id=f"{school}-room",
                      created_at=LONG_AGO))  # fmt: skip
    session.flush()
    session.add(Binding(id=f"b-{device_id}", device_id=device_id, asset_id=f"a-{device_id}", since_ms=to_ms(LONG_AGO)))
    session.add(Holding(id=f"h-{device_id}", asset_id=f"a-{device_id}", holder_id=school, since=LONG_AGO))


def _kit(session: Session) -> None:
    """An asset that no device stands for."""
    session.add(Asset(id="a-kit", asset_code="YX-KIT1", asset_type_id="t-print", owner_id="river", holder_id="north",
                      created_at=LONG_AGO))  # fmt: skip
    session.flush()
    session.add(Holding(id="h-kit-1", asset_id="a-kit", holder_id="river", since=LONG_AGO, until=NOW))
    session.add(Holding(id="h-kit-2", asset_id="a-kit", holder_id="north", since=NOW))


def _loose_device(session: Session) -> None:
    """A device that stands for no asset, with a hostile name."""
    session.add(Device(id="loose", node_id="north-2", device_key=HOSTILE, organization_id="north", kind="computer",
                       make=HOSTILE, model=HOSTILE, online=True, state="standby", state_since_ms=to_ms(NOW) - 60_000,
                       known_until_ms=to_ms(NOW), last_seen=NOW))  # fmt: skip


def _day_of_the_printer(session: Session) -> None:
    midnight = to_ms(datetime(2026, 11, 18, 16, 0, tzinfo=UTC))
    marks = (("off", 0, 430), ("standby", 430, 500), ("setup", 500, 512))
    for state, start, end in marks:
        session.add(Segment(device_id="north-1.printer", start_ms=midnight + start * 60_000,
                            end_ms=midnight + end * 60_000, state=state))  # fmt: skip
    for hour, used in ((0, 600), (1, 2400)):
        start = to_ms(NOW) - (2 - hour) * 3_600_000
        session.add(DeviceHour(device_id="north-1.printer", hour_ms=start, state="in_use", ms=used * 1000))
        session.add(DeviceHour(device_id="north-1.printer", hour_ms=start, state="standby", ms=3_600_000 - used * 1000))
    for minute in range(0, 120, 2):
        session.add(Sample(device_id="north-1.printer", at_ms=to_ms(NOW) - minute * 60_000,
                           readings={"Telemetry/Nozzle Temperature": 214.0 + minute / 100}))  # fmt: skip


def _bookings(session: Session) -> None:
    plans = (
        ("out", "north-1.printer", "checked_out", -90, 60, "齿轮箱三件"),
        ("next", "north-1.board", "approved", 45, 120, "公开课"),
        ("asked", "river-2.printer", "requested", 180, 300, "桥梁模型"),
        ("past", "north-1.printer", "returned", -24 * 60, -23 * 60, "科技节"),
    )
    for key, device, state, start, end, purpose in plans:
        first, last = NOW + timedelta(minutes=start), NOW + timedelta(minutes=end)
        session.add(Claim(id=f"c-{key}", resource_kind="asset", resource_id=f"a-{device}", busy_from=first,
                          busy_until=last, kind="booking", source_id=key, title=purpose,
                          status="released" if state == "returned" else "active", created_at=LONG_AGO))  # fmt: skip
        session.flush()
        session.add(Booking(id=key, asset_id=f"a-{device}", organization_id="river",
                            lender_id=device.split("-")[0], requester_id="teach",
                            starts_at=first, ends_at=last, state=state, purpose=purpose, claim_id=f"c-{key}",
                            checked_out_at=first if state == "checked_out" else None, created_at=LONG_AGO))  # fmt: skip
