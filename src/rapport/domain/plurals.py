"""Counts in sentences."""


def counted_noun(count: int, one: str, many: str = "") -> str:
    """A count with its noun, such as "1 issue" and "3 issues"."""
    return f"{count} {word_for(count, one, many)}"


def word_for(count: int, one: str, many: str = "") -> str:
    """The word for one, or for many: with an s unless it is named."""
    return one if count == 1 else many or f"{one}s"
