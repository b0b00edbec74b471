"""Large files are read by the worker: once, whole, begun anew where it broke off, and nobody else sees how far."""

from datetime import timedelta

import pytest

from rapport.apps.delivery import actions, jobs, queries
from rapport.apps.delivery.models import Batch
from rapport.domain.refusals import Refused


@pytest.fixture
def large(monkeypatch):
    """Every file is large."""
    monkeypatch.setattr(actions, "READ_AT_ONCE", 10)


@pytest.fixture
def upload(world, version, large, demo_file, now):
    def upload(source="surveys", content=None, at=now):
        return actions.upload_records(
            by=world.editor, engagement=world.engagement, source=source, file=demo_file(source, content), at=at
        )

    return upload


def kept(media):
    return [path for path in media.rglob("*") if path.is_file()]


def test_large_file_waits_and_is_then_read_as_a_small_one_is(upload, preview, now):
    batch = upload("tickets")
    assert (batch.stage, batch.report) == ("reading", {})

    jobs.read_waiting_files(now)

    batch.refresh_from_db()
    assert (batch.stage, batch.doing) == ("previewed", "")
    assert batch.report == Batch.objects.get(pk=preview("tickets").pk).report


def test_weight_of_packed_files_counts_tenfold():
    assert queries.weight("tickets.csv", 10) == 10
    assert queries.weight("tickets.CSV.GZ", 10) == queries.weight("tickets.xlsx", 10) == 100


def test_job_twice_has_one_effect(upload, now, monkeypatch):
    upload()
    read = []
    monkeypatch.setattr(actions, "_read", lambda batch, read_file=actions._read: read.append(batch) or read_file(batch))

    jobs.read_waiting_files(now)
    jobs.read_waiting_files(now)

    assert len(read) == 1
    assert Batch.objects.get().stage == "previewed"


def test_two_workers_on_one_file_leave_one_reading(upload, now):
    batch = upload()
    stale = Batch.objects.get(pk=batch.pk)
    first = actions.read_batch(batch=batch, at=now)

    assert actions.read_batch(batch=stale, at=now).report == first.report
    assert Batch.objects.get().attempts == 1


@pytest.mark.parametrize("step", ["before reading", "while reading", "before it is kept"])
def test_reading_that_broke_off_is_begun_anew(upload, now, monkeypatch, media, step):
    upload()
    with monkeypatch.context() as broken:
        _break(broken, step)
        jobs.read_waiting_files(now)
    assert Batch.objects.get().stage == "reading"
    assert Batch.objects.get().report == {}

    jobs.read_waiting_files(now + timedelta(days=3))

    assert Batch.objects.get().stage == "previewed"
    assert len(kept(media)) == 1


def test_reading_that_broke_off_waits_a_while_each_time_longer(upload, now, monkeypatch):
    upload()
    monkeypatch.setattr(actions, "_read", lambda *_: (_ for _ in ()).throw(OSError))
    for second in range(61):
        jobs.read_waiting_files(now + timedelta(seconds=second))

    assert Batch.objects.get().attempts == 3


def _break(broken, step):
    def die(*_, **__):
        raise MemoryError

    if step == "before reading":
        broken.setattr(actions, "_read", die)
    elif step == "while reading":
        broken.setattr("rapport.engine.records.batch.accept", die)
    else:
        moved = actions._moved
        broken.setattr(
            actions, "_moved", lambda *given, **changes: die() if "report" in changes else moved(*given, **changes)
        )


def test_file_that_no_worker_survives_is_given_up_with_a_reason(upload, now, monkeypatch, media):
    upload()
    monkeypatch.setattr(actions, "_read", lambda *_: (_ for _ in ()).throw(MemoryError))

    for hour in range(actions.MOST_ATTEMPTS + 1):
        jobs.read_waiting_files(now + timedelta(hours=hour))

    batch = Batch.objects.get()
    assert batch.stage == "refused"
    assert "broke off 5 readings" in batch.refusal
    assert kept(media) == []


def test_unusable_file_is_refused_with_its_reason_and_its_content_goes(world, upload, now, media, signed_in, address):
    batch = upload("surveys", b"day,scores,answers\n2025-03-28,3.4,118\n")

    jobs.read_waiting_files(now)

    assert kept(media) == []
    page = signed_in(world.viewer).get(address("delivery:batch", batch.pk)).content.decode()
    assert "nearest: &#x27;scores&#x27;" in page
    assert "Refused" in signed_in(world.viewer).get(address("delivery:records")).content.decode()


def test_content_that_was_left_behind_goes_later(upload, now, media, monkeypatch):
    upload("surveys", b"day,scores,answers\n2025-03-28,3.4,118\n")
    with monkeypatch.context() as broken:
        broken.setattr(actions, "drop_refused_file", lambda **_: (_ for _ in ()).throw(OSError))
        jobs.read_waiting_files(now)
    assert len(kept(media)) == 1

    jobs.drop_refused_files(now)
    jobs.drop_refused_files(now)

    assert kept(media) == []


def test_file_that_is_not_read_yet_can_neither_be_committed_nor_withdrawn(world, upload, now):
    batch = upload()

    with pytest.raises(Refused, match="nothing was changed"):
        actions.commit_batch(by=world.editor, batch=batch, at=now)
    with pytest.raises(Refused, match="does not count"):
        actions.withdraw_batch(by=world.editor, batch=batch, reason="wrong", at=now)
    assert Batch.objects.get().stage == "reading"


def test_many_files_of_one_engagement_take_turns_with_others(world, upload, demo_file, version, now):
    theirs = type(version).objects.create(
        engagement=world.sibling_engagement, number=1, text=version.text, stage="in_force", written_by="client",
        author=world.manager, created_at=now,
    )  # fmt: skip
    first = upload("surveys")
    upload("duties", at=now + timedelta(minutes=1))
    other = actions.upload_records(
        by=world.sibling_editor, engagement=theirs.engagement, source="surveys", file=demo_file("surveys"),
        at=now + timedelta(minutes=2),
    )  # fmt: skip

    assert [batch.pk for batch in queries.waiting_files(now)] == [first.pk, other.pk]


def test_page_shows_how_far_it_is_until_it_is_over(world, upload, signed_in, address, now):
    batch = upload()
    browser = signed_in(world.partner_viewer)
    assert "has to run" in browser.get(address("delivery:progress", batch.pk)).content.decode()
    Batch.objects.filter(pk=batch.pk).update(doing="Reading surveys.csv", taken_up_at=now)

    page = browser.get(address("delivery:batch", batch.pk)).content.decode()
    part = browser.get(address("delivery:progress", batch.pk))

    assert "Reading surveys.csv" in page
    assert address("delivery:progress", batch.pk) in page
    assert "has to run" not in part.content.decode()
    assert "every 2s" in part.content.decode()
    assert "<html" not in part.content.decode()
    jobs.read_waiting_files(now)
    over = browser.get(address("delivery:progress", batch.pk))
    assert (over["HX-Refresh"], over.content) == ("true", b"")


@pytest.mark.parametrize("person", ["sibling_signer", "sibling_partner_viewer"])
def test_sibling_gets_the_404_of_a_missing_file_for_its_progress(world, upload, signed_in, address, person):
    batch, browser = upload(), signed_in(getattr(world, person))

    foreign = browser.get(address("delivery:progress", batch.pk))
    missing = browser.get("/engagements/999999/records/999999/progress/")

    assert (foreign.status_code, foreign.content) == (404, missing.content)
