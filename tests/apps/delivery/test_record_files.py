"""Records come in: looked at, committed, withdrawn; what cannot be used leaves nothing behind."""

import pytest

from rapport.apps.audit.models import Entry
from rapport.apps.delivery.actions import commit_batch, preview_records, withdraw_batch
from rapport.apps.delivery.models import Batch
from rapport.apps.delivery.queries import batches, committed_files
from rapport.domain.refusals import Refused
from rapport.kit.uploads import LARGEST_FILE

SURVEYS = b"day,score,answers\n2025-03-28,3.4,118\n"


def kept(media):
    return [path for path in media.rglob("*") if path.is_file()]


def verbs(engagement):
    return [entry.content["verb"] for entry in Entry.objects.filter(chain=engagement.chain)]


def test_preview_accounts_for_every_row_and_keeps_the_file_under_a_name_of_chance(preview, media):
    batch = preview("tickets")

    report = batch.report
    assert report["read"] == report["used"] + report["rejected"] + report["duplicate"] + report["out_of_term"]
    assert report["out_of_term"] > 0
    assert batch.stage == "previewed"
    assert "tickets" not in batch.file.name
    assert [path.stat().st_size for path in kept(media)] == [batch.size]


def test_preview_shows_the_first_records_as_they_were_understood(preview):
    first = preview("tickets").report["first"]

    assert first["columns"][:3] == ["ticket", "opened", "resolved"]
    assert first["rows"][0][1:4] == ["T-10001", "2025-01-02 12:49", "2025-01-02 16:16"]
    assert first["rows"][0][-1] in ("yes", "no")


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"day,score\n2025-03-28,3.4\n",
        b"PK\x03\x04 no workbook",
        b"day,score,answers\nsoon,3.4,118\n",
        b"\xff\xfe\x00",
    ],
    ids=["empty", "heading missing", "another format", "too many rejects", "no text"],
)
def test_broken_file_leaves_nothing_behind(preview, media, content):
    with pytest.raises(Refused, match="surveys"):
        preview("surveys", content)

    assert not Batch.objects.exists()
    assert kept(media) == []


def test_file_is_removed_when_its_batch_cannot_be_saved(preview, media, monkeypatch):
    def fail(*_, **__):
        raise RuntimeError("no database")

    monkeypatch.setattr(Batch, "save", fail)
    with pytest.raises(RuntimeError):
        preview()

    assert kept(media) == []


def test_too_large_file_is_refused_before_it_is_read(world, version, demo_file, now):
    file = demo_file("surveys")
    file.size = LARGEST_FILE + 1

    with pytest.raises(Refused, match=r"has 100\.1 MB, and at most 100 MB can be kept"):
        preview_records(by=world.editor, engagement=world.engagement, source="surveys", file=file, at=now)


def test_records_need_an_agreement_in_force(world, demo_file, now):
    with pytest.raises(Refused, match="No agreement is in force"):
        preview_records(
            by=world.editor, engagement=world.engagement, source="surveys", file=demo_file("surveys"), at=now
        )


@pytest.mark.parametrize("role", ["manager", "signer", "editor"])
def test_both_sides_commit(world, preview, now, role, tmp_path):
    batch = commit_batch(by=getattr(world, role), batch=preview(), at=now)

    assert (batch.stage, batch.committed_at) == ("committed", now)
    assert verbs(world.engagement) == ["records.committed"]
    place = committed_files(world.engagement, tmp_path)["surveys"][0]
    assert (place.name, place.read_bytes()) == ("surveys.csv", batch.file.read())


@pytest.mark.parametrize("role", ["administrator", "executive", "viewer", "auditor", "partner_viewer"])
def test_who_only_looks_changes_nothing(world, preview, now, role):
    batch = preview()

    for change in (
        lambda: preview(by=getattr(world, role)),
        lambda: commit_batch(by=getattr(world, role), batch=batch, at=now),
        lambda: withdraw_batch(by=getattr(world, role), batch=batch, reason="wrong", at=now),
    ):
        with pytest.raises(Refused, match="role does not let you"):
            change()
    assert Batch.objects.get().stage == "previewed"


def test_same_file_counts_once(world, preview, now):
    first, second = preview(), preview()
    commit_batch(by=world.editor, batch=first, at=now)

    with pytest.raises(Refused, match="in already, so nothing was changed"):
        commit_batch(by=world.manager, batch=second, at=now)
    with pytest.raises(Refused, match="in already, so nothing was changed"):
        preview()
    assert Batch.objects.filter(stage="committed").count() == 1
    assert verbs(world.engagement) == ["records.committed"]


def test_batch_is_committed_once_however_late_the_second_click_comes(world, preview, now):
    batch = preview()
    stale = Batch.objects.get(pk=batch.pk)
    commit_batch(by=world.editor, batch=batch, at=now)

    with pytest.raises(Refused, match="committed or withdrawn already"):
        commit_batch(by=world.editor, batch=stale, at=now)
    assert verbs(world.engagement) == ["records.committed"]


def test_file_read_by_an_older_agreement_is_not_committed(world, version, preview, now):
    batch = preview()
    type(version).objects.filter(pk=version.pk).update(stage="superseded")
    type(version).objects.create(
        engagement=world.engagement, number=2, text=version.text, stage="in_force", written_by="client",
        author=world.manager, created_at=now,
    )  # fmt: skip

    with pytest.raises(Refused, match="agreement has changed"):
        commit_batch(by=world.editor, batch=batch, at=now)


def test_withdrawn_file_can_come_in_again(world, preview, now):
    batch = commit_batch(by=world.editor, batch=preview(), at=now)
    withdraw_batch(by=world.editor, batch=batch, reason="one survey too many", at=now)

    assert commit_batch(by=world.editor, batch=preview(), at=now).stage == "committed"
    assert verbs(world.engagement) == ["records.committed", "records.withdrawn", "records.committed"]


def test_withdrawal_needs_a_reason(world, preview, now):
    batch = commit_batch(by=world.editor, batch=preview(), at=now)

    with pytest.raises(Refused, match="Say why"):
        withdraw_batch(by=world.editor, batch=batch, reason="  ", at=now)


def test_sibling_can_neither_see_nor_change_anything(world, preview, demo_file, now):
    batch = preview()

    assert not batches(world.sibling_signer, world.engagement).exists()
    with pytest.raises(Refused, match="no such engagement"):
        commit_batch(by=world.sibling_signer, batch=batch, at=now)
    with pytest.raises(Refused, match="no such engagement"):
        preview_records(
            by=world.sibling_signer, engagement=world.engagement, source="surveys", file=demo_file("surveys"), at=now
        )


def test_a_reason_to_withdraw_is_short(world, preview, now):
    batch = commit_batch(by=world.editor, batch=preview(), at=now)
    with pytest.raises(Refused, match="at most 1,000"):
        withdraw_batch(by=world.editor, batch=batch, reason="x" * 1_001, at=now)
    batch.refresh_from_db()
    assert batch.stage == "committed"
