"""The portfolio for trying, made through the actions people use."""

from datetime import UTC, datetime

import pytest

from rapport.apps.accounts.policy import Refused
from rapport.apps.assurance.models import Line
from rapport.apps.audit.models import Entry
from rapport.apps.audit.queries import verdicts
from rapport.apps.engagements.models import AgreementVersion, Engagement
from rapport.apps.kpis.models import Result
from rapport.apps.portfolio.queries import needs, portfolio
from rapport.cli.seed import fill

NOW = datetime(2026, 10, 20, 9, tzinfo=UTC)


@pytest.mark.django_db
def test_a_portfolio_is_made_once_and_looks_alive():
    told = []
    manager, executive, auditor, partner = (entrance.person for entrance in fill(told.append, NOW))

    assert len(told) == Engagement.objects.count() == 6
    assert AgreementVersion.objects.filter(stage="in_force").count() == 6
    assert set(Result.objects.values_list("status", flat=True)) >= {"met", "below_target", "below_minimum", "no_data"}
    assert [verdict.broken_at for verdict in verdicts()] == [None] * 7
    assert len(portfolio(executive)) == len(portfolio(auditor)) == 6
    assert [row.engagement.partner for row in portfolio(partner)] == [partner.organisation]
    assert [need.verb for need in needs(manager)] == ["Read and sign"]
    with pytest.raises(Refused, match="has its client already"):
        fill(told.append, NOW)
