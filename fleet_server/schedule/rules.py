"""Pure rules of time on a resource: overlap and gaps. Ranges are half-open, times aware UTC."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta

Range = tuple[datetime, datetime]


def overlap(a: Range, b: Range) -> bool:
    """Return whether two ranges share a moment; one that ends as the other starts does not."""
    return a[0] < b[1] and b[0] < a[1]


def gaps(window: Range, busy: Iterable[Range]) -> Iterator[Range]:
    """Yield the parts of a window that no busy range touches, in order."""
    at, end = window
    for start, until in sorted(busy):
        if start >= end:
            break
        if start > at:
            yield at, start
        at = max(at, until)
    if at < end:
        yield at, end


def free_slots(
    window: Range, busy: Sequence[Range], lead: timedelta, tail: timedelta, length: timedelta
) -> list[Range]:
    """Return where in the window a slot of `length` fits with `lead` before and `tail` after it free too.

    Each answer is a range of time that may be used; lead and tail may lie outside the window.
    """
    wide = (window[0] - lead, window[1] + tail)
    slots = ((start + lead, end - tail) for start, end in gaps(wide, busy))
    return [(start, end) for start, end in slots if end - start >= length]
