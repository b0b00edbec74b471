"""Letting somebody without an account hand in a report by mail link: allowing it, naming them, links made and ended."""

import secrets
from datetime import datetime, timedelta

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from rapport.apps.accounts.actions import who
from rapport.apps.accounts.models import Person
from rapport.apps.accounts.queries import people
from rapport.apps.audit.actions import SYSTEM, Who, record
from rapport.apps.engagements.models import Engagement
from rapport.apps.meetings.actions.steps import locked_report, tell_history
from rapport.apps.meetings.models import LONGEST_NAME, Addressee, LinkPermission, Report, ReportLink
from rapport.apps.meetings.policy import demand_allow_links, demand_end_links, demand_send_links
from rapport.apps.meetings.queries.links import addressee_of, are_links_allowed, named_for
from rapport.apps.notices.actions import notify
from rapport.apps.partners.queries import plain_name
from rapport.domain.refusals import Refused
from rapport.domain.reports import LINK_DAYS, LinkEnd, ReportState
from rapport.domain.roles import Side


@transaction.atomic
def allow_links(*, by: Person, engagement: Engagement, at: datetime) -> None:
    """Allow reports of an engagement to be handed in by mail link."""
    demand_allow_links(by, engagement)
    given = {"given_by": by, "given_at": at}
    if not LinkPermission.objects.get_or_create(engagement=engagement, defaults=given)[1]:
        raise Refused("Reports by mail link are allowed already; say on a report's page who gets its link.")
    record(engagement.chain, by=who(by), at=at, verb="mail_links.allowed", subject=engagement.title)


@transaction.atomic
def forbid_links(*, by: Person, engagement: Engagement, at: datetime) -> None:
    """Allow no mail links any more; those that are out open nothing from now on, also if they are allowed again."""
    demand_allow_links(by, engagement)
    if not LinkPermission.objects.filter(engagement=engagement).delete()[0]:
        raise Refused("Reports by mail link are not allowed here anyway; nothing is to be done.")
    theirs = ReportLink.objects.filter(report__in=Report.objects.filter(engagement=engagement))
    end_links(theirs, LinkEnd.WITHDRAWN, at)
    record(engagement.chain, by=who(by), at=at, verb="mail_links.forbidden", subject=engagement.title)


@transaction.atomic
def name_addressee(*, by: Person, report: Report, name: str, email: str, at: datetime) -> Addressee:
    """Say who, without an account, gets the links of a report and of all that follow it; whoever got them does not.

    Both owners are told.
    """
    demand_send_links(by, report.engagement)
    current = _asked(report)
    said, address = plain_name(name)[:LONGEST_NAME], _address(email)
    if not said:
        raise Refused("Say what the person is called; both companies read the name beside what they hand in.")
    if people(by).filter(email__iexact=address, is_active=True).exists():
        raise Refused(f"{address} has an account here; the report is handed in by signing in.")
    _remove(current, at)
    try:
        with transaction.atomic():
            addressee = Addressee.objects.create(
                engagement=current.engagement, series=current.series, name=said, email=address, named_by=by, named_at=at
            )
    except IntegrityError:
        raise Refused("Somebody else was named for this report a moment ago; open it again.") from None
    _record(current, who(by), at, "mail_link.addressee_named", addressee)
    event = f"addressee:{addressee.pk}"
    notify(recipients=current.engagement.owners, kind="report.addressee", subject=addressee.pk, event=event, at=at)
    return addressee


@transaction.atomic
def remove_addressee(*, by: Person, report: Report, at: datetime) -> None:
    """Have nobody get the links of a report any more; one that is out opens nothing from now on."""
    demand_end_links(by, report.engagement)
    current = _asked(report)
    if (addressee := named_for(current)) is None:
        raise Refused("Nobody gets the links of this report; nothing is to be done.")
    _remove(current, at)
    _record(current, who(by), at, "mail_link.addressee_removed", addressee)


@transaction.atomic
def send_link(*, by: Person, report: Report, at: datetime) -> ReportLink:
    """Have a link for a report leave now, and not only with its reminder."""
    demand_send_links(by, report.engagement)
    current = _asked(report)
    if (addressee := addressee_of(current)) is None:
        raise Refused("Nobody is named to get the link; name somebody first.")
    if current.state == ReportState.RECEIVED:
        raise Refused("The report is received; there is nothing to hand in.")
    if current.links.filter(ended_at=None, ends_on__gte=at.date()).exists():
        raise Refused("A link for this report is out already; revoke it first if it went astray.")
    return _made(current, addressee, who(by), at)


@transaction.atomic
def revoke_link(*, by: Person, report: Report, at: datetime) -> None:
    """End the link for a report, for either side's owner of the engagement; it opens nothing from now on."""
    demand_end_links(by, report.engagement)
    current = locked_report(report)
    if not end_links(ReportLink.objects.filter(report=current), LinkEnd.REVOKED, at):
        raise Refused("No link for this report is out; nothing is to be revoked.")
    tell_history(current, who(by), at, "mail_link.revoked")


def offer_link(report: Report, at: datetime) -> None:
    """Have a link leave with a reminder, where the client allows it and somebody is named; once each for a last day."""
    if report.owed_by != Side.PARTNER or not are_links_allowed(report.engagement):
        return
    if (addressee := addressee_of(report)) is None:
        return
    had = report.links.filter(addressee__email=addressee.email, ends_on__gte=report.rule.link_ends_on)
    if not had.exists():
        _made(report, addressee, SYSTEM, at)


def end_links(links: QuerySet[ReportLink], because: LinkEnd, at: datetime) -> int:
    """End links that have not ended, with what was written and not handed in; how many."""
    return links.filter(ended_at=None).update(ended_at=at, ended_because=because, draft={})


def _made(report: Report, addressee: Addressee, by: Who, at: datetime) -> ReportLink:
    end_links(ReportLink.objects.filter(report=report), LinkEnd.OVER, at)
    try:
        with transaction.atomic():
            link = ReportLink.objects.create(
                report=report, addressee=addressee, seed=secrets.token_hex(32), made_at=at,
                ends_on=max(report.rule.link_ends_on, at.date() + timedelta(LINK_DAYS)),
            )  # fmt: skip
    except IntegrityError:
        raise Refused("Somebody sent a link for this report a moment ago; open it again.") from None
    _record(report, by, at, "mail_link.made", addressee)
    return link


def _asked(report: Report) -> Report:
    """The report as it is now, where mail links are allowed and the partner owes it."""
    current = locked_report(report)
    if not are_links_allowed(current.engagement):
        raise Refused("The client does not allow reports by mail link here; ask them, or hand it in by signing in.")
    if current.owed_by != Side.PARTNER:
        raise Refused("The client owes this report; only a partner's report is handed in by mail link.")
    return current


def _remove(report: Report, at: datetime) -> None:
    same = {"engagement": report.engagement, "series": report.series}
    Addressee.objects.filter(**same, removed_at=None).update(removed_at=at)
    theirs = Report.objects.filter(engagement=report.engagement, series=report.series)
    end_links(ReportLink.objects.filter(report__in=theirs), LinkEnd.WITHDRAWN, at)


def _address(email: str) -> str:
    address = email.strip().lower()
    try:
        validate_email(address)
    except ValidationError:
        raise Refused(f"{email!r} is not an e-mail address; write one such as name@example.org.") from None
    return address


def _record(report: Report, by: Who, at: datetime, verb: str, addressee: Addressee) -> None:
    tell_history(report, by, at, verb, {"name": addressee.name, "address": addressee.email})
