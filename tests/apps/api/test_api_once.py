"""A request with an idempotency key happens once."""

from datetime import timedelta

import pytest
from django.utils import timezone

from rapport.apps.accounts.models import KeptAnswer, Organisation
from rapport.apps.delivery.models import Batch

THIRD = {"name": "Third Ltd"}


def partners():
    return Organisation.objects.filter(name__startswith="Third").count()


def test_a_repetition_gets_the_first_answer_and_does_nothing(world, program):
    manager = program(world.manager)
    first = manager("POST", "/partners", THIRD, key="one")
    again = manager("POST", "/partners", THIRD, key="one")
    assert (first.status_code, first.content) == (again.status_code, again.content)
    assert (first.status_code, again["Idempotency-Replayed"]) == (201, "true")
    assert "Idempotency-Replayed" not in first
    assert partners() == 1
    assert manager("POST", "/partners", THIRD, key="two").status_code == 409


def test_another_body_or_place_under_the_same_key_is_refused(world, program):
    manager = program(world.manager)
    manager("POST", "/partners", THIRD, key="one")
    assert manager("POST", "/partners", {"name": "Third B"}, key="one").status_code == 422
    assert manager("POST", f"/partners/{world.own.pk}/contacts", THIRD, key="one").status_code == 422
    assert partners() == 1


def test_the_key_of_another_person_is_another_key(world, program):
    for person in (world.editor, world.sibling_editor):
        answer = program(person)("POST", f"/partners/{person.organisation_id}/contacts", {"name": "Desk"}, key="one")
        assert answer.status_code == 201
    foreign = program(world.sibling_editor)("POST", f"/partners/{world.own.pk}/contacts", {"name": "Desk"}, key="x")
    assert foreign.status_code == 404


def test_a_refusal_is_not_kept(world, program):
    manager = program(world.manager)
    assert manager("POST", "/partners", {"name": world.own.name}, key="one").status_code == 409
    assert manager("POST", "/partners", {"nam": "x"}, key="one").status_code == 422
    assert manager("POST", "/partners", THIRD, key="one").status_code == 201
    assert KeptAnswer.objects.count() == 1


def test_a_file_is_the_same_whatever_parts_the_form(agreed, records, world):
    place = f"/engagements/{world.engagement.pk}/batches"
    first = agreed.partner.send(place, records("surveys"), source="surveys", key="one")
    again = agreed.partner.send(place, records("surveys"), source="surveys", key="one")
    assert first.content == again.content
    assert Batch.objects.count() == 1
    assert agreed.partner.send(place, records("surveys", b"other"), source="surveys", key="one").status_code == 422


def test_of_two_at_once_one_does_it(world, program, monkeypatch):
    manager, statuses = program(world.manager), []
    from rapport.apps.accounts import actions

    add_partner = actions.add_partner

    def slow(**words):
        statuses.append(manager("POST", "/partners", THIRD, key="one").status_code)
        return add_partner(**words)

    monkeypatch.setattr(actions, "add_partner", slow)
    statuses.append(manager("POST", "/partners", THIRD, key="one").status_code)
    assert statuses == [409, 201]
    assert partners() == 1


def test_a_request_that_died_is_taken_up_after_a_while(world, program):
    manager = program(world.manager)
    manager("POST", "/partners", THIRD, key="one")
    Organisation.objects.filter(name="Third Ltd").delete()
    died = KeptAnswer.objects.filter(key="one")
    died.update(status=None, body="")
    assert manager("POST", "/partners", THIRD, key="one").status_code == 409
    died.update(at=timezone.now() - timedelta(minutes=11))
    assert manager("POST", "/partners", THIRD, key="one").status_code == 201


def test_answers_are_kept_for_a_day(world, program):
    manager = program(world.manager)
    manager("POST", "/partners", THIRD, key="one")
    KeptAnswer.objects.update(at=timezone.now() - timedelta(hours=25))
    assert manager("POST", "/partners", {"name": "Third B"}, key="one").status_code == 201
    assert KeptAnswer.objects.count() == 1


def test_a_fault_of_the_program_leaves_the_key_free(world, program, monkeypatch):
    manager = program(world.manager)
    manager.browser.raise_request_exception = False
    with monkeypatch.context() as patched:
        patched.setattr("rapport.apps.accounts.actions.add_partner", lambda **_: 1 / 0)
        assert manager("POST", "/partners", THIRD, key="one").status_code == 500
    assert manager("POST", "/partners", THIRD, key="one").status_code == 201


@pytest.mark.parametrize("key", ["x" * 201, "\x7f", "\xa0\x85"])
def test_a_key_that_cannot_be_kept_is_refused(world, program, key):
    assert program(world.manager)("POST", "/partners", THIRD, key=key).status_code == 422
