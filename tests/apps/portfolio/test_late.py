"""What the other side is late with, on Today and as a list."""

from datetime import timedelta

import pytest

from rapport.apps.engagements.models import Engagement
from rapport.apps.escalations.models import Escalation, Step
from rapport.apps.issues.models import Issue
from rapport.apps.meetings.models import Report
from rapport.apps.portfolio.queries.late import late, told_late


@pytest.fixture
def issue(world, now):
    def made(days, number=1, engagement=None, **words):
        said = {"state": "listed", "responsible": "partner", "severity": "minor"} | words
        return Issue.objects.create(
            engagement=engagement or world.engagement, number=number, title=f"Trouble {number}", origin="by_hand",
            raised_at=now, due_on=now.date() - timedelta(days), **said,
        )  # fmt: skip

    return made


@pytest.fixture
def report(world, now):
    def made(days, owed_by="partner", engagement=None, **words):
        due_on = now.date() - timedelta(days)
        return Report.objects.create(
            engagement=engagement or world.engagement, series=f"r{days}", name=f"Report {days}", channel="Mail",
            owed_by=owed_by, due_on=due_on, **words,
        )  # fmt: skip

    return made


@pytest.fixture
def climbing(now):
    def made(about, state="waiting", hours=1, raised_by="client", zone="UTC"):
        on = now - timedelta(hours=hours)
        escalation = Escalation.objects.create(
            issue=about, number=1, plan="p", raised_by=raised_by, started_at=on, level=1, entered_at=on, due_at=on,
            reason="Worse", state=state, ladder={"calendar": {"zone": zone}},
        )  # fmt: skip
        return Step.objects.create(
            escalation=escalation, level=1, name="Board", reason="Worse", entered_at=on, due_at=on,
            reaction_due_at=on if state == "answered" else None,
        )  # fmt: skip

    return made


def said(person, now):
    return [(one.said, one.kind) for one in told_late(late(person, now))]


def test_what_the_other_side_is_late_with_comes_in_the_order_of_its_days(world, now, issue, report, climbing):
    issue(10)
    issue(0, number=2)
    climbing(issue(9, number=3, state="resolved", resolved_by="partner"))
    issue(8, number=4, responsible="client")
    report(12)
    report(11, state="received")
    report(4, state="returned", mend_by=now.date() + timedelta(1))
    climbing(issue(-5, number=5), hours=30)
    climbing(issue(-5, number=6), hours=-1)
    issue(5, number=7, move="nobody")
    issue(2, number=8, engagement=world.sibling_engagement, responsible="client")
    report(3, owed_by="client", engagement=world.sibling_engagement)
    climbing(issue(-5, number=9, engagement=world.sibling_engagement), raised_by="partner")
    expected = [("Report 12", "report"), ("Trouble 1", "issue"), ("Trouble 5", "escalation")]
    assert said(world.manager, now) == expected
    assert said(world.signer, now) == [("Trouble 4", "issue")]
    of_sibling = [("Report 3", "report"), ("Trouble 8", "issue"), ("Trouble 9", "escalation")]
    assert said(world.sibling_signer, now) == of_sibling


def test_nothing_is_late_before_its_day_is_over_everywhere(world, now, issue, report):
    issue(1, number=2)
    report(1)
    assert said(world.manager, now) == []
    assert said(world.manager, now + timedelta(hours=3)) == [("Trouble 2", "issue"), ("Report 1", "report")]


@pytest.mark.parametrize(("zone", "days"), [("UTC", 0), ("Pacific/Auckland", 1), ("America/New_York", 0)])
def test_the_day_of_an_escalation_is_the_one_that_clocks_of_its_plan_show(world, now, issue, climbing, zone, days):
    climbing(issue(-5), hours=-5, zone=zone)
    day = now.date() + timedelta(days)
    later = now + timedelta(hours=6)
    assert [one.due_on for one in told_late(late(world.manager, later))] == [day]
    climbing(issue(-5, number=2), "answered", hours=-5, raised_by="partner", zone=zone)
    assert [one.due_on for one in told_late(late(world.manager, later))] == [day, day]


@pytest.mark.parametrize(("state", "raised_by", "reader"), [
    ("waiting", "client", "manager"), ("waiting", "partner", "signer"),
    ("answered", "client", "signer"), ("answered", "partner", "manager"),
])  # fmt: skip
def test_an_escalation_is_late_on_the_side_that_owes_the_next_word(
    world, now, issue, climbing, state, raised_by, reader
):
    climbing(issue(-5), state, raised_by=raised_by)
    for person in ("manager", "signer"):
        assert bool(said(getattr(world, person), now)) == (person == reader)


def test_whoever_works_sees_what_is_theirs_and_whoever_reads_sees_all(world, now, issue, report):
    issue(4, client_owner=world.executive)
    issue(3, number=2, client_owner=world.manager, severity="major")
    issue(3, number=3, client_owner=world.manager)
    report(2)
    assert [what for what, _ in said(world.manager, now)] == ["Trouble 2", "Trouble 3", "Report 2"]
    assert [what for what, _ in said(world.executive, now)] == ["Trouble 1", "Trouble 2"]
    assert [what for what, _ in said(world.viewer, now)] == ["Trouble 1", "Trouble 2", "Trouble 3", "Report 2"]
    Engagement.objects.update(client_owner=world.executive)
    assert [what for what, _ in said(world.manager, now)] == ["Trouble 2", "Trouble 3"]
    assert [what for what, _ in said(world.executive, now)] == ["Trouble 1", "Trouble 2", "Report 2"]


def test_an_auditor_sees_what_either_side_is_late_with_and_whose_it_is(world, now, issue, report, signed_in):
    issue(3)
    report(2, owed_by="client")
    found = list(told_late(late(world.auditor, now)))
    assert [(one.said, one.by) for one in found] == [("Trouble 1", "partner"), ("Report 2", "client")]
    for address in ("/", "/portfolio/late/"):
        page = signed_in(world.auditor).get(address).content.decode()
        assert '<td data-label="Who is late">the client</td>' in page


def test_today_shows_what_is_late_longest_and_a_way_to_the_rest(world, issue, signed_in):
    browser = signed_in(world.manager)
    assert "The other side is late" not in browser.get("/").content.decode()
    issue(30, number=30)
    assert "Show everything that is late" in browser.get("/").content.decode()
    for number in range(2, 23):
        issue(number, number=number)
    today = browser.get("/").content.decode()
    assert "The other side is late" in today
    assert "Show everything that is late" in today
    assert ("Trouble 22<" in today, "Trouble 2<" in today) == (True, False)
    assert "Trouble 2<" in browser.get("/portfolio/late/").content.decode()
    assert b"Trouble 22" in b"".join(browser.get("/portfolio/late/?format=csv"))


@pytest.mark.parametrize("many", [1, 5])
def test_it_takes_one_query_for_much_as_for_little(
    world, now, issue, report, climbing, django_assert_num_queries, many
):
    for number in range(2, many + 2):
        climbing(issue(number, number=number))
        report(number)
    with django_assert_num_queries(1):
        assert len(said(world.manager, now)) == 3 * many
