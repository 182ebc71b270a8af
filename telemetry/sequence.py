"""The sequence numbers of a Sparkplug session: counting them out, and noticing when one is missing."""

from telemetry.errors import SequenceGap


def next_seq(seq: int) -> int:
    """Return the number after `seq`: 0 follows 255 (payloads-sequence-num-incrementing)."""
    return (seq + 1) % 256


class SequenceTracker:
    """What a host remembers of one node's numbers, from its birth on."""

    def __init__(self) -> None:
        self.expected: int | None = None

    def born(self, seq: int | None) -> None:
        """Start at a node birth; its number counts as 0 where it has none."""
        self.expected = next_seq(seq or 0)

    def lost(self) -> None:
        """Forget the session: nothing is expected before the next birth."""
        self.expected = None

    def accept(self, seq: int | None) -> None:
        """Take the number of a message that follows the birth.

        Raises: SequenceGap when it is missing, out of order, or no birth was seen. The session goes on with the next
        number, so that one gap is reported once.
        """
        expected, self.expected = self.expected, None if seq is None else next_seq(seq)
        if expected is None:
            self.expected = None
            raise SequenceGap("no birth seen")
        if seq != expected:
            raise SequenceGap(f"number {seq} came where {expected} was due")
