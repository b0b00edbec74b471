"""What people do with engagements and agreements. Each refuses with a sentence, and leaves a line of history."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, NamedTuple

from django.db import IntegrityError, transaction
from django.db.models import Max

from rapport.apps.accounts.actions import who
from rapport.apps.accounts.models import Organisation, Person
from rapport.apps.accounts.policy import demand
from rapport.apps.audit.actions import INSTALLATION, record
from rapport.apps.engagements.models import AgreementVersion, Engagement, Remark, Signature
from rapport.apps.engagements.policy import (
    PRIVATE,
    demand_change,
    demand_choice,
    demand_part,
    demand_remark,
    demand_sight,
)
from rapport.apps.engagements.queries import document_of, faults_of, fingerprint, gaps_of, later_version, lines_in
from rapport.domain import signing
from rapport.domain.refusals import Refused
from rapport.domain.roles import Right, Side
from rapport.domain.signing import Stage

if TYPE_CHECKING:
    from rapport.engine.document import Fault

_DRAFT_OF = {Side.CLIENT: 1_000_001, Side.PARTNER: 1_000_002}
"""The number of each side's one draft, far from those of proposed versions, which so tell nothing of drafts."""


class Particulars(NamedTuple):
    """What an engagement is called and for, how much it matters and costs the client a year, who answers for it.

    `spend` is in the currency of the agreement, None where it is not known.
    """

    title: str
    purpose: str
    tier: str
    spend: Decimal | None
    client_owner: Person
    partner_owner: Person | None


@transaction.atomic
def start_engagement(*, by: Person, partner: Organisation, title: str, purpose: str, at: datetime) -> Engagement:
    """Begin working with a partner on something; whoever begins it owns it on the client's side."""
    demand(by, Right.MANAGE_PARTNERS, "start an engagement")
    if partner.side != Side.PARTNER:
        raise Refused(f"{partner.name} is no partner; choose one of your partners.")
    engagement = Engagement(
        partner=partner, title=_titled(title), purpose=purpose.strip(), client_owner=by, created_at=at
    )
    with _refusing(_taken(engagement)):
        engagement.save()
    record(engagement.chain, by=who(by), at=at, verb="engagement.started", subject=engagement.title)
    return engagement


@transaction.atomic
def change_engagement(*, by: Person, engagement: Engagement, to: Particulars, at: datetime) -> Engagement:
    """Change an engagement's particulars. Tier, spend and the client's owner are the client's to choose.

    Tier and spend are the client's own affair, so that they go into the history of the installation and not into that
    of the engagement, which both sides read.
    """
    demand_change(by, engagement)
    _demand_owners(by, engagement, to)
    before = _particulars(engagement)
    after = to._replace(title=_titled(to.title), purpose=to.purpose.strip())
    for field, value in after._asdict().items():
        setattr(engagement, field, value)
    with _refusing(_taken(engagement)):
        engagement.save(update_fields=list(after._fields))
    _record_changes(by, engagement, before, after, at)
    return engagement


@transaction.atomic
def write_draft(*, by: Person, engagement: Engagement, text: str, at: datetime) -> AgreementVersion:
    """Keep the text of a new draft, faults and all; only the writing side sees it. A side has one draft at a time."""
    demand_part(by, engagement)
    demand(by, Right.EDIT, "write an agreement")
    draft = AgreementVersion(
        engagement=engagement,
        number=_DRAFT_OF[by.side],
        text=_lines(text),
        written_by=by.side,
        author=by,
        created_at=at,
    )
    with _refusing(
        "Your side has a draft of this agreement already; open it from the agreement's page and go on there."
    ):
        draft.save()
    return draft


@transaction.atomic
def rewrite_draft(*, by: Person, version: AgreementVersion, text: str, seen: str, at: datetime) -> AgreementVersion:
    """Replace the text of one's own side's draft; `seen` is the fingerprint of the text it was written from.

    The author of a text is who saved it last.
    """
    demand_sight(by, version)
    demand(by, Right.EDIT, "write an agreement")
    current = AgreementVersion.objects.get(pk=version.pk)
    if current.stage != Stage.DRAFT:
        raise Refused("This version is no draft any more, and its text is frozen; write a new version to change it.")
    if fingerprint(current.text) != seen:
        raise Refused(
            "Somebody of your side saved this draft after you opened it; copy what you wrote, open the draft again and "
            "put your changes into the text that is there now."
        )
    _swap(current, Stage.DRAFT, was=current.text, text=_lines(text), author=by, created_at=at)
    current.refresh_from_db()
    return current


@transaction.atomic
def amend_draft(
    *,
    by: Person,
    version: AgreementVersion,
    path: tuple[int | str, ...],
    value: dict[str, Any] | None,
    seen: str,
    at: datetime,
    is_begun: bool = False,
) -> "list[Fault]":
    """Change one part of one's own side's draft, comments and all else as they were; None takes the part out.

    Faults that the change would bring into its part are returned, and then nothing is saved; a part that is only begun
    is saved with them, to be filled in next. After saving, `version` says what was saved.
    """
    demand_sight(by, version)
    demand(by, Right.EDIT, "write an agreement")
    text = _amended(version.text, path, value)
    faults = [] if value is None or is_begun else _new_faults(version.text, text, path)
    if not faults:
        rewrite_draft(by=by, version=version, text=text, seen=seen, at=at)
        version.refresh_from_db()
    return faults


@transaction.atomic
def propose_version(*, by: Person, version: AgreementVersion, at: datetime) -> AgreementVersion:
    """Show a draft to the other side and freeze it under its digest; refused while it has faults or gaps."""
    demand_sight(by, version)
    demand(by, Right.EDIT, "propose a version")
    _locked(version)
    version.refresh_from_db()
    if version.stage == Stage.DRAFT and (faults := faults_of(version.text)):
        many = f"{len(faults)} faults" if len(faults) > 1 else "a fault"
        raise Refused(
            f"The draft has {many}, and only a document without faults can be proposed; mend it and try again."
        )
    number = _next_number(version)
    digest = document_of(version).digest if version.stage == Stage.DRAFT else version.digest
    signing.propose(_as_rule(version), by=by.side, digest=digest, gaps=gaps_of(version.text))
    frozen = {"stage": Stage.PROPOSED, "number": number, "digest": digest, "proposed_at": at}
    _swap(version, Stage.DRAFT, was=version.text, **frozen)
    return _recorded(by, version, at, "agreement.proposed")


@transaction.atomic
def sign_version(*, by: Person, version: AgreementVersion, digest: str, at: datetime) -> AgreementVersion:
    """Sign, for one's own side, the text whose digest one has read; with the second signature it comes into force.

    The version that was in force until then is superseded in the same moment.
    """
    demand_sight(by, version)
    demand(by, Right.SIGN, "sign an agreement")
    _locked(version)
    version.refresh_from_db()
    _demand_latest(version)
    moment = int(at.timestamp())
    signed = signing.sign(_as_rule(version), party=by.side, person=str(by.pk), digest=digest, at=moment)
    with _refusing(f"Your side signed version {version.number} a moment ago; open it again to see by whom."):
        Signature.objects.create(version=version, side=by.side, person=by, digest=digest, at=at)
    _recorded(by, version, at, "agreement.signed")
    return _bring_into_force(by, version, at) if signed.stage is Stage.IN_FORCE else version


@transaction.atomic
def withdraw_version(*, by: Person, version: AgreementVersion, at: datetime) -> AgreementVersion:
    """Take back a version one's own side has proposed, before it is in force."""
    demand_sight(by, version)
    demand(by, Right.EDIT, "withdraw a version")
    _locked(version)
    version.refresh_from_db()
    signing.withdraw(_as_rule(version), by=by.side)
    _swap(version, Stage.PROPOSED, stage=Stage.WITHDRAWN)
    return _recorded(by, version, at, "agreement.withdrawn")


@transaction.atomic
def make_remark(
    *, by: Person, version: AgreementVersion, line: int, text: str, is_private: bool, at: datetime
) -> Remark:
    """Say something about a line of a version, to both sides or only to one's own; on a draft always the latter."""
    demand_remark(by, version)
    count = len(lines_in(version.text))
    if not 1 <= line <= count:
        raise Refused(f"There is no line {line} in this version; it has the lines 1 to {count}.")
    if not text.strip():
        raise Refused("The remark is empty; write what you want to say.")
    if version.stage == Stage.DRAFT and not is_private:
        raise Refused("The other side does not see a draft; keep the remark to your side, or propose the draft first.")
    remark = Remark.objects.create(
        version=version, line=line, text=text.strip(), author=by, side=by.side, is_private=is_private, at=at
    )
    if not is_private:
        details = {"version": version.number, "line": line}
        record(version.engagement.chain, by=who(by), at=at, verb="remark.made", subject=str(version), details=details)
    return remark


def _amended(text: str, path: tuple[int | str, ...], value: dict[str, Any] | None) -> str:
    from rapport.engine.amend import AmendError, amended

    try:
        return amended(text, path, value)
    except AmendError as error:
        raise Refused(str(error)) from None


def _new_faults(before: str, after: str, path: tuple[int | str, ...]) -> "list[Fault]":
    """The faults in one part of a text that another text did not have there."""
    part = ".".join(map(str, path))
    known = {(fault.path, fault.seen) for fault in faults_of(before)}
    there = [fault for fault in faults_of(after) if f"{fault.path}.".startswith(f"{part}.")]
    return [fault for fault in there if (fault.path, fault.seen) not in known]


def _bring_into_force(by: Person, version: AgreementVersion, at: datetime) -> AgreementVersion:
    before = AgreementVersion.objects.filter(engagement=version.engagement, stage=Stage.IN_FORCE).first()
    if before:
        signing.supersede(_as_rule(before))
        _swap(before, Stage.IN_FORCE, stage=Stage.SUPERSEDED)
        _recorded(by, before, at, "agreement.superseded")
    with _refusing("Another version came into force a moment ago; open the agreement again and see which one."):
        _swap(version, Stage.PROPOSED, stage=Stage.IN_FORCE, in_force_at=at)
    return _recorded(by, version, at, "agreement.in_force")


def _recorded(by: Person, version: AgreementVersion, at: datetime, verb: str) -> AgreementVersion:
    version.refresh_from_db()
    details = {"version": version.number, "digest": version.digest}
    record(version.engagement.chain, by=who(by), at=at, verb=verb, subject=str(version), details=details)
    return version


def _as_rule(version: AgreementVersion) -> signing.Version:
    """A version as the rules of signing know it."""
    given = [
        signing.Signature(Side(row.side), str(row.person_id), row.digest, int(row.at.timestamp()))
        for row in Signature.objects.filter(version=version).order_by("at", "pk")
    ]
    number = _next_number(version) if version.stage == Stage.DRAFT else version.number
    return signing.Version(number, Stage(version.stage), Side(version.written_by), version.digest or None, tuple(given))


def _next_number(version: AgreementVersion) -> int:
    shown = AgreementVersion.objects.filter(engagement_id=version.engagement_id).exclude(stage=Stage.DRAFT)
    return int(shown.aggregate(last=Max("number"))["last"] or 0) + 1


def _demand_latest(version: AgreementVersion) -> None:
    """Refuse an old version: one that a later one has followed, on the table or in force."""
    if later := later_version(version):
        standing = later.stage.replace("_", " ")
        raise Refused(
            f"Version {version.number} is older than version {later.number}, which is {standing}; open version "
            f"{later.number} instead."
        )


def _locked(version: AgreementVersion) -> None:
    """Let nobody else take a step with this engagement's agreement until this one is done."""
    Engagement.objects.select_for_update(no_key=True).get(pk=version.engagement_id)


def _swap(version: AgreementVersion, was_in: str, /, was: str | None = None, **values: object) -> None:
    """Change a version that is still as it was read."""
    row = AgreementVersion.objects.filter(pk=version.pk, stage=was_in)
    row = row if was is None else row.filter(text=was)
    if not row.update(**values):
        raise Refused("Somebody changed this version a moment ago; open it again and see how it stands.")


@contextmanager
def _refusing(sentence: str) -> Iterator[None]:
    """What the database finds to be there already is refused with a sentence."""
    try:
        with transaction.atomic():
            yield
    except IntegrityError:
        raise Refused(sentence) from None


def _particulars(engagement: Engagement) -> Particulars:
    return Particulars(*(getattr(engagement, field) for field in Particulars._fields))


def _demand_owners(by: Person, engagement: Engagement, to: Particulars) -> None:
    demand_choice(by, [field for field, value in to._asdict().items() if value != getattr(engagement, field)])
    if not to.client_owner.is_client:
        raise Refused(f"{to.client_owner.name} does not work for the client; choose somebody who does.")
    if to.partner_owner and to.partner_owner.organisation_id != engagement.partner_id:
        raise Refused(
            f"Somebody of {engagement.partner.name} has to own the engagement there; choose one of its people."
        )


def _record_changes(by: Person, engagement: Engagement, before: Particulars, after: Particulars, at: datetime) -> None:
    changed = [field for field in Particulars._fields if getattr(before, field) != getattr(after, field)]
    for field in (field for field in changed if field in PRIVATE):
        was, now = (getattr(one, field) for one in (before, after))
        details = {"from": _told(was), "to": _told(now)}
        verb, subject = f"engagement.{field}_changed", engagement.title
        record(INSTALLATION, by=who(by), at=at, verb=verb, subject=subject, details=details)
    if shared := [field for field in changed if field not in PRIVATE]:
        details = {field: str(getattr(after, field) or "nobody") for field in shared}
        record(
            engagement.chain, by=who(by), at=at, verb="engagement.changed", subject=engagement.title, details=details
        )


def _told(value: object) -> str:
    return "not known" if value is None else str(value)


def _taken(engagement: Engagement) -> str:
    return f"{engagement.partner.name} has an engagement with this title already; open it, or choose another title."


def _titled(text: str) -> str:
    if not (title := " ".join(text.split())):
        raise Refused("Write a title.")
    return title


def _lines(text: str) -> str:
    """A text as browsers send it, with the line ends of a file."""
    if not (text := text.replace("\r\n", "\n").replace("\r", "\n").strip("\n")):
        raise Refused("The text is empty; write the agreement, or start from one of the examples.")
    return text + "\n"
