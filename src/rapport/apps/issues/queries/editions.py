"""Reading editions of issue lists, and what one says that the one before did not."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache

from django.db.models import Max, Q, QuerySet

from rapport.apps.accounts.models import Person
from rapport.apps.engagements.models import AgreementVersion, Engagement
from rapport.apps.engagements.queries import document_of, faults_of, visible_engagements
from rapport.apps.issues.models import Edition, Issue
from rapport.domain.editions import Row, changes
from rapport.domain.issues import State
from rapport.domain.rhythm import days_between
from rapport.domain.roles import Side
from rapport.domain.signing import Stage

_LONGEST = timedelta(days=100)


@dataclass(frozen=True)
class Told:
    """One heading of an edition with its issues, each with what is said of it besides."""

    heading: str
    rows: Sequence[tuple[Row, str]]


def visible_editions(actor: Person) -> QuerySet[Edition]:
    """The editions of the engagements an actor may see; to the partner those that went out, and its own that wait."""
    seen = visible_engagements(actor).select_related(None).order_by()
    people = ("engagement__partner", "approved_by", "made_by__organisation")
    found = Edition.objects.filter(engagement__in=seen).select_related(*people)
    return found if actor.is_client else found.filter(~Q(approved_at=None) | Q(made_by__organisation__side=actor.side))


def discarded_editions(actor: Person) -> QuerySet[Edition]:
    """The editions of the engagements an actor may see that went to nobody."""
    seen = visible_engagements(actor).select_related(None).order_by()
    found = Edition.everything.filter(engagement__in=seen).exclude(withdrawn_at=None)
    return found.select_related("engagement")


def frozen_rows(engagement: Engagement) -> list[dict[str, str | int]]:
    """The issue list as an edition keeps it."""
    listed = Issue.objects.filter(engagement=engagement).exclude(state=State.DECLINED).order_by("due_on", "number")
    names = ("number", "title", "severity", "state", "responsible")
    return [
        {
            **{name: getattr(one, name) for name in names},
            **{f"{side}_owner": owner.name if (owner := one.owner_of(side)) else "" for side in Side},
            "due_on": one.due_on.isoformat(),
        }
        for one in listed.select_related("client_owner", "partner_owner")
    ]


def told_in(edition: Edition) -> list[Told]:
    """What an edition says: what is new, moved, late and closed since the one before, then everything that is open."""
    earlier = Edition.objects.filter(engagement=edition.engagement_id, number__lt=edition.number)
    before = earlier.order_by("-number").first()
    rows = _rows(edition)
    found = changes(_rows(before) if before else [], rows, edition.made_at.date())
    by_number = {row.number: row for row in rows}
    groups = [
        ("New", [(by_number[number], "") for number in found.new]),
        ("Moved", [(by_number[number], words) for number, words in found.moved.items()]),
        ("Late", [(by_number[number], "") for number in found.late]),
        ("Closed", [(by_number[number], "") for number in found.closed]),
        ("Everything that is open", [(row, "") for row in rows if row.state.is_open]),
    ]
    return [Told(heading, listed) for heading, listed in groups if listed]


def due_engagements(now: datetime) -> Iterator[Engagement]:
    """The engagements whose agreement asks for an edition by now that nobody has made."""
    in_force = AgreementVersion.objects.filter(stage=Stage.IN_FORCE, text__contains="issues:")
    versions = list(in_force.select_related("engagement__client_owner__organisation").order_by("engagement_id"))
    made = dict(
        Edition.everything.filter(engagement__in=[one.engagement_id for one in versions])
        .order_by()
        .values_list("engagement_id")
        .annotate(latest=Max("made_at"))
    )
    for version in versions:
        day = _latest_day(version.text, now.date())
        began, last = version.in_force_at, made.get(version.engagement_id)
        if day and began and began.date() <= day and (last is None or last.date() < day):
            yield version.engagement


@lru_cache(maxsize=1024)
def _latest_day(text: str, today: date) -> date | None:
    """The last day up to today on which an agreement asks for an edition."""
    if faults_of(text):
        return None
    rules = document_of(AgreementVersion(text=text)).agreement.issues
    if rules.rhythm is None or rules.day is None:
        return None
    return max(days_between(rules.rhythm, rules.day, today - _LONGEST, today), default=None)


def _rows(edition: Edition) -> list[Row]:
    return [
        Row(**{**row, "state": State(row["state"]), "due_on": date.fromisoformat(row["due_on"])})
        for row in edition.content["rows"]
    ]
