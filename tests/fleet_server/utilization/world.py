"""A small world to measure in: one school, one printer, one device, and a calendar of two core hours a day."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from sqlmodel import Session

from fleet_server.bookings.models import Booking
from fleet_server.core.clock import from_ms, to_ms
from fleet_server.inventory.models import Asset, AssetType, Holding
from fleet_server.nodes.models import Binding, Device, Node
from fleet_server.organizations.models import Organization, Reach
from fleet_server.people.models import Person
from fleet_server.schedule.models import Claim
from fleet_server.usage.models import Chain, Segment
from fleet_server.utilization.gathering import CoreHours

HOUR = 3_600_000
THURSDAY = date(2026, 11, 19)
MIDNIGHT = to_ms(datetime(2026, 11, 18, 16, tzinfo=UTC))
"""When Thursday 2026-11-19 begins in Shanghai."""
BEGINNING = datetime(2026, 9, 1, tzinfo=UTC)


def calendar(_session: Session) -> CoreHours:
    """Eight to ten in the morning in Shanghai, every day, for everyone."""
    return morning


def morning(_organization_id: str, start: datetime, end: datetime) -> list[tuple[datetime, datetime]]:
    found = []
    day = start.replace(hour=0, minute=0, second=0, microsecond=0)
    while day < end:
        opens, closes = max(day, start), min(day + timedelta(hours=2), end)
        if opens < closes:
            found.append((opens, closes))
        day += timedelta(days=1)
    return found


@dataclass
class World:
    """Builds rows in one session."""

    session: Session

    def organization(self, id: str, above: tuple[str, ...] = (), kind: str = "school") -> str:
        parent = above[0] if above else None
        row = Organization(id=id, parent_id=parent, kind=kind, name_zh=id, name_en=id, created_at=BEGINNING)
        self.session.add(row)
        self.session.flush()
        for ancestor in (id, *above):
            self.session.add(Reach(ancestor_id=ancestor, descendant_id=id, since=BEGINNING))
        self.session.flush()
        return id

    def person(self, id: str = "p") -> str:
        self.session.add(Person(id=id, username=id, name_zh=id, name_en=id, created_at=BEGINNING))
        self.session.flush()
        return id

    def asset(self, id: str, owner: str, holder: str | None = None, since: datetime = BEGINNING) -> str:
        if self.session.get(AssetType, "printer") is None:
            made = AssetType(
                id="printer", kind="printer_3d", make="M", model="T300", name_zh="打印机", name_en="Printer"
            )
            self.session.add(made)
            self.session.flush()
        held = holder or owner
        row = Asset(id=id, asset_code=id, asset_type_id="printer", owner_id=owner, holder_id=held, created_at=BEGINNING)
        self.session.add(row)
        self.session.flush()
        self.session.add(Holding(id=f"h_{id}", asset_id=id, holder_id=held, since=since))
        self.session.flush()
        return id

    def device(self, id: str, asset_id: str, known_until: int, since: int = 0, until: int | None = None) -> str:
        if self.session.get(Node, "node") is None:
            self.session.add(Node(id="node", site_id="site"))
            self.session.flush()
        self.session.add(Device(id=id, node_id="node", device_key=id, known_until_ms=known_until))
        self.session.flush()
        self.bind(id, asset_id, since or to_ms(BEGINNING), until)
        return id

    def bind(self, device_id: str, asset_id: str, since: int, until: int | None = None) -> None:
        row = Binding(
            id=f"b_{device_id}_{since}", device_id=device_id, asset_id=asset_id, since_ms=since, until_ms=until
        )
        self.session.add(row)
        self.session.flush()

    def segments(self, device_id: str, *spans: tuple[int, int, str]) -> None:
        for start, end, state in spans:
            self.session.add(Segment(device_id=device_id, start_ms=start, end_ms=end, state=state))
        self.session.flush()

    def open_state(self, device_id: str, start: int, state: str) -> None:
        self.session.add(Chain(device_id=device_id, epoch="e", offset=1, start_ms=start, state=state))
        self.session.flush()

    def claim(self, resource_id: str, start: int, end: int, kind: str, resource_kind: str = "asset") -> str:
        id = f"c{start}{kind[:4]}{resource_id}"[:32]
        row = Claim(
            id=id,
            resource_kind=resource_kind,
            resource_id=resource_id,
            busy_from=from_ms(start),
            busy_until=from_ms(end),
            kind=kind,
            source_id="",
            status="active",
            created_at=BEGINNING,
        )
        self.session.add(row)
        self.session.flush()
        return id

    def booking(self, asset_id: str, user: str, start: int, end: int, state: str = "completed") -> str:
        claim_id = self.claim(asset_id, start, end, "booking")
        row = Booking(
            id=f"k{start}{asset_id}"[:32],
            asset_id=asset_id,
            organization_id=user,
            lender_id=user,
            requester_id="p",
            starts_at=from_ms(start),
            ends_at=from_ms(end),
            state=state,
            claim_id=claim_id,
            created_at=BEGINNING,
        )
        self.session.add(row)
        self.session.flush()
        return row.id


def local_time(hour: int, minute: int = 0) -> time:
    return time(hour, minute)
