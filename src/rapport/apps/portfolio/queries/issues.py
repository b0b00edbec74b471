"""The issues of all engagements in one list."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from django.db.models import QuerySet

from rapport.apps.accounts.models import Person
from rapport.apps.issues.models import Issue
from rapport.apps.issues.queries import OPEN, is_late, visible_issues, waits_for
from rapport.apps.portfolio.queries.words import asked_text, holding, words_of
from rapport.domain.issues import Severity
from rapport.kit.addresses import number

MOVES = {"ours": "yours", "theirs": "theirs"}
"""Whose move an issue can be, as the list is filtered by it."""


@dataclass(frozen=True)
class AskedIssues:
    """Which open issues a reader asks for; what an address says and nobody knows is left out."""

    text: str = ""
    partner: int | None = None
    move: str = ""
    severity: str = ""
    is_late: bool = False
    is_mine: bool = False

    @property
    def is_filtered(self) -> bool:
        """Whether it is not simply everything that is open."""
        return self != AskedIssues()


def asked_issues(said: Mapping[str, str]) -> AskedIssues:
    """What an address asks for."""
    move, severity = said.get("move", ""), said.get("severity", "")
    return AskedIssues(
        text=asked_text(said.get("q", "")),
        partner=number(said.get("partner", "")),
        move=move if move in MOVES else "",
        severity=severity if severity in set(Severity) else "",
        is_late=said.get("late") == "yes",
        is_mine=said.get("owner") == "me",
    )


def open_issues(actor: Person, wanted: AskedIssues, today: date) -> QuerySet[Issue]:
    """The open issues of all engagements as far as they are asked for, what is due first coming first."""
    found = visible_issues(actor).filter(state__in=OPEN)
    if wanted.partner:
        found = found.filter(engagement__partner=wanted.partner)
    if wanted.move:
        found = found.filter(waits_for(actor.side if wanted.move == "ours" else actor.side.other))
    if wanted.severity:
        found = found.filter(severity=wanted.severity)
    if wanted.is_late:
        found = found.filter(is_late(today))
    if wanted.is_mine:
        found = found.filter(**{f"{actor.side.value}_owner": actor})
    return found.filter(holding(words_of(wanted.text), "title", "engagement__title")).order_by("due_on", "pk")
