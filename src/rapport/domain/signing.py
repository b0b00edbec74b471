"""How two companies agree on one version of their agreement: one side proposes it, both sign the very same text."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from rapport.domain.refusals import Refused
from rapport.domain.roles import Side


class Stage(StrEnum):
    """Where a version stands.

    A `draft` is seen by the side that writes it alone. Once `proposed`, both see it and its content is frozen under a
    digest. It is `in_force` when both have signed, counting from the day the document names, until it is `superseded`
    by a later version. `withdrawn` means that the proposing side took it back before it was in force.
    """

    DRAFT = "draft"
    PROPOSED = "proposed"
    IN_FORCE = "in_force"
    SUPERSEDED = "superseded"
    WITHDRAWN = "withdrawn"


_STANDING: dict[Stage, str] = {
    Stage.DRAFT: "is still a draft",
    Stage.PROPOSED: "is proposed already",
    Stage.IN_FORCE: "is in force",
    Stage.SUPERSEDED: "was superseded by a later version",
    Stage.WITHDRAWN: "was withdrawn",
}
_WAY_ON: dict[Stage, str] = {
    Stage.DRAFT: "propose it first",
    Stage.PROPOSED: "have both sides sign it, or withdraw it",
    Stage.IN_FORCE: "propose a new version to change it",
    Stage.SUPERSEDED: "go on with the later version",
    Stage.WITHDRAWN: "go on with a new version",
}


@dataclass(frozen=True)
class Signature:
    """One side's consent to the text with this SHA-256 digest, given by a person (id) at a moment (UTC seconds)."""

    party: Side
    person: str
    digest: str
    at: int


@dataclass(frozen=True)
class Version:
    """One version of an agreement: its number from 1 on, and the side that writes and proposes it.

    `digest` is the SHA-256 of the frozen content, None while it is a draft. `signatures` stand in the order given.
    """

    number: int
    stage: Stage
    proposed_by: Side
    digest: str | None = None
    signatures: tuple[Signature, ...] = ()


@dataclass(frozen=True)
class Move:
    """What comes next with an agreement, as one side sees it.

    `stage` is that of the version people work on, None while there is none; `verb` says what is to be done with it,
    empty where nothing is; `waits_for` are the sides that can do it, the client first.
    """

    stage: Stage | None
    verb: str
    waits_for: tuple[Side, ...]


def move(side: Side, *, unsigned: Sequence[Side], has_draft: bool, is_in_force: bool) -> Move:
    """What comes next for a reader of one side.

    A proposal on the table, which `unsigned` sides have yet to sign, comes before a draft of one's own, and a draft
    before what is in force. Without any of them either side may write the first.
    """
    if unsigned:
        return Move(Stage.PROPOSED, "sign", tuple(unsigned))
    if has_draft:
        return Move(Stage.DRAFT, "propose", (side,))
    if is_in_force:
        return Move(Stage.IN_FORCE, "", ())
    return Move(None, "write", tuple(Side))


def propose(version: Version, *, by: Side, digest: str, gaps: Sequence[str]) -> Version:
    """Shows a draft to the other side, its content frozen under `digest`.

    `gaps` are sentences about what is missing, such as executives or people on an escalation level: nobody is asked to
    sign an agreement that leaves open whom to turn to.

    Raises:
        Refused: it is not a draft, the other side writes it, or there are gaps.
    """
    _require(version, Stage.DRAFT, "a draft", "proposed")
    _require_proposer(version, by, "propose")
    if gaps:
        listed = "; ".join(gap.rstrip(". ") for gap in gaps)
        raise Refused(
            f"Version {version.number} has gaps ({listed}), and only a version without gaps can be proposed: "
            "fill them and propose it again."
        )
    return replace(version, stage=Stage.PROPOSED, digest=digest)


def sign(version: Version, *, party: Side, person: str, digest: str, at: int) -> Version:
    """Binds one side to the text it has read, that with `digest`; with the second signature the version is in force.

    Raises:
        Refused: it is not proposed, its frozen text is another one, that side has signed, or that person has signed
            for the other side.
    """
    _require(version, Stage.PROPOSED, "a proposed version", "signed")
    _require_same_text(version, digest)
    _require_new_hand(version, party, person)
    signed = replace(version, signatures=(*version.signatures, Signature(party, person, digest, at)))
    return replace(signed, stage=Stage.IN_FORCE) if is_complete(signed) else signed


def withdraw(version: Version, *, by: Side) -> Version:
    """Takes a proposal back; a signature it already bears stays on record but binds nobody.

    Raises:
        Refused: it is not proposed, or the other side proposed it.
    """
    _require(version, Stage.PROPOSED, "a proposed version", "withdrawn")
    _require_proposer(version, by, "withdraw")
    return replace(version, stage=Stage.WITHDRAWN)


def supersede(version: Version) -> Version:
    """Ends a version because a later one came into force.

    Raises:
        Refused: it is not in force.
    """
    _require(version, Stage.IN_FORCE, "a version in force", "superseded")
    return replace(version, stage=Stage.SUPERSEDED)


def is_complete(version: Version) -> bool:
    """Whether both sides have signed."""
    return not missing_signatures(version)


def missing_signatures(version: Version) -> tuple[Side, ...]:
    """The sides that have not signed, the client first."""
    signed = {signature.party for signature in version.signatures}
    return tuple(side for side in Side if side not in signed)


def _require(version: Version, stage: Stage, expected: str, done: str) -> None:
    if version.stage is not stage:
        raise Refused(
            f"Version {version.number} {_STANDING[version.stage]}, and only {expected} can be {done}: "
            f"{_WAY_ON[version.stage]}."
        )


def _require_proposer(version: Version, by: Side, act: str) -> None:
    if by is not version.proposed_by:
        raise Refused(
            f"Version {version.number} comes from the {version.proposed_by}, and only the {version.proposed_by} can "
            f"{act} it: ask them to, or propose a version of your own."
        )


def _require_same_text(version: Version, digest: str) -> None:
    if digest != version.digest:
        raise Refused(
            f"What you are about to sign (digest {digest[:12]}) is not version {version.number} as it was proposed "
            f"(digest {(version.digest or 'none')[:12]}): open the version again, read it and sign what it shows."
        )


def _require_new_hand(version: Version, party: Side, person: str) -> None:
    for signature in version.signatures:
        if signature.party is party:
            raise Refused(
                f"The {party} has signed version {version.number} already, and each side signs once: "
                f"wait for the {party.other} to sign."
            )
        if signature.person == person:
            raise Refused(
                f"You have signed version {version.number} for the {signature.party} already, and one person cannot "
                f"sign for both sides: have somebody of the {party} sign."
            )
