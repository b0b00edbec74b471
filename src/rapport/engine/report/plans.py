"""An agreement's plans in words: outcome, communication, escalation, the client's duties, and settling."""

from dataclasses import dataclass

from markupsafe import Markup

from rapport.domain.durations import format_duration
from rapport.domain.issues import FAILURES
from rapport.domain.settlement import window_words
from rapport.engine import agreement as doc
from rapport.engine.report.texts import listed, name, plain, sentence
from rapport.engine.report.words import calendar_words

_DAYS = {"mon": "Monday", "tue": "Tuesday", "wed": "Wednesday", "thu": "Thursday", "fri": "Friday",
         "sat": "Saturday", "sun": "Sunday"}  # fmt: skip


@dataclass(frozen=True)
class Rung:
    """One step of an escalation ladder: who is turned to on both sides, None where nobody is named."""

    name: str
    client: str | None
    partner: str | None
    allowed: str
    """What the people of this step may do and for how long, in words."""


def outcome_words(agreement: doc.Agreement) -> list[Markup]:
    """What the relationship is to fulfil, as sentences; nothing where it is not said."""
    outcome = agreement.outcome
    if outcome is None:
        return []
    levels = sorted(set(outcome.levels))
    needs = [need for level in levels for need in agreement.needs if need.level == level]
    said = [sentence("{}", name(outcome.statement))] if outcome.statement else []
    pattern = "It is to fulfil {} {} of the hierarchy of needs: {}."
    noun = "level" if len(levels) == 1 else "levels"
    return [*said, sentence(pattern, noun, listed(map(str, levels)), listed(name(need.name) for need in needs))]


def communication_words(agreement: doc.Agreement, item: doc.Communication) -> Markup:
    """Who meets or reports to whom, how often, at what time and by which channel, as a sentence."""
    client, partner = (listed(map(name, people)) for people in (item.client, item.partner))
    if item.kind is doc.CommunicationKind.MEETING:
        when = rhythm_words(item.rhythm, item.day)
        if item.at is not None:
            when += f" at {item.at:%H:%M} ({agreement.time_zone}) for {item.minutes} minutes"
        return sentence("{} (client) and {} (partner) meet {}. Where: {}.", client, partner, when, name(item.channel))
    sender, reader = (partner, client) if item.sent_by == "partner" else (client, partner)
    pattern = "{} (the {}) reports to {}, {}. By: {}."
    return sentence(pattern, sender, item.sent_by, reader, rhythm_words(item.rhythm, item.day), name(item.channel))


def rhythm_words(rhythm: doc.Rhythm, day: str) -> str:
    """When something is due again and again, such as "on the first Tuesday of every month"."""
    if rhythm is doc.Rhythm.WEEKLY:
        return f"every {_DAYS[day]}"
    month = "of every month" if rhythm is doc.Rhythm.MONTHLY else "of the first month of every quarter"
    if day.isdecimal():
        return f"on day {day} {month}"
    order, _, weekday = day.partition(" ")
    return f"on the {order} {_DAYS[weekday]} {month}"


def plan_words(agreement: doc.Agreement, plan: doc.EscalationPlan) -> list[Markup]:
    """What an escalation plan is for and in which hours its time counts, as sentences."""
    objectives = [item.name for item in agreement.objectives if item.id in plan.objectives]
    covered = [*objectives, *(kpi.name for kpi in agreement.kpis if kpi.id in plan.kpis)]
    what = listed(map(name, covered)) if covered else Markup("everything in this agreement")
    hours = calendar_words(agreement, plan.calendar)
    return [sentence("It covers {}.", what), sentence("The time allowed on each level counts {}.", hours)]


def ladder_of(agreement: doc.Agreement, plan: doc.EscalationPlan) -> list[Rung]:
    """The steps of an escalation plan from the first on; the executives are the last."""
    steps = [Rung(level.name, level.client, level.partner, _allowed(agreement, plan, level)) for level in plan.levels]
    return [*steps, Rung("Executives", plan.executive.client, plan.executive.partner, "They decide.")]


def duty_words(agreement: doc.Agreement, duty: doc.Duty) -> list[Markup]:
    """What the client owes, by when, how it is measured and what follows if it fails, as sentences."""
    what = duty.what if duty.what.endswith((".", "!", "?")) else f"{duty.what}."
    said = [sentence("{}", name(what))]
    if duty.due:
        said.append(sentence("Due: {}.", name(duty.due.rstrip("."))))
    if measure := next((kpi for kpi in agreement.kpis if kpi.id == duty.kpi), None):
        said.append(sentence("Whether it is kept is measured by {}.", name(measure.name)))
    if duty.relieves:
        clocks = listed(name(clock.replace("_", " ")) for clock in duty.relieves)
        pattern = "While it fails, the partner is not held to the limits of {}."
        said.append(sentence(pattern, clocks))
    return said


def settling_words(agreement: doc.Agreement) -> list[str]:
    """How the figures of both sides become one value that stands, as sentences."""
    return [
        window_words(agreement.settling.window),
        "Neither sees the other's figure before both have spoken or the time for it is over.",
        "Two figures agree when they are no further apart than the tolerance of their KPI or, where it has none, than "
        "half of the last decimal they are written with.",
        "Where nobody settles, the value computed from the records stands; without records, a figure that one side "
        "stated and the other never answered.",
    ]


def issues_words(rules: doc.IssueRules) -> list[str]:
    """What goes on the issue list of both sides by itself, as sentences."""
    ending = ["Either side proposes more."]
    if rules.rhythm and rules.day:
        ending.append(f"An edition of the list is made {rhythm_words(rules.rhythm, rules.day)}, approved and sent.")
    if not rules.raised_for:
        return ["Nothing goes on the issue list by itself.", *ending]
    said = listed(dict(FAILURES)[failure] for failure in rules.raised_for)
    return [sentence("These go on the issue list of both sides by themselves: {}.", said), *ending]


def _allowed(agreement: doc.Agreement, plan: doc.EscalationPlan, level: doc.EscalationLevel) -> str:
    hours = "" if plan.calendar == doc.ALWAYS else " of working time"
    time = f"{format_duration(level.within)}{hours}, then it climbs"
    if level.approves is None:
        return f"{time}."
    return f"{time}. May approve up to {agreement.currency} {plain(level.approves)}."
