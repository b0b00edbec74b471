"""An engagement whose agreement is the built-in example, with an issue about a KPI that missed its target."""

from datetime import UTC, date, datetime, timedelta
from importlib.resources import files
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.urls import reverse
from django.utils import timezone

from rapport.apps.corrections import actions
from rapport.apps.corrections.models import Correction
from rapport.apps.engagements.models import AgreementVersion
from rapport.apps.issues.actions import finish_task, give_task
from rapport.apps.issues.models import Issue
from rapport.apps.kpis.models import Evaluation, Result
from rapport.domain.corrections import Part, State

DEMO = Path(str(files("rapport.cli"))) / "demo" / "agreement.yaml"
KPI = "resolved-in-time"
START = datetime(2026, 3, 2, 9, tzinfo=UTC)


@pytest.fixture(autouse=True)
def media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "uploads"


@pytest.fixture(autouse=True)
def clock(monkeypatch):
    """Sets the clock so many days after the beginning."""

    def to(days):
        at = START + timedelta(days=days)
        monkeypatch.setattr(timezone, "now", lambda: at)
        return at

    to(0)
    return to


@pytest.fixture
def agreed(world):
    """The example in force, and an owner on either side."""
    world.engagement.partner_owner = world.editor
    world.engagement.save()
    return AgreementVersion.objects.create(
        engagement=world.engagement, number=1, text=DEMO.read_text(encoding="utf-8"), stage="in_force",
        written_by="client", author=world.manager, created_at=START,
    )  # fmt: skip


@pytest.fixture
def raised(world, agreed):
    """An issue that the partner has to mend: about a KPI unless it is told otherwise."""

    def make(kpi=KPI, **more):
        words = {
            "number": Issue.objects.count() + 1, "title": "Tickets are late", "origin": "missed_kpi",
            "severity": "major",
            "cause": f"missed_kpi:{kpi}", "kpi": kpi, "period": "2026-02", "responsible": "partner", "state": "listed",
            "client_owner": world.manager, "partner_owner": world.editor, "due_on": date(2026, 3, 30),
            "raised_at": START,
        }  # fmt: skip
        return Issue.objects.create(engagement=world.engagement, **words | more)

    return make


@pytest.fixture
def computed(world, agreed):
    """Says how a KPI did in a month, or in what is known of one."""

    def compute(month, status="met", value=96, kpi=KPI, **more):
        evaluation = Evaluation.objects.filter(engagement=world.engagement).first() or Evaluation.objects.create(
            engagement=world.engagement, version=agreed, content="{}", digest="e" * 64, computed_at=START
        )
        year, of_year = map(int, month.split("-"))
        starts_at = datetime(year, of_year, 1, tzinfo=UTC)
        ends_at = datetime(year + of_year // 12, of_year % 12 + 1, 1, tzinfo=UTC)
        content = {"value": value, "target": 95, "minimum": 90, "numerator": 9, "denominator": 10, "coverage": 1}
        words = {
            "evaluation": evaluation, "starts_at": starts_at, "ends_at": ends_at, "is_complete": True, "status": status,
            "content": content,
        }  # fmt: skip
        return Result.objects.update_or_create(
            engagement=world.engagement, kpi=kpi, period=month, defaults=words | more
        )[0]

    return compute


@pytest.fixture
def address(world):
    """The address of a page about the corrective action of an issue."""
    return lambda name, *more, number=1: reverse(f"corrections:{name}", args=[world.engagement.pk, number, *more])


@pytest.fixture
def brought(world):
    """A corrective action for an issue, brought as far as a state by the two sides' actions."""

    def bring(issue, state, at=START):
        correction = actions.start_correction(by=world.editor, issue=issue, at=at)
        for step in (_contain, _cause, _plan, _doing, _claim, _close):
            if State(correction.state) is state or (state is State.DOING and step is _claim):
                break
            correction = step(world, correction, at)
        return Correction.objects.get(pk=correction.pk)

    return bring


def _contain(world, correction, at):
    return actions.contain(by=world.editor, correction=correction, how="The day shift takes them.", at=at)


def _cause(world, correction, at):
    why = actions.add_cause(by=world.editor, correction=correction, text="Weekend tickets wait for Monday", at=at)
    actions.add_cause(
        by=world.editor, correction=correction, text="Nobody is on duty", evidence="The roster", parent=why.pk, at=at
    )
    return _agreed_to(world, actions.propose(by=world.editor, correction=correction, part=Part.CAUSE, at=at), at)


def _plan(world, correction, at):
    actions.set_measure(by=world.editor, correction=correction, kpi=correction.issue.kpi, periods=2, at=at)
    due = {"owner": world.editor, "due_on": date(2026, 3, 20), "at": at}
    give_task(by=world.editor, engagement=world.engagement, issue=correction.issue, what="Hire for the weekend", **due)
    return _agreed_to(world, actions.propose(by=world.editor, correction=correction, part=Part.PLAN, at=at), at)


def _doing(world, correction, at):
    finish_task(by=world.editor, task=correction.issue.tasks.get(done_at=None), at=at)
    return correction


def _claim(world, correction, at):
    return actions.claim(by=world.editor, correction=correction, at=at)


def _close(world, correction, at):
    return actions.close(by=world.manager, correction=correction, note="Nobody waits any more.", at=at)


def _agreed_to(world, correction, at):
    return actions.accept(by=world.manager, correction=correction, seen=correction.turn, at=at)


@pytest.fixture
def browser(world, signed_in):
    return lambda role: signed_in(getattr(world, role))


@pytest.fixture
def people(world):
    return SimpleNamespace(partner=world.editor, client=world.manager)
