"""Results that the worker computes: asked for by people or because what counts has changed, once each."""

from datetime import timedelta

import pytest

from rapport.apps.delivery.actions import commit_batch, withdraw_batch
from rapport.apps.engagements.models import AgreementVersion
from rapport.apps.kpis import actions, jobs, queries
from rapport.apps.kpis.models import Computation, Evaluation, OpenRecord, Result
from rapport.domain.refusals import Refused

LATER = timedelta(days=3)


@pytest.fixture
def commit(world, preview, now):
    """Commits a record file of the example, whose results nobody has computed yet."""
    return lambda source="surveys", content=None: commit_batch(by=world.editor, batch=preview(source, content), at=now)


@pytest.fixture
def large(monkeypatch):
    """Any records are many."""
    monkeypatch.setattr(actions, "READ_AT_ONCE", 10)


@pytest.fixture
def computed(monkeypatch):
    """The engagements that the engine was asked about, one for each time."""
    asked, compute = [], actions._computed
    monkeypatch.setattr(actions, "_computed", lambda *given: asked.append(given[0].pk) or compute(*given))
    return asked


@pytest.fixture
def work(now):
    """Everything that is due is done, as when a worker comes back."""

    def work(at=now):
        jobs.ask_for_outdated_results(at)
        jobs.compute_what_was_asked_for(at)

    return work


def in_force_next(version, text, at):
    AgreementVersion.objects.filter(pk=version.pk).update(stage="superseded")
    return AgreementVersion.objects.create(
        engagement=version.engagement, number=version.number + 1, text=text, stage="in_force", written_by="client",
        author=version.author, created_at=at,
    )  # fmt: skip


def test_many_records_are_left_to_the_worker_and_few_are_not(world, commit, now, monkeypatch):
    commit()
    assert actions.follow_changes(by=world.editor, engagement=world.engagement, at=now)
    monkeypatch.setattr(actions, "READ_AT_ONCE", 10)
    commit("surveys", b"day,score,answers\n2025-03-28,4.4,118\n")

    assert actions.follow_changes(by=world.editor, engagement=world.engagement, at=now) is None
    assert Evaluation.objects.count() == 1
    jobs.compute_what_was_asked_for(now)

    assert Evaluation.objects.count() == 2
    assert not Computation.objects.exists()


def test_asked_twice_is_computed_once(world, commit, now, large, computed):
    commit()
    for _ in range(2):
        actions.ask_for_results(by=world.editor, engagement=world.engagement, at=now)

    jobs.compute_what_was_asked_for(now)
    jobs.compute_what_was_asked_for(now)

    assert computed == [world.engagement.pk]
    assert Evaluation.objects.count() == 1


@pytest.mark.parametrize("step", ["_computed", "_kept", "_replace_rows", "record"])
def test_computing_that_broke_off_leaves_nothing_half_and_is_begun_anew(world, commit, now, monkeypatch, step):
    commit()
    actions.ask_for_results(engagement=world.engagement, at=now)
    with monkeypatch.context() as broken:
        broken.setattr(actions, step, lambda *_, **__: (_ for _ in ()).throw(MemoryError))
        jobs.compute_what_was_asked_for(now)
    assert not Evaluation.objects.exists()
    assert not Result.objects.exists()

    jobs.compute_what_was_asked_for(now + LATER)

    assert Result.objects.filter(kpi="satisfaction").exists()
    assert not Computation.objects.exists()


def test_computing_that_no_worker_survives_is_given_up_with_a_reason(world, commit, now, monkeypatch, work):
    commit()
    monkeypatch.setattr(actions, "_computed", lambda *_: (_ for _ in ()).throw(MemoryError))

    for hour in range(actions.MOST_ATTEMPTS + 2):
        work(now + timedelta(hours=hour))

    found = Computation.objects.get()
    assert (found.attempts, found.refusal[:25]) == (5, "Computing broke off 5 tim")


def test_only_what_changed_is_computed(world, commit, version, now, work, computed):
    in_force_next(_theirs(world, version, now), version.text, now)
    commit()
    work()
    assert computed == [world.engagement.pk]

    work(now + LATER)
    assert computed == [world.engagement.pk]
    assert Evaluation.objects.count() == 1

    commit("surveys", b"day,score,answers\n2025-03-28,4.4,118\n")
    work(now + LATER)
    assert computed == [world.engagement.pk] * 2
    assert Evaluation.objects.count() == 2


def _theirs(world, version, at):
    return AgreementVersion.objects.create(
        engagement=world.sibling_engagement, number=1, text=version.text, stage="in_force", written_by="client",
        author=world.manager, created_at=at,
    )  # fmt: skip


def test_version_that_came_into_force_is_followed_once(world, version, commit, now, work, computed):
    commit()
    work()
    in_force_next(version, version.text.replace("title: Service desk", "title: The service desk"), now)

    work(now + LATER)
    work(now + LATER)

    assert len(computed) == 2
    assert Evaluation.objects.first().version.number == 2


def test_same_file_withdrawn_and_committed_again_is_looked_at_once(world, commit, now, work, computed):
    from rapport.apps.delivery.actions import withdraw_batch

    batch = commit()
    work()
    withdraw_batch(by=world.editor, batch=batch, reason="a mistake", at=now)
    commit()

    work()
    work()

    assert len(computed) == 2
    assert Evaluation.objects.count() == 1


def test_refused_computing_is_not_tried_again_until_something_changes(
    world, version, commit, now, work, computed, signed_in, address
):
    commit()
    in_force_next(version, version.text.replace("score: number", "score: {type: number, header: scores}"), now)
    work()
    work()
    assert len(computed) == 1
    page = signed_in(world.editor).get(address("kpis:results")).content.decode()
    assert "The results could not be computed" in page
    assert "Compute again" in page

    in_force_next(AgreementVersion.objects.get(stage="in_force"), version.text, now)
    work()

    assert len(computed) == 2
    assert not Computation.objects.exists()


def test_forecast_and_open_records_come_with_results(world, commit, now, version):
    for source in ("tickets", "holds", "duties", "surveys"):
        commit(source)
    actions.compute_results(engagement=world.engagement, at=now)

    found = {one.kpi.id: one for one in queries.kpi_results(world.engagement, version)}
    outlook = found["resolved-in-time"].outlook
    due = OpenRecord.objects.filter(engagement=world.engagement)
    assert outlook.period == found["resolved-in-time"].running.period
    assert outlook.left == max(0, outlook.allowed - outlook.failed)
    assert 0 < outlook.done <= outlook.expected
    assert found["satisfaction"].outlook is None
    assert {one.kpi for one in due} <= {"resolved-in-time", "our-answers", "urgent"}
    assert list(due) == sorted(due, key=lambda one: one.due_at)
    count = due.count()
    assert count
    actions.compute_results(engagement=world.engagement, at=now + LATER)
    assert OpenRecord.objects.count() == count


def test_kpi_page_tells_the_forecast(world, commit, now, signed_in, address):
    for source in ("tickets", "holds", "duties", "surveys"):
        commit(source)
    actions.compute_results(engagement=world.engagement, at=now)

    page = signed_in(world.partner_viewer).get(address("kpis:kpi", "resolved-in-time")).content.decode()

    assert "Misses left" in page
    assert "Chance of missing the target" in page


def test_engine_tells_which_kpi_of_how_many(world, commit, now):
    commit()
    told = []

    actions.compute_results(engagement=world.engagement, at=now, progress=told.append)

    assert any(text.startswith("computing ") and text.endswith(", KPI 6 of 7") for text in told), told


def test_page_shows_how_far_it_is_until_it_is_over(world, commit, now, large, signed_in, address):
    batch = commit()
    browser = signed_in(world.editor)
    browser.post(address("kpis:compute"))
    Computation.objects.update(doing="computing satisfaction", taken_up_at=now)

    for page in (address("kpis:results"), address("kpis:kpi", "satisfaction"), address("kpis:progress")):
        assert "Computing satisfaction" in browser.get(page).content.decode()
    assert address("kpis:progress") in browser.get(address("delivery:batch", batch.pk)).content.decode()
    jobs.compute_what_was_asked_for(now)

    assert browser.get(address("kpis:progress") + "?running")["HX-Refresh"] == "true"
    assert browser.get(address("kpis:progress")).content.strip() == b""


def test_viewer_and_sibling_cannot_ask(world, version, now):
    with pytest.raises(Refused, match="role does not let you"):
        actions.ask_for_results(by=world.viewer, engagement=world.engagement, at=now)
    with pytest.raises(Refused, match="no such engagement"):
        actions.ask_for_results(by=world.sibling_signer, engagement=world.engagement, at=now)
    assert not Computation.objects.exists()


@pytest.mark.parametrize("person", ["sibling_signer", "sibling_partner_viewer"])
def test_sibling_gets_the_404_of_a_missing_engagement_for_its_progress(world, commit, now, signed_in, address, person):
    actions.ask_for_results(engagement=world.engagement, at=now)
    browser = signed_in(getattr(world, person))

    foreign, missing = browser.get(address("kpis:progress")), browser.get("/engagements/999999/compute/progress/")

    assert (foreign.status_code, foreign.content) == (404, missing.content)


def test_time_line_lies_within_its_scale():
    row = {"start": "2026-03-02T09:00:00+00:00", "stop": "2026-03-02T17:00:00+00:00", "verdict": "late",
           "pauses": [["2026-03-02T10:00:00+00:00", "2026-03-02T12:00:00+00:00"]],
           "deadline": "2026-03-02T13:00:00+00:00"}  # fmt: skip

    line = queries.time_line(row)

    assert (line.length, line.pauses, line.due) == (100, [(12.5, 25.0)], 50)
    assert queries.time_line({**row, "stop": None}).is_open
    assert queries.time_line({"start": None}) is None


def test_what_was_kept_last_stands_whenever_it_was_begun(world, preview, now):
    batch, later = commit_batch(by=world.editor, batch=preview("surveys"), at=now), now + timedelta(minutes=3)
    actions.compute_results(engagement=world.engagement, at=later)
    withdraw_batch(by=world.editor, batch=batch, reason="Of another month", at=later)
    kept = actions.compute_results(engagement=world.engagement, at=now)
    assert queries.evaluations(world.engagement).first() == kept
    assert not queries.outdated_engagements()
