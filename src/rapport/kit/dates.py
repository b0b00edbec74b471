"""Days as people say them: "Tue 24 Nov, in 3 days"."""

from datetime import date, datetime

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_WEEKS_FROM, _MONTHS_FROM, _YEARS_FROM = 21, 61, 730
"""From how many days on a distance is told in weeks, months and years."""


def short_day(on: date, today: date | None) -> str:
    """A day with its weekday, and with its year unless that is the year of `today`."""
    text = f"{_DAYS[on.weekday()]} {on.day} {_MONTHS[on.month - 1]}"
    return text if today is not None and on.year == today.year else f"{text} {on.year}"


def clock_span(start: datetime, end: datetime) -> str:
    """From when to when something lasts, on the clocks of the moments' own zone."""
    return f"{start:%H:%M}\N{EN DASH}{end:%H:%M}"


def distance(on: date, today: date) -> str:
    """How far a day is from today, in words: "today", "in 3 days", "2 weeks ago"."""
    days = (on - today).days
    near = {-1: "yesterday", 0: "today", 1: "tomorrow"}.get(days)
    if near:
        return near
    return f"in {_span(days)}" if days > 0 else f"{_span(-days)} ago"


def lateness(on: date, today: date) -> str:
    """How far a deadline is from today, in words: as a distance until it is past, then "3 days late"."""
    return distance(on, today) if on >= today else f"{_span((today - on).days)} late"


def _span(days: int) -> str:
    if days >= _YEARS_FROM:
        return f"{days // 365} years"
    if days >= _MONTHS_FROM:
        return f"{round(days / 30.44)} months"
    if days >= _WEEKS_FROM:
        return f"{round(days / 7)} weeks"
    return "1 day" if days == 1 else f"{days} days"
