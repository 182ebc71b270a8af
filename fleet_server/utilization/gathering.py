"""Gathering what an asset's account is made of: who held it, which devices spoke for it, what they measured."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from functools import cached_property

import sqlalchemy as sa
from sqlmodel import Session, col, select

from fleet_server.core.clock import from_ms, to_ms
from fleet_server.inventory.models import Asset, Holding
from fleet_server.nodes.models import Binding, Device
from fleet_server.organizations.models import Organization
from fleet_server.usage.models import Chain, Segment
from fleet_server.utilization.accounting import UNKNOWN, Facts, Window
from fleet_server.utilization.days import by_hour, days_touched, midnight
from fleet_server.utilization.intervals import Track, clip, disjoint, layered
from fleet_server.utilization.promises import Held, bookings, dues, fixed_rooms, lessons, overlays, promised
from telemetry.states import ClockQuality, DeviceState

NEVER, FOREVER = 0, 1 << 52
JUDGED_AFTER_MS = 300_000
"""A silence shorter than this (until a box counts as off line) is not judged yet: the account ends where it began."""

CoreHours = Callable[[str, datetime, datetime], Sequence[tuple[datetime, datetime]]]
"""Core hours of an organization within [start, end): `CalendarCache.core_hours`."""

_STATE_ORDER = (DeviceState.IN_USE, DeviceState.SETUP, DeviceState.FAULT, DeviceState.STANDBY, DeviceState.OFF)


class Gatherer:
    """Reads the facts of assets through one session; what assets share is read once."""

    def __init__(self, session: Session, core_hours: CoreHours, now: datetime) -> None:
        self.session = session
        self.core_hours = core_hours
        self.now_ms = to_ms(now)

    @cached_property
    def _zones(self) -> dict[str, str]:
        return dict(self.session.exec(select(Organization.id, Organization.timezone)).all())

    def facts(self, asset_id: str, ranges: Sequence[tuple[int, int]]) -> tuple[set[date], Facts] | None:
        """Return the local days that ranges touch and all that counts on them; None for an asset that is gone."""
        asset = self.session.get(Asset, asset_id)
        if asset is None:
            return None
        held = self.holdings(asset)
        bound = self.bindings(asset_id)
        days: set[date] = set()
        for one in held:
            days |= days_touched([(max(a, one.start), min(b, one.end)) for a, b in ranges], one.zone)
        windows = self._windows(held, sorted(days), *self._accounted(bound))
        if not windows:
            return days, Facts(asset.id, asset.owner_id, [], [], [], [], [])
        return days, self._facts_within(asset, held, bound, windows)

    def exactly(self, asset_id: str, start: int, end: int) -> Facts | None:
        """Return all that counts within [start, end), cut to the millisecond; None for an asset that is gone."""
        found = self.facts(asset_id, [(start, end)])
        if found is None:
            return None
        windows = clip(found[1].windows, start, end)
        inside = [due for due in found[1].dues if start <= due.start < end]
        return replace(found[1], windows=windows, dues=inside)

    def _facts_within(self, asset: Asset, held: list[Held], bound: list[Binding], windows: Track[Window]) -> Facts:
        start, end = windows[0][0], windows[-1][1]
        rooms = fixed_rooms(asset, held)
        booked = bookings(self.session, asset, rooms, start, end)
        return Facts(
            asset_id=asset.id,
            owner_id=asset.owner_id,
            windows=windows,
            states=self.states(bound, start, end),
            overlays=overlays(self.session, asset, booked, start, end),
            core=self._core(held, windows),
            promises=layered(promised(booked), lessons(self.session, asset, rooms, start, end)),
            dues=dues(booked, end),
        )

    def holdings(self, asset: Asset) -> list[Held]:
        """Return who held an asset when; without a history, its present holder always."""
        rows = self.session.exec(select(Holding).where(Holding.asset_id == asset.id).order_by(col(Holding.since))).all()
        if not rows:
            return [Held(NEVER, FOREVER, asset.holder_id, asset.room_id, self._zones[asset.holder_id])]
        return [
            Held(to_ms(row.since), _end(row.until), row.holder_id, row.room_id, self._zones[row.holder_id])
            for row in rows
        ]

    def bindings(self, asset_id: str) -> list[Binding]:
        """Return which devices stood for an asset, oldest first."""
        found = select(Binding).where(Binding.asset_id == asset_id).order_by(col(Binding.since_ms))
        return list(self.session.exec(found).all())

    def states(self, bindings: Sequence[Binding], start: int, end: int) -> Track[str]:
        """Return the measured states of the devices bound to an asset; where two speak, use counts before idleness."""
        tracks = [
            clip(self._device_states(one.device_id, start, end), one.since_ms, one.until_ms or FOREVER)
            for one in bindings
            if one.since_ms < end and (one.until_ms or FOREVER) > start
        ]
        if len(tracks) <= 1:
            return clip(tracks[0], start, end) if tracks else []
        ranked = [[piece for track in tracks for piece in track if piece[2] == state] for state in _STATE_ORDER]
        return clip(layered(*(disjoint(track) for track in ranked)), start, end)

    def _device_states(self, device_id: str, start: int, end: int) -> Track[str]:
        found = (
            sa.select(col(Segment.start_ms), col(Segment.end_ms), col(Segment.state))
            .where(col(Segment.device_id) == device_id, col(Segment.start_ms) < end, col(Segment.end_ms) > start)
            .order_by(col(Segment.start_ms))
        )
        track: Track[str] = [(a, b, state) for a, b, state in self.session.execute(found)]
        opened = self._open_state(device_id)
        if opened is not None:
            track.append(opened)
        return track

    def _open_state(self, device_id: str) -> tuple[int, int, str] | None:
        found = (
            sa.select(col(Chain.start_ms), col(Device.known_until_ms), col(Chain.state), col(Chain.quality))
            .join(Device, col(Device.id) == col(Chain.device_id))
            .where(col(Chain.device_id) == device_id)
        )
        row = self.session.execute(found).one_or_none()
        if row is None or row.start_ms >= row.known_until_ms:
            return None
        believed = row.quality != ClockQuality.UNTRUSTED.value
        return row.start_ms, row.known_until_ms, row.state if believed else UNKNOWN

    def _accounted(self, bindings: Sequence[Binding]) -> tuple[int, int]:
        """Return the time an asset is accounted for: from its first device on, to where it was last heard or now."""
        if not bindings:
            return 0, 0
        heard = select(sa.func.max(Device.known_until_ms)).where(
            col(Device.id).in_([one.device_id for one in bindings])
        )
        known_until = self.session.exec(heard).one() or 0
        silent = self.now_ms - known_until
        return bindings[0].since_ms, known_until if 0 <= silent < JUDGED_AFTER_MS else self.now_ms

    def _windows(self, held: list[Held], days: Sequence[date], begin: int, horizon: int) -> Track[Window]:
        windows: Track[Window] = []
        for one in held:
            for day in days:
                start = max(midnight(day, one.zone), one.start, begin)
                end = min(midnight(day + timedelta(days=1), one.zone), one.end, horizon)
                if start < end:
                    windows.append((start, end, Window(day, one.holder_id)))
        return disjoint(windows)

    def _core(self, held: list[Held], windows: Track[Window]) -> Track[int]:
        zones = {one.holder_id: one.zone for one in held}
        core: Track[int] = []
        for start, end, window in windows:
            zone = zones[window.holder_id]
            for opens, closes in self.core_hours(window.holder_id, from_ms(start), from_ms(end)):
                core.extend(by_hour(to_ms(opens), to_ms(closes), zone))
        return disjoint(core)


def _end(moment: datetime | None) -> int:
    return FOREVER if moment is None else to_ms(moment)
