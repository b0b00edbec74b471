"""How a rule that an agreement breaks is told."""

import difflib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

Location = tuple[int | str, ...]


@dataclass(frozen=True)
class Problem:
    """A rule the agreement breaks: where in the document, what was seen, what was expected, how to mend it."""

    location: Location
    seen: str
    expected: str
    mend: str = "Correct the name, or add what it refers to."


def known(location: Location, name: str | None, names: Iterable[str], what: str) -> Iterator[Problem]:
    """A reference to something that is not there, with the nearest name there is."""
    names = list(names)
    if name is None or name in names:
        return
    near = difflib.get_close_matches(name, names, 1)
    mend = f"Did you mean {near[0]!r}?" if near else f"There are: {', '.join(names) or 'none yet'}."
    yield Problem(location, repr(name), f"{what} of this agreement", mend)
