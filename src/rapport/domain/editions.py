"""What an edition of the issue list says: what is new, moved, late and closed since the edition before."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from rapport.domain.issues import State


@dataclass(frozen=True)
class Row:
    """An issue as an edition keeps it; a declined issue is in none. An owner is a name, empty where there was none."""

    number: int
    title: str
    severity: str
    state: State
    responsible: str
    due_on: date
    client_owner: str = ""
    partner_owner: str = ""


@dataclass(frozen=True)
class Changes:
    """The numbers of issues, in the order of the list; `moved` says what each was before and is now.

    An issue is in one of `new`, `moved` and `closed` at most. `late` are those still open past their day, whatever else
    is said of them.
    """

    new: Sequence[int]
    moved: Mapping[int, str]
    late: Sequence[int]
    closed: Sequence[int]


def changes(before: Sequence[Row], now: Sequence[Row], today: date) -> Changes:
    """What changed from one edition to the next, whose list is `now`; what was closed before is told no more."""
    earlier = {row.number: row for row in before}
    moved = {row.number: _move(earlier[row.number], row) for row in now if row.number in earlier and row.state.is_open}
    return Changes(
        new=[row.number for row in now if row.number not in earlier and row.state.is_open],
        moved={number: words for number, words in moved.items() if words},
        late=[row.number for row in now if row.state.is_open and row.due_on < today],
        closed=[row.number for row in now if row.state is State.CLOSED and _was_open(earlier.get(row.number))],
    )


def _was_open(row: Row | None) -> bool:
    return row is None or row.state.is_open


def _move(before: Row, now: Row) -> str:
    """What moved about an open issue, in words; empty where nothing did."""
    said = []
    if before.state is State.CLOSED:
        said.append("open again")
    elif before.state is not now.state:
        said.append(f"{before.state} to {now.state}")
    if before.responsible != now.responsible:
        said.append(f"taken over by the {now.responsible}")
    if before.severity != now.severity:
        said.append(f"{before.severity} to {now.severity}")
    if before.due_on != now.due_on:
        said.append(f"due {now.due_on:%d %b %Y} instead of {before.due_on:%d %b %Y}")
    return ", ".join(said)
