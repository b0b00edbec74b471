"""Event logs: folding into cases and spans, held against a plain reference."""

import csv
import io
from datetime import date

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

FIELDS = {
    "key": "case",
    "columns": {"case": "text", "at": "time", "step": "number", "state": "text", "who": "text", "team": "text"},
    "date_formats": ["%Y-%m-%d"],
    "events": {"time": "at", "status": "state", "order": "step", "first": ["team"]},
}
HEADINGS = ["case", "at", "step", "state", "who", "team"]
EVENTS = st.lists(
    st.tuples(
        st.sampled_from(["A", "B", "C"]),
        st.sampled_from(["2016-01-01", "2016-01-02", "2016-01-03"]),
        st.sampled_from(["1", "2", "3", ""]),
        st.sampled_from(["New", "Open", "Done", ""]),
        st.sampled_from(["ann", "bob", ""]),
        st.sampled_from(["x", "y", ""]),
    ),
    max_size=25,
)


def _csv(rows) -> str:
    text = io.StringIO()
    csv.writer(text).writerows([HEADINGS, *rows])
    return text.getvalue()


def _reference(rows):
    """Cases and spans folded one event at a time; a missing order is last, repeated events count once."""
    cases = {}
    for row in dict.fromkeys(rows):
        cases.setdefault(row[0], []).append(row)
    records, spans = {}, {}
    for case, events in cases.items():
        events.sort(key=lambda event: (event[1], event[2] or "9"))
        last = [next((event[place] for event in reversed(events) if event[place]), None) for place in range(6)]
        records[case] = (last[3], last[4], events[0][5] or None)
        states = [(event[3], event[1]) for event in events if event[3]]
        spans[case] = [
            state for before, state in zip([(None, ""), *states], states, strict=False) if before[0] != state[0]
        ]
    return records, spans


@given(EVENTS)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=50)
def test_folding_is_as_the_reference_says(read, rows):
    batch = read(_csv(rows), **FIELDS)
    records, spans = _reference(rows)
    columns = batch.records.to_pydict()
    found = zip(columns["_key"], columns["state"], columns["who"], columns["team"], strict=True)
    assert {case: tuple(rest) for case, *rest in found} == records
    assert batch.report.duplicate == len(rows) - len(set(rows))
    days = {0: "2016-01-01", 86400: "2016-01-02", 172800: "2016-01-03"}
    starts = {}
    for span in batch.spans.to_pylist():
        starts.setdefault(span["_key"], []).append((span["status"], days[span["start"] - 1451606400]))
    assert starts == {case: states for case, states in spans.items() if states}


def test_spans_end_where_the_next_begins_and_equal_statuses_are_one(read):
    rows = [("A", "2016-01-01", "1", state, "", "") for state in ("New", "New", "Open", "New")]
    rows = [(case, f"2016-01-0{day}", *rest) for day, (case, _, *rest) in enumerate(rows, start=1)]
    spans = read(_csv(rows), **FIELDS).spans.to_pylist()
    day = 86400
    start = 1451606400
    assert [(span["status"], span["start"], span["end"]) for span in spans] == [
        ("New", start, start + 2 * day),
        ("Open", start + 2 * day, start + 3 * day),
        ("New", start + 3 * day, None),
    ]


def test_record_stands_where_its_last_event_does(read):
    rows = [("A", "2016-01-02", "", "", "", ""), ("A", "2016-01-01", "", "", "", "")]
    assert read(_csv(rows), **FIELDS).records["_row"].to_pylist() == [2]


def test_event_without_time_is_rejected(read):
    batch = read(_csv([("A", "2016-01-02", "", "", "", ""), ("A", "", "", "", "", "")]), **FIELDS, reject_limit="50%")
    assert [(reject.row, reject.column) for reject in batch.report.rejects] == [(3, "at")]


def test_log_without_status_has_no_spans(read):
    fields = {**FIELDS, "events": {"time": "at"}}
    assert read(_csv([("A", "2016-01-02", "", "", "", "")]), **fields).spans is None


def test_case_outside_the_term_takes_all_its_events_along(read):
    rows = [
        ("A", "2016-01-01", "", "New", "", ""),
        ("A", "2016-01-03", "", "Done", "", ""),
        ("B", "2016-01-02", "", "New", "", ""),
    ]
    fields = {**FIELDS, "events": {"time": "at", "status": "state", "first": ["at"]}, "opened": "at"}
    batch = read(_csv(rows), **fields, term=(date(2016, 1, 2), date(2016, 12, 31)))
    assert batch.records["_key"].to_pylist() == ["B"]
    assert batch.spans["_key"].to_pylist() == ["B"]
    assert (batch.report.out_of_term, batch.report.used) == (2, 1)
