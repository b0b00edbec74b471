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
    """A compiled table of an engine, one row to a slot of UTC.

    Attributes:
        table: its name, quoted.
        width: seconds of a slot.
        bends: how many bends of the open seconds a row describes.
    """

    table: str
    width: int
    bends: int = 0

    def row_of(self, moment: str, alias: str) -> str:
        """The row of an instant, as SQL to stand after JOIN."""
        return f"{self.table} AS {alias} ON {alias}._slot = {moment} // {self.width}"

    def open_seconds(self, moment: str, alias: str) -> str:
        """The open seconds up to an instant, as SQL over its row."""
        line = f"{alias}.base + {alias}.rate * {moment}"
        turns = (
            f" + CASE WHEN {moment} > {alias}.at{number} THEN {alias}.turn{number} * ({moment} - {alias}.at{number}) "
            "ELSE 0 END"
            for number in range(1, self.bends + 1)
        )
        return f"({line}{''.join(turns)})"


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
    _load(backend, name, ["_slot", "base", "rate", *bends, *periods], rows)
    return Slots(quote_name(name), compiled.width, compiled.bends)


def load_periods(backend: Backend, name: str, periods: Sequence[Period]) -> Slots:
    """Make consecutive periods known to an engine: the row of an instant has the index of its `_period`."""
    compiled = period_slots(periods)
    _load(backend, name, ["_slot", "_period"], compiled.rows)
    return Slots(quote_name(name), compiled.width)


def _load(backend: Backend, name: str, columns: Sequence[str], rows: Sequence[Sequence[int | None]]) -> None:
    values = zip(*rows, strict=True) if rows else [()] * len(columns)
    backend.load(name, pa.table([pa.array(found, pa.int64()) for found in values], names=list(columns)))
