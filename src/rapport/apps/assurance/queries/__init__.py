"""Reading both sides' figures: nobody is shown the other's before the figures are open."""

from rapport.apps.assurance.queries.progress import Progress, progress
from rapport.apps.assurance.queries.tellers import TELLERS
from rapport.apps.assurance.queries.waiting import OpenPeriod, open_periods

__all__ = ["TELLERS", "OpenPeriod", "Progress", "open_periods", "progress"]
