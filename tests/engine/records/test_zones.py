"""Wall clocks to UTC and back, held against Python's own zoneinfo."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rapport.engine.records.zones import to_local, to_utc

EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - local seconds know no zone
ZONES = ["UTC", "Europe/London", "America/New_York", "Pacific/Apia", "Africa/Casablanca", "Australia/Lord_Howe"]


def _by_python(local: int, zone: str) -> tuple[int, bool, bool]:
    moment = (EPOCH + timedelta(seconds=local)).replace(tzinfo=ZoneInfo(zone))
    first, second = (moment.replace(fold=fold).utcoffset().total_seconds() for fold in (0, 1))
    return int(local - first), first > second, first < second


@given(st.sampled_from(ZONES), st.lists(st.integers(-3_000_000_000, 4_000_000_000), min_size=1))
def test_any_moments(zone, local):
    utc, ambiguous, nonexistent = to_utc(np.array(local), zone)
    assert list(zip(utc, ambiguous, nonexistent, strict=True)) == [_by_python(each, zone) for each in local]


@pytest.mark.parametrize("zone", ZONES)
def test_every_quarter_of_an_hour_of_a_decade(zone):
    local = np.arange(1_262_304_000, 1_577_836_800, 900)
    utc, ambiguous, nonexistent = to_utc(local, zone)
    sample = range(0, len(local), 7)
    assert all((utc[i], ambiguous[i], nonexistent[i]) == _by_python(int(local[i]), zone) for i in sample)
    exists = ~nonexistent
    assert np.array_equal(to_local(utc[exists], zone), local[exists])


def test_moments_far_apart_do_not_mix():
    local = np.array([-30_610_224_000, 1_467_374_400, 253_402_300_799])
    utc = to_utc(local, "Europe/Paris")[0].tolist()
    assert utc == [_by_python(int(each), "Europe/Paris")[0] for each in local]
