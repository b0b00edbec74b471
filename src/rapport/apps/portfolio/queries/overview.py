"""The portfolio: where to look first."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.db.models import Count, Max, Q, QuerySet
from django.utils.safestring import SafeString

from rapport.apps.accounts.models import Person
from rapport.apps.engagements.models import Engagement
from rapport.apps.engagements.policy import PRIVATE
from rapport.apps.engagements.queries import Standing as AgreementStanding
from rapport.apps.engagements.queries import standings_of, texts_in_force, visible_engagements
from rapport.apps.issues.queries.counts import moves_of
from rapport.apps.kpis.models import MonthStanding
from rapport.apps.portfolio.models import SavedView
from rapport.apps.portfolio.queries.standings import latest_results, outline_of
from rapport.apps.portfolio.queries.words import asked_text, holding, words_of
from rapport.apps.practices.queries import symptom_counts
from rapport.domain.bands import Status
from rapport.domain.signing import Stage
from rapport.domain.standing import MISSED, WORST_FIRST, Standing, standing_of
from rapport.domain.tiers import Tier
from rapport.kit.addresses import number
from rapport.kit.charts import sparkline

STANDINGS = {"missed": "a KPI missed", "met": "all KPIs met", "no_data": "no data"}
"""How an engagement can stand, as the list is filtered by it."""
_TONES = {Stage.DRAFT: "quiet", Stage.PROPOSED: "info", Stage.IN_FORCE: "good"}
_MONTHS = 12
_NAMED = 3
_AT_A_TIME = 50
_MOVES = {Stage.DRAFT: "yours: propose it", Stage.IN_FORCE: "nobody's", None: "either side drafts"}


@dataclass(frozen=True)
class Asked:
    """What of the portfolio a reader asks for; what an address says and nobody knows is left out."""

    text: str = ""
    partner: int | None = None
    tier: str = ""
    standing: str = ""
    sort: str = ""

    @property
    def is_filtered(self) -> bool:
        """Whether anything is left out."""
        return bool(self.text or self.partner or self.tier or self.standing)

    @property
    def query(self) -> str:
        """The same as it stands after the question mark of an address."""
        said = {
            "q": self.text, "partner": self.partner, "tier": self.tier, "standing": self.standing, "sort": self.sort
        }  # fmt: skip
        return urlencode({name: value for name, value in said.items() if value})


@dataclass(frozen=True)
class Listed:
    """One engagement with how its KPIs stand; little enough to hold every one of a large portfolio.

    `kpis` counts them by their status in the latest period that is over, `measured_to` is the moment at which the
    latest of these with data ended.
    """

    engagement: Engagement
    kpis: Counter[str]
    measured_to: datetime | None

    @cached_property
    def together(self) -> Standing:
        """How the KPIs stand together in their latest periods."""
        return standing_of(self.kpis.elements())

    @property
    def status(self) -> Status:
        """The worst status of a KPI in its latest period."""
        return self.together.status

    @property
    def standing(self) -> str:
        """The same as the list is filtered by it."""
        return "missed" if self.missed else "met" if self.met else "no_data"

    @property
    def known(self) -> int:
        """How many KPIs have a latest period that is over."""
        return self.kpis.total()

    @property
    def met(self) -> int:
        """How many KPIs met their target."""
        return self.together.met

    @property
    def missed(self) -> int:
        """How many KPIs missed their target."""
        return self.together.missed


@dataclass(frozen=True)
class Totals:
    """How many engagements miss a target and how many have no data; how many KPIs met theirs of those judged."""

    missed: int
    without: int
    met: int
    judged: int

    @property
    def unit(self) -> str:
        """Of how many KPIs that is, as it stands behind the number."""
        return f"of {self.judged}"


@dataclass(frozen=True)
class Month:
    """How many of an engagement's KPIs with a period that ended in a month met their target, and the worst status."""

    on: date
    status: str
    met: int
    judged: int

    @property
    def words(self) -> str:
        """The two numbers as a cell shows them."""
        return f"{self.met}/{self.judged}" if self.judged else "\N{EN DASH}"


@dataclass(frozen=True)
class Failing:
    """A KPI that missed its target, by the name the agreement gives it."""

    kpi: str
    name: str
    status: str


@dataclass(frozen=True)
class Row:
    """One engagement as the page shows it."""

    listed: Listed
    stage: str
    tone: str
    move: str
    is_ours: bool
    issues_ours: int
    issues_theirs: int
    symptoms: int
    failing: Sequence[Failing]
    months: Sequence[Month]
    measured_until: date | None
    ends_on: date | None
    currency: str

    @property
    def more(self) -> int:
        """How many KPIs that missed their target are not shown by name."""
        return max(0, len(self.failing) - _NAMED)

    @property
    def named(self) -> Sequence[Failing]:
        """The KPIs that missed their target, as far as there is room for their names."""
        return self.failing[:_NAMED]

    @property
    def spark(self) -> SafeString:
        """The share of KPIs met, month by month."""
        shares = [100 * month.met / month.judged if month.judged else None for month in self.months]
        return sparkline(shares, 100, span=(0, 100), title=_in_words(self.months))


def asked(actor: Person, said: Mapping[str, str]) -> Asked:
    """What an address asks for; tiers and spend are the client's own, so that nobody else can ask by them."""
    sort, tier = said.get("sort", ""), said.get("tier", "")
    standing = said.get("standing", "")
    is_private = sort.removeprefix("-") in PRIVATE and not actor.is_client
    return Asked(
        text=asked_text(said.get("q", "")),
        partner=number(said.get("partner", "")),
        tier=tier if tier in set(Tier) and actor.is_client else "",
        standing=standing if standing in STANDINGS else "",
        sort=sort if sort.removeprefix("-") in _ORDERS and not is_private else "",
    )


def portfolio(actor: Person, view: Asked, today: date) -> list[Listed]:
    """The engagements an actor may see as far as they are asked for; those that miss most come first."""
    found = visible_engagements(actor).select_related(None).select_related("partner").defer("purpose")
    if view.tier:
        found = found.filter(tier=view.tier)
    if view.partner:
        found = found.filter(partner_id=view.partner)
    found = found.filter(holding(words_of(view.text), "title", "partner__name"))
    kpis, measured = _latest_by_engagement(actor, today)
    listed = [Listed(one, kpis[one.pk], measured.get(one.pk)) for one in found]
    return _ordered([one for one in listed if view.standing in ("", one.standing)], view.sort)


def totals(listed: Sequence[Listed]) -> Totals:
    """What a list of engagements adds up to."""
    return Totals(
        missed=sum(one.standing == "missed" for one in listed),
        without=sum(one.standing == "no_data" for one in listed),
        met=sum(one.met for one in listed),
        judged=sum(one.met + one.missed for one in listed),
    )


def rows(actor: Person, listed: Sequence[Listed], today: date) -> Iterator[Row]:
    """What the page says of engagements; for as many as are read, and some more."""
    for start in range(0, len(listed), _AT_A_TIME):
        yield from _rows(actor, listed[start : start + _AT_A_TIME], today)


def months_before(today: date) -> list[date]:
    """The first days of the twelve months before this one, the oldest first."""
    last = today.year * 12 + today.month - 1
    return [date(month // 12, month % 12 + 1, 1) for month in range(last - _MONTHS, last)]


def saved_views(actor: Person) -> QuerySet[SavedView]:
    """The views an actor keeps, and those that colleagues of the same organisation share."""
    shared = Q(is_shared=True, person__organisation_id=actor.organisation_id, person__is_active=True)
    return SavedView.objects.filter(Q(person=actor) | shared).select_related("person")


_ORDERS: dict[str, Callable[[Listed], Any]] = {
    "title": lambda one: one.engagement.title.casefold(),
    "partner": lambda one: one.engagement.partner.name.casefold(),
    "tier": lambda one: list(Tier).index(Tier(one.engagement.tier)),
    "spend": lambda one: one.engagement.spend or 0,
    "standing": lambda one: (WORST_FIRST.index(one.status), -one.missed),
    "missed": lambda one: one.missed,
    "until": lambda one: one.measured_to or datetime.min.replace(tzinfo=UTC),
}


def _ordered(listed: Iterable[Listed], sort: str) -> list[Listed]:
    by_name = sorted(listed, key=lambda one: (_ORDERS["partner"](one), _ORDERS["title"](one)))
    key = _ORDERS[sort.removeprefix("-") or "standing"]
    return sorted(by_name, key=key, reverse=sort.startswith("-"))


def _rows(actor: Person, listed: Sequence[Listed], today: date) -> Iterator[Row]:
    shown = [one.engagement.pk for one in listed]
    standings = standings_of(actor, shown)
    in_force = texts_in_force(shown)
    months, failing, moves = _months(shown, today), _failing(actor, shown, today), moves_of(shown)
    symptoms = symptom_counts(shown)
    for one in listed:
        engagement = one.engagement
        standing, outline = standings[engagement.pk], outline_of(in_force.get(engagement.pk, ""))
        stage = standing.move.stage
        yield Row(
            listed=one,
            stage=stage.replace("_", " ") if stage else "",
            tone=_TONES[stage] if stage else "quiet",
            move=_move_words(standing),
            is_ours=standing.is_ours and stage is not None,
            issues_ours=moves[engagement.pk][actor.side],
            issues_theirs=moves[engagement.pk][actor.side.other],
            symptoms=symptoms.get(engagement.pk, 0),
            failing=[Failing(kpi, outline.names.get(kpi, kpi), status)
                     for kpi, status in failing.get(engagement.pk, ())],
            months=months[engagement.pk],
            measured_until=_last_day(one.measured_to, outline.zone),
            ends_on=outline.last_on,
            currency=outline.currency,
        )  # fmt: skip


def _move_words(standing: AgreementStanding) -> str:
    """Whose move it is, in as few words as a column has room for."""
    if standing.move.stage is Stage.PROPOSED:
        return "yours: sign" if standing.is_ours else "theirs: sign"
    return _MOVES[standing.move.stage]


def _last_day(ended_at: datetime | None, zone: str) -> date | None:
    """The last day before a period ended, where the agreement counts days."""
    return (ended_at - timedelta(seconds=1)).astimezone(ZoneInfo(zone)).date() if ended_at else None


def _latest_by_engagement(actor: Person, today: date) -> tuple[defaultdict[int, Counter[str]], dict[int, datetime]]:
    """By engagement, its KPIs counted by their latest status, and when the latest period with data ended."""
    kpis: defaultdict[int, Counter[str]] = defaultdict(Counter)
    measured: dict[int, datetime] = {}
    latest = latest_results(actor, today).values_list("engagement_id", "status")
    for engagement, status, count, ended_at in latest.annotate(Count("pk"), Max("ends_at")):
        kpis[engagement][status] = count
        if status != Status.NO_DATA:
            measured[engagement] = max(ended_at, measured.get(engagement, ended_at))
    return kpis, measured


def _failing(actor: Person, engagements: Sequence[int], today: date) -> dict[int, list[tuple[str, str]]]:
    """The KPIs of some engagements that missed their target in the latest period, with their status."""
    found: dict[int, list[tuple[str, str]]] = {}
    latest = latest_results(actor, today).filter(engagement__in=engagements, status__in=MISSED).order_by("kpi")
    for engagement, kpi, status in latest.values_list("engagement_id", "kpi", "status"):
        found.setdefault(engagement, []).append((kpi, status))
    return found


def _months(engagements: Sequence[int], today: date) -> dict[int, list[Month]]:
    """Month by month how the KPIs of engagements stood; a period counts in the month in which it ends."""
    months = months_before(today)
    standings = MonthStanding.objects.filter(engagement__in=engagements, month_on__gte=months[0])
    found = {(one.engagement_id, one.month_on): one for one in standings}
    return {one: [_month(month, found.get((one, month))) for month in months] for one in engagements}


def _month(on: date, found: MonthStanding | None) -> Month:
    return Month(on, found.status, found.met, found.met + found.missed) if found else Month(on, Status.NO_DATA, 0, 0)


def _in_words(months: Sequence[Month]) -> str:
    judged = [month for month in months if month.judged]
    if not judged:
        return "No data in twelve months"
    return f"KPIs met: {judged[0].met} of {judged[0].judged} at first, {judged[-1].met} of {judged[-1].judged} at last"
