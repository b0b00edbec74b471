"""Records from files: read, checked, typed, folded, and every row accounted for."""

from rapport.engine.records.batch import Batch, read_source
from rapport.engine.records.report import FileDigest, FlaggedRow, ImportReport, RecordsRefused, Reject

__all__ = ["Batch", "FileDigest", "FlaggedRow", "ImportReport", "RecordsRefused", "Reject", "read_source"]
