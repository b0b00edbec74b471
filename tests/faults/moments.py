"""Moments by the clocks of these tests, in seconds as UTC counts them."""

NOW = 1_772_442_000
"""Monday 2 March 2026, 09:00."""
HOUR, DAY = 3600, 86_400
