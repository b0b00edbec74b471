"""How a rule says no."""


class Refused(Exception):  # noqa: N818 - read as a sentence: it was refused
    """Something a person may not do or that cannot be done now, in one sentence for that person.

    The sentence says what was seen, what is expected and how to mend it, and is shown as it is.
    """
