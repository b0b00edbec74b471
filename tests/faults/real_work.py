"""What the worker and a page of the product do, on rows that people's actions made, by processes killed over it.

Each of them works on a copy of one installation in which everything that happens by itself is due.
"""

import os
import signal
import sys
import time
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from hashlib import sha256
from importlib import import_module
from pathlib import Path
from unittest.mock import patch

import workshop

sys.path.append(str(Path(__file__).parents[1] / "e2e"))

import installation
from django.apps import apps
from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.sessions.models import Session
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management.color import no_style
from django.db import connection
from django.test import Client
from django.urls import get_resolver, reverse
from django.utils import timezone

from rapport.apps.accounts.models import Organisation
from rapport.apps.audit.models import Entry
from rapport.apps.audit.queries import verdicts
from rapport.apps.corrections import actions as corrections
from rapport.apps.corrections.jobs import begin_anew_what_missed_again
from rapport.apps.corrections.models import Correction
from rapport.apps.delivery import actions as delivery
from rapport.apps.delivery.jobs import read_waiting_files
from rapport.apps.delivery.models import Batch
from rapport.apps.engagements.actions import Particulars, change_engagement
from rapport.apps.engagements.models import AgreementVersion
from rapport.apps.engagements.queries import document_of
from rapport.apps.escalations.actions import start_escalation
from rapport.apps.escalations.jobs import start_what_is_overdue
from rapport.apps.issues import actions as issues
from rapport.apps.issues.jobs import make_editions, raise_what_failed, remind_of_days
from rapport.apps.issues.models import Issue
from rapport.apps.kpis.actions import ask_for_results
from rapport.apps.kpis.jobs import compute_what_was_asked_for
from rapport.apps.kpis.models import Result
from rapport.apps.meetings.jobs import follow_plans
from rapport.apps.notices.models import Notice
from rapport.apps.timers.jobs import ring_due_timers
from rapport.cli.portfolio.troubles import Trouble
from rapport.schedule import ACTS

NOW = installation.NOW
CHANGED = {
    "{name: Good, edge: 30, score: 100, target: true}": "{name: Good, edge: 3, score: 100, target: true}",
    "{name: Good, edge: 90, score: 100, target: true}": "{name: Good, edge: 99, score: 100, target: true}",
    "\nduties: # what": "\nissues: {rhythm: weekly, day: mon}\nduties: # what",
}
"""Two KPIs miss in the latest month, and the issue list goes out every week."""
A_MINUTE = timedelta(minutes=1)
_ALL, _PROPOSED, _MENDED = "all_of_it", "Nobody answers", "reopened"


def set_up():
    """Two companies at work: something is proposed, late, climbing, mended but missed again, or about to be planned."""
    _copied(_ALL)
    for model in (Session, get_user_model(), Organisation):
        model.objects.all().delete()
    found = installation.two_companies()
    engagement = installation.agreed(found, changed=CHANGED)
    named = Particulars(engagement.title, "", engagement.tier, None, found.manager, partner_owner=found.signer)
    engagement = change_engagement(by=found.manager, engagement=engagement, to=named, at=NOW)
    installation.delivered(found, engagement, sources=("tickets", "holds", "duties"))
    trouble = Trouble(found.manager, found.signer, engagement)
    _mended(trouble)
    for title in ("Calls wait", "Letters wait"):
        _listed(trouble, title, NOW - timedelta(days=40))
    issue = _listed(trouble, "It goes on", NOW - timedelta(days=5))
    start_escalation(by=found.manager, issue=issue, reason="It goes on.", at=NOW - timedelta(days=1))
    _raised(trouble, _PROPOSED, NOW)
    follow_plans(NOW - timedelta(days=30))
    _delivered(found, engagement)
    Client(headers={"host": "localhost"}).force_login(found.signer, settings.AUTHENTICATION_BACKENDS[0])
    _count_on()


def _delivered(found, engagement):
    """A file that is to be read, and records that results are to be computed from."""
    words = {"by": found.signer, "engagement": engagement, "at": NOW}
    file = SimpleUploadedFile("surveys.csv", (installation.DEMO / "surveys.csv").read_bytes())
    batch = delivery.preview_records(source="surveys", file=file, **words)
    delivery.commit_batch(by=found.signer, batch=batch, at=NOW)
    ask_for_results(**words)
    file = SimpleUploadedFile("tickets-again.csv", installation.spoilt()[0].encode())
    delivery.keep_records(source="tickets", file=file, **words)


def _raised(trouble, title, at):
    return issues.raise_issue(by=trouble.manager, engagement=trouble.engagement, gap=issues.Gap(title), at=at)


def _listed(trouble, title, at):
    return issues.approve_issue(by=trouble.signer, issue=_raised(trouble, title, at), at=at)


def _mended(trouble):
    """An issue with a corrective action that has worked, until the figures of a month since then are corrected."""
    told_from = NOW - timedelta(days=80)
    raising, approving, explaining, planning, *_ = sorted(trouble.claims(told_from), key=lambda step: step[0])
    for at, act in (raising, approving, explaining):
        act(at)
    at, plan = planning
    correction, signer, manager = Correction.objects.get(), trouble.signer, trouble.manager
    corrections.set_measure(by=signer, correction=correction, kpi=_MENDED, periods=2, at=at)
    plan(at)
    issue = correction.issue
    for task in issue.tasks.filter(done_at=None):
        issues.finish_task(by=task.owner, task=task, at=at)
    corrections.claim(by=signer, correction=correction, at=at)
    since = Result.objects.filter(kpi=_MENDED, is_complete=True, starts_at__gte=at)
    said = dict(since.values_list("pk", "status"))
    since.update(status="met")
    at = NOW - timedelta(days=10)
    corrections.close(by=manager, correction=correction, note="It works.", at=at)
    corrections.resolve(by=signer, issue=issue, what="The file comes every week.", at=at)
    issues.confirm_issue(by=manager, issue=issue, at=at)
    for number, status in said.items():
        Result.objects.filter(pk=number).update(status=status)


def approve(at):
    """What a web process does when somebody approves what was proposed."""
    issue = Issue.objects.get(title=_PROPOSED)
    browser = Client(headers={"host": "localhost"})
    browser.cookies[settings.SESSION_COOKIE_NAME] = Session.objects.get().session_key
    with patch.object(timezone, "now", lambda: at):
        browser.post(reverse("issues:step", args=[issue.engagement_id, issue.number, "approve"]))


_RING = partial(ring_due_timers, acts=ACTS)
WORK = {
    "raising by rule": (raise_what_failed, NOW),
    "listing by silence": (_RING, NOW + timedelta(days=5)),
    "starting what is overdue": (start_what_is_overdue, NOW),
    "climbing": (_RING, NOW),
    "beginning anew": (begin_anew_what_missed_again, NOW),
    "following plans": (follow_plans, NOW),
    "making editions": (make_editions, NOW),
    "reminding of days": (remind_of_days, NOW + timedelta(days=24)),
    "reading a file": (read_waiting_files, NOW),
    "computing": (compute_what_was_asked_for, NOW),
    "approving on a page": (approve, NOW),
}
"""What is done, and when."""


def undisturbed(work, is_late=False):
    """What comes of work that nobody disturbs, and between how many steps, and at which ends of transactions, it can be
    killed.
    """
    job, at = WORK[work]
    with _copy():
        before, moments = (Entry.objects.count(), Notice.objects.count()), Moments()
        with moments.near():
            job(at + A_MINUTE if is_late else at)
        moments.point()
        verbs = [one.content["verb"] for one in Entry.objects.order_by("pk")[before[0] :]]
        told = Notice.objects.count() - before[1]
        return {"outcome": _outcome(), "points": moments.points, "edges": moments.edges, "verbs": verbs, "told": told}


def killed(work, dies_at, is_apart=False):
    """What comes of work over which a process is killed, and which another begins anew then, and in a minute again."""
    job, at = WORK[work]
    with _copy():
        _die(Moments(dies_at, is_apart), partial(job, at))
        _wait_for_database()
        _count_on()
        job(at)
        job(at + A_MINUTE)
        return _outcome()


class Moments(workshop.Doom):
    """Knows as well where transactions begin and end; or has none that is more than one step."""

    def __init__(self, at=None, is_apart=False):
        super().__init__(at)
        self.is_apart, self.edges, self.was_inside = is_apart, [], False

    def point(self):
        if connection.in_atomic_block is not self.was_inside:
            self.was_inside = connection.in_atomic_block
            self.edges += [self.points, self.points + 1]
        super().point()

    def around(self, act, *words):
        if self.is_apart and connection.in_atomic_block and not connection.savepoint_ids:
            _keep_so_far(words[0])
        return super().around(act, *words)


def _keep_so_far(words):
    """What was done so far stays, whatever becomes of the rest of its transaction."""
    if words.startswith(("RELEASE", "ROLLBACK")):
        return
    if connection.vendor == "postgresql":
        connection.connection.commit()
    else:
        connection.connection.execute("COMMIT")
        connection.connection.execute("BEGIN IMMEDIATE")


def _die(moments, act):
    """A process of its own that does something and is killed over it."""
    process = os.fork()
    if not process:
        try:
            with moments.near():
                act()
            moments.point()
        finally:
            os._exit(1)
    assert os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]) == -signal.SIGKILL, "it was not killed"


def _wait_for_database():
    """Until PostgreSQL has seen that somebody is gone, and has taken back what they had begun."""
    if connection.vendor != "postgresql":
        return
    others = (
        "SELECT pid FROM pg_stat_activity"
        " WHERE datname = current_database() AND backend_type = 'client backend' AND pid <> pg_backend_pid()"
    )
    with connection.cursor() as cursor:
        cursor.execute(others)
        while cursor.rowcount:
            time.sleep(0.01)
            cursor.execute(others)


def _count_on():
    """Has the database number rows on from those there are: what was rolled back leaves gaps in PostgreSQL."""
    with connection.cursor() as cursor:
        for words in connection.ops.sequence_reset_sql(no_style(), _models()):
            cursor.execute(words)


def _models():
    return [one for one in apps.get_models(include_auto_created=True) if one.__module__.startswith("rapport.")]


def _outcome():
    """Every row of the product by its table, as a digest, and the chains of history that are broken.

    How often a file was begun to be read is left out: that is to count who was killed over it.
    """
    Batch.objects.update(attempts=0)
    tables = {one._meta.db_table: _digest(one._meta) for one in _models()}
    return {"tables": tables, "broken": [one.chain for one in verdicts() if one.broken_at is not None]}


def _digest(table):
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM {table.db_table} ORDER BY {table.pk.column}")
        rows = cursor.fetchall()
    return f"{len(rows)}: {sha256(repr(rows).encode()).hexdigest()}"


@contextmanager
def _copy():
    """Whatever is done is done to a copy of the installation, which goes away."""
    connection.settings_dict.update(connection.creation.get_test_db_clone_settings(_ALL))
    name, suffix = connection.settings_dict["NAME"], str(os.getpid())
    _copied(suffix)
    try:
        yield
    finally:
        _drop(name, suffix)


def _copied(suffix):
    """A copy of the database; from now on this process uses it."""
    connection.creation.clone_test_db(suffix, verbosity=0, autoclobber=True)
    connection.close()
    connection.settings_dict.update(connection.creation.get_test_db_clone_settings(suffix))


def _drop(name, suffix):
    connection.settings_dict["NAME"] = name
    connection.creation.destroy_test_db(verbosity=0, suffix=suffix)


def clear():
    """The installation is gone."""
    _drop(connection.settings_dict["NAME"], _ALL)


def _warm():
    """Has addresses, the agreement and the engine read once here, and not in each process anew."""
    text = (installation.DEMO / "agreement.yaml").read_text(encoding="utf-8")
    for old, new in CHANGED.items():
        text = text.replace(old, new)
    document_of(AgreementVersion(text=text))
    get_resolver().reverse_dict  # noqa: B018 - which reads all addresses
    import_module("rapport.engine.watch")
    import_module("rapport.engine.workspace")


if __name__ == "__main__":
    _warm()
    workshop.JOBS = {one.__name__: one for one in (set_up, undisturbed, killed, clear)}
    workshop.main()
