"""Makes the records of the built-in example: `python tests/cli/make_demo.py` writes them anew, always the same.

The story: a partner grows into the work, has a weak November and recovers. Its own verdicts differ from the agreement
in three ways: its clock stops when a ticket is resolved rather than closed, runs day and night for hardware, and knows
nothing of the times in which the client failed its own duty.
"""

import csv
import io
import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from rapport.domain.calendars import Calendar, OpenTime, parse_hours

FOLDER = Path(__file__).parents[2] / "src" / "rapport" / "cli" / "demo"
ZONE = ZoneInfo("Europe/London")
HOUR = 3600
NOW = datetime(2026, 3, 18, 16, 40, tzinfo=ZONE)
LIMITS = {"P1": 4 * HOUR, "P2": 8 * HOUR, "P3": 24 * HOUR, "P4": 40 * HOUR}
SHARES = {"P1": 0.06, "P2": 0.22, "P3": 0.46, "P4": 0.26}
CATEGORIES = {"access": 0.26, "software": 0.34, "hardware": 0.1, "network": 0.16, "request": 0.14}
# How often a ticket waits for the customer, and its longest wait in hours; urgent ones are asked about by telephone.
WAITS = {"P1": (0.03, 0.5), "P2": (0.08, 2), "P3": (0.34, 16), "P4": (0.42, 16)}
# Tickets opened in each month, and the share of them that take longer than their limit.
MONTHS = {
    (2025, 1): (36, 0.29), (2025, 2): (38, 0.26), (2025, 3): (41, 0.24), (2025, 4): (38, 0.19), (2025, 5): (39, 0.16),
    (2025, 6): (42, 0.13), (2025, 7): (43, 0.08), (2025, 8): (37, 0.08), (2025, 9): (46, 0.18), (2025, 10): (44, 0.06),
    (2025, 11): (45, 0.28), (2025, 12): (36, 0.10), (2026, 1): (52, 0.06), (2026, 2): (43, 0.04), (2026, 3): (29, 0.08),
}  # fmt: skip
DUTIES = [
    ("D-1", "2025-03-12 08:00", "2025-03-12 18:00", "Remote access for the partner's staff was not renewed"),
    ("D-2", "2025-09-08 08:00", "2025-09-11 13:00", "The list of new laptops was not delivered"),
]
SURVEYS = [("2025-03-28", 3.4, 118), ("2025-06-27", 3.8, 131), ("2025-09-26", 4.1, 126)]
STORM = (date(2026, 1, 12), date(2026, 1, 13))
# Tickets of the last days that are still open; the second waits for the customer.
OPEN = [
    ("2026-03-12 09:20", "P3"), ("2026-03-13 10:05", "P4"), ("2026-03-16 13:10", "P3"), ("2026-03-16 15:30", "P3"),
    ("2026-03-17 11:20", "P3"), ("2026-03-18 09:10", "P2"), ("2026-03-18 11:45", "P2"), ("2026-03-18 15:10", "P1"),
    ("2026-03-18 16:38", "P3"),
]  # fmt: skip


@dataclass
class Hold:
    began: int
    ended: int
    waiting_for: str


@dataclass
class Ticket:
    opened: int
    priority: str
    category: str
    resolved: int = 0
    closed: int = 0
    times_reopened: int = 0
    holds: list[Hold] = field(default_factory=list)


def instant(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=ZONE).timestamp())


def local(moment: int | None) -> str:
    """A moment as the partner's export has it; empty while it has not come."""
    if moment is None or moment > NOW.timestamp():
        return ""
    return f"{datetime.fromtimestamp(moment, UTC).astimezone(ZONE):%Y-%m-%d %H:%M}"


def desk() -> OpenTime:
    import holidays

    closed = frozenset(holidays.country_holidays("GB", subdiv="ENG", years=range(2025, 2028)))
    hours, short = parse_hours("08:00-18:00"), parse_hours("08:00-13:00")
    replacements = ((date(2025, 12, 24), short), (date(2025, 12, 31), short))
    calendar = Calendar(ZONE.key, (hours,) * 5 + ((),) * 2, closed, replacements)
    return OpenTime(calendar, instant("2025-01-01"), instant("2026-12-31"))


class Story:
    """The draws behind the example: a chance of its own, so that everybody draws the same."""

    def __init__(self) -> None:
        self.chance = random.Random(20250101)
        self.desk = desk()

    def tickets(self) -> list[Ticket]:
        made = [ticket for month in MONTHS for ticket in self._month(*month)]
        made += [self._open(number) for number in range(len(OPEN))]
        return sorted(made, key=lambda ticket: ticket.opened)

    def _month(self, year: int, month: int) -> Iterator[Ticket]:
        volume, late_share = MONTHS[year, month]
        late = set(self._shuffled(range(volume))[: round(volume * late_share)])
        for number in range(volume):
            storm = (year, month) == (2026, 1) and number < 9
            yield self._ticket(self._opening(year, month, storm), number in late, storm)

    def _ticket(self, opened: int, is_late: bool, storm: bool) -> Ticket:
        priority = self._pick(SHARES)
        category = "storm damage" if storm else self._pick(CATEGORIES)
        within = self.chance.random() ** 1.4 * 0.8 + 0.04
        beyond = HOUR * (3 if storm else 1.1) / LIMITS[priority] + self.chance.random() ** 2
        ticket = Ticket(opened, priority, category)
        self._run(ticket, int(LIMITS[priority] * (1 + 2 * storm + beyond if is_late or storm else within)))
        if self.chance.random() < (0.15 if is_late else 0.04):
            ticket.times_reopened = 1
        return ticket

    def _open(self, number: int) -> Ticket:
        opened, priority = OPEN[number]
        later = int(NOW.timestamp()) + HOUR
        waits = [Hold(instant("2026-03-17 09:30"), later, "customer")] if number == 1 else []
        return Ticket(instant(opened), priority, self._pick(CATEGORIES), later, later, holds=waits)

    def _run(self, ticket: Ticket, working: int) -> None:
        """Let a ticket run for so many working seconds besides its holds, the last of them until somebody confirms."""
        confirming = min(working * 0.4, (0.3 + 5 * self.chance.random() ** 2) * HOUR)
        before, moment = 0, ticket.opened
        for waiting_for, share, longest in (("customer", *WAITS[ticket.priority]), ("supplier", 0.07, 8)):
            if self.chance.random() < share:
                part = int((working - confirming) * (0.2 + 0.25 * self.chance.random()))
                began = self._minutes(self.desk.add(moment, part))
                is_forgotten = longest > 10 and self.chance.random() < 0.1
                length = int((longest * self.chance.random() ** 2 + (22 if is_forgotten else 0.2)) * HOUR)
                moment = self._minutes(self.desk.add(began, length))
                ticket.holds.append(Hold(began, moment, waiting_for))
                before += part if waiting_for == "customer" else part + length
        left = max(working - before, HOUR // 2)
        ticket.resolved = self._minutes(self.desk.add(moment, max(left - int(confirming), 600)))
        ticket.closed = self._minutes(max(self.desk.add(moment, left), ticket.resolved))

    def _opening(self, year: int, month: int, storm: bool) -> int:
        first = date(year, month, 1)
        end = NOW.date() if (year, month) == (NOW.year, NOW.month) else (first + timedelta(days=32)).replace(day=1)
        days = [first + timedelta(days=number) for number in range((end - first).days)]
        weekdays = [day for day in days if day.weekday() < 5]
        day = self._one(STORM) if storm else self._one(weekdays if self.chance.random() < 0.94 else days)
        minute = int(7 * 60 + self.chance.random() * 12 * 60)
        return int(datetime.combine(day, time(minute // 60, minute % 60), ZONE).timestamp())

    def _pick(self, shares: dict[str, float]) -> str:
        drawn = self.chance.random() * sum(shares.values())
        for name, share in shares.items():
            drawn -= share
            if drawn < 0:
                return name
        return name

    def _one(self, values: Iterable[Any]) -> Any:
        listed = list(values)
        return listed[int(self.chance.random() * len(listed))]

    def _shuffled(self, values: Iterable[int]) -> list[int]:
        return sorted(values, key=lambda _: self.chance.random())

    @staticmethod
    def _minutes(moment: float) -> int:
        return int(moment) // 60 * 60


def partners_verdict(ticket: Ticket, desk: OpenTime) -> str:
    """What the partner's tool says: resolved stops it, hardware is counted day and night, relief is unknown to it."""
    if not local(ticket.resolved):
        return ""
    is_hardware = ticket.category == "hardware"
    between = (lambda start, end: end - start) if is_hardware else desk.between
    paused = sum(between(hold.began, hold.ended) for hold in ticket.holds if hold.waiting_for == "customer")
    elapsed = between(ticket.opened, ticket.resolved) - paused
    return "yes" if elapsed <= LIMITS[ticket.priority] else "no"


def ticket_rows(tickets: list[Ticket], desk: OpenTime) -> list[list[Any]]:
    rows = []
    for number, ticket in enumerate(tickets, start=10001):
        moments = map(local, (ticket.opened, ticket.resolved, ticket.closed))
        told = (ticket.priority, ticket.category, ticket.times_reopened, partners_verdict(ticket, desk))
        rows.append([f"T-{number}", *moments, *told])
    return dirtied(rows)


def dirtied(rows: list[list[Any]]) -> list[list[Any]]:
    """What exports bring along: impossible dates, a mistyped closing, rows sent twice, a spelling, an old ticket."""
    rows[70][1] = "2025-02-30 09:12"
    rows[214][3] = "tomorrow"
    rows[401][1] = ""
    rows[155][3] = rows[155][1].replace("2025", "2024")
    rows[32][4], rows[333][4] = ("Urgent" if row[4] == "P1" else row[4] for row in (rows[32], rows[333]))
    urgent = [row for row in rows if row[4] == "P1"]
    for row in urgent[::7]:
        row[4] = "Urgent"
    old = ["T-9987", "2024-12-30 15:20", "2025-01-02 09:40", "2025-01-02 11:05", "P3", "software", 0, "yes"]
    return [old, *rows[:300], rows[297], *rows[300:520], rows[518], *rows[520:]]


def hold_rows(tickets: list[Ticket]) -> list[list[Any]]:
    holds = [(hold, number) for number, ticket in enumerate(tickets, start=10001) for hold in ticket.holds]
    begun = sorted(((hold, number) for hold, number in holds if local(hold.began)), key=lambda item: item[0].began)
    return [
        [f"H-{count}", f"T-{number}", local(hold.began), local(hold.ended), hold.waiting_for]
        for count, (hold, number) in enumerate(begun, start=1)
    ]


def as_csv(header: list[str], rows: Iterable[Iterable[Any]]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return text.getvalue()


def demo_files() -> dict[str, str]:
    """Every record file of the example with its text."""
    story = Story()
    tickets = story.tickets()
    heading = ["ticket", "opened", "resolved", "closed", "priority", "category", "times_reopened", "met_sla"]
    return {
        "tickets.csv": as_csv(heading, ticket_rows(tickets, story.desk)),
        "holds.csv": as_csv(["hold", "ticket", "began", "ended", "waiting_for"], hold_rows(tickets)),
        "duties.csv": as_csv(["duty", "failed_from", "failed_to", "what"], DUTIES),
        "surveys.csv": as_csv(["day", "score", "answers"], SURVEYS),
    }


if __name__ == "__main__":
    for name, text in demo_files().items():
        (FOLDER / name).write_text(text, encoding="utf-8")
