from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rapport.domain.evidence import (
    Document,
    DocumentKind,
    DocumentStatus,
    Gate,
    Reminder,
    Requirement,
    current_document,
    gate,
    reminders_due,
    status_on,
)

NDA, INSURANCE = DocumentKind.NDA, DocumentKind.INSURANCE
MONTH_LEFT, WEEK_LEFT, DAY_LEFT, LAPSED = Reminder


def day(text):
    return date.fromisoformat(text)


def document(valid_from="2025-04-01", valid_until="2026-03-31", *, kind=NDA, is_accepted=True):
    return Document(kind, day(valid_from), None if valid_until is None else day(valid_until), is_accepted)


@pytest.mark.parametrize(
    ("held", "on", "status"),
    [
        (None, "2026-01-01", DocumentStatus.MISSING),
        (document(), "2025-03-31", DocumentStatus.AWAITING),
        (document(), "2025-04-01", DocumentStatus.VALID),
        (document(), "2026-02-28", DocumentStatus.VALID),
        (document(), "2026-03-01", DocumentStatus.EXPIRING),
        (document(), "2026-03-31", DocumentStatus.EXPIRING),
        (document(), "2026-04-01", DocumentStatus.EXPIRED),
        (document(is_accepted=False), "2025-06-01", DocumentStatus.AWAITING),
        (document(is_accepted=False), "2026-03-15", DocumentStatus.AWAITING),
        (document(is_accepted=False), "2026-04-01", DocumentStatus.EXPIRED),
        (document(valid_until=None), "9999-12-31", DocumentStatus.VALID),
        (document(valid_until=None, is_accepted=False), "2026-01-01", DocumentStatus.AWAITING),
        (document(valid_until="2028-03-30"), "2028-02-28", DocumentStatus.VALID),
        (document(valid_until="2028-03-30"), "2028-02-29", DocumentStatus.EXPIRING),
        (document(valid_until="2028-02-29"), "2028-02-29", DocumentStatus.EXPIRING),
        (document(valid_until="2028-02-29"), "2028-03-01", DocumentStatus.EXPIRED),
        (document("2026-04-01", "2026-04-01"), "2026-04-01", DocumentStatus.EXPIRING),
    ],
)
def test_status_on(held, on, status):
    assert status_on(held, day(on)) is status


def test_document_refuses_an_end_before_its_start():
    with pytest.raises(ValueError, match="valid from 2026-04-01 cannot end before, on 2026-03-31"):
        document("2026-04-01", "2026-03-31")


NEXT_YEAR = document("2026-03-15", "2027-03-14")
ENDLESS = document("2026-03-15", None)


@pytest.mark.parametrize(
    ("documents", "on", "expected"),
    [
        ([], "2026-03-20", None),
        ([document(kind=INSURANCE)], "2026-03-20", None),
        ([document(), NEXT_YEAR], "2026-03-10", document()),
        ([document(), NEXT_YEAR], "2026-03-20", NEXT_YEAR),
        ([NEXT_YEAR, ENDLESS], "2026-03-20", ENDLESS),
        ([ENDLESS, NEXT_YEAR], "2026-03-20", ENDLESS),
        ([document(), document(is_accepted=False)], "2026-03-20", document()),
        ([document(), document(valid_until="2027-03-31", is_accepted=False)], "2026-03-20", document()),
        ([document("2024-04-01", "2025-03-31"), document()], "2026-04-01", document()),
    ],
)
def test_current_document_is_the_one_that_counts(documents, on, expected):
    assert current_document(NDA, documents, day(on)) == expected


NEEDED = [
    Requirement(NDA, is_needed_to_share=True),
    Requirement(DocumentKind.DATA_SECURITY, is_needed_to_share=True),
    Requirement(INSURANCE, is_needed_to_share=False),
]
SECURITY = document(kind=DocumentKind.DATA_SECURITY, valid_until=None)


@pytest.mark.parametrize(
    ("documents", "on", "missing"),
    [
        ([document(), SECURITY], "2026-03-31", []),
        ([document(), SECURITY], "2026-04-01", ["NDA: expired on 2026-03-31; ask the partner for a renewed one"]),
        ([document(), NEXT_YEAR, SECURITY], "2026-04-01", []),
        ([document()], "2026-03-31", ["Data security: not handed in; ask the partner for it"]),
        (
            [document(is_accepted=False), SECURITY],
            "2026-03-31",
            ["NDA: handed in but not accepted yet; check and accept it"],
        ),
        (
            [document(), document("2026-05-01", "2027-04-30"), SECURITY],
            "2026-04-15",
            ["NDA: valid only from 2026-05-01; wait until then or ask the partner for one that holds today"],
        ),
        (
            [],
            "2026-01-01",
            ["NDA: not handed in; ask the partner for it", "Data security: not handed in; ask the partner for it"],
        ),
    ],
)
def test_gate_says_what_stands_in_the_way(documents, on, missing):
    assert gate(NEEDED, documents, day(on)) == Gate(not missing, tuple(missing))


def test_gate_names_a_kind_once():
    twice = [*NEEDED[:1], *NEEDED[:1], Requirement(NDA, is_needed_to_share=False)]
    assert len(gate(twice, [], day("2026-01-01")).missing) == 1


def test_gate_is_open_where_nothing_is_needed():
    assert gate([Requirement(kind, is_needed_to_share=False) for kind in DocumentKind], [], day("2026-01-01")).is_open


@pytest.mark.parametrize("kind", DocumentKind)
def test_gate_has_words_for_every_kind(kind):
    [sentence] = gate([Requirement(kind, is_needed_to_share=True)], iter([]), day("2026-01-01")).missing
    assert sentence.endswith(": not handed in; ask the partner for it")


@pytest.mark.parametrize(
    ("valid_until", "since", "on", "due"),
    [
        ("2026-03-31", "2026-02-27", "2026-02-28", []),
        ("2026-03-31", "2026-02-28", "2026-03-01", [MONTH_LEFT]),
        ("2026-03-31", "2026-03-01", "2026-03-02", []),
        ("2026-03-31", "2026-03-23", "2026-03-24", [WEEK_LEFT]),
        ("2026-03-31", "2026-03-29", "2026-03-30", [DAY_LEFT]),
        ("2026-03-31", "2026-03-30", "2026-03-31", []),
        ("2026-03-31", "2026-03-31", "2026-04-01", [LAPSED]),
        ("2026-03-31", "2026-04-01", "2026-12-31", []),
        ("2026-03-31", "2026-02-28", "2026-03-24", [MONTH_LEFT, WEEK_LEFT]),
        ("2026-03-31", "2025-04-01", "2026-06-30", [MONTH_LEFT, WEEK_LEFT, DAY_LEFT, LAPSED]),
        ("2026-03-31", "2026-04-02", "2026-03-01", []),
        ("2028-03-30", "2028-02-28", "2028-02-29", [MONTH_LEFT]),
        ("2028-03-30", "2028-02-29", "2028-03-01", []),
        ("2027-03-30", "2027-02-27", "2027-02-28", [MONTH_LEFT]),
        ("2028-03-01", "2028-02-28", "2028-02-29", [DAY_LEFT]),
        ("2028-02-29", "2028-02-29", "2028-03-01", [LAPSED]),
        ("9999-12-31", "9999-12-30", "9999-12-31", []),
        (None, "2025-04-01", "2027-01-01", []),
    ],
)
def test_reminders_due(valid_until, since, on, due):
    assert reminders_due(document(valid_until=valid_until), day(since), day(on)) == tuple(due)


def test_reminders_are_not_sent_for_a_document_not_accepted():
    assert reminders_due(document(is_accepted=False), day("2025-04-01"), day("2026-06-30")) == ()


@given(st.lists(st.integers(0, 120), min_size=1), st.integers(31, 100))
def test_reminders_are_neither_lost_nor_sent_twice(looks, length):
    """However irregularly somebody looks, each reminder comes once and in order, as if all were asked for at once."""
    start = day("2028-01-01")
    held = Document(NDA, start, start + timedelta(days=length), is_accepted=True)
    days = [start + timedelta(days=offset) for offset in [0, *sorted(looks)]]
    sent = [reminder for since, on in pairwise(days) for reminder in reminders_due(held, since, on)]
    assert sent == list(reminders_due(held, start, days[-1]))
    assert sent == list(Reminder)[: len(sent)]


@given(
    st.dates(date(2024, 1, 1), date(2032, 12, 31)),
    st.none() | st.integers(0, 800),
    st.dates(date(2024, 1, 1), date(2034, 12, 31)),
    st.booleans(),
)
def test_gate_opens_for_just_what_holds_on_the_day(start, length, on, is_accepted):
    end = None if length is None else start + timedelta(days=length)
    held = Document(NDA, start, end, is_accepted)
    holds = is_accepted and start <= on and (end is None or on <= end)
    assert gate([Requirement(NDA, is_needed_to_share=True)], [held], on).is_open == holds
    assert (status_on(held, on) in {DocumentStatus.VALID, DocumentStatus.EXPIRING}) == holds
