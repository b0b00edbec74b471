"""The integer kernel: working time and periods as divisions, sums and joins that every engine has.

A calendar is compiled to one row per slot of UTC, such as half an hour: within it the open seconds up to an instant
lie on a line. So they are one equi-join and a multiplication, exact to the second over every change of the clocks, and
no engine ever calls a time-zone or date function.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pyarrow as pa

from rapport.domain.calendars import OpenTime, slot_table
from rapport.domain.periods import Period, edges_of, period_slots
from rapport.engine.backend import Backend, quote_name


@dataclass(frozen=True)
class Slots:
    """A compiled table of an engine: one row to a slot of UTC, and one of nulls for all instants without a slot.

    So each instant has a row, null has one too, and a lookup is an inner join on a dense number. Engines make that an
    access to an array, which an outer join would cost twice.

    Attributes:
        table: its name, quoted.
        width: seconds of a slot.
        first: the first slot.
        last: the last slot.
        bends: how many bends of the open seconds a row describes.
    """

    table: str
    width: int
    first: int
    last: int
    bends: int = 0

    def at(self, moment: str, alias: str) -> "Lookup":
        """The row of an instant under an alias."""
        bounds = f"{self.first * self.width} AND {(self.last + 1) * self.width - 1}"
        slot = f"CASE WHEN {moment} BETWEEN {bounds} THEN {moment} // {self.width} ELSE {self.first - 1} END"
        line = f"{alias}.base + {alias}.rate * {moment}"
        turns = (
            f" + CASE WHEN {moment} > {alias}.at{number} THEN {alias}.turn{number} * ({moment} - {alias}.at{number}) "
            "ELSE 0 END"
            for number in range(1, self.bends + 1)
        )
        return Lookup(f"JOIN {self.table} AS {alias} ON {alias}._slot = {slot}", f"({line}{''.join(turns)})")

    def nearest(self, moment: str) -> str:
        """The instant of some slot that is nearest to an instant."""
        first, last = self.first * self.width, (self.last + 1) * self.width - 1
        return f"CASE WHEN {moment} < {first} THEN {first} WHEN {moment} > {last} THEN {last} ELSE {moment} END"


@dataclass(frozen=True)
class Lookup:
    """SQL that finds the row of an instant.

    Attributes:
        join: the join that finds it.
        open_seconds: the open seconds up to the instant, null if it has no slot.
    """

    join: str
    open_seconds: str


def load_calendar(
    backend: Backend, name: str, open_time: OpenTime, end: int, periods: Mapping[str, Sequence[Period]]
) -> Slots:
    """Make open time up to an instant known to an engine, for `Slots.open_seconds`.

    For each of the `periods`, consecutive ones under a name, a row has the index of the one it lies in, or null.
    """
    compiled = slot_table(open_time, end, [edge for some in periods.values() for edge in edges_of(some)])
    bends = [f"{what}{number}" for number in range(1, compiled.bends + 1) for what in ("at", "turn")]
    found = [dict(period_slots(some, compiled.width).rows) for some in periods.values()]
    rows = [(*row, *(index.get(row[0]) for index in found)) for row in compiled.rows] if found else compiled.rows
    first, last = _load(backend, name, ["_slot", "base", "rate", *bends, *periods], rows)
    return Slots(quote_name(name), compiled.width, first, last, compiled.bends)


def load_periods(backend: Backend, name: str, periods: Sequence[Period]) -> Slots:
    """Make consecutive periods known to an engine: the row of an instant has the index of its `_period`."""
    compiled = period_slots(periods)
    return Slots(quote_name(name), compiled.width, *_load(backend, name, ["_slot", "_period"], compiled.rows))


def _load(backend: Backend, name: str, columns: Sequence[str], rows: Sequence[Sequence[int | None]]) -> tuple[int, int]:
    """Load the rows of consecutive slots, with one of nulls before them; the first slot and the last."""
    first = (rows[0][0] or 1) if rows else 1
    nothing = (first - 1, *[None] * (len(columns) - 1))
    values = zip(nothing, *rows, strict=True)
    backend.load(name, pa.table([pa.array(found, pa.int64()) for found in values], names=list(columns)))
    return first, first + len(rows) - 1
