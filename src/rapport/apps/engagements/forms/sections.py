"""The sections of an agreement's document that can be edited in forms, and how their items are called there."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from rapport.apps.engagements.queries import KEYED, SINGLE
from rapport.domain.issues import FAILURES, USUAL_FAILURES
from rapport.domain.settlement import Window, window_words


@dataclass(frozen=True)
class Wording:
    """How forms speak of a section: what it is called, one of its items, what it is for, and how it is begun.

    `told` is there where the section is one item by itself, and says it in a line; empty while nothing is said.
    """

    title: str
    one: str
    what: str
    nothing: str = "None yet."
    begin: str = ""
    told: Callable[[dict[str, Any]], str] | None = None


def _raised(failures: object) -> str:
    """What is raised by itself, in words, whatever is written there."""
    found = USUAL_FAILURES if failures is None else failures
    if not isinstance(found, list | tuple):
        return "written otherwise"
    words = dict(FAILURES)
    return ", ".join(words.get(one, one) if isinstance(one, str) else "unnamed" for one in found) or "nothing"


SECTIONS = {
    "outcome": Wording(
        "Expected outcome",
        "the outcome",
        "Which levels of the hierarchy of needs the work is to fulfil.",
        nothing="Not said yet.",
        begin="Say what is expected",
        told=lambda outcome: str(outcome.get("statement") or "stated") if "levels" in outcome else "",
    ),
    "needs": Wording("Needs", "a need", "The hierarchy of needs, level 1 first."),
    "objectives": Wording("Objectives", "an objective", "Business objectives; each is to have a KPI."),
    "kpis": Wording("KPIs", "a KPI", "What is measured, with its target, bands, ramp and exclusions."),
    "settling": Wording(
        "Settling figures",
        "the days for figures",
        "How many calendar days each side has after a period.",
        nothing=window_words(Window()),
        begin="Agree on other days",
        told=lambda phases: ", ".join(f"{phase} {days}" for phase, days in phases.items()),
    ),
    "issues": Wording(
        "Issues by themselves",
        "what is raised by itself",
        "What goes on the issue list of both sides without anybody raising it.",
        nothing="All but early warnings.",
        begin="Choose what is raised",
        told=lambda rules: _raised(rules.get("raised_for")),
    ),
    "communication": Wording(
        "Meetings and reports", "a meeting or report", "Who meets whom, how often, by which channel."
    ),
    "escalation": Wording(
        "Escalation plans", "an escalation plan", "Whom to turn to, step by step, up to an executive."
    ),
    "duties": Wording("Duties of the client", "a duty", "What the client owes so that the work can be done."),
    "calendars": Wording("Calendars", "a calendar", "Working hours and public holidays."),
    "sources": Wording("Sources", "a source", "Which records come in, from whom, and how their files are read."),
}
"""The sections of a document that can be edited in forms, in their order."""


@dataclass(frozen=True)
class Section:
    """A section of a document that can be edited in forms, with what its items are called."""

    key: str
    wording: Wording
    items: Sequence[str]

    @property
    def is_single(self) -> bool:
        """Whether the section is one item by itself."""
        return self.key in SINGLE

    @property
    def can_add(self) -> bool:
        """Whether a form can begin a new item: a single one is there or not, and a keyed one begins in the text."""
        return self.key not in KEYED and not (self.is_single and self.items)


def outline(data: dict[str, Any]) -> list[Section]:
    """What of an agreement can be edited in forms: its sections with their items."""
    return [Section(key, wording, _items(wording, data.get(key))) for key, wording in SECTIONS.items()]


def _items(wording: Wording, found: object) -> list[str]:
    """What the items of a section are called."""
    if isinstance(found, list):
        return [
            str(item.get("name") or item.get("id") or "unnamed") if isinstance(item, dict) else "unnamed"
            for item in found
        ]
    if not isinstance(found, dict):
        return []
    if wording.told:
        return [said] if (said := wording.told(found)) else []
    return [str(key) for key in found if isinstance(found[key], dict)]
