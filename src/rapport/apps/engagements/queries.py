"""Reading engagements and the versions of their agreements; every list starts from what the actor may see."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from hashlib import sha256
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

from django.db.models import Prefetch, Q, QuerySet

from rapport.apps.accounts.models import Organisation, Person
from rapport.apps.accounts.queries import partners
from rapport.apps.audit.models import Entry
from rapport.apps.audit.queries import entries
from rapport.apps.engagements.models import AgreementVersion, Engagement, Remark, Signature
from rapport.apps.engagements.policy import may_start
from rapport.domain.differences import differences, words
from rapport.domain.roles import Right, Role, Side, may, roles_of
from rapport.domain.signing import Stage

if TYPE_CHECKING:
    from rapport.engine.agreement import Agreement
    from rapport.engine.document import Document, Fault

STARTS = {
    "service-desk": "Service desk",
    "deliveries": "Deliveries",
    "availability": "Availability",
    "reported": "Reported figures",
}
"""The commented starts of an agreement with what they are called, the commonest first."""
_SHORT_DIGEST = 12


@dataclass(frozen=True)
class Standing:
    """How an engagement's agreement stands for one reader, and whose move it is, in a sentence.

    `proposed` is the latest version on the table, `draft` the reader's own side's; `is_ours` says whether the reader's
    side is the one that has to move.
    """

    in_force: AgreementVersion | None
    proposed: AgreementVersion | None
    draft: AgreementVersion | None
    move: str
    is_ours: bool


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


@dataclass(frozen=True)
class Clause:
    """A numbered clause of an agreement in plain words: sentences, then terms with what they stand for, then parts."""

    number: str
    title: str
    sentences: Sequence[str] = ()
    terms: Sequence[tuple[str, str]] = ()
    parts: Sequence["Clause"] = ()


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


def document_of(version: AgreementVersion) -> "Document":
    """A version's document as the engine reads it.

    Its folder is empty: the web application keeps records in batches, not in files beside the agreement.

    Raises:
        DocumentError: the text is no valid agreement; only a draft can be so.
    """
    return _document(version.text)


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


def standing_of(actor: Person, engagement: Engagement) -> Standing:
    """How the agreement stands for the actor, and whose move it is."""
    seen = list(versions(actor, engagement))
    in_force = next((version for version in seen if version.stage == Stage.IN_FORCE), None)
    draft = next((version for version in seen if version.stage == Stage.DRAFT), None)
    proposed = next((version for version in seen if version.stage == Stage.PROPOSED), None)
    if proposed and in_force and proposed.number < in_force.number:
        proposed = None
    move, is_ours = _move(actor, engagement, in_force, proposed, draft)
    return Standing(in_force, proposed, draft, move, is_ours)


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
    """Needs and objectives that no KPI measures, as sentences; empty too while the text has faults."""
    from rapport.engine.check import uncovered

    return [] if faults_of(text) else uncovered(_document(text).agreement)


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
    details = ", ".join(
        f"{field.replace('_', ' ')} {str(value)[:_SHORT_DIGEST] if field == 'digest' else value}"
        for field, value in said["details"].items()
    )
    return Event(entry.number, datetime.fromisoformat(said["at"]), by, what, details)


def clauses(document: "Document") -> list[Clause]:
    """An agreement in plain words, clause by clause, made from the document and from nothing else."""
    agreement = document.agreement
    found = [_parties(agreement), _term(agreement), _purpose(agreement), _calendars(document), _records(agreement)]
    found += [_kpis(agreement), _ending()]
    told = [clause for clause in found if clause.sentences or clause.terms or clause.parts]
    return [_numbered(number, clause) for number, clause in enumerate(told, start=1)]


@lru_cache(maxsize=64)
def _document(text: str) -> "Document":
    from rapport.engine.document import Document, parse

    agreement, data = parse(text)
    return Document(agreement, Path(), data)


def _move(
    actor: Person,
    engagement: Engagement,
    in_force: AgreementVersion | None,
    proposed: AgreementVersion | None,
    draft: AgreementVersion | None,
) -> tuple[str, bool]:
    """Whose move it is, as a sentence, and whether it is the reader's side's."""
    if proposed:
        missing = unsigned_sides(proposed)
        names = " and ".join(_company(engagement, side) for side in missing)
        return (
            f"{names} {'has' if len(missing) == 1 else 'have'} to sign version {proposed.number}.",
            actor.side in missing,
        )
    if draft:
        return "Your side has a draft; finish it and propose it.", True
    if in_force:
        return f"Version {in_force.number} is in force; nobody has to do anything.", False
    return "There is no agreement yet; either side may write one and propose it.", actor.may(Right.EDIT)


def _company(engagement: Engagement, side: Side) -> str:
    return client_name() if side is Side.CLIENT else engagement.partner.name


def _signing_roles(side: Side) -> list[str]:
    return [role.value for role in roles_of(side) if may(Role(role), Right.SIGN)]


def _numbered(number: int, clause: Clause) -> Clause:
    parts = [
        Clause(f"{number}.{place}", part.title, part.sentences, part.terms)
        for place, part in enumerate(clause.parts, start=1)
    ]
    return Clause(str(number), clause.title, clause.sentences, clause.terms, parts)


def _parties(agreement: "Agreement") -> Clause:
    from rapport.engine.report.texts import name, sentence

    client, partner = agreement.parties.client, agreement.parties.partner
    pattern = (
        "{}, the client, has work done by {}, the partner. This agreement, {}, says what they expect of each other."
    )
    contacts = [(f"Contact of the {side}", name(party.contact))
                for side, party in (("client", client), ("partner", partner)) if party.contact]  # fmt: skip
    return Clause(
        "", "Parties", [sentence(pattern, *map(name, (client.name, partner.name, agreement.title)))], contacts
    )


def _term(agreement: "Agreement") -> Clause:
    from rapport.engine.report.texts import day

    term = f"It holds from {day(agreement.term.first)} to {day(agreement.term.last)}, both days included."
    units = f"Amounts are in {agreement.currency}. Days and hours are those of {agreement.time_zone}."
    return Clause("", "Term", [term, units])


def _purpose(agreement: "Agreement") -> Clause:
    from rapport.engine.report.texts import listed, name, sentence

    terms: list[tuple[str, str]] = []
    for need in sorted(agreement.needs, key=lambda need: need.level):
        served = [name(objective.name) for objective in agreement.objectives if objective.need == need.id]
        means = sentence(": {}", listed(served)) if served else ""
        terms.append((f"Level {need.level}", sentence("{}{}", name(need.name), means)))
    terms += [("Objective", name(objective.name)) for objective in agreement.objectives if not objective.need]
    return Clause("", "What the work is for", terms=terms)


def _calendars(document: "Document") -> Clause:
    from rapport.engine.report.texts import name, sentence
    from rapport.engine.report.words import calendar_words

    def dated(calendar: str) -> Iterator[tuple[str, str]]:
        said = document.data["calendars"][calendar]
        holidays = said.get("holidays") or {}
        yield from (
            (str(on), sentence("closed ({})", name(str(why)))) for on, why in (holidays.get("add") or {}).items()
        )
        yield from ((str(on), "worked, although a public holiday") for on in holidays.get("drop") or ())
        yield from ((str(on), name(str(hours))) for on, hours in (said.get("replacements") or {}).items())

    agreement = document.agreement
    parts = [
        Clause(
            "",
            f"Calendar {calendar}",
            [sentence("Time counts {}.", calendar_words(agreement, calendar))],
            list(dated(calendar)),
        )
        for calendar in agreement.calendars
    ]
    return Clause("", "Working time", parts=parts)


def _records(agreement: "Agreement") -> Clause:
    from rapport.engine.report.texts import code, listed, plain, sentence

    terms = []
    for source, read in agreement.sources.items():
        keys, share = listed(code(key) for key in read.keys), plain(read.reject_limit * 100)
        pattern = "told apart by {}; refused as a whole if more than {} % of the rows cannot be used"
        terms.append((source.replace("_", " "), sentence(pattern, keys, share)))
    return Clause("", "Records the figures come from", terms=terms)


def _kpis(agreement: "Agreement") -> Clause:
    from rapport.engine.report.words import definition, judged_by, limit_table

    parts = [
        Clause("", kpi.name, [definition(agreement, kpi)], [*limit_table(agreement, kpi), *judged_by(agreement, kpi)])
        for kpi in agreement.kpis
    ]
    return Clause("", "What is measured, and how it is judged", parts=parts)


def _ending() -> Clause:
    signed = "This agreement is in force once both companies have signed the same text, known by its digest."
    return Clause("", "Signing and changing", [signed, "Only a later version that both sign changes it."])
