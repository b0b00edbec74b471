"""What filters and fields may say, what they mean, and that nothing else ever reaches an engine."""

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rapport.engine.agreement import ColumnType
from rapport.engine.filters import FilterError, is_duration, parse_condition, parse_field

COLUMNS = {
    "priority": ColumnType.TEXT,
    "count": ColumnType.NUMBER,
    "opened": ColumnType.TIME,
    "day": ColumnType.DATE,
    "age": ColumnType.DURATION,
    "ok": ColumnType.BOOLEAN,
    "Team name": ColumnType.TEXT,
    'say "hi"': ColumnType.TEXT,
    "größe": ColumnType.NUMBER,
    "select": ColumnType.NUMBER,
}
ROWS = [  # priority, count, opened, day, age, ok, Team name, say "hi", größe, select
    ("P1", "1", 100, 0, 3600, True, "north", "it's", "1", "1"),
    ("P2", "2.5", 200, 86400, 7200, False, "south", "100%", "2", "2"),
    (None, None, None, None, None, None, None, None, None, None),
    ("p_1", "-3", 300, 86400, 60, True, "", "a\\b", "0", "0"),
]


@pytest.fixture(scope="module")
def table():
    with duckdb.connect() as connection:
        connection.execute(
            "CREATE TABLE rows (priority VARCHAR, count DECIMAL(28,9), opened BIGINT, day BIGINT, age BIGINT,"
            ' ok BOOLEAN, "Team name" VARCHAR, "say ""hi""" VARCHAR, größe DECIMAL(28,9), "select" DECIMAL(28,9),'
            " number INTEGER)"
        )
        for number, row in enumerate(ROWS):
            connection.execute(f"INSERT INTO rows VALUES ({', '.join('?' * 11)})", [*row, number])
        yield connection


def chosen(table, text):
    """The numbers of the rows for which a condition holds."""
    condition = parse_condition(text, COLUMNS).sql("duckdb")
    return [row[0] for row in table.execute(f"SELECT number FROM rows WHERE {condition} ORDER BY number").fetchall()]


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("priority = 'P1'", [0]),
        ("priority <> 'P1'", [1, 3]),
        ("priority != 'P1'", [1, 3]),
        ("priority in ('P1', 'P2')", [0, 1]),
        ("priority not in ('P1', 'P2')", [3]),
        ("priority in ('P1', null)", [0]),
        ("priority like 'P%'", [0, 1]),
        ("priority like 'P_'", [0, 1]),
        ("priority not like 'P%'", [3]),
        ("not priority like 'P%'", [3]),
        ("priority is null", [2]),
        ("priority is not null", [0, 1, 3]),
        ("priority = null", []),
        ("not (priority = null)", []),
        ("count > 1", [1]),
        ("count >= 2.5", [1]),
        ("count < .5", [3]),
        ("count between 1 and 2.5", [0, 1]),
        ("count not between 1 and 2.5", [3]),
        ("count = -3", [3]),
        ("-count = 3", [3]),
        ("count + 2 * (count - 1) = 1", [0]),
        ("count * count = 9", [3]),
        ("1.5 < count", [1]),
        ("ok", [0, 3]),
        ("not ok", [1]),
        ("ok = true", [0, 3]),
        ("ok is null or count < 0", [2, 3]),
        ("ok and count > 0 or priority = 'P2'", [0, 1]),
        ("ok and (count > 0 or priority = 'P2')", [0]),
        ("opened > day", [0]),
        ("opened - day > '1m'", [0]),
        ("age > '1h'", [1]),
        ("age >= '1h' and age <= '90 minutes'", [0]),
        ("'1h' < age", [1]),
        ("age between '1m' and '1h'", [0, 3]),
        ("age in ('1m', '2h')", [1, 3]),
        ("age + age > '2h 30m'", [1]),
        ("age > 3600", [1]),
        ("\"Team name\" = 'south'", [1]),
        ("\"Team name\" = ''", [3]),
        ("\"say \"\"hi\"\"\" = 'it''s'", [0]),
        ("\"say \"\"hi\"\"\" = 'a\\b'", [3]),
        ("größe = 2 or \"select\" = 1", [0, 1]),
        ("true", [0, 1, 2, 3]),
        ("1 = 1", [0, 1, 2, 3]),
        ("priority = 'P1';", [0]),
        (" or ".join(f"count = {number}" for number in range(90)), [0]),
    ],
)  # fmt: skip
def test_conditions_choose_the_rows_for_which_they_hold(table, text, numbers):
    assert chosen(table, text) == numbers


@pytest.mark.parametrize(
    ("text", "value", "lasts"),
    [
        ("count", "2.5", False),
        ("count - 1 + größe * 2", "5.5", False),
        ("-count", "-2.5", False),
        ("age", "7200", True),
        ("age + age", "14400", True),
        ("(age)", "7200", True),
        ("2 * age - 60", "14340", True),
        ("day - opened", "86200", True),
    ],
)
def test_fields_are_numbers_or_lengths_of_time(table, text, value, lasts):
    found = table.execute(f"SELECT {parse_field(text, COLUMNS).sql('duckdb')} FROM rows WHERE number = 1").fetchone()
    assert str(found[0].normalize() if hasattr(found[0], "normalize") else found[0]) == value
    assert is_duration(text, COLUMNS) == lasts


INJECTIONS = [
    "1=1; drop table rows", "1 = 1; select 1", ";", "1 = 1) or (1 = 1", "count in (select 1)", "count = (select 1)",
    "exists (select 1)", "count = any (select 1)", "select 1", "from rows", "with a as (select 1) select * from a",
    "drop table rows", "create table a (b int)", "copy rows to 'x'", "attach 'x'", "install httpfs",
    "pragma version", "set threads = 1", "count = 1 union select 1", "count = 1 order by 1", "count = 1 limit 1",
    "count = 1 qualify true", "count = 1 -- so it is", "/* hint */ count = 1", "count = 1 /* */ or /* */ 1 = 1",
    "count = 1 -- */ or 1 = 1", "lower(priority) = 'p1'", "read_text('/etc/passwd') = ''", "getenv('HOME') = ''",
    "coalesce(count, 1) = 1", "if(ok, true, false)", "now() > 1", "current_date = 1", "current_user = 'x'",
    "columns('c.*') = 1", "unnest([1]) = 1", "sum(count) over () > 1", "row_number() over (order by count) = 1",
    "count(*) > 1", "case when ok then true end", "cast(count as int) = 1", "count::int = 1",
    "try_cast(count as int) = 1", "date '2026-01-01' = day", "interval 1 day = age", "[count] = [1]",
    "{'a': count} = 1", "(count, ok) = (1, true)", "priority[1] = 'P'", "count = $1", "count = ?", "count = :x",
    "count = @x", "* = 1", "rows.count = 1", "main.rows.count = 1", "rowid = 1", "_key = 'a'", "count = 1 as b",
    "lambda x: x", "priority -> 'a' = 'b'", "count in count", "count in unnest([1])", "{{ count }} = 1",
    "extract(year from opened) = 2026", "position('P' in priority) = 1", "priority = $$P1$$", "priority = e'P1'",
    "priority = x'5031'", "priority similar to 'P'", "priority ~ 'P'", "priority glob 'P'",
]  # fmt: skip
OUTSIDE = [
    "", "   ", "priority", "count", "null", "not null", "1", "'a'", "ok or", "ok and priority", "count = ",
    "(count = 1", "count = 1)", "count = 'a", "count / 2 = 1", "count % 2 = 1", "count ** 2 = 4", "count & 1 = 1",
    "priority || 'a' = 'Pa'", "count between symmetric 2 and 1", "priority like 'P' escape 'x'",
    "priority ilike 'p1'", "count is distinct from 1", "ok is true", "count in ()", "priority like count",
    "count like '1'", "priority = \"P1\"", "'Team name' = 1",
]  # fmt: skip
MISMATCHES = [
    "priority = 1", "count = '1'", "'1' = count", "count in (1, 'a')", "count between '1' and '2'", "ok = 1",
    "ok = 'yes'", "opened > '2026-01-01'", "age > '4 fortnights'", "age > priority", "-ok", "-priority = 'P1'",
    "priority + 1 = 2", "ok + 1 = 2", "opened + day > 1", "opened * 2 > 1", "age * age > 1", "-opened > 1",
    "1 - opened > 1",
]  # fmt: skip
NUMBERS = [
    "count = 1e400", "count = 1e5", "count = 0x1F", "count = 99999999999999999999", "count = 0.0000000001",
    "count * count * count = 1", "count * 1.000000001 * 1.1 = 1", f"count = {'1' * 100_000}", "count = 1٣",
]  # fmt: skip
DEEP = [
    "(" * 5000 + "ok" + ")" * 5000, "not " * 5000 + "ok", " or ".join(["ok"] * 5000),
    " + ".join(["count"] * 5000) + " = 1", "- " * 5000 + "count = 1", "[" * 5000, "case when " * 5000,
    "a" * 100_000 + " = 1", "'" * 9999, "(" * 300 + "ok" + " and ok)" * 300, "ok" + " and (ok" * 900 + ")" * 900,
]  # fmt: skip


@pytest.mark.parametrize("text", [*INJECTIONS, *OUTSIDE, *MISMATCHES, *NUMBERS, *DEEP], ids=lambda text: text[:40])
def test_everything_else_is_refused_in_a_sentence(text):
    with pytest.raises(FilterError) as refused:
        parse_condition(text, COLUMNS)
    assert 20 < len(str(refused.value)) < 400


@pytest.mark.parametrize(
    "text", ["priority", "ok", "count = 1", "'1'", "opened", "null", "count + priority", "sum(count)", "count; count"]
)
def test_a_field_that_is_no_number_is_refused(text):
    with pytest.raises(FilterError):
        parse_field(text, COLUMNS)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("prioritty = 'P1'", "'prioritty' is not a column of this source; did you mean 'priority'?"),
        ("Priority = 'P1'", "did you mean 'priority'?"),
        ("colour = 'red'", "there are Team name, age, count"),
        ("priority = P1", "'P1' is not a column"),
        ("count = '5'", "compares a number with a text; write numbers without quotes"),
        ("opened > '2026-01-01'", "compares a time with a text; compare it with another such column"),
        ("age > '4x'", "'x' in '4x' is not a unit of time"),
        ("priority", "compare it with something, as in priority = 'P1'"),
        ("lower(priority) = 'p1'", "'LOWER(priority)' is not allowed here; an expression may hold columns"),
        ("priority = ", "cannot be read"),
        ("count = 1 -- one", "holds a comment"),
        (" or ".join(["ok"] * 200), "nested too deeply; write many alternatives as in (...)"),
    ],
)  # fmt: skip
def test_refusals_say_what_was_seen_and_how_to_mend_it(text, told):
    with pytest.raises(FilterError) as refused:
        parse_condition(text, COLUMNS)
    assert told in str(refused.value)


WORDS = st.sampled_from(
    [
    "count", "priority", "ok", "age", "'x'", "1", "2.5", "=", "<>", "<", "(", ")", "and", "or", "not", "in", "like",
    "is", "null", "between", "+", "-", "*", "/", ",", ";", "--", "/*", "*/", "'", '"', "select", "from", "rows",
    "case", "::int", "over", "[", "]", "{", "}", "$1", "?", ".", "\\", "\n", "\0", "é", "☃", "true",
]
)  # fmt: skip


@settings(max_examples=400, deadline=None, derandomize=True)
@given(st.lists(WORDS, max_size=12).map(" ".join) | st.text(max_size=30))
def test_any_text_is_a_condition_the_engine_can_run_or_is_refused(table, text):
    try:
        condition = parse_condition(text, COLUMNS)
    except FilterError:
        return
    table.execute(f"SELECT number FROM rows WHERE {condition.sql('duckdb')}").fetchall()
