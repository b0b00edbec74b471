"""Reading mail links: whether they are allowed, whom a series is sent to, and what a secret opens."""

from dataclasses import dataclass
from datetime import date, datetime
from itertools import islice

from django.db.models import Count, Min, QuerySet

from rapport.apps.accounts.models import Person
from rapport.apps.accounts.queries import digest_of_secret
from rapport.apps.engagements.models import Engagement
from rapport.apps.meetings.models import Addressee, LinkPermission, Report, ReportLink
from rapport.apps.meetings.policy import may_end_links, may_send_links
from rapport.domain.reports import ReportState
from rapport.domain.retries import SENDING, has_rested
from rapport.domain.roles import Side

_AROUND = ("report__engagement__partner", "addressee__named_by__organisation")


@dataclass(frozen=True)
class LinkPanel:
    """How a report stands with mail links: who gets them, the link made last, and what the reader can do about it.

    `lapsed` is who gets them no longer since whoever named them has left.
    """

    addressee: Addressee | None
    lapsed: Addressee | None
    link: ReportLink | None
    is_live: bool
    may_name: bool
    may_remove: bool
    may_send: bool
    may_revoke: bool


@dataclass(frozen=True)
class Waiting:
    """How many letters of a sort wait to leave, since when, and why the last one that was tried could not."""

    waiting: int
    oldest_at: datetime | None
    error: str


def are_links_allowed(engagement: Engagement) -> bool:
    """Whether the client allows reports of an engagement to be handed in by mail link."""
    return LinkPermission.objects.filter(engagement=engagement).exists()


def named_for(report: Report) -> Addressee | None:
    """Who was named last to get the mail links of a report's series, and not removed since."""
    named = Addressee.objects.filter(engagement_id=report.engagement_id, series=report.series, removed_at=None)
    return named.select_related("named_by__organisation").first()


def addressee_of(report: Report) -> Addressee | None:
    """Who gets the mail links of a report's series: for as long as whoever named them has an open account."""
    named = named_for(report)
    return named if named and named.named_by.is_active else None


def living_links(today: date) -> QuerySet[ReportLink]:
    """The links that are not ended, of reports that are owed still where mail links are allowed."""
    named = ReportLink.objects.filter(addressee__removed_at=None, addressee__named_by__is_active=True)
    allowed = named.filter(report__engagement__link_permission__isnull=False)
    owed = allowed.exclude(report__state=ReportState.RECEIVED)
    return owed.filter(ended_at=None, ends_on__gte=today).select_related(*_AROUND)


def link_behind(secret: str, today: date) -> ReportLink | None:
    """The link that a secret opens, while it opens anything."""
    return living_links(today).filter(digest=digest_of_secret(secret)).first()


def ended_link(secret: str) -> ReportLink | None:
    """A link that opens nothing any more, by its secret, which its holder alone knows."""
    return ReportLink.objects.filter(digest=digest_of_secret(secret)).first()


def links_waiting(now: datetime) -> Waiting:
    """How mail links get on that have not left, without a word of what is in them."""
    waiting = living_links(now.date()).filter(sent_at=None)
    found = waiting.aggregate(waiting=Count("pk"), oldest_at=Min("made_at"))
    error = waiting.exclude(error="").order_by("-tried_at").values_list("error", flat=True).first()
    return Waiting(**found, error=error or "")


def links_to_send(now: datetime, most: int) -> list[ReportLink]:
    """The links that have not left by mail and that nobody took up a moment ago, the longest waiting first."""
    waiting = living_links(now.date()).filter(sent_at=None).order_by("made_at", "pk")
    return list(islice((one for one in waiting if has_rested(one.tried_at, one.attempts, now, SENDING)), most))


def link_panel(actor: Person, report: Report, today: date) -> LinkPanel | None:
    """How a report stands with mail links; None where it cannot be handed in by one."""
    if report.owed_by != Side.PARTNER or not are_links_allowed(report.engagement):
        return None
    named, addressee = named_for(report), addressee_of(report)
    link = report.links.select_related("addressee").order_by("-pk").first()
    is_live = link is not None and living_links(today).filter(pk=link.pk).exists()
    is_owed, may_name = report.state != ReportState.RECEIVED, may_send_links(actor, report.engagement)
    may_end = may_end_links(actor, report.engagement)
    return LinkPanel(
        addressee=addressee,
        lapsed=named if named != addressee else None,
        link=link,
        is_live=is_live,
        may_name=may_name,
        may_remove=may_end and named is not None,
        may_send=may_name and is_owed and addressee is not None and not is_live,
        may_revoke=may_end and is_live,
    )
