"""The rules of practice coverage: from facts about an engagement to how far it has each practice in place.

A practice that the product cannot tell anything about has no rule here; it is shown as not kept, never as done.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, timedelta

from rapport.domain.charts import MINIMUM_POINTS
from rapport.domain.coverage import (
    LATELY_DAYS,
    WORST_FIRST,
    Facts,
    Finding,
    Page,
    Paper,
    Proposal,
    State,
    Step,
    Tally,
    Terms,
    counted,
)
from rapport.domain.evidence import DocumentKind, DocumentStatus
from rapport.domain.periods import PeriodKind, longest_days
from rapport.domain.plurals import counted_noun, word_for
from rapport.domain.practices import Practice
from rapport.domain.roles import Side

GRACE_DAYS = 10
"""How many days after a period its records and results may come, and how old records of a current view may be."""
EDITION_DAYS = 100
"""How old the latest edition of the issue list may be; a quarter and a few days to look at it."""
RECENT_DAYS = 100
"""How far back a missed meeting or a late report weakens a practice; a quarter and a few days."""
RATING_DAYS = 100
"""How old the latest rating of the work together may be; a quarter and a few days."""
WAITING_DAYS = 14
"""How many days a proposed version may wait for a signature before it is late."""


def judge(practice: Practice, facts: Facts) -> Finding:
    """How far one practice is in place."""
    rule = RULES.get(practice.id)
    return rule(facts) if rule else Finding(State.NOT_SUPPORTED, "It is not kept here yet.")


def tally(facts: Facts) -> Tally:
    """How many practices are in which state, without those that cannot be judged."""
    return counted(rule(facts).state for rule in RULES.values())


def _both(verb: str, page: Page) -> tuple[Step, ...]:
    return tuple(Step(side, verb, page) for side in Side)


def _partner(verb: str, page: Page) -> tuple[Step, ...]:
    return (Step(Side.PARTNER, verb, page),)


_CHANGE = _both("Write a new version", Page.WRITE)


def _deliver(terms: Terms, sources: Iterable[str]) -> tuple[Step, ...]:
    """The step of the sides that may deliver one of these sources; of both while it names none."""
    may = {side for source in sources for side in terms.deliverers.get(source, tuple(Side))} or set(Side)
    return tuple(Step(side, "Deliver records", Page.RECORDS) for side in Side if side in may)


def _deliver_for(terms: Terms, kpis: Iterable[str]) -> tuple[Step, ...]:
    """The step of the sides that may deliver what one of these KPIs rests on."""
    return _deliver(terms, (source for kpi in kpis for source in terms.kpis[kpi].sources))


def _by_terms(rule: Callable[[Terms], Finding]) -> Callable[[Facts], Finding]:
    """A rule about what the agreement in force says; without one, the practice is missing."""
    return _by_facts_and_terms(lambda _, terms: rule(terms))


def _once_agreed(rule: Callable[[Facts], Finding]) -> Callable[[Facts], Finding]:
    """A rule about what happens under an agreement in force; without one, the practice is missing."""
    return _by_facts_and_terms(lambda facts, _: rule(facts))


def _by_facts_and_terms(rule: Callable[[Facts, Terms], Finding]) -> Callable[[Facts], Finding]:
    """A rule about what happens, held against what the agreement in force says; without one, it is missing."""

    def judged(facts: Facts) -> Finding:
        return rule(facts, facts.terms) if facts.terms else _without_agreement(facts)

    return judged


def _without_agreement(facts: Facts) -> Finding:
    if facts.proposal is None:
        steps = _both("Write an agreement", Page.WRITE)
        return Finding(State.MISSING, "No agreement is in force, and none is proposed.", steps=steps)
    said = f"No agreement is in force; version {facts.proposal.number} is proposed since"
    return Finding(State.MISSING, said, facts.proposal.since, ".", steps=_signing(facts.proposal))


def _signing(proposal: Proposal) -> tuple[Step, ...]:
    return tuple(Step(side, f"Read and sign version {proposal.number}", Page.SIGN) for side in proposal.unsigned)


# ---- find ----


def _known(facts: Facts) -> Finding:
    contacts = counted_noun(facts.contacts, "contact")
    if facts.has_website and facts.contacts:
        return Finding(State.IN_PLACE, f"The profile names a website and {contacts}.")
    steps = _both("Complete the profile", Page.PROFILE)
    if facts.contacts:
        strong = "It is strong with a website on which the partner's work can be seen."
        return Finding(State.WEAK, f"The profile names {contacts}, but no website.", strong=strong, steps=steps)
    steps = _both("Add a contact", Page.CONTACT)
    if facts.has_website:
        strong = "It is strong with at least one person who can be reached."
        return Finding(State.WEAK, "The profile names a website, but nobody to reach.", strong=strong, steps=steps)
    return Finding(State.MISSING, "The profile names neither a website nor anybody to reach.", steps=steps)


def _confidential(facts: Facts) -> Finding:
    return _papers(facts.to_share)


def _compliant(facts: Facts) -> Finding:
    return _papers(facts.to_comply)


def _papers(papers: Sequence[Paper]) -> Finding:
    """The worst of several documents decides; of those in place the one that ends first tells the day."""
    if not papers:
        return Finding(State.IN_PLACE, "No document is asked for.")
    worst = min(papers, key=lambda paper: (WORST_FIRST.index(_paper_state(paper)), paper.until or date.max))
    name = _PAPER_NAMES[worst.kind]
    renew = _partner(f"Hand in a renewed {name}", Page.HAND_IN)
    match worst.status:
        case DocumentStatus.MISSING:
            absent = [_PAPER_NAMES[paper.kind] for paper in papers if paper.status is DocumentStatus.MISSING]
            said = f"The {' and the '.join(absent)} {word_for(len(absent), 'is', 'are')} not handed in."
            return Finding(State.MISSING, said, steps=_partner(f"Hand in the {name}", Page.HAND_IN))
        case DocumentStatus.EXPIRED:
            return Finding(State.LATE, f"The {name} expired on", worst.until, ".", steps=renew)
        case DocumentStatus.AWAITING:
            steps = (Step(Side.CLIENT, f"Check and accept the {name}", Page.DOCUMENTS),)
            strong = "It is strong once the client has accepted the document and it has begun."
            return Finding(State.WEAK, f"The {name} is handed in, but does not hold yet.", strong=strong, steps=steps)
        case DocumentStatus.EXPIRING:
            strong = "It is strong with a renewed document that holds on."
            return Finding(State.WEAK, f"The {name} ends on", worst.until, ".", strong, renew)
        case DocumentStatus.VALID:
            return _papers_in_place(papers)


def _papers_in_place(papers: Sequence[Paper]) -> Finding:
    """Which documents hold, and until when the first of them does."""
    names = " and ".join(_PAPER_NAMES[paper.kind] for paper in papers)
    until = min((paper.until for paper in papers if paper.until), default=None)
    holding = f"{names[:1].upper()}{names[1:]} {word_for(len(papers), 'holds', 'hold')}"
    if until is None:
        return Finding(State.IN_PLACE, f"{holding} without an end.")
    return Finding(State.IN_PLACE, f"{holding}; the next one ends on", until, ".")


_PAPER_NAMES: Mapping[DocumentKind, str] = {
    DocumentKind.NDA: "non-disclosure agreement",
    DocumentKind.DATA_SECURITY: "data security assessment",
    DocumentKind.INSURANCE: "insurance",
    DocumentKind.CERTIFICATE: "certificate",
    DocumentKind.OTHER: "document",
}
_PAPER_STATES: Mapping[DocumentStatus, State] = {
    DocumentStatus.MISSING: State.MISSING,
    DocumentStatus.EXPIRED: State.LATE,
    DocumentStatus.AWAITING: State.WEAK,
    DocumentStatus.EXPIRING: State.WEAK,
    DocumentStatus.VALID: State.IN_PLACE,
}


def _paper_state(paper: Paper) -> State:
    return _PAPER_STATES[paper.status]


# ---- agree ----


def _outcome(terms: Terms) -> Finding:
    needs = counted_noun(terms.needs, "need")
    if terms.needs and terms.outcome_levels:
        levels = counted_noun(terms.outcome_levels, "level")
        return Finding(State.IN_PLACE, f"The agreement names {needs} and expects {levels} of them to be fulfilled.")
    if terms.needs:
        strong = "It is strong when `outcome` says which levels are to be fulfilled within the term."
        said = f"The agreement names {needs}, but not which levels are to be fulfilled."
        return Finding(State.WEAK, said, strong=strong, steps=_CHANGE)
    return Finding(State.MISSING, "The agreement names no needs of the client.", steps=_CHANGE)


def _goals(terms: Terms) -> Finding:
    aims = counted_noun(terms.needs + terms.objectives, "need or objective", "needs and objectives")
    if not terms.objectives:
        strong = "It is strong when the agreement names objectives, each with a KPI."
        said = f"The agreement has {counted_noun(len(terms.kpis), 'KPI')}, but no objective they serve."
        return Finding(State.WEAK, said, strong=strong, steps=_CHANGE)
    if terms.unmeasured:
        strong = "It is strong when each of them has a KPI."
        said = f"{terms.unmeasured} of {aims} {word_for(terms.unmeasured, 'has', 'have')} no KPI."
        return Finding(State.WEAK, said, strong=strong, steps=_CHANGE)
    return Finding(State.IN_PLACE, f"A KPI measures each of {aims}.")


def _signed(facts: Facts) -> Finding:
    proposal, terms = facts.proposal, facts.terms
    if proposal and (facts.day - proposal.since).days > WAITING_DAYS:
        said = f"Version {proposal.number} has waited for a signature since"
        return Finding(State.LATE, said, proposal.since, ".", steps=_signing(proposal))
    if terms and terms.last_day < facts.day:
        return Finding(State.LATE, f"The term of version {terms.number} ended on", terms.last_day, ".", steps=_CHANGE)
    if terms:
        waiting = f"; version {proposal.number} waits for a signature" if proposal else ""
        steps = _signing(proposal) if proposal else ()
        said = f"Both sides signed version {terms.number}; in force since"
        return Finding(State.IN_PLACE, said, terms.since, f"{waiting}.", steps=steps)
    if proposal:
        strong = "It is strong once both sides have signed it."
        return Finding(
            State.WEAK, f"Version {proposal.number} is proposed since", proposal.since, ".", strong, _signing(proposal)
        )
    return _without_agreement(facts)


def _escalation(terms: Terms) -> Finding:
    plans = counted_noun(terms.escalation_plans, "plan")
    if not terms.escalation_plans:
        return Finding(State.MISSING, "The agreement does not say whom to turn to.", steps=_CHANGE)
    if open_ends := terms.objectives_without_plan:
        strong = "It is strong when a plan covers every objective."
        said = f"{counted_noun(open_ends, 'objective')} {word_for(open_ends, 'has', 'have')} no escalation plan."
        return Finding(State.WEAK, said, strong=strong, steps=_CHANGE)
    return Finding(State.IN_PLACE, f"{plans} for escalation up to an executive on both sides.")


def _communication(terms: Terms) -> Finding:
    planned = f"{counted_noun(terms.meetings, 'meeting')} and {counted_noun(terms.reports, 'report')}"
    if terms.meetings and terms.reports:
        return Finding(State.IN_PLACE, f"{planned} are agreed, with their rhythm.")
    if terms.meetings or terms.reports:
        strong = "It is strong with at least one regular meeting and one regular report."
        said = f"Only {counted_noun(terms.meetings or terms.reports, 'meeting' if terms.meetings else 'report')} "
        return Finding(State.WEAK, f"{said}agreed.", strong=strong, steps=_CHANGE)
    return Finding(State.MISSING, "Neither meetings nor reports are agreed.", steps=_CHANGE)


def _growth(facts: Facts, terms: Terms) -> Finding:
    missed = sum(kpi.is_missed for kpi in facts.results.values())
    misses = f"{counted_noun(missed, 'KPI')} {word_for(missed, 'misses its target', 'miss theirs')}"
    if terms.ramps_until and terms.ramps_until >= facts.day:
        return Finding(State.IN_PLACE, "Targets still rise until", terms.ramps_until, ".")
    if facts.results and not missed:
        return Finding(State.IN_PLACE, "No ramp is needed: no KPI missed its target in its latest period.")
    if not facts.results:
        strong = "It is strong when the agreement has a ramp, or results show that none is needed."
        return Finding(
            State.WEAK, "No ramp holds, and no result shows whether one is needed.", strong=strong, steps=_CHANGE
        )
    if terms.ramps_until:
        strong = "It is strong with a new ramp, or once no KPI misses its target."
        return Finding(State.WEAK, "The ramps ended on", terms.ramps_until, f", and {misses}.", strong, _CHANGE)
    return Finding(State.MISSING, f"No target had time to grow, and {misses}.", steps=_CHANGE)


def _duties(terms: Terms) -> Finding:
    duties = counted_noun(terms.duties, "duty", "duties")
    if not terms.duties:
        return Finding(State.MISSING, "The agreement names nothing that the client owes.", steps=_CHANGE)
    if terms.measured_duties < terms.duties:
        strong = "It is strong when a KPI measures each of them."
        some = f"only {terms.measured_duties}" if terms.measured_duties else "none"
        said = f"{duties} of the client agreed, {some} of them measured by a KPI."
        return Finding(State.WEAK, said, strong=strong, steps=_CHANGE)
    return Finding(State.IN_PLACE, f"{duties} of the client, each measured by a KPI.")


# ---- run and monitor ----


def _met(facts: Facts, terms: Terms) -> Finding:
    """People meet as it was agreed, and both sides agree on what was said."""
    found, hold = facts.meetings, _both("Put the meeting on record", Page.MEETINGS)
    if not terms.meetings:
        return Finding(State.MISSING, "No regular meeting is agreed.", steps=_CHANGE)
    if found.missed:
        missed = f"{counted_noun(found.missed, 'meeting')} of the last {RECENT_DAYS} days"
        said = f"{missed} {word_for(found.missed, 'was', 'were')} missed."
        return Finding(State.LATE, said, steps=hold)
    if found.last_on is None:
        return Finding(State.WEAK, "No meeting was held yet.", strong="It is strong once people have met.", steps=hold)
    if found.unagreed:
        strong = "It is strong when both sides have agreed to the minutes of every meeting."
        said = f"The minutes of {counted_noun(found.unagreed, 'meeting')} are not agreed."
        return Finding(State.WEAK, said, strong=strong, steps=_both("Agree on the minutes", Page.MEETINGS))
    return Finding(
        State.IN_PLACE, f"{counted_noun(found.held, 'meeting')} held as planned, the last on", found.last_on, "."
    )


def _reported(facts: Facts, terms: Terms) -> Finding:
    found = facts.reports
    if not terms.reports:
        return Finding(State.MISSING, "No regular report is agreed.", steps=_CHANGE)
    if late := sum(found.owed.values()):
        steps = tuple(Step(side, "Hand in the report", Page.MEETINGS) for side in Side if found.owed.get(side))
        return Finding(State.LATE, f"{counted_noun(late, 'report')} {word_for(late, 'is', 'are')} late.", steps=steps)
    write = _both("See the reports", Page.MEETINGS)
    if not found.received:
        strong = "It is strong once the first report has come."
        return Finding(State.WEAK, "No report was handed in yet.", strong=strong, steps=write)
    if found.late:
        strong = f"It is strong when none was late for {RECENT_DAYS} days."
        said = f"{counted_noun(found.late, 'report')} of the last {RECENT_DAYS} days came late."
        return Finding(State.WEAK, said, strong=strong, steps=write)
    return Finding(State.IN_PLACE, f"{counted_noun(found.received, 'report')} handed in, none of them late lately.")


def _reachable(facts: Facts) -> Finding:
    """Who hears of things by default is the owner of the engagement on each side; how they like to hear is theirs."""
    absent = [side for side in Side if side not in facts.owned]
    if not absent:
        return Finding(State.IN_PLACE, "An owner on each side is told of what happens, the way they like it.")
    steps = tuple(Step(side, "Name an owner", Page.OWNER) for side in absent)
    if len(absent) == len(Side):
        return Finding(State.MISSING, "Neither side has an owner who can be told of things.", steps=steps)
    strong = "It is strong when each side has an owner who is told of what happens."
    return Finding(State.WEAK, f"The {absent[0]} has no owner who can be told of things.", strong=strong, steps=steps)


def _transparent(facts: Facts) -> Finding:
    """Who looks at the numbers; it tells no day, since when somebody signed in is their own side's affair."""
    for side in Side:
        if side not in facts.peopled:
            steps = tuple(Step(one, "Invite somebody", Page.PEOPLE) for one in dict.fromkeys((Side.CLIENT, side)))
            return Finding(State.MISSING, f"Nobody of the {side} can sign in.", steps=steps)
    unseen = [side for side in Side if side not in facts.seen]
    if len(unseen) == len(Side):
        steps = _both("Look at the results", Page.RESULTS)
        return Finding(State.LATE, f"Nobody of either side has signed in for {LATELY_DAYS} days.", steps=steps)
    if unseen:
        strong = "It is strong when people of both sides look at the same numbers."
        said = f"Nobody of the {unseen[0]} has signed in for {LATELY_DAYS} days."
        steps = (Step(unseen[0], "Look at the results", Page.RESULTS),)
        return Finding(State.WEAK, said, strong=strong, steps=steps)
    return Finding(State.IN_PLACE, f"People of both sides signed in within the last {LATELY_DAYS} days.")


def _records(facts: Facts, terms: Terms) -> Finding:
    due = _source_days(terms)
    newest = {source: facts.records[source] for source in due if source in facts.records}
    late = [source for source, on in newest.items() if _is_overdue(on, due[source], facts.day, terms)]
    if not newest:
        first = max(terms.since, terms.first_day) + timedelta(days=max(due.values(), default=0) + GRACE_DAYS)
        said = (
            "No records are delivered; the first are due by"
            if facts.day <= first
            else "No records came; they were due by"
        )
        return Finding(State.MISSING, said, first, ".", steps=_deliver(terms, due))
    if late:
        oldest = min(late, key=newest.__getitem__)
        said = f"The newest records of {_plain(oldest)} came on"
        return Finding(State.LATE, said, newest[oldest], "; newer ones are due.", steps=_deliver(terms, late))
    if absent := [source for source in due if source not in newest]:
        strong = "It is strong when every source has records."
        some = f"{len(absent)} of {counted_noun(len(due), 'source')} {word_for(len(absent), 'has', 'have')}"
        said = f"{some} no records: {_listed(absent)}."
        return Finding(State.WEAK, said, strong=strong, steps=_deliver(terms, absent))
    said = (
        f"Records of all {counted_noun(len(due), 'source')} are in, the newest of"
        if len(due) > 1
        else "Records came on"
    )
    return Finding(State.IN_PLACE, said, max(newest.values()), ".")


def _source_days(terms: Terms) -> dict[str, int]:
    """How often each source is due: as often as the KPI that needs it most often."""
    days: dict[str, int] = {}
    for kpi in terms.kpis.values():
        for source in kpi.sources:
            days[source] = min(kpi.days, days.get(source, kpi.days))
    return days


def _is_overdue(last: date, days: int, day: date, terms: Terms, grace: int = GRACE_DAYS) -> bool:
    """Whether what was there on `last` should have been followed by now; after the term nothing follows."""
    return last < terms.last_day and (day - last).days > days + grace


def _plain(source: str) -> str:
    return source.replace("_", " ")


def _listed(names: Iterable[str]) -> str:
    return ", ".join(map(_plain, names))


def _results(facts: Facts, terms: Terms) -> Finding:
    ends = {kpi: found.last_day for kpi, found in facts.results.items() if kpi in terms.kpis and found.last_day}
    if not ends:
        steps = _deliver_for(terms, terms.kpis)
        return Finding(State.MISSING, "No KPI has a result of a complete period.", steps=steps)
    if facts.are_results_outdated:
        steps = _both("Compute anew", Page.RESULTS)
        return Finding(State.LATE, f"The results do not rest on version {terms.number} that is in force.", steps=steps)
    late = [kpi for kpi, last in ends.items() if last and _is_overdue(last, terms.kpis[kpi].days, facts.day, terms)]
    if late:
        some = f"{counted_noun(len(late), 'KPI')} {word_for(len(late), 'has', 'have')}"
        said = f"{some} no result since the period that ended on"
        return Finding(State.LATE, said, min(ends[kpi] for kpi in late), ".", steps=_deliver_for(terms, late))
    empty = [kpi for kpi in terms.kpis if kpi not in ends or not facts.results[kpi].is_measured]
    if empty:
        strong = "It is strong when records of the latest period give every KPI a value."
        some = f"{len(empty)} of {counted_noun(len(terms.kpis), 'KPI')} {word_for(len(empty), 'has', 'have')}"
        said = f"{some} no value in the latest period."
        return Finding(State.WEAK, said, strong=strong, steps=_deliver_for(terms, empty))
    return Finding(State.IN_PLACE, f"{counted_noun(len(ends), 'KPI')} computed, up to", max(ends.values()), ".")


def _figures(facts: Facts, terms: Terms) -> Finding:
    figures = facts.figures
    state_them = _partner("State your figures", Page.SETTLE)
    if figures.last_day is None:
        return Finding(State.MISSING, "Neither side has stated figures of its own.", steps=state_them)
    if late := max(figures.late.values(), default=0):
        steps = tuple(Step(side, "Speak about the figures", Page.SETTLE) for side in Side if figures.late.get(side))
        said = f"{counted_noun(late, 'figure')} {word_for(late, 'waits', 'wait')} beyond the agreed days."
        return Finding(State.LATE, said, steps=steps)
    days = min(kpi.days for kpi in terms.kpis.values())
    if _is_overdue(figures.last_day, days, facts.day, terms, terms.report_days):
        said = "No figures are stated since the period that ended on"
        return Finding(State.LATE, said, figures.last_day, ".", steps=state_them)
    if figures.settled <= figures.lapsed:
        strong = "It is strong when most figures are settled by both sides and not by the end of their days."
        said = (
            f"{counted_noun(figures.settled, 'figure')} settled, {figures.open} open, {figures.lapsed} closed by rule."
        )
        return Finding(State.WEAK, said, strong=strong, steps=_both("Settle the figures", Page.SETTLE))
    said = f"{counted_noun(figures.settled, 'figure')} settled by both sides, up to the period that ended on"
    return Finding(State.IN_PLACE, said, figures.last_day, ".")


def _current(facts: Facts, terms: Terms) -> Finding:
    steps = _deliver_for(terms, terms.kpis)
    newest = max(facts.records.values(), default=None)
    is_running = any(kpi.is_running for kpi in facts.results.values())
    if newest is None or not facts.results:
        return Finding(State.MISSING, "There is nothing of the period under way to look at.", steps=steps)
    strong = f"It is strong with records at most {GRACE_DAYS} days old, which show the period under way."
    if (facts.day - newest).days > GRACE_DAYS:
        return Finding(State.WEAK, "The newest records came on", newest, ".", strong, steps)
    if not is_running:
        return Finding(State.WEAK, "The records end before the period under way; the newest came on", newest, ".",
                       strong, steps)  # fmt: skip
    return Finding(State.IN_PLACE, "The period under way shows, with records of", newest, ".")


def _warned(facts: Facts, terms: Terms) -> Finding:
    """Quarters and years take too long to gather, so that KPIs with shorter periods decide where there are any."""
    often = [kpi for kpi, said in terms.kpis.items() if said.days <= longest_days(PeriodKind.MONTH)] or list(terms.kpis)
    points = {kpi: facts.results[kpi].measured if kpi in facts.results else 0 for kpi in often}
    short = [kpi for kpi, count in points.items() if count < MINIMUM_POINTS]
    enough = len(often) - len(short)
    said = f"Enough periods for limits: {enough} of {counted_noun(len(often), 'KPI')}."
    if not any(points.values()):
        return Finding(State.MISSING, "No KPI has a period to compare with.", steps=_deliver_for(terms, often))
    if short:
        strong = f"It is strong when each has {MINIMUM_POINTS} measured periods; records of earlier ones count as well."
        return Finding(State.WEAK, said, strong=strong, steps=_deliver_for(terms, short))
    return Finding(State.IN_PLACE, said)


def _whole(facts: Facts) -> Finding:
    """What people think of the work together stands beside the figures, and is not too old."""
    fresh = [side for side in Side if _is_fresh(facts.rated.get(side), facts.day)]
    rate = _both("Rate the work together", Page.RATE)
    if not facts.rated:
        return Finding(State.MISSING, "Neither side has rated the work together.", steps=rate)
    if len(fresh) == len(Side):
        said = "Both sides rated the work together beside the figures; the latest round ended on"
        return Finding(State.IN_PLACE, said, max(facts.rated.values()), ".")
    strong = f"It is strong when both sides have rated it within {RATING_DAYS} days."
    if fresh:
        return Finding(State.WEAK, f"Only the {fresh[0]} rated the work together lately.", strong=strong, steps=rate)
    said = "The latest rating of the work together is from"
    return Finding(State.WEAK, said, max(facts.rated.values()), ".", strong, rate)


def _is_fresh(on: date | None, day: date) -> bool:
    return on is not None and (day - on).days <= RATING_DAYS


# ---- correct ----


def _issues(facts: Facts, terms: Terms) -> Finding:
    """What is off stands on the list, and is mended by its day."""
    issues = facts.issues
    late = sum(issues.overdue.values())
    if late:
        steps = tuple(Step(side, "Mend what is late", Page.ISSUES) for side in Side if issues.overdue.get(side))
        some = f"{late} of {counted_noun(issues.open, 'open issue')} {word_for(late, 'is', 'are')}"
        return Finding(State.LATE, f"{some} past the day to be mended by.", steps=steps)
    if issues.open:
        return Finding(State.IN_PLACE, f"{counted_noun(issues.open, 'issue')} open, none past the day to be mended by.")
    by_itself = ", and what fails by the agreement is listed by itself" if terms.is_raising else ""
    ever = f"; {issues.ever} {word_for(issues.ever, 'was', 'were')} listed so far" if issues.ever else ""
    return Finding(State.IN_PLACE, f"Nothing is off{by_itself}{ever}.")


def _corrected(facts: Facts) -> Finding:
    """A missed KPI is worked on: why it missed, what is done about it, and what shows that it helped."""
    issues = facts.issues
    open_ones = f"{counted_noun(issues.misses, 'open issue')} about missed KPIs"
    if not issues.misses:
        return Finding(State.IN_PLACE, "No missed KPI waits on the issue list.")
    if not (bare := sum(issues.uncorrected.values())):
        return Finding(State.IN_PLACE, f"{open_ones}, each with a corrective action.")
    steps = tuple(
        Step(side, "Start the corrective action", Page.ISSUES) for side in Side if issues.uncorrected.get(side)
    )
    if bare == issues.misses:
        return Finding(State.MISSING, f"{open_ones}, and no corrective action.", steps=steps)
    strong = "It is strong when each of them has a corrective action."
    return Finding(State.WEAK, f"{open_ones}, {bare} of them without a corrective action.", strong=strong, steps=steps)


def _escalated(facts: Facts) -> Finding:
    """Whoever is asked on a level answers in time, and whoever asked says in time what they think of it."""
    sides = {Side.CLIENT: facts.escalations.client, Side.PARTNER: facts.escalations.partner}
    judged, kept = (sum(getattr(one, name) for one in sides.values()) for name in ("judged", "kept"))
    if not judged:
        return Finding(State.IN_PLACE, "Nothing had to be answered on the way up so far.")
    said = f"{kept} of {counted_noun(judged, 'move')} in escalations came in time and from whoever was asked."
    if kept == judged:
        return Finding(State.IN_PLACE, said)
    steps = tuple(
        Step(side, "Answer in time", Page.ESCALATIONS) for side, one in sides.items() if one.kept < one.judged
    )
    if not kept:
        return Finding(State.MISSING, said, steps=steps)
    return Finding(State.WEAK, said, strong="It is strong when both sides keep to every step.", steps=steps)


def _editions(facts: Facts) -> Finding:
    """Who is not at the list every day is told what changed on it."""
    issues = facts.issues
    if issues.waits_since and (facts.day - issues.waits_since).days > WAITING_DAYS:
        said = "An edition of the issue list waits to be approved since"
        approve = (Step(Side.CLIENT, "Approve the edition", Page.EDITIONS),)
        return Finding(State.LATE, said, issues.waits_since, ".", steps=approve)
    steps, said = _both("Make an edition", Page.EDITIONS), "The latest edition of the issue list went out on"
    if issues.sent_on is None:
        return Finding(State.MISSING, "No edition of the issue list went out.", steps=steps)
    if (facts.day - issues.sent_on).days > EDITION_DAYS:
        strong = f"It is strong with an edition at most {EDITION_DAYS} days old."
        return Finding(State.WEAK, said, issues.sent_on, ".", strong, steps)
    return Finding(State.IN_PLACE, said, issues.sent_on, ".")


def _disputes(facts: Facts) -> Finding:
    """What one side contested is to end with a value that both accept, and not with the end of the days for it."""
    disputes = facts.figures.disputes
    if facts.figures.last_day is None:
        said = "Neither side has stated a figure that the other could contest."
        return Finding(State.MISSING, said, steps=_partner("State your figures", Page.SETTLE))
    if not (disputes.settled or disputes.open or disputes.lapsed):
        return Finding(State.IN_PLACE, "No figure was contested; what both sides say of one is kept with it.")
    counts = f"{disputes.settled} settled, {disputes.open} open, {disputes.lapsed} closed by rule"
    said = f"{counted_noun(disputes.settled + disputes.open + disputes.lapsed, 'contested figure')}: {counts}."
    if disputes.lapsed and disputes.settled <= disputes.lapsed:
        strong = "It is strong when most disputes end with a value that both sides accept."
        return Finding(State.WEAK, said, strong=strong, steps=_both("Settle the figures", Page.SETTLE))
    return Finding(State.IN_PLACE, said)


def _told(facts: Facts) -> Finding:
    """Praise and criticism go both ways; that each rests on evidence is asked for when it is given."""
    given = {side: facts.feedback.get(side, 0) for side in Side}
    silent = [side for side in Side if not given[side]]
    if not silent:
        said = f"The client gave feedback {_times(given[Side.CLIENT])}, the partner {_times(given[Side.PARTNER])}."
        return Finding(State.IN_PLACE, said)
    steps = tuple(Step(side, "Give feedback", Page.FEEDBACK) for side in silent)
    if len(silent) == len(Side):
        return Finding(State.MISSING, "Neither side gave the other feedback.", steps=steps)
    strong = "It is strong when praise and criticism go both ways."
    said = f"Only the {silent[0].other} gave feedback."
    return Finding(State.WEAK, said, strong=strong, steps=steps)


def _supported(facts: Facts) -> Finding:
    support = facts.support
    promise = _both("Promise support", Page.FEEDBACK)
    if not support.promised:
        return Finding(State.MISSING, "Nothing is promised that one side gives the other.", steps=promise)
    if late := sum(support.late.values()):
        steps = tuple(Step(side, "Give what is late", Page.FEEDBACK) for side in Side if support.late.get(side))
        said = (
            f"{late} of {counted_noun(support.promised, 'promise')} {word_for(late, 'is', 'are')} past the day agreed."
        )
        return Finding(State.LATE, said, steps=steps)
    said = f"{support.kept} of {counted_noun(support.promised, 'promise')} kept, none late."
    if not support.kept:
        steps = _both("See what is promised", Page.FEEDBACK)
        return Finding(State.WEAK, said, strong="It is strong once something was given.", steps=steps)
    return Finding(State.IN_PLACE, said)


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"


# ---- review ----


def _portable(facts: Facts, terms: Terms) -> Finding:
    entries = counted_noun(facts.history, "entry", "entries")
    if facts.results and facts.history:
        return Finding(
            State.IN_PLACE,
            f"The signed agreement, results with their rows and {entries} of the history can be taken away.",
        )
    strong = "It is strong once there are results to show, with the records behind them."
    said = f"The signed agreement and {entries} of the history can be taken away, but no results."
    return Finding(State.WEAK, said, strong=strong, steps=_deliver_for(terms, terms.kpis))


RULES: Mapping[str, Callable[[Facts], Finding]] = {
    "F1": _known,
    "F4": _confidential,
    "A1": _by_terms(_outcome),
    "A2": _by_terms(_goals),
    "A3": _signed,
    "A6": _by_terms(_escalation),
    "A8": _by_terms(_communication),
    "A10": _by_facts_and_terms(_growth),
    "A11": _by_terms(_duties),
    "C1": _by_facts_and_terms(_met),
    "C2": _by_facts_and_terms(_reported),
    "C3": _reachable,
    "C4": _transparent,
    "C5": _once_agreed(_editions),
    "M1": _by_facts_and_terms(_records),
    "M2": _by_facts_and_terms(_results),
    "M3": _by_facts_and_terms(_figures),
    "M4": _by_facts_and_terms(_current),
    "M7": _compliant,
    "M8": _by_facts_and_terms(_warned),
    "M9": _once_agreed(_whole),
    "X1": _by_facts_and_terms(_issues),
    "X2": _once_agreed(_corrected),
    "X3": _once_agreed(_escalated),
    "X4": _once_agreed(_disputes),
    "X5": _once_agreed(_told),
    "X6": _once_agreed(_supported),
    "R6": _by_facts_and_terms(_portable),
}
"""What is judged, and by which rule; a practice that is not here is not supported."""
