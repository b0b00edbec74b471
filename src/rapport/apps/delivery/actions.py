"""What people do with record files: look at one, commit it, withdraw it. Each refuses with a sentence."""

import secrets
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from django.core.files import File
from django.core.files.uploadedfile import UploadedFile
from django.db import IntegrityError, transaction

from rapport.apps.accounts.actions import who
from rapport.apps.accounts.models import Person
from rapport.apps.accounts.policy import Refused
from rapport.apps.audit.actions import record
from rapport.apps.delivery.models import Batch
from rapport.apps.delivery.policy import demand_edit
from rapport.apps.engagements.models import AgreementVersion, Engagement
from rapport.apps.engagements.queries import document_of, version_in_force
from rapport.domain.durations import format_duration

if TYPE_CHECKING:
    from rapport.engine.agreement import Agreement, Column, Source
    from rapport.engine.records import Batch as Reading

LARGEST = 100 * 1024**2
"""Bytes of one file."""
LONGEST_NAME = 200
"""Bytes of a file's name; most disks allow 255."""
_FIRST_ROWS = 10
_BYTES_IN_MB = 1024**2


def preview_records(
    *, by: Person, engagement: Engagement, source: str, file: "UploadedFile[Any]", at: datetime
) -> Batch:
    """Read a file as the agreement in force says and keep it with the account of its rows; nothing counts yet.

    A file that cannot be used is refused and leaves nothing behind.
    """
    demand_edit(by, engagement, "upload records")
    version = _in_force(engagement)
    with TemporaryDirectory() as folder:
        path = _laid_down(file, Path(folder))
        report = _account(version, source, path)
        seen = report["files"][0]
        if _is_in(engagement, source, seen["sha256"]):
            raise Refused(f"The records of {path.name} are in already, so nothing was changed.")
        batch = Batch(
            engagement=engagement, version=version, source=source, file_name=path.name, sha256=seen["sha256"],
            size=seen["bytes"], report=report, uploaded_by=by, uploaded_at=at,
        )  # fmt: skip
        return _kept(batch, path)


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
    if not _moved(batch, "committed", stage="withdrawn", withdrawn_at=at, withdrawn_because=because):
        raise Refused(f"{batch.file_name} does not count at the moment, so there is nothing to withdraw.")
    details = {"source": batch.source, "sha256": batch.sha256, "reason": because}
    record(
        batch.engagement.chain, by=who(by), at=at, verb="records.withdrawn", subject=batch.file_name, details=details
    )
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
    if (file.size or 0) > LARGEST:
        size = (file.size or 0) / _BYTES_IN_MB
        raise Refused(f"{name} has {size:.0f} MB; at most {LARGEST // _BYTES_IN_MB} MB can be read, so split it.")
    if len(name.encode()) > LONGEST_NAME:
        raise Refused(f"The file's name is longer than {LONGEST_NAME} bytes; give it a shorter one.")
    path = folder / name
    with path.open("wb") as target:
        for chunk in file.chunks():
            target.write(chunk)
    return path


def _account(version: AgreementVersion, source: str, path: Path) -> dict[str, Any]:
    """The engine's account of a file's rows, with the first records as it understood them under `first`."""
    from rapport.engine.records import RecordsRefused, read_source

    agreement = document_of(version).agreement
    if source not in agreement.sources:
        raise Refused(f"The agreement has no source {source}; choose one of {', '.join(agreement.sources)}.")
    try:
        reading = read_source(source, agreement.sources[source], [path], zone=agreement.time_zone, term=agreement.term)
    except RecordsRefused as refusal:
        raise Refused(str(refusal)) from None
    return {**reading.report.to_json(), "first": _first_rows(reading, agreement, agreement.sources[source])}


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
