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
    def made(about, state="waiting", hours=1, raised_by="client"):
        on = now - timedelta(hours=hours)
        escalation = Escalation.objects.create(
            issue=about, number=1, plan="p", raised_by=raised_by, started_at=on, level=1, entered_at=on, due_at=on,
            reason="Worse", state=state, ladder={},
        )  # fmt: skip
        return Step.objects.create(
            escalation=escalation, level=1, name="Board", reason="Worse", entered_at=on, due_at=on,
            reaction_due_at=on if state == "answered" else None,
        )  # fmt: skip

    return made


def said(person, now):
    return [(one.said, one.thing) for one in told_late(late(person, now))]


def test_what_the_other_side_is_late_with_comes_in_the_order_of_its_days(world, now, issue, report, climbing):
    issue(10)
    issue(0, number=2)
    issue(9, number=3, state="resolved", resolved_by="partner")
    issue(8, number=4, responsible="client")
    report(12)
    report(11, state="received")
    report(4, state="returned", mend_by=now.date() + timedelta(1))
    climbing(issue(-5, number=5), hours=30)
    climbing(issue(-5, number=6), hours=-1)
    issue(1, number=7, engagement=world.sibling_engagement, responsible="client")
    expected = [("Report 12", "report"), ("Trouble 1", "issue"), ("Trouble 5", "answer to an escalation")]
    assert said(world.manager, now) == expected
    assert said(world.signer, now) == [("Trouble 4", "issue")]
    assert said(world.sibling_signer, now) == [("Trouble 7", "issue")]


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
    issue(3, client_owner=world.executive, severity="major")
    issue(2, number=2, client_owner=world.manager)
    report(1)
    assert [what for what, _ in said(world.manager, now)] == ["Trouble 2", "Report 1"]
    assert [what for what, _ in said(world.executive, now)] == ["Trouble 1"]
    assert [what for what, _ in said(world.viewer, now)] == ["Trouble 1", "Trouble 2", "Report 1"]
    Engagement.objects.update(client_owner=world.executive)
    assert [what for what, _ in said(world.manager, now)] == ["Trouble 2"]


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
    for number in range(1, 22):
        issue(number, number=number)
    today = browser.get("/").content.decode()
    assert "The other side is late" in today
    assert "Show everything that is late" in today
    assert ("Trouble 21<" in today, "Trouble 1<" in today) == (True, False)
    assert "Trouble 1<" in browser.get("/portfolio/late/").content.decode()
    assert b"Trouble 21" in b"".join(browser.get("/portfolio/late/?format=csv"))


@pytest.mark.parametrize("many", [1, 5])
def test_it_takes_one_query_for_much_as_for_little(
    world, now, issue, report, climbing, django_assert_num_queries, many
):
    for number in range(1, many + 1):
        climbing(issue(number, number=number))
        report(number)
    with django_assert_num_queries(1):
        assert len(said(world.manager, now)) == 3 * many
