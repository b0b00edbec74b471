"""What became of every row that was read, and the refusal of files that cannot be used."""

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

LISTED_REJECTS = 10_000
"""Rejects that are listed one by one; all are counted. A file of millions of unusable rows must not fill memory."""
LISTED_FLAGS = 20
"""Examples listed per flag."""
SEEN_LENGTH = 80


@dataclass(frozen=True)
class Reject:
    """A row that could not be used: where it is, what was seen and what was expected there."""

    file: str
    row: int
    column: str
    seen: str
    expected: str

    def __str__(self) -> str:
        column = f", {self.column}" if self.column else ""
        return f"{self.file} row {self.row}{column}: {self.seen!r} is not {self.expected}"


@dataclass(frozen=True)
class FlaggedRow:
    """A row that is used although it raises a doubt."""

    file: str
    row: int
    flag: str


@dataclass(frozen=True)
class FileDigest:
    """A file as it was read: its name, SHA-256 in hex and size in bytes."""

    name: str
    sha256: str
    bytes: int


@dataclass(frozen=True)
class ImportReport:
    """The account of one reading, in rows of the files: read = used + rejected + duplicate + out_of_term.

    `records` counts what the used rows became, which is less where a log of events was folded into cases. `flagged`
    counts used rows per flag; `flag_rows` and `rejects` list the first of them.
    """

    source: str
    files: tuple[FileDigest, ...]
    read: int
    used: int
    rejected: int
    duplicate: int
    out_of_term: int
    records: int
    flagged: dict[str, int]
    flag_rows: tuple[FlaggedRow, ...]
    rejects: tuple[Reject, ...]

    @property
    def digest(self) -> str:
        """SHA-256 in hex over the files' own digests in hex, in the order of the files."""
        return hashlib.sha256("".join(file.sha256 for file in self.files).encode()).hexdigest()

    def to_json(self) -> dict[str, Any]:
        """The report as plain JSON values, the digest included."""
        return {**asdict(self), "digest": self.digest}


def report_from_json(data: dict[str, Any]) -> ImportReport:
    """The report that `ImportReport.to_json` made plain data of."""
    known = {name: value for name, value in data.items() if name != "digest"}
    return ImportReport(
        **known
        | {
            "files": tuple(FileDigest(**file) for file in data["files"]),
            "flag_rows": tuple(FlaggedRow(**row) for row in data["flag_rows"]),
            "rejects": tuple(Reject(**reject) for reject in data["rejects"]),
        }
    )


def together(reports: Sequence[ImportReport]) -> ImportReport:
    """One account of several readings of a source, in order."""
    first, *others = reports
    for other in others:
        flagged = Counter(first.flagged)
        flagged.update(other.flagged)
        first = ImportReport(
            source=first.source,
            files=first.files + other.files,
            read=first.read + other.read,
            used=first.used + other.used,
            rejected=first.rejected + other.rejected,
            duplicate=first.duplicate + other.duplicate,
            out_of_term=first.out_of_term + other.out_of_term,
            records=first.records + other.records,
            flagged=dict(flagged),
            flag_rows=first.flag_rows + other.flag_rows,
            rejects=(first.rejects + other.rejects)[:LISTED_REJECTS],
        )
    return first


class RejectList:
    """Rejects as they come up: all counted, the first listed."""

    def __init__(self, file: str) -> None:
        self._file = file
        self.count = 0
        self.listed: list[Reject] = []

    def add(self, row: int, seen: str, expected: str) -> None:
        """Count a row that has no cells to read; `seen` is the row as it stands in the file."""
        self.count += 1
        if len(self.listed) < LISTED_REJECTS:
            self.listed.append(Reject(self._file, row, "", shorten(seen.strip()), expected))


class RecordsRefused(Exception):  # noqa: N818 - read as a sentence: the records are refused
    """Files that cannot be used at all: where, what was seen, what was expected and how to mend it, in plain words.

    `report` is the account of the rows where reading got that far.
    """

    def __init__(self, message: str, report: ImportReport | None = None) -> None:
        super().__init__(message)
        self.report = report


def shorten(seen: object) -> str:
    """A value as a message shows it."""
    text = str(seen)
    return text if len(text) <= SEEN_LENGTH else text[: SEEN_LENGTH - 1] + "…"


def listed(words: Sequence[str], most: int = 20) -> str:
    """Words as a message lists them, the first few of many."""
    return ", ".join(words[:most]) + (f" and {len(words) - most} more" if len(words) > most else "")
