"""Reading on the way in; every list starts from what the actor may see."""

from rapport.apps.portfolio.queries.navigation import frame

__all__ = ["frame"]
