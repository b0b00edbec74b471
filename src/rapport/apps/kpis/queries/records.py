"""Reading the records behind results, and how each is shown."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from rapport.apps.delivery.queries import committed_files
from rapport.apps.engagements.models import AgreementVersion, Engagement
from rapport.apps.engagements.queries import document_of
from rapport.apps.kpis.models import Result
from rapport.domain.durations import format_duration
from rapport.domain.refusals import Refused

if TYPE_CHECKING:
    from rapport.engine.document import Document
    from rapport.engine.rows import Behind
    from rapport.engine.workspace import Workspace

_HEADINGS = {
    "key": "Record", "service": "Service", "state": "Counted", "excluded_by": "Excluded by", "verdict": "Verdict",
    "overdue_by": "Overdue by", "start": "Start", "stop": "Stop", "paused": "Paused", "elapsed": "Elapsed",
    "downtime": "Downtime", "limit": "Limit", "deadline": "Due", "amount": "Amount", "weight": "Weight",
    "file": "File", "row": "Row",
}  # fmt: skip
_MOMENTS = ("start", "stop", "deadline")
_DURATIONS = ("paused", "elapsed", "overdue_by", "downtime")
_NUMBERS = (*_DURATIONS, "amount", "weight", "row")
_NESTED = ("columns", "pauses")
_OWN = "columns."


@dataclass(frozen=True)
class TimeLine:
    """A record's run on one scale of 0 to 100: start and length of the whole and of its pauses, and where it is due."""

    start: float
    length: float
    pauses: Sequence[tuple[float, float]]
    due: float | None
    is_late: bool
    is_open: bool


@dataclass(frozen=True)
class Cell:
    """One value of a record as a text, None where there is none, under its heading."""

    heading: str
    text: str | None
    is_number: bool


def rows_behind(engagement: Engagement, result: Result, *, failed: bool) -> "Behind":
    """The records a result rests on; with `failed` only those that count against it, where single ones can.

    Refused where records were withdrawn since and the KPI or the period is gone with them.
    """
    from rapport.engine.rows import records_behind

    with opened(engagement, result.evaluation.version) as workspace:
        try:
            return records_behind(workspace, result.kpi, result.period, failed=failed)
        except LookupError:
            what = f"{result.kpi} of {result.period}"
            raise Refused(f"The records behind {what} do not count any more; it is to be computed anew.") from None


@contextmanager
def opened(
    engagement: Engagement, version: AgreementVersion, progress: Callable[[str], None] = lambda _: None
) -> "Iterator[Workspace]":
    """A version of the agreement with the committed records in an engine of its own, which tells what it is doing."""
    with opened_as(engagement, document_of(version), progress) as workspace:
        yield workspace


@contextmanager
def opened_as(
    engagement: Engagement,
    document: "Document",
    progress: Callable[[str], None] = lambda _: None,
    as_of: int | None = None,
) -> "Iterator[Workspace]":
    """The committed records as any document reads them, measured to the latest moment in them unless one is given."""
    from rapport.engine.backend import DuckDbBackend
    from rapport.engine.records import RecordsRefused
    from rapport.engine.workspace import Workspace

    with TemporaryDirectory() as folder, DuckDbBackend() as backend:
        files = committed_files(engagement, Path(folder))
        try:
            yield Workspace(_covered(document, files), backend, files, as_of, progress)
        except RecordsRefused as refusal:
            raise Refused(str(refusal)) from None


def flat(row: dict[str, Any]) -> dict[str, Any]:
    """A record behind a number as one flat row; its own columns follow, each as `columns.NAME`."""
    own = {f"{_OWN}{name}": value for name, value in row.get("columns", {}).items()}
    return {name: value for name, value in row.items() if name not in _NESTED} | own


def columns_of(rows: Sequence[dict[str, Any]]) -> list[str]:
    """The columns of flat rows that hold something, in the order people read them; the records' own follow."""
    own = [name for name in rows[0] if name.startswith(_OWN)] if rows else []
    own = [name for name in own if any(row[name] != row["key"] for row in rows)]
    return [name for name in (*_HEADINGS, *own) if any(row.get(name) is not None for row in rows)]


def cells(row: dict[str, Any], columns: Sequence[str]) -> list[Cell]:
    """The named columns of a flat row as they are shown; of an empty one only their headings."""
    return [
        Cell(_HEADINGS.get(name) or name.removeprefix(_OWN), _text(name, row.get(name)), name in _NUMBERS)
        for name in columns
    ]


def time_line(row: dict[str, Any]) -> TimeLine | None:
    """When a record behind a number began, paused, ended and was due; None where it did not run on a clock."""
    if row.get("start") is None or "deadline" not in row:
        return None
    start = _instant(row["start"])
    pauses = [(_instant(begin), _instant(end)) for begin, end in row["pauses"]]
    due = _instant(row["deadline"]) if row["deadline"] else None
    known = [moment for moment in (due, *(end for _, end in pauses)) if moment is not None]
    stop = _instant(row["stop"]) if row["stop"] else max(known, default=start)
    scale = 100 / max(1.0, *(moment - start for moment in (stop, *known)))

    def place(moment: float) -> float:
        return round((moment - start) * scale, 1)

    return TimeLine(
        start=0,
        length=max(1.0, place(stop)),
        pauses=[(place(begin), max(0.5, place(end) - place(begin))) for begin, end in pauses],
        due=None if due is None else place(due),
        is_late=row["verdict"] == "late",
        is_open=row["stop"] is None,
    )


def _covered(document: "Document", files: dict[str, list[Path]]) -> "Document":
    """An agreement as far as there are records for it: no file that a text names by itself is ever opened."""
    agreement = document.agreement
    sources = {name: source for name, source in agreement.sources.items() if name in files}
    kpis = tuple(kpi for kpi in agreement.kpis if sources.keys() >= set(document.sources_of(kpi)))
    return replace(document, agreement=agreement.model_copy(update={"sources": sources, "kpis": kpis}))


def _text(name: str, value: Any) -> str | None:
    if value is None:
        return None
    if name in _DURATIONS:
        return format_duration(int(value))
    return value[:16].replace("T", " ") if name in _MOMENTS else str(value)


def _instant(moment: str) -> float:
    return datetime.fromisoformat(moment).timestamp()
