"""Plausible other readings of a clock: another stop event, calendar, pauses, rounding or boundary."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from rapport.engine import agreement as doc


class Cause(StrEnum):
    """Why two sides judge one record differently."""

    STOP_EVENT = "stop event"
    CALENDAR = "calendar"
    PAUSES = "pauses"
    ROUNDING = "rounding"
    BOUNDARY = "boundary"
    POPULATION = "population"
    UNEXPLAINED = "unexplained"


@dataclass(frozen=True)
class Variant:
    """A clock that differs from the agreed one in one respect, in words and as a clock."""

    cause: Cause
    words: str
    clock: doc.Clock


def variants(agreement: doc.Agreement, clock: doc.Clock) -> Iterator[Variant]:
    """Other readings of a clock, the smallest departure from the agreed one first."""
    boundary = doc.AtLimit.LATE if clock.at_limit is doc.AtLimit.WITHIN else doc.AtLimit.WITHIN
    yield Variant(Cause.BOUNDARY, f"exactly at the limit is {boundary}", _with(clock, at_limit=boundary))
    for seconds, words in ((60, "minutes"), (3600, "hours")):
        if clock.round_elapsed != seconds:
            yield Variant(Cause.ROUNDING, f"elapsed time in whole {words}", _with(clock, round_elapsed=seconds))
    yield from _pauses(clock)
    for name in (*agreement.calendars, doc.ALWAYS):
        if name != clock.calendar:
            yield Variant(Cause.CALENDAR, f"calendar {name}", _with(clock, calendar=name))
    for moment, words in stop_events(agreement.sources[clock.source], clock):
        yield Variant(Cause.STOP_EVENT, f"stopped by {words}", _with(clock, stop=moment))


def stop_events(source: doc.Source, clock: doc.Clock) -> Iterator[tuple[doc.Moment, str]]:
    """Columns that may have stopped the clock, besides the agreed one."""
    taken = {clock.start.column, clock.stop.column, clock.due}
    for name in source.columns:
        if name not in taken and source.column(name).type in doc.MOMENTS:
            yield doc.Moment(column=name), name


def _pauses(clock: doc.Clock) -> Iterator[Variant]:
    if clock.pauses:
        yield Variant(Cause.PAUSES, "no pauses", _with(clock, pauses=()))
    for index, spans in enumerate(clock.pauses if len(clock.pauses) > 1 else ()):
        kept = clock.pauses[:index] + clock.pauses[index + 1 :]
        yield Variant(Cause.PAUSES, f"no pauses for {_named(spans)}", _with(clock, pauses=kept))
    if clock.relief:
        yield Variant(Cause.PAUSES, "no relief", _with(clock, relief=()))


def _named(spans: doc.Spans) -> str:
    return ", ".join(spans.statuses) or f"{spans.start} to {spans.end}"


def _with(clock: doc.Clock, **changes: object) -> doc.Clock:
    return clock.model_copy(update=changes)
