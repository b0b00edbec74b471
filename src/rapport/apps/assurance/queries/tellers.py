"""What notices about figures say. None tells of a figure that is sealed: what is told of those is how far they are."""

from collections import Counter
from collections.abc import Mapping

from django.db.models import Count, QuerySet
from django.urls import reverse
from django.utils import timezone

from rapport.apps.accounts.models import Person
from rapport.apps.assurance.models import Line, PeriodWindow, Statement
from rapport.apps.assurance.queries.books import (
    Measure,
    as_rule,
    measure_of,
    statements_of,
    visible_lines,
    visible_windows,
)
from rapport.apps.assurance.queries.closing import waiting_in
from rapport.apps.assurance.queries.seen import what_stands
from rapport.apps.assurance.queries.values import value_of
from rapport.apps.notices.queries import Tellers, Told
from rapport.domain.calendars import day_ending
from rapport.domain.settlement import State
from rapport.kit.dates import short_day

TOLD = "figure"
"""The kind of notice about what was said about one figure."""
STATED, CLOSING, LAPSED = "figures.stated", "figures.closing", "figures.lapsed"
"""The kinds of notices about all figures of one period: stated or verified, soon to be closed, closed by rule."""
_COUNTED: Mapping[State, str] = {
    State.AWAITING_CLIENT: "to be verified by the client",
    State.AWAITING_PARTNER: "to be stated by the partner",
    State.DIFFERING: "differ",
    State.DISPUTED: "disputed",
    State.AGREED: "agreed",
    State.SETTLED: "settled",
    State.LAPSED: "closed by rule",
}
"""The states in words behind a number."""


def _tell_figure(reader: Person, line: int) -> Told | None:
    """How a figure stands that somebody disputed, offered on or settled, and whose move it is."""
    found = visible_lines(reader).filter(pk=line).first()
    if found is None or not (said := statements_of(found)):
        return None
    url = reverse("assurance:line", args=[found.engagement_id, found.kpi, found.period])
    verb = "Read it" if State(found.state).is_closed or said[-1].side == reader.side else "Answer it"
    return Told(_standing(reader, found, said[-1]), url, verb, f"{found.engagement.title}: {_why(found, said[-1])}")


def _standing(reader: Person, line: Line, last: Statement) -> str:
    measure = measure_of(line)
    name, who = f"{measure.name}, {line.period}", last.by.organisation.name
    if State(line.state).is_closed:
        how = "closed by rule" if line.state == State.LAPSED else line.state
        return f"{name}: {how}, {_written(measure, line.agreed)} stands"
    if last.kind == "offer":
        return f"{name}: {who} offers {_written(measure, last.value)}"
    whose = "your" if last.side != reader.side else "the other side's"
    return f"{name}: {who} disputes {whose} figure"


def _why(line: Line, last: Statement) -> str:
    if State(line.state).is_closed:
        return line.reason
    said = last.reason if last.reason.endswith((".", "!", "?")) else f"{last.reason}."
    return f"{said} To be settled by {short_day(day_ending(line.closes_at), None)}."


def _written(measure: Measure, value: str) -> str:
    return f"{measure.text(value_of(value))} {measure.unit}".rstrip() if value else "no value"


def _tell_stated(reader: Person, window: int) -> Told | None:
    """How far the figures of a period are."""
    if (found := visible_windows(reader).filter(pk=window).first()) is None:
        return None
    states = dict(_lines(found).order_by().values_list("state").annotate(count=Count("pk")))
    counted = [f"{states[state]} {words}" for state, words in _COUNTED.items() if state in states]
    waits = states.get(State.AWAITING_CLIENT if reader.is_client else State.AWAITING_PARTNER, 0)
    verb = ("Verify them" if reader.is_client else "State them") if waits else "Open them"
    return Told(f"{found.engagement.title}: figures of {found.period}", _home(found), verb, f"{', '.join(counted)}.")


def _tell_closing(reader: Person, window: int) -> Told | None:
    """That a window closes, as long as it does and waits for the reader's side, and what stands then."""
    if (found := visible_windows(reader).filter(pk=window).first()) is None:
        return None
    waiting, values = waiting_in(found, reader.side, timezone.now())
    if not waiting:
        return None
    stands = Counter(what_stands(as_rule(line), values.get((line.kpi, line.period))) for line in waiting)
    then = ", ".join(f"{words} for {count}" if len(stands) > 1 else words for words, count in stands.items())
    title = f"{found.engagement.title}: figures of {found.period} are to be settled by "
    title += short_day(day_ending(found.closes_at), None)
    many = f"{len(waiting)} wait" if len(waiting) > 1 else "1 waits"
    return Told(title, _home(found), "Settle them", f"{many} for your side. If nobody moves, {then}.")


def _tell_lapsed(reader: Person, window: int) -> Told | None:
    """That figures stand by rule, and whose silence it was."""
    if (found := visible_windows(reader).filter(pk=window).first()) is None:
        return None
    closed = list(_lines(found).filter(state=State.LAPSED))
    if not closed:
        return None
    many, verb = (f"{len(closed)} figures", "stand") if len(closed) > 1 else ("1 figure", "stands")
    ours = sum(reader.side in as_rule(line).silent for line in closed)
    text = closed[0].reason if len(closed) == 1 else f"Your side owed an answer on {ours}." if ours else ""
    title = f"{found.engagement.title}: {many} of {found.period} now {verb} by rule"
    return Told(title, _home(found, closed), "Read them", text)


def _lines(window: PeriodWindow) -> QuerySet[Line]:
    return Line.objects.filter(engagement=window.engagement_id, period=window.period, ends_at=window.ends_at)


def _home(window: PeriodWindow, closed: list[Line] | None = None) -> str:
    """Where a window's figures are settled; what is closed stands on a page of its own."""
    if closed and len(closed) == 1:
        return reverse("assurance:line", args=[window.engagement_id, closed[0].kpi, closed[0].period])
    settle = reverse("assurance:settle", args=[window.engagement_id])
    return f"{settle}?show=closed" if closed else settle


TELLERS: Tellers = {TOLD: _tell_figure, STATED: _tell_stated, CLOSING: _tell_closing, LAPSED: _tell_lapsed}
"""Who knows the words, by the kind of notice."""
