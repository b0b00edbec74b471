"""Letting mail links leave: each taken up by one worker, written at the moment it leaves, and sent again if it died."""

from base64 import urlsafe_b64encode
from datetime import datetime
from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db.models import F
from django.urls import reverse
from django.utils.crypto import salted_hmac

from rapport.apps.accounts.queries import digest_of_secret
from rapport.apps.meetings.models import ReportLink
from rapport.apps.meetings.queries.links import links_to_send, living_links
from rapport.apps.notices.actions import let_leave
from rapport.domain.reports import ReportState
from rapport.kit.dates import short_day
from rapport.kit.mail import letter, one_line


def send_due_links(*, most: int, at: datetime) -> int | None:
    """Send the mail links that have not left; how many left, None where the mail server is away."""
    return let_leave(
        lambda number: links_to_send(at, number), most=most, take=_taken, send=_sent, put_off=_put_off, at=at
    )  # fmt: skip


def secret_of(link: ReportLink) -> str:
    """The secret of a link, which is kept nowhere."""
    made = salted_hmac("rapport.meetings.report_link", link.seed, algorithm="sha256").digest()
    return urlsafe_b64encode(made).rstrip(b"=").decode()


def _taken(link: ReportLink, at: datetime) -> ReportLink | None:
    """The link, if nobody took it up after it was read, so that this worker has it; from now on it opens its page."""
    same = ReportLink.objects.filter(pk=link.pk, sent_at=None, ended_at=None, attempts=link.attempts)
    digest = digest_of_secret(secret_of(link))
    return link if same.update(tried_at=at, attempts=F("attempts") + 1, digest=digest) else None


def _sent(link: ReportLink, connection: Any, at: datetime) -> int:
    """Send one link, if it still opens something; how many left."""
    if (current := living_links(at.date()).filter(pk=link.pk).first()) is None:
        return 0
    _mail(current, connection).send()
    ReportLink.objects.filter(pk=link.pk).update(sent_at=at, error="")
    return 1


def _put_off(link: ReportLink, reason: str, _: datetime) -> None:
    """Keep why a link could not leave."""
    ReportLink.objects.filter(pk=link.pk).update(error=reason)


def _mail(link: ReportLink, connection: Any) -> EmailMultiAlternatives:
    report, addressee = link.report, link.addressee
    engagement, by = report.engagement, addressee.named_by
    words = {
        "name": addressee.name,
        "report": one_line(report.name),
        "engagement": one_line(engagement.title),
        "partner": one_line(engagement.partner.name),
        "until": short_day(report.owed_until, None),
        "is_late": report.state == ReportState.LATE,
        "returned": one_line(report.returned),
        "named_by": one_line(f"{by.name}, {by.organisation.name}"),
        "ends_on": short_day(link.ends_on, None),
        "url": settings.SITE_URL + reverse("meetings:by_link", args=[secret_of(link)]),
    }
    subject = f"{words['report']}, {words['engagement']}: {'was ' if words['is_late'] else ''}due on {words['until']}"
    name = f"report-link-{link.seed[:32]}"
    return letter("meetings/link_mail", words, name=name, subject=subject, to=addressee.email, connection=connection)
