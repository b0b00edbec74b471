"""What is known about an engagement, and what is found about a practice from it: a state, its evidence, the steps on.

The rules between the two are in `rapport.domain.judging`.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from rapport.domain.adherence import Adherence, Conduct
from rapport.domain.evidence import DocumentKind, DocumentStatus
from rapport.domain.roles import Side
from rapport.domain.settlement import Window

LATELY_DAYS = 30
"""How far back a sign-in still shows that somebody looks."""

NOTHING_CLIMBED = Adherence(Conduct(), Conduct())


class State(StrEnum):
    """How far a practice is in place.

    `weak` is there but thin; `late` was there, or was due, and its day is past; `not_supported` is beyond the product.
    """

    IN_PLACE = "in_place"
    LATE = "late"
    WEAK = "weak"
    MISSING = "missing"
    NOT_SUPPORTED = "not_supported"


WORST_FIRST = (State.MISSING, State.LATE, State.WEAK, State.IN_PLACE)
"""The states that a rule may find."""


class Page(StrEnum):
    """Where a step is taken."""

    SIGN = "sign"
    WRITE = "write"
    PROFILE = "profile"
    CONTACT = "contact"
    DOCUMENTS = "documents"
    HAND_IN = "hand_in"
    PEOPLE = "people"
    RECORDS = "records"
    RESULTS = "results"
    SETTLE = "settle"
    ISSUES = "issues"
    EDITIONS = "editions"
    ESCALATIONS = "escalations"
    MEETINGS = "meetings"
    FEEDBACK = "feedback"
    RATE = "rate"
    OWNER = "owner"


@dataclass(frozen=True)
class Step:
    """What one side does next: a verb with its object, and the page on which it is done."""

    side: Side
    verb: str
    page: Page


@dataclass(frozen=True)
class Finding:
    """A state with its evidence: a sentence around at most one day, said `before` and `after` it, and the steps on.

    `strong` says what would make a weak practice strong.
    """

    state: State
    before: str
    on: date | None = None
    after: str = ""
    strong: str = ""
    steps: tuple[Step, ...] = ()


@dataclass(frozen=True)
class Paper:
    """The document of one kind that counts, how it stands on the day, and its last day."""

    kind: DocumentKind
    status: DocumentStatus
    until: date | None = None


@dataclass(frozen=True)
class KpiTerms:
    """When a KPI is due by the agreement: the most days from one period to the next, and the sources it rests on."""

    days: int
    sources: tuple[str, ...] = ()


@dataclass(frozen=True)
class Terms:
    """What the version in force says, counted; `unmeasured` needs and objectives have no KPI.

    `deliverers` are the sides that may deliver a source; either may where it says nothing. `is_raising` says whether
    any failure raises an issue by itself.
    """

    number: int
    since: date
    first_day: date
    last_day: date
    needs: int = 0
    outcome_levels: int = 0
    objectives: int = 0
    unmeasured: int = 0
    escalation_plans: int = 0
    objectives_without_plan: int = 0
    meetings: int = 0
    reports: int = 0
    duties: int = 0
    measured_duties: int = 0
    ramps_until: date | None = None
    report_days: int = Window().report
    is_raising: bool = True
    kpis: Mapping[str, KpiTerms] = field(default_factory=dict)
    deliverers: Mapping[str, tuple[Side, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class Proposal:
    """A version on the table: since when, and which sides have yet to sign it."""

    number: int
    since: date
    unsigned: tuple[Side, ...]


@dataclass(frozen=True)
class KpiFacts:
    """The results of one KPI: its latest complete period, how many were measured, whether one is under way."""

    last_day: date | None
    is_measured: bool = False
    is_missed: bool = False
    measured: int = 0
    is_running: bool = False


@dataclass(frozen=True)
class Disputes:
    """The lines on which a side contested the other's figure: how they ended, or that they are open."""

    settled: int = 0
    lapsed: int = 0
    open: int = 0


@dataclass(frozen=True)
class Figures:
    """The lines on which both sides state and settle figures, of all periods that somebody has spoken about.

    `settled` by both, `lapsed` because a side kept silent, or `open`; `late` are open ones by the sides whose time for
    them is over. `last_day` is that of the latest period.
    """

    settled: int = 0
    lapsed: int = 0
    open: int = 0
    late: Mapping[Side, int] = field(default_factory=dict)
    last_day: date | None = None
    disputes: Disputes = Disputes()


@dataclass(frozen=True)
class Issues:
    """The issue list: how many were ever listed and are open, which of these are past their day by the side that has to
    mend them, and when the latest edition of it was sent, or made and not approved.

    `misses` are open issues about missed KPIs, and `uncorrected` those of them without a corrective action, by the side
    that has to mend them.
    """

    ever: int = 0
    open: int = 0
    overdue: Mapping[Side, int] = field(default_factory=dict)
    sent_on: date | None = None
    waits_since: date | None = None
    misses: int = 0
    uncorrected: Mapping[Side, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Meetings:
    """The meetings of the plan: how many were held, the last of them when, and how many lately were missed or are held
    without minutes that both sides agreed to by now.
    """

    held: int = 0
    last_on: date | None = None
    missed: int = 0
    unagreed: int = 0


@dataclass(frozen=True)
class Reports:
    """The reports of the plan: how many were received, how many lately were late, and how many are owed beyond their
    day by which side.
    """

    received: int = 0
    late: int = 0
    owed: Mapping[Side, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Support:
    """What both sides promised to give each other: how much, what of it was given, and what is late by which side."""

    promised: int = 0
    kept: int = 0
    late: Mapping[Side, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Facts:
    """What is known about an engagement on a day; nothing in it is one side's secret.

    `seen` are the sides somebody of which signed in within the last `LATELY_DAYS`, `peopled` those with any people.
    `records` are the days on which the newest file of each source was committed. `owned` are the sides with an owner
    who can be told of things. `feedback` counts what each side told the other, `rated` is the day on which the latest
    round was over in which a side rated the work together.
    """

    day: date
    terms: Terms | None = None
    proposal: Proposal | None = None
    has_website: bool = False
    contacts: int = 0
    to_share: tuple[Paper, ...] = ()
    to_comply: tuple[Paper, ...] = ()
    peopled: frozenset[Side] = frozenset()
    seen: frozenset[Side] = frozenset()
    records: Mapping[str, date] = field(default_factory=dict)
    results: Mapping[str, KpiFacts] = field(default_factory=dict)
    are_results_outdated: bool = False
    figures: Figures = Figures()
    issues: Issues = Issues()
    meetings: Meetings = Meetings()
    reports: Reports = Reports()
    escalations: Adherence = NOTHING_CLIMBED
    owned: frozenset[Side] = frozenset()
    feedback: Mapping[Side, int] = field(default_factory=dict)
    rated: Mapping[Side, date] = field(default_factory=dict)
    support: Support = Support()
    history: int = 0


@dataclass(frozen=True)
class Tally:
    """How many of the practices that can be judged are in which state."""

    in_place: int
    late: int
    weak: int
    missing: int

    @property
    def judged(self) -> int:
        """How many there are in all."""
        return self.in_place + self.late + self.weak + self.missing


def counted(states: Iterable[State]) -> Tally:
    """How many of the states are which; those that are not supported do not count."""
    found = Counter(states)
    return Tally(found[State.IN_PLACE], found[State.LATE], found[State.WEAK], found[State.MISSING])
