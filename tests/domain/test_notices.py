"""When people are told: worked out by hand for the ends of quiet hours and both clock changes, then for any habits."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from rapport.domain.calendars import local_instant
from rapport.domain.notices import Habits, Urgency, send_at

AT_ONCE, DIGEST = Urgency.AT_ONCE, Urgency.DIGEST
LONDON, BERLIN = "Europe/London", "Europe/Berlin"
NIGHT = Habits(LONDON, digest_at=time(7, 30), quiet_from=time(20), quiet_until=time(7))


def sent(urgency, moment, habits):
    """When a notice of a moment leaves; both as UTC is written."""
    created = int(datetime.fromisoformat(moment).replace(tzinfo=UTC).timestamp())
    return f"{datetime.fromtimestamp(send_at(urgency, created, habits), UTC):%Y-%m-%d %H:%M}"


@pytest.mark.parametrize(
    ("created", "leaves"),
    [
        ("2026-01-15 07:29", "2026-01-15 07:30"),
        ("2026-01-15 07:30", "2026-01-15 07:30"),
        ("2026-01-15 07:31", "2026-01-16 07:30"),
        ("2026-07-15 05:00", "2026-07-15 06:30"),
        ("2026-07-15 06:31", "2026-07-16 06:30"),
        ("2026-03-28 08:00", "2026-03-29 06:30"),
        ("2026-10-24 08:00", "2026-10-25 07:30"),
    ],
)
def test_a_digest_leaves_when_the_recipients_clock_next_shows_its_time(created, leaves):
    assert sent(DIGEST, created, NIGHT) == leaves


@pytest.mark.parametrize(
    ("created", "leaves"),
    [
        ("2026-01-15 12:00", "2026-01-15 12:00"),
        ("2026-01-15 19:59", "2026-01-15 19:59"),
        ("2026-01-15 20:00", "2026-01-16 07:00"),
        ("2026-01-15 23:30", "2026-01-16 07:00"),
        ("2026-01-16 00:00", "2026-01-16 07:00"),
        ("2026-01-16 06:59", "2026-01-16 07:00"),
        ("2026-01-16 07:00", "2026-01-16 07:00"),
        ("2026-03-28 23:00", "2026-03-29 06:00"),
        ("2026-03-29 05:59", "2026-03-29 06:00"),
        ("2026-10-24 22:00", "2026-10-25 07:00"),
        ("2026-10-25 06:30", "2026-10-25 07:00"),
    ],
)
def test_what_is_urgent_leaves_at_once_but_not_in_quiet_hours(created, leaves):
    assert sent(AT_ONCE, created, NIGHT) == leaves


def test_quiet_hours_of_a_day_end_on_it():
    lunch = Habits("UTC", quiet_from=time(12), quiet_until=time(13))
    assert sent(AT_ONCE, "2026-01-15 12:30", lunch) == "2026-01-15 13:00"
    assert sent(AT_ONCE, "2026-01-15 13:00", lunch) == "2026-01-15 13:00"
    assert sent(AT_ONCE, "2026-01-15 03:00", lunch) == "2026-01-15 03:00"


@pytest.mark.parametrize("moment", ["2026-01-15 03:00", "2026-01-15 08:00", "2026-01-15 08:01"])
def test_with_equal_ends_there_are_no_quiet_hours(moment):
    assert sent(AT_ONCE, moment, Habits("UTC", quiet_from=time(8), quiet_until=time(8))) == moment


def test_a_digest_in_the_skipped_hour_leaves_once_past_the_gap():
    """On 29 March 2026 clocks in Berlin go from 02:00 (01:00 UTC) to 03:00; 02:30 comes to be 03:30."""
    habits = Habits(BERLIN, digest_at=time(2, 30))
    assert sent(DIGEST, "2026-03-28 12:00", habits) == "2026-03-29 01:30"
    assert sent(DIGEST, "2026-03-29 01:31", habits) == "2026-03-30 00:30"


def test_a_digest_in_the_repeated_hour_leaves_the_first_time():
    """On 25 October 2026 clocks in Berlin show 02:30 twice: at 00:30 and at 01:30 UTC."""
    habits = Habits(BERLIN, digest_at=time(2, 30))
    assert sent(DIGEST, "2026-10-24 12:00", habits) == "2026-10-25 00:30"
    assert sent(DIGEST, "2026-10-25 00:31", habits) == "2026-10-26 01:30"


def test_quiet_hours_that_the_skipped_hour_turns_round_do_not_last_all_day():
    """From 01:45 until 02:15 in London, where clocks go from 01:00 to 02:00 that day: the start comes to be 02:45."""
    habits = Habits(LONDON, quiet_from=time(1, 45), quiet_until=time(2, 15))
    assert sent(AT_ONCE, "2026-03-29 12:00", habits) == "2026-03-29 12:00"


ZONES = [LONDON, BERLIN, "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "Pacific/Kiritimati", "UTC"]
TIMES = st.times().map(lambda one: one.replace(second=0, microsecond=0))
CHANGES = [
    int(datetime(2026, *day, tzinfo=UTC).timestamp()) for day in ((3, 8), (3, 29), (4, 5), (10, 4), (10, 25), (11, 1))
]
INSTANTS = st.integers(1_577_836_800, 2_051_222_400) | st.builds(
    int.__add__, st.sampled_from(CHANGES), st.integers(-30 * 3600, 30 * 3600)
)
HABITS = st.builds(Habits, st.sampled_from(ZONES), TIMES, TIMES, TIMES)


def is_quiet(habits, instant):
    """Whether a moment lies in the quiet hours that begin on the day, the day before or the day after."""
    zone = ZoneInfo(habits.zone)
    day = datetime.fromtimestamp(instant, zone).date()
    for begins_on in (day - timedelta(days=1), day, day + timedelta(days=1)):
        ends_on = begins_on + timedelta(days=habits.quiet_until < habits.quiet_from)
        begins, ends = (
            local_instant(zone, begins_on, habits.quiet_from),
            local_instant(zone, ends_on, habits.quiet_until),
        )
        if begins <= instant < ends:
            return True
    return False


def awake(habits):
    """Minutes a day in which somebody may be told at once."""
    quiet_from, quiet_until = (one.hour * 60 + one.minute for one in (habits.quiet_from, habits.quiet_until))
    return (quiet_from - quiet_until) % 1440 or 1440


@given(st.sampled_from(list(Urgency)), INSTANTS, HABITS)
def test_nobody_is_told_early_or_more_than_a_day_and_a_clock_change_late(urgency, created, habits):
    assert created <= send_at(urgency, created, habits) <= created + 25 * 3600


@given(INSTANTS, HABITS)
def test_nobody_is_told_at_once_in_their_quiet_hours(created, habits):
    assume(awake(habits) > 60)  # what is shorter a clock change may leave out
    assert not is_quiet(habits, send_at(AT_ONCE, created, habits))


@given(INSTANTS, HABITS)
def test_nobody_waits_outside_their_quiet_hours(created, habits):
    assume(awake(habits) > 60)
    assert (send_at(AT_ONCE, created, habits) > created) is is_quiet(habits, created)
