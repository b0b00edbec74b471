"""Brightdesk, an IT service desk: good but for May, June and July 2026, at whose end old tickets are left too."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from random import Random

from rapport.cli.portfolio.documents import working_time
from rapport.cli.portfolio.records import Files, Past, Row, day_of, drawn_numbers, drawn_words, instant, quarterly
from rapport.domain.calendars import OpenTime

_HOUR = 3600
_VOLUME = 400
_SEASON = (1.15, 1.0, 1.0, 0.95, 0.95, 1.0, 0.9, 0.8, 1.15, 1.1, 1.05, 0.75)
_WEEK = (1.4, 1.1, 1.0, 1.0, 0.9, 0.06, 0.03)
_LATE = {date(2026, 5, 1): 0.17, date(2026, 6, 1): 0.22, date(2026, 7, 1): 0.15}
_USUALLY_LATE = 0.06
_LIMITS = {"P1": 4, "P2": 8, "P3": 24, "P4": 40}
_PRIORITIES = {"P1": 5, "P2": 20, "P3": 50, "P4": 25}
# How often a ticket waits for the customer, and its longest wait in hours; urgent ones are asked about by telephone.
_WAITS = {"P1": (0.03, 1), "P2": (0.1, 3), "P3": (0.25, 12), "P4": (0.35, 16)}
_CATEGORIES = {"access": 26, "software": 34, "hardware": 10, "network": 16, "request": 14}


@dataclass
class _Ticket:
    opened: int
    priority: str
    category: str
    times_reopened: int
    closed: int = 0
    holds: list[tuple[int, int, str]] = field(default_factory=list)


def records(chance: Random, past: Past) -> Files:
    """Tickets, and the times they waited for the customer or for a supplier."""
    desk = working_time("brightdesk", "desk", past)
    tickets = [ticket for month in past.months() for ticket in _tickets(chance, past, month, desk)]
    numbered = list(enumerate(sorted(tickets, key=lambda ticket: ticket.opened), start=10001))
    heading = ("ticket", "opened", "closed", "priority", "category", "times_reopened")
    return {
        "tickets": quarterly("tickets", heading, (_row(past, number, ticket) for number, ticket in numbered)),
        "holds": quarterly("holds", ("hold", "ticket", "began", "ended", "waiting_for"), _hold_rows(past, numbered)),
    }


def _tickets(chance: Random, past: Past, month: date, desk: OpenTime) -> Iterator[_Ticket]:
    days = past.drawn_days(chance, month, _VOLUME * _SEASON[month.month - 1], _WEEK)
    late = drawn_numbers(chance, len(days), _LATE.get(month, _USUALLY_LATE))
    reopened = drawn_numbers(chance, len(days), 0.045 if month in _LATE else 0.03)
    priorities, categories = (drawn_words(chance, len(days), weights) for weights in (_PRIORITIES, _CATEGORIES))
    for number, day in enumerate(days):
        minute = int(chance.triangular(7 * 60, 19 * 60, 10 * 60))
        ticket = _Ticket(instant(day, minute), priorities[number], categories[number], int(number in reopened))
        if past.moment_text(ticket.opened):
            _work(chance, ticket, desk, is_late=number in late)
            yield ticket


def _work(chance: Random, ticket: _Ticket, desk: OpenTime, *, is_late: bool) -> None:
    """Let a ticket run to its end: within its limit or well beyond, besides what it waits for the customer."""
    share = 1.15 + chance.random() ** 2 if is_late else 0.05 + 0.8 * chance.random() ** 1.4
    left = int(share * _LIMITS[ticket.priority] * _HOUR)
    moment = ticket.opened
    often, longest = _WAITS[ticket.priority]
    for waiting_for, chances, hours in (("customer", often, longest), ("supplier", 0.06, 2)):
        if chance.random() < chances:
            before = int(left * chance.uniform(0.2, 0.5))
            began = desk.add(moment, before) // 60 * 60
            length = int(hours * _HOUR * chance.uniform(0.1, 1))
            moment = desk.add(began, length) // 60 * 60
            ticket.holds.append((began, moment, waiting_for))
            left -= before + (length if waiting_for == "supplier" else 0)
    ticket.closed = desk.add(moment, max(left, 600)) // 60 * 60


def _row(past: Past, number: int, ticket: _Ticket) -> Row:
    told = (ticket.priority, ticket.category, ticket.times_reopened)
    moments = (past.moment_text(ticket.opened), past.moment_text(ticket.closed))
    return day_of(ticket.opened), (f"T-{number}", *moments, *told)


def _hold_rows(past: Past, numbered: list[tuple[int, _Ticket]]) -> Iterator[Row]:
    for number, ticket in numbered:
        for count, (began, ended, waiting_for) in enumerate(ticket.holds, start=1):
            if past.moment_text(began):
                cells = (past.moment_text(began), past.moment_text(ended), waiting_for)
                yield day_of(began), (f"H-{number}-{count}", f"T-{number}", *cells)
