"""What people do with record files: look at one, commit it, withdraw it. Each refuses with a sentence."""

import hashlib
import secrets
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from django.core.files import File
from django.core.files.uploadedfile import UploadedFile
from django.db import IntegrityError, transaction

from rapport.apps.accounts.actions import who
from rapport.apps.accounts.models import Person
from rapport.apps.audit.actions import record
from rapport.apps.delivery.models import Batch
from rapport.apps.delivery.policy import demand_deliverer, demand_edit
from rapport.apps.delivery.queries import READ_AT_ONCE, laid_out, weight
from rapport.apps.engagements.models import AgreementVersion, Engagement
from rapport.apps.engagements.queries import document_of, version_in_force
from rapport.domain.durations import format_duration
from rapport.domain.refusals import Refused
from rapport.domain.retries import LONGEST_DOING, MOST_ATTEMPTS, is_given_up
from rapport.kit.uploads import LARGEST_FILE, unfit

if TYPE_CHECKING:
    from rapport.engine.agreement import Agreement, Column, Source
    from rapport.engine.records import Batch as Reading

LONGEST_NAME = 200
"""Bytes of a file's name; most disks allow 255."""
LONGEST_REASON = 1000
_FIRST_ROWS = 10


def upload_records(
    *, by: Person, engagement: Engagement, source: str, file: "UploadedFile[Any]", at: datetime
) -> Batch:
    """Take a file in: a small one is read at once, a large one by the worker while a page shows how far it is."""
    is_small = weight(file.name or "", file.size or 0) <= READ_AT_ONCE
    take_in = preview_records if is_small else keep_records
    return take_in(by=by, engagement=engagement, source=source, file=file, at=at)


def preview_records(
    *, by: Person, engagement: Engagement, source: str, file: "UploadedFile[Any]", at: datetime
) -> Batch:
    """Read a file as the agreement in force says and keep it with the account of its rows; nothing counts yet.

    A file that cannot be used is refused and leaves nothing behind.
    """
    with TemporaryDirectory() as folder:
        batch, path = _begun(by, engagement, source, file, at, Path(folder))
        batch.report = _account(batch.version, source, path)
        return _kept(batch, path)


def keep_records(*, by: Person, engagement: Engagement, source: str, file: "UploadedFile[Any]", at: datetime) -> Batch:
    """Keep a file that is to be read by the worker; whoever uploaded it may leave the page."""
    with TemporaryDirectory() as folder:
        batch, path = _begun(by, engagement, source, file, at, Path(folder))
        batch.stage = "reading"
        return _kept(batch, path)


def read_batch(*, batch: Batch, at: datetime) -> Batch:
    """Read a file that waits; nothing counts yet. Read twice it is read once, and what broke off is begun anew."""
    if is_given_up(batch.attempts):
        return _refused(
            batch, f"{batch.file_name} broke off {MOST_ATTEMPTS} readings, so it is not read again; split it."
        )
    if _moved(batch, "reading", attempts=batch.attempts + 1, taken_up_at=at):
        try:
            report = _read(batch)
        except Refused as refusal:
            return _refused(batch, str(refusal))
        _moved(batch, "reading", stage="previewed", report=report, doing="")
    batch.refresh_from_db()
    return batch


def drop_refused_file(*, batch: Batch) -> None:
    """Remove the content of a file that could not be used; the reason stays."""
    batch.file.delete(save=False)
    Batch.objects.filter(pk=batch.pk, stage="refused").update(file="")


@transaction.atomic
def commit_batch(*, by: Person, batch: Batch, at: datetime) -> Batch:
    """Let the records of a file count. The same file counts once."""
    engagement = batch.engagement
    demand_edit(by, engagement, "commit records")
    if batch.version_id != _in_force(engagement).pk:
        raise Refused("The agreement has changed since this file was read; upload it again and look at it anew.")
    if not _moved(batch, "previewed", stage="committed", committed_at=at):
        raise Refused(f"{batch.file_name} is committed or withdrawn already, so nothing was changed.")
    details = {"source": batch.source, "sha256": batch.sha256, "used": batch.report["used"]}
    record(engagement.chain, by=who(by), at=at, verb="records.committed", subject=batch.file_name, details=details)
    batch.refresh_from_db()
    return batch


@transaction.atomic
def withdraw_batch(*, by: Person, batch: Batch, reason: str, at: datetime) -> Batch:
    """Take the records of a committed file out of the results again; the file and its history stay."""
    demand_edit(by, batch.engagement, "withdraw records")
    if not (because := " ".join(reason.split())):
        raise Refused("Say why these records are withdrawn; the other side sees the reason.")
    if len(because) > LONGEST_REASON:
        raise Refused(f"The reason has {len(because):,} characters; say it in at most {LONGEST_REASON:,}.")
    if not _moved(batch, "committed", stage="withdrawn", withdrawn_at=at, withdrawn_because=because):
        raise Refused(f"{batch.file_name} does not count at the moment, so there is nothing to withdraw.")
    details = {"source": batch.source, "sha256": batch.sha256, "reason": because}
    record(
        batch.engagement.chain, by=who(by), at=at, verb="records.withdrawn", subject=batch.file_name, details=details
    )
    batch.refresh_from_db()
    return batch


def _begun(
    by: Person, engagement: Engagement, source: str, file: "UploadedFile[Any]", at: datetime, folder: Path
) -> tuple[Batch, Path]:
    """A file that may come in, on disk, and the batch it will be."""
    demand_edit(by, engagement, "upload records")
    version = _in_force(engagement)
    sources = document_of(version).agreement.sources
    if source not in sources:
        raise Refused(f"The agreement has no source {source}; choose one of {', '.join(sources)}.")
    demand_deliverer(by, source, sources[source])
    path = _laid_down(file, folder)
    with path.open("rb") as content:
        digest = hashlib.file_digest(content, "sha256").hexdigest()
    if _is_in(engagement, source, digest):
        raise Refused(f"The records of {path.name} are in already, so nothing was changed.")
    batch = Batch(
        engagement=engagement, version=version, source=source, file_name=path.name, sha256=digest,
        size=path.stat().st_size, uploaded_by=by, uploaded_at=at,
    )  # fmt: skip
    return batch, path


def _read(batch: Batch) -> dict[str, Any]:
    """The account of a kept file, telling its batch what is being done."""

    def tell(doing: str) -> None:
        Batch.objects.filter(pk=batch.pk, stage="reading").update(doing=doing[:LONGEST_DOING])

    with TemporaryDirectory() as folder:
        return _account(batch.version, batch.source, laid_out(batch, Path(folder)), tell)


def _refused(batch: Batch, reason: str) -> Batch:
    if _moved(batch, "reading", stage="refused", refusal=reason, doing=""):
        drop_refused_file(batch=batch)
    batch.refresh_from_db()
    return batch


def _in_force(engagement: Engagement) -> AgreementVersion:
    if (version := version_in_force(engagement)) is None:
        raise Refused("No agreement is in force that says how records are read; both sides sign one first.")
    return version


def _is_in(engagement: Engagement, source: str, sha256: str) -> bool:
    return Batch.objects.filter(engagement=engagement, source=source, sha256=sha256, stage="committed").exists()


def _laid_down(file: "UploadedFile[Any]", folder: Path) -> Path:
    """An uploaded file on disk under its own name, which accounts of rows and messages tell."""
    name = file.name or "records"
    if file.size and (because := unfit(file, LARGEST_FILE)):  # what an empty one lacks is told when it is read
        raise Refused(because)
    if len(name.encode()) > LONGEST_NAME:
        raise Refused(f"The file's name is longer than {LONGEST_NAME} bytes; give it a shorter one.")
    path = folder / name
    with path.open("wb") as target:
        for chunk in file.chunks():
            target.write(chunk)
    return path


def _account(
    version: AgreementVersion, source: str, path: Path, progress: Callable[[str], None] = lambda _: None
) -> dict[str, Any]:
    """The engine's account of a file's rows, with the first records as it understood them under `first`."""
    from rapport.engine.records import RecordsRefused, read_source

    agreement = document_of(version).agreement
    read_as = agreement.sources[source]
    try:
        reading = read_source(source, read_as, [path], zone=agreement.time_zone, term=agreement.term, progress=progress)
    except RecordsRefused as refusal:
        raise Refused(str(refusal)) from None
    return {**reading.report.to_json(), "first": _first_rows(reading, agreement, read_as)}


def _first_rows(reading: "Reading", agreement: "Agreement", source: "Source") -> dict[str, Any]:
    """The first records as texts: `columns`, and `rows` of as many cells with their row in the file before them."""
    columns = {name: source.column(name) for name in source.columns}
    zone = source.time_zone or agreement.time_zone
    found = reading.records.slice(0, _FIRST_ROWS).to_pylist()
    rows = [[row["_row"], *(_understood(row[name], columns[name], zone) for name in columns)] for row in found]
    return {"columns": list(columns), "rows": rows, "time_zone": zone}


def _understood(value: Any, column: "Column", zone: str) -> str | None:
    """A value as the engine understood it, in words; None where there is none."""
    from rapport.engine.agreement import ColumnType
    from rapport.engine.moments import iso, local_day

    if value is None:
        return None
    match column.type:
        case ColumnType.TIME:
            return (iso(value, column.time_zone or zone) or "")[:16].replace("T", " ")
        case ColumnType.DATE:
            return local_day(value, column.time_zone or zone).isoformat()
        case ColumnType.DURATION:
            return format_duration(int(value))
        case ColumnType.BOOLEAN:
            return "yes" if value else "no"
        case ColumnType.NUMBER:
            return f"{float(value):.10g}"
        case _:
            return str(value)


def _kept(batch: Batch, path: Path) -> Batch:
    """A new batch with its file under a name of chance; neither stays without the other."""
    with path.open("rb") as content:
        batch.file.save(secrets.token_hex(16), File(content), save=False)
    try:
        batch.save()
    except BaseException:
        batch.file.delete(save=False)
        raise
    return batch


def _moved(batch: Batch, before: str, **changes: Any) -> int:
    """Take a batch out of a stage unless somebody was faster; how many were taken."""
    try:
        with transaction.atomic():
            return Batch.objects.filter(pk=batch.pk, stage=before).update(**changes)
    except IntegrityError:
        raise Refused(f"The records of {batch.file_name} are in already, so nothing was changed.") from None
