from functools import partial

import pytest
from django.db import connection
from django.urls import reverse

from rapport.apps.accounts.models import Organisation, Person
from rapport.apps.engagements import actions
from rapport.apps.engagements.models import Signature
from rapport.apps.engagements.queries import version_in_force
from rapport.domain.refusals import Refused
from rapport.domain.roles import Role


def sign(person, version, at, digest=None):
    return actions.sign_version(by=person, version=version, digest=digest or version.digest, at=at)


def test_sign_supersedes_the_version_before(world, in_force, proposed, now, text):
    first = in_force()
    second = proposed(world.editor, world.engagement, text.replace("minimum: 80", "minimum: 82"))
    sign(world.signer, second, now)
    assert version_in_force(world.engagement) == first
    sign(world.executive, second, now)
    first.refresh_from_db()
    assert (first.stage, first.number) == ("superseded", 1)
    assert version_in_force(world.engagement) == second
    assert second.number == 2


@pytest.mark.parametrize("role", ["administrator", "viewer", "auditor", "editor", "partner_viewer", "sibling_signer"])
def test_sign_needs_the_right_on_ones_own_side(world, proposed, now, role):
    version = proposed(world.manager, world.engagement)
    with pytest.raises(Refused):
        sign(getattr(world, role), version, now)
    assert not Signature.objects.exists()


def test_sign_twice_for_one_side_is_refused(world, proposed, now):
    version = proposed(world.manager, world.engagement)
    sign(world.manager, version, now)
    for person in (world.manager, world.executive):
        with pytest.raises(Refused, match="The client has signed version 1 already"):
            sign(person, version, now)
    assert Signature.objects.count() == 1


def test_sign_takes_no_side_from_the_form(world, proposed, signed_in):
    version = proposed(world.manager, world.engagement)
    address = reverse("engagements:sign", args=[world.engagement.pk, version.pk])
    for side in ("client", "partner"):
        signed_in(world.manager).post(address, {"digest": version.digest, "side": side})
    assert [signature.side for signature in Signature.objects.all()] == ["client"]


def test_sign_for_both_sides_is_refused_to_somebody_who_changed_sides(world, proposed, now):
    version = proposed(world.manager, world.engagement)
    sign(world.manager, version, now)
    Person.objects.filter(pk=world.manager.pk).update(organisation=world.own, role=Role.SIGNER)
    with pytest.raises(Refused, match="one person cannot sign for both sides"):
        sign(Person.objects.get(pk=world.manager.pk), version, now)
    version.refresh_from_db()
    assert version.stage == "proposed"


def test_sign_of_another_text_is_refused(world, proposed, now, text):
    version = proposed(world.manager, world.engagement)
    with pytest.raises(Refused, match="is not version 1 as it was proposed"):
        sign(world.signer, version, now, digest="0" * 64)


def test_sign_of_an_older_version_is_refused(world, proposed, now, text):
    older = proposed(world.manager, world.engagement)
    newer = proposed(world.editor, world.engagement, text.replace("minimum: 80", "minimum: 82"))
    with pytest.raises(Refused, match="Version 1 is older than version 2, which is proposed"):
        sign(world.signer, older, now)
    for person in (world.signer, world.manager):
        sign(person, newer, now)
    with pytest.raises(Refused, match="Version 1 is older than version 2, which is in force"):
        sign(world.signer, older, now)


def test_sign_after_withdrawal_is_refused(world, proposed, now):
    version = proposed(world.manager, world.engagement)
    sign(world.signer, version, now)
    with pytest.raises(Refused, match="only the client can withdraw it"):
        actions.withdraw_version(by=world.editor, version=version, at=now)
    actions.withdraw_version(by=world.manager, version=version, at=now)
    with pytest.raises(Refused, match="was withdrawn"):
        sign(world.executive, version, now)


def test_propose_freezes_the_text(world, proposed, now, text):
    version = proposed(world.manager, world.engagement)
    with pytest.raises(Refused, match="its text is frozen"):
        actions.rewrite_draft(by=world.manager, version=version, text="changed", seen="", at=now)
    with pytest.raises(Refused, match="is proposed already"):
        actions.propose_version(by=world.manager, version=version, at=now)
    version.refresh_from_db()
    assert version.text == text


def test_numbers_of_proposed_versions_tell_nothing_of_drafts(world, proposed, now, text):
    actions.write_draft(by=world.manager, engagement=world.engagement, text=text, at=now)
    assert proposed(world.editor, world.engagement).number == 1
    with pytest.raises(Refused, match="has a draft of this agreement already"):
        actions.write_draft(by=world.manager, engagement=world.engagement, text=text, at=now)


def _two_signers(now, text):
    client = Organisation.objects.create(name="Northwind Insurance", side="client", created_at=now)
    partner = Organisation.objects.create(name="Brightdesk", side="partner", created_at=now)
    people = [
        Person.objects.create(organisation=client, role=role, name=role, email=f"{role}@example.org", created_at=now)
        for role in ("manager", "executive")
    ]
    manager = people[0]
    engagement = actions.start_engagement(by=manager, partner=partner, title="Service desk", purpose="", at=now)
    draft = actions.write_draft(by=manager, engagement=engagement, text=text, at=now)
    return actions.propose_version(by=manager, version=draft, at=now), people


@pytest.mark.skipif(connection.vendor != "sqlite", reason="makes a database of its own in a file")
def test_two_people_of_one_side_signing_at_once_leave_one_signature(at_once, now, text):
    [(version, people)] = at_once(lambda: _two_signers(now, text))
    outcomes = at_once(*(partial(sign, person, version, now) for person in people))
    assert [type(outcome) for outcome in outcomes].count(Refused) == 1
    assert at_once(lambda: list(Signature.objects.values_list("side", flat=True))) == [["client"]]
