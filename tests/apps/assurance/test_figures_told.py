"""Who is told of figures: of a dispute, an offer and its end, of a period's figures as one, of windows that close."""

from datetime import timedelta
from fractions import Fraction

import pytest

from apps.assurance.conftest import END
from rapport.apps.assurance import actions
from rapport.apps.assurance.jobs import tell_of_closing_windows
from rapport.apps.assurance.models import Line, PeriodWindow, Statement
from rapport.apps.assurance.queries import TELLERS
from rapport.apps.notices.models import Dispatch, Notice
from rapport.apps.notices.queries import told
from rapport.apps.portfolio.queries.tellers import TELLERS as ALL

KPI, PERIOD = "resolved-in-time", "2025-03"
NAME = "Tickets closed within the limit of their priority"
SETTLING, SOON, OVER = END + timedelta(days=21), END + timedelta(days=28), END + timedelta(days=30)


@pytest.fixture(autouse=True)
def owned(world):
    """The signer owns the engagement at the partner, as the manager does at the client."""
    world.engagement.partner_owner = world.signer
    world.engagement.save()


@pytest.fixture
def differing(world, line):
    """A line on which the partner says 95 and the client 91, of which people were told."""
    actions.report_figure(by=world.editor, line=line(3), value=Fraction(95), at=END)
    return actions.verify_figure(by=world.manager, line=line(3), value=Fraction(91), at=END)


@pytest.fixture
def titles():
    """What a person was told, the first first."""

    def read(person):
        return [words.title for one in Notice.objects.filter(recipient=person).order_by("pk") if (words := said(one))]

    return read


def said(notice):
    return told(notice, ALL)


def test_many_figures_of_a_day_are_one_notice_for_the_other_side(world, line, titles):
    figures = [(line(3, kpi), Fraction(3)) for kpi in (KPI, "reopened", "backlog")]
    actions.report_figures(by=world.editor, figures=figures, at=END)
    notice = Notice.objects.get()
    assert (notice.recipient, Dispatch.objects.count()) == (world.manager, 1)
    assert said(notice).text == "3 to be verified by the client."
    assert said(notice).verb == "Verify them"
    actions.verify_figure(by=world.manager, line=line(3), value=Fraction(3), at=END)
    assert titles(world.signer) == ["Service desk: figures of 2025-03"]
    assert said(Notice.objects.latest("pk")).text == "2 to be verified by the client, 1 agreed."
    assert "95" not in said(notice).text


def test_the_next_day_there_may_be_another(world, line):
    actions.report_figure(by=world.editor, line=line(3), value=Fraction(95), at=END)
    actions.report_figure(by=world.editor, line=line(4), value=Fraction(94), at=END + timedelta(days=1))
    assert Notice.objects.filter(recipient=world.manager).count() == 2


def test_a_dispute_tells_the_owner_and_whoever_stated_the_figure(world, differing, titles):
    actions.dispute_figure(by=world.manager, line=differing, reason="Three wait for you", at=SETTLING)
    for person in (world.signer, world.editor):
        assert titles(person)[-1] == f"{NAME}, 2025-03: Northwind Insurance disputes your figure"
    words = said(Notice.objects.filter(recipient=world.editor).latest("pk"))
    assert words.url.endswith(f"/settle/{KPI}/{PERIOD}/")
    assert words.text == "Service desk: Three wait for you To be settled by Wed 30 Apr 2025."
    assert Notice.objects.filter(recipient=world.manager, kind="figure").count() == 0


def test_an_offer_tells_the_other_side_and_its_acceptance_both_owners(world, differing, titles):
    actions.make_offer(by=world.editor, line=differing, value=Fraction(93), reason="Halfway.", at=SETTLING)
    assert titles(world.manager)[-1] == f"{NAME}, 2025-03: Brightdesk offers 93.00 %"
    offer = Statement.objects.get(kind="offer")
    actions.accept_offer(by=world.manager, line=differing, offer=offer.pk, at=SETTLING)
    for person in (world.signer, world.editor):
        assert titles(person)[-1] == f"{NAME}, 2025-03: settled, 93.00 % stands"


def test_another_offer_answers_the_first_and_is_told(world, differing, titles):
    actions.make_offer(by=world.editor, line=differing, value=Fraction(94), reason="Ours.", at=SETTLING)
    actions.make_offer(by=world.manager, line=differing, value=Fraction(92), reason="No.", at=SETTLING)
    assert titles(world.editor)[-1] == f"{NAME}, 2025-03: Northwind Insurance offers 92.00 %"


def test_figures_that_stand_by_rule_are_told_once_to_both_owners(world, line, computed, titles):
    computed(resolved_in_time=92.5, reopened=4)
    for kpi in (KPI, "reopened"):
        actions.report_figure(by=world.editor, line=line(3, kpi), value=Fraction(95), at=END)
    assert actions.lapse_overdue(at=OVER) == 2
    notices = Notice.objects.filter(kind="figures.lapsed")
    assert {one.recipient for one in notices} == {world.manager, world.signer}
    assert titles(world.manager)[-1] == "Service desk: 2 figures of 2025-03 now stand by rule"
    owed = {one.recipient: said(one).text for one in notices}
    assert owed == {world.manager: "Your side owed an answer on 2.", world.signer: ""}


def test_a_window_that_closes_in_two_days_is_told_once(world, version, titles):
    """Months and quarters that end on the same day are two windows."""
    assert tell_of_closing_windows(SOON - timedelta(minutes=1)) == 0
    assert [tell_of_closing_windows(SOON), tell_of_closing_windows(SOON + timedelta(hours=1))] == [2, 0]
    notices = Notice.objects.filter(kind="figures.closing")
    assert sorted(one.recipient.name for one in notices) == ["Brightdesk signer"] * 2 + ["Northwind manager"] * 2
    assert "Service desk: the time for figures of 2025-03 is over on Wed 30 Apr 2025" in titles(world.signer)
    assert said(notices[0]).text.startswith("Nobody has spoken about ")
    assert not Line.objects.exists()


def test_a_window_that_waits_for_one_side_is_told_to_that_one(world, line, version):
    for one in [line(21, kpi) for kpi in _kpis(world)]:
        actions.make_offer(by=world.editor, line=one, value=Fraction(95), reason="As we count.", at=SETTLING)
    Notice.objects.all().delete()
    tell_of_closing_windows(SOON)
    notice = Notice.objects.get(subject=PeriodWindow.objects.get(period=PERIOD).pk)
    assert notice.recipient == world.manager
    assert "Nobody" not in said(notice).text
    for offer in list(Statement.objects.filter(kind="offer")):
        actions.accept_offer(by=world.manager, line=offer.line, offer=offer.pk, at=SOON)
    assert said(notice) is None


def _kpis(world):
    from rapport.apps.assurance.queries.books import books

    return [one.kpi for one in books(world.engagement, SETTLING).lines if one.period == PERIOD]


def test_a_teller_tells_only_who_may_see_it(world, differing):
    actions.dispute_figure(by=world.manager, line=differing, reason="Three wait for you", at=SETTLING)
    subjects = {kind: PeriodWindow.objects.get().pk for kind in TELLERS} | {"figure": differing.pk}
    for kind, subject in subjects.items():
        assert TELLERS[kind](world.sibling_signer, subject) is None
    assert set(TELLERS) <= set(ALL)
