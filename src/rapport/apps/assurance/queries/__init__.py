"""Reading both sides' figures: nobody is shown the other's before the figures are open."""

from rapport.apps.assurance.queries.waiting import OpenPeriod, Settled, open_lines, open_periods, settled_value

__all__ = ["OpenPeriod", "Settled", "open_lines", "open_periods", "settled_value"]
