"""Pure rules of the desk: the state shown, filters, order and counts of the fleet list."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import UTC, datetime

UNCONNECTED = "unconnected"
"""Shown in place of a state for an asset that no device stands for."""
SORTS = ("school", "changed", "kind")
_OVERLAY_OF_CLAIM = {"maintenance": "maintenance", "transfer": "in_transit"}


@dataclass(frozen=True, slots=True)
class FleetRow:
    """One asset with the device that stands for it, or a device that stands for no asset; empty where unknown."""

    key: str
    asset_id: str
    asset_code: str
    serial: str
    kind: str
    make: str
    model: str
    name_zh: str
    name_en: str
    status: str
    bookable: bool
    organization_id: str
    organization_zh: str
    organization_en: str
    zone: str
    owner_id: str
    owner_zh: str
    owner_en: str
    room_zh: str
    room_en: str
    device_id: str
    device_key: str
    node_id: str
    liveness: str
    node_seen: datetime | None
    online: bool
    measured: str
    since_ms: int
    cause: str
    known_until_ms: int
    seen: datetime | None
    claim_kind: str

    @property
    def state(self) -> str:
        """The state to show: measured, under maintenance or transport, or unknown where nothing is heard."""
        if not self.device_id:
            return UNCONNECTED
        return shown_state(self.measured, self.online, self.liveness, overlay_of(self.claim_kind, self.status))

    @property
    def path(self) -> str:
        """The address of its page: the asset where there is one, else the device."""
        return f"/assets/{self.asset_code}" if self.asset_code else f"/devices/{self.device_id}"

    @property
    def shown_since_ms(self) -> int:
        """When the state shown began: one that silence hides, when the device was last known."""
        silent = self.state == "unknown" and self.measured != "unknown"
        return max(self.since_ms, self.known_until_ms) if silent else self.since_ms

    @property
    def since(self) -> datetime | None:
        """When the state shown began, nothing where that was never known."""
        return datetime.fromtimestamp(self.shown_since_ms / 1000, UTC) if self.shown_since_ms else None


def overlay_of(claim_kind: str, status: str) -> str:
    """Return what lies over the measured state: maintenance or transport, by a claim that runs or by status."""
    return _OVERLAY_OF_CLAIM.get(claim_kind, "maintenance" if status == "maintenance" else "")


def shown_state(measured: str, online: bool, liveness: str, overlay: str) -> str:
    """Return the state to show: measured use wins over an overlay, silence hides all but `off`."""
    heard = online and liveness != "offline"
    if overlay and not (heard and measured == "in_use"):
        return overlay
    return measured if heard or measured == "off" else "unknown"


@dataclass(frozen=True, slots=True)
class FleetFilter:
    """The conditions of the fleet list, each a part of the address; empty means any."""

    school: str = ""
    kind: str = ""
    state: str = ""
    liveness: str = ""
    q: str = ""
    sort: str = ""

    def matches(self, row: FleetRow) -> bool:
        """Return whether a row meets every condition."""
        return (
            self.school in ("", row.organization_id)
            and self.kind in ("", row.kind)
            and self.state in ("", row.state)
            and self.liveness in ("", row.liveness)
            and found(row, self.q)
        )

    def query(self, **changed: str) -> dict[str, str]:
        """Return the conditions that are set, with some changed, as the parts of an address."""
        values = {field.name: getattr(self, field.name) for field in fields(self)} | changed
        return {name: value for name, value in values.items() if value}

    def without(self, name: str) -> "FleetFilter":
        """Return the filter with one condition dropped."""
        return FleetFilter(**{key: value for key, value in self.query().items() if key != name})


def found(row: FleetRow, text: str) -> bool:
    """Return whether every word of a search stands somewhere in the row, whatever its case."""
    if not text:
        return True
    where = " ".join(
        (
            row.asset_code, row.serial, row.name_zh, row.name_en, row.make, row.model, row.organization_zh,
            row.organization_en, row.room_zh, row.room_en, row.node_id, row.device_key,
        )
    ).casefold()  # fmt: skip
    return all(word in where for word in text.casefold().split())


def sort_key(row: FleetRow, sort: str) -> tuple[str | int, ...]:
    """Return the place of a row in an order; ends with the row's key, so that no two are equal."""
    if sort == "changed":
        return (-row.shown_since_ms, row.key)
    if sort == "kind":
        return (row.kind, row.name_en, row.organization_en, row.asset_code, row.key)
    return (row.organization_en, row.kind, row.name_en, row.asset_code, row.key)


def counts(rows: Iterable[FleetRow], chosen: FleetFilter, name: str) -> Counter[str]:
    """Return how many rows each value of one condition would leave, the other conditions kept."""
    others = chosen.without(name)
    attribute = {"school": "organization_id"}.get(name, name)
    return Counter(str(getattr(row, attribute)) for row in rows if others.matches(row))


def page_after(
    rows: Sequence[FleetRow], sort: str, after: Sequence[str | int] | None, size: int
) -> tuple[list[FleetRow], tuple[str | int, ...] | None]:
    """Return the rows after a key in the order, and the key to go on from; nothing on the last page."""
    ordered = sorted(rows, key=lambda row: sort_key(row, sort))
    rest = ordered if after is None else [row for row in ordered if sort_key(row, sort) > tuple(after)]
    page = rest[:size]
    return page, sort_key(page[-1], sort) if len(rest) > size else None


def state_counts(rows: Iterable[FleetRow], order: Sequence[str]) -> list[tuple[str, int]]:
    """Return how many rows are in each state, in the given order of states, without those that nothing is in."""
    counted: Mapping[str, int] = Counter(row.state for row in rows)
    return [(state, counted[state]) for state in order if counted.get(state)]
