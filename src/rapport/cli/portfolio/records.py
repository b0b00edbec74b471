"""What all stories share: the months they run through, the draws, and the record files of each quarter."""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import groupby
from random import Random
from zoneinfo import ZoneInfo

SEED = 2026
ZONE = ZoneInfo("Europe/London")
FIRST = date(2025, 4, 1)
LAST = datetime(2027, 3, 31, 17, 0, tzinfo=ZONE)
"""The end of every agreement of the portfolio, after which nothing is recorded."""

Files = dict[str, list[tuple[str, str]]]
"""Record files by source of the agreement: each with its name and its CSV text."""
Row = tuple[date, Sequence[object]]
"""The day a record began, and its cells."""


@dataclass(frozen=True)
class Past:
    """The time the records run through: from `FIRST` up to a moment, in London. What is to come is left empty."""

    now: datetime

    @property
    def today(self) -> date:
        """The day of the moment."""
        return self.now.astimezone(ZONE).date()

    @property
    def now_at(self) -> int:
        """The moment in UTC seconds."""
        return int(self.now.timestamp())

    def months(self) -> Iterator[date]:
        """The first day of every month of the records, the running one included."""
        month = FIRST
        while month <= self.today:
            yield month
            month = (month + timedelta(days=32)).replace(day=1)

    def days_of(self, month: date) -> list[date]:
        """The days of a month that have come, the present one included."""
        days = [month + timedelta(days=number) for number in range(31)]
        return [day for day in days if day.month == month.month and day <= self.today]

    def part_of(self, month: date) -> float:
        """How much of a month has come: 1 but for the running one."""
        return len(self.days_of(month)) / 31 if month == self.today.replace(day=1) else 1

    def drawn_days(self, chance: Random, month: date, volume: float, week: Sequence[float]) -> list[date]:
        """About `volume` days of a month in their order, as often as a weekday weighs in `week`, Monday first.

        The volume is that of a whole month; a running month gets its part.
        """
        days = self.days_of(month)
        count = round(volume * self.part_of(month) * chance.uniform(0.95, 1.05))
        weights = [week[day.weekday()] for day in days]
        return sorted(chance.choices(days, weights, k=count)) if any(weights) else []

    def moment_text(self, moment: int) -> str:
        """A moment as a tool in London exports it; empty while it has not come."""
        return datetime.fromtimestamp(moment, ZONE).isoformat(" ")[:16] if moment <= self.now_at else ""

    def day_text(self, day: date, layout: str) -> str:
        """A day as a partner writes it; empty while it has not come."""
        return day.strftime(layout) if day <= self.today else ""


def drawn_words(chance: Random, count: int, weights: Mapping[str, float]) -> list[str]:
    """So many words, each as often as it weighs."""
    return chance.choices(list(weights), list(weights.values()), k=count)


def drawn_numbers(chance: Random, count: int, share: float) -> set[int]:
    """Which of `count` records, by their number from 0, make up a share of them; the share is kept exactly."""
    return set(chance.sample(range(count), round(count * share)))


def instant(day: date, minute: int = 0) -> int:
    """UTC seconds of a minute of a day in London."""
    return int(datetime.combine(day, time(minute // 60, minute % 60), ZONE).timestamp())


def day_of(moment: int) -> date:
    """The day of a moment in London."""
    return datetime.fromtimestamp(moment, ZONE).date()


def utc_text(moment: int) -> str:
    """A moment as monitoring exports it, in UTC to the second."""
    return f"{datetime.fromtimestamp(moment, UTC):%Y-%m-%d %H:%M:%S}"


def quarterly(name: str, header: Sequence[str], rows: Iterable[Row]) -> list[tuple[str, str]]:
    """A file a quarter, such as `tickets-2025-q2.csv`, with the records that began in it."""
    in_order = sorted(rows, key=lambda row: row[0])
    return [
        (f"{name}-{quarter}.csv", _as_csv(header, (cells for _, cells in part)))
        for quarter, part in groupby(in_order, key=lambda row: f"{row[0].year}-q{(row[0].month + 2) // 3}")
    ]


def _as_csv(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return text.getvalue()
