"""Each rule of practice coverage in worked cases, and that more evidence never makes a practice worse."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rapport.domain.adherence import Adherence, Conduct
from rapport.domain.coverage import (
    WORST_FIRST,
    Disputes,
    Facts,
    Figures,
    Issues,
    KpiFacts,
    KpiTerms,
    Meetings,
    Page,
    Paper,
    Proposal,
    Reports,
    State,
    Support,
    Tally,
    Terms,
)
from rapport.domain.evidence import DocumentKind, DocumentStatus
from rapport.domain.judging import RULES, judge, tally
from rapport.domain.practices import PRACTICES
from rapport.domain.roles import Side

DAY = date(2026, 3, 2)
FAR = date(2027, 1, 31)
BOTH = frozenset(Side)
PRACTICE = {practice.id: practice for practice in PRACTICES}
TERMS = Terms(
    number=3, since=date(2025, 1, 9), first_day=date(2025, 1, 1), last_day=date(2026, 12, 31), needs=2,
    outcome_levels=1, objectives=3, escalation_plans=1, meetings=1, reports=1, duties=1, measured_duties=1,
    kpis={"speed": KpiTerms(31, ("tickets",)), "mood": KpiTerms(92, ("surveys",))},
)  # fmt: skip
GOOD = KpiFacts(date(2026, 1, 31), is_measured=True, measured=12, is_running=True)
NDA, ASSESSMENT = DocumentKind.NDA, DocumentKind.DATA_SECURITY


def paper(kind, status=DocumentStatus.VALID, until=FAR):
    return Paper(kind, status, until)


ALL_GOOD = Facts(
    day=DAY, terms=TERMS, has_website=True, contacts=1, to_share=(paper(NDA), paper(ASSESSMENT, until=None)),
    to_comply=(paper(DocumentKind.INSURANCE), paper(DocumentKind.CERTIFICATE)), peopled=BOTH, seen=BOTH,
    records={"tickets": DAY - timedelta(days=2), "surveys": DAY - timedelta(days=40)},
    results={"speed": GOOD, "mood": replace(GOOD, last_day=date(2025, 12, 31), measured=4)},
    figures=Figures(settled=7, last_day=date(2026, 1, 31)), issues=Issues(3, 1, sent_on=DAY), meetings=Meetings(3, DAY),
    reports=Reports(2), owned=BOTH, feedback={Side.CLIENT: 1, Side.PARTNER: 2}, support=Support(3, 2),
    rated={Side.CLIENT: DAY, Side.PARTNER: DAY}, history=9,
)  # fmt: skip


def terms(**changes):
    return replace(ALL_GOOD, terms=replace(TERMS, **changes))


def facts(**changes):
    return replace(ALL_GOOD, **changes)


def results(**changes):
    return facts(results={**ALL_GOOD.results, "speed": replace(GOOD, **changes)})


def climbed(client, partner):
    return facts(escalations=Adherence(client, partner))


def shared(status, until=FAR):
    return facts(to_share=(paper(NDA), paper(ASSESSMENT, status, until)))


def proposed(days, **changes):
    return facts(proposal=Proposal(4, DAY - timedelta(days=days), (Side.CLIENT,)), **changes)


def contested(settled, lapsed, running):
    return facts(figures=replace(ALL_GOOD.figures, disputes=Disputes(settled, lapsed, running)))


def evidence(found):
    """The sentence with its day as 2026-03-02."""
    return f"{found.before} {found.on}{found.after}" if found.on else found.before


MISSED = {"speed": replace(GOOD, is_missed=True)}
OLD = {"tickets": DAY - timedelta(days=42), "surveys": DAY}
CASES = [
    ("F1", ALL_GOOD, State.IN_PLACE, "The profile names a website and 1 contact."),
    ("F1", facts(has_website=False, contacts=2), State.WEAK, "The profile names 2 contacts, but no website."),
    ("F1", facts(contacts=0), State.WEAK, "The profile names a website, but nobody to reach."),
    ("F1", facts(has_website=False, contacts=0), State.MISSING, "neither a website nor anybody"),
    ("F4", ALL_GOOD, State.IN_PLACE, "agreement and data security assessment hold; the next one ends on 2027-01-31."),
    ("F4", facts(to_share=()), State.IN_PLACE, "No document is asked for."),
    ("F4", shared(DocumentStatus.EXPIRING, date(2026, 3, 9)), State.WEAK, "assessment ends on 2026-03-09."),
    ("F4", shared(DocumentStatus.AWAITING), State.WEAK, "is handed in, but does not hold yet."),
    ("F4", shared(DocumentStatus.EXPIRED, date(2026, 3, 1)), State.LATE, "expired on 2026-03-01."),
    ("F4", shared(DocumentStatus.MISSING, None), State.MISSING, "The data security assessment is not handed in."),
    ("M7", ALL_GOOD, State.IN_PLACE, "Insurance and certificate hold"),
    ("F4", facts(to_share=(paper(NDA, DocumentStatus.MISSING), paper(ASSESSMENT, DocumentStatus.MISSING))),
     State.MISSING, "The non-disclosure agreement and the data security assessment are not handed in."),
    ("M7", facts(to_comply=(paper(DocumentKind.INSURANCE, DocumentStatus.EXPIRED),)), State.LATE, "insurance expired"),
    ("A1", ALL_GOOD, State.IN_PLACE, "names 2 needs and expects 1 level"),
    ("A1", terms(outcome_levels=0), State.WEAK, "but not which levels"),
    ("A1", terms(needs=0), State.MISSING, "names no needs"),
    ("A2", ALL_GOOD, State.IN_PLACE, "A KPI measures each of 5 needs and objectives."),
    ("A2", terms(unmeasured=1), State.WEAK, "1 of 5 needs and objectives has no KPI."),
    ("A2", terms(objectives=0), State.WEAK, "has 2 KPIs, but no objective"),
    ("A3", ALL_GOOD, State.IN_PLACE, "Both sides signed version 3; in force since 2025-01-09."),
    ("A3", proposed(14), State.IN_PLACE, "version 4 waits for a signature."),
    ("A3", proposed(15), State.LATE, "Version 4 has waited for a signature since 2026-02-15."),
    ("A3", terms(last_day=date(2026, 3, 1)), State.LATE, "The term of version 3 ended on 2026-03-01."),
    ("A3", terms(last_day=DAY), State.IN_PLACE, "Both sides signed"),
    ("A3", proposed(3, terms=None), State.WEAK, "Version 4 is proposed since 2026-02-27."),
    ("A3", facts(terms=None), State.MISSING, "No agreement is in force, and none is proposed."),
    ("A6", ALL_GOOD, State.IN_PLACE, "1 plan for escalation"),
    ("A6", terms(objectives_without_plan=2), State.WEAK, "2 objectives have no escalation plan."),
    ("A6", terms(escalation_plans=0), State.MISSING, "whom to turn to"),
    ("A8", ALL_GOOD, State.IN_PLACE, "1 meeting and 1 report are agreed"),
    ("A8", terms(reports=0), State.WEAK, "Only 1 meeting agreed."),
    ("A8", terms(meetings=0, reports=2), State.WEAK, "Only 2 reports agreed."),
    ("A8", terms(meetings=0, reports=0), State.MISSING, "Neither meetings nor reports"),
    ("A10", ALL_GOOD, State.IN_PLACE, "No ramp is needed"),
    ("A10", terms(ramps_until=DAY), State.IN_PLACE, "Targets still rise until 2026-03-02."),
    ("A10", facts(results={}), State.WEAK, "no result shows whether one is needed"),
    ("A10", facts(terms=replace(TERMS, ramps_until=date(2025, 6, 30)), results=MISSED), State.WEAK,
     "The ramps ended on 2025-06-30, and 1 KPI misses its target."),
    ("A10", facts(results=MISSED), State.MISSING, "No target had time to grow, and 1 KPI misses its target."),
    ("A11", ALL_GOOD, State.IN_PLACE, "1 duty of the client, each measured"),
    ("A11", terms(duties=2), State.WEAK, "2 duties of the client agreed, only 1 of them measured by a KPI."),
    ("A11", terms(duties=0, measured_duties=0), State.MISSING, "nothing that the client owes"),
    ("C4", ALL_GOOD, State.IN_PLACE, "People of both sides signed in within the last 30 days."),
    ("C4", facts(seen=frozenset({Side.CLIENT})), State.WEAK, "Nobody of the partner has signed in for 30 days."),
    ("C4", facts(seen=frozenset()), State.LATE, "Nobody of either side"),
    ("C4", facts(peopled=frozenset({Side.CLIENT})), State.MISSING, "Nobody of the partner can sign in."),
    ("M1", ALL_GOOD, State.IN_PLACE, "Records of all 2 sources are in, the newest of 2026-02-28."),
    ("M1", facts(records={**OLD, "tickets": DAY - timedelta(days=41)}), State.IN_PLACE, "Records of all 2 sources"),
    ("M1", facts(records=OLD), State.LATE, "The newest records of tickets came on 2026-01-19; newer ones are due."),
    ("M1", facts(records={"tickets": DAY}), State.WEAK, "1 of 2 sources has no records: surveys."),
    ("M1", facts(records={}), State.MISSING, "No records came; they were due by 2025-04-21."),
    ("M1", facts(records={}, terms=replace(TERMS, since=DAY)), State.MISSING, "the first are due by 2026-06-12."),
    ("M1", facts(records=OLD, terms=replace(TERMS, last_day=date(2026, 1, 19))), State.IN_PLACE, "Records of all 2"),
    ("M2", ALL_GOOD, State.IN_PLACE, "2 KPIs computed, up to 2026-01-31."),
    ("M2", results(last_day=date(2026, 1, 20)), State.IN_PLACE, "2 KPIs computed"),
    ("M2", results(last_day=date(2026, 1, 19)), State.LATE, "1 KPI has no result since the period that ended on"),
    ("M2", results(is_measured=False), State.WEAK, "1 of 2 KPIs has no value in the latest period."),
    ("M2", facts(results={"speed": GOOD}), State.WEAK, "1 of 2 KPIs has no value"),
    ("M2", facts(are_results_outdated=True), State.LATE, "do not rest on version 3"),
    ("M2", facts(results={}), State.MISSING, "No KPI has a result"),
    ("M3", ALL_GOOD, State.IN_PLACE, "7 figures settled by both sides, up to the period that ended on 2026-01-31."),
    ("M3", facts(figures=Figures(1, 1, 2, {}, DAY)), State.WEAK, "1 figure settled, 2 open, 1 closed by rule."),
    ("M3", facts(figures=Figures(7, 0, 2, {Side.CLIENT: 2}, DAY)), State.LATE, "2 figures wait beyond the"),
    ("M3", facts(figures=Figures(7, 0, 0, {}, date(2026, 1, 19))), State.LATE, "No figures are stated since"),
    ("M3", replace(terms(report_days=3), figures=Figures(7, 0, 0, {}, date(2026, 1, 26))), State.LATE, "No figures"),
    ("M3", replace(terms(report_days=20), figures=Figures(7, 0, 0, {}, date(2026, 1, 19))), State.IN_PLACE, "7 fig"),
    ("M3", facts(figures=Figures()), State.MISSING, "Neither side has stated figures"),
    ("M4", ALL_GOOD, State.IN_PLACE, "The period under way shows, with records of 2026-02-28."),
    ("M4", facts(records={"tickets": DAY - timedelta(days=11)}), State.WEAK, "The newest records came on 2026-02-19."),
    ("M4", facts(results={"speed": replace(GOOD, is_running=False)}), State.WEAK, "end before the period under way"),
    ("M4", facts(records={}), State.MISSING, "nothing of the period under way"),
    ("M8", ALL_GOOD, State.IN_PLACE, "Enough periods for limits: 1 of 1 KPI."),
    ("M8", results(measured=11), State.WEAK, "Enough periods for limits: 0 of 1 KPI."),
    ("M8", terms(kpis={"mood": KpiTerms(92)}), State.WEAK, "Enough periods for limits: 0 of 1 KPI."),
    ("M8", facts(results={}), State.MISSING, "No KPI has a period to compare with."),
    ("C5", ALL_GOOD, State.IN_PLACE, "The latest edition of the issue list went out on"),
    ("C5", facts(issues=Issues()), State.MISSING, "No edition of the issue list went out."),
    ("C5", facts(issues=Issues(sent_on=DAY - timedelta(days=100))), State.IN_PLACE, "The latest edition"),
    ("C5", facts(issues=Issues(sent_on=DAY - timedelta(days=101))), State.WEAK, "The latest edition"),
    ("C5", facts(issues=Issues(sent_on=DAY, waits_since=DAY - timedelta(days=14))), State.IN_PLACE, "The latest"),
    ("C5", facts(issues=Issues(sent_on=DAY, waits_since=DAY - timedelta(days=15))), State.LATE, "An edition of"),
    ("X1", facts(issues=Issues()), State.IN_PLACE, "Nothing is off, and what fails"),
    ("X1", facts(issues=Issues(1), terms=replace(TERMS, is_raising=False)), State.IN_PLACE,
     "Nothing is off; 1 was listed so far."),
    ("X2", facts(issues=Issues(4, 2)), State.IN_PLACE, "No missed KPI waits"),
    ("X2", facts(issues=Issues(misses=2)), State.IN_PLACE, "2 open issues about missed KPIs, each with"),
    ("X2", facts(issues=Issues(misses=2, uncorrected={Side.PARTNER: 1})), State.WEAK, "1 of them without"),
    ("X2", facts(issues=Issues(misses=2, uncorrected={Side.CLIENT: 1, Side.PARTNER: 1})), State.MISSING, "and no corr"),
    ("X3", ALL_GOOD, State.IN_PLACE, "Nothing had to be answered"),
    ("X3", climbed(Conduct(pending=3), Conduct()), State.IN_PLACE, "Nothing had to be answered"),
    ("X3", climbed(Conduct(in_time=1, kept=1), Conduct(in_time=2, kept=2)), State.IN_PLACE, "3 of 3 moves"),
    ("X3", climbed(Conduct(in_time=1, kept=1), Conduct(late=1)), State.WEAK, "1 of 2 moves in escalations"),
    ("X3", climbed(Conduct(), Conduct(in_time=1, wrong_person=1)), State.MISSING, "0 of 1 move in escalations"),
    ("C1", ALL_GOOD, State.IN_PLACE, "3 meetings held as planned, the last on 2026-03-02."),
    ("C1", facts(meetings=Meetings()), State.WEAK, "No meeting was held yet."),
    ("C1", facts(meetings=Meetings(3, DAY, missed=1, unagreed=1)), State.LATE, "1 meeting of the last 100 days was"),
    ("C1", facts(meetings=Meetings(3, DAY, unagreed=2)), State.WEAK, "The minutes of 2 meetings are not agreed."),
    ("C1", terms(meetings=0), State.MISSING, "No regular meeting is agreed."),
    ("C2", ALL_GOOD, State.IN_PLACE, "2 reports handed in, none of them late lately."),
    ("C2", facts(reports=Reports()), State.WEAK, "No report was handed in yet."),
    ("C2", facts(reports=Reports(4, 1)), State.WEAK, "1 report of the last 100 days came late."),
    ("C2", facts(reports=Reports(4, 1, {Side.PARTNER: 2})), State.LATE, "2 reports are late."),
    ("C2", terms(reports=0), State.MISSING, "No regular report is agreed."),
    ("X1", facts(issues=Issues(4, 2)), State.IN_PLACE, "2 issues open, none past the day to be mended by."),
    ("X1", facts(issues=Issues(4, 2, {Side.CLIENT: 1})), State.LATE, "1 of 2 open issues is past the day"),
    ("C3", ALL_GOOD, State.IN_PLACE, "An owner on each side"),
    ("C3", facts(owned=frozenset({Side.CLIENT})), State.WEAK, "The partner has no owner"),
    ("C3", facts(owned=frozenset()), State.MISSING, "Neither side has an owner"),
    ("M9", ALL_GOOD, State.IN_PLACE, "Both sides rated the work together"),
    ("M9", facts(rated={Side.CLIENT: DAY, Side.PARTNER: DAY - timedelta(100)}), State.IN_PLACE, "Both sides rated"),
    ("M9", facts(rated={Side.CLIENT: DAY, Side.PARTNER: DAY - timedelta(101)}), State.WEAK, "Only the client rated"),
    ("M9", facts(rated={Side.CLIENT: DAY}), State.WEAK, "Only the client rated"),
    ("M9", facts(rated=dict.fromkeys(Side, DAY - timedelta(101))), State.WEAK, "The latest rating of"),
    ("M9", facts(rated={}), State.MISSING, "Neither side has rated"),
    ("X5", ALL_GOOD, State.IN_PLACE, "The client gave feedback once, the partner 2 times."),
    ("X5", facts(feedback={Side.CLIENT: 0, Side.PARTNER: 2}), State.WEAK, "Only the partner gave feedback."),
    ("X5", facts(feedback={}), State.MISSING, "Neither side gave"),
    ("X6", ALL_GOOD, State.IN_PLACE, "2 of 3 promises kept, none late."),
    ("X6", facts(support=Support(1)), State.WEAK, "0 of 1 promise kept, none late."),
    ("X6", facts(support=Support(3, 1, {Side.CLIENT: 1})), State.LATE, "1 of 3 promises is past"),
    ("X6", facts(support=Support()), State.MISSING, "Nothing is promised"),
    ("X4", ALL_GOOD, State.IN_PLACE, "No figure was contested"),
    ("X4", contested(3, 2, 1), State.IN_PLACE, "6 contested figures: 3 settled, 1 open, 2 closed by rule."),
    ("X4", contested(0, 0, 1), State.IN_PLACE, "1 contested figure: 0 settled, 1 open, 0 closed by rule."),
    ("X4", contested(2, 2, 0), State.WEAK, "4 contested figures: 2 settled, 0 open, 2 closed by rule."),
    ("X4", facts(figures=Figures()), State.MISSING, "Neither side has stated a figure that the other could contest."),
    ("R6", ALL_GOOD, State.IN_PLACE, "9 entries of the history can be taken away."),
    ("R6", facts(history=1), State.IN_PLACE, "1 entry of the history can be taken away."),
    ("R6", facts(results={}), State.WEAK, "but no results"),
]  # fmt: skip


@pytest.mark.parametrize(("practice", "known", "state", "said"), CASES)
def test_practice_is_judged(practice, known, state, said):
    found = judge(PRACTICE[practice], known)
    assert (found.state, said in evidence(found)) == (state, True), found


def test_every_rule_and_every_state_has_a_case():
    assert {case[0] for case in CASES} == set(RULES)
    assert {case[2] for case in CASES} == set(WORST_FIRST)


def test_all_that_rests_on_an_agreement_is_missing_without_one():
    known = facts(terms=None, proposal=None)
    missing = {number for number in RULES if judge(PRACTICE[number], known).state is State.MISSING}
    assert missing == {
        "A1", "A2", "A3", "A6", "A8", "A10", "A11", "C1", "C2", "C5", "M1", "M2", "M3", "M4", "M8", "M9", "X1", "X2",
        "X3", "X4", "X5", "X6", "R6",
    }  # fmt: skip


def test_practice_without_a_rule_is_never_done_and_never_counted():
    assert judge(PRACTICE["D1"], ALL_GOOD).state is State.NOT_SUPPORTED
    assert tally(ALL_GOOD) == Tally(in_place=28, late=0, weak=0, missing=0)
    assert tally(ALL_GOOD).judged == len(RULES)


def test_what_is_weak_says_what_would_be_strong_and_what_is_open_has_a_step():
    for practice, known, state, _ in CASES:
        found = judge(PRACTICE[practice], known)
        assert bool(found.strong) is (state is State.WEAK), found
        assert found.steps or state is State.IN_PLACE, found


def test_signing_is_the_step_of_those_who_have_not_signed():
    (step,) = judge(PRACTICE["A3"], proposed(15)).steps
    assert (step.side, step.verb, step.page) == (Side.CLIENT, "Read and sign version 4", Page.SIGN)


def test_late_figures_wait_for_the_side_that_is_late():
    late = facts(figures=Figures(7, 0, 2, {Side.CLIENT: 2}, DAY))
    assert [step.side for step in judge(PRACTICE["M3"], late).steps] == [Side.CLIENT]


@pytest.mark.parametrize(
    ("practice", "known"),
    [
        ("X2", facts(issues=Issues(misses=1, uncorrected={Side.PARTNER: 1}))),
        ("X3", climbed(Conduct(in_time=1, kept=1), Conduct(unanswered=1))),
        ("C2", facts(reports=Reports(owed={Side.PARTNER: 1}))),
        ("C3", facts(owned=frozenset({Side.CLIENT}))),
        ("X5", facts(feedback={Side.CLIENT: 1})),
        ("X6", facts(support=Support(1, 0, {Side.PARTNER: 1}))),
    ],
)
def test_what_one_side_has_left_undone_is_its_own_step(practice, known):
    assert [step.side for step in judge(PRACTICE[practice], known).steps] == [Side.PARTNER]


@pytest.mark.parametrize(
    ("practice", "known", "sides"),
    [
        ("M1", facts(records={}), ["client", "partner"]),
        ("M1", facts(records={"tickets": DAY}), ["client"]),
        ("M1", facts(records=OLD), ["partner"]),
        ("M2", facts(results={}), ["client", "partner"]),
        ("M2", results(last_day=date(2026, 1, 19)), ["partner"]),
        ("M2", facts(results={"speed": GOOD}), ["client"]),
        ("M4", facts(records={}), ["client", "partner"]),
        ("M4", facts(records={"tickets": DAY - timedelta(days=11)}), ["client", "partner"]),
        ("M8", results(measured=11), ["partner"]),
        ("M8", facts(results={}), ["partner"]),
        ("R6", facts(results={}), ["client", "partner"]),
    ],
)
def test_records_are_the_step_of_those_who_may_deliver_them(practice, known, sides):
    """The partner alone delivers tickets, the client alone surveys; where either may, both have the step."""
    deliverers = {"tickets": (Side.PARTNER,), "surveys": (Side.CLIENT,)}
    divided = replace(known, terms=replace(known.terms, deliverers=deliverers))
    steps = judge(PRACTICE[practice], divided).steps
    assert {(step.verb, step.page) for step in steps} == {("Deliver records", Page.RECORDS)}
    assert [step.side.value for step in steps] == sides
    assert [step.side for step in judge(PRACTICE[practice], known).steps] == list(Side)


@pytest.mark.parametrize("practice", ["M1", "M2", "M4", "M8", "R6"])
def test_where_the_client_alone_delivers_the_partner_is_asked_for_nothing(practice):
    alone = replace(TERMS, deliverers=dict.fromkeys(("tickets", "surveys"), (Side.CLIENT,)))
    nothing = facts(terms=alone, records={}, results={})
    assert [step.side for step in judge(PRACTICE[practice], nothing).steps] == [Side.CLIENT]


counts = st.integers(0, 3)
days = st.dates(date(2024, 1, 1), DAY)
statuses = st.sampled_from(DocumentStatus)
kpi_facts = st.builds(KpiFacts, days, st.booleans(), st.booleans(), st.integers(0, 14), st.booleans())
counted = ("needs", "outcome_levels", "objectives", "unmeasured", "escalation_plans", "objectives_without_plan",
           "meetings", "reports", "duties", "measured_duties")  # fmt: skip
known_terms = st.builds(
    Terms, number=st.just(1), since=days, first_day=days, last_day=st.dates(DAY - timedelta(days=1), FAR),
    **dict.fromkeys(counted, counts), ramps_until=st.none() | st.dates(date(2025, 1, 1), FAR),
    kpis=st.just(TERMS.kpis),
)  # fmt: skip


def papers(*kinds):
    return st.tuples(*(st.builds(Paper, st.just(kind), statuses, days) for kind in kinds))


known_facts = st.builds(
    Facts, day=st.just(DAY), terms=st.none() | known_terms, has_website=st.booleans(), contacts=counts,
    to_share=papers(NDA, ASSESSMENT), to_comply=papers(DocumentKind.INSURANCE), peopled=st.sets(st.sampled_from(Side)),
    seen=st.sets(st.sampled_from(Side)), records=st.dictionaries(st.sampled_from(["tickets", "surveys"]), days),
    results=st.dictionaries(st.sampled_from(["speed", "mood"]), kpi_facts), are_results_outdated=st.booleans(),
    figures=st.builds(
        Figures, counts, counts, counts, late=st.dictionaries(st.sampled_from(Side), counts), last_day=st.none() | days,
        disputes=st.builds(Disputes, counts, counts, counts),
    ),
    history=counts,
)  # fmt: skip

MORE = [
    lambda known: replace(known, contacts=known.contacts + 1),
    lambda known: replace(known, has_website=True),
    lambda known: replace(known, peopled=BOTH),
    lambda known: replace(known, seen=BOTH),
    lambda known: replace(known, to_share=(paper(NDA), *known.to_share[1:])),
    lambda known: replace(known, to_comply=tuple(paper(one.kind) for one in known.to_comply)),
    lambda known: replace(known, records={**known.records, "tickets": DAY}),
    lambda known: replace(known, records={**known.records, "surveys": DAY}),
    lambda known: replace(
        known, results={**known.results, "speed": replace(GOOD, measured=14)}, are_results_outdated=False
    ),
    lambda known: replace(known, figures=replace(known.figures, late={}, settled=9, last_day=DAY)),
    lambda known: replace(known, figures=replace(known.figures, disputes=replace(known.figures.disputes, settled=9))),
    lambda known: replace(known, history=known.history + 1),
    lambda known: replace(known, terms=known.terms or TERMS),
    lambda known: known.terms and replace(known, terms=replace(known.terms, measured_duties=known.terms.duties)),
    lambda known: known.terms and replace(known, terms=replace(known.terms, unmeasured=0, objectives_without_plan=0)),
    lambda known: known.terms and replace(known, terms=replace(known.terms, meetings=1, reports=1, escalation_plans=3)),
    lambda known: known.terms and replace(known, terms=replace(known.terms, ramps_until=FAR, outcome_levels=1)),
]
"""Ways to have more evidence than before."""


@given(known_facts, st.sampled_from(MORE))
def test_more_evidence_never_makes_a_practice_worse(known, more):
    better = more(known) or known
    for number in RULES:
        before, after = (judge(PRACTICE[number], one).state for one in (known, better))
        assert WORST_FIRST.index(after) >= WORST_FIRST.index(before), (number, before, after)


@given(known_facts)
def test_every_finding_is_a_sentence_with_steps_where_something_is_open(known):
    for number in RULES:
        found = judge(PRACTICE[number], known)
        assert evidence(found).endswith("."), found
        assert evidence(found)[:1].isupper() or evidence(found)[:1].isdigit(), found
        assert found.steps or found.state is State.IN_PLACE, found


@given(known_facts)
def test_counts_add_up(known):
    found = tally(known)
    assert found.judged == len(RULES)
    assert min(found.in_place, found.late, found.weak, found.missing) >= 0
