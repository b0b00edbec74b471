"""What people do with reports: the side that owes one hands it in, and the other reads it or sends it back."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from rapport.apps.accounts.actions import who
from rapport.apps.accounts.models import Person
from rapport.apps.audit.actions import Who
from rapport.apps.issues.actions import lock_issues_about, settle_by_rule
from rapport.apps.issues.policy import demand_work
from rapport.apps.meetings.actions.links import end_links
from rapport.apps.meetings.actions.steps import digest_of_content, keep_report, locked_report, tell_history, tell_side
from rapport.apps.meetings.models import Report, ReportLink
from rapport.apps.meetings.queries.links import living_links
from rapport.apps.meetings.queries.template import LONGEST_ANSWER, QUESTIONS, figures_of
from rapport.domain import reports
from rapport.domain.issues import Origin
from rapport.domain.refusals import Refused
from rapport.domain.reports import LinkEnd, ReportState
from rapport.domain.roles import Side
from rapport.kit.dates import short_day

_SAVED_ELSEWHERE = (
    "Somebody saved this report in another window after you opened it; what you typed is still here. Save it again "
    "to put it in place of the other, or open the link anew to read that first."
)


@transaction.atomic
def hand_in_report(*, by: Person, report: Report, answers: Mapping[str, str], at: datetime) -> Report:
    """Hand a report in with the answers to its questions; the figures go with it as they are now."""
    demand_work(by, report.engagement)
    current = locked_report(report)
    _receive(current, answers, by.side, who(by), at, received_from=by, received_by="")
    tell_side(current, by.side.other, at)
    return current


@transaction.atomic
def save_by_link(*, link: ReportLink, turn: int, answers: Mapping[str, str], at: datetime) -> ReportLink:
    """Keep what the holder of a mail link wrote, to go on later, unseen by anybody; `turn` is that of what was read."""
    current = _opened(link, turn, at)
    current.draft = _said(answers)
    return _kept(current, draft=current.draft)


@transaction.atomic
def hand_in_by_link(*, link: ReportLink, turn: int, answers: Mapping[str, str], at: datetime) -> Report:
    """Hand a report in for the partner as the holder of its mail link, which opens nothing from now on."""
    current = _opened(link, turn, at)
    _kept(current)
    name, report = current.addressee.name, current.report
    by = Who(None, f"{name}, by mail link", report.engagement.partner.name)
    _receive(report, answers, Side.PARTNER, by, at, received_from=None, received_by=name)
    for side in Side:
        tell_side(report, side, at)
    return report


@transaction.atomic
def send_report_back(*, by: Person, report: Report, reason: str, at: datetime) -> Report:
    """Return a report that does not say enough; its writer has some days to mend it."""
    demand_work(by, report.engagement)
    current = locked_report(report)
    after = reports.send_back(current.rule, by=by.side, reason=reason.strip(), on=at.date())
    keep_report(current, after)
    tell_history(current, who(by), at, "report.sent_back", {"reason": after.returned})
    tell_side(current, Side(current.owed_by), at)
    return current


def _receive(
    report: Report, answers: Mapping[str, str], side: Side, by: Who, at: datetime, **sender: Person | str | None
) -> None:
    """Let a locked report be received from a side; the mail link for it, if one is out, ends."""
    said = _said(answers)
    if not any(said.values()):
        raise Refused("Nothing is written yet; answer at least one of the questions.")
    after = reports.receive(report.rule, by=side, on=at.date())
    content = {"answers": said, "figures": figures_of(report.engagement)}
    keep_report(report, after)
    changes = {"content": content, **sender}
    Report.objects.filter(pk=report.pk).update(**changes)
    for name, value in changes.items():
        setattr(report, name, value)
    end_links(ReportLink.objects.filter(report=report), LinkEnd.HANDED_IN, at)
    late = {"late": "yes"} if after.was_late else {}
    lock_issues_about(engagement=report.engagement_id, origin=Origin.LATE_REPORT, subject=report.series)
    tell_history(report, by, at, "report.received", {"digest": digest_of_content(content)} | late)
    _settle_lateness(report, at)


def _settle_lateness(report: Report, at: datetime) -> None:
    """Close the issue about a late report, unless another one of its kind is still late.

    Asked once history is locked: of two that come in at once, the second to write there sees that the first is in.
    """
    others = Report.objects.filter(engagement=report.engagement_id, series=report.series, state=ReportState.LATE)
    if not others.exists():
        settle_by_rule(
            engagement=report.engagement_id, origin=Origin.LATE_REPORT, subject=report.series,
            reason=f"The report came in on {short_day(at.date(), None)}.", at=at,
        )  # fmt: skip


def _said(answers: Mapping[str, str]) -> dict[str, str]:
    said = {question: answers.get(question, "").strip().replace("\r\n", "\n") for question in QUESTIONS}
    if too_long := [one for one in said.values() if len(one) > LONGEST_ANSWER]:
        raise Refused(f"An answer has {len(too_long[0]):,} characters; say it in at most {LONGEST_ANSWER:,}.")
    return said


def _opened(link: ReportLink, turn: int, at: datetime) -> ReportLink:
    """A link as it is now, if it opens its report still and was not saved since it was read; nobody else is at it."""
    report = locked_report(link.report)
    current = living_links(at.date()).filter(pk=link.pk).first()
    if current is None:
        raise Refused("This link opens nothing any more; ask whoever sent it.")
    if current.turn != turn:
        raise Refused(_SAVED_ELSEWHERE)
    current.report = report
    return current


def _kept(link: ReportLink, **changes: Any) -> ReportLink:
    changes["turn"] = link.turn + 1
    if not ReportLink.objects.filter(pk=link.pk, turn=link.turn, ended_at=None).update(**changes):
        raise Refused(_SAVED_ELSEWHERE)
    link.turn += 1
    return link
