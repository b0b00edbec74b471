"""The rules of an agreement's plans: outcome, communication, escalation, the client's own duties, and settling."""

from collections.abc import Iterator

from rapport.domain.rhythm import EXPECTED, is_day
from rapport.domain.settlement import LONGEST_DAYS
from rapport.engine import agreement as doc
from rapport.engine.problems import Location, Problem, known


def check_plans(agreement: doc.Agreement) -> Iterator[Problem]:
    """Every broken rule of the plans."""
    if agreement.outcome:
        yield from _outcome(agreement, agreement.outcome)
    for index, item in enumerate(agreement.communication):
        yield from _communication(("communication", index), item)
    for index, plan in enumerate(agreement.escalation):
        yield from _plan(("escalation", index), plan, agreement)
    for index, duty in enumerate(agreement.duties):
        yield from _duty(("duties", index), duty, agreement)
    yield from _settling(agreement.settling)
    yield from _issues(agreement.issues)


def unplanned(agreement: doc.Agreement) -> Iterator[str]:
    """What the plans leave open, as sentences; nothing about a plan that is not there at all."""
    if agreement.outcome:
        promised = set(agreement.outcome.levels)
        below = {need.level for need in agreement.needs if need.level < max(promised)} - promised
        for level in sorted(below):
            yield f"The outcome leaves out level {level}, and higher levels do not make up for it."
    if agreement.escalation:
        for objective in without_plan(agreement):
            yield f"No escalation plan covers the objective {objective.name!r}."
    if agreement.duties:
        named = {clock for duty in agreement.duties for clock in duty.relieves}
        for name, clock in agreement.clocks.items():
            if clock.relief and name not in named:
                yield f"The clock {name!r} gives relief, and no duty says for what."


def without_plan(agreement: doc.Agreement) -> list[doc.Objective]:
    """The objectives that no escalation plan covers, by itself or through every KPI that serves it.

    A plan that names neither objectives nor KPIs covers everything.
    """
    if any(not plan.objectives and not plan.kpis for plan in agreement.escalation):
        return []
    named = {item for plan in agreement.escalation for item in plan.objectives}
    kpis = {item for plan in agreement.escalation for item in plan.kpis}
    serving = {item.id: {kpi.id for kpi in agreement.kpis if kpi.objective == item.id} for item in agreement.objectives}
    through = {item for item, those in serving.items() if those and those <= kpis}
    return [item for item in agreement.objectives if item.id not in named | through]


def _outcome(agreement: doc.Agreement, outcome: doc.Outcome) -> Iterator[Problem]:
    levels = sorted({need.level for need in agreement.needs})
    there = ", ".join(map(str, levels)) or "none yet"
    for place, level in enumerate(outcome.levels):
        location = ("outcome", "levels", place)
        if level not in levels:
            yield Problem(location, str(level), "a level of the needs of this agreement", f"There are: {there}.")
        if level in outcome.levels[:place]:
            yield Problem(location, str(level), "each level once", "Remove one of the two.")


def _communication(location: Location, item: doc.Communication) -> Iterator[Problem]:
    yield from _rhythm(location, item.rhythm, item.day)
    for side in ("client", "partner"):
        if not getattr(item, side):
            mend = f"Name the people or roles of the {side}."
            yield Problem((*location, side), "nobody", "somebody on both sides", mend)
    yield from _hours(location, item)


def _hours(location: Location, item: doc.Communication) -> Iterator[Problem]:
    is_report = item.kind is doc.CommunicationKind.REPORT
    if is_report and item.at is not None:
        mend = "A report is due on the whole day; remove the time, or make it a meeting."
        yield Problem((*location, "at"), f"{item.at:%H:%M}", "no time for a report", mend)
    if "minutes" in item.model_fields_set and (is_report or item.at is None):
        what = "a report" if is_report else "a meeting that is on the whole day"
        mend = (
            "Only a meeting that begins at a time has a length; remove the minutes, or say with `at:` when it begins."
        )
        yield Problem((*location, "minutes"), str(item.minutes), f"no length for {what}", mend)


def _rhythm(location: Location, rhythm: doc.Rhythm, day: str) -> Iterator[Problem]:
    if not is_day(rhythm, day):
        yield Problem((*location, "day"), repr(day), f"{EXPECTED[rhythm]}, for what is {rhythm}", "Correct the day.")


def _issues(rules: doc.IssueRules) -> Iterator[Problem]:
    if rules.rhythm and rules.day is not None:
        yield from _rhythm(("issues",), rules.rhythm, rules.day)
    elif rules.rhythm or rules.day is not None:
        field, other = ("day", "rhythm") if rules.rhythm else ("rhythm", "day")
        yield Problem(("issues", field), "nothing", f"one, since there is a {other}", f"Add it, or remove the {other}.")


def _plan(location: Location, plan: doc.EscalationPlan, agreement: doc.Agreement) -> Iterator[Problem]:
    yield from known((*location, "calendar"), plan.calendar, [*agreement.calendars, doc.ALWAYS], "a calendar")
    for field, what in (("objectives", "an objective"), ("kpis", "a KPI")):
        there = [item.id for item in getattr(agreement, field)]
        for place, name in enumerate(getattr(plan, field)):
            yield from known((*location, field, place), name, there, what)
    if not plan.levels:
        yield Problem((*location, "levels"), "no level", "at least one level", "Name who is turned to first.")
    for place in range(len(plan.levels)):
        yield from _level((*location, "levels", place), plan, place)
    for side in ("client", "partner"):
        if getattr(plan.executive, side) is None:
            mend = f"Name who decides for the {side} when no level could."
            yield Problem((*location, "executive", side), "nobody", f"an executive of the {side}", mend)


def _level(location: Location, plan: doc.EscalationPlan, place: int) -> Iterator[Problem]:
    level = plan.levels[place]
    for side in ("client", "partner"):
        if getattr(level, side) is None:
            mend = f"Name a person or a role of the {side}, or remove the level."
            yield Problem((*location, side), "nobody", "somebody on both sides", mend)
    if level.within <= 0:
        yield Problem((*location, "within"), "no time", "some time to act in", "Write for example 8h.")
    if level.approves is None:
        return
    if level.approves < 0:
        yield Problem((*location, "approves"), str(float(level.approves)), "0 or more", "Correct the amount.")
    lower = max((one.approves for one in plan.levels[:place] if one.approves is not None), default=level.approves)
    if level.approves < lower:
        expected = f"at least the {float(lower):g} of a level below"
        yield Problem((*location, "approves"), f"{float(level.approves):g}", expected, "Limits grow with the levels.")


def _duty(location: Location, duty: doc.Duty, agreement: doc.Agreement) -> Iterator[Problem]:
    if duty.due is None and duty.kpi is None:
        mend = "Say by when with `due:`, or name the KPI that measures it with `kpi:`."
        yield Problem(location, "neither due nor kpi", "when the duty is due, or what measures it", mend)
    yield from known((*location, "kpi"), duty.kpi, [kpi.id for kpi in agreement.kpis], "a KPI")
    for place, name in enumerate(duty.relieves):
        where = (*location, "relieves", place)
        yield from known(where, name, agreement.clocks, "a clock")
        if name in agreement.clocks and not agreement.clocks[name].relief:
            mend = "Say with `relief:` on that clock where the times in which the duty failed are recorded."
            yield Problem(where, f"{name!r}, a clock without relief", "a clock with relief", mend)


def _settling(said: doc.Settling) -> Iterator[Problem]:
    days = said.report + said.verify + said.settle
    if days > LONGEST_DAYS:
        yield Problem(("settling",), f"{days} days in all", f"at most {LONGEST_DAYS} days in all", "Shorten a phase.")
