"""Numbers, dates and foreign texts as the report shows them, and the only place where texts become HTML."""

import unicodedata
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

from markupsafe import Markup

from rapport.domain.rounding import written
from rapport.engine import agreement as doc
from rapport.engine.results import Result
from rapport.engine.terms import bands_of, ramp_of

NOTHING = "\N{EN DASH}"
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_MOST_DECIMALS = 6
_OVERRIDES = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def harmless(value: Any) -> Any:
    """A text with what would hide or turn around its neighbours, control characters and overrides, made visible."""
    if not isinstance(value, str) or isinstance(value, Markup):
        return value
    return "".join("\ufffd" if _is_treacherous(character) else character for character in value)


def code(text: str) -> Markup:
    """A text in the words of a machine: a column, a condition, a command."""
    return Markup("<code>{}</code>").format(harmless(text))


def name(text: str) -> Markup:
    """A name as somebody else wrote it, kept from turning the sentence around it when it reads from the right."""
    return Markup("<bdi>{}</bdi>").format(harmless(text))


def sentence(pattern: str, *parts: object) -> Markup:
    """A pattern of ours with texts of others, escaped, in its places."""
    return Markup(pattern).format(*map(harmless, parts))


def listed(parts: Iterable[str | Markup], last: str = "and") -> Markup:
    """ "a, b and c", each part escaped unless it is HTML already."""
    *front, end = [Markup.escape(harmless(part)) for part in parts]
    return sentence("{} {} {}", Markup(", ").join(front), last, end) if front else end


def drawing(svg: str) -> Markup:
    """A picture drawn by this package, which holds numbers and words of ours only."""
    return Markup(svg)


def decimals_of(kpi: doc.Kpi, values: Sequence[Fraction | None]) -> int:
    """With how many decimals a KPI's values read best: no more than needed, but none looks like its target that is not.

    As many as its levels are written with; one or two where values are not whole; those of its rounding rule.
    """
    measured = [value for value in values if value is not None]
    levels = [*(band.bound for band in bands_of(kpi)), kpi.minimum, *(step.target for step in ramp_of(kpi))]
    known = [level for level in levels if level is not None]
    decimals = max(map(_written_decimals, known), default=0)
    if kpi.rounding:
        return max(decimals, kpi.rounding.decimals)
    if any(value.denominator != 1 for value in measured):
        decimals = max(decimals, 1 if max(map(abs, measured)) >= 10 else 2)
    while decimals < _MOST_DECIMALS and _confuses(measured, known, decimals):
        decimals += 1
    return decimals


def figure(value: Fraction | None, decimals: int, *, signed: bool = False) -> str:
    """A number with thousands separated, rounded half up; a dash where there is none."""
    return NOTHING if value is None else written(value, decimals, signed=signed)


def plain(value: Fraction) -> str:
    """A number of the agreement with as many decimals as it was written with."""
    return figure(value, _written_decimals(value))


def percent(share: Fraction | None) -> str:
    """A share 0..1 in percent, rounded towards the worse, so that 100 means all."""
    if share is None:
        return NOTHING
    return figure(Fraction(int(share * 1000), 10), 0 if share == int(share) else 1)


def hours(seconds: Fraction | int | None) -> str:
    """Seconds as hours with one decimal."""
    return figure(None if seconds is None else Fraction(seconds, 3600), 1)


def day(moment: date) -> str:
    """A date that reads the same everywhere, such as 5 Mar 2026."""
    return f"{moment.day} {MONTHS[moment.month - 1]} {moment.year}"


def instant(seconds: int, zone: str) -> str:
    """An instant as local date and time with its zone."""
    moment = datetime.fromtimestamp(seconds, UTC).astimezone(ZoneInfo(zone))
    return f"{day(moment)}, {moment:%H:%M} {zone}"


def plural(count: int, noun: str) -> str:
    """A count with its noun."""
    return f"{count:,} {noun}" + ("" if count == 1 else "s")


def values_of(results: Iterable[Result]) -> list[Fraction | None]:
    """The values of results, None where nothing was measured."""
    return [result.value for result in results]


def _is_treacherous(character: str) -> bool:
    return character in _OVERRIDES or (character not in "\n\t" and unicodedata.category(character) in {"Cc", "Cs"})


def _written_decimals(value: Fraction) -> int:
    return next((places for places in range(_MOST_DECIMALS) if (value * 10**places).denominator == 1), _MOST_DECIMALS)


def _confuses(values: Sequence[Fraction], levels: Sequence[Fraction], decimals: int) -> bool:
    """Whether some value would be shown as equal to a level that it does not equal; the nearest ones tell."""
    for level in levels:
        below, above = (
            max((one for one in values if one < level), default=None),
            min((one for one in values if one > level), default=None),
        )
        if figure(level, decimals) in {figure(one, decimals) for one in (below, above) if one is not None}:
            return True
    return False
