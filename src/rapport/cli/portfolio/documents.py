"""The agreements of the portfolio, and the working time that stands in them."""

from importlib.resources import files

from rapport.cli.portfolio.records import FIRST, Past, instant
from rapport.domain.calendars import OpenTime
from rapport.engine.document import parse
from rapport.engine.terms import calendar_of

_AFTERWARDS = 60 * 86400  # what is open at the end of the records is thought on for so many seconds


def agreement_text(name: str) -> str:
    """The agreement with a partner, as YAML; `name` is that of its file."""
    return files("rapport.cli.portfolio").joinpath("agreements", f"{name}.yaml").read_text(encoding="utf-8")


def working_time(name: str, calendar: str, past: Past) -> OpenTime:
    """The open time of a calendar of an agreement, over the portfolio's records and two months more."""
    agreement, _ = parse(agreement_text(name))
    return OpenTime(calendar_of(agreement, calendar), instant(FIRST), past.now_at + _AFTERWARDS)
