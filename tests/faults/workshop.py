"""A process that has things done by processes of their own, any of which may be killed at a chosen moment.

It reads a line of JSON with what is to be done at once, and answers with a line of JSON once all of it has ended. What
a safeguard is for shows when it is left out: `without` names one.
"""

import http.client
import json
import os
import signal
import smtplib
import sys
import time
import traceback
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from email.utils import make_msgid
from tempfile import TemporaryFile
from unittest.mock import patch
from uuid import uuid4
from zoneinfo import ZoneInfo

import django

django.setup()

import calls  # noqa: E402
import gatherings  # noqa: E402
from django.conf import settings  # noqa: E402
from django.contrib.auth import get_user_model  # noqa: E402
from django.core.mail.utils import DNS_NAME  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db import connection, transaction  # noqa: E402
from django.db.models import Count  # noqa: E402
from django.template.loader import render_to_string  # noqa: E402
from django.test import Client  # noqa: E402
from urllib3.connection import HTTPConnection  # noqa: E402

from rapport import schedule  # noqa: E402
from rapport.apps.accounts import actions as accounts  # noqa: E402
from rapport.apps.accounts.models import Organisation, Person  # noqa: E402
from rapport.apps.channels.actions import calling  # noqa: E402
from rapport.apps.channels.jobs import send_waiting_messages  # noqa: E402
from rapport.apps.channels.models import Channel, Message  # noqa: E402
from rapport.apps.notices import actions as notices  # noqa: E402
from rapport.apps.notices import queries as outbox  # noqa: E402
from rapport.apps.notices.jobs import send_waiting_mail  # noqa: E402
from rapport.apps.notices.models import Dispatch, Notice, Preference  # noqa: E402
from rapport.apps.timers import actions as timers  # noqa: E402
from rapport.apps.timers.jobs import ring_due_timers  # noqa: E402
from rapport.apps.timers.models import Timer  # noqa: E402
from rapport.cli import worker  # noqa: E402
from rapport.domain.notices import Urgency  # noqa: E402
from rapport.domain.refusals import Refused  # noqa: E402
from rapport.domain.retries import pause_after  # noqa: E402
from rapport.domain.roles import Role  # noqa: E402


def note(subject, at, fails_before=0):
    """What a timer does here: it leaves a row, however often it is done."""
    Timer.objects.create(key=f"{uuid4()}", kind="effect", subject=subject, due_at=at, done_at=at)
    if at.timestamp() < fails_before:
        raise RuntimeError("no paper")


def say(_, subject):
    """What a notice says here."""
    return outbox.Told(title=f"Note {subject}", url="/")


def prepare():
    call_command("migrate", interactive=False, verbosity=0)


def fresh(zone="UTC"):
    """Nothing has happened yet, and there are three people who want no quiet hours."""
    gatherings.forget()
    for model in (Message, Channel, Dispatch, Notice, Preference, Timer, get_user_model(), Organisation):
        model.objects.all().delete()
    company = Organisation.objects.create(name="Northwind", side="client", created_at=datetime(2026, 1, 1, tzinfo=UTC))
    for name in ("manager", "viewer", "auditor"):
        person = Person.objects.create(
            organisation=company, role=name, name=name, email=f"{name}@northwind.example", created_at=company.created_at
        )
        Preference.objects.create(person=person, zone=zone, quiet_from="07:00", quiet_until="07:00")


def happen(numbers, at, urgency="at_once", people=3, apart=0):
    """Things that a timer is set for and people are told of, some seconds apart."""
    told = list(Person.objects.order_by("pk")[:people])
    for turn, number in enumerate(numbers):
        key, moment = f"note {number}", datetime.fromtimestamp(at + turn * apart, UTC)
        timers.set_timer(kind="note", subject=number, key=key, due_at=moment)
        notices.notify(recipients=told, kind="note", subject=number, event=key, urgency=Urgency(urgency), at=moment)


def work(at, dies_at=None, without=None, fails_before=0, patience=10, is_calling=False, is_inviting=False, after=()):
    """What a worker does in one pass at a moment, until it dies at one of the points it counts; how many those were.

    `after` has what is done before, in the same process since that is quicker.
    """
    for name, words in after:
        JOBS[name](**words)
    settings.EMAIL_TIMEOUT = calling._WHOLE = patience
    doom = Doom(dies_at)
    with left_out(without), doom.near():
        done = _pass(datetime.fromtimestamp(at, UTC), fails_before, is_calling, is_inviting)
    return {"points": doom.points, "done": done}


def work_off(at, begin, without=None, is_calling=False):
    """What a worker does that begins at a moment by the real clock, pass by pass, until it finds nothing to do."""
    with left_out(without):
        time.sleep(max(0.0, begin - time.time()))
        while _pass(datetime.fromtimestamp(at, UTC), 0, is_calling):
            pass


def stay(most, without=None):
    """What a worker does by the real clock, until mail has left and it is calling somebody, or for some seconds
    where a safeguard is missing.
    """
    jobs = {"SHARED": _jobs(), "BESIDE": _jobs_of_calling(), "WAITED_FOR": (), "FOLLOWING": ()}
    signal.signal(signal.SIGALRM, signal.default_int_handler)
    signal.setitimer(signal.ITIMER_REAL, most)
    with suppress(KeyboardInterrupt), patch.multiple(schedule, **jobs), left_out(without), TemporaryFile("w") as lock:
        worker._work(lambda: without or not _is_only_calling(), lock)
        time.sleep(0.2)


def _is_only_calling():
    return Message.objects.filter(attempts=1).exists() and Dispatch.objects.filter(outcome="sent").exists()


def live(begin, end, step, without=None, is_calling=False):
    """What a worker does between two moments by a clock that makes steps of some seconds, and daily notices at noon."""
    with left_out(without):
        for at in range(begin, end, step):
            if at % 86_400 == 43_200:
                happen([at // 86_400], at, urgency="digest", people=1)
            _pass(datetime.fromtimestamp(at, UTC), 0, is_calling)
    return [int(one.timestamp()) for one in Dispatch.objects.order_by("pk").values_list("settled_at", flat=True) if one]


def ring_waiting_for(person, at, begin):
    """Rings what is due, which takes a while and then changes something about somebody."""

    def act(subject, moment):
        time.sleep(0.5)
        Person.objects.select_for_update().get(name=person)
        note(subject, moment)

    time.sleep(max(0.0, begin - time.time()))
    return ring_due_timers(datetime.fromtimestamp(at, UTC), {"note": act})


def stop_holding(person, number, at, begin):
    """Somebody changes something about a person, and then stops a timer."""
    time.sleep(max(0.0, begin - time.time()))
    with transaction.atomic():
        Person.objects.select_for_update().get(name=person)
        time.sleep(1)
        timers.stop_timers(kind="note", subject=number, at=datetime.fromtimestamp(at, UTC))


def take_charge(people):
    """Some of them manage people from now on."""
    Person.objects.filter(name__in=people).update(role=Role.ADMINISTRATOR)


def leave(person, at, begin):
    """Somebody who manages people gives that up, which takes a while; whether they could."""
    keep = accounts._keep_somebody_in_charge

    def slowly(organisation):
        time.sleep(0.5)
        keep(organisation)

    leaver = Person.objects.get(name=person)
    time.sleep(max(0.0, begin - time.time()))
    with patch.object(accounts, "_keep_somebody_in_charge", slowly):
        try:
            accounts.change_role(by=leaver, person=leaver, role=Role.VIEWER, at=datetime.fromtimestamp(at, UTC))
        except Refused:
            return False
    return True


def visit():
    """How a page answers somebody."""
    browser = Client(headers={"host": "localhost"})
    browser.force_login(Person.objects.get(role="manager"), "allauth.account.auth_backends.AuthenticationBackend")
    return browser.get("/portfolio/due/").status_code


def look():
    """What has come of everything."""
    effects = Timer.objects.filter(kind="effect").values_list("subject").annotate(Count("pk"))
    open_timers = Timer.objects.filter(done_at=None)
    return {
        "effects": {str(subject): count for subject, count in effects},
        "open": list(open_timers.order_by("pk").values_list("error", flat=True)),
        "outbox": sorted(Dispatch.objects.values_list("outcome", flat=True)),
        "attempts": sum(Dispatch.objects.values_list("attempts", flat=True)),
    }


def _pass(moment, fails_before, is_calling, is_inviting=False):
    if is_inviting:
        return schedule.run(gatherings.JOBS, moment)
    return schedule.run(_jobs_of_calling() if is_calling else _jobs(fails_before), moment)


def _jobs(fails_before=0):
    acts = {"note": lambda subject, at: note(subject, at, fails_before)}
    return (lambda now: ring_due_timers(now, acts), lambda now: send_waiting_mail(now, {"note": say}))


def _jobs_of_calling():
    return (lambda now: send_waiting_messages(now, {"note": say}),)


class Doom:
    """Counts the moments between two steps of whoever asks the database or speaks to a server, and ends at one.

    Whatever is killed, is killed between two such steps: what happens within one is up to the database or the server.
    """

    def __init__(self, at):
        self.at, self.points = at, 0

    def point(self):
        self.points += 1
        if self.points == self.at:
            os.kill(os.getpid(), signal.SIGKILL)

    @contextmanager
    def near(self):
        with (
            connection.execute_wrapper(self.around),
            patch.object(smtplib.SMTP, "send", self._near(smtplib.SMTP.send)),
            patch.object(smtplib.SMTP, "getreply", self._near(smtplib.SMTP.getreply)),
            patch.object(http.client.HTTPConnection, "send", self._near(http.client.HTTPConnection.send)),
            patch.object(HTTPConnection, "getresponse", self._near(HTTPConnection.getresponse)),
        ):
            yield

    def around(self, act, *words):
        self.point()
        result = act(*words)
        self.point()
        return result

    def _near(self, act):
        return lambda *words: self.around(act, *words)


def _ring_without_swap(timer, act, at):
    with transaction.atomic():
        act(timer.subject, at)
        return bool(Timer.objects.filter(pk=timer.pk).update(done_at=at))


def _ring_without_transaction(timer, act, at):
    if not Timer.objects.filter(pk=timer.pk, done_at=None).update(done_at=at):
        return False
    act(timer.subject, at)
    return True


def _mail_without_name(*words, made=notices._mail):
    mail = made(*words)
    mail.extra_headers["Message-ID"] = make_msgid()
    return mail


def _letters_of_one(now, most, found=outbox.due_letters):
    return [[one] for letter in found(now, most) for one in letter]


def _send_at_by_the_offset_of_now(_, created_at, habits):
    offset = datetime.fromtimestamp(created_at, ZoneInfo(habits.zone)).utcoffset()
    wall = datetime.fromtimestamp(created_at, UTC) + offset
    due = wall.replace(hour=habits.digest_at.hour, minute=habits.digest_at.minute, second=0)
    return int((due + timedelta(days=due < wall) - offset).timestamp())


def _rested_by_a_clock_that_only_goes_on(tried_at, attempts, now, least=timedelta()):
    return tried_at is None or now - tried_at >= max(pause_after(attempts), least)


WITHOUT = {
    **calls.WITHOUT,
    **gatherings.WITHOUT,
    "swap": [(timers, "_rung", _ring_without_swap), (notices, "_is_mine", lambda *_: True)],
    "transaction": [(timers, "_rung", _ring_without_transaction)],
    "name": [(notices, "_mail", _mail_without_name)],
    "retries": [(notices, "_put_off", lambda rows, _, at: notices._settle(rows, "sent", at))],
    "collapse": [(notices, "due_letters", _letters_of_one)],
    "zones": [(notices, "send_at", _send_at_by_the_offset_of_now)],
    "clock": [(outbox, "has_rested", _rested_by_a_clock_that_only_goes_on),
              ("rapport.apps.timers.queries", "has_rested", _rested_by_a_clock_that_only_goes_on)],
    "thread": [(schedule, "SHARED", (*_jobs_of_calling(), *_jobs())), (schedule, "BESIDE", ())],
}  # fmt: skip
"""What is put in place of each safeguard."""


@contextmanager
def left_out(safeguard):
    """Nothing guards against what a safeguard is for."""
    patches = []
    for place, name, instead in WITHOUT[safeguard] if safeguard else ():
        patches.append(
            patch(f"{place}.{name}", instead) if isinstance(place, str) else patch.object(place, name, instead)
        )
    for one in patches:
        one.start()
    try:
        yield
    finally:
        for one in patches:
            one.stop()


JOBS = {
    one.__name__: one
    for one in (
        prepare,
        fresh,
        happen,
        work,
        work_off,
        stay,
        live,
        ring_waiting_for,
        stop_holding,
        take_charge,
        leave,
        visit,
        look,
        calls.subscribe,
        calls.ask_for_test,
        calls.look_at_channels,
        gatherings.gather,
        gatherings.move_meeting,
        gatherings.look_at_invitations,
    )
}


def begin(job):
    """A process of its own that does something and tells what came of it."""
    reading, writing = os.pipe()
    if process := os.fork():
        os.close(writing)
        return process, reading
    code = 1
    try:
        os.write(writing, json.dumps(JOBS[job["do"]](**job["with"])).encode())
        code = 0
    except BaseException:
        traceback.print_exc()
    finally:
        connection.close()
        os._exit(code)


def end(process, reading):
    """What a process told, once it has ended, or the signal it was ended by."""
    with os.fdopen(reading, "rb") as file:
        told = file.read()
    code = os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])
    return {"code": code, "told": json.loads(told) if told else None}


def main():
    DNS_NAME._fqdn = "localhost"  # here once, or every process would take seconds for it, and for the addresses
    render_to_string("notices/mail.txt")
    for line in sys.stdin:
        begun = [begin(job) for job in json.loads(line)]
        print(json.dumps([end(*one) for one in begun]), flush=True)


if __name__ == "__main__":
    main()
