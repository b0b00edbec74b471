"""What one row of Today says."""

from dataclasses import dataclass
from datetime import date, datetime


@dataclass(frozen=True)
class Need:
    """Something that waits for the reader: what it is and about what, since when, until when, where it is done.

    `partner` is empty where `about` says it already.
    """

    what: str
    about: str
    partner: str
    since: datetime | None
    due_on: date | None
    url: str
    verb: str
