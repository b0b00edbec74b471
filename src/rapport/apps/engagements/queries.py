"""Reading engagements and the versions of their agreements; every list starts from what the actor may see."""

import json
import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from hashlib import sha256
from importlib.resources import files
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.db.models import Prefetch, Q, QuerySet, prefetch_related_objects

from rapport.apps.accounts.models import Organisation, Person
from rapport.apps.accounts.queries import partners
from rapport.apps.audit.models import Entry
from rapport.apps.audit.queries import entries
from rapport.apps.engagements.models import AgreementVersion, Engagement, Remark, Signature
from rapport.apps.engagements.policy import may_remark, may_start
from rapport.domain import signing
from rapport.domain.differences import differences, words
from rapport.domain.roles import Right, Role, Side, may, roles_of
from rapport.domain.signing import Move, Stage

if TYPE_CHECKING:
    from rapport.engine.agreement import Agreement
    from rapport.engine.document import Document, Fault
    from rapport.engine.report.contract import Clause

STARTS = {
    "service-desk": "Service desk",
    "deliveries": "Deliveries",
    "availability": "Availability",
    "reported": "Reported figures",
}
"""The commented starts of an agreement with what they are called, the commonest first."""
SINGLE = ("outcome", "settling", "issues")
"""The sections of a document that are one item by themselves."""
KEYED = ("calendars", "sources")
"""The sections of a document whose items go by keys that other parts name; a new one begins in the text."""
_UNREADABLE = re.compile(r"\b([0-9a-f]{12})[0-9a-f]{20,}\b", re.IGNORECASE)
"""Digests, seals and keys, of which nobody reads more than the beginning."""
_LIVING = (Stage.DRAFT, Stage.PROPOSED, Stage.IN_FORCE)


@dataclass(frozen=True)
class Standing:
    """How an engagement's agreement stands for one reader, and what comes next.

    `proposed` is the latest version on the table, `draft` the reader's own side's. `is_ours` says whether the reader's
    side is one that can move, and of writing and proposing also whether the reader may.
    """

    in_force: AgreementVersion | None
    proposed: AgreementVersion | None
    draft: AgreementVersion | None
    move: Move
    is_ours: bool


@dataclass(frozen=True)
class Meant:
    """Whom words of an agreement mean; `is_owner` says that nobody bears them, so that the side's owner is meant."""

    people: list[Person]
    is_owner: bool = False


@dataclass(frozen=True)
class Line:
    """One line of a version, with what was said about it."""

    number: int
    text: str
    remarks: Sequence[Remark]

    @property
    def shown(self) -> str:
        """The text with an indent that a page keeps while long lines still wrap."""
        rest = self.text.lstrip(" ")
        return "\N{NO-BREAK SPACE}" * (len(self.text) - len(rest)) + rest


@dataclass(frozen=True)
class Event:
    """One entry of history in plain words."""

    number: int
    at: datetime
    by: str
    what: str
    details: str

    @property
    def details_in_short(self) -> str:
        """The details with only the beginning of digests, seals and keys."""
        return _UNREADABLE.sub("\\1\N{HORIZONTAL ELLIPSIS}", self.details)


def visible_engagements(actor: Person) -> QuerySet[Engagement]:
    """The engagements an actor may see: those of their own organisation, and for the client's people all."""
    if not actor.may(Right.SEE):
        return Engagement.objects.none()
    found = Engagement.objects.select_related("partner", "client_owner", "partner_owner").order_by("title", "pk")
    return found if actor.is_client else found.filter(partner_id=actor.organisation_id)


def startable_partners(actor: Person) -> QuerySet[Organisation]:
    """The partners an actor may start an engagement with."""
    if not may_start(actor):
        return Organisation.objects.none()
    return partners(actor)


def versions(actor: Person, engagement: Engagement) -> QuerySet[AgreementVersion]:
    """The versions of an engagement's agreement an actor may see, the latest first; a draft only its own side's."""
    if not visible_engagements(actor).filter(pk=engagement.pk).exists():
        return AgreementVersion.objects.none()
    found = AgreementVersion.objects.filter(engagement=engagement).select_related("engagement__partner", "author")
    signed = Signature.objects.select_related("person__organisation").order_by("at", "pk")
    seen = found.exclude(~Q(written_by=actor.side), stage=Stage.DRAFT)
    return seen.prefetch_related(Prefetch("signatures", signed)).order_by("-number")


def version_in_force(engagement: Engagement) -> AgreementVersion | None:
    """The version both sides have signed and neither has replaced; None while there is none."""
    return engagement.versions.filter(stage=Stage.IN_FORCE).first()


def texts_in_force(engagements: Collection[int] | None = None) -> dict[int, str]:
    """The texts of the agreements in force, by engagement: of some engagements, or of all there are."""
    found = AgreementVersion.objects.filter(stage=Stage.IN_FORCE)
    asked = found if engagements is None else found.filter(engagement__in=engagements)
    return dict(asked.order_by("engagement_id").values_list("engagement_id", "text"))


def document_of(version: AgreementVersion) -> "Document":
    """A version's document as the engine reads it.

    Its folder is empty: the web application keeps records in batches, not in files beside the agreement.

    Raises:
        DocumentError: the text is no valid agreement; only a draft can be so.
    """
    return _document(version.text)


def names_of_kpis(engagement: Engagement) -> dict[str, str]:
    """What the KPIs of the agreement in force are called, by their id; empty while there is none that holds."""
    version = version_in_force(engagement)
    if version is None or faults_of(version.text):
        return {}
    return {kpi.id: kpi.name for kpi in document_of(version).agreement.kpis}


def remarks(actor: Person, version: AgreementVersion) -> QuerySet[Remark]:
    """What was said about a version's lines: to both sides, or privately among the actor's own side."""
    said = Remark.objects.filter(version=version).select_related("author__organisation")
    return said.filter(Q(is_private=False) | Q(side=actor.side))


def people_of(engagement: Engagement, side: Side) -> QuerySet[Person]:
    """The people of one side of an engagement whose accounts are open."""
    here = Person.objects.filter(is_active=True).order_by("name")
    return (
        here.filter(organisation__side=Side.CLIENT)
        if side is Side.CLIENT
        else here.filter(organisation_id=engagement.partner_id)
    )


def people_meant(
    engagement: Engagement, side: Side, names: Iterable[str], among: Iterable[Person] | None = None
) -> Meant:
    """Whom of a side words of the agreement mean: whoever has one of these names or functions, else the side's owner
    of the engagement; nobody where the owner has left. `among` are the side's people, where they were read already.
    """
    people = list(people_of(engagement, side).select_related("organisation") if among is None else among)
    if named := [person for name in names for person in _bearers(name, people)]:
        return Meant(list(dict.fromkeys(named)))
    owner = engagement.owner_of(side)
    return Meant([owner], is_owner=True) if owner and owner.is_active else Meant([])


def standing_of(actor: Person, engagement: Engagement) -> Standing:
    """How the agreement of one engagement stands for the actor, and what comes next."""
    return _standing(actor, versions(actor, engagement))


def standings_of(actor: Person, engagements: Collection[int] | QuerySet[Engagement, Any]) -> defaultdict[int, Standing]:
    """The same of many engagements at once, by engagement; the texts of the versions are left out.

    One that has no version is not among them, and stands as such where it is asked for.
    """
    theirs = visible_engagements(actor).filter(pk__in=engagements).order_by().values("pk")
    living = AgreementVersion.objects.filter(engagement__in=theirs, stage__in=_LIVING).defer("text")
    seen = living.exclude(stage=Stage.DRAFT, written_by=actor.side.other).select_related("engagement__partner")
    known = list(seen.order_by("engagement", "-number"))
    prefetch_related_objects([one for one in known if one.stage == Stage.PROPOSED], "signatures")  # these wait for one
    grouped = groupby(known, key=lambda version: version.engagement_id)
    found = {engagement: _standing(actor, of_it) for engagement, of_it in grouped}
    return defaultdict(lambda: _standing(actor, ()), found)


def currency_of(version: AgreementVersion | None) -> str:
    """The currency of an agreement; empty while there is none."""
    return document_of(version).agreement.currency if version and not faults_of(version.text) else ""


def move_in_words(engagement: Engagement, standing: Standing) -> str:
    """What comes next with an engagement's agreement, as a sentence."""
    move = standing.move
    if standing.proposed and move.stage is Stage.PROPOSED:
        names = " and ".join(_company(engagement, side) for side in move.waits_for)
        return f"{names} {'has' if len(move.waits_for) == 1 else 'have'} to sign version {standing.proposed.number}."
    if move.stage is Stage.DRAFT:
        return "Your side has a draft; finish it and propose it."
    if standing.in_force:
        return f"Version {standing.in_force.number} is in force; nobody has to do anything."
    return "There is no agreement yet; either side may write one and propose it."


def unsigned_sides(version: AgreementVersion) -> list[Side]:
    """The sides that have yet to sign a proposed version, the client first."""
    signed = {signature.side for signature in version.signatures.all()}
    return [side for side in Side if side not in signed] if version.stage == Stage.PROPOSED else []


def later_version(version: AgreementVersion) -> AgreementVersion | None:
    """The latest version on the table or in force that follows a proposed one and takes its place."""
    if version.stage != Stage.PROPOSED:
        return None
    shown = AgreementVersion.objects.filter(engagement_id=version.engagement_id, number__gt=version.number)
    return shown.filter(stage__in=(Stage.PROPOSED, Stage.IN_FORCE)).order_by("-number").first()


def obstacles(version: AgreementVersion) -> list[str]:
    """What still keeps a version from being in force, as sentences."""
    if later := later_version(version):
        return [f"It cannot be signed any more: version {later.number} has taken its place; open that one."]
    found = []
    for side in unsigned_sides(version):
        company = _company(version.engagement, side)
        if people_of(version.engagement, side).filter(role__in=_signing_roles(side)).exists():
            found.append(f"{company} has not signed yet.")
        else:
            found.append(
                f"{company} has nobody who may sign; it has to invite one: {' or '.join(_signing_roles(side))}."
            )
    return found


def faults_of(text: str) -> "list[Fault]":
    """What is wrong with the text of an agreement, in the order of its lines; empty where nothing is."""
    from rapport.engine.document import DocumentError

    try:
        _document(text)
    except DocumentError as error:
        return error.faults
    return []


def gaps_of(text: str) -> list[str]:
    """What an agreement has to name before it can be proposed, as sentences; empty too while the text has faults."""
    from rapport.engine.check import gaps

    return [] if faults_of(text) else gaps(_document(text).agreement)


def open_points_of(engagement: Engagement, version: AgreementVersion) -> list[str]:
    """What a version leaves open, as sentences: what no KPI measures, and whom it names of whom nobody is known.

    A draft tells so of its own side only, or whoever writes one could find out by trying how the other's people are
    called; a version that will never hold, or holds no more, tells it of nobody. Empty too while it has faults.
    """
    from rapport.engine.check import uncovered

    if faults_of(version.text):
        return []
    agreement = document_of(version).agreement
    sides = [Side(version.written_by)] if version.stage == Stage.DRAFT else list(Side)
    named = _unknown_names(engagement, agreement, sides) if version.stage in _LIVING else []
    return [*uncovered(agreement), *named]


def draft_of(actor: Person, engagement: Engagement) -> QuerySet[AgreementVersion]:
    """The draft of the actor's own side, if there is one."""
    return versions(actor, engagement).filter(stage=Stage.DRAFT)


def data_of(text: str) -> dict[str, Any] | None:
    """The plain data of an agreement's text, whatever its faults; None where it is no YAML."""
    from rapport.engine.document import DocumentError, read_data

    try:
        return read_data(text)
    except DocumentError:
        return None


def item_paths(data: dict[str, Any], section: str) -> list[tuple[int | str, ...]]:
    """Where in the document the items of a section stand, in their order; a single one also if it is missing."""
    if section in SINGLE:
        return [(section,)]
    found = data.get(section)
    if isinstance(found, dict):
        return [(section, key) for key in found if isinstance(found[key], dict)]
    return [(section, place) for place in range(len(found))] if isinstance(found, list) else []


def part_at(data: dict[str, Any], path: tuple[int | str, ...]) -> dict[str, Any] | None:
    """The item at a place of the document, empty where there is none yet; None where it is no group of fields."""
    found: Any = data
    for step in path:
        found = found[step] if not isinstance(found, dict) or step in found else {}
    return found if isinstance(found, dict) else None


def changes_from(before: AgreementVersion | None, after: AgreementVersion) -> list[str]:
    """What a version says differently from another, as sentences; nothing while either has faults."""
    if before is None or before.pk == after.pk or faults_of(after.text):
        return []
    return [f"{words(change)}." for change in differences(document_of(before).data, document_of(after).data)]


def lines_in(text: str) -> list[str]:
    """The lines of a text, as faults and remarks count them."""
    return text.rstrip("\n").split("\n")


def lines_of(actor: Person, version: AgreementVersion) -> list[Line]:
    """A version line by line, each with the remarks the actor may read."""
    said: dict[int, list[Remark]] = {}
    for remark in remarks(actor, version):
        said.setdefault(remark.line, []).append(remark)
    return [Line(number, text, said.get(number, [])) for number, text in enumerate(lines_in(version.text), start=1)]


def fingerprint(text: str) -> str:
    """What tells whether a draft is still the text that somebody began to rewrite."""
    return sha256(text.encode()).hexdigest()


def start_text(engagement: Engagement, client: str, kind: str) -> str:
    """A commented start of an agreement with the names of both companies in it; LookupError for an unknown kind."""
    if kind not in STARTS:
        raise LookupError(f"there is no start {kind!r}; there are {', '.join(STARTS)}")
    text = files("rapport").joinpath("cli", "starts", f"{kind}.yaml").read_text(encoding="utf-8")
    for placeholder, company in (("Your company", client), ("Your partner", engagement.partner.name)):
        text = text.replace(f"{{name: {placeholder}}}", f"{{name: {json.dumps(company, ensure_ascii=False)}}}", 1)
    return text


def client_name() -> str:
    """What the client of this installation is called."""
    return Organisation.objects.get(side=Side.CLIENT).name


def history(actor: Person, engagement: Engagement) -> QuerySet[Entry]:
    """What happened in an engagement, the latest first, for those whose role lets them see it."""
    is_theirs = visible_engagements(actor).filter(pk=engagement.pk).exists()
    return entries(engagement.chain) if is_theirs and actor.may(Right.SEE_HISTORY) else Entry.objects.none()


def told(entry: Entry) -> Event:
    """An entry of history in plain words."""
    said = entry.content
    by = ", ".join(filter(None, (said["by"], said["organisation"])))
    what = f"{said['verb'].replace('.', ' ').replace('_', ' ').capitalize()}: {said['subject']}"
    details = ", ".join(f"{field.replace('_', ' ')} {value}" for field, value in said["details"].items())
    return Event(entry.number, datetime.fromisoformat(said["at"]), by, what, details)


def clauses(document: "Document") -> "list[Clause]":
    """An agreement in plain words, clause by clause, made from the document and from nothing else."""
    from rapport.engine.report.contract import contract

    return contract(document)


@lru_cache(maxsize=512)  # of some 150 kB each
def _document(text: str) -> "Document":
    from rapport.engine.document import Document, parse

    agreement, data = parse(text)
    return Document(agreement, Path(), data)


def _standing(actor: Person, seen: Iterable[AgreementVersion]) -> Standing:
    """How an agreement stands for a reader who sees these versions of it, the latest first."""
    latest: dict[str, AgreementVersion] = {}
    for version in seen:
        latest.setdefault(version.stage, version)
    in_force, draft, proposed = (latest.get(stage) for stage in (Stage.IN_FORCE, Stage.DRAFT, Stage.PROPOSED))
    if proposed and in_force and proposed.number < in_force.number:
        proposed = None
    unsigned = unsigned_sides(proposed) if proposed else []
    comes = signing.move(actor.side, unsigned=unsigned, has_draft=bool(draft), is_in_force=bool(in_force))
    can_move = bool(unsigned) or actor.may(Right.EDIT)
    return Standing(in_force, proposed, draft, comes, can_move and actor.side in comes.waits_for)


def _bearers(words: str, people: Iterable[Person]) -> list[Person]:
    """Who of some people is called so: whoever has this name; where nobody has, whoever has this function.

    Capitals make no difference. A name goes first, so that nobody comes to stand for a colleague by their function.
    """
    asked, known = words.strip().casefold(), list(people)
    called = [person for person in known if asked and person.name.casefold() == asked]
    return called or [person for person in known if asked and person.function.casefold() == asked]


def _unknown_names(engagement: Engagement, agreement: "Agreement", sides: Iterable[Side]) -> list[str]:
    """For each side which names of the ladder, of meetings and of reports mean nobody who can act there, if any."""
    both = Q(organisation__side=Side.CLIENT) | Q(organisation=engagement.partner_id)
    people = list(Person.objects.filter(both, is_active=True).select_related("organisation"))
    found = []
    for side in sides:
        known = [person for person in people if person.side is side]
        able = [person for person in known if may_remark(person)]
        climbed_to = [name for name in _climbed_to(agreement, side) if not _bearers(name, able)]
        expected = [name for name in _expected(agreement, side) if not _bearers(name, known)]
        if unknown := dict.fromkeys([*climbed_to, *expected]):
            company = getattr(agreement.parties, side).name
            found.append(_said_of_unknown(list(unknown), company, people_meant(engagement, side, unknown, ()).people))
    return found


def _climbed_to(agreement: "Agreement", side: Side) -> list[str]:
    """Whom the ladders of an agreement name for a side."""
    rungs = [rung for plan in agreement.escalation for rung in (*plan.levels, plan.executive)]
    return [name for rung in rungs if (name := getattr(rung, side))]


def _expected(agreement: "Agreement", side: Side) -> list[str]:
    """Whom the meetings and reports of an agreement name for a side."""
    return [name for item in agreement.communication for name in getattr(item, side)]


def _said_of_unknown(names: Sequence[str], company: str, instead: Sequence[Person]) -> str:
    which = "this name or function" if len(names) == 1 else "one of these names or functions"
    asked = f"{instead[0].name}, the owner, is" if instead else "and there is no owner to be"
    return f"{', '.join(names)}: nobody at {company} who can act has {which}; {asked} asked instead."


def _company(engagement: Engagement, side: Side) -> str:
    return client_name() if side is Side.CLIENT else engagement.partner.name


def _signing_roles(side: Side) -> list[str]:
    return [role.value for role in roles_of(side) if may(Role(role), Right.SIGN)]
