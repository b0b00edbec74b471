"""`rapport doctor`: what is amiss is told with how to mend it, and what is broken with an exit code of its own."""

import fcntl
import socket
from datetime import UTC, datetime, timedelta

import pytest
from django.db import OperationalError
from django.utils import timezone

from apps.accounts.mail_sink import MailSink
from rapport.apps.accounts.models import Organisation, Person
from rapport.apps.notices.models import Dispatch, Notice
from rapport.apps.timers.models import Timer
from rapport.cli import doctor

pytestmark = pytest.mark.django_db
NOW = datetime.now(UTC)
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)


@pytest.fixture(autouse=True)
def installation(settings, tmp_path, monkeypatch):
    """A data folder that a worker has, and a mail server that answers, at a moment that stands still."""
    monkeypatch.setattr(timezone, "now", lambda: NOW)
    settings.DATA = tmp_path
    sink = MailSink()
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", sink.port
    with (tmp_path / "worker.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
    sink.close()


@pytest.fixture
def waiting():
    """Has a notice wait for its mail since a moment."""

    def wait(due_at, **words):
        company, _ = Organisation.objects.get_or_create(name="Northwind", side="client", defaults={"created_at": NOW})
        person, _ = Person.objects.get_or_create(
            email="manager@northwind.example",
            defaults={"organisation": company, "role": "manager", "created_at": NOW},
        )
        notice = Notice.objects.create(
            recipient=person, kind="note", subject=1, event=f"{due_at} {words}", created_at=due_at
        )
        return Dispatch.objects.create(notice=notice, due_at=due_at, **words)

    return wait


def timer(due_at, **words):
    return Timer.objects.create(key=f"remind {due_at} {words}", kind="remind", subject=1, due_at=due_at, **words)


def looked_at(rapport_json, code=0):
    """What is told, by what was looked at."""
    found = {}
    for one in rapport_json("doctor", code=code):
        found.setdefault(one["what"], []).append((one["state"], one["seen"], one["mend"]))
    return found


def test_an_installation_where_nothing_is_amiss_is_well(rapport, rapport_json, waiting):
    timer(NOW + HOUR)
    timer(NOW - HOUR, done_at=NOW)
    waiting(NOW + HOUR)
    waiting(NOW - HOUR, outcome="sent")
    found = looked_at(rapport_json)
    assert list(found) == ["database", "worker", "timers", "outbox", "channels", "mail", "disk"]
    assert {state for told in found.values() for state, _, _ in told} == {"ok"}
    assert [line[:2] for line in rapport("doctor").stdout.splitlines()] == ["ok"] * 7


def test_work_that_nobody_begins_is_a_failure(rapport_json):
    timer(NOW - 2 * HOUR)
    found = looked_at(rapport_json, code=8)
    ((state, seen, mend),) = found["worker"]
    assert (state, seen) == ("fail", "nobody has touched what is due since 2 hours.")
    assert "rapport worker" in mend
    assert found["timers"] == [("warn", "1 due, the first since 2 hours.", "")]


def test_mail_that_nobody_takes_up_is_a_failure_too(rapport_json, waiting):
    waiting(NOW - 3 * 24 * HOUR)
    assert looked_at(rapport_json, code=8)["worker"][0][:2] == ("fail", "nobody has touched what is due since 3 days.")


def test_a_worker_that_cannot_get_rid_of_mail_or_has_much_to_do_is_alive(rapport_json, waiting):
    waiting(NOW - 2 * HOUR)
    waiting(NOW - 2 * HOUR, taken_at=NOW - MINUTE, attempts=1, error="TimeoutError: slow")
    assert looked_at(rapport_json)["worker"][0][0] == "ok"
    Dispatch.objects.all().delete()
    timer(NOW - 2 * HOUR)
    timer(NOW - 2 * HOUR, done_at=NOW - MINUTE)
    assert looked_at(rapport_json)["worker"][0][0] == "ok"


def test_without_a_worker_here_a_look_is_worth_it(rapport_json, settings, tmp_path):
    settings.DATA = tmp_path / "elsewhere"
    ((state, _, mend),) = looked_at(rapport_json)["worker"]
    assert state == "warn"
    assert "rapport worker" in mend


def test_timers_that_fail_are_told_with_their_reasons_and_are_no_sign_of_a_dead_worker(rapport_json):
    for minutes in range(7):
        timer(NOW - HOUR - minutes * MINUTE, tried_at=NOW, attempts=3, error="RuntimeError: no\npaper.")
    found = looked_at(rapport_json)
    assert found["worker"][0][0] == "ok"
    told = found["timers"]
    assert [state for state, _, _ in told] == ["warn"] * 7
    assert told[1][1].endswith("failed at attempt 3: RuntimeError: no paper.")
    assert told[-1][1] == "2 more have failed."


def test_mail_that_cannot_leave_is_told_with_the_last_reason(rapport_json, waiting):
    waiting(NOW - HOUR, taken_at=NOW, attempts=9, error="ConnectionRefusedError: refused")
    waiting(NOW - HOUR, outcome="given up", settled_at=NOW, error="SMTPDataError: no room")
    waiting(NOW - HOUR, outcome="given up", settled_at=NOW - 24 * 30 * HOUR)
    (late, given_up) = looked_at(rapport_json)["outbox"]
    assert late[:2] == ("warn", "1 due, the first since 1 hour. The last failure: ConnectionRefusedError: refused.")
    assert given_up[1] == "1 given up within 7 days."
    assert "no room" in given_up[2]


def test_a_mail_server_that_is_away_is_told_and_mail_waits(rapport_json, settings):
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        settings.EMAIL_PORT = nobody.getsockname()[1]
        ((state, seen, mend),) = looked_at(rapport_json)["mail"]
    assert state == "warn"
    assert f"127.0.0.1:{settings.EMAIL_PORT} does not answer" in seen
    assert "RAPPORT_MAIL_HOST" in mend


def test_a_database_that_does_not_answer_is_a_failure_and_the_rest_is_looked_at(rapport_json, monkeypatch):
    def away(*_):
        raise OperationalError("could not connect\nto server")

    monkeypatch.setattr("django.db.migrations.executor.MigrationExecutor.__init__", away)
    found = looked_at(rapport_json, code=8)
    assert list(found) == ["database", "mail", "disk"]
    assert found["database"][0][:2] == ("fail", "does not answer: could not connect to server.")


def test_a_database_that_is_not_up_to_date_is_a_failure(rapport_json, monkeypatch):
    monkeypatch.setattr("django.db.migrations.executor.MigrationExecutor.migration_plan", lambda *_: [1, 2])
    ((state, seen, mend),) = looked_at(rapport_json, code=8)["database"]
    assert (state, seen) == ("fail", "is not up to date, 2 changes are missing.")
    assert "rapport serve" in mend


@pytest.mark.parametrize(("free", "state", "code"), [(3e9, "ok", 0), (1e9, "warn", 0), (1e8, "fail", 8)])
def test_little_room_is_told_before_there_is_none(rapport_json, monkeypatch, free, state, code):
    monkeypatch.setattr(doctor.shutil, "disk_usage", lambda _: type("Usage", (), {"free": int(free)}))
    assert looked_at(rapport_json, code)["disk"][0][0] == state
