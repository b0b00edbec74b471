"""Who may ever see a stored value; every field of every table is in exactly one of these classes."""

from enum import StrEnum


class Audience(StrEnum):
    """The widest circle that a field's value may reach.

    `BOTH` are the two companies of the engagement it belongs to; `OWN` is the organisation whose record it is and the
    client; `CLIENT` and `PARTNER` are one side alone; `SYSTEM` is shown to nobody.
    """

    BOTH = "both"
    OWN = "own"
    CLIENT = "client"
    PARTNER = "partner"
    SYSTEM = "system"
