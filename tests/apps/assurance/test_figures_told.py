"""Who is told of figures: of a dispute, an offer and its end, of a period's figures as one, of windows that close."""

from datetime import timedelta
from fractions import Fraction

import pytest
from django.urls import reverse

from apps.assurance.conftest import END
from rapport.apps.accounts.models import Person
from rapport.apps.assurance import actions
from rapport.apps.assurance.jobs import tell_of_closing_windows
from rapport.apps.assurance.models import Line, PeriodWindow, Statement
from rapport.apps.assurance.queries import TELLERS, open_periods
from rapport.apps.engagements.models import AgreementVersion
from rapport.apps.notices.actions import send_due_mail
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


def test_nothing_that_is_told_while_figures_are_sealed_says_what_they_are(world, line, version, clock, mailoutbox):
    """Without days to settle, a window is about to close while the partner's figures are still sealed."""
    version.text = version.text.replace("settle: 10d}", "settle: 0d}")
    version.save()
    for kpi in (KPI, "reopened"):
        actions.report_figure(by=world.editor, line=line(3, kpi), value=Fraction("87.65"), at=END)
    at = clock(19)
    tell_of_closing_windows(at)
    told_of = Notice.objects.filter(recipient=world.manager)
    assert {one.kind for one in told_of} == {"figures.stated", "figures.closing"}
    send_due_mail(tellers=ALL, most=100, at=at + timedelta(days=2))
    read = [f"{words.title} {words.text}" for one in told_of if (words := said(one))]
    mails = [f"{one.subject} {one.body} {one.alternatives}" for one in mailoutbox if one.to == [world.manager.email]]
    assert len(read) == 3
    assert mails
    assert not [text for text in [*read, *mails] if "87.65" in text or "87,65" in text]


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
    assert words.text == "Service desk: Three wait for you. To be settled by Wed 30 Apr 2025."
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


def test_no_value_that_stands_has_no_unit(world, line, titles):
    actions.report_figure(by=world.editor, line=line(3), value=Fraction(95), at=END)
    dispute = {"line": line(21), "at": SETTLING}
    actions.dispute_figure(by=world.manager, reason="Three wait for you!", **dispute)
    assert "Three wait for you! To be" in said(Notice.objects.filter(recipient=world.editor).latest("pk")).text
    actions.dispute_figure(by=world.manager, reason="Still", **dispute)
    actions.lapse_overdue(at=OVER)
    assert titles(world.editor)[-1] == f"{NAME}, 2025-03: closed by rule, no value stands"


def test_a_window_that_closes_in_two_days_is_told_once(world, version, titles, clock):
    """Months and quarters that end on the same day are two windows."""
    assert tell_of_closing_windows(SOON - timedelta(minutes=1)) == 0
    assert [tell_of_closing_windows(clock(28)), tell_of_closing_windows(SOON + timedelta(hours=1))] == [2, 0]
    notices = Notice.objects.filter(kind="figures.closing")
    assert sorted(one.recipient.name for one in notices) == ["Brightdesk signer"] * 2 + ["Northwind manager"] * 2
    assert "Service desk: figures of 2025-03 are to be settled by Wed 30 Apr 2025" in titles(world.signer)
    stands = "for your side. If nobody moves, no value stands."
    assert {said(one).text for one in notices} == {f"3 wait {stands}", f"4 wait {stands}"}
    assert not Line.objects.exists()
    clock(30)
    assert {said(one) for one in notices} == {None}


def test_closing_windows_and_today_speak_of_the_same_figures(world, version, line, computed, clock):
    """Nothing depends on a figure nobody spoke about whose value the records tell."""
    computed(resolved_in_time=91, reopened=4, backlog=50)
    actions.report_figure(by=world.editor, line=line(3, "reopened"), value=Fraction(3), at=END)
    Notice.objects.all().delete()
    tell_of_closing_windows(clock(28))
    window = PeriodWindow.objects.get(period=PERIOD).pk
    for person, many in ((world.manager, 2), (world.signer, 1)):
        [today] = [one for one in open_periods(person, SOON) if one.period == PERIOD]
        words = said(Notice.objects.get(recipient=person, subject=window)).text
        assert (len(today.kpis), words.startswith(f"{many} wait")) == (many, True)
    words = said(Notice.objects.get(recipient=world.manager, subject=window)).text
    assert words.endswith("If nobody moves, the computed value stands for 1, no value stands for 1.")


def test_a_window_that_waits_for_nobody_is_told_when_it_does(world, version, line, computed, clock):
    computed(**{kpi.replace("-", "_"): 5 for kpi in _kpis(world)})
    PeriodWindow.objects.all().delete()
    tell_of_closing_windows(clock(28))
    assert not PeriodWindow.objects.filter(period=PERIOD).exists()
    actions.make_offer(by=world.editor, line=line(28), value=Fraction(95), reason="As we count.", at=SOON)
    assert tell_of_closing_windows(clock(29)) == 1


def test_whoever_has_to_speak_last_is_told_although_it_is_not_their_turn_yet(world, version, clock):
    """With no days to settle and one to verify, the client's day begins after the window is said to close soon."""
    version.text = version.text.replace("verify: 10d, settle: 10d}", "verify: 1d, settle: 0d}")
    version.save()
    tell_of_closing_windows(clock(9))
    told_of = Notice.objects.filter(kind="figures.closing", subject=PeriodWindow.objects.get(period=PERIOD).pk)
    assert {one.recipient for one in told_of} == {world.manager, world.signer}
    assert None not in {said(one) for one in told_of}


@pytest.mark.parametrize("has_spoken", [False, True])
def test_a_side_whose_owner_has_left_is_told_all_the_same(world, line, version, clock, has_spoken):
    """Who spoke last, else everybody who may; that is true of all that is told."""
    Person.objects.filter(pk=world.signer.pk).update(is_active=False)
    other = Person.objects.create(
        organisation=world.own, role="editor", name="Other", email="other@example.org", created_at=END
    )
    expected = {world.editor} if has_spoken else {world.editor, other}
    if has_spoken:
        actions.report_figure(by=world.editor, line=line(3, "reopened"), value=Fraction(3), at=END)
    at = END + timedelta(days=12)
    actions.verify_figure(by=world.manager, line=line(12), value=Fraction(95), at=at)
    disputed = actions.make_offer(by=world.manager, line=line(21), value=Fraction(95), reason="So", at=SETTLING)
    tell_of_closing_windows(clock(28))
    actions.lapse_overdue(at=OVER)
    assert disputed.state
    for kind in TELLERS:
        told_of = Notice.objects.filter(kind=kind, recipient__organisation=world.own)
        assert {one.recipient for one in told_of} == expected, kind


def test_without_an_owner_a_side_is_told_and_without_people_the_window_waits(world, version, clock):
    world.engagement.partner_owner = None
    world.engagement.save()
    Person.objects.exclude(pk=world.editor.pk).update(is_active=False)
    tell_of_closing_windows(clock(28))
    assert {one.recipient for one in Notice.objects.all()} == {world.editor}
    Notice.objects.all().delete()
    PeriodWindow.objects.all().delete()
    Person.objects.update(is_active=False)
    assert tell_of_closing_windows(SOON) == 0
    assert not PeriodWindow.objects.exclude(told_at=None).exists()


def test_an_agreement_that_cannot_be_read_keeps_nobody_else_from_being_told(world, version, line, clock, titles):
    other = {"engagement": world.sibling_engagement, "number": 1, "stage": "in_force", "written_by": "client"}
    broken = AgreementVersion.objects.create(text="of: an older release", author=world.manager, created_at=END, **other)
    actions.make_offer(by=world.editor, line=line(21), value=Fraction(95), reason="So", at=SETTLING)
    assert tell_of_closing_windows(clock(28)) == 2
    version.text = broken.text
    version.save()
    assert titles(world.manager)[0] == f"{KPI}, 2025-03: Brightdesk offers 95.00"
    assert "1 waits for your side." in {
        said(one).text[:22] for one in Notice.objects.filter(kind="figures.closing") if said(one)
    }


def test_a_window_of_which_telling_fails_keeps_no_other_waiting(world, version, monkeypatch):
    def telling(*, closing, at):
        if closing.line.period == PERIOD:
            raise OSError("the disk is full")
        return tell(closing=closing, at=at)

    tell = actions.tell_closing
    monkeypatch.setattr(actions, "tell_closing", telling)
    assert tell_of_closing_windows(SOON) == 1
    assert PeriodWindow.objects.get().period == "2025-Q1"


def test_days_are_those_of_the_agreement_wherever_it_is(world, version, clock, titles, signed_in, address):
    """The end of a day in New York is in the next one of Greenwich."""
    version.text = version.text.replace("time_zone: Europe/London", "time_zone: America/New_York")
    version.save()
    tell_of_closing_windows(clock(28.5))
    assert "Service desk: figures of 2025-03 are to be settled by Wed 30 Apr 2025" in titles(world.signer)
    pages = [address("settle"), address("line", KPI, PERIOD)]
    for page in pages:
        assert "Wed 30 Apr" in signed_in(world.editor).get(page).content.decode()
    clock(3)
    for page in [*pages, address("state", PERIOD), reverse("portfolio:figures")]:
        assert "Thu 10 Apr" in signed_in(world.editor).get(page).content.decode(), page


def test_a_closing_notice_reads_as_few_lines_as_it_tells_of(world, version, line, clock, django_assert_num_queries):
    tell_of_closing_windows(clock(28))
    notice = Notice.objects.filter(kind="figures.closing").select_related("recipient__organisation").first()
    with django_assert_num_queries(5):
        said(notice)


def test_a_window_that_waits_for_one_side_is_told_to_that_one(world, line, version, clock):
    for one in [line(21, kpi) for kpi in _kpis(world)]:
        actions.make_offer(by=world.editor, line=one, value=Fraction(95), reason="As we count.", at=SETTLING)
    Notice.objects.all().delete()
    tell_of_closing_windows(clock(28))
    notice = Notice.objects.get(subject=PeriodWindow.objects.get(period=PERIOD).pk)
    assert notice.recipient == world.manager
    assert said(notice).text == "4 wait for your side. If nobody moves, no value stands."
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
