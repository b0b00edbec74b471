"""Cells that come as Python values, from spreadsheets and JSON, as the text that the columns are read from."""

from datetime import date, datetime, time, timedelta
from decimal import Decimal, InvalidOperation

MOMENT_FORMATS = ("%Y-%m-%d %H:%M:%S",)
"""How `cell_text` writes a moment."""
_LARGEST_EXPONENT = 40  # beyond the digits of any number that can be read


def cell_text(value: object, decimal: str) -> str | None:
    """A value as text, numbers with the decimal separator of the source and lengths of time in seconds."""
    match value:
        case None | str():
            return value
        case bool():
            return str(value).lower()
        case datetime():
            return value.replace(microsecond=0, tzinfo=None).isoformat(" ")
        case date():
            return f"{value.isoformat()} 00:00:00"
        case timedelta():
            return f"{round(value.total_seconds())}s"
        case time():
            return value.replace(microsecond=0).isoformat()
        case _:
            return number_text(str(value), decimal)


def number_text(text: str, decimal: str) -> str:
    """A number that is written with a point as one without exponent and with the source's decimal separator.

    What is no such number stays as it is.
    """
    try:
        number = Decimal(text)
    except InvalidOperation:
        return text
    plain = number.is_finite() and abs(number.adjusted()) <= _LARGEST_EXPONENT
    return format(number, "f").replace(".", decimal) if plain else text
