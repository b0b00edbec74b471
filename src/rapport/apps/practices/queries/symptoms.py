"""What shows in the whole picture of engagements: the facts behind it, and what was found when it was last looked at.

The facts are those that both sides see: nobody's notes, drafts or sealed ratings are among them.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from fractions import Fraction
from operator import itemgetter
from typing import Any

from django.db.models import Count, Exists, F, Max, Min, OuterRef, Q, QuerySet

from rapport.apps.accounts.models import Person
from rapport.apps.assurance.models import Line
from rapport.apps.corrections.models import Correction
from rapport.apps.engagements.models import AgreementVersion, Engagement
from rapport.apps.engagements.queries import texts_in_force, visible_engagements
from rapport.apps.escalations.models import Escalation
from rapport.apps.escalations.queries.plans import thawed
from rapport.apps.feedback.queries import feedback_counts, latest_ratings
from rapport.apps.issues.models import Issue
from rapport.apps.issues.queries import is_late
from rapport.apps.kpis.models import Result
from rapport.apps.meetings.models import Meeting, Report
from rapport.apps.practices.models import Symptom
from rapport.apps.practices.queries.grouping import grouped, row_of_each
from rapport.apps.practices.queries.terms import Outline, outline_of
from rapport.domain.bands import Status
from rapport.domain.calendars import last_today
from rapport.domain.corrections import State as Correcting
from rapport.domain.escalations import State as Climbing
from rapport.domain.issues import Severity
from rapport.domain.issues import State as Standing
from rapport.domain.meetings import State as Taking
from rapport.domain.reports import ReportState
from rapport.domain.roles import Role, Side
from rapport.domain.settlement import State as LineState
from rapport.domain.standing import MISSED
from rapport.domain.symptoms import LASTING, PATIENCE_DAYS, Picture, Row, Tone
from rapport.domain.symptoms import Symptom as Seen


def visible_symptoms(actor: Person) -> QuerySet[Symptom]:
    """What shows in the engagements an actor may see, the bad first."""
    seen = visible_engagements(actor).select_related(None).order_by()
    return Symptom.objects.filter(engagement__in=seen).select_related("engagement__partner")


def symptoms_of(actor: Person, engagement: Engagement) -> QuerySet[Symptom]:
    """What shows in one engagement, the bad first."""
    return visible_symptoms(actor).filter(engagement=engagement)


def watched(actor: Person) -> QuerySet[Symptom]:
    """What shows in what is the actor's, the bad first; of the bad everything to an executive and to an auditor.

    What has no owner on a side is everybody's of that side. Warnings that stand for months, `LASTING`, are left to the
    pages of their engagements.
    """
    owner = f"engagement__{actor.side.value}_owner"
    theirs = Q(**{owner: actor}) | Q(**{owner: None})
    sees_all = actor.role in (Role.EXECUTIVE, Role.AUDITOR)
    return visible_symptoms(actor).filter(theirs | Q(tone=Tone.BAD) if sees_all else theirs).exclude(key__in=LASTING)


def symptom_counts(engagements: Collection[int]) -> dict[int, int]:
    """How many symptoms show, by engagement; whoever asks has been let into the engagements before."""
    shown = Symptom.objects.filter(engagement__in=engagements).order_by()
    return dict(shown.values_list("engagement_id").annotate(Count("pk")))


def kept_symptoms() -> dict[int, set[Seen]]:
    """What showed the last time every engagement was looked at, as the rules see it."""
    found: dict[int, set[Seen]] = {}
    for one in Symptom.objects.order_by():
        found.setdefault(one.engagement_id, set()).add(one.rule)
    return found


def pictures(now: datetime) -> dict[int, Picture]:
    """What is known about every engagement whose agreement is in force and whose term runs; few queries for many."""
    terms = _terms(now)
    found = _found(list(terms), now)
    return {number: _picture(number, outline, found, now) for number, outline in terms.items()}


@dataclass(frozen=True)
class _Found:
    """What is looked up for all engagements at once, by engagement."""

    results: Mapping[int, list[Mapping[str, Any]]]
    unheld: Mapping[int, list[Mapping[str, Any]]]
    late: Mapping[int, list[Mapping[str, Any]]]
    since: Mapping[int, datetime]
    figures: Mapping[int, dict[str, Any]]
    overdue: Mapping[int, dict[str, Any]]
    unanswered: Mapping[int, int]
    ratings: Mapping[int, Mapping[Side, Fraction]]
    feedback: Mapping[int, Mapping[Side, int]]


def _terms(now: datetime) -> dict[int, Outline]:
    read = {number: outline_of(text) for number, text in texts_in_force().items()}
    return {
        number: one for number, one in read.items() if one and one.terms.last_day >= now.astimezone(one.zone).date()
    }


def _found(numbers: list[int], now: datetime) -> _Found:
    overdue = Issue.objects.filter(is_late(last_today(now)), engagement__in=numbers).order_by()
    majors, engagement = Count("pk", filter=Q(severity=Severity.MAJOR)), itemgetter("engagement_id")
    return _Found(
        results=grouped(_results(numbers, now), engagement),
        unheld=grouped(_unheld(numbers, now.date()), engagement),
        late=grouped(_late(numbers), engagement),
        since=_since(numbers),
        figures=row_of_each(_figures(numbers)),
        overdue=row_of_each(overdue.values("engagement_id").annotate(overdue=Count("pk"), overdue_majors=majors)),
        unanswered=_unanswered(numbers, now),
        ratings=latest_ratings(numbers),
        feedback=feedback_counts(numbers),
    )


def _picture(number: int, outline: Outline, found: _Found, now: datetime) -> Picture:
    results = [row for row in found.results.get(number, ()) if row["kpi"] in outline.names]
    missed = [row for row in results if row["status"] in MISSED]
    overdue, figures = found.overdue.get(number, {}), found.figures.get(number, {})
    return Picture(
        met=sum(row["status"] == Status.MET for row in results),
        missed=len(missed),
        uncorrected={row["kpi"]: outline.names[row["kpi"]] for row in missed if row["is_left"]},
        ratings=found.ratings.get(number, {}),
        unheld=_rows(found.unheld.get(number, ()), outline),
        late=_rows(found.late.get(number, ()), outline),
        days=(now - found.since.get(number, now)).days,
        verified=figures.get("verified", 0),
        settled=figures.get("settled", 0),
        lapsed=figures.get("lapsed", 0),
        overdue=overdue.get("overdue", 0),
        overdue_majors=overdue.get("overdue_majors", 0),
        unanswered=found.unanswered.get(number, 0),
        feedback=found.feedback.get(number, {}),
    )


def _results(numbers: Collection[int], now: datetime) -> Iterable[Mapping[str, Any]]:
    """Of each KPI its latest status, and whether it is left alone although its period has been over for long.

    A corrective action under way counts, and so does an issue about the period that both sides closed.
    """
    issue = Issue.objects.filter(engagement=OuterRef("engagement"), kpi=OuterRef("kpi"), period=OuterRef("period"))
    under_way = Correction.objects.filter(issue__engagement=OuterRef("engagement")).exclude(state=Correcting.CLOSED)
    about_it = under_way.filter(Q(issue__kpi=OuterRef("kpi")) | Q(proof_kpi=OuterRef("kpi")))
    long_over = Q(ends_at__lt=now - timedelta(days=PATIENCE_DAYS))
    latest = Result.objects.filter(engagement__in=numbers, is_latest=True).order_by("engagement_id", "kpi")
    is_left = long_over & ~Exists(about_it) & ~Exists(issue.filter(state=Standing.CLOSED))
    return latest.values("engagement_id", "kpi", "status").annotate(is_left=is_left)


def _since(numbers: Collection[int]) -> dict[int, datetime]:
    """Since when engagements have had an agreement in force, whichever version; its term may begin long before."""
    versions = AgreementVersion.objects.filter(engagement__in=numbers, in_force_at__isnull=False).order_by()
    return dict(versions.values_list("engagement_id").annotate(Min("in_force_at")))


def _figures(numbers: Collection[int]) -> Iterable[Mapping[str, Any]]:
    """The figures that somebody stated, counted; a client that states its own has verified the partner's.

    One that the partner did not state is not counted as verified, so that nobody learns that the client did.
    """
    lines = Line.objects.filter(engagement__in=numbers).order_by().values("engagement_id")
    return lines.annotate(
        verified=Count("pk", filter=~Q(client="") & ~Q(partner="")),
        settled=Count("pk", filter=Q(state__in=(LineState.AGREED, LineState.SETTLED))),
        lapsed=Count("period", filter=Q(state=LineState.LAPSED), distinct=True),
    )


def _unheld(numbers: Collection[int], today: date) -> Iterable[Mapping[str, Any]]:
    """Of each regular meeting how many of the latest were not held, in a row; what is still to come says nothing."""
    same = Meeting.objects.filter(engagement=OuterRef("engagement"), series=OuterRef("series"), state=Taking.HELD)
    called_off = Q(state=Taking.CANCELLED) & ~Q(cancelled_by="")  # and not taken out of the plan
    unheld = Meeting.objects.filter(Q(state=Taking.MISSED) | called_off, engagement__in=numbers)
    in_a_row = unheld.filter(planned_on__lte=today).exclude(Exists(same.filter(planned_on__gt=OuterRef("planned_on"))))
    return in_a_row.order_by().values("engagement_id", "series").annotate(name=Max("name"), length=Count("pk"))


def _late(numbers: Collection[int]) -> Iterable[Mapping[str, Any]]:
    """Of each regular report how many of the latest were late, in a row; one with time left says nothing."""
    same = Report.objects.filter(engagement=OuterRef("engagement"), series=OuterRef("series"))
    in_time = same.filter(state=ReportState.RECEIVED, was_late=False, due_on__gt=OuterRef("due_on"))
    in_a_row = Report.objects.filter(engagement__in=numbers, was_late=True).exclude(Exists(in_time))
    return in_a_row.order_by().values("engagement_id", "series").annotate(name=Max("name"), length=Count("pk"))


def _unanswered(numbers: Collection[int], now: datetime) -> dict[int, int]:
    """The escalations that nobody answered at the top; what is late below climbs by itself."""
    waiting = Escalation.objects.filter(state=Climbing.WAITING, due_at__lte=now, issue__engagement__in=numbers)
    found: dict[int, int] = {}
    for one in waiting.filter(issue__state=Standing.LISTED).annotate(engagement=F("issue__engagement")):
        if one.level >= thawed(one.ladder).ladder.top:
            found[one.engagement] = found.get(one.engagement, 0) + 1
    return found


def _rows(rows: Iterable[Mapping[str, Any]], outline: Outline) -> tuple[Row, ...]:
    """What the plan in force still holds; nobody can hold a meeting that is not agreed any more."""
    return tuple(Row(row["series"], row["name"], row["length"]) for row in rows if row["series"] in outline.series)
