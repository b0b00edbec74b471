"""A report: due, reminded of, late, handed in, sent back."""

import pytest

from rapport.apps.issues.models import Issue
from rapport.apps.kpis.models import Evaluation, Result
from rapport.apps.meetings import actions
from rapport.apps.meetings.models import Report
from rapport.apps.meetings.queries import TELLERS
from rapport.apps.notices.models import Notice
from rapport.domain.refusals import Refused


@pytest.fixture
def both(world, signed_in):
    return signed_in(world.manager), signed_in(world.signer)


@pytest.fixture
def told(world, report):
    """What somebody was told of the report."""
    return lambda person: Notice.objects.filter(recipient=person, kind="report", subject=report.pk).count()


def fresh(report):
    return Report.objects.get(pk=report.pk)


def test_a_report_is_reminded_of_once_by_the_side_that_owes_it(world, agreed, on):
    on(-7)
    report = world.engagement.reports.get(due_on="2026-03-05")
    reminders = Notice.objects.filter(recipient=world.signer, kind="report", subject=report.pk)
    on(-1)
    assert not reminders.exists()
    for _ in range(2):
        on(0)
        assert reminders.count() == 1
    assert not Notice.objects.filter(recipient=world.manager, kind="report").exists()


def test_a_late_report_is_told_and_put_on_the_issue_list_once(world, report, on, told):
    on(3)
    assert fresh(report).state == "due"
    for days in (4, 4, 5):
        on(days)
    assert fresh(report).state == "late"
    assert told(world.manager) == 1
    assert told(world.signer) == 2
    issue = Issue.objects.get(origin="late_report")
    assert issue.responsible == "partner"
    assert "Report of the month is late" in issue.title


def test_a_late_report_is_no_issue_where_the_agreement_does_not_say_so(world, agreed, plan, report, on):
    agreed(plan(issues={"raised_for": ["missed_kpi"]}), number=2)
    on(4)
    assert fresh(report).state == "late"
    assert not Issue.objects.exists()


def test_a_report_is_handed_in_with_the_figures_as_they_are_then(world, both, report, on, address, now, agreed):
    version = world.engagement.versions.get(stage="in_force")
    evaluation = Evaluation.objects.create(
        engagement=world.engagement, version=version, content="{}", digest="e" * 64, computed_at=now
    )
    result = Result.objects.create(
        evaluation=evaluation, engagement=world.engagement, kpi="resolved-in-time", period="2026-02", starts_at=now,
        ends_at=now, is_complete=True, is_latest=True, status="met", content={"value": 97.3, "target": 95},
    )  # fmt: skip
    client, partner = both
    page = address("report", report)
    assert "97.3" in partner.get(page).content.decode()
    assert "The report is not in yet" in client.get(page).content.decode()
    partner.post(address("hand_in", report), {"report-went_well": "All of it", "report-outlook": "Quiet"})
    assert fresh(report).state == "received"
    result.content = {"value": 11, "target": 95}
    result.save()
    read = client.get(page).content.decode()
    for words in ("All of it", "Quiet", "97.3", "as they were then"):
        assert words in read


def test_a_report_that_says_nothing_is_not_handed_in(both, report, address):
    answer = both[1].post(address("hand_in", report), {"report-outlook": "  "})
    assert "answer at least one" in answer.content.decode()
    assert fresh(report).state == "due"


def test_a_report_is_sent_back_mended_and_then_late_again(world, both, report, on, address, told):
    client, partner = both
    on(2)
    partner.post(address("hand_in", report), {"report-went_well": "Fine"})
    client.post(address("send_report_back", report), {"back-reason": "Say what went wrong"})
    sent_back = fresh(report)
    assert (sent_back.state, str(sent_back.mend_by)) == ("returned", "2026-03-09")
    page = partner.get(address("report", report)).content.decode()
    assert "Say what went wrong" in page
    assert "Fine" in page
    on(8)
    assert fresh(report).state == "late"
    partner.post(address("hand_in", report), {"report-went_badly": "The phone"})
    assert (fresh(report).state, fresh(report).was_late) == ("received", True)


def test_the_reading_side_has_some_days_to_send_a_report_back(world, both, report, on, address):
    client, partner = both
    partner.post(address("hand_in", report), {"report-went_well": "Fine"})
    on(6)
    assert "Send it back" not in client.get(address("report", report)).content.decode()
    answer = client.post(address("send_report_back", report), {"back-reason": "No"})
    assert "stands now" in answer.content.decode()
    assert fresh(report).state == "received"


def test_the_other_side_hands_no_report_in(world, report, now):
    with pytest.raises(Refused, match="the partner owes it"):
        actions.hand_in_report(by=world.manager, report=report, answers={"outlook": "x"}, at=now)


def test_a_notice_tells_nothing_to_who_may_not_see_the_report(world, report):
    teller = TELLERS["report"]
    assert teller(world.sibling_signer, report.pk) is None
    assert teller(world.signer, report.pk).title.startswith("Report of the month")
    assert teller(world.manager, report.pk) is None  # nothing to do for the side that reads it


def test_a_late_report_is_told_with_the_day_it_was_due(world, report, on):
    on(4)
    assert "late, was due on Thu 5 Mar 2026" in TELLERS["report"](world.signer, report.pk).title


def test_reports_that_were_received_come_in_pages(world, report, both, address, now):
    Report.objects.bulk_create(
        Report(
            engagement=world.engagement, series=f"s{number:02}", name=f"Old report {number:02}", channel="x",
            owed_by="partner", due_on=now.date(), state="received", received_on=now.date(), received_from=world.signer,
        )
        for number in range(25)
    )  # fmt: skip
    first, second = (both[0].get(address("overview"), query).content.decode() for query in ({}, {"reports": 2}))
    assert "Old report 24" in first
    assert "Old report 03" not in first
    assert "Old report 03" in second
