from datetime import date, timedelta

import pytest

from rapport.kit.dates import distance, lateness, short_day

TODAY = date(2026, 11, 21)


def test_short_day_names_the_year_only_when_it_is_another():
    assert short_day(date(2026, 11, 24), TODAY) == "Tue 24 Nov"
    assert short_day(date(2027, 1, 1), TODAY) == "Fri 1 Jan 2027"
    assert short_day(date(2026, 11, 24), None) == "Tue 24 Nov 2026"


@pytest.mark.parametrize(
    ("days", "words"),
    [
        (0, "today"), (1, "tomorrow"), (-1, "yesterday"), (3, "in 3 days"), (-20, "20 days ago"), (21, "in 3 weeks"),
        (-60, "9 weeks ago"), (61, "in 2 months"), (-729, "24 months ago"), (730, "in 2 years"),
    ],
)  # fmt: skip
def test_distance_is_told_in_the_unit_people_would_use(days, words):
    assert distance(TODAY + timedelta(days=days), TODAY) == words


def test_lateness_counts_from_the_day_after_the_deadline():
    assert lateness(TODAY, TODAY) == "today"
    assert lateness(TODAY - timedelta(days=1), TODAY) == "1 day late"
    assert lateness(TODAY - timedelta(days=28), TODAY) == "4 weeks late"
