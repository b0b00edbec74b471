"""Telling people: once however often, when they want it, in their words and with their rights at that moment."""

import re
from datetime import timedelta
from smtplib import SMTPRecipientsRefused, SMTPServerDisconnected

import pytest
from django.core import mail

from rapport.apps.accounts.actions import close_account
from rapport.apps.notices.actions import choose_habits
from rapport.apps.notices.models import Dispatch, Notice
from rapport.apps.notices.queries import Told
from rapport.domain.notices import Habits, Urgency

MINUTE, LATER = timedelta(minutes=1), timedelta(minutes=1, seconds=1)


def test_somebody_is_told_once_however_often_it_happens_to_be_said(world, tell, send, now):
    for _ in range(3):
        tell(world.manager, world.manager, world.signer)
    assert sorted(to for letter in send(now) for to in letter.to) == sorted([world.manager.email, world.signer.email])
    tell(world.manager)
    assert Notice.objects.count() == 2
    assert send(now + timedelta(9)) == []


def test_each_event_is_told(world, tell, now):
    tell(world.manager, event="one")
    tell(world.manager, event="two")
    assert Notice.objects.filter(recipient=world.manager).count() == 2


def test_what_waited_leaves_when_its_recipient_wants_it(world, tell, send, moments):
    tell(world.manager, urgency=Urgency.DIGEST)
    tell(world.signer, at=moments.evening)
    assert send(moments.next_digest - 31 * MINUTE) == []
    assert [one.to for one in send(moments.next_digest - 30 * MINUTE)] == [[world.signer.email]]
    assert [one.to for one in send(moments.next_digest)] == [[world.manager.email]]


def test_who_wants_no_mail_is_told_in_the_application_only(world, tell, send, now):
    choose_habits(by=world.manager, habits=Habits(is_mailed=False))
    tell(world.manager)
    assert Notice.objects.count() == 1
    assert send(now + timedelta(9)) == []


def test_what_waits_does_not_leave_for_whoever_wants_no_mail_any_more(world, tell, send, now, outbox):
    tell(world.manager, world.signer)
    choose_habits(by=world.manager, habits=Habits(is_mailed=False))
    assert [one.to for one in send(now)] == [[world.signer.email]]
    assert sorted(outbox()) == ["dropped", "sent"]


def test_two_notices_about_the_same_are_said_once_in_a_letter(world, tell, send, moments, outbox):
    for event in ("raised", "answered"):
        tell(world.manager, event=event, urgency=Urgency.DIGEST)
    (letter,) = send(moments.next_digest)
    assert (letter.subject, letter.body.count("Number 1")) == ("Number 1", 1)
    assert outbox() == ["sent", "sent"]


def test_the_mail_server_is_called_once_for_all_letters_of_a_pass(world, tell, send, now, mail_server):
    server = mail_server(Refusing(None, "nobody"))
    tell(world.manager, world.signer)
    send(now)
    assert server.events == ["open", "close"]


def test_a_closed_account_is_not_told(world, tell, now):
    close_account(by=world.administrator, person=world.manager, at=now)
    world.manager.refresh_from_db()
    tell(world.manager)
    assert not Notice.objects.exists()


def test_nothing_leaves_for_an_account_that_was_closed_in_between(world, tell, send, now, outbox):
    tell(world.manager)
    close_account(by=world.administrator, person=world.manager, at=now)
    assert send(now) == []
    assert outbox() == ["dropped"]


def test_a_digest_is_one_letter(world, tell, send, moments):
    for subject in (1, 2, 3):
        tell(world.manager, world.signer, subject=subject, urgency=Urgency.DIGEST)
    letters = send(moments.next_digest)
    assert sorted(one.to for one in letters) == sorted([[world.manager.email], [world.signer.email]])
    assert {one.subject for one in letters} == {"3 things in Rapport"}
    assert all(f"Number {subject}" in letters[0].body for subject in (1, 2, 3))


def test_after_days_of_absence_everybody_gets_one_letter_however_many_are_due(world, tell, send, now, monkeypatch):
    """Even where more is due than is looked at in one go, and the days of one person lie apart in the queue."""
    monkeypatch.setattr("rapport.apps.notices.jobs._AT_ONCE", 2)
    people = [world.manager, world.signer, world.viewer, world.editor]
    for day in range(3):
        tell(*people, subject=day + 1, urgency=Urgency.DIGEST, at=now + timedelta(day))
    letters = [one for _ in range(4) for one in send(now + timedelta(9))]
    assert sorted(one.to for one in letters) == sorted([person.email] for person in people)


def test_a_letter_is_written_with_the_rights_its_recipient_has_when_it_leaves(world, tell, send, outbox, moments):
    rights = {world.manager.pk: "everything", world.signer.pk: "a little"}

    def teller(person, subject):
        return Told(title=rights[person.pk], url="/") if person.pk in rights else None

    tell(world.manager, world.signer, urgency=Urgency.DIGEST)
    del rights[world.manager.pk]
    letters = send(moments.next_digest, number=teller)
    assert [(one.to, one.subject) for one in letters] == [([world.signer.email], "a little")]
    assert sorted(outbox()) == ["dropped", "sent"]


def test_what_there_is_nothing_to_say_about_is_left_out_of_the_letter(world, tell, send, outbox, moments):
    for subject in (0, 1):
        tell(world.manager, subject=subject, urgency=Urgency.DIGEST)
    assert [one.subject for one in send(moments.next_digest)] == ["Number 1"]
    assert outbox() == ["dropped", "sent"]


def test_words_that_cannot_be_found_hold_up_neither_the_letter_nor_others(world, tell, send, outbox, moments):
    for subject in (13, 1):
        tell(world.manager, subject=subject, urgency=Urgency.DIGEST)
    tell(world.signer, subject=2, urgency=Urgency.DIGEST)
    first = send(moments.next_digest)
    assert sorted(one.subject for one in first) == ["Number 1", "Number 2"]
    assert outbox() == ["", "sent", "sent"]
    assert Dispatch.objects.get(outcome="").error == "LookupError: no words"
    later = send(moments.next_digest + LATER, number=lambda *_: Told(title="Found", url="/"))
    assert [one.subject for one in later] == ["Found"]
    assert len({one.extra_headers["Message-ID"] for one in [*first, *later]}) == 3


class Refusing:
    """A mail server that fails in one way for some recipients."""

    def __init__(self, error, *addresses):
        self.error, self.addresses, self.tried, self.events = error, addresses, [], []

    def open(self):
        """As every connection has it, where nothing happens when it is open already."""
        self.events.append("open")

    def send_messages(self, letters):
        self.tried += [one.to[0] for one in letters]
        if not self.addresses or self.tried[-1] in self.addresses:
            raise self.error
        mail.outbox += letters

    def close(self):
        """As every connection has it."""
        self.events.append("close")


class Closed(Refusing):
    """A mail server that nobody answers at."""

    def open(self):
        """Fail, as a connection does."""
        super().open()
        raise self.error


@pytest.fixture
def mail_server(monkeypatch):
    def use(server):
        monkeypatch.setattr("rapport.apps.notices.actions.get_connection", lambda: server)
        return server

    return use


def test_a_recipient_that_is_refused_holds_up_nobody(world, tell, send, awake, now, mail_server, outbox):
    awake(world.manager, world.signer)
    mail_server(Refusing(SMTPRecipientsRefused({"x": (550, b"unknown")}), world.manager.email))
    tell(world.manager, world.signer)
    assert [one.to for one in send(now)] == [[world.signer.email]]
    assert outbox() == ["", "sent"]
    assert "unknown" in Dispatch.objects.get(outcome="").error


@pytest.mark.parametrize(
    "error", [ConnectionRefusedError("refused"), TimeoutError("slow"), SMTPServerDisconnected("x")]
)
def test_a_mail_server_that_is_away_is_asked_once_and_the_rest_waits_untouched(
    world, tell, send, now, mail_server, outbox, error
):
    server = mail_server(Refusing(error))
    people = [world.manager, world.signer, world.viewer]
    tell(*people)
    send(now)
    assert len(server.tried) == 1
    assert outbox() == [""] * 3
    assert sorted(Dispatch.objects.values_list("attempts", flat=True)) == [0, 0, 1]
    server = mail_server(Refusing(None, "nobody"))
    letters = [one for minutes in (0, 1) for one in send(now + minutes * LATER)]
    assert sorted(one.to for one in letters) == sorted([one.email] for one in people)


def test_where_nobody_answers_at_the_mail_server_only_one_letter_is_read_and_put_off(
    world, tell, send, now, mail_server, outbox, django_assert_max_num_queries
):
    server = mail_server(Closed(ConnectionRefusedError("refused")))
    tell(world.manager, world.signer, world.viewer)
    with django_assert_max_num_queries(12):
        assert send(now) == []
    assert (server.events, server.tried) == (["open"], [])
    assert sorted(Dispatch.objects.values_list("attempts", "error")) == [
        (0, ""), (0, ""), (1, "ConnectionRefusedError: refused"),
    ]  # fmt: skip


def test_what_could_not_leave_sixty_times_is_given_up_and_its_reason_kept(world, tell, send, now, mail_server):
    mail_server(Refusing(ConnectionRefusedError("refused")))
    tell(world.manager)
    for hours in range(60):
        assert Dispatch.objects.get().outcome == ""
        send(now + hours * timedelta(minutes=61))
    given_up = Dispatch.objects.get()
    assert (given_up.outcome, given_up.attempts) == ("given up", 60)
    assert given_up.error == "ConnectionRefusedError: refused"


def test_what_is_tried_again_is_the_same_letter(world, tell, send, now, mail_server):
    tell(world.manager)
    mail_server(Refusing(ConnectionRefusedError("refused")))
    send(now)
    named = Dispatch.objects.get().letter
    mail_server(Refusing(None, "nobody"))
    (letter,) = send(now + LATER)
    assert letter.extra_headers["Message-ID"] == f"<{named}@localhost>"


def test_what_came_in_between_is_another_letter(world, tell, send, now, mail_server):
    tell(world.manager)
    mail_server(Refusing(ConnectionRefusedError("refused")))
    send(now)
    tell(world.manager, subject=2)
    mail_server(Refusing(None, "nobody"))
    letters = send(now + LATER)
    assert sorted(one.subject for one in letters) == ["Number 1", "Number 2"]
    assert len({one.extra_headers["Message-ID"] for one in letters}) == 2


@pytest.mark.parametrize("end", ["\r\n", "\n", "\r", "\u2028", "\x0b"])
def test_neither_titles_nor_names_add_a_header_or_a_line(world, tell, send, now, end):
    world.manager.name = f"Manager{end}Open: https://evil.example/"
    world.manager.save()
    tell(world.manager)
    title, text = f"Signed{end}Bcc: thief@evil.example{end}{end}Hi", f"Why?{end}Open: https://evil.example/"
    (letter,) = send(now, number=lambda *_: Told(title=title, text=text, url="/"))
    message = letter.message()
    assert message["Subject"] == "Signed Bcc: thief@evil.example Hi"
    assert message["Bcc"] is None
    assert message.get_all("To") == [world.manager.email]
    assert not re.search(r"^(Open: https://evil|Bcc|Hi)", letter.body, re.MULTILINE)


def test_markup_in_titles_texts_and_names_stays_text(world, tell, send, now):
    nasty = '<img src=x onerror="alert(1)"> & “so on”'
    world.manager.name = world.client.name = nasty
    world.manager.save()
    world.client.save()
    tell(world.manager)
    (letter,) = send(now, number=lambda *_: Told(title=nasty, text=nasty, verb=nasty, url='/"><script>'))
    ((page, kind),) = letter.alternatives
    assert kind == "text/html"
    assert "<img" not in page
    assert "<script" not in page
    assert page.count("&lt;img src=x onerror=&quot;alert(1)&quot;&gt; &amp; “so on”") == 5
    assert nasty in letter.body


def test_a_letter_leads_to_this_site_and_says_what_answers_no_machine_gives(world, tell, send, now, settings):
    settings.SITE_URL, settings.SITE_HOST = "https://rapport.example", "rapport.example"
    tell(world.manager)
    (letter,) = send(now)
    links = set(re.findall(r"https?://[^\s\"<]+", letter.body + letter.alternatives[0][0]))
    assert links == {"https://rapport.example/numbers/1/", "https://rapport.example/notices/habits/"}
    assert letter.extra_headers["Auto-Submitted"] == "auto-generated"
    assert letter.extra_headers["Message-ID"].endswith("@rapport.example>")
