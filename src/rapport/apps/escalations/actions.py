"""What the two sides, and the clock, do with escalations. Each step refuses with a sentence, and is kept in history."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Max, QuerySet

from rapport.apps.accounts.actions import who
from rapport.apps.accounts.models import Person
from rapport.apps.audit.actions import INSTALLATION, SYSTEM, record
from rapport.apps.engagements.queries import version_in_force
from rapport.apps.escalations.models import LONGEST_TEXT, Absence, Escalation, Step
from rapport.apps.escalations.policy import UNSETTLED, demand_absences_of, demand_start, demand_steps, may_climb
from rapport.apps.escalations.queries import (
    directory,
    frozen,
    plan_for,
    possible_deputies,
    rule_of,
    steps_asked_of,
    thawed,
)
from rapport.apps.escalations.queries.plans import Plan
from rapport.apps.issues.actions import lock
from rapport.apps.issues.models import Issue
from rapport.apps.notices.actions import notify
from rapport.apps.timers.actions import set_timer, stop_timers
from rapport.domain import escalations
from rapport.domain.calendars import last_today
from rapport.domain.escalations import State, first_level, may_approve
from rapport.domain.issues import State as IssueState
from rapport.domain.notices import Urgency
from rapport.domain.refusals import Refused
from rapport.domain.roles import Side

CLIMB = "escalation.climb"
"""The kind of timer that lets an issue climb when the time of a level is over."""
REMIND = "escalation.remind"
"""The kind of timer that reminds of a move that is late and that nothing climbs past."""
ASKED, ANSWERED, LEFT, ENDED = "escalation.asked", "escalation.answered", "escalation.left", "escalation.ended"
"""The kinds of notices: a level is asked, it has answered, the matter left it, it has ended."""
ANSWER_LATE, WORD_LATE = "escalation.answer_late", "escalation.word_late"
"""The kinds of notices that tell again of a move that is late: an answer, and what is said about one."""
AWAY = "escalation.away"
"""The kind of notice that tells somebody that another entered their absence."""
_LARGEST = Decimal("999999999999.99")
_CHANGED = "Somebody took a step with this escalation a moment ago; open it again, read it and go on from there."


@transaction.atomic
def start_escalation(
    *, by: Person, issue: Issue, reason: str, amount: Decimal | None = None, at: datetime
) -> Escalation:
    """Ask the other side on the first level of the ladder that may approve the amount at stake."""
    demand_start(by, issue)
    if amount is not None and not 0 <= amount <= _LARGEST:
        raise Refused(f"The amount at stake is {amount}; write 0 or more, below a million million.")
    current = lock(issue.pk)
    demand_start(by, current)
    plan = plan_for(current, version_in_force(current.engagement))
    if plan is None:
        raise Refused(
            "No escalation plan of the agreement in force covers this issue; agree on one with the other side first."
        )
    return _started(current, plan, side=by.side, raiser=by, reason=reason, amount=amount, at=at)


@transaction.atomic
def start_overdue(*, issue: int, at: datetime) -> Escalation | None:
    """Let an issue climb whose day is over, once for each day; None where it does not climb any more.

    It climbs against the side that has to mend it, and only while it is that side's move.
    """
    current = lock(issue)
    side = Side(current.responsible)
    under_way = Escalation.objects.filter(issue=current).exclude(state=State.ENDED)
    is_known = under_way.exists() or Escalation.objects.filter(issue=current, missed_on=current.due_on).exists()
    plan = plan_for(current, version_in_force(current.engagement))
    is_theirs = may_climb(current) and current.waits_for is side
    if is_known or plan is None or not is_theirs or current.due_on >= last_today(at):
        return None
    reason = f"The issue is still to be mended, and its day, {current.due_on.isoformat()}, is over."
    return _started(current, plan, side=side.other, raiser=None, reason=reason, at=at, missed_on=current.due_on)


@transaction.atomic
def answer(*, by: Person, escalation: Escalation, turn: int, text: str, at: datetime) -> Escalation:
    """Answer for the side that is asked; `turn` is that of the escalation as it was read."""
    current, rule = _asked(by, escalation, turn)
    after = escalations.answer(rule, by=by.side, text=_short(text), at=_seconds(at))
    due_at = thawed(current.ladder).due_at(current.level, at)
    acted = _acting(current, by, at)
    _swap(current, after, answered_at=at, answered_by=by)
    _open_step(current).update(answer=after.answer, answered_at=at, answered_by=by, reaction_due_at=due_at, **acted)
    _stop_clock(current, at)
    _set_clock(current, REMIND, due_at)
    _record(current, by, at, "escalation.answered", {"answer": after.answer})
    _tell(current, ANSWERED, at, by, [current.raiser, _step(current).expected(Side(current.raised_by))])
    return current


@transaction.atomic
def accept(*, by: Person, escalation: Escalation, turn: int, at: datetime) -> Escalation:
    """Take the answer as what settles the matter; the escalation has ended.

    A level approves no amount above its limit. Whether whoever accepted is one of those who may is kept, and counted.
    """
    current, rule = _asked(by, escalation, turn)
    after = escalations.accept(rule, by=by.side)
    _open_step(current).update(is_authorised=_is_authorised(current, by, at))
    return _ended(current, after, by, at, "escalation.accepted")


@transaction.atomic
def reject(*, by: Person, escalation: Escalation, turn: int, reason: str, at: datetime) -> Escalation:
    """Say that the answer does not settle the matter; the next level is asked."""
    current, rule = _asked(by, escalation, turn)
    due_at = thawed(current.ladder).due_at(rule.next_level, at)
    after = escalations.reject(
        rule, by=by.side, reason=_short(reason), at=_seconds(at), due_at=_seconds(due_at)
    )  # fmt: skip
    return _moved(current, after, by, at, "escalation.rejected")


@transaction.atomic
def step_down(*, by: Person, escalation: Escalation, turn: int, reason: str, at: datetime) -> Escalation:
    """Put the matter one level lower, to be settled there."""
    current, rule = _asked(by, escalation, turn)
    due_at = thawed(current.ladder).due_at(max(rule.level - 1, 0), at)
    after = escalations.step_down(
        rule, by=by.side, reason=_short(reason), at=_seconds(at), due_at=_seconds(due_at)
    )  # fmt: skip
    return _moved(current, after, by, at, "escalation.stepped_down")


@transaction.atomic
def end_escalation(*, by: Person, escalation: Escalation, turn: int, reason: str, at: datetime) -> Escalation:
    """Withdraw the escalation, for instance because the matter is settled elsewhere."""
    current, rule = _asked(by, escalation, turn)
    after = escalations.end(rule, by=by.side, reason=_short(reason))
    return _ended(current, after, by, at, "escalation.ended")


@transaction.atomic
def climb(*, escalation: int, at: datetime) -> bool:
    """Ask the next level because the time of this one is over; whether it climbed. Silence approves nothing.

    While the issue is said to be mended it stays where it is, and climbs once the issue is back on the list.
    """
    if end_settled(escalation=escalation, at=at):
        return False
    current = _locked(escalation)
    rule = rule_of(current)
    is_over = may_climb(current.issue) and escalations.is_late(rule, _seconds(at))
    if not is_over or rule.level == rule.ladder.top:
        return False
    due_at = thawed(current.ladder).due_at(rule.next_level, at)
    after = escalations.climb(rule, at=_seconds(at), due_at=_seconds(due_at))
    _moved(current, after, None, at, "escalation.climbed")
    return True


@transaction.atomic
def remind(*, escalation: int, at: datetime) -> bool:
    """Tell again of a move that is late and that nothing climbs past, once each working day; whether people were told.

    Where the executives owe an answer, they and both owners are told. Where a reaction to an answer is owed, nobody
    of the side that has answered is asked for more: those who owe it, the level above them and their owner are told.
    Silence ends and approves nothing. While the issue is said to be mended nobody is told.
    """
    if end_settled(escalation=escalation, at=at):
        return False
    current = _locked(escalation)
    if State(current.state) is State.ENDED:
        return False
    step = _step(current)
    if at < (step.reaction_due_at or step.due_at):
        return False
    plan = thawed(current.ladder)
    _set_clock(current, REMIND, plan.next_day(at))
    if not may_climb(current.issue):
        return False
    kind = WORD_LATE if step.reaction_due_at else ANSWER_LATE
    _tell(current, kind, at, None, _owing(current, step, at), step, again=f":{plan.local(at):%Y-%m-%d}")
    return True


@transaction.atomic
def end_settled(*, escalation: int, at: datetime) -> bool:
    """End an escalation whose issue both sides have settled; whether it did."""
    current = _locked(escalation)
    rule = rule_of(current)
    state = IssueState(current.issue.state)
    if rule.state is State.ENDED or state in UNSETTLED:
        return False
    words = "was declined" if state is IssueState.DECLINED else "is closed"
    after = escalations.end(rule, by=rule.raised_by, reason=f"The issue {words}.")
    _ended(current, after, None, at, "escalation.ended")
    return True


@transaction.atomic
def add_absence(
    *, by: Person, person: Person, first_on: date, last_on: date, deputy: int | None, at: datetime
) -> Absence:
    """Say on which days somebody is away, and who acts meanwhile; it never stops a clock.

    Whoever acts is told of what is asked of the person already, and is late, or due on these days or later. Whose
    absence another entered is told that.
    """
    demand_absences_of(by, person)
    if last_on < first_on:
        raise Refused(f"The absence ends on {last_on}, before its first day {first_on}; correct one of the days.")
    if last_on < last_today(at):
        raise Refused(f"The absence was over on {last_on}; enter days that are still to come.")
    stands_in = possible_deputies(person).filter(pk=deputy).first() if deputy is not None else None
    if deputy is not None and stands_in is None:
        raise Refused(
            "The deputy has to be somebody else of the same organisation who edits or signs; choose one of the list."
        )
    absence = Absence.objects.create(person=person, first_on=first_on, last_on=last_on, deputy=stands_in)
    _record_absence(by, absence, at, "absence.entered")
    if by != person:
        event = f"{AWAY}:{absence.pk}"
        notify(recipients=[person], kind=AWAY, subject=absence.pk, event=event, urgency=Urgency.AT_ONCE, at=at)
    for step in steps_asked_of(person, first_on, at) if stands_in else ():
        _tell(step.escalation, ANSWERED if step.answered_at else ASKED, at, None, [stands_in], step)
    return absence


@transaction.atomic
def stop_absence(*, by: Person, absence: Absence, at: datetime) -> None:
    """Take an absence back, as if it had not been entered; what was asked of a deputy stays asked."""
    demand_absences_of(by, absence.person)
    _record_absence(by, absence, at, "absence.taken_back")
    absence.delete()


def _started(
    issue: Issue, plan: Plan, *, side: Side, raiser: Person | None, reason: str, amount: Decimal | None = None,
    at: datetime, missed_on: date | None = None,
) -> Escalation:  # fmt: skip
    level = first_level(plan.ladder, amount)
    due_at = plan.due_at(level, at)
    rule = escalations.start(
        plan.ladder, by=side, reason=_short(reason), at=_seconds(at), due_at=_seconds(due_at), level=level,
        amount=amount,
    )  # fmt: skip
    last = Escalation.objects.filter(issue=issue).aggregate(last=Max("number"))["last"] or 0
    try:
        with transaction.atomic():
            escalation = Escalation.objects.create(
                issue=issue, number=last + 1, plan=plan.id, ladder=frozen(plan), raised_by=side.value, raiser=raiser,
                amount=amount, missed_on=missed_on, started_at=at, level=level, entered_at=at, due_at=due_at,
                reason=rule.reason,
            )  # fmt: skip
    except IntegrityError:
        raise Refused(f"{issue} is climbing already; open its escalation and go on from there.") from None
    details = {"reason": rule.reason} | ({"amount": f"{plan.currency} {amount}"} if amount is not None else {})
    _record(escalation, raiser, at, "escalation.started", details)
    _enter(escalation, raiser, at)
    return escalation


def _enter(escalation: Escalation, by: Person | None, at: datetime) -> Step:
    """Ask the level on which an escalation stands now: its people are told at once, and its clock runs."""
    plan = thawed(escalation.ladder)
    rung, known = plan.ladder.rungs[escalation.level], directory(escalation.issue.engagement, plan.local(at).date())
    people: dict[str, Any] = {}
    for side in Side:
        named, is_owner = known.named(rung.person(side), side)
        people |= {f"named_{side.value}": named, f"is_owner_{side.value}": is_owner}
        people[f"expected_{side.value}"] = known.expected(named, side)
    step = Step.objects.create(
        escalation=escalation, level=escalation.level, name=rung.name, reason=escalation.reason, entered_at=at,
        due_at=escalation.due_at, **people,
    )  # fmt: skip
    _set_clock(escalation, CLIMB if escalation.level < plan.ladder.top else REMIND, escalation.due_at)
    _tell(escalation, ASKED, at, by, [step.expected_client, step.expected_partner])
    return step


def _moved(
    current: Escalation, after: escalations.Escalation, by: Person | None, at: datetime, verb: str
) -> Escalation:
    """Ask another level; the one that is left is told."""
    before, acted = _step(current), _acting(current, by, at)
    _swap(current, after, answered_at=None, answered_by=None, entered_at=at, due_at=_moment(after.due_at))
    _leave(current, by, at, after.reason, acted)
    _stop_clock(current, at)
    _record(current, by, at, verb, {"level": after.rung.name, "reason": after.reason})
    asked = _enter(current, by, at)
    now_asked = {asked.expected_client_id, asked.expected_partner_id}
    others = [one for one in (before.expected_client, before.expected_partner) if one and one.pk not in now_asked]
    _tell(current, LEFT, at, by, others, before)
    return current


def _ended(
    current: Escalation, after: escalations.Escalation, by: Person | None, at: datetime, verb: str
) -> Escalation:
    """Let an escalation have ended; the two people who had it last are told."""
    step, acted = _step(current), _acting(current, by, at)
    _swap(current, after, ended_at=at)
    _leave(current, by, at, after.ended_because, acted)
    _stop_clock(current, at)
    _record(current, by, at, verb, {"reason": after.ended_because})
    _tell(current, ENDED, at, by, [current.raiser, step.expected_client, step.expected_partner], step, Urgency.DIGEST)
    return current


def _set_clock(escalation: Escalation, kind: str, due_at: datetime) -> None:
    """Have something happen to an escalation at a moment, as it stands now."""
    key = f"{kind}:{escalation.pk}:{escalation.level}:{escalation.turn}:{_seconds(due_at)}"
    set_timer(kind=kind, subject=escalation.pk, key=key, due_at=due_at)


def _stop_clock(escalation: Escalation, at: datetime) -> None:
    for kind in (CLIMB, REMIND):
        stop_timers(kind=kind, subject=escalation.pk, at=at)


def _owing(escalation: Escalation, step: Step, at: datetime) -> list[Person | None]:
    """Who is told of a move that is late: whoever acts on the day."""
    engagement, plan = escalation.issue.engagement, thawed(escalation.ladder)
    known = directory(engagement, plan.local(at).date())
    if step.reaction_due_at is None:
        return [one for side in Side for one in (known.expected(step.named(side), side), engagement.owner_of(side))]
    raiser, rule = Side(escalation.raised_by), rule_of(escalation)
    above, _ = known.named(plan.ladder.rungs[rule.next_level].person(raiser), raiser)
    acting = [known.expected(one, raiser) for one in (step.named(raiser), above)]
    return [escalation.raiser, *acting, engagement.owner_of(raiser)]


def _is_authorised(escalation: Escalation, by: Person, at: datetime) -> bool | None:
    """Whether somebody stands, or stands in, on a level that may approve what is at stake; None where nothing is."""
    if not escalation.amount:
        return None
    step, plan = _step(escalation), thawed(escalation.ladder)
    if by in (step.named(by.side), step.expected(by.side)):
        return True  # the level itself may, or it could not accept
    known, ladder = directory(escalation.issue.engagement, plan.local(at).date()), plan.ladder
    able = [rung for level, rung in enumerate(ladder.rungs) if may_approve(ladder, level, escalation.amount)]
    named = [known.named(rung.person(by.side), by.side)[0] for rung in able]
    return by in named or by in [known.expected(one, by.side) for one in named]


def _locked(number: int) -> Escalation:
    rows = Escalation.objects.select_for_update(of=("self",)).select_related("issue__engagement")
    return rows.get(pk=number)


def _asked(by: Person, escalation: Escalation, turn: int) -> tuple[Escalation, escalations.Escalation]:
    """An escalation as somebody who may take a step has read it, with its rule."""
    demand_steps(by, escalation.issue)
    current = _locked(escalation.pk)
    demand_steps(by, current.issue)
    if current.turn != turn:
        raise Refused(_CHANGED)
    return current, rule_of(current)


def _swap(current: Escalation, after: escalations.Escalation, **moments: Any) -> None:
    """Keep an escalation as it is after a step, if it still is as it was read."""
    changes = {
        "state": after.state.value,
        "level": after.level,
        "reason": after.reason,
        "answer": after.answer,
        "ended_because": after.ended_because,
        "turn": current.turn + 1,
        **moments,
    }
    if not Escalation.objects.filter(pk=current.pk, turn=current.turn).update(**changes):
        raise Refused(_CHANGED)
    for name, value in changes.items():
        setattr(current, name, value)


def _open_step(escalation: Escalation) -> QuerySet[Step]:
    return Step.objects.filter(escalation=escalation, left_at=None)


def _step(escalation: Escalation) -> Step:
    people = ("expected_client__organisation", "expected_partner__organisation")
    return _open_step(escalation).select_related(*people).get()


def _leave(escalation: Escalation, by: Person | None, at: datetime, because: str, acted: dict[str, Person]) -> None:
    _open_step(escalation).update(left_at=at, left_by=by, left_because=because, **acted)


def _acting(escalation: Escalation, by: Person | None, at: datetime) -> dict[str, Person]:
    """Whom a step is to expect for a side: whoever acts for it, if they stand in for somebody away on that day."""
    if by is None or (named := _step(escalation).named(by.side)) in (None, by):
        return {}
    known = directory(escalation.issue.engagement, thawed(escalation.ladder).local(at).date())
    return {f"expected_{by.side.value}": by} if known.expected(named, by.side) == by else {}


def _record(escalation: Escalation, by: Person | None, at: datetime, verb: str, details: dict[str, str]) -> None:
    issue = escalation.issue
    said = {"level": thawed(escalation.ladder).ladder.rungs[escalation.level].name} | details
    actor, subject = who(by) if by else SYSTEM, f"{issue}: {issue.title}"
    record(issue.engagement.chain, by=actor, at=at, verb=verb, subject=subject, details=said)


def _record_absence(by: Person, absence: Absence, at: datetime, verb: str) -> None:
    days = {"from": absence.first_on.isoformat(), "to": absence.last_on.isoformat()}
    record(INSTALLATION, by=who(by), at=at, verb=verb, subject=absence.person.name, details=days)


def _tell(
    escalation: Escalation, kind: str, at: datetime, by: Person | None, people: Sequence[Person | None],
    step: Step | None = None, urgency: Urgency = Urgency.AT_ONCE, again: str = "",
) -> None:  # fmt: skip
    """Tell people of a step, but for whoever took it; once, or once for each of the words that say that it is again."""
    subject = (step or _step(escalation)).pk
    others = [one for one in people if one is not None and one != by]
    event = f"{kind}:{escalation.pk}:{escalation.turn}{again}"
    notify(recipients=others, kind=kind, subject=subject, event=event, urgency=urgency, at=at)


def _short(text: str) -> str:
    said = text.strip()
    if len(said) > LONGEST_TEXT:
        raise Refused(f"The text has {len(said):,} characters; say it in at most {LONGEST_TEXT:,}.")
    return said


def _seconds(at: datetime) -> int:
    return int(at.timestamp())


def _moment(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
