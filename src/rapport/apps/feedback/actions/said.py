"""What people do with feedback: write it for their own side, share it, and answer what the other side shared."""

import secrets
from datetime import datetime
from typing import Any, NamedTuple

from django.db import transaction

from rapport.apps.accounts.actions import who
from rapport.apps.accounts.models import Person
from rapport.apps.audit.actions import record
from rapport.apps.engagements.models import Engagement
from rapport.apps.engagements.queries import names_of_kpis
from rapport.apps.feedback.actions.kept import line, next_number, prose, tell_owner
from rapport.apps.feedback.models import SAID, Draft, Feedback
from rapport.apps.feedback.queries import citable_issues, citable_meetings, is_measured, visible_drafts
from rapport.apps.issues.actions import Gap, raise_issue
from rapport.apps.issues.models import LONGEST_TEXT, LONGEST_TITLE
from rapport.apps.issues.policy import demand_work
from rapport.domain import feedback as rules
from rapport.domain.feedback import Kind
from rapport.domain.issues import Severity
from rapport.domain.refusals import Refused

TOLD = "feedback"
"""The kind of notice about feedback."""
_CHANGED = "Somebody took a step with this feedback a moment ago; open it again and see how it stands."
GONE = "This draft was shared or thrown away meanwhile; what you wrote can be kept as a new one."
"""Said of a draft that is none any more."""
_DRAWN = 2**31 - 1
"""The highest number that is drawn for a draft."""
_QUOTED = 2000
"""As much of a request and of an answer is said in the issue that comes of them."""


class Words(NamedTuple):
    """What feedback says: what kind it is, about whom, resting on what, and in which words.

    `issue` is the number of an issue in the engagement, `meeting` the key of a meeting.
    """

    kind: Kind
    people: str = ""
    team: str = ""
    kpi: str = ""
    period: str = ""
    issue: int | None = None
    meeting: int | None = None
    seen: str = ""
    effect: str = ""
    asked: str = ""


@transaction.atomic
def keep_draft(
    *, by: Person, engagement: Engagement, words: Words, draft: Draft | None = None, turn: int = 0, at: datetime
) -> Draft:
    """Write feedback down for one's own side, or write it anew; the other side learns nothing of it.

    `turn` is that of the draft as it was read: what somebody wrote since is not overwritten.
    """
    demand_work(by, engagement)
    current = _locked_draft(by, draft, turn) if draft else _new_draft(by, engagement)
    for name, value in _checked(by, engagement, words).items():
        setattr(current, name, value)
    current.author, current.at, current.turn = by, at, current.turn + 1
    current.save()
    return current


@transaction.atomic
def drop_draft(*, by: Person, draft: Draft, turn: int) -> None:
    """Throw a draft of one's own side away, as it was read at a turn."""
    demand_work(by, draft.engagement)
    _locked_draft(by, draft, turn).delete()


@transaction.atomic
def share_draft(*, by: Person, draft: Draft, at: datetime) -> Feedback:
    """Share a draft with the other side as it is given here; from then on it stays as it is."""
    demand_work(by, draft.engagement)
    current = _locked_draft(by, draft, draft.turn)
    if current.gaps:
        raise Refused(" ".join(current.gaps))
    said: dict[str, Any] = {name: getattr(current, name) for name in SAID}
    number = next_number(Feedback, current.engagement)
    shared = Feedback.objects.create(**said, number=number, author=by, at=at)
    current.delete()
    _told(shared, by, at, "feedback.shared", {"kind": shared.kind})
    return shared


@transaction.atomic
def acknowledge(*, by: Person, feedback: Feedback, at: datetime) -> Feedback:
    """Say that one's side has read what the other shared."""
    current = _locked(by, feedback)
    after = rules.acknowledge(current.rule, by=by.side)
    _save(current, after, acknowledged_by=by, acknowledged_at=at)
    _told(current, by, at, "feedback.acknowledged")
    return current


@transaction.atomic
def answer(*, by: Person, feedback: Feedback, text: str, at: datetime) -> Feedback:
    """Say once what one's side makes of what the other shared."""
    current = _locked(by, feedback)
    after = rules.answer(current.rule, by=by.side, text=prose(text))
    read = {} if current.acknowledged_at else {"acknowledged_by": by, "acknowledged_at": at}
    _save(current, after, answered_by=by, answered_at=at, **read)
    _told(current, by, at, "feedback.answered", {"answer": after.answer})
    return current


@transaction.atomic
def withdraw(*, by: Person, feedback: Feedback, reason: str, at: datetime) -> Feedback:
    """Take back what one's side shared; it stays to be seen, with the reason."""
    current = _locked(by, feedback)
    after = rules.withdraw(current.rule, by=by.side, reason=prose(reason))
    _save(current, after, withdrawn_at=at)
    _told(current, by, at, "feedback.withdrawn", {"reason": after.reason})
    return current


@transaction.atomic
def raise_from(*, by: Person, feedback: Feedback, title: str, severity: Severity, at: datetime) -> Feedback:
    """Make an issue of what should change, which the side that was asked mends; the two stay linked."""
    current = _locked(by, feedback)
    rules.demand_issue(current.rule)
    named = line(title, LONGEST_TITLE)
    kpi = current.kpi if current.kpi in names_of_kpis(current.engagement) else ""
    gap = Gap(named, _in_short(current), severity, current.side.other, kpi=kpi, period=current.period if kpi else "")
    issue = raise_issue(by=by, engagement=current.engagement, gap=gap, at=at)
    _save(current, current.rule, raised=issue)
    _record(current, by, at, "feedback.became_issue", {"issue": str(issue)})
    return current


def _checked(by: Person, engagement: Engagement, words: Words) -> dict[str, Any]:
    """What is written as it is kept; what it rests on is looked up among what the actor sees."""
    if bool(words.kpi) != bool(words.period) or (words.kpi and not is_measured(engagement, words.kpi, words.period)):
        raise Refused("The KPI has no result for that period; choose one that was measured.")
    found = {
        "issue": citable_issues(by, engagement).filter(number=words.issue).first() if words.issue else None,
        "meeting": citable_meetings(by, engagement).filter(pk=words.meeting).first() if words.meeting else None,
    }
    for name, number in (("issue", words.issue), ("meeting", words.meeting)):
        if number and found[name] is None:
            raise Refused(f"There is no such {name} in this engagement; choose one of the list.")
    lines = {name: line(getattr(words, name)) for name in ("people", "team")}
    texts = {name: prose(getattr(words, name)) for name in ("seen", "effect", "asked")}
    return {"kind": words.kind.value, "kpi": words.kpi, "period": words.period, **found, **lines, **texts}


def _new_draft(by: Person, engagement: Engagement) -> Draft:
    return Draft(engagement=engagement, by=by.side, number=1 + secrets.randbelow(_DRAWN))


def _locked_draft(by: Person, draft: Draft, turn: int) -> Draft:
    """A draft as it is now, if it still is as it was read; nobody else writes it anew meanwhile."""
    mine = visible_drafts(by).select_for_update(of=("self",))
    if (found := mine.filter(pk=draft.pk).first()) is None:
        raise Refused(GONE)
    if found.turn != turn:
        raise Refused(f"{found.author.name} wrote this draft anew meanwhile; read it as it is now, then go on with it.")
    return found


def _locked(by: Person, feedback: Feedback) -> Feedback:
    """The feedback as it is now, for whoever has a say; nobody else takes a step meanwhile."""
    demand_work(by, feedback.engagement)
    rows = Feedback.objects.select_for_update(of=("self",)).select_related("engagement", "issue", "meeting")
    return rows.get(pk=feedback.pk)


def _save(current: Feedback, after: rules.Feedback, **fields: Any) -> None:
    """Save feedback as it is after a step, if it still is as it was read."""
    said = {"state": after.state.value, "answer": after.answer, "reason": after.reason, "turn": current.turn + 1}
    if not Feedback.objects.filter(pk=current.pk, turn=current.turn).update(**said | fields):
        raise Refused(_CHANGED)
    current.refresh_from_db()


def _in_short(said: Feedback) -> str:
    """What feedback says, for an issue: what was asked for and answered first, and of the rest what has room."""
    agreed = f"Asked for: {_cut(said.asked, _QUOTED)}\n\nAnswered: {_cut(said.answer, _QUOTED)}"
    return _cut(f"{agreed}\n\n{said.seen}\n\n{said.effect}", LONGEST_TEXT)


def _cut(text: str, longest: int) -> str:
    return text if len(text) <= longest else f"{text[: longest - 1]}\N{HORIZONTAL ELLIPSIS}"


def _told(said: Feedback, by: Person, at: datetime, verb: str, details: dict[str, str] | None = None) -> None:
    """Leave a line of history and tell the other side's owner."""
    _record(said, by, at, verb, details)
    event = f"feedback:{said.pk}:turn:{said.turn}"
    tell_owner(said.engagement, by.side.other, at, kind=TOLD, subject=said.pk, event=event)


def _record(said: Feedback, by: Person, at: datetime, verb: str, details: dict[str, str] | None = None) -> None:
    record(said.engagement.chain, by=who(by), at=at, verb=verb, subject=str(said), details=details)
