from dataclasses import replace
from typing import ClassVar

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from rapport.domain.refusals import Refused
from rapport.domain.roles import Side
from rapport.domain.signing import (
    Signature,
    Stage,
    Version,
    is_complete,
    missing_signatures,
    propose,
    sign,
    supersede,
    withdraw,
)

CLIENT, PARTNER = Side.CLIENT, Side.PARTNER
TEXT, OTHER_TEXT = "a" * 64, "b" * 64

DRAFT = Version(3, Stage.DRAFT, CLIENT)
PROPOSED = propose(DRAFT, by=CLIENT, digest=TEXT, gaps=[])
HALF_SIGNED = sign(PROPOSED, party=CLIENT, person="manager", digest=TEXT, at=100)
IN_FORCE = sign(HALF_SIGNED, party=PARTNER, person="signer", digest=TEXT, at=200)
SUPERSEDED = supersede(IN_FORCE)
WITHDRAWN = withdraw(HALF_SIGNED, by=CLIENT)


def test_a_draft_is_proposed_under_its_digest():
    assert replace(DRAFT, stage=Stage.PROPOSED, digest=TEXT) == PROPOSED
    assert missing_signatures(PROPOSED) == (CLIENT, PARTNER)


def test_one_signature_does_not_bring_a_version_into_force():
    assert HALF_SIGNED.stage is Stage.PROPOSED
    assert missing_signatures(HALF_SIGNED) == (PARTNER,)
    assert not is_complete(HALF_SIGNED)


def test_the_second_signature_brings_a_version_into_force():
    assert IN_FORCE.stage is Stage.IN_FORCE
    assert is_complete(IN_FORCE)
    assert IN_FORCE.signatures == (
        Signature(CLIENT, "manager", TEXT, 100),
        Signature(PARTNER, "signer", TEXT, 200),
    )


def test_the_side_that_did_not_propose_may_sign_first():
    version = sign(PROPOSED, party=PARTNER, person="signer", digest=TEXT, at=1)
    assert missing_signatures(version) == (CLIENT,)


def test_a_withdrawn_version_keeps_its_signature_on_record():
    assert WITHDRAWN.stage is Stage.WITHDRAWN
    assert WITHDRAWN.signatures == HALF_SIGNED.signatures


def test_an_agreement_with_gaps_is_not_proposed():
    gaps = ["The client names no executive.", "Nobody is on escalation level 2."]
    with pytest.raises(Refused) as refusal:
        propose(DRAFT, by=CLIENT, digest=TEXT, gaps=gaps)
    assert str(refusal.value) == (
        "Version 3 has gaps (The client names no executive; Nobody is on escalation level 2), and only a version "
        "without gaps can be proposed: fill them and propose it again."
    )


@pytest.mark.parametrize(
    ("step", "sentence"),
    [
        (
            lambda: propose(PROPOSED, by=CLIENT, digest=TEXT, gaps=[]),
            "Version 3 is proposed already, and only a draft can be proposed: have both sides sign it, or withdraw it.",
        ),
        (
            lambda: propose(DRAFT, by=PARTNER, digest=TEXT, gaps=[]),
            "Version 3 comes from the client, and only the client can propose it: ask them to, or propose a version "
            "of your own.",
        ),
        (
            lambda: sign(DRAFT, party=CLIENT, person="manager", digest=TEXT, at=1),
            "Version 3 is still a draft, and only a proposed version can be signed: propose it first.",
        ),
        (
            lambda: sign(WITHDRAWN, party=PARTNER, person="signer", digest=TEXT, at=1),
            "Version 3 was withdrawn, and only a proposed version can be signed: go on with a new version.",
        ),
        (
            lambda: sign(PROPOSED, party=PARTNER, person="signer", digest=OTHER_TEXT, at=1),
            "What you are about to sign (digest bbbbbbbbbbbb) is not version 3 as it was proposed (digest "
            "aaaaaaaaaaaa): open the version again, read it and sign what it shows.",
        ),
        (
            lambda: sign(HALF_SIGNED, party=CLIENT, person="executive", digest=TEXT, at=1),
            "The client has signed version 3 already, and each side signs once: wait for the partner to sign.",
        ),
        (
            lambda: sign(HALF_SIGNED, party=PARTNER, person="manager", digest=TEXT, at=1),
            "You have signed version 3 for the client already, and one person cannot sign for both sides: have "
            "somebody of the partner sign.",
        ),
        (
            lambda: withdraw(HALF_SIGNED, by=PARTNER),
            "Version 3 comes from the client, and only the client can withdraw it: ask them to, or propose a version "
            "of your own.",
        ),
        (
            lambda: withdraw(IN_FORCE, by=CLIENT),
            "Version 3 is in force, and only a proposed version can be withdrawn: propose a new version to change it.",
        ),
        (
            lambda: supersede(SUPERSEDED),
            "Version 3 was superseded by a later version, and only a version in force can be superseded: go on with "
            "the later version.",
        ),
    ],
)
def test_a_refusal_says_what_was_seen_what_is_expected_and_how_to_go_on(step, sentence):
    with pytest.raises(Refused) as refusal:
        step()
    assert str(refusal.value) == sentence


SIDES = st.sampled_from(Side)
TEXTS = st.sampled_from([TEXT, OTHER_TEXT])
PEOPLE = st.sampled_from(["manager", "executive", "signer"])
LEGAL_ORDER = {
    Stage.DRAFT: {Stage.PROPOSED},
    Stage.PROPOSED: {Stage.IN_FORCE, Stage.WITHDRAWN},
    Stage.IN_FORCE: {Stage.SUPERSEDED},
    Stage.SUPERSEDED: set(),
    Stage.WITHDRAWN: set(),
}


class LifeOfAVersion(RuleBasedStateMachine):
    """Both sides try everything in any order; what must come of it is kept here in plain variables."""

    reached: ClassVar[set[Stage]] = set()

    @initialize(proposed_by=SIDES)
    def write(self, proposed_by):
        self.proposer = proposed_by
        self.version = Version(1, Stage.DRAFT, proposed_by)
        self.frozen = None
        self.hands = {}
        self.stages = [Stage.DRAFT]

    def attempt(self, is_allowed, step, **arguments):
        """Takes the step if it is allowed, and makes sure that it is refused otherwise."""
        if not is_allowed:
            with pytest.raises(Refused, match=r"ersion 1 .*: .*\."):
                step(self.version, **arguments)
            return
        self.version = step(self.version, **arguments)
        if self.version.stage is not self.stages[-1]:
            self.stages.append(self.version.stage)
            self.reached.add(self.version.stage)

    @rule(by=SIDES, digest=TEXTS, gaps=st.lists(st.just("The partner names no executive."), max_size=1))
    def propose(self, by, digest, gaps):
        is_allowed = self.stages[-1] is Stage.DRAFT and by is self.proposer and not gaps
        self.attempt(is_allowed, propose, by=by, digest=digest, gaps=gaps)
        self.frozen = digest if is_allowed else self.frozen

    @rule(party=SIDES, person=PEOPLE, digest=TEXTS, at=st.integers(0, 10**10))
    def sign(self, party, person, digest, at):
        is_free = party not in self.hands and person not in self.hands.values()
        is_allowed = self.stages[-1] is Stage.PROPOSED and digest == self.frozen and is_free
        self.attempt(is_allowed, sign, party=party, person=person, digest=digest, at=at)
        if is_allowed:
            self.hands[party] = person
            assert self.version.signatures[-1] == Signature(party, person, digest, at)

    @precondition(lambda self: self.stages[-1] is Stage.DRAFT)
    @rule()
    def propose_as_expected(self):
        self.propose(self.proposer, TEXT, [])

    @precondition(lambda self: self.stages[-1] is Stage.PROPOSED)
    @rule()
    def sign_as_expected(self):
        party = next(side for side in Side if side not in self.hands)
        person = next(person for person in ("manager", "signer") if person not in self.hands.values())
        self.sign(party, person, self.frozen, 1)

    @rule(by=SIDES)
    def withdraw(self, by):
        self.attempt(self.stages[-1] is Stage.PROPOSED and by is self.proposer, withdraw, by=by)

    @rule()
    def supersede(self):
        self.attempt(self.stages[-1] is Stage.IN_FORCE, supersede)

    @invariant()
    def stages_follow_the_legal_order(self):
        pairs = zip(self.stages, self.stages[1:], strict=False)
        assert all(later in LEGAL_ORDER[earlier] for earlier, later in pairs)

    @invariant()
    def content_stays_frozen_from_the_proposal_on(self):
        assert (self.version.stage is Stage.DRAFT) == (self.version.digest is None)
        assert self.version.digest == self.frozen

    @invariant()
    def signatures_are_the_ones_that_were_given(self):
        assert {signature.party: signature.person for signature in self.version.signatures} == self.hands
        assert set(missing_signatures(self.version)) == set(Side) - set(self.hands)

    @invariant()
    def both_sides_stand_behind_a_version_that_is_or_was_in_force(self):
        is_or_was_in_force = self.version.stage in (Stage.IN_FORCE, Stage.SUPERSEDED)
        assert is_complete(self.version) == is_or_was_in_force
        if is_or_was_in_force:
            first, second = self.version.signatures
            assert first.person != second.person
            assert first.party is second.party.other
            assert first.digest == second.digest == self.version.digest


def test_nothing_but_the_legal_steps_is_possible_in_the_life_of_a_version():
    usual = LifeOfAVersion.TestCase.settings
    run_state_machine_as_test(LifeOfAVersion, settings=settings(usual, max_examples=100, stateful_step_count=20))
    assert LifeOfAVersion.reached == set(Stage) - {Stage.DRAFT}
