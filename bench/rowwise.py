"""Packages that count business time one record after another, against the compiled calendar, in speed and exactness.

The runs have no pauses, since none of the packages knows them. They get local times without a zone,
which suits them best: businesstimedelta takes times that have one for wall-clock times across a change of the clocks.
`python -m bench.rowwise` prints a line of JSON; packages that are not installed are left out.
"""

import json
import sys
import time
from collections.abc import Callable
from datetime import date, datetime, timedelta
from datetime import time as time_of_day
from itertools import starmap
from zoneinfo import ZoneInfo

from bench.desk import Desk
from bench.tickets import DAY, DAYS, FIRST, some_records
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


def main() -> None:
    with DuckDbBackend() as backend:
        desk = Desk(backend)
    runs = _runs()
    truth = list(starmap(desk.open_time.between, runs))
    local = [tuple(datetime.fromtimestamp(moment, LONDON).replace(tzinfo=None) for moment in run) for run in runs]
    found = {}
    for name, method in METHODS.items():
        try:
            elapsed = method(desk.open_time.calendar.holidays)
        except ImportError:
            continue
        print(name, file=sys.stderr, flush=True)
        begun = time.process_time()
        answers = list(starmap(elapsed, local))
        taken = time.process_time() - begun
        exact = sum(answer == expected for answer, expected in zip(answers, truth, strict=True))
        found[name] = {"rows_per_cpu_second": len(runs) / taken, "exact": exact / len(runs), "sample": len(runs)}
    print(json.dumps(found))


def _runs() -> list[tuple[int, int]]:
    """Runs of closed tickets, which open over the eighteen months and so over three changes of the clocks."""
    tickets, _ = some_records(0, 0, SAMPLE, (FIRST, DAYS * DAY))
    pairs = zip(tickets["opened"].to_pylist(), tickets["closed"].to_pylist(), strict=True)
    return [(opened, closed) for opened, closed in pairs if closed is not None]


if __name__ == "__main__":
    main()
