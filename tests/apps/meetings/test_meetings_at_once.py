"""Two people take a step at the same moment."""

from functools import partial
from types import SimpleNamespace

import pytest
from django.core.management import call_command
from django.db import connection

from apps.meetings.conftest import DEMO
from rapport.apps.accounts.models import Organisation, Person
from rapport.apps.audit.models import Entry
from rapport.apps.engagements.models import AgreementVersion, Engagement
from rapport.apps.meetings import actions
from rapport.apps.meetings.jobs import ask_for_invitations, follow_plans, send_waiting_invitations
from rapport.apps.meetings.models import Invitation, Meeting, Minutes, Report
from rapport.domain.refusals import Refused
from rapport.domain.roles import Side

pytestmark = pytest.mark.skipif(connection.vendor != "sqlite", reason="makes a database of its own in a file")


def _agreed(now):
    """Two companies with the example's agreement in force."""
    client = Organisation.objects.create(name="Northwind Insurance", side="client", created_at=now)
    partner = Organisation.objects.create(name="Brightdesk", side="partner", created_at=now)
    roles = (("manager", client), ("executive", client), ("signer", partner))
    people = {
        role: Person.objects.create(
            organisation=company, role=role, name=role, email=f"{role}@example.org", created_at=now
        )
        for role, company in roles
    }
    engagement = Engagement.objects.create(
        partner=partner, title="Desk", client_owner=people["manager"], partner_owner=people["signer"], created_at=now
    )
    AgreementVersion.objects.create(
        engagement=engagement, number=1, text=DEMO.read_text(encoding="utf-8"), stage="in_force", written_by="client",
        author=people["manager"], created_at=now,
    )  # fmt: skip
    return SimpleNamespace(engagement=engagement, **people)


def _held(world, now):
    """A meeting that the partner has put on record, with proposed minutes."""
    meeting = Meeting.objects.create(
        engagement=world.engagement, series="s", name="Call", channel="Phone", first_planned_on=now.date(),
        planned_on=now.date(),
    )  # fmt: skip
    _hold(world.signer, world, meeting, now)
    actions.decide(by=world.signer, meeting=meeting, text="Done", at=now)
    return actions.propose_minutes(by=world.signer, meeting=meeting, turn=1, at=now)


def _hold(person, world, meeting, now):
    there = {Side.CLIENT: [world.manager], Side.PARTNER: [world.signer]}
    return actions.hold_meeting(by=person, meeting=meeting, on=now.date(), present=there, at=now)


def _verbs():
    return [one.content["verb"] for one in Entry.objects.order_by("number")]


def test_minutes_are_agreed_or_sent_back_never_both(at_once, now):
    [world] = at_once(lambda: _agreed(now))
    [meeting] = at_once(lambda: _held(world, now))
    agree = partial(actions.agree_to_minutes, meeting=meeting, digest=meeting.minutes.digest, at=now)
    done = at_once(
        partial(agree, by=world.manager),
        partial(agree, by=world.executive),
        lambda: actions.send_minutes_back(by=world.executive, meeting=meeting, reason="No", at=now),
    )
    assert [type(one) for one in done].count(Refused) == 2
    [verbs] = at_once(_verbs)
    assert sum(verb in ("minutes.agreed", "minutes.sent_back") for verb in verbs) == 1
    [state] = at_once(lambda: Minutes.objects.get().state)
    assert (state == "agreed") == ("minutes.agreed" in verbs)


def test_a_meeting_is_put_on_record_once(at_once, now):
    [world] = at_once(lambda: _agreed(now))
    at_once(lambda: follow_plans(now))
    [meeting] = at_once(lambda: Meeting.objects.first())
    done = at_once(*[partial(_hold, person, world, meeting, now) for person in (world.manager, world.signer)])
    assert [type(one) for one in done].count(Refused) == 1
    assert at_once(lambda: Minutes.objects.count()) == [1]


def test_two_workers_enter_a_plan_once(at_once, now):
    at_once(lambda: _agreed(now))
    at_once(*[partial(follow_plans, now)] * 2)
    assert at_once(lambda: (Meeting.objects.count(), Report.objects.count())) == [(10, 2)]


def _out(world, now):
    """A mail link for the first report."""
    report = Report.objects.filter(engagement=world.engagement, owed_by="partner").first()
    actions.allow_links(by=world.manager, engagement=world.engagement, at=now)
    actions.name_addressee(by=world.signer, report=report, name="Ann Hill", email="ann@desk.example", at=now)
    return report.links.filter(ended_at=None).first() or actions.send_link(by=world.signer, report=report, at=now)


def test_a_report_is_handed_in_once_by_its_mail_link_or_the_link_is_revoked(at_once, now):
    [world] = at_once(lambda: _agreed(now))
    at_once(lambda: follow_plans(now))
    [link] = at_once(lambda: _out(world, now))
    hand_in = partial(actions.hand_in_by_link, link=link, turn=0, answers={"outlook": "x"}, at=now)
    revoke = partial(actions.revoke_link, by=world.manager, report=link.report, at=now)
    done = at_once(hand_in, hand_in, revoke)
    assert [type(one) for one in done].count(Refused) == 2
    [verbs] = at_once(_verbs)
    assert sum(verb in ("report.received", "mail_link.revoked") for verb in verbs) == 1
    [state] = at_once(lambda: Report.objects.get(pk=link.report_id).state)
    assert (state == "received") == ("report.received" in verbs)


def _invite(now):
    """What a worker does about letters in one pass."""
    ask_for_invitations(now)
    send_waiting_invitations(now)


def test_two_workers_invite_everybody_once(at_once, now, mailoutbox):
    at_once(lambda: _agreed(now))
    at_once(lambda: follow_plans(now))
    for _ in range(2):
        at_once(*[partial(_invite, now)] * 2)
    at_once(partial(_invite, now))  # what one of them left since the other was at it
    found = at_once(lambda: list(Invitation.objects.values_list("meeting", "person__email", "sequence", "outcome")))[0]
    assert len(found) == len(mailoutbox) == len({one.extra_headers["Message-ID"] for one in mailoutbox})
    assert {one[2:] for one in found} == {(0, "sent")}


def test_meetings_there_already_take_the_zone_of_their_agreement_and_the_way_back_is_open(at_once, now):
    at_once(lambda: _agreed(now))
    at_once(lambda: follow_plans(now))
    for to in ("0002", None):
        at_once(lambda to=to: call_command("migrate", *["meetings", to][: 1 + bool(to)], verbosity=0))
    [found] = at_once(lambda: set(Meeting.objects.values_list("starts_at", "lasts", "zone")))
    assert found == {(None, 60, "Europe/London")}
