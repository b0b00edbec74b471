from datetime import timedelta

import pytest

from rapport.apps.partners import queries


def standing(world, today, kind, reader="manager"):
    held = queries.held_documents(world.manager, world.own, today)
    found = queries.standings(getattr(world, reader), held, today)
    return next(one for one in found if one.kind == kind)


def test_the_gate_is_closed_until_both_needed_documents_are_accepted(world, today, handed_in):
    assert len(queries.gate_of(world.own, today).missing) == 2
    handed_in("nda", is_accepted=True)
    handed_in("data_security", left=None)
    assert queries.gate_of(world.own, today).missing == (
        "Data security: handed in but not accepted yet; check and accept it",
    )


def test_insurance_and_certificate_do_not_close_the_gate(world, today, handed_in):
    handed_in("nda", is_accepted=True)
    handed_in("data_security", left=None, is_accepted=True)
    assert queries.gate_of(world.own, today).is_open
    assert standing(world, today, "insurance").status == "missing"


def test_the_gate_closes_the_day_after_a_needed_document_ends(world, today, handed_in):
    handed_in("nda", left=10, is_accepted=True)
    handed_in("data_security", left=None, is_accepted=True)
    assert queries.gate_of(world.own, today + timedelta(days=10)).is_open
    assert not queries.gate_of(world.own, today + timedelta(days=11)).is_open


def test_another_partners_documents_open_no_gate(world, today, handed_in):
    for kind in ("nda", "data_security"):
        handed_in(kind, is_accepted=True, organisation=world.sibling, by=world.manager)
    assert not queries.gate_of(world.own, today).is_open


@pytest.mark.parametrize(
    ("left", "is_accepted", "status", "to_client", "to_partner"),
    [
        (None, True, "valid", "does not expire", "does not expire"),
        (31, True, "valid", "In place until", "In place until"),
        (30, True, "expiring", "Ask the partner for a renewed one", "Hand in a renewed one"),
        (0, True, "expiring", "today. Ask", "today. Hand in"),
        (-1, True, "expired", "yesterday. Ask", "yesterday. Hand in"),
        (90, False, "awaiting", "Read it and accept it", "The client has yet to accept it"),
    ],
)
def test_advice_says_what_each_side_can_do(world, today, handed_in, left, is_accepted, status, to_client, to_partner):
    handed_in("nda", left=left, is_accepted=is_accepted)
    assert standing(world, today, "nda").status == status
    assert to_client in standing(world, today, "nda").advice
    assert to_partner in standing(world, today, "nda", "editor").advice


def test_advice_knows_of_a_renewal_that_waits(world, today, handed_in):
    handed_in("nda", left=5, is_accepted=True)
    handed_in("nda", left=400)
    assert "A renewed one is handed in. Read it" in standing(world, today, "nda").advice


def test_the_list_counts_what_waits_and_the_next_end(world, today, handed_in):
    handed_in("nda", left=40, is_accepted=True)
    handed_in("insurance", left=20, is_accepted=True)
    handed_in("certificate", left=5)
    own, sibling = queries.overviews(world.viewer, today)
    assert (own.organisation, own.waiting, own.next_end) == (world.own, 1, today + timedelta(days=20))
    assert (sibling.waiting, sibling.next_end) == (0, None)


def test_the_list_takes_as_many_queries_for_more_partners(world, today, django_assert_num_queries):
    with django_assert_num_queries(2):
        assert len(queries.overviews(world.manager, today)) == 2


def test_a_partner_lists_itself_only(world, today):
    assert [row.organisation for row in queries.overviews(world.signer, today)] == [world.own]


@pytest.mark.parametrize(("role", "reads"), [("administrator", True), ("manager", True), ("viewer", False)])
def test_the_note_is_for_those_who_manage_partners(world, role, reads):
    assert ("note" in queries.profile_of(getattr(world, role), world.own)) is reads
    assert "note" not in queries.profile_of(world.signer, world.own)
