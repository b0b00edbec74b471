"""How a rule says no."""

from collections.abc import Callable


class Refused(Exception):  # noqa: N818 - read as a sentence: it was refused
    """Something a person may not do or that cannot be done now, in one sentence for that person.

    The sentence says what was seen, what is expected and how to mend it, and is shown as it is.
    """


def is_allowed(step: Callable[[], object]) -> bool:
    """Whether a step, tried out and its outcome thrown away, is not refused."""
    try:
        step()
    except Refused:
        return False
    return True
