"""The issues of all engagements in one list, and what is under way in one engagement."""

from datetime import timedelta

import pytest

from rapport.apps.engagements.models import Engagement
from rapport.apps.escalations.models import Escalation
from rapport.apps.issues.models import Issue
from rapport.apps.meetings.models import Meeting, Report
from rapport.apps.portfolio.queries.issues import AskedIssues, asked_issues, open_issues, waits_for
from rapport.domain.issues import Move, State
from rapport.domain.roles import Side

DAY = timedelta(days=1)


@pytest.fixture
def issue(world, now):
    made = iter(range(1, 1000))

    def put(days=5, engagement=None, **words):
        said = {"state": "listed", "responsible": "partner", "severity": "minor"} | words
        number = next(made)
        return Issue.objects.create(
            engagement=engagement or world.engagement, number=number, title=f"Trouble {number}", origin="by_hand",
            raised_at=now, due_on=now.date() + days * DAY, **said,
        )  # fmt: skip

    return put


@pytest.fixture
def today(now, monkeypatch):
    monkeypatch.setattr("django.utils.timezone.now", lambda: now)
    return now.date()


def numbers(person, today, **wanted):
    return [one.number for one in open_issues(person, AskedIssues(**wanted), today)]


@pytest.mark.parametrize("state", list(State))
@pytest.mark.parametrize("proposed_by", [*Side, ""])
@pytest.mark.parametrize("responsible", list(Side))
def test_the_list_knows_whose_move_it_is_as_the_rules_do(issue, state, proposed_by, responsible):
    if not proposed_by and state in (State.PROPOSED, State.DECLINED):
        return
    is_resolved = state in (State.RESOLVED, State.CLOSED)
    for move in Move:
        for resolved_by in Side if is_resolved else [""]:
            said = {"state": state, "proposed_by": proposed_by, "resolved_by": resolved_by}
            made = issue(responsible=responsible, move=move, **said)
            found = [side for side in Side if Issue.objects.filter(waits_for(side), pk=made.pk).exists()]
            assert found == ([made.waits_for] if made.waits_for else [])


def test_everything_that_is_open_stands_in_one_list_by_its_day_within_what_the_reader_may_see(world, issue, now):
    second = Engagement.objects.create(partner=world.own, title="Claims", client_owner=world.manager, created_at=now)
    issue(9)
    issue(-1, engagement=second)
    issue(3, engagement=world.sibling_engagement)
    issue(1, state="closed", resolved_by="partner")
    assert numbers(world.manager, now.date()) == [2, 3, 1]
    assert numbers(world.signer, now.date()) == [2, 1]
    assert numbers(world.sibling_editor, now.date()) == [3]


def test_it_is_asked_by_partner_move_lateness_severity_owner_and_words(world, issue, now):
    issue(1, responsible="client", client_owner=world.manager)
    issue(-2, severity="major")
    issue(-3, state="resolved", resolved_by="partner", partner_owner=world.signer)
    issue(4, engagement=world.sibling_engagement)
    day = now.date()
    assert numbers(world.manager, day, partner=world.sibling.pk) == [4]
    assert numbers(world.manager, day, move="ours") == [3, 1]
    assert numbers(world.signer, day, move="ours") == [2]
    assert numbers(world.signer, day, move="theirs") == [3, 1]
    assert (numbers(world.manager, day, is_late=True), numbers(world.manager, day, severity="major")) == ([2], [2])
    assert (numbers(world.manager, day, is_mine=True), numbers(world.signer, day, is_mine=True)) == ([1], [3])
    assert numbers(world.manager, day, text="trouble 2") == [2]
    assert numbers(world.manager, day, text="canary") == [4]


@pytest.mark.parametrize(
    "address", ["/portfolio/issues/?late=yes", "/engagements/{}/issues/?show=late", "/portfolio/late/"]
)
def test_late_is_the_same_wherever_it_is_asked_for(world, issue, signed_in, today, address):
    issue(-2)
    issue(-2, state="resolved", resolved_by="partner")
    issue(-2, move="nobody")
    issue(-1)
    page = signed_in(world.manager).get(address.format(world.engagement.pk)).content.decode()
    assert [number for number in range(1, 5) if f">Trouble {number}<" in page] == [1]


def test_what_an_address_cannot_ask_for_is_left_out():
    assert asked_issues({"move": "x", "severity": "x", "late": "x", "owner": "x", "partner": "x"}) == AskedIssues()


def test_the_page_has_a_place_in_the_navigation_comes_in_pages_and_as_a_file(world, issue, signed_in, today):
    for _ in range(51):
        issue()
    browser = signed_in(world.manager)
    assert 'href="/portfolio/issues/"' in browser.get("/").content.decode()
    first = browser.get("/portfolio/issues/?move=theirs").content.decode()
    assert ("50 of 51" in first, "Trouble 51<" in first) == (True, False)
    assert "Trouble 51<" in browser.get("/portfolio/issues/?move=theirs&page=2").content.decode()
    file = b"".join(browser.get("/portfolio/issues/?move=theirs&format=csv")).decode()
    assert file.count("Trouble") == 51
    assert "No open issue fits" in browser.get("/portfolio/issues/?move=ours").content.decode()


@pytest.mark.parametrize("many", [1, 30])
def test_the_number_of_queries_does_not_grow(world, issue, signed_in, today, django_assert_num_queries, many):
    for _ in range(many):
        issue(client_owner=world.manager)
    browser = signed_in(world.manager)
    with django_assert_num_queries(13):
        browser.get("/portfolio/issues/")


def test_an_engagement_says_what_is_under_way(world, issue, signed_in, today, now):
    address = f"/portfolio/{world.engagement.pk}/under-way/"
    assert f'hx-get="{address}"' in signed_in(world.viewer).get(f"/engagements/{world.engagement.pk}/").content.decode()
    empty = signed_in(world.viewer).get(address).content.decode()
    assert (empty.count("none planned"), empty.count(">none<")) == (2, 2)
    about = issue(-2)
    issue(-1, responsible="client")
    issue(-2, move="nobody")
    Escalation.objects.create(
        issue=about, number=1, plan="p", raised_by="client", started_at=now, level=0, entered_at=now, due_at=now + DAY,
        reason="Worse", ladder={},
    )  # fmt: skip
    words = {"engagement": world.engagement, "series": "s", "channel": "Phone"}
    for days in (-1, 2):
        on = today + days * DAY
        Meeting.objects.create(**words, name=f"Call {days}", first_planned_on=on, planned_on=on)
    Report.objects.create(**words, name="Monthly", owed_by="partner", due_on=today - DAY)
    for person, move in ((world.viewer, "1 yours, 1 theirs"), (world.partner_viewer, "1 yours, 1 theirs")):
        found = signed_in(person).get(address).content.decode()
        for words in (">3</a>, " + move, "1 late", "1 running", ">Call 2</a>", ">Monthly</a>", "1 day late"):
            assert words in found
    assert signed_in(world.sibling_signer).get(address).status_code == 404
