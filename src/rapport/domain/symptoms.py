"""The whole picture: what figures, meetings, issues and people say together, and the symptoms that show in it.

A symptom is no verdict: it says what was seen, so that people look and find the cause.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from fractions import Fraction

from rapport.domain.coverage import Page
from rapport.domain.plurals import counted_noun
from rapport.domain.roles import Side
from rapport.domain.rounding import Rounding, RoundingMode, written

LEAST_RATING = Fraction(3)
"""Who rates the work together below this, on a scale from 1 to 5, is unhappy with it."""
UNHELD_MEETINGS = 2
"""So many meetings of a rhythm not held, one after the other, are a symptom."""
LATE_REPORTS = 2
"""So many reports of a rhythm late, one after the other, are a symptom."""
LAPSED_PERIODS = 3
"""So many periods whose figures somebody stated and nobody settled in time are a symptom.

Two can be one that was forgotten and one that was late for it; three are a habit, as months are settled a quarter of a
year. Where nobody ever stated a figure nothing lapsed, and `UNVERIFIED_DAYS` counts instead.
"""
UNVERIFIED_DAYS = 182
"""After so many days of an agreement, half a year, it is a symptom that nobody but their maker looked at its figures.

Half a year is two periods of the longest usual length, a quarter: time enough to have begun, whatever the KPIs.
"""
LASTING = frozenset({"unverified", "unsettled"})
"""The keys of warnings that stand for months and that nothing of today can mend."""
ONE_SIDED_FEEDBACK = 3
"""So often one side gives feedback before it is a symptom that the other never does."""
PATIENCE_DAYS = 14
"""How many days after a period a missed KPI may be without a corrective action."""


class Tone(StrEnum):
    """How serious a symptom is: `bad` harms the work now, `warn` will if nobody looks."""

    BAD = "bad"
    WARN = "warn"


@dataclass(frozen=True)
class Row:
    """A regular meeting or report, and how many of its latest occurrences in a row were not held, or were late."""

    id: str
    name: str
    length: int


@dataclass(frozen=True)
class Picture:
    """What is known about an engagement on a day, counted; only what both sides see is counted.

    `met` and `missed` are the KPIs judged in their latest complete period; `uncorrected` are those of the missed ones
    for which nothing is done although their period has been over for `PATIENCE_DAYS`, their names by their ids.
    `ratings` are how each side last rated the work together, from 1 to 5. `unheld` are the regular meetings, `late` the
    regular reports. `days` is how long an agreement has been in force. Of the figures that somebody ever stated,
    `verified` counts those that each side stated for itself, `settled` those that both sides settled, and `lapsed` the
    periods of those whose time passed without it. `overdue` issues wait for somebody although the day they were to be
    mended by is over, `overdue_majors` of them major. `unanswered` escalations have reached the executives and wait for
    an answer whose time is over. `feedback` counts how often each side praised or criticised the other.
    """

    met: int = 0
    missed: int = 0
    uncorrected: Mapping[str, str] = field(default_factory=dict)
    ratings: Mapping[Side, Fraction] = field(default_factory=dict)
    unheld: tuple[Row, ...] = ()
    late: tuple[Row, ...] = ()
    days: int = 0
    verified: int = 0
    settled: int = 0
    lapsed: int = 0
    overdue: int = 0
    overdue_majors: int = 0
    unanswered: int = 0
    feedback: Mapping[Side, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Symptom:
    """Something that shows in the whole picture: a key that stays the same while it does, and one sentence of facts."""

    key: str
    sentence: str
    tone: Tone
    page: Page


def symptoms_of(picture: Picture) -> list[Symptom]:
    """Every symptom that shows, the bad ones first."""
    return [symptom for rule in _RULES for symptom in rule(picture)]


def _unhappy(picture: Picture) -> Iterator[Symptom]:
    """Green outside and red inside, like a watermelon: every target is met, and a side is unhappy all the same."""
    unhappy = {side: picture.ratings[side] for side in Side if picture.ratings.get(side, LEAST_RATING) < LEAST_RATING}
    if picture.met and not picture.missed and unhappy:
        met = (
            "The one KPI judged meets its target"
            if picture.met == 1
            else f"All {picture.met} KPIs judged meet their targets"
        )
        rated = " and ".join(f"the {side} rates the work together {_rating(value)}" for side, value in unhappy.items())
        yield Symptom("unhappy", f"{met}, but {rated} of 5.", Tone.BAD, Page.FEEDBACK)


def _uncorrected(picture: Picture) -> Iterator[Symptom]:
    for kpi, name in picture.uncorrected.items():
        sentence = f"{name} misses its target, and no corrective action is under way."
        yield Symptom(f"uncorrected:{kpi}", sentence, Tone.BAD, Page.RESULTS)


def _unanswered(picture: Picture) -> Iterator[Symptom]:
    if count := picture.unanswered:
        sentence = f"{counted_noun(count, 'escalation')} got no answer in the time agreed."
        yield Symptom("unanswered", sentence, Tone.BAD, Page.ESCALATIONS)


def _overdue(picture: Picture) -> Iterator[Symptom]:
    if count := picture.overdue:
        majors = picture.overdue_majors
        which = "" if not majors else ", a major one" if count == 1 else f", {majors} of them major"
        sentence = f"{counted_noun(count, 'issue')} {'is' if count == 1 else 'are'} open past the day agreed{which}."
        yield Symptom("overdue", sentence, Tone.BAD if majors else Tone.WARN, Page.ISSUES)


def _unheld(picture: Picture) -> Iterator[Symptom]:
    for row in picture.unheld:
        if row.length >= UNHELD_MEETINGS:
            sentence = f"{row.name} was not held the last {row.length} times."
            yield Symptom(f"unheld:{row.id}", sentence, Tone.WARN, Page.MEETINGS)


def _late(picture: Picture) -> Iterator[Symptom]:
    for row in picture.late:
        if row.length >= LATE_REPORTS:
            sentence = f"{row.name} was late the last {row.length} times."
            yield Symptom(f"late:{row.id}", sentence, Tone.WARN, Page.MEETINGS)


def _unchecked(picture: Picture) -> Iterator[Symptom]:
    """Figures that only their maker ever looked at, else figures that both looked at and never settled."""
    if picture.settled:
        return
    if picture.days >= UNVERIFIED_DAYS and picture.met + picture.missed and not picture.verified:
        sentence = "The agreement has been in force for half a year, and its figures were never verified independently."
        yield Symptom("unverified", sentence, Tone.WARN, Page.SETTLE)
    elif picture.lapsed >= LAPSED_PERIODS:
        sentence = f"The time to settle the figures of {picture.lapsed} periods passed, and none was ever settled."
        yield Symptom("unsettled", sentence, Tone.WARN, Page.SETTLE)


def _one_sided(picture: Picture) -> Iterator[Symptom]:
    for side in Side:
        count = picture.feedback.get(side, 0)
        if count >= ONE_SIDED_FEEDBACK and not picture.feedback.get(side.other):
            sentence = f"The {side} gave feedback {count} times, and the {side.other} never did."
            yield Symptom("one_sided", sentence, Tone.WARN, Page.FEEDBACK)


# An overdue issue is bad or a warning, so its rule stands between the ones that are always bad and the warnings.
_RULES: tuple[Callable[[Picture], Iterator[Symptom]], ...] = (
    _unhappy,
    _uncorrected,
    _unanswered,
    _overdue,
    _unheld,
    _late,
    _unchecked,
    _one_sided,
)


def _rating(value: Fraction) -> str:
    """A rating with one decimal; rounded down, so that one below the least never reads like it."""
    return written(Rounding(1, RoundingMode.DOWN).apply(value), 1)
