"""Invitations by mail: once for a person and a change, to whom they concern, in letters that calendars read."""

import re
from datetime import date, time, timedelta
from smtplib import SMTPRecipientsRefused, SMTPServerDisconnected

import pytest
from django.core import mail

from apps.meetings.test_plan_followed import WEEKLY
from rapport import schedule
from rapport.apps.accounts.actions import close_account
from rapport.apps.audit.models import Entry
from rapport.apps.engagements.models import AgreementVersion
from rapport.apps.meetings import actions, queries
from rapport.apps.meetings.jobs import ask_for_invitations, follow_plans, send_waiting_invitations
from rapport.apps.meetings.models import Feed, Invitation, Meeting, Report
from rapport.apps.meetings.queries.invitations import invitations_to_send
from rapport.apps.notices.actions import notify
from rapport.apps.notices.models import Dispatch, Preference
from rapport.apps.portfolio.queries.metrics import metrics
from rapport.cli import doctor
from rapport.domain.notices import Urgency
from rapport.domain.roles import Role, Side

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
TIMED = WEEKLY | {"day": "tue", "at": "10:00", "minutes": 90}
UNTIMED = {key: value for key, value in TIMED.items() if key not in ("at", "minutes")}


@pytest.fixture
def planned(world, agreed, plan, on):
    """The call of Tuesday 3 March 2026 at ten, whose owners have not been invited yet; others are far away."""
    agreed(plan(communication=[TIMED], time_zone="Europe/London"), number=2)
    on(0)
    world.engagement.meetings.filter(planned_on__gt="2026-03-03").delete()
    return world.engagement.meetings.get()


@pytest.fixture
def letters(mailoutbox):
    """Does what is due at a moment, as often as one likes, and gives the letters that left because of it."""

    def left(at, times=2):
        before = len(mailoutbox)
        for _ in range(times):
            ask_for_invitations(at)
            send_waiting_invitations(at)
        return mailoutbox[before:]

    return left


@pytest.fixture
def invited(planned, letters, now):
    """The same call, once both owners were invited."""
    assert len(letters(now)) == 2
    return planned


def to(*people):
    return sorted(person.email for person in people)


def recipients(found):
    return sorted(one.to[0] for one in found)


def event_in(letter):
    """The calendar's part of a letter, by name."""
    [part] = [one for one in letter.message().walk() if one.get_content_type() == "text/calendar"]
    text = part.get_payload(decode=True).decode().replace("\r\n ", "")
    assert part.get_param("method") == re.search(r"METHOD:(\w+)", text)[1]
    assert text.count("BEGIN:VEVENT") == 1
    return dict(re.split(":(?!mailto)", line, maxsplit=1)[:2] if "mailto" not in line else line.rsplit(":", 1)
                for line in text.split("\r\n") if line)  # fmt: skip


def fresh(meeting):
    return Meeting.objects.get(pk=meeting.pk)


def move(world, meeting, at, **changes):
    words = {"to": meeting.planned_on, "starts_at": meeting.starts_at, "reason": "Internal reason"}
    words |= {"seen": fresh(meeting).turn} | changes
    return actions.move_meeting(by=world.signer, meeting=meeting, at=at, **words)


def test_both_owners_are_invited_once(world, planned, letters, now):
    found = letters(now, times=3)
    assert recipients(found) == to(world.manager, world.signer)
    for letter in found:
        assert [part.get_content_type() for part in letter.message().walk()] == [
            "multipart/alternative", "text/plain", "text/html", "text/calendar",
        ]  # fmt: skip
        event = event_in(letter)
        assert (event["METHOD"], event["SEQUENCE"], event["STATUS"]) == ("REQUEST", "0", "CONFIRMED")
        assert (event["DTSTART"], event["DTEND"]) == ("20260303T100000Z", "20260303T113000Z")
        assert event["UID"] == f"meeting-{planned.pk}@localhost"
        assert event['ORGANIZER;CN="Northwind Insurance":mailto'] == "rapport@localhost"
        attendee = next(name for name in event if name.startswith("ATTENDEE"))
        assert "RSVP=FALSE" in attendee
        assert event[attendee] == letter.to[0]
    for days in (1, 2):
        assert letters(now + timedelta(days=days)) == []


def test_a_letter_names_the_meeting_and_the_other_company(world, invited):
    by = {letter.to[0]: letter for letter in mail.outbox}
    for person, other in ((world.manager, "Brightdesk"), (world.signer, "Northwind Insurance")):
        letter = by[person.email]
        when = "Tue 3 Mar 2026, 10:00\N{EN DASH}11:30 (Europe/London)"
        page = f"http://localhost:8000/engagements/{world.engagement.pk}/meetings/{invited.pk}/"
        assert letter.subject == f"Invitation: Call, Service desk, {when}"
        for text in (letter.body, letter.alternatives[0][0]):
            for said in ("Call", f"With: {other}", "Service desk", when, "Phone", page, "Nobody reads answers"):
                assert said in text
        assert letter.extra_headers["Auto-Submitted"] == "auto-generated"


def test_a_whole_day_is_invited_to_as_one(world, agreed, plan, on, letters):
    agreed(plan(communication=[UNTIMED]), number=2)
    [event, *_] = map(event_in, letters(on(0)))
    assert event["DTSTART;VALUE=DATE"].startswith("2026030")
    assert event["TRANSP"] == "TRANSPARENT"


def test_people_are_invited_two_weeks_ahead(world, agreed, plan, on, letters, now):
    agreed(plan(communication=[TIMED]), number=2)
    assert len(letters(on(0))) == 2 * 2  # 3 and 10 March
    assert str(Invitation.objects.latest("meeting__planned_on").meeting.planned_on) == "2026-03-10"
    assert len(letters(on(1))) == 2  # 17 March


def test_whom_the_plan_names_is_invited_and_nobody_else(world, agreed, plan, on, letters):
    agreed(plan(communication=[TIMED | {"client": [world.executive.name.upper()]}]), number=2)
    assert set(recipients(letters(on(0)))) == set(to(world.executive, world.signer))


@pytest.mark.parametrize(
    "changes",
    [{"to": date(2026, 3, 5)}, {"starts_at": time(14)}, {"starts_at": None}, {"to": date(2026, 3, 20)}],
)
def test_a_moved_meeting_is_told_once_as_a_change(world, invited, letters, now, changes):
    move(world, invited, now, **changes)
    found = letters(now + MINUTE, times=3)
    assert recipients(found) == to(world.manager, world.signer)
    for letter in found:
        event = event_in(letter)
        assert (event["METHOD"], event["SEQUENCE"]) == ("REQUEST", "1")
        assert letter.subject.startswith("Changed: Call")
        assert "Internal reason" not in letter.body
    names = [one.extra_headers["Message-ID"] for one in mail.outbox]
    assert len(set(names)) == len(names) == 4


def test_a_cancelled_meeting_is_taken_out_of_calendars(world, invited, letters, now):
    actions.cancel_meeting(by=world.signer, meeting=invited, reason="Internal reason", at=now)
    found = letters(now + MINUTE)
    assert recipients(found) == to(world.manager, world.signer)
    for letter in found:
        event = event_in(letter)
        assert (event["METHOD"], event["SEQUENCE"], event["STATUS"]) == ("CANCEL", "1", "CANCELLED")
        assert event["UID"] == f"meeting-{invited.pk}@localhost"
        assert letter.subject.startswith("Cancelled: Call")
        assert "Internal reason" not in letter.body
    assert letters(now + HOUR) == []


def test_what_nobody_was_told_of_is_cancelled_in_silence(world, planned, letters, now):
    actions.cancel_meeting(by=world.signer, meeting=planned, reason="Off", at=now)
    assert letters(now) == []


def test_what_is_cancelled_before_the_letter_could_leave_is_not_told(world, planned, letters, now):
    ask_for_invitations(now)
    actions.cancel_meeting(by=world.signer, meeting=planned, reason="Off", at=now)
    assert letters(now) == []
    assert set(Invitation.objects.values_list("outcome", "told")) == {("dropped", "")}


def test_what_is_moved_before_the_letter_could_leave_is_told_as_it_is_now(world, planned, letters, now):
    ask_for_invitations(now)
    move(world, planned, now, starts_at=time(16))
    send_waiting_invitations(now)
    assert mail.outbox == []
    found = letters(now + MINUTE)
    assert {event_in(one)["DTSTART"] for one in found} == {"20260303T160000Z"}
    assert {one.subject.split(":")[0] for one in found} == {"Invitation"}


def test_points_on_the_agenda_are_told_to_nobody(world, invited, letters, now):
    actions.add_point(by=world.signer, meeting=invited, text="Cover", at=now)
    assert letters(now + MINUTE) == []


def test_what_took_place_or_has_begun_is_told_to_nobody(invited, letters, now):
    begun = now + timedelta(days=1, hours=1)
    Meeting.objects.update(channel="Elsewhere")
    assert letters(begun) == []
    Meeting.objects.update(state="held", held_on=invited.planned_on)
    assert letters(now + MINUTE) == []


def test_what_was_held_early_is_taken_out_of_calendars_where_it_was_planned(world, invited, letters, now):
    there = {Side.CLIENT: [world.manager], Side.PARTNER: [world.signer]}
    actions.hold_meeting(by=world.signer, meeting=invited, on=now.date(), present=there, at=now)
    found = letters(now + MINUTE, times=3)
    assert recipients(found) == to(world.manager, world.signer)
    for letter in found:
        event = event_in(letter)
        assert (event["METHOD"], event["DTSTART"]) == ("CANCEL", "20260303T100000Z")
        assert "You have met already." in letter.body
        assert "3 Mar 2026" in letter.subject
        for text in (letter.body, letter.alternatives[0][0]):
            assert "See the meeting" in text
            assert "agenda" not in text


def test_what_is_moved_back_before_a_letter_left_is_told_to_nobody(world, invited, letters, now):
    move(world, invited, now, starts_at=time(16))
    ask_for_invitations(now + MINUTE)
    move(world, invited, now, starts_at=time(10))
    assert letters(now + 2 * MINUTE, times=3) == []
    assert queries.mailed_to(fresh(invited)) == sorted((world.manager.name, world.signer.name))
    move(world, invited, now, starts_at=time(16))
    assert len(letters(now + 3 * MINUTE)) == 2


@pytest.mark.parametrize("changes", [{"at": "19:00"}, {}])
def test_in_the_far_west_it_is_not_over_while_utc_has_the_next_day(world, agreed, plan, on, letters, changes):
    agreed(plan(communication=[UNTIMED | changes], time_zone="America/Los_Angeles"), number=2)
    for person in (world.manager, world.signer):
        Preference.objects.create(person=person, zone="America/Los_Angeles")
    assert letters(on(0) + 5 * HOUR)
    [first, *_] = world.engagement.meetings.order_by("planned_on")
    evening = on(0).replace(day=4, hour=1)
    actions.cancel_meeting(by=world.signer, meeting=first, reason="Off", at=evening)
    [cancelled, *others] = [one for one in letters(evening) if event_in(one)["METHOD"] == "CANCEL"]
    assert len(others) == 1
    assert event_in(cancelled)["UID"].startswith(f"meeting-{first.pk}@")


def test_a_meeting_no_plan_holds_any_more_is_taken_out_of_calendars_and_comes_back(
    world, agreed, plan, on, letters, address, signed_in
):
    agreed(plan(communication=[TIMED]), number=2)
    letters(on(0))
    agreed(plan(communication=[UNTIMED | {"id": "other", "day": "fri"}]), number=3)
    at = on(0)
    gone = world.engagement.meetings.filter(series="weekly-call")
    days = [("2026-03-03", "cancelled", ""), ("2026-03-10", "cancelled", "")]
    assert [(str(one.planned_on), one.state, one.cancelled_by) for one in gone] == days
    told = [one for one in letters(at + MINUTE) if event_in(one)["METHOD"] == "CANCEL"]
    assert set(recipients(told)) == set(to(world.manager, world.signer))
    page = signed_in(world.signer).get(address("meeting", gone.filter(state="cancelled").first())).content.decode()
    assert "The agreement does not plan it any more." in page
    agreed(plan(communication=[TIMED]), number=4)
    on(0)
    assert not gone.filter(state="cancelled").exists()
    verbs = list(Entry.objects.order_by("number").values_list("content__verb", flat=True))
    assert (verbs.count("meeting.cancelled"), verbs.count("meeting.planned_again")) == (4, 2)
    again = [one for one in letters(at + HOUR) if event_in(one)["METHOD"] == "REQUEST"]
    assert {event_in(one)["SEQUENCE"] for one in again} == {"2"}


def test_whoever_is_not_expected_any_more_is_told_so_and_the_new_owner_is_invited(world, invited, letters, now):
    world.engagement.client_owner = world.executive
    world.engagement.save()
    found = {one.to[0]: one for one in letters(now + MINUTE)}
    assert set(found) == {world.executive.email, world.manager.email}
    assert event_in(found[world.executive.email])["METHOD"] == "REQUEST"
    assert event_in(found[world.manager.email])["METHOD"] == "CANCEL"
    assert "You are not expected at this meeting any more." in found[world.manager.email].body
    assert found[world.manager.email].subject.startswith("No longer expected: Call")
    move(world, invited, now, starts_at=time(16))
    assert world.manager.email not in {one.to[0] for one in letters(now + HOUR)}


def _close(world, now):
    close_account(by=world.administrator, person=world.manager, at=now)


def _lose_sight(world, now):
    world.manager.role = Role.SIGNER  # a role of the other side: no rights
    world.manager.save()
    assert not queries.visible_meetings(world.manager).exists()


def _want_no_mail(world, now):
    Preference.objects.create(person=world.manager, is_mailed=False)


def _read_the_feed(world, now):
    actions.make_feed(by=world.manager, at=now)


NOBODY = [_close, _lose_sight, _want_no_mail]


@pytest.mark.parametrize("end", [*NOBODY, _read_the_feed])
@pytest.mark.parametrize("is_asked", [False, True])
def test_who_may_not_see_it_or_wants_no_mail_gets_none(world, planned, letters, now, end, is_asked):
    if is_asked:
        ask_for_invitations(now)
    end(world, now)
    assert recipients(letters(now)) == to(world.signer)


@pytest.mark.parametrize("end", NOBODY)
def test_nor_are_they_told_of_a_change(world, invited, letters, now, end):
    end(world, now)
    actions.cancel_meeting(by=world.signer, meeting=invited, reason="Off", at=now)
    assert recipients(letters(now + MINUTE)) == to(world.signer)


def test_whoever_makes_a_feed_after_being_invited_learns_of_changes(world, invited, letters, now):
    _read_the_feed(world, now)
    move(world, invited, now, starts_at=time(14))
    assert recipients(letters(now + MINUTE)) == to(world.manager, world.signer)
    actions.cancel_meeting(by=world.signer, meeting=invited, reason="Off", at=now)
    assert recipients(letters(now + 2 * MINUTE)) == to(world.manager, world.signer)


def test_whoever_reads_no_feed_any_more_is_invited_then(world, planned, letters, now):
    _read_the_feed(world, now)
    letters(now)
    Feed.objects.all().delete()
    assert recipients(letters(now + MINUTE)) == to(world.manager)


def test_nothing_of_another_partner_and_nothing_internal_is_in_any_letter(world, planned, letters, now):
    text = world.engagement.versions.get(stage="in_force").text
    AgreementVersion.objects.create(
        engagement=world.sibling_engagement, number=1, text=text, digest="e" * 64, stage="in_force",
        written_by="client", author=world.manager, created_at=now,
    )  # fmt: skip
    world.sibling_engagement.partner_owner = world.sibling_signer
    world.sibling_engagement.save()
    world.engagement.client_owner = world.executive
    world.engagement.save()
    follow_plans(now)
    found = letters(now)
    assert set(to(world.sibling_signer, world.signer, world.executive, world.manager)) == set(recipients(found))
    theirs = [one for one in found if one.to[0] in (world.signer.email, world.executive.email)]
    for letter in theirs:
        said = letter.message().as_string() + letter.body + letter.alternatives[0][0]
        assert "Canary" not in said
        assert str(world.sibling_signer.email) not in said
    for letter in found:
        if letter.to[0] == world.sibling_signer.email:
            assert "Brightdesk" not in letter.message().as_string() + letter.body
        others = {one.email for one in (world.manager, world.signer, world.executive)} - {letter.to[0]}
        assert [one for one in others if one in letter.body] == []


def test_what_somebody_wrote_adds_no_header_and_no_line(world, planned, letters, now):
    Meeting.objects.update(name="Call\r\nBcc: all@x.example\r\nX: y", channel="Room\nEND:VEVENT")
    for letter in letters(now):
        assert "\n" not in letter.subject
        assert "Bcc" not in letter.message()
        event = event_in(letter)
        assert event["SUMMARY"].startswith("Call\\nBcc: all@x.example")


def test_nobody_gets_one_in_their_quiet_hours(world, planned, letters, now):
    Preference.objects.create(person=world.manager, quiet_from="08:00", quiet_until="12:00")
    assert recipients(letters(now)) == to(world.signer)
    assert letters(now + 2 * HOUR) == []
    assert recipients(letters(now + 3 * HOUR)) == to(world.manager)


def test_two_workers_send_a_letter_once(planned, letters, now, monkeypatch):
    ask_for_invitations(now)
    waiting = invitations_to_send(now, 10)
    send_waiting_invitations(now)
    monkeypatch.setattr("rapport.apps.meetings.actions.invitations.invitations_to_send", lambda *_: waiting)
    send_waiting_invitations(now)
    assert len(mail.outbox) == 2


def test_a_letter_that_may_have_left_is_sent_again_as_the_same(world, planned, letters, now, monkeypatch):
    true = mail.EmailMultiAlternatives.send

    def dying(letter):
        true(letter)
        raise SMTPServerDisconnected("gone")

    monkeypatch.setattr(mail.EmailMultiAlternatives, "send", dying)
    letters(now, times=1)
    monkeypatch.undo()
    letters(now + 2 * MINUTE)
    names = [one.extra_headers["Message-ID"] for one in mail.outbox]
    assert (len(names), len(set(names))) == (3, 2)
    assert {event_in(one)["SEQUENCE"] for one in mail.outbox} == {"0"}


def test_while_the_mail_server_is_away_letters_wait_and_are_seen(world, planned, letters, now, monkeypatch):
    def away(_):
        raise SMTPServerDisconnected("Connection unexpectedly closed")

    monkeypatch.setattr("django.core.mail.backends.locmem.EmailBackend.open", away, raising=False)
    letters(now, times=1)
    assert sorted(Invitation.objects.values_list("attempts", "told")) == [(0, ""), (1, "")]
    late = now + 10 * MINUTE
    assert "rapport_meeting_invitations_waiting 2" in metrics(late)
    assert "2 letters about meetings wait" in said_by_the_doctor(late)
    monkeypatch.undo()
    assert len(letters(late)) == 2
    assert "rapport_meeting_invitations_waiting 0" in metrics(late)


def test_a_pass_waits_for_the_mail_server_once_whatever_is_to_leave(world, planned, letters, now, monkeypatch):
    opened = []

    def away(_):
        opened.append(1)
        raise TimeoutError("slow")

    monkeypatch.setattr("django.core.mail.backends.locmem.EmailBackend.open", away, raising=False)
    notify(recipients=[world.manager], kind="meeting", subject=planned.pk, event="x", urgency=Urgency.AT_ONCE, at=now)
    ask_for_invitations(now)
    assert schedule.send_letters(now) == 0
    assert len(opened) == 1
    assert Dispatch.objects.get().error == "TimeoutError: slow"
    assert set(Invitation.objects.values_list("attempts", flat=True)) == {0}
    monkeypatch.undo()
    assert schedule.send_letters(now + 2 * MINUTE) == 2 + 1


def test_a_letter_that_is_refused_for_days_is_given_up_and_seen(world, planned, letters, now, monkeypatch):
    def refuse(_):
        raise SMTPRecipientsRefused({})

    monkeypatch.setattr(mail.EmailMultiAlternatives, "send", refuse)
    Invitation.objects.all().delete()
    ask_for_invitations(now)
    Invitation.objects.update(attempts=59)
    send_waiting_invitations(now)
    assert set(Invitation.objects.values_list("outcome", flat=True)) == {"given up"}
    assert "2 letters about meetings given up" in said_by_the_doctor(now)
    assert "rapport_meeting_invitations_given_up 2" in metrics(now)
    assert letters(now + 2 * HOUR) == []
    monkeypatch.undo()
    move(world, planned, now, to=planned.planned_on + timedelta(days=1))
    assert len(letters(now + 3 * HOUR)) == 2


def said_by_the_doctor(at):
    return " ".join(f"{one.seen} {one.mend}" for one in doctor._mail(at))


def test_the_page_says_who_was_invited_by_mail(world, invited, signed_in, address):
    for person in (world.manager, world.signer):
        page = signed_in(person).get(address("meeting", invited)).content.decode()
        assert f"Invited by mail</dt><dd>{world.signer.name}, {world.manager.name}<" in page


def _refuse(world):
    Invitation.objects.filter(person=world.manager).update(outcome="given up", error="550")


def _leave(world):
    close_account(by=world.administrator, person=world.manager, at=world.manager.created_at)


def _hand_over(world):
    world.engagement.client_owner = world.executive
    world.engagement.save()


@pytest.mark.parametrize("end", [_refuse, _leave, _hand_over])
def test_whom_no_letter_reached_or_nobody_expects_any_more_is_not_named(world, invited, end):
    end(world)
    assert queries.mailed_to(fresh(invited)) == [world.signer.name]


def test_opening_the_page_in_a_letter_changes_nothing(world, invited, signed_in):
    before = [list(model.objects.order_by("pk").values()) for model in (Meeting, Invitation, Report)]
    path = re.search(r"http://localhost:8000(/\S+)", mail.outbox[0].body)[1]
    assert signed_in(world.signer).get(path).status_code == 200
    assert [list(model.objects.order_by("pk").values()) for model in (Meeting, Invitation, Report)] == before


def more_meetings(like, count):
    """So many others on the same day."""
    same = {"engagement": like.engagement, "first_planned_on": like.planned_on, "planned_on": like.planned_on}
    Meeting.objects.bulk_create(
        Meeting(series=f"s{number}", name="Stand-up", channel="x", **same) for number in range(count)
    )


def test_only_so_much_is_asked_for_at_once(world, planned, letters, now):
    more_meetings(planned, 150)
    counts = []
    for _ in range(3):
        ask_for_invitations(now)
        counts.append(Invitation.objects.count())
    assert counts == [200, 302, 302]


def test_the_worker_asks_for_letters_and_sends_them():
    assert ask_for_invitations in schedule.FOLLOWING
    assert send_waiting_invitations in schedule.LETTERS


def test_many_meetings_that_are_told_already_cost_no_question_each(
    world, planned, letters, now, django_assert_max_num_queries
):
    more_meetings(planned, 20)
    letters(now, times=2)
    with django_assert_max_num_queries(8):
        ask_for_invitations(now + MINUTE)
