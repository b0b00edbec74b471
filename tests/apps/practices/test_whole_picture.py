"""What shows in the whole picture, from real rows to pages, Today, notices and programs."""

from datetime import date, timedelta
from fractions import Fraction

import pytest
import yaml

from apps.api.conftest import program, secret_of
from rapport.apps.assurance.models import Line
from rapport.apps.corrections.models import Correction
from rapport.apps.engagements.models import AgreementVersion, Engagement
from rapport.apps.escalations.models import Escalation
from rapport.apps.feedback.models import Feedback, Rating, Round
from rapport.apps.issues.models import Issue
from rapport.apps.kpis.models import Result
from rapport.apps.meetings.models import Meeting, Report
from rapport.apps.notices.models import Notice
from rapport.apps.notices.queries import told
from rapport.apps.portfolio.queries.tellers import TELLERS
from rapport.apps.practices.jobs import look_at_the_whole_picture
from rapport.apps.practices.models import Symptom
from rapport.apps.practices.queries import pictures
from rapport.domain.roles import Side
from rapport.domain.symptoms import Picture, Row

__all__ = ["program", "secret_of"]

DAY = date(2026, 3, 2)
PART = {"HTTP_HX_REQUEST": "true"}
UNHAPPY = "All 2 KPIs judged meet their targets, but the client rates the work together 2.0 of 5."


@pytest.fixture
def judged(version, computed):
    """The latest result of a KPI, of a period that ended so many days ago."""

    def judge(kpi, status, days=20):
        result = computed(kpi, f"{DAY - timedelta(days)}T00:00:00+00:00", status)
        Result.objects.filter(pk=result.pk).update(is_latest=True)
        return result

    return judge


@pytest.fixture
def rated(world, now):
    """A round in which both sides rated; what the client said of every question."""

    def rate(score, state="revealed", number=1):
        a_round = Round.objects.create(
            engagement=world.engagement, number=number, questions=[], opened_by=world.manager, opened_at=now,
            closes_on=DAY, state=state, ended_at=now,
        )  # fmt: skip
        for side, given in (("client", score), ("partner", 5)):
            answers = {"fairness": {"score": given, "note": ""}}
            Rating.objects.create(
                round=a_round, side=side, answers=answers, signed_by=world.manager, signed_at=now
            )  # fmt: skip

    return rate


@pytest.fixture
def issue(world, now):
    def put(number, **changes):
        said = {"origin": "missed_kpi", "severity": "minor", "state": "listed", "due_on": DAY} | changes
        return Issue.objects.create(
            engagement=world.engagement, number=number, title="Late", responsible="partner", raised_at=now, **said
        )

    return put


@pytest.fixture
def agreed(version):
    """A regular meeting and a regular report in the agreement in force."""
    said = yaml.safe_load(version.text)
    item = {"client": ["Lead"], "partner": ["Lead"], "channel": "Video", "rhythm": "weekly", "day": "tue"}
    said["communication"] = [
        item | {"id": "call", "name": "Call", "kind": "meeting"},
        item | {"id": "steering", "name": "Steering", "kind": "meeting"},
        item | {"id": "status", "name": "Status", "kind": "report"},
    ]
    version.text = yaml.safe_dump(said)
    version.save()
    return version


def picture(engagement, now):
    return pictures(now)[engagement.pk]


def shown(engagement):
    return list(Symptom.objects.filter(engagement=engagement).values_list("sentence", flat=True))


def test_nothing_is_known_of_a_fresh_agreement_and_nothing_is_looked_at_without_one(world, version, now):
    assert pictures(now) == {world.engagement.pk: Picture(feedback=dict.fromkeys(Side, 0))}
    assert pictures(now.replace(year=2027)) == {}
    look_at_the_whole_picture(now)
    assert not Symptom.objects.exists()


def test_a_miss_is_left_alone_until_somebody_corrects_it_or_both_close_it(world, judged, issue, now):
    judged("backlog", "below_target")
    judged("reopened", "below_minimum", days=9)
    judged("urgent", "met")
    judged("not-agreed-any-more", "below_target")
    found = picture(world.engagement, now)
    assert (found.met, found.missed, list(found.uncorrected)) == (1, 2, ["backlog"])
    about = issue(1, kpi="backlog", period=f"{DAY - timedelta(20)}")
    assert list(picture(world.engagement, now).uncorrected) == ["backlog"]
    correction = Correction.objects.create(issue=about, responsible="partner", began_at=now, moved_at=now)
    assert not picture(world.engagement, now).uncorrected
    correction.state = "closed"
    correction.save()
    assert list(picture(world.engagement, now).uncorrected) == ["backlog"]
    about.state = "closed"
    about.save()
    assert not picture(world.engagement, now).uncorrected


def test_a_correction_that_another_kpi_proves_counts_for_that_one(world, judged, issue, now):
    judged("backlog", "below_target")
    about = issue(1, kpi="reopened")
    Correction.objects.create(
        issue=about, responsible="partner", began_at=now, moved_at=now, proof_kpi="backlog", state="verifying"
    )
    assert not picture(world.engagement, now).uncorrected


HELD = [
    ("call", "held missed cancelled missed planned", 3),
    ("steering", "missed missed held planned planned planned cancelled cancelled cancelled", 0),
    ("dropped", "missed missed missed", 0),
]


def test_meetings_not_held_in_a_row_are_those_after_the_last_that_was(world, agreed, now):
    """The lengths are written down by hand beside the meetings."""
    for series, states, _ in HELD:
        for week, state in enumerate(states.split()):
            on = DAY + timedelta(days=7 * (week - 5))
            Meeting.objects.create(
                engagement=world.engagement, series=series, name=series, channel="Video", state=state, planned_on=on,
                first_planned_on=on, cancelled_by="client" if state == "cancelled" else "",
            )  # fmt: skip
    assert picture(world.engagement, now).unheld == (Row("call", "call", 3),)


def test_reports_late_in_a_row_end_with_one_that_came_in_time(world, agreed, now):
    for number, (state, was_late) in enumerate(
        [("received", True), ("received", False), ("received", True), ("late", True), ("due", False)]
    ):
        Report.objects.create(
            engagement=world.engagement, series="status", name="Status", channel="Mail", owed_by="partner",
            state=state, due_on=DAY + timedelta(days=7 * (number - 4)), was_late=was_late,
        )  # fmt: skip
    assert picture(world.engagement, now).late == (Row("status", "Status", 2),)


def test_overdue_issues_and_escalations_unanswered_at_the_top(world, version, issue, now):
    late = issue(1, due_on=DAY - timedelta(2), severity="major")
    other = issue(2, due_on=DAY - timedelta(2))
    issue(3, due_on=DAY - timedelta(2), state="resolved")
    issue(4, due_on=DAY - timedelta(1))
    issue(5, due_on=DAY - timedelta(2), severity="major", move="nobody")
    rungs = [["Team", "A", "B", 3600, None], ["Executives", "A", "B", 3600, None]]
    calendar = {"name": "Day", "zone": "UTC", "weekly": [[[0, 86400]]] * 7, "holidays": [], "replacements": []}
    for about, level in ((late, 1), (other, 0)):
        Escalation.objects.create(
            issue=about, number=1, plan="p", raised_by="client", started_at=now, level=level, entered_at=now,
            due_at=now, reason="Late", ladder={
                "id": "p", "name": "p", "currency": "EUR", "rungs": rungs, "calendar": calendar},
        )  # fmt: skip
    found = picture(world.engagement, now)
    assert (found.overdue, found.overdue_majors, found.unanswered) == (2, 1, 1)
    assert picture(world.engagement, now + timedelta(hours=3)).overdue == 3


def test_figures_are_counted_by_what_became_of_them_and_a_sealed_one_not_at_all(world, version, now):
    def counted():
        found = picture(world.engagement, now)
        return found.verified, found.settled, found.lapsed

    for kpi, period, state, client in (
        ("backlog", "2025-01", "lapsed", ""), ("urgent", "2025-01", "lapsed", "4"),
        ("backlog", "2025-02", "lapsed", ""), ("backlog", "2025-03", "awaiting_partner", "5"),
    ):  # fmt: skip
        Line.objects.create(
            engagement=world.engagement, kpi=kpi, period=period, ends_at=now, closes_at=now, state=state, client=client
        )
    assert counted() == (0, 0, 2)
    Line.objects.filter(period="2025-03").update(state="differing", partner="6")
    assert counted() == (1, 0, 2)
    Line.objects.update(state="agreed")
    assert counted() == (1, 4, 0)


def test_figures_never_verified_show_once_the_agreement_is_half_a_year_old(world, version, judged, now):
    judged("backlog", "met")
    since = now - timedelta(days=200)
    AgreementVersion.objects.create(
        engagement=world.engagement, number=9, text=version.text, stage="superseded", written_by="client",
        author=world.manager, created_at=since, in_force_at=since,
    )  # fmt: skip
    look_at_the_whole_picture(since + timedelta(days=181))
    assert shown(world.engagement) == []
    look_at_the_whole_picture(since + timedelta(days=182))
    assert shown(world.engagement) == [
        "The agreement has been in force for half a year, and its figures were never verified independently."
    ]


def test_sealed_ratings_show_nothing(world, judged, rated, now):
    judged("backlog", "met")
    rated(1, state="open")
    look_at_the_whole_picture(now)
    assert shown(world.engagement) == []


def test_targets_met_and_people_unhappy_stand_on_the_pages_of_both_sides(
    world, judged, rated, now, signed_in, address, program
):
    judged("backlog", "met")
    judged("urgent", "met")
    rated(2)
    assert picture(world.engagement, now).ratings == {Side.CLIENT: Fraction(2), Side.PARTNER: Fraction(5)}
    look_at_the_whole_picture(now)
    assert shown(world.engagement) == [UNHAPPY]
    for person in (world.viewer, world.partner_viewer):
        browser = signed_in(person)
        for page in (address("practices:summary"), address("practices:show"), "/engagements/symptoms/"):
            content = browser.get(page).content.decode()
            assert UNHAPPY in content, page
            assert f'href="{address("feedback:overview")}"' in content
    (row,) = program(world.partner_viewer).all(f"/engagements/{world.engagement.pk}/symptoms")
    assert (row["key"], row["sentence"], row["tone"]) == ("unhappy", UNHAPPY, "bad")
    assert row["page"] == address("feedback:overview")
    assert UNHAPPY not in signed_in(world.sibling_editor).get("/engagements/symptoms/").content.decode()
    file = b"".join(signed_in(world.viewer).get("/engagements/symptoms/?format=csv"))
    assert UNHAPPY in file.decode()
    portfolio = signed_in(world.viewer).get("/portfolio/").content.decode()
    assert "1 symptom<" in portfolio


def test_what_shows_stands_on_today_of_owners_and_what_is_bad_of_executives_and_auditors_too(
    world, judged, rated, now, signed_in
):
    judged("backlog", "met")
    judged("urgent", "met")
    rated(2)
    Engagement.objects.filter(pk=world.engagement.pk).update(partner_owner=world.editor)
    look_at_the_whole_picture(now)
    seen = {
        role: UNHAPPY in signed_in(getattr(world, role)).get("/engagements/symptoms/", **PART).content.decode()
        for role in ("manager", "executive", "auditor", "viewer", "editor", "signer", "sibling_editor")
    }
    assert seen == {
        "manager": True, "executive": True, "auditor": True, "viewer": False, "editor": True, "signer": False,
        "sibling_editor": False,
    }  # fmt: skip
    Engagement.objects.filter(pk=world.engagement.pk).update(partner_owner=None)
    assert UNHAPPY in signed_in(world.signer).get("/engagements/symptoms/", **PART).content.decode()
    Symptom.objects.update(tone="warn")
    assert UNHAPPY in signed_in(world.manager).get("/engagements/symptoms/", **PART).content.decode()
    for reader in (world.executive, world.auditor):
        assert not signed_in(reader).get("/engagements/symptoms/", **PART).content.strip()


def test_the_bad_stands_on_today_before_the_warnings_without_those_that_last(world, version, now, signed_in):
    for days, tone in enumerate(("warn", "bad", "warn")):
        Symptom.objects.create(
            engagement=world.engagement, key=str(days), sentence=f"Shown {days}", tone=tone, page="issues",
            since=now - timedelta(days),
        )  # fmt: skip
    Symptom.objects.create(
        engagement=world.engagement, key="unverified", sentence="Never verified", tone="warn", page="settle", since=now
    )
    part = signed_in(world.manager).get("/engagements/symptoms/", **PART).content.decode()
    assert "Never verified" not in part
    assert sorted(range(3), key=lambda days: part.index(f"Shown {days} ")) == [1, 2, 0]


def test_owners_are_told_once_of_what_is_bad_and_not_once_it_is_over(world, judged, rated, now):
    judged("backlog", "met")
    judged("urgent", "met")
    rated(2)
    for minute in range(3):
        look_at_the_whole_picture(now + timedelta(minutes=minute))
    notice = Notice.objects.get(kind="symptom")
    assert notice.recipient == world.manager
    assert told(notice, TELLERS).title == f"Service desk: {UNHAPPY}"
    assert Symptom.objects.get().since == now
    notice.recipient = world.sibling_editor
    assert told(notice, TELLERS) is None
    rated(4, number=2)
    look_at_the_whole_picture(now + timedelta(days=1))
    notice.recipient = world.manager
    assert (shown(world.engagement), told(notice, TELLERS)) == ([], None)
    rated(1, number=3)
    look_at_the_whole_picture(now + timedelta(days=2))
    assert Notice.objects.filter(kind="symptom").count() == 2


def test_one_engagement_that_cannot_be_kept_keeps_no_other_from_its_turn(world, judged, rated, now, monkeypatch):
    judged("backlog", "met")
    judged("urgent", "met")
    rated(2)
    Symptom.objects.create(
        engagement=world.sibling_engagement, key="overdue", sentence="x", tone="warn", page="issues", since=now
    )
    from rapport.apps.practices import jobs

    kept = jobs.note_symptoms

    def fails(*, engagement, **rest):
        if engagement == world.engagement:
            raise RuntimeError("no")
        kept(engagement=engagement, **rest)

    monkeypatch.setattr(jobs, "note_symptoms", fails)
    look_at_the_whole_picture(now)
    assert (shown(world.engagement), shown(world.sibling_engagement)) == ([], [])


def test_feedback_that_goes_one_way_is_counted_without_what_was_taken_back(world, version, now):
    for number, state in enumerate(("shared", "answered", "shared", "withdrawn"), start=1):
        Feedback.objects.create(
            engagement=world.engagement, author=world.manager, at=now, by="client", number=number, state=state,
            kind="recognition",
        )  # fmt: skip
    look_at_the_whole_picture(now)
    assert shown(world.engagement) == ["The client gave feedback 3 times, and the partner never did."]


def test_looking_takes_as_many_queries_for_many_as_for_one(world, agreed, judged, now, django_assert_num_queries):
    with django_assert_num_queries(11):
        look_at_the_whole_picture(now)
    agreed.pk = None
    agreed.engagement = world.sibling_engagement
    agreed.save()
    with django_assert_num_queries(11):
        look_at_the_whole_picture(now)
