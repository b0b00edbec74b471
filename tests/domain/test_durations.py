import pytest
from hypothesis import given
from hypothesis import strategies as st

from rapport.domain.durations import Limit, format_duration, format_limit, parse_duration, parse_limit


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("4h", 14400),
        ("1h 30m", 5400),
        ("1h30m", 5400),
        ("90 minutes", 5400),
        ("1 minute", 60),
        ("1 hr 2 mins 3 secs", 3723),
        ("45 MIN", 2700),
        (" 10s ", 10),
        ("2 days", 172800),
        ("1w", 604800),
        ("0s", 0),
        ("36 hours", 129600),
    ],
)
def test_lengths_are_read_from_text(text, seconds):
    assert parse_duration(text) == seconds


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "4",
        "h",
        "4x",
        "-4h",
        "4h-",
        "1.5h",
        "4h 30",
        "h4",
        "2 business days",
        "4h and 5m",
        "٤h",
        "4 h h",
        "1e3s",
    ],
)
def test_what_is_no_length_is_refused(text):
    with pytest.raises(ValueError, match="is not a"):
        parse_duration(text)


@pytest.mark.parametrize(
    ("text", "limit"),
    [
        ("4h", Limit(seconds=14400)),
        ("1 day", Limit(seconds=86400)),
        ("1 business day", Limit(business_days=1)),
        ("2 Business Days", Limit(business_days=2)),
        ("30 calendar days", Limit(calendar_days=30)),
    ],
)
def test_limits_are_lengths_or_days(text, limit):
    assert parse_limit(text) == limit
    assert limit.counts_days == ("business" in text.lower() or "calendar" in text)


@pytest.mark.parametrize(
    "text", ["0 business days", "0 calendar days", "business days", "2 business weeks", "-1 business days"]
)
def test_unusable_limits_are_refused(text):
    with pytest.raises(ValueError, match=r"is not a|at least one day"):
        parse_limit(text)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(5400, "1h 30m"), (0, "0s"), (59, "59s"), (3600, "1h"), (90061, "25h 1m 1s"), (-90, "-1m 30s"), (86400, "24h")],
)
def test_lengths_are_written_as_people_do(seconds, text):
    assert format_duration(seconds) == text


@given(st.integers(0, 10**9))
def test_written_lengths_are_read_back(seconds):
    assert parse_duration(format_duration(seconds)) == seconds


@pytest.mark.parametrize(
    ("limit", "text"),
    [
        (Limit(seconds=5400), "1h 30m"),
        (Limit(business_days=1), "1 business day"),
        (Limit(business_days=3), "3 business days"),
        (Limit(calendar_days=2), "2 calendar days"),
    ],
)
def test_written_limits_are_read_back(limit, text):
    assert format_limit(limit) == text
    assert parse_limit(text) == limit
