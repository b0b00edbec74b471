"""What the API must not tell or do, each of which it once did."""

from datetime import timedelta

import pytest

from rapport.apps.accounts.actions import close_account, reopen_account
from rapport.apps.accounts.queries import token_behind


@pytest.mark.parametrize("tier", ["strategic", "important", "standard"])
def test_a_partner_cannot_find_out_the_tier_by_naming_it(world, program, tier):
    world.engagement.tier = "strategic"
    world.engagement.save()
    answer = program(world.editor)("PATCH", f"/engagements/{world.engagement.pk}", {"tier": tier})
    assert answer.status_code == 409


def test_a_partner_cannot_find_out_the_numbers_of_the_clients_people(world, program):
    editor, place = program(world.editor), f"/engagements/{world.engagement.pk}"
    numbers = (world.manager.pk, world.viewer.pk, world.sibling_editor.pk, 999_999)
    answers = {editor("PATCH", place, {"client_owner": number}).content for number in numbers}
    assert len(answers) == 1


def test_a_key_stays_dead_when_its_owners_account_is_opened_again(world, secret_of, now):
    secret = secret_of(world.editor, at=now)
    close_account(by=world.signer, person=world.editor, at=now)
    reopen_account(by=world.signer, person=world.editor, at=now + timedelta(hours=1))
    assert token_behind(secret, now + timedelta(hours=2)) is None
