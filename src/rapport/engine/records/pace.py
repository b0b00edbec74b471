"""How far the reading of records is, told while it goes on."""

from collections.abc import Callable
from math import inf
from time import monotonic

_PAUSE = 1.0
"""Seconds for which nothing more is told, so that telling costs nothing."""


class Pace:
    """Tells what is being done and how far it is, at most once a second: what is left out is soon told anew."""

    def __init__(self, tell: Callable[[str], None]) -> None:
        self._tell, self._what, self._told_at = tell, "", -inf

    def begin(self, what: str) -> None:
        """Something is begun, such as the reading of a file."""
        self._what = what
        self.reach("")

    def reach(self, far: str) -> None:
        """How far it is in words, such as the rows that were read."""
        if (now := monotonic()) - self._told_at >= _PAUSE:
            self._told_at = now
            self._tell(f"{self._what}: {far}" if far else self._what)

    def pass_part(self, done: int, whole: int) -> None:
        """How much of a whole is done, both in the same unit."""
        self.reach(f"{100 * done // max(whole, 1)} %")


UNTOLD = Pace(lambda _: None)
"""For whoever does not ask how far it is."""
