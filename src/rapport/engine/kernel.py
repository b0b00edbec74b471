"""The integer kernel: working time and periods as shifts, masks, joins and sums that every engine has.

A calendar is compiled to one row per bin of 2**15 seconds of UTC: the open seconds before the bin, and the windows
open within it. Then the open seconds up to any instant are one equi-join and a little arithmetic, exact to the second
over every change of the clocks, and no engine ever calls a time-zone or date function.
"""

from collections.abc import Sequence

import pyarrow as pa

from rapport.domain.calendars import BinTable
from rapport.domain.periods import Period, period_bins

SHIFT = 15
MASK = (1 << SHIFT) - 1


def bin_of(moment: str) -> str:
    """The bin an instant lies in, as SQL."""
    return f"({moment} >> {SHIFT})"


def calendar_rows(bins: BinTable) -> pa.Table:
    """A compiled calendar as a table: bin, cum, s1, e1, s2, e2 and so on."""
    edges = [f"{edge}{number}" for number in range(1, bins.windows + 1) for edge in "se"]
    columns = zip(*bins.rows, strict=True)
    return pa.table(
        {name: pa.array(values, pa.int64()) for name, values in zip(["bin", "cum", *edges], columns, strict=True)}
    )


def open_seconds(moment: str, calendar: str, windows: int) -> str:
    """The open seconds up to an instant, as SQL over the row of `calendar` joined on the instant's bin."""
    offset = f"({moment} & {MASK})"
    opened = [_opened(offset, f"{calendar}.s{number}", f"{calendar}.e{number}") for number in range(1, windows + 1)]
    return "(" + " + ".join([f"{calendar}.cum", *opened]) + ")"


def period_rows(periods: Sequence[Period]) -> pa.Table:
    """Consecutive periods as a table: bin, the index at its start, the offset of the next period, that one's index."""
    names = ("_bin", "_before", "_switch", "_after")
    columns = zip(*period_bins(periods, SHIFT), strict=True)
    return pa.table({name: pa.array(values, pa.int64()) for name, values in zip(names, columns, strict=True)})


def period_of(moment: str, periods: str) -> str:
    """The index of the period an instant lies in, as SQL over the row of `periods` joined on the instant's bin."""
    return f"CASE WHEN ({moment} & {MASK}) >= {periods}._switch THEN {periods}._after ELSE {periods}._before END"


def _opened(offset: str, start: str, end: str) -> str:
    """The part of a window before an offset; GREATEST and LEAST say the same and take a third longer."""
    return (
        f"CASE WHEN {offset} <= {start} THEN 0 WHEN {offset} < {end} THEN {offset} - {start} ELSE {end} - {start} END"
    )
