"""Whatever two people or workers do with one issue at once, they lock it in one order and never wait for each other."""

import re
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from threading import Barrier

import pytest
from django.db import connection, connections

from apps.corrections.conftest import KPI, START
from rapport.apps.corrections import actions
from rapport.apps.corrections.models import Correction
from rapport.apps.issues import actions as issues
from rapport.apps.issues.models import Issue, Task
from rapport.domain.corrections import Part, State
from rapport.domain.refusals import Refused

pytestmark = pytest.mark.skipif(connection.vendor != "postgresql", reason="only PostgreSQL locks rows")

ORDER = ("issues_issue", "corrections_correction", "issues_task", "audit_head")
_LOCKS = re.compile(r'^UPDATE "(\w+)"|FROM "(\w+)".* FOR (?:NO KEY )?UPDATE', re.DOTALL)


@contextmanager
def locks_in_order():
    """Fails where something is locked for the first time after what comes behind it."""
    taken = []

    def watch(execute, sql, params, many, context):
        if (found := _LOCKS.search(sql)) and (table := found[1] or found[2]) in ORDER and table not in taken:
            taken.append(table)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(watch):
        yield
    assert taken == [table for table in ORDER if table in taken]
    assert "issues_issue" in taken


@pytest.fixture
def planned(world, raised, brought):
    """A task of a plan that both sides agreed to."""
    brought(raised(), State.PLAN_AGREED)
    return Task.objects.get()


def _finish(world, task):
    return partial(issues.finish_task, by=world.editor, task=task, at=START)


def _change(world, task):
    said = {"what": task.what, "owner": world.signer, "due_on": task.due_on, "seen": task.turn}
    return partial(issues.change_task, by=world.editor, task=task, at=START, **said)


def _withdraw(world, task):
    Correction.objects.update(plan=None)
    return partial(issues.withdraw_task, by=world.editor, task=task, reason="Not needed", at=START)


def _accept(world, task):
    Correction.objects.update(state=State.CAUSE_AGREED, proposed=Part.PLAN)
    Task.objects.update(due_on=START.date() + timedelta(days=90))
    found = Correction.objects.get()
    return partial(actions.accept, by=world.manager, correction=found, seen=found.turn, at=START)


def _claim(world, task):
    Task.objects.update(done_at=START)
    Correction.objects.update(state=State.DOING)
    return partial(actions.claim, by=world.editor, correction=Correction.objects.get(), at=START)


def _start_anew(world, task):
    Correction.objects.update(state=State.CLOSED, closed_at=START)
    return partial(actions.start_correction, by=world.editor, issue=Issue.objects.get(), at=START)


def _resolve(world, task):
    Correction.objects.update(state=State.CLOSED, closed_at=START)
    return partial(actions.resolve, by=world.editor, issue=Issue.objects.get(), what="Hired", at=START)


@pytest.mark.parametrize("step", [_finish, _change, _withdraw, _accept, _claim, _start_anew, _resolve])
def test_a_step_locks_in_the_one_order(world, planned, step):
    act = step(world, planned)
    with locks_in_order():
        act()


@pytest.mark.parametrize("state", [State.VERIFYING, State.CLOSED])
def test_what_figures_begin_anew_locks_in_the_one_order(world, planned, computed, state):
    computed("2026-04", "below_target", 80)
    Correction.objects.update(state=state, claimed_at=START, closed_at=START, proof_kpi=KPI)
    Issue.objects.update(state="closed", resolved_by="partner", closed_at=START)
    with locks_in_order():
        assert actions.fail_by_figures(correction=Correction.objects.get(), at=START + timedelta(days=70))
    assert Issue.objects.get().state == "listed"


@pytest.mark.django_db(transaction=True)
def test_a_task_is_done_while_its_issue_is_taken_over_and_another_given(world, planned):
    """Eight at once, again and again: none of them waits for one that waits for it."""
    barrier, at = Barrier(8), START

    def act(number):
        try:
            for turn in range(5):
                barrier.wait()
                _meanwhile(world, number, turn, at)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as pool:
        for done in [pool.submit(act, number) for number in range(8)]:
            done.result()


def _meanwhile(world, number, turn, at):
    issue, task = Issue.objects.get(), Task.objects.order_by("pk").first()
    due = {"what": f"Task {number}.{turn}", "owner": world.editor, "due_on": task.due_on}
    acts = (
        lambda: issues.finish_task(by=world.editor, task=task, at=at),
        lambda: issues.change_task(by=world.editor, task=task, seen=task.turn, at=at, **due),
        lambda: issues.give_task(by=world.editor, engagement=world.engagement, issue=issue, at=at, **due),
        lambda: issues.take_over_issue(by=world.manager, issue=issue, at=at),
        lambda: actions.follow_figures(correction=Correction.objects.get(), at=at),
        lambda: issues.comment_on(by=world.manager, issue=issue, text="Well?", is_private=False, at=at),
        lambda: issues.reopen_issue(by=world.manager, issue=issue, reason="Again", at=at),
        lambda: issues.reopen_by_rule(issue=issue.pk, gap=issues.Gap("Again"), at=at),
    )
    try:
        acts[(number + turn) % len(acts)]()
    except Refused:
        return
