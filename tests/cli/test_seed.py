"""The portfolio for trying, made through the actions people use."""

from datetime import UTC, datetime

import pytest

from rapport.apps.assurance.models import Line
from rapport.apps.assurance.queries import open_periods
from rapport.apps.audit.models import Entry
from rapport.apps.audit.queries import verdicts
from rapport.apps.corrections.models import Correction
from rapport.apps.corrections.queries.standing import effect_of
from rapport.apps.engagements.models import AgreementVersion, Engagement
from rapport.apps.escalations.models import Escalation
from rapport.apps.issues.models import Issue
from rapport.apps.kpis.models import Result
from rapport.apps.meetings.models import Meeting, Minutes, Report
from rapport.apps.notices.models import Dispatch
from rapport.apps.partners.queries import documents_on
from rapport.apps.portfolio.queries.late import late, told_late
from rapport.apps.portfolio.queries.overview import asked, portfolio
from rapport.apps.portfolio.queries.today import needs, papers
from rapport.apps.practices.models import Symptom
from rapport.cli.seed import fill
from rapport.domain.refusals import Refused

NOW = datetime(2026, 10, 20, 9, tzinfo=UTC)


def engagements_of(person):
    return portfolio(person, asked(person, {}), NOW.date())


def figures_of(period):
    """The state of each figure of a month, and what was said about it."""
    lines = Line.objects.filter(period=period)
    return {line.kpi: (line.state, [one.kind for one in line.statements.all()]) for line in lines}


@pytest.mark.django_db
def test_a_portfolio_is_made_once_and_looks_alive():
    told = []
    manager, executive, auditor, partner = (entrance.person for entrance in fill(told.append, NOW))

    assert len(told) == Engagement.objects.count() == 6
    assert AgreementVersion.objects.filter(stage="in_force").count() == 6
    assert set(Result.objects.values_list("status", flat=True)) >= {"met", "below_target", "below_minimum", "no_data"}
    assert [verdict.broken_at for verdict in verdicts()] == [None] * 7
    assert [len(engagements_of(person)) for person in (executive, auditor)] == [6, 6]
    assert [row.engagement.partner for row in engagements_of(partner)] == [partner.organisation]
    day = NOW.date()
    held = papers(manager, documents_on(manager, day), day)
    waiting = [need.what for need in needs(manager, day, held)]
    assert waiting == [
        "Send the address file every Monday", "Give “Read access to the claims calendar”",
        "Approve or decline “Questions about tickets stay unanswered for days”",
        "Rate how working together went: the last three months",
        "Confirm that it is mended: “Calls after five are not answered”",
        "Read what was good: “Since deputies were named every question was answered on the same day.”",
        "Read and sign version 2",
    ]  # fmt: skip
    assert {issue.origin for issue in Issue.objects.all()} >= {"by_hand", "missed_kpi", "dispute"}
    assert Issue.objects.filter(state="listed", due_on__lt=NOW).exists()
    assert not Dispatch.objects.exists()
    assert Symptom.objects.filter(key="unhappy", engagement__title="IT service desk").exists()
    assert set(Meeting.objects.values_list("state", flat=True)) == {"planned", "held", "missed"}
    assert set(Minutes.objects.values_list("state", flat=True)) == {"agreed", "proposed"}
    assert set(Report.objects.values_list("state", flat=True)) == {"due", "received", "late"}
    assert [(one.kind, one.title) for one in told_late(late(manager, NOW))] == [
        ("issue", "Claims processing"), ("report", "Customer surveys")
    ]  # fmt: skip
    assert [one.state for one in Escalation.objects.all()] == ["waiting"]
    assert Escalation.objects.get().level > 0
    assert {one.issue.title: (one.state, effect_of(one).is_by_word) for one in Correction.objects.all()} == {
        "Letters to policyholders go to old addresses": ("plan_agreed", True),
        "Documents come wet through the rain": ("closed", False),
    }
    assert Issue.objects.get(title="Documents come wet through the rain").state == "closed"
    assert figures_of("2026-08") == {
        "resolved-in-time": ("settled", ["report", "verify", "dispute", "offer", "accept"]),
        **dict.fromkeys(("median-hours", "reopened", "backlog-age"), ("agreed", ["report", "verify"])),
    }
    assert figures_of("2026-09") == {
        "resolved-in-time": ("disputed", ["report", "verify", "dispute"]),
        "median-hours": ("awaiting_client", ["report"]),
        "reopened": ("agreed", ["report", "verify"]),
    }
    assert "Half of the tickets closed within" in [kpi for one in open_periods(manager, NOW) for kpi in one.kpis]
    chain = Line.objects.get(kpi="median-hours", period="2026-09").engagement.chain
    moments = list(Entry.objects.filter(chain=chain).order_by("number").values_list("content__at", flat=True))
    assert moments == sorted(moments)
    with pytest.raises(Refused, match="has its client already"):
        fill(told.append, NOW)
