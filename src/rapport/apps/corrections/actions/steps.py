"""The steps of a corrective action, from the gap to the proof."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.db import transaction

from rapport.apps.accounts.actions import who
from rapport.apps.accounts.models import Person
from rapport.apps.audit.actions import SYSTEM
from rapport.apps.corrections.actions.kept import CHANGED, held, keep_move, locked, noted, swapped, tell, tell_shown
from rapport.apps.corrections.models import LONGEST_TEXT, Correction
from rapport.apps.corrections.queries.standing import (
    all_corrections,
    day_of_plan,
    day_of_proof,
    effect_of,
    gaps_of,
    plan_tasks,
    rule_of,
)
from rapport.apps.issues.actions import Gap, give_time, lock, reopen_by_rule, resolve_issue
from rapport.apps.issues.models import Issue
from rapport.apps.issues.policy import demand_work
from rapport.domain import corrections
from rapport.domain.corrections import Part, Proof, State
from rapport.domain.issues import Severity
from rapport.domain.issues import State as IssueState
from rapport.domain.refusals import Refused
from rapport.domain.roles import Side

Rule = Callable[[Correction, corrections.Correction], corrections.Correction]


@transaction.atomic
def start_correction(*, by: Person, issue: Issue, at: datetime) -> Correction:
    """Begin a corrective action for an issue on the list; where one was closed before, begin it anew."""
    demand_work(by, issue.engagement)
    current = lock(issue.pk)
    if current.state != IssueState.LISTED:
        raise Refused(f"{current} is {current.get_state_display()}, and only one on the list has a corrective action.")
    before = all_corrections().filter(issue=current).first()
    if before and before.state != State.CLOSED:
        raise Refused(f"{current} has a corrective action already; go on with that one.")
    if before:
        return _anew(before, "The issue is on the list again.", at, by)
    side = Side(current.responsible)
    start = {"responsible": side.value, "owner": current.owner_of(side), "began_at": at, "moved_at": at}
    made = Correction.objects.create(issue=current, **start)
    found = all_corrections().get(pk=made.pk)
    noted(found, who(by), at, "correction.started")
    tell(found, side, at, but=by)
    return found


@transaction.atomic
def contain(*, by: Person, correction: Correction, how: str, at: datetime) -> Correction:
    """Say how the gap is kept from doing more harm until its cause is gone."""
    said = _short(how)
    return _step(
        by, correction, "correction.contained", at, lambda _, rule: corrections.contain(rule, by=by.side, how=said),
        details={"how": said}, containment=said, contained_at=at,
    )  # fmt: skip


@transaction.atomic
def propose(*, by: Person, correction: Correction, part: Part, at: datetime) -> Correction:
    """Lay the causes, or once these are agreed the plan, before the other side; the plan is the tasks there are now."""
    tasks = [task.pk for task in plan_tasks(locked(by, correction))] if part is Part.PLAN else None

    def change(current: Correction, rule: corrections.Correction) -> corrections.Correction:
        return corrections.propose(rule, by=by.side, part=part, gaps=gaps_of(current, part))

    return _step(by, correction, f"correction.{part}_proposed", at, change, plan=tasks)


@transaction.atomic
def accept(*, by: Person, correction: Correction, seen: int, at: datetime) -> Correction:
    """Agree to the causes or the plan; `seen` is the turn that was read, so that nothing else is accepted.

    An agreed plan that ends later than the day of its issue moves that day: both sides have just agreed to it.
    """
    found = _step(
        by, correction, "correction.{}_accepted", at, lambda _, rule: corrections.accept(rule, by=by.side), seen=seen
    )
    if found.state == State.PLAN_AGREED and (until := day_of_plan(found)):
        because = "The plan that both sides agreed to ends on this day."
        give_time(by=by, issue=found.issue, until=until, because=because, at=at)
    return found


@transaction.atomic
def send_back(*, by: Person, correction: Correction, reason: str, at: datetime) -> Correction:
    """Return the causes or the plan, with what has to be better."""
    said = _short(reason)
    return _step(
        by, correction, "correction.{}_returned", at,
        lambda _, rule: corrections.send_back(rule, by=by.side, reason=said), details={"reason": said}, plan=None,
    )  # fmt: skip


@transaction.atomic
def claim(*, by: Person, correction: Correction, at: datetime) -> Correction:
    """Say that everything in the plan is done, so that the next periods can show the effect.

    The issue cannot be resolved before they do, so that its day is not before the earliest on which they can.
    """

    def change(current: Correction, rule: corrections.Correction) -> corrections.Correction:
        return corrections.claim(rule, by=by.side, open_tasks=plan_tasks(current).filter(done_at=None).count())

    found = _step(by, correction, "correction.claimed", at, change, claimed_at=at)
    because = "Its corrective action is done, and its effect can be shown by this day."
    give_time(by=by, issue=found.issue, until=day_of_proof(found), because=because, at=at)
    return found


@transaction.atomic
def close(*, by: Person, correction: Correction, note: str, at: datetime) -> Correction:
    """End a corrective action that worked: as the periods since the claim show, or where no KPI can, by one's word."""
    said = _short(note)

    def change(current: Correction, rule: corrections.Correction) -> corrections.Correction:
        effect = effect_of(current)
        after = corrections.close(rule, by=by.side, person=str(by.pk), proof=effect.shown)
        if effect.is_by_word and not said:
            raise Refused("No KPI shows whether it worked, so your word does: write what shows it to you.")
        return after

    return _step(
        by, correction, "correction.closed", at, change, details={"note": said}, note=said, closed_at=at, closed_by=by
    )


@transaction.atomic
def fail(*, by: Person, correction: Correction, reason: str, at: datetime) -> Correction:
    """Say that it did not work where no KPI can show it, so that a new round begins."""
    current, said = locked(by, correction), _short(reason)
    after = corrections.fail(rule_of(current), by=by.side, reason=said, is_by_word=effect_of(current).is_by_word)
    return _again(current, after, said, at, by)


@transaction.atomic
def fail_by_figures(*, correction: Correction, at: datetime) -> bool:
    """Begin a new round because the KPI missed again since the claim; an issue that was closed is opened again."""
    current = held(correction)
    effect = effect_of(current)
    if State(current.state) not in (State.VERIFYING, State.CLOSED) or effect.verdict is not Proof.FAILED:
        return False
    assert effect.found is not None  # or there would be no period
    assert effect.missed is not None
    issue, period = current.issue, effect.missed.period
    why = f"{effect.found.kpi.name} missed again in {period}."
    _anew(current, why, at)
    gap = Gap(why, severity=Severity(issue.severity), period=period)
    reopen_by_rule(issue=issue.pk, gap=gap, at=at)
    return True


@transaction.atomic
def follow_figures(*, correction: Correction, at: datetime) -> bool:
    """Make it the move of the side that closes it once its effect is shown, and nobody's while figures do not show it.

    That side is told once in a round; whether it is its move now.
    """
    current = held(correction)
    keep_move(current)
    is_shown = current.state == State.VERIFYING and current.issue.move == Side(current.responsible).other
    if is_shown:
        tell_shown(current, at)
    return is_shown


@transaction.atomic
def resolve(
    *, by: Person, issue: Issue, what: str, why_no_correction: str = "", seen: int | None = None, at: datetime
) -> Issue:
    """Say that an issue is mended; one whose corrective action is not closed is not.

    `why_no_correction` is for a miss that needs none; the other side agrees to that when it confirms.
    """
    demand_work(by, issue.engagement)
    current = lock(issue.pk)  # so that none is started meanwhile
    found = Correction.objects.select_related("issue").filter(issue=current).first()
    counts = found is not None and not found.is_outdated
    return resolve_issue(
        by=by, issue=current, what=what, has_correction=counts,
        has_open_correction=found is not None and found.state != State.CLOSED,
        why_no_correction="" if counts or not current.needs_correction else _short(why_no_correction),
        seen=seen, at=at,
    )  # fmt: skip


def _step(
    by: Person,
    correction: Correction,
    verb: str,
    at: datetime,
    change: Rule,
    *,
    seen: int | None = None,
    details: dict[str, str] | None = None,
    **fields: Any,
) -> Correction:
    """Take one step: may the actor, does the rule, save, history, and the side whose move it is then is told."""
    current = locked(by, correction)
    if seen is not None and seen != current.turn:
        raise Refused(CHANGED)
    before = rule_of(current)
    after = change(current, before)
    if not swapped(current, after, at, **fields):
        raise Refused(CHANGED)
    noted(current, who(by), at, verb.format(before.proposed), details)
    tell(current, corrections.waits_for(after) or by.side.other, at, but=by)
    return current


def _anew(correction: Correction, why: str, at: datetime, by: Person | None = None) -> Correction:
    """Begin a new round that nobody has to ask for."""
    after = corrections.begin_anew(rule_of(correction))
    return _again(correction, after, why, at, by)


def _again(
    correction: Correction,
    after: corrections.Correction,
    why: str,
    at: datetime,
    by: Person | None = None,
) -> Correction:
    """Keep a new round that somebody began, or the figures did, and tell both sides."""
    kept = {"reason": why, "contained": correction.containment}
    empty = {"containment": "", "contained_at": None, "claimed_at": None, "closed_at": None, "closed_by": None}
    if not swapped(correction, after, at, began_at=at, again=why, note="", plan=None, **empty):
        raise Refused(CHANGED)
    noted(correction, who(by) if by else SYSTEM, at, "correction.began_anew", kept)
    for side in Side:
        tell(correction, side, at, but=by)
    return correction


def _short(text: str) -> str:
    said = text.strip()
    if len(said) > LONGEST_TEXT:
        raise Refused(f"The text has {len(said):,} characters; say it in at most {LONGEST_TEXT:,}.")
    return said
