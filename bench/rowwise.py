"""Packages that count business time one record after another, against the compiled calendar, in speed and exactness.

The runs have no pauses, since none of the packages knows them. They get local times without a zone,
which suits them best: businesstimedelta takes times that have one for wall-clock times across a change of the clocks.
`python -m bench.rowwise FOLDER` takes tickets from files written before and prints a line of JSON; packages that are
not installed are left out. Seconds are of the wall clock, from instants as they are in the file to elapsed seconds.
"""

import json
import sys
import time
from collections.abc import Callable
from datetime import date, datetime, timedelta
from datetime import time as time_of_day
from itertools import starmap
from pathlib import Path
from zoneinfo import ZoneInfo

import pyarrow.parquet as pq

from bench.desk import Desk
from rapport.engine.backend import DuckDbBackend

SAMPLE = 2000
LONDON = ZoneInfo("Europe/London")
OPENS, CLOSES = time_of_day(9), time_of_day(17, 30)
Elapsed = Callable[[datetime, datetime], float]


def businesstimedelta_package(holidays: frozenset[date]) -> Elapsed:
    """businesstimedelta 1.0.1."""
    from businesstimedelta import HolidayRule, Rules, WorkDayRule

    rules = Rules([WorkDayRule(OPENS, CLOSES, [0, 1, 2, 3, 4]), HolidayRule(dict.fromkeys(holidays, "Holiday"))])

    def elapsed(start: datetime, end: datetime) -> float:
        found = rules.difference(start, end)
        return found.hours * 3600 + found.seconds

    return elapsed


def business_duration_package(holidays: frozenset[date]) -> Elapsed:
    """business-duration 0.68."""
    from business_duration import businessDuration

    def elapsed(start: datetime, end: datetime) -> float:
        return float(businessDuration(start, end, OPENS, CLOSES, holidaylist=list(holidays), unit="sec"))

    return elapsed


def day_loop(holidays: frozenset[date]) -> Elapsed:
    """A loop over days in plain Python."""

    def elapsed(start: datetime, end: datetime) -> float:
        total, day = 0.0, start.date()
        first, last = (moment.replace(tzinfo=LONDON).timestamp() for moment in (start, end))
        while day <= end.date():
            if day.weekday() < 5 and day not in holidays:
                opens, closes = (datetime.combine(day, edge, LONDON).timestamp() for edge in (OPENS, CLOSES))
                total += max(0.0, min(closes, last) - max(opens, first))
            day += timedelta(days=1)
        return total

    return elapsed


def custom_business_hours(holidays: frozenset[date]) -> Elapsed:
    """pandas: the hours that a date_range by CustomBusinessHour has."""
    import pandas as pd

    hour = pd.offsets.CustomBusinessHour(start=OPENS, end=CLOSES, holidays=sorted(holidays))

    def elapsed(start: datetime, end: datetime) -> float:
        return 3600.0 * max(0, len(pd.date_range(start, end, freq=hour)) - 1)

    return elapsed


METHODS = {
    "businesstimedelta 1.0.1": businesstimedelta_package,
    "business-duration 0.68": business_duration_package,
    "pandas CustomBusinessHour": custom_business_hours,
    "a loop over days": day_loop,
}


def main(folder: str) -> None:
    with DuckDbBackend() as backend:
        desk = Desk(backend)
    runs = _runs(Path(folder))
    truth = list(starmap(desk.open_time.between, runs))
    found = {}
    for name, method in METHODS.items():
        try:
            elapsed = method(desk.open_time.calendar.holidays)
        except ImportError:
            continue
        print(name, file=sys.stderr, flush=True)
        begun = time.perf_counter()
        answers = [elapsed(_local(opened), _local(closed)) for opened, closed in runs]
        taken = time.perf_counter() - begun
        exact = sum(answer == expected for answer, expected in zip(answers, truth, strict=True))
        found[name] = {"rows_per_second": len(runs) / taken, "exact": exact / len(runs), "sample": len(runs)}
    print(json.dumps(found))


def _local(instant: int) -> datetime:
    return datetime.fromtimestamp(instant, LONDON).replace(tzinfo=None)


def _runs(folder: Path) -> list[tuple[int, int]]:
    """Runs of closed tickets from all over the eighteen months, and so over three changes of the clocks."""
    files = sorted(folder.glob("tickets-*.parquet"))
    some = [pq.read_table(file, columns=["opened", "closed"]).slice(0, SAMPLE // len(files)) for file in files]
    rows = (row for table in some for row in table.to_pylist())
    return [(row["opened"], row["closed"]) for row in rows if row["closed"] is not None]


if __name__ == "__main__":
    main(*sys.argv[1:])
