"""How much of the journal may be under way: a go-back-N window that grows with acknowledgements."""

from dataclasses import dataclass

FIRST_SIZE = 50
LARGEST = 1_000
_SHORTEST_WAIT_S = 1.5
_LONGEST_WAIT_S = 60.0


@dataclass
class Window:
    """What is under way; offsets up to `acked` are kept by the server, those up to `sent` have left."""

    acked: int
    sent: int
    size: int = FIRST_SIZE
    credit: int = LARGEST
    wait_s: float = _SHORTEST_WAIT_S
    deadline: float | None = None
    _round_trip_s: float = 0.0
    _probe: tuple[int, float] | None = None

    def room(self) -> int:
        """Return how many records may leave now."""
        return max(min(self.size, self.credit) - (self.sent - self.acked), 0)

    def left(self, offset: int, now: float) -> None:
        """Note that everything up to an offset has left at `now`, in seconds of a steady clock."""
        self.sent = max(self.sent, offset)
        if self._probe is None:
            self._probe = (offset, now)
        if self.deadline is None:
            self.deadline = now + self.wait_s

    def advanced(self, acked: int, now: float) -> None:
        """Note an acknowledgement that moved on: the window grows and the wait shrinks to 4 round trips."""
        self.size = min(self.size * 2, LARGEST)
        if self._probe is not None and acked >= self._probe[0]:
            self._round_trip_s = now - self._probe[1]
            self._probe = None
        self.acked, self.sent = acked, max(self.sent, acked)
        self.wait_s = min(max(_SHORTEST_WAIT_S, 4 * self._round_trip_s), _LONGEST_WAIT_S)
        self.deadline = now + self.wait_s if self.sent > acked else None

    def expired(self, now: float) -> bool:
        """Go back to the first record not acknowledged if nothing moved for the wait, which then doubles."""
        if self.deadline is None or now < self.deadline:
            return False
        self.wait_s = min(self.wait_s * 2, _LONGEST_WAIT_S)
        self.size = FIRST_SIZE
        self.sent, self.deadline, self._probe = self.acked, None, None
        return True
