"""What the actions promise: one outcome, nobody accepts their own, seals that hold."""

from datetime import timedelta
from fractions import Fraction
from hashlib import sha256

import pytest
from django.core.files.base import ContentFile
from django.db import connection

from apps.assurance.conftest import END
from rapport.apps.accounts.models import Organisation, Person
from rapport.apps.assurance import actions
from rapport.apps.assurance.jobs import lapse_overdue_figures
from rapport.apps.assurance.models import Line, Statement
from rapport.apps.assurance.queries import progress
from rapport.apps.audit.models import Entry
from rapport.apps.audit.queries import verdict
from rapport.apps.engagements.models import Engagement
from rapport.domain.refusals import Refused
from rapport.domain.roles import Side
from rapport.kit.uploads import LARGEST_DOCUMENT

KPI, PERIOD = "resolved-in-time", "2025-03"
SETTLING = END + timedelta(days=21)
OVER = END + timedelta(days=30)


@pytest.fixture
def differing(world, line):
    """A line on which the partner says 95 and the client 91."""
    actions.report_figure(by=world.editor, line=line(3), value=Fraction(95), at=END)
    return actions.verify_figure(by=world.manager, line=line(3), value=Fraction(91), at=END)


@pytest.fixture
def offered(world, differing):
    """The client's offer of 93 on that line."""
    actions.make_offer(by=world.manager, line=differing, value=Fraction(93), reason="Halfway", at=SETTLING)
    return Statement.objects.get(kind="offer")


def test_nobody_accepts_their_own_offer(world, differing, offered):
    with pytest.raises(Refused, match="the partner has offered nothing that could be accepted"):
        actions.accept_offer(by=world.manager, line=differing, offer=offered.pk, at=SETTLING)
    assert Line.objects.get().state == "differing"


def test_an_offer_is_accepted_only_as_it_was_read(world, differing, offered):
    actions.make_offer(by=world.manager, line=differing, value=Fraction(92), reason="Less", at=SETTLING)
    with pytest.raises(Refused, match="has made another offer meanwhile"):
        actions.accept_offer(by=world.editor, line=differing, offer=offered.pk, at=SETTLING)
    assert Line.objects.get().agreed == ""


def test_a_second_acceptance_is_refused(world, differing, offered):
    actions.accept_offer(by=world.editor, line=differing, offer=offered.pk, at=SETTLING)
    with pytest.raises(Refused, match="the line is settled and stays as it is"):
        actions.accept_offer(by=world.signer, line=differing, offer=offered.pk, at=SETTLING)
    assert Statement.objects.filter(kind="accept").count() == 1


def test_a_side_accepts_the_figure_of_the_other_until_that_moves_away_from_it(world, differing, offered):
    with pytest.raises(Refused, match="has moved away from its figure with an offer"):
        actions.accept_figure(by=world.editor, line=differing, at=SETTLING)
    settled = actions.accept_figure(by=world.manager, line=differing, at=SETTLING)
    assert (settled.state, settled.agreed) == ("settled", "95")


def test_a_line_that_changed_meanwhile_is_left_alone(world, differing, offered, monkeypatch):
    """The check itself is checked: what was read is swapped, or nothing is."""
    locked = actions._locked

    def read_and_be_late(line):
        row = locked(line)
        Line.objects.filter(pk=row.pk).update(turn=row.turn + 1)
        return row

    monkeypatch.setattr(actions, "_locked", read_and_be_late)
    with pytest.raises(Refused, match="Somebody said something about resolved-in-time, 2025-03 a moment ago"):
        actions.accept_offer(by=world.editor, line=differing, offer=offered.pk, at=SETTLING)
    assert Line.objects.get().state == "differing"


def test_a_sibling_and_a_viewer_say_nothing(world, line):
    with pytest.raises(Refused, match="There is no such engagement here"):
        actions.report_figure(by=world.sibling_signer, line=line(3), value=Fraction(1), at=END)
    with pytest.raises(Refused, match="Your role does not let you"):
        actions.report_figure(by=world.partner_viewer, line=line(3), value=Fraction(1), at=END)


def test_history_seals_a_figure_and_tells_its_key_when_it_is_open(world, differing):
    told = {entry.content["verb"]: entry.content["details"] for entry in Entry.objects.all()}
    opened = told["figure.opened"]
    assert (opened["partner"], opened["client"]) == ("95", "91")
    for side, verb in (("partner", "figure.reported"), ("client", "figure.verified")):
        seal = sha256(f"{opened[f'{side}_key']}:{opened[side]}".encode()).hexdigest()
        assert told[verb] == {"seal": seal}
    assert verdict(world.engagement.chain).broken_at is None


def test_lapse_closes_once_and_lets_the_computed_value_stand(world, differing, offered, computed):
    computed(resolved_in_time=92.5)
    assert actions.lapse_overdue(at=OVER - timedelta(seconds=1)) == 0
    assert [actions.lapse_overdue(at=OVER), actions.lapse_overdue(at=OVER)] == [1, 0]
    stands = Line.objects.get()
    assert (Fraction(stands.agreed), stands.state, stands.silent) == (Fraction("92.5"), "lapsed", "partner")
    lapsed = [entry for entry in Entry.objects.all() if entry.content["verb"] == "figure.lapsed"]
    assert [entry.content["details"] for entry in lapsed] == [{"value": "92.5", "silent": "partner"}]
    with pytest.raises(Refused, match="the line is lapsed and stays as it is"):
        actions.accept_offer(by=world.editor, line=differing, offer=offered.pk, at=OVER)


def test_figures_within_the_last_decimal_agree_whatever_comes_after(world, line):
    actions.report_figure(by=world.editor, line=line(3), value=Fraction("94.12"), at=END)
    exact = actions.verify_figure(by=world.manager, line=line(3), value=Fraction(1600, 17), at=END)
    assert (exact.state, Fraction(exact.agreed)) == ("agreed", Fraction(1600, 17))


def test_empty_and_large_evidence_is_refused(world, line):
    for content, words in ((b"", "is empty"), (bytes(LARGEST_DOCUMENT + 1), "at most 20 MB")):
        with pytest.raises(Refused, match=words):
            actions.report_figure(
                by=world.editor, line=line(3), value=Fraction(1), evidence=ContentFile(content, "x.csv"), at=END
            )
    assert not Line.objects.exists()


def test_no_evidence_stays_of_a_step_that_breaks_off(world, line, media, monkeypatch):
    def full(*_args, **_words):
        raise OSError("the disk is full")

    monkeypatch.setattr(actions, "record", full)
    evidence = ContentFile(b"a log", name="log.txt")
    with pytest.raises(OSError, match="full"):
        actions.report_figure(by=world.editor, line=line(3), value=Fraction(95), evidence=evidence, at=END)
    assert not Statement.objects.exists()
    assert not [path for path in media.rglob("*") if path.is_file()]


def test_an_engagement_where_closing_fails_holds_up_no_other(world, now, monkeypatch):
    def closing(*, at, engagement):
        if engagement == world.sibling_engagement:
            raise OSError("the disk is full")
        return lapse(at=at, engagement=engagement)

    lapse = actions.lapse_overdue
    monkeypatch.setattr(actions, "lapse_overdue", closing)
    for engagement in (world.sibling_engagement, world.engagement):
        ended = now - timedelta(days=100)
        days = {"ends_at": ended, "closes_at": ended + timedelta(days=30)}
        Line.objects.create(engagement=engagement, kpi="k", period="2025-11", partner="95", **days)
    lapse_overdue_figures(now)
    assert Line.objects.get(engagement=world.engagement).state == "lapsed"
    assert Line.objects.get(engagement=world.sibling_engagement).state == "awaiting_partner"


def test_of_an_agreement_that_cannot_be_read_any_more_the_computed_values_stand(world, version, line, computed):
    computed(resolved_in_time=92.5)
    actions.report_figure(by=world.editor, line=line(3), value=Fraction(95), at=END)
    version.text = "of: an older release"
    version.save()
    assert actions.lapse_overdue(at=OVER) == 1
    assert Fraction(Line.objects.get().agreed) == Fraction("92.5")


def late(world, at):
    return progress([world.engagement], at)[world.engagement.pk].late


def test_progress_counts_lines_and_disputes_by_their_state(world, line, differing, offered):
    dispute = {"line": differing, "reason": "Three wait for you", "at": SETTLING}
    actions.dispute_figure(by=world.editor, **dispute)
    actions.dispute_figure(by=world.manager, **dispute)
    for kpi in ("reopened", "backlog"):
        actions.report_figure(by=world.editor, line=line(3, kpi), value=Fraction(3), at=END)
    actions.verify_figure(by=world.manager, line=line(3, "reopened"), value=Fraction(3), at=END)
    found = progress([world.engagement, world.sibling_engagement], SETTLING)
    assert set(found) == {world.engagement.pk}
    counted = found[world.engagement.pk]
    assert counted.lines == {"disputed": 1, "agreed": 1, "awaiting_client": 1}
    assert (counted.disputed, counted.newest) == ({"disputed": 1}, END)
    assert counted.late == {Side.CLIENT: 1}


def test_an_offer_on_a_figure_nobody_stated_waits_for_its_answer_and_for_nobody_else(world, line):
    actions.make_offer(by=world.editor, line=line(21), value=Fraction(95), reason="As we count", at=SETTLING)
    assert late(world, SETTLING) == {}
    assert late(world, OVER) == {Side.CLIENT: 1}


def test_a_figure_is_late_from_the_moment_its_time_is_over(world, line):
    actions.verify_figure(by=world.manager, line=line(12), value=Fraction(91), at=END + timedelta(days=12))
    actions.report_figure(by=world.editor, line=line(3, "reopened"), value=Fraction(3), at=END)
    assert late(world, END + timedelta(days=10, seconds=-1)) == {}
    assert late(world, END + timedelta(days=10)) == {Side.PARTNER: 1}
    assert late(world, SETTLING - timedelta(days=1)) == {Side.PARTNER: 1, Side.CLIENT: 1}


def _two_offers(now):
    client = Organisation.objects.create(name="Northwind Insurance", side="client", created_at=now)
    partner = Organisation.objects.create(name="Brightdesk", side="partner", created_at=now)
    manager, editor = (
        Person.objects.create(organisation=company, role=role, name=role, email=f"{role}@example.org", created_at=now)
        for company, role in ((client, "manager"), (partner, "editor"))
    )
    engagement = Engagement.objects.create(partner=partner, title="Desk", client_owner=manager, created_at=now)
    line = Line(engagement=engagement, kpi=KPI, period=PERIOD, ends_at=END)
    for person, value in ((manager, 91), (editor, 95)):
        actions.make_offer(by=person, line=line, value=Fraction(value), reason="Ours", at=SETTLING)
    offers = {offer.side: offer.pk for offer in Statement.objects.all()}
    return line, [(manager, offers["partner"]), (editor, offers["client"])]


@pytest.mark.skipif(connection.vendor != "sqlite", reason="makes a database of its own in a file")
def test_two_acceptances_at_once_have_one_outcome(at_once, now):
    [(line, sides)] = at_once(lambda: _two_offers(now))
    outcomes = at_once(
        *(
            lambda person=person, offer=offer: actions.accept_offer(by=person, line=line, offer=offer, at=SETTLING)
            for person, offer in sides
        )
    )
    assert [type(outcome) for outcome in outcomes].count(Refused) == 1
    [(agreed, accepted)] = at_once(
        lambda: (Line.objects.get().agreed, list(Statement.objects.filter(kind="accept").values_list("value")))
    )
    assert accepted == [(agreed,)]
