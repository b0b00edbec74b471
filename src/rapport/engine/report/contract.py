"""An agreement as a contract: numbered clauses in plain words, made from the document and from nothing else."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from rapport.engine import agreement as doc
from rapport.engine.document import Document
from rapport.engine.report.plans import (
    Rung,
    communication_words,
    duty_words,
    issues_words,
    ladder_of,
    outcome_words,
    plan_words,
    settling_words,
)
from rapport.engine.report.texts import code, day, listed, name, plain, sentence
from rapport.engine.report.words import calendar_words, definition, judged_by, limit_table


@dataclass(frozen=True)
class Clause:
    """A numbered clause: sentences, then terms with what they stand for, then a ladder, then parts."""

    number: str
    title: str
    sentences: Sequence[str] = ()
    terms: Sequence[tuple[str, str]] = ()
    parts: Sequence["Clause"] = ()
    ladder: Sequence[Rung] = ()


def contract(document: Document) -> list[Clause]:
    """All clauses of an agreement in their order; what it does not speak of has none."""
    agreement = document.agreement
    found = [_parties(agreement), _term(agreement), _purpose(agreement), _calendars(document), _records(agreement)]
    found += [_kpis(agreement), _settling(agreement)]
    found += [_communication(agreement), _escalation(agreement), _issues(agreement), _duties(agreement)]
    found += [_ending()]
    told = [clause for clause in found if clause.sentences or clause.terms or clause.parts]
    return [_numbered(number, clause) for number, clause in enumerate(told, start=1)]


def _numbered(number: int, clause: Clause) -> Clause:
    parts = [replace(part, number=f"{number}.{place}") for place, part in enumerate(clause.parts, start=1)]
    return replace(clause, number=str(number), parts=parts)


def _parties(agreement: doc.Agreement) -> Clause:
    client, partner = agreement.parties.client, agreement.parties.partner
    pattern = (
        "{}, the client, has work done by {}, the partner. This agreement, {}, says what they expect of each other."
    )
    contacts = [(f"Contact of the {side}", name(party.contact))
                for side, party in (("client", client), ("partner", partner)) if party.contact]  # fmt: skip
    return Clause(
        "", "Parties", [sentence(pattern, *map(name, (client.name, partner.name, agreement.title)))], contacts
    )


def _term(agreement: doc.Agreement) -> Clause:
    term = f"It holds from {day(agreement.term.first)} to {day(agreement.term.last)}, both days included."
    units = f"Amounts are in {agreement.currency}. Days and hours are those of {agreement.time_zone}."
    return Clause("", "Term", [term, units])


def _purpose(agreement: doc.Agreement) -> Clause:
    terms: list[tuple[str, str]] = []
    for need in sorted(agreement.needs, key=lambda need: need.level):
        served = [name(objective.name) for objective in agreement.objectives if objective.need == need.id]
        means = sentence(": {}", listed(served)) if served else ""
        terms.append((f"Level {need.level}", sentence("{}{}", name(need.name), means)))
    terms += [("Objective", name(objective.name)) for objective in agreement.objectives if not objective.need]
    return Clause("", "What the work is for", outcome_words(agreement), terms)


def _calendars(document: Document) -> Clause:
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


def _records(agreement: doc.Agreement) -> Clause:
    terms = []
    for source, read in agreement.sources.items():
        keys, share = listed(code(key) for key in read.keys), plain(read.reject_limit * 100)
        pattern = "delivered by {}; told apart by {}; refused as a whole if more than {} % of the rows cannot be used"
        side = "either side" if read.delivered_by is doc.Deliverer.EITHER else f"the {read.delivered_by}"
        terms.append((source.replace("_", " "), sentence(pattern, side, keys, share)))
    return Clause("", "Records the figures come from", terms=terms)


def _kpis(agreement: doc.Agreement) -> Clause:
    parts = [
        Clause("", kpi.name, [definition(agreement, kpi)], [*limit_table(agreement, kpi), *judged_by(agreement, kpi)])
        for kpi in agreement.kpis
    ]
    return Clause("", "What is measured, and how it is judged", parts=parts)


def _settling(agreement: doc.Agreement) -> Clause:
    return Clause("", "How figures are settled", settling_words(agreement))


def _communication(agreement: doc.Agreement) -> Clause:
    parts = [Clause("", item.name, [communication_words(agreement, item)]) for item in agreement.communication]
    return Clause("", "Who talks with whom", parts=parts)


def _escalation(agreement: doc.Agreement) -> Clause:
    said = "What is not mended in time climbs this ladder, from the bottom up."
    parts = [
        Clause("", plan.name, [*plan_words(agreement, plan), said], ladder=ladder_of(agreement, plan))
        for plan in agreement.escalation
    ]
    return Clause("", "Whom to turn to when something goes wrong", parts=parts)


def _issues(agreement: doc.Agreement) -> Clause:
    return Clause("", "What is raised by itself", issues_words(agreement.issues))


def _duties(agreement: doc.Agreement) -> Clause:
    parts = [Clause("", duty.name, duty_words(agreement, duty)) for duty in agreement.duties]
    return Clause("", "What the client owes", parts=parts)


def _ending() -> Clause:
    signed = "This agreement is in force once both companies have signed the same text, known by its digest."
    return Clause("", "Signing and changing", [signed, "Only a later version that both sign changes it."])
