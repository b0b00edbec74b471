"""What an address says after its question mark, which anybody can write."""

_MOST_DIGITS = 18
"""Every whole number with so many digits is one that a database can look for."""


def number(text: str) -> int | None:
    """The whole number that a text is, None where it is something else or no number of a row."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= _MOST_DIGITS else None
