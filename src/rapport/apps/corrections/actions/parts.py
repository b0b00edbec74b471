"""What a corrective action is made of while it is worked out: causes, who sees to it, what it is measured by."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from fractions import Fraction
from functools import partial
from typing import Any

from django.core.files import File
from django.db import transaction

from rapport.apps.accounts.actions import who
from rapport.apps.accounts.models import Person
from rapport.apps.assurance.queries.values import plain
from rapport.apps.corrections.actions.kept import locked, noted
from rapport.apps.corrections.models import EXACT, LONGEST_TEXT, MOST_PERIODS, Cause, Correction, InterimTarget
from rapport.apps.corrections.policy import demand_change, demand_responsible
from rapport.apps.corrections.queries.standing import causes_of, rule_of, targets_of
from rapport.apps.engagements.queries import version_in_force
from rapport.apps.issues.queries import workers
from rapport.apps.kpis.queries import kpi_result
from rapport.apps.partners.queries import named_document, plain_name
from rapport.domain.corrections import Part, State
from rapport.domain.refusals import Refused
from rapport.kit import uploads

MOST_CAUSES = 100
MOST_TARGETS = 24
DEEPEST = 10
"""How often in a row "why?" can be asked."""


@transaction.atomic
def add_cause(
    *,
    by: Person,
    correction: Correction,
    text: str,
    evidence: str = "",
    parent: int | None = None,
    file: "File[Any] | None" = None,
    at: datetime,
) -> Cause:
    """Answer a "why?": why the gap arose, or with `parent` why one of the causes did."""
    current = locked(by, correction)
    demand_change(by, rule_of(current), Part.CAUSE, "name its causes")
    causes = {cause.pk: cause for cause in causes_of(current)}
    if parent is not None and parent not in causes:
        raise Refused("The cause that this one explains is not there any more; open the corrective action again.")
    if len(causes) >= MOST_CAUSES:
        raise Refused(f"There are {MOST_CAUSES} causes already; remove those that explain least.")
    if _depth(parent, causes) >= DEEPEST:
        raise Refused(f'"Why?" was asked {DEEPEST} times in a row here; begin with a cause that is nearer to the gap.')
    cause = Cause(correction=current, round=current.round, parent_id=parent)
    with _written(cause, text, evidence, file):
        cause.save()
        noted(current, who(by), at, "cause.added", {"cause": cause.text, "evidence": cause.evidence})
    return cause


@transaction.atomic
def change_cause(
    *, by: Person, cause: Cause, text: str, evidence: str = "", file: "File[Any] | None" = None, at: datetime
) -> Cause:
    """Say a cause, or what shows it, in other words; a new file takes the place of the one before."""
    current, found = _own(by, cause, "change its causes")
    with _written(found, text, evidence, file):
        found.save()
        noted(current, who(by), at, "cause.changed", {"cause": found.text, "evidence": found.evidence})
    return found


@transaction.atomic
def remove_cause(*, by: Person, cause: Cause, at: datetime) -> None:
    """Take a cause away that explains nothing; one that others explain stays."""
    current, found = _own(by, cause, "remove its causes")
    if found.causes.exists():
        raise Refused("Other causes explain this one, and they would hang in the air: remove those first.")
    found.delete()
    if found.file:
        transaction.on_commit(partial(found.file.delete, save=False))
    noted(current, who(by), at, "cause.removed", {"cause": found.text})


@transaction.atomic
def name_owner(*, by: Person, correction: Correction, owner: int, at: datetime) -> Correction:
    """Say who of the responsible side sees to it."""
    current = locked(by, correction)
    rule = rule_of(current)
    demand_responsible(by, rule, "name its owner")
    if rule.state is State.CLOSED:
        raise Refused("The corrective action is closed, and nobody has to see to it any more.")
    person = workers(current.issue.engagement, by.side).filter(pk=owner).first()
    if person is None:
        raise Refused("The owner has to be somebody of your side who works on this engagement; choose one of the list.")
    current.owner = person
    current.save(update_fields=["owner"])
    noted(current, who(by), at, "correction.owner_named", {"owner": person.name})
    return current


@transaction.atomic
def set_measure(*, by: Person, correction: Correction, kpi: str, periods: int, at: datetime) -> Correction:
    """Say which KPI shows the effect, and how many met periods prove it.

    Without one that is the KPI the issue is about, and the other side's word alone where it is about none.
    """
    current = locked(by, correction)
    demand_change(by, rule_of(current), Part.PLAN, "say how its effect is seen")
    engagement, own = current.issue.engagement, current.issue.kpi
    found = kpi_result(engagement, version_in_force(engagement), kpi or own)
    if kpi and found is None:
        raise Refused("The agreement in force has no such KPI; choose one of the list.")
    if not 1 <= periods <= MOST_PERIODS:
        raise Refused(f"The effect is seen in 1 to {MOST_PERIODS} periods, not {periods}; choose a number between.")
    current.proof_kpi, current.proof_periods = "" if kpi == own else kpi, periods
    current.save(update_fields=["proof_kpi", "proof_periods"])
    details = {"kpi": found.kpi.name if found else "none", "periods": str(periods)}
    noted(current, who(by), at, "correction.measure_set", details)
    return current


@transaction.atomic
def add_target(
    *, by: Person, correction: Correction, until_on: date, target: Fraction, what: str = "", at: datetime
) -> InterimTarget:
    """Say what the KPI is to reach by a day, on the way back to what was agreed."""
    current = locked(by, correction)
    demand_change(by, rule_of(current), Part.PLAN, "set interim targets")
    if not current.kpi:
        raise Refused("No KPI shows the effect, so there is none to reach a target; choose the KPI first.")
    if until_on < at.date():
        raise Refused("This day is over; choose one to come.")
    if len(str(target)) > EXACT:
        raise Refused("The target has too many digits; write it with fewer decimals.")
    if targets_of(current).count() >= MOST_TARGETS:
        raise Refused(f"There are {MOST_TARGETS} interim targets already; remove some first.")
    words = {"until_on": until_on, "target": str(target), "what": plain_name(what)[:200]}
    made = InterimTarget.objects.create(correction=current, round=current.round, **words)
    details = {"until": until_on.isoformat(), "target": plain(target), "what": made.what}
    noted(current, who(by), at, "correction.target_set", details)
    return made


@transaction.atomic
def remove_target(*, by: Person, target: InterimTarget, at: datetime) -> None:
    """Take an interim target away."""
    current = locked(by, target.correction)
    demand_change(by, rule_of(current), Part.PLAN, "remove interim targets")
    if not targets_of(current).filter(pk=target.pk).delete()[0]:
        raise Refused("The interim target is of an earlier round, or is not there any more; it stays as it was.")
    details = {"until": target.until_on.isoformat(), "target": plain(target.value)}
    noted(current, who(by), at, "correction.target_removed", details)


def _own(by: Person, cause: Cause, what: str) -> tuple[Correction, Cause]:
    """A cause of the round under way, while it can be worked out."""
    current = locked(by, cause.correction)
    demand_change(by, rule_of(current), Part.CAUSE, what)
    found = causes_of(current).filter(pk=cause.pk).first()
    if found is None:
        raise Refused("The cause is of an earlier round, or is not there any more; it stays as it was.")
    return current, found


def _depth(parent: int | None, causes: dict[int, Cause]) -> int:
    """How many causes stand above a new one."""
    depth = 0
    while parent is not None:
        depth, parent = depth + 1, causes[parent].parent_id
    return depth


@contextmanager
def _written(cause: Cause, text: str, evidence: str, file: "File[Any] | None") -> Iterator[None]:
    """Give a cause its words and its file, which lies under a name of chance."""
    cause.text, cause.evidence = text.strip(), evidence.strip()
    if not cause.text:
        raise Refused("Nothing was written; say why it happened.")
    if max(len(cause.text), len(cause.evidence)) > LONGEST_TEXT:
        raise Refused(f"A cause and its evidence have at most {LONGEST_TEXT:,} characters each; say it shorter.")
    if file:
        cause.file_name = named_document(file)
    with uploads.kept(cause.file, file):
        yield
