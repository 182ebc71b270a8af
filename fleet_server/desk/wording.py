"""What each kind of trouble is called, what proves it, and where it is fixed."""

from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlencode

from fleet_server.desk.agenda import Promise
from fleet_server.desk.troubles import Trouble
from fleet_server.web import formats
from fleet_server.web.i18n import CHINESE, Translator

Texts = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Notice:
    """One trouble in words: title, evidence, the state its mark shows, where to see what it affects."""

    trouble: Trouble
    title: str
    evidence: str
    mark: str
    address: str
    where: str
    booking: Promise | None


def notice(trouble: Trouble, booking: Promise | None, _: Translator) -> Notice:
    """Put a trouble into words of the reader's language."""
    title, evidence = _TEXTS[trouble.kind](trouble, _)
    school = trouble.organization_zh if _.locale == CHINESE else trouble.organization_en
    mark = trouble.rows[0].state if trouble.rows else "unknown"
    return Notice(
        trouble, f"{school}{'：' if _.locale == CHINESE else ': '}{title}", evidence, mark, _address(trouble),
        _where(trouble, _), booking,
    )  # fmt: skip


def _address(trouble: Trouble) -> str:
    if len(trouble.rows) == 1:
        return trouble.rows[0].path
    query = {"school": trouble.organization_id}
    if trouble.kind == "fault":
        query |= {"state": "fault"}
    elif len(trouble.nodes) == 1:
        query |= {"q": trouble.nodes[0]}
    elif trouble.kind.startswith("box_"):
        query |= {"liveness": trouble.kind.removeprefix("box_")}
    return "/fleet?" + urlencode(query)


def _where(trouble: Trouble, _: Translator) -> str:
    if len(trouble.rows) == 1:
        row = trouble.rows[0]
        room = row.room_zh if _.locale == CHINESE else row.room_en
        return ("，" if _.locale == CHINESE else ", ").join(part for part in (room, row.asset_code) if part)
    if len(trouble.nodes) == 1:
        return trouble.nodes[0]
    return _.plural("%(count)s box", "%(count)s boxes", len(trouble.nodes))


def _boxes(trouble: Trouble, _: Translator) -> Texts:
    count = len(trouble.nodes)
    if count > 1:
        title = _("%(count)s boxes went off line together", count=count)
        first = _("All fell silent within %(seconds)s s of each other.", seconds=max(1, round(trouble.amount)))
    else:
        title = _("box %(box)s is off line", box=trouble.nodes[0])
        first = _("It said goodbye or was silent for more than five minutes.")
    if trouble.others:
        second = _.plural(
            "The other box of the school is on line, so its way to the outside works: look for a switch or a plug.",
            "The other %(count)s boxes of the school are on line, so its way to the outside works: "
            "look for a switch or a plug.",
            trouble.others,
        )
    else:
        second = _("No box of the school is heard: look at its way to the outside, then at its power.")
    return title, f"{first}{_.gap}{second}{_.gap}{_('Boxes keep their records and send them when the line is back.')}"


def _stale(trouble: Trouble, _: Translator) -> Texts:
    title = _.plural(
        "%(count)s box has gone quiet", "%(count)s boxes have gone quiet at the same moment", len(trouble.nodes)
    )
    return title, _("Nothing heard for more than 90 seconds, and no goodbye. It may come back by itself.")


def _fault(trouble: Trouble, _: Translator) -> Texts:
    kind = formats.word(formats.KINDS, trouble.rows[0].kind, _.locale)
    if trouble.affected == 1:
        row = trouble.rows[0]
        title = _("%(device)s reports a fault", device=row.name_zh if _.locale == CHINESE else row.name_en)
    else:
        title = _("%(count)s devices report the same fault (%(kind)s)", count=trouble.affected, kind=kind)
    cause = _("It says: %(cause)s.", cause=trouble.cause) if trouble.cause else _("It gives no reason.")
    if not trouble.others:
        return title, cause
    alike = _.plural("One more of this model works.", "%(count)s others of this model work.", trouble.others)
    return title, f"{cause}{_.gap}{alike}"


def _silent(trouble: Trouble, _: Translator) -> Texts:
    if trouble.affected == 1:
        row = trouble.rows[0]
        title = _("%(device)s does not answer", device=row.name_zh if _.locale == CHINESE else row.name_en)
    else:
        title = _("%(count)s devices do not answer", count=trouble.affected)
    cause = formats.word(formats.CAUSES, trouble.cause, _.locale) or _("no reason given")
    return title, _("The box %(box)s is on line and says: %(cause)s.", box=trouble.nodes[0], cause=cause)


def _disk(trouble: Trouble, _: Translator) -> Texts:
    row, disk = trouble.rows[0], trouble.disk
    title = _("disk of %(device)s nearly full", device=row.name_zh if _.locale == CHINESE else row.name_en)
    if disk is None:
        return title, ""
    if disk.free_gb is None:
        return title, _("%(percent)s%% in use.", percent=f"{disk.percent:.0f}")
    return title, _(
        "%(percent)s%% in use, %(free)s GB left.", percent=f"{disk.percent:.0f}", free=f"{disk.free_gb:.0f}"
    )


def _clock(trouble: Trouble, _: Translator) -> Texts:
    length = _("%(count)s seconds", count=round(abs(trouble.amount)))
    fast = trouble.amount > 0
    if len(trouble.nodes) > 1:
        title = (
            _("clocks of %(count)s boxes are up to %(length)s fast", count=len(trouble.nodes), length=length)
            if fast
            else _("clocks of %(count)s boxes are up to %(length)s slow", count=len(trouble.nodes), length=length)
        )
    else:
        title = (
            _("clock of %(box)s is %(length)s fast", box=trouble.nodes[0], length=length)
            if fast
            else _("clock of %(box)s is %(length)s slow", box=trouble.nodes[0], length=length)
        )
    return title, _("Its records are corrected by the measured offset and marked. Check the school's time server.")


_TEXTS: dict[str, Callable[[Trouble, Translator], Texts]] = {
    "box_offline": _boxes,
    "box_stale": _stale,
    "fault": _fault,
    "device_silent": _silent,
    "disk": _disk,
    "clock": _clock,
}
