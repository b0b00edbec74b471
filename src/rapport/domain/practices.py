"""The practices by which an organisation manages an outsourced partner well, as data: what each is, in plain words.

How far an engagement has them in place is judged in `rapport.domain.judging`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum


class Phase(StrEnum):
    """The stretches of a relationship, in the order in which they begin."""

    DECIDE = "decide"
    FIND = "find"
    AGREE = "agree"
    RUN = "run"
    MONITOR = "monitor"
    CORRECT = "correct"
    IMPROVE = "improve"
    REVIEW = "review"


@dataclass(frozen=True)
class Practice:
    """One practice: its number, the phase it belongs to, what it is called, and what people do who keep it."""

    id: str
    phase: Phase
    name: str
    meaning: str


def _of(phase: Phase, *rows: tuple[str, str, str]) -> tuple[Practice, ...]:
    return tuple(Practice(number, phase, name, meaning) for number, name, meaning in rows)


PRACTICES: Sequence[Practice] = (
    *_of(
        Phase.DECIDE,
        ("D1", "Task inventory", "The client lists what its staff does and weighs each task for outsourcing."),
        ("D2", "Written procedure", "How the work is done is written down, and the partner confirms each version."),
        ("D3", "Requirement brief", "What is wanted, by when and for how much is clear before anybody is chosen."),
        ("D4", "Keep, try or outsource", "The choice is recorded with reasons; a better own team is one option."),
    ),
    *_of(
        Phase.FIND,
        ("F1", "Partner known", "Who the partner is, where to read about it and whom to reach is written down."),
        ("F2", "Weighted selection", "Candidates are scored alone and sealed, by weights fixed beforehand."),
        ("F3", "Trial first", "A small paid job comes first, and bigger work only after it passed."),
        ("F4", "Confidentiality first", "Secrecy and data security are in order before anything private is shared."),
    ),
    *_of(
        Phase.AGREE,
        ("A1", "Expected outcome", "The agreement says which needs of the client the relationship is to fulfil."),
        ("A2", "Goals and KPIs", "Every need and every objective has at least one KPI that measures it."),
        ("A3", "Both sides agree", "What counts is a version that both sides have signed, and nothing else."),
        ("A4", "Roles", "For every task exactly one person answers, and at least one does it."),
        ("A5", "Project plan", "Milestones, deliverables and owners are planned and shared by both sides."),
        ("A6", "Escalation plan", "Whom to turn to on both sides, level by level up to an executive, is agreed."),
        ("A7", "Quality standards", "Standards and the points at which quality is checked are agreed."),
        ("A8", "Communication plan", "Who meets whom how often, and which reports are due, is agreed."),
        ("A9", "Behaviour drivers", "Credits, bonuses and recognition follow agreed rules with caps."),
        ("A10", "Time to grow", "New work starts with easier targets that rise to the full ones by an agreed day."),
        ("A11", "The client's own duties", "What the client owes the partner is agreed and measured, too."),
        ("A12", "Effort follows risk", "What can do more harm is watched more closely."),
    ),
    *_of(
        Phase.RUN,
        ("C1", "Review meetings", "Meetings take place as planned, with agenda, minutes and actions."),
        ("C2", "Progress reports", "The partner reports on a rhythm, and a late report shows."),
        ("C3", "Channels", "Everybody hears of what concerns them, and of nothing else."),
        ("C4", "Trust and transparency", "People of both sides look at the same agreed numbers."),
        ("C5", "Stakeholder updates", "Approved updates go to each audience, with a copy kept."),
    ),
    *_of(
        Phase.MONITOR,
        ("M1", "Records in", "The records behind the figures arrive on time, from every source."),
        ("M2", "KPI results", "Every KPI is computed for every period, by the agreement in force."),
        ("M3", "Figures of both sides", "The partner states its figures, the client verifies them, and both settle."),
        ("M4", "Current view", "The period under way is visible while something can still be done about it."),
        ("M5", "Deliverables", "Each deliverable is reviewed by its criteria, and accepted or returned with reasons."),
        ("M6", "Audits and visits", "Audits and visits follow risk, and findings are followed until they are closed."),
        ("M7", "Security and compliance", "Insurance and certificates are in place and renewed before they end."),
        ("M8", "Early warning", "There are enough periods to tell a signal from the usual ups and downs."),
        ("M9", "Whole picture", "Figures stand beside what people say; good figures with unhappy people show."),
    ),
    *_of(
        Phase.CORRECT,
        ("X1", "Issue list", "Both sides keep one list of what is wrong."),
        ("X2", "Cause and correction", "A miss leads to its cause, a plan, and proof that it worked."),
        ("X3", "Escalation", "What is not solved in time climbs by itself, and both sides keep to it."),
        ("X4", "Disputes", "Both positions and the resolution that both accept are on record."),
        ("X5", "Feedback", "Praise and criticism go both ways and rest on evidence."),
        ("X6", "Support", "Training and help are promised and given."),
        ("X7", "Credits ledger", "Credits are proposed, agreed and posted, and never edited afterwards."),
        ("X8", "Risk register", "Risks have an owner, a rating, a plan and a day of review."),
    ),
    *_of(
        Phase.IMPROVE,
        ("I1", "Improvement programme", "Improvement runs in steps, each with its evidence."),
        ("I2", "Process maturity", "Both sides rate how mature the work is, and work towards a level."),
        ("I3", "Relationship health", "Each side rates itself and the other, and the gap is seen."),
    ),
    *_of(
        Phase.REVIEW,
        ("R1", "Performance reviews", "Performance is reviewed on a rhythm, and both sign the outcome."),
        ("R2", "Balanced scorecard", "A score that upper levels cannot lift while a lower one fails."),
        ("R3", "Return", "Costs and gains are planned, and stand beside what came true."),
        ("R4", "Continue or leave", "What gives a right to change or to leave shows in time; people decide."),
        ("R5", "Exit", "Leaving is prepared: data returned, access removed, knowledge handed over."),
        ("R6", "Portable record", "The partner can take its own proven record away."),
    ),
)
"""Every practice there is, in the order of the phases."""
