"""Re-opening what nobody reports: time that passes, loans and swaps of devices, claims, changed calendars."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta

import sqlalchemy as sa
from sqlmodel import Session, col, select

from fleet_server.core.clock import from_ms, to_ms
from fleet_server.core.db import Database
from fleet_server.inventory.models import Asset, Holding
from fleet_server.nodes.models import Binding
from fleet_server.organizations.models import CalendarDay, Period, Reach, Term
from fleet_server.schedule.models import Claim
from fleet_server.utilization.days import midnight
from fleet_server.utilization.intervals import union
from fleet_server.utilization.marks import reopen
from fleet_server.utilization.models import Watched

SWEEP_MS = 600_000
"""Days under way are computed again every ten minutes even if no device says anything."""
SLACK_MS = 600_000
"""Looking back this far covers silences that were not judged yet and changes committed late."""
DAY_MS = 86_400_000
CALENDARS, CLAIMS = "calendars", "claims"

Fact = tuple[str, int, int | None]
"""What held over [since, until) in milliseconds; None = still."""


def attend(database: Database, now: datetime) -> int:
    """Mark what changed or passed since the last look; return how many stretches were marked."""
    with database.reading() as session:
        seen = {row.subject_id: row for row in session.exec(select(Watched))}
        spans, news = _look(session, seen, to_ms(now))
    if news:
        with database.writing() as session:
            reopen(session, spans)
            for row in news:
                session.merge(row)
    return len(spans)


def differences(before: Iterable[Fact], after: Iterable[Fact], horizon: int) -> list[tuple[int, int]]:
    """Return where two histories differ, up to `horizon`; one that only ended differs from that end on."""
    old, new = set(before), set(after)
    ranges: list[tuple[int, int]] = []
    ends: dict[tuple[str, int], list[int]] = {}
    for what, since, until in old ^ new:
        ends.setdefault((what, since), []).append(horizon if until is None else until)
    for (_, since), found in ends.items():
        start = min(found) if len(found) == 2 else since
        ranges.append((start, min(max(found), horizon)))
    return union(ranges)


def _look(session: Session, seen: Mapping[str, Watched], now: int) -> tuple[list[tuple[str, int, int]], list[Watched]]:
    histories = _histories(session)
    spans: list[tuple[str, int, int]] = []
    news: list[Watched] = []
    for asset_id, facts in histories.items():
        found = _asset_spans(seen.get(asset_id), facts, now)
        if found is not None:
            spans += [(asset_id, start, end) for start, end in found]
            news.append(Watched(subject_id=asset_id, seen_until_ms=now, facts={"facts": [list(one) for one in facts]}))
    for subject, changes in ((CLAIMS, _claim_spans), (CALENDARS, _calendar_spans)):
        made = changes(session, seen.get(subject), histories, now)
        if made is not None:
            spans += made[0]
            news.append(made[1])
    return spans, news


def _asset_spans(seen: Watched | None, facts: Sequence[Fact], now: int) -> list[tuple[int, int]] | None:
    if seen is None:
        begin = min(since for what, since, _ in facts if what.startswith("device"))
        return union([(begin, now)])
    known = [(str(what), int(since), until) for what, since, until in seen.facts["facts"]]
    ranges = differences(known, facts, now)
    if now - seen.seen_until_ms >= SWEEP_MS:
        ranges.append((seen.seen_until_ms - SLACK_MS, now))
    return union(ranges) if ranges or set(known) != set(facts) else None


def _histories(session: Session) -> dict[str, list[Fact]]:
    """Return what decides for whom an asset's use counts: its devices, holders and owner; metered assets only."""
    found: dict[str, list[Fact]] = {}
    for row in session.exec(select(Binding)):
        found.setdefault(row.asset_id, []).append((f"device {row.device_id}", row.since_ms, row.until_ms))
    for held in session.exec(select(Holding)):
        if held.asset_id in found:
            until = None if held.until is None else to_ms(held.until)
            found[held.asset_id].append((f"held {held.holder_id} {held.room_id}", to_ms(held.since), until))
    for asset_id, owner_id in session.exec(select(Asset.id, Asset.owner_id)):
        if asset_id in found:
            found[asset_id].append((f"owner {owner_id}", 0, None))
    return found


Changes = tuple[list[tuple[str, int, int]], Watched]


def _claim_spans(
    session: Session, seen: Watched | None, histories: Mapping[str, list[Fact]], now: int
) -> Changes | None:
    """Return the past of claims made or released since the last look."""
    if seen is None:
        return [], Watched(subject_id=CLAIMS, seen_until_ms=now)
    if now - seen.seen_until_ms < SWEEP_MS:
        return None
    since = from_ms(seen.seen_until_ms - SLACK_MS)
    changed = sa.or_(col(Claim.created_at) >= since, col(Claim.released_at) >= since)
    found = session.exec(select(Claim).where(changed, col(Claim.busy_from) < from_ms(now))).all()
    spans = [
        (asset_id, to_ms(claim.busy_from), min(to_ms(claim.busy_until), now))
        for claim in found
        for asset_id in _assets_of(claim, histories)
    ]
    return spans, Watched(subject_id=CLAIMS, seen_until_ms=now)


def _assets_of(claim: Claim, histories: Mapping[str, list[Fact]]) -> list[str]:
    if claim.resource_kind == "asset":
        return [claim.resource_id] if claim.resource_id in histories else []
    room = f" {claim.resource_id}"
    return [key for key, facts in histories.items() if any(what.endswith(room) for what, _, _ in facts)]


def _calendar_spans(
    session: Session, seen: Watched | None, histories: Mapping[str, list[Fact]], now: int
) -> Changes | None:
    """Return the days of all assets whose holder's calendar changed since the last look."""
    present = _calendar_facts(session)
    row = Watched(subject_id=CALENDARS, seen_until_ms=now, facts={"facts": [list(one) for one in present]})
    if seen is None:
        return [], row
    known = {tuple(one) for one in seen.facts["facts"]}
    changed = known ^ set(present)
    if not changed:
        return None
    spans: list[tuple[str, int, int]] = []
    for organization_id, _, first, last in changed:
        span = _span(first, last, now)
        below = set(session.exec(select(Reach.descendant_id).where(Reach.ancestor_id == organization_id)))
        for asset_id, facts in histories.items():
            if span[0] < span[1] and _held_by(facts, below):
                spans.append((asset_id, max(span[0], _first_device(facts)), span[1]))
    return spans, row


def _calendar_facts(session: Session) -> list[tuple[str, str, str, str]]:
    """Return organization, what, first and last day of everything core hours are made of; "" = for ever."""
    facts: list[tuple[str, str, str, str]] = []
    for day in session.exec(select(CalendarDay)):
        what = f"day {day.kind} {day.follows_weekday}"
        facts.append((day.organization_id, what, day.day.isoformat(), day.day.isoformat()))
    for term in session.exec(select(Term)):
        facts.append((term.organization_id, "term", term.first_day.isoformat(), term.last_day.isoformat()))
    for period in session.exec(select(Period)):
        facts.append((period.organization_id, f"period {period.number} {period.starts} {period.ends}", "", ""))
    return sorted(facts)


def _span(first: str, last: str, now: int) -> tuple[int, int]:
    """Return the UTC time around local days wherever they are, up to now."""
    if not first:
        return 0, now
    start = midnight(date.fromisoformat(first), "UTC") - DAY_MS
    return start, min(now, midnight(date.fromisoformat(last) + timedelta(days=2), "UTC"))


def _held_by(facts: Sequence[Fact], organizations: set[str]) -> bool:
    return any(what.startswith("held ") and what.split()[1] in organizations for what, _, _ in facts)


def _first_device(facts: Sequence[Fact]) -> int:
    return min(since for what, since, _ in facts if what.startswith("device"))
