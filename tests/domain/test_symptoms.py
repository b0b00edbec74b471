from fractions import Fraction

import pytest

from rapport.domain.coverage import Page
from rapport.domain.roles import Side
from rapport.domain.symptoms import Picture, Row, Symptom, Tone, symptoms_of

CLIENT, PARTNER = Side.CLIENT, Side.PARTNER
BAD, WARN = Tone.BAD, Tone.WARN

WELL = Picture(
    met=4,
    ratings={CLIENT: Fraction(3), PARTNER: Fraction(5)},
    unheld=(Row("weekly", "Weekly review", 1),),
    late=(Row("monthly", "Monthly report", 1),),
    days=400,
    settled=1,
    lapsed=9,
    feedback={CLIENT: 1, PARTNER: 1},
)
"""Everything is just well enough."""


def sentences(**facts):
    return [symptom.sentence for symptom in symptoms_of(Picture(**facts))]


def test_nothing_shows_where_nothing_is_known_or_everything_is_well():
    assert symptoms_of(Picture()) == []
    assert symptoms_of(WELL) == []


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({"met": 1, "ratings": {CLIENT: Fraction(3)}}, []),
        ({"met": 0, "ratings": {CLIENT: Fraction(1)}}, []),
        ({"met": 5, "missed": 1, "ratings": {CLIENT: Fraction(1)}}, []),
        ({"met": 5, "ratings": {}}, []),
        (
            {"met": 1, "ratings": {CLIENT: Fraction("2.5"), PARTNER: Fraction(3)}},
            ["The one KPI judged meets its target, but the client rates the work together 2.5 of 5."],
        ),
        (
            {"met": 4, "ratings": {PARTNER: Fraction(1)}},
            ["All 4 KPIs judged meet their targets, but the partner rates the work together 1.0 of 5."],
        ),
        (
            {"met": 4, "ratings": {PARTNER: Fraction(2), CLIENT: Fraction(1)}},
            [
                "All 4 KPIs judged meet their targets, but the client rates the work together 1.0 and the partner "
                "rates the work together 2.0 of 5."
            ],
        ),
    ],
)
def test_people_unhappy_although_every_target_is_met(facts, expected):
    assert sentences(**facts) == expected


def test_a_rating_just_below_the_least_never_reads_like_it():
    assert "together 2.9 of 5" in sentences(met=1, ratings={CLIENT: Fraction("2.999")})[0]


@pytest.mark.parametrize(
    ("length", "expected"),
    [
        (0, []),
        (1, []),
        (2, ["Weekly review was not held the last 2 times."]),
        (3, ["Weekly review was not held the last 3 times."]),
    ],
)
def test_a_meeting_that_twice_was_not_held(length, expected):
    assert sentences(unheld=(Row("weekly", "Weekly review", length),)) == expected


@pytest.mark.parametrize(
    ("length", "expected"),
    [(0, []), (1, []), (2, ["Monthly report was late the last 2 times."])],
)
def test_a_report_that_was_twice_late(length, expected):
    assert sentences(late=(Row("monthly", "Monthly report", length),)) == expected


UNVERIFIED = "The agreement has been in force for half a year, and its figures were never verified independently."


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({"days": 181, "met": 1}, []),
        ({"days": 182, "met": 1}, [UNVERIFIED]),
        ({"days": 182, "missed": 1}, [UNVERIFIED]),
        ({"days": 999}, []),
        ({"days": 182, "met": 1, "verified": 1}, []),
        ({"days": 182, "met": 1, "settled": 1}, []),
    ],
)
def test_figures_that_nobody_but_their_maker_ever_looked_at(facts, expected):
    assert sentences(**facts) == expected


LAPSED = "The time to settle the figures of 3 periods passed, and none was ever settled."


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({"lapsed": 2}, []),
        ({"lapsed": 3}, [LAPSED]),
        ({"lapsed": 3, "settled": 1}, []),
        ({"lapsed": 3, "verified": 3, "met": 1, "days": 999}, [LAPSED]),
        ({"lapsed": 3, "met": 1, "days": 999}, [UNVERIFIED]),
    ],
)
def test_figures_that_were_stated_and_never_settled(facts, expected):
    assert sentences(**facts) == expected


@pytest.mark.parametrize(
    ("overdue", "majors", "expected"),
    [
        (1, 0, (WARN, "1 issue is open past the day agreed.")),
        (2, 0, (WARN, "2 issues are open past the day agreed.")),
        (1, 1, (BAD, "1 issue is open past the day agreed, a major one.")),
        (3, 2, (BAD, "3 issues are open past the day agreed, 2 of them major.")),
    ],
)
def test_issues_open_past_their_day(overdue, majors, expected):
    assert sentences(overdue=0) == []
    [symptom] = symptoms_of(Picture(overdue=overdue, overdue_majors=majors))
    assert (symptom.tone, symptom.sentence) == expected


def test_an_escalation_that_nobody_answered():
    assert sentences(unanswered=0) == []
    assert sentences(unanswered=1) == ["1 escalation got no answer in the time agreed."]
    assert sentences(unanswered=2) == ["2 escalations got no answer in the time agreed."]


def test_a_failing_kpi_without_a_corrective_action():
    assert sentences(missed=1) == []
    assert sentences(missed=2, uncorrected={"on-time": "On-time share", "backlog": "Backlog age"}) == [
        "On-time share misses its target, and no corrective action is under way.",
        "Backlog age misses its target, and no corrective action is under way.",
    ]


@pytest.mark.parametrize(
    ("feedback", "expected"),
    [
        ({}, []),
        ({CLIENT: 0, PARTNER: 0}, []),
        ({CLIENT: 1, PARTNER: 1}, []),
        ({CLIENT: 2}, []),
        ({CLIENT: 9, PARTNER: 1}, []),
        ({CLIENT: 3}, ["The client gave feedback 3 times, and the partner never did."]),
        ({CLIENT: 0, PARTNER: 4}, ["The partner gave feedback 4 times, and the client never did."]),
    ],
)
def test_feedback_that_goes_one_way(feedback, expected):
    assert sentences(feedback=feedback) == expected


def test_every_symptom_has_a_lasting_key_and_leads_to_a_page_the_bad_ones_first():
    everything = Picture(
        met=2,
        uncorrected={"on-time": "On-time share"},
        ratings={CLIENT: Fraction(1)},
        unheld=(Row("weekly", "Weekly review", 2), Row("steering", "Steering", 2)),
        late=(Row("monthly", "Monthly report", 2),),
        lapsed=3,
        overdue=1,
        unanswered=1,
        feedback={CLIENT: 3},
    )
    assert [(one.key, one.tone, one.page) for one in symptoms_of(everything)] == [
        ("unhappy", BAD, Page.FEEDBACK),
        ("uncorrected:on-time", BAD, Page.RESULTS),
        ("unanswered", BAD, Page.ESCALATIONS),
        ("overdue", WARN, Page.ISSUES),
        ("unheld:weekly", WARN, Page.MEETINGS),
        ("unheld:steering", WARN, Page.MEETINGS),
        ("late:monthly", WARN, Page.MEETINGS),
        ("unsettled", WARN, Page.SETTLE),
        ("one_sided", WARN, Page.FEEDBACK),
    ]


@pytest.mark.parametrize(("majors", "tones"), [(0, [BAD, WARN, WARN]), (1, [BAD, BAD, WARN])])
def test_overdue_issues_stand_with_their_likes(majors, tones):
    mixed = Picture(lapsed=3, overdue=1, overdue_majors=majors, unanswered=1)
    assert [one.tone for one in symptoms_of(mixed)] == tones


def test_a_symptom_says_all_there_is_to_show():
    assert symptoms_of(Picture(unanswered=1)) == [
        Symptom("unanswered", "1 escalation got no answer in the time agreed.", BAD, Page.ESCALATIONS)
    ]
