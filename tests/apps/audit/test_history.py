import pytest
from django.db import DatabaseError, transaction

from rapport.apps.audit.actions import SYSTEM, record
from rapport.apps.audit.models import Entry, Head
from rapport.apps.audit.queries import entries, verdict

CHAIN = "engagement-1"


@pytest.fixture
def chain(db, now):
    for number in range(3):
        record(CHAIN, by=SYSTEM, at=now, verb="thing.happened", subject=f"thing {number}")


def test_entries_come_latest_first(chain):
    assert [entry.content["subject"] for entry in entries(CHAIN)] == ["thing 2", "thing 1", "thing 0"]


def test_a_chain_as_written_holds(chain):
    found = verdict(CHAIN)
    assert (found.entries, found.broken_at) == (3, None)
    assert found.head == Head.objects.get(chain=CHAIN).digest


def test_chains_do_not_mix(chain, now):
    record("engagement-2", by=SYSTEM, at=now, verb="thing.happened", subject="elsewhere")
    assert verdict(CHAIN).entries == 3
    assert verdict("engagement-2").entries == 1


@pytest.mark.parametrize("change", [lambda rows: rows.update(digest="0" * 64), lambda rows: rows.delete()])
def test_the_database_refuses_to_change_history(chain, change):
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        change(Entry.objects.filter(chain=CHAIN, number=2))
    assert verdict(CHAIN).broken_at is None


def test_an_end_that_was_cut_off_is_found(chain):
    Head.objects.filter(chain=CHAIN).update(number=4, digest="f" * 64)
    assert verdict(CHAIN).broken_at == 4


def test_a_forged_entry_is_found(chain):
    forged = Entry(chain=CHAIN, number=4, content={"verb": "forged"}, digest="e" * 64)
    forged.save(force_insert=True)
    assert verdict(CHAIN).broken_at == 4
