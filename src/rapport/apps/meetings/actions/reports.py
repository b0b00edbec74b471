"""What people do with reports: the side that owes one hands it in, and the other reads it or sends it back."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from hashlib import sha256
from typing import Any

from django.db import transaction

from rapport.apps.accounts.actions import who
from rapport.apps.accounts.models import Person
from rapport.apps.accounts.policy import Refused
from rapport.apps.issues.policy import demand_work
from rapport.apps.meetings.actions.steps import keep_report, locked_report, ruled, tell_history, tell_side
from rapport.apps.meetings.models import Report
from rapport.apps.meetings.queries.template import LONGEST_ANSWER, QUESTIONS, figures_of
from rapport.domain import reports
from rapport.domain.roles import Side


@transaction.atomic
def hand_in_report(*, by: Person, report: Report, answers: Mapping[str, str], at: datetime) -> Report:
    """Hand a report in with the answers to its questions; the figures go with it as they are now."""
    demand_work(by, report.engagement)
    current = locked_report(report)
    said = {question: answers.get(question, "").strip().replace("\r\n", "\n") for question in QUESTIONS}
    if not any(said.values()):
        raise Refused("Nothing is written yet; answer at least one of the questions.")
    if too_long := [one for one in said.values() if len(one) > LONGEST_ANSWER]:
        raise Refused(f"An answer has {len(too_long[0]):,} characters; say it in at most {LONGEST_ANSWER:,}.")
    with ruled():
        after = reports.receive(current.rule, by=by.side, on=at.date())
    content = {"answers": said, "figures": figures_of(current.engagement)}
    keep_report(current, after)
    Report.objects.filter(pk=current.pk).update(content=content, received_from=by)
    current.content, current.received_from = content, by
    late = {"late": "yes"} if after.was_late else {}
    tell_history(current, who(by), at, "report.received", {"digest": _digest(content)} | late)
    tell_side(current, by.side.other, at)
    return current


@transaction.atomic
def send_report_back(*, by: Person, report: Report, reason: str, at: datetime) -> Report:
    """Return a report that does not say enough; its writer has some days to mend it."""
    demand_work(by, report.engagement)
    current = locked_report(report)
    with ruled():
        after = reports.send_back(current.rule, by=by.side, reason=reason.strip(), on=at.date())
    keep_report(current, after)
    tell_history(current, who(by), at, "report.sent_back", {"reason": after.returned})
    tell_side(current, Side(current.owed_by), at)
    return current


def _digest(content: Mapping[str, Any] | Sequence[Any]) -> str:
    return sha256(json.dumps(content, sort_keys=True, ensure_ascii=False).encode()).hexdigest()
