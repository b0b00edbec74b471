"""How much a piece of work matters to the client, which is the client's own affair."""

from enum import StrEnum


class Tier(StrEnum):
    """The tiers of engagements, the one that matters most first."""

    STRATEGIC = "strategic"
    IMPORTANT = "important"
    STANDARD = "standard"
