"""The issue about a late report, once that has come in."""

from rapport.apps.issues.models import Issue
from rapport.apps.meetings import actions
from rapport.apps.meetings.models import Report


def test_a_report_that_comes_in_late_closes_its_issue(world, report, on):
    at = on(4)
    late = Report.objects.get(pk=report.pk)
    issue = Issue.objects.get(origin="late_report")
    assert (late.state, issue.state) == ("late", "listed")
    actions.hand_in_report(by=world.signer, report=late, answers={"went_well": "x"}, at=at)
    issue.refresh_from_db()
    assert (issue.state, issue.resolved_by) == ("closed", "partner")
    assert issue.reason.startswith("The report came in on")


def test_while_another_of_its_kind_is_late_the_issue_stays(world, report, on):
    at = on(4)
    late = Report.objects.get(pk=report.pk)
    earlier = {"series": late.series, "name": late.name, "owed_by": late.owed_by, "state": "late"}
    Report.objects.create(engagement=world.engagement, due_on=late.due_on.replace(day=1), **earlier)
    actions.hand_in_report(by=world.signer, report=late, answers={"went_well": "x"}, at=at)
    assert Issue.objects.get(origin="late_report").state == "listed"
