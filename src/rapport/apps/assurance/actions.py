"""What the two sides say about a figure. Each step refuses with a sentence, and leaves a line of history.

History is read by both sides, so a figure enters it as a seal: the digest of the value with a key. Value and key follow
when the figures are open, and whoever kept the history can check that the value was not changed in between. An offer
enters it with the digest of everything it says, and what is accepted is named by that digest.
"""

import json
import secrets
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from fractions import Fraction
from hashlib import sha256
from typing import Any

from django.core.files import File
from django.db import transaction

from rapport.apps.accounts.actions import who
from rapport.apps.accounts.models import Person
from rapport.apps.assurance.models import Line, PeriodWindow, Statement
from rapport.apps.assurance.policy import demand_side, demand_speech
from rapport.apps.assurance.queries.books import (
    Books,
    as_rule,
    books,
    closing_at,
    computed_now,
    overdue,
    phase_of,
    to_confirm,
)
from rapport.apps.assurance.queries.closing import Closing
from rapport.apps.assurance.queries.recipients import whom_to_tell
from rapport.apps.assurance.queries.seen import offer_to
from rapport.apps.assurance.queries.tellers import CLOSING, LAPSED, STATED, TOLD
from rapport.apps.assurance.queries.values import plain, value_of
from rapport.apps.audit.actions import SYSTEM, Who, record
from rapport.apps.engagements.models import Engagement
from rapport.apps.kpis.actions import settle_result
from rapport.apps.kpis.models import EXACT
from rapport.apps.notices.actions import notify
from rapport.apps.partners.queries import plain_name
from rapport.domain import settlement
from rapport.domain.refusals import Refused
from rapport.domain.roles import Side
from rapport.domain.settlement import Phase, State
from rapport.kit import uploads

_LONGEST_NAME = 200
_VERBS = {
    "report": "figure.reported", "verify": "figure.verified", "dispute": "figure.disputed", "offer": "offer.made",
    "accept": "offer.accepted",
    "concede": "figure.accepted",
}  # fmt: skip
_STATED = ("report", "verify")
"""What is said with a figure of one's own."""
_FIXED = ("ends_at", "report_days", "verify_days", "settle_days", "tolerance")
"""What stands when somebody first speaks about a line, and never changes."""
_CHANGED = "Somebody said something about {} a moment ago; open it again and see how it stands."

Rule = Callable[[settlement.Line, Phase], settlement.Line]


@transaction.atomic
def report_figure(
    *, by: Person, line: Line, value: Fraction, reason: str = "", evidence: "File[Any] | None" = None, at: datetime
) -> Line:
    """State the partner's own figure; the client sees it when it has stated its own, or its time is over."""
    demand_speech(by, line.engagement)
    demand_side(by, Side.PARTNER, "report its own figure")
    statement = _stated("report", by, at, value, reason)
    return _take(line, statement, lambda rule, phase: settlement.report(rule, value, phase), evidence)


@transaction.atomic
def verify_figure(
    *, by: Person, line: Line, value: Fraction, reason: str = "", evidence: "File[Any] | None" = None, at: datetime
) -> Line:
    """State the client's independent figure; if it lies within the tolerance of the partner's, it stands."""
    demand_speech(by, line.engagement)
    demand_side(by, Side.CLIENT, "verify a figure")
    statement = _stated("verify", by, at, value, reason)
    return _take(line, statement, lambda rule, phase: settlement.verify(rule, value, phase), evidence)


@transaction.atomic
def report_figures(*, by: Person, figures: Sequence[tuple[Line, Fraction]], at: datetime) -> list[Line]:
    """State the partner's figures of several KPIs, all of them or none."""
    return [report_figure(by=by, line=line, value=value, at=at) for line, value in figures]


@transaction.atomic
def confirm_computed(*, by: Person, engagement: Engagement, period: str, at: datetime) -> list[Line]:
    """Verify every figure of a period whose turn it is with the value computed from the records.

    The client says so without having seen the partner's figures; those that equal agree, the others are open then.
    """
    demand_speech(by, engagement)
    kept = books(engagement, at)
    waiting = to_confirm(kept, period)
    if not waiting:
        raise Refused(f"No figure of {period} waits for you with a computed value; open the figures one by one.")
    return [verify_figure(by=by, line=line, value=_computed(kept, line), at=at) for line in waiting]


@transaction.atomic
def dispute_figure(
    *, by: Person, line: Line, reason: str, cause: str = "", evidence: "File[Any] | None" = None, at: datetime
) -> Line:
    """Contest the other side's figure, with a reason and as far as it is known the cause of the difference."""
    demand_speech(by, line.engagement)
    statement = Statement(kind="dispute", side=by.side, reason=reason.strip(), cause=cause, by=by, at=at)
    return _take(line, statement, lambda rule, phase: settlement.dispute(rule, by.side, reason, phase), evidence)


@transaction.atomic
def make_offer(
    *,
    by: Person,
    line: Line,
    value: Fraction,
    reason: str,
    cause: str = "",
    evidence: "File[Any] | None" = None,
    at: datetime,
) -> Line:
    """Offer a value to settle on, with a reason; the other side may accept it or answer with an offer of its own."""
    demand_speech(by, line.engagement)
    statement = _stated("offer", by, at, value, reason)
    statement.cause = cause
    return _take(line, statement, lambda rule, phase: settlement.offer(rule, by.side, value, reason, phase), evidence)


@transaction.atomic
def accept_offer(*, by: Person, line: Line, offer: int, at: datetime) -> Line:
    """Settle on the other side's latest offer; `offer` is the one that was read, so that no other is accepted.

    One person who speaks for each side is enough, and which of them said what stands in the history of both.
    """
    demand_speech(by, line.engagement)
    current = _locked(line)
    latest = offer_to(by, current)
    if latest is not None and latest.pk != offer:
        raise Refused(f"The {by.side.other} has made another offer meanwhile; read it and accept that one.")
    value, reason = (latest.value, latest.reason) if latest else ("", "")
    statement = Statement(kind="accept", side=by.side, value=value, reason=reason, accepted=latest, by=by, at=at)
    return _take(current, statement, lambda rule, phase: settlement.accept(rule, by.side, phase))


@transaction.atomic
def accept_figure(*, by: Person, line: Line, at: datetime) -> Line:
    """Settle on the other side's own figure, as long as it has not moved away from it with an offer."""
    demand_speech(by, line.engagement)
    current = _locked(line)
    value = as_rule(current).figures.get(by.side.other)
    theirs = current.statements.filter(side=by.side.other, kind__in=_STATED).last()
    statement = Statement(kind="concede", side=by.side, value=_text(value), accepted=theirs, by=by, at=at)
    return _take(current, statement, lambda rule, phase: settlement.concede(rule, by.side, phase))


def open_books(*, engagement: Engagement, at: datetime) -> Books:
    """An engagement's lines at a moment; what is over by then is closed first."""
    lapse_overdue(at=at, engagement=engagement)
    return books(engagement, at)


def lapse_overdue(*, at: datetime, engagement: Engagement | None = None) -> int:
    """Close by rule every line somebody spoke about whose window is over; how many were closed. Twice does no harm."""
    return sum(_lapsed(line, at) for line in overdue(at, engagement))


@transaction.atomic
def tell_closing(*, closing: Closing, at: datetime) -> bool:
    """Tell those whose move it is that a window closes, once for all its figures, unless somebody did."""
    people = [person for side in sorted(closing.sides) for person in whom_to_tell(closing.engagement, side)]
    window = _window(closing.line)
    if not people or not PeriodWindow.objects.filter(pk=window.pk, told_at=None).update(told_at=at):
        return False
    notify(recipients=people, kind=CLOSING, subject=window.pk, event=f"figures:{window.pk}:closing", at=at)
    return True


@transaction.atomic
def _lapsed(line: Line, at: datetime) -> bool:
    """Close one line by rule, unless somebody was faster."""
    current = _locked(line)
    if current.turn != line.turn or State(current.state).is_closed:
        return False
    after = settlement.lapse(as_rule(current), computed_now(current), phase_of(current, at).phase)
    if not _swapped(current, after):
        return False
    _open(current, SYSTEM, at)
    details = {"value": plain(after.agreed), "silent": ", ".join(sorted(after.silent))}
    _record(current, SYSTEM, at, "figure.lapsed", details)
    window = _window(current)
    told = [person for side in Side for person in whom_to_tell(current.engagement, side)]
    notify(recipients=told, kind=LAPSED, subject=window.pk, event=f"figures:{window.pk}:lapsed", at=at)
    return True


def _take(line: Line, statement: Statement, change: Rule, evidence: "File[Any] | None" = None) -> Line:
    """Take one step: the rule, the line as it then is, what was said, history."""
    current, by = _locked(line), who(statement.by)
    phase = phase_of(current, statement.at).phase
    after = change(as_rule(current), phase)
    if not _swapped(current, after):
        raise Refused(_CHANGED.format(current))
    statement.line = current
    if statement.kind == "offer":
        statement.seal = _digest(statement, evidence)
    with _kept(statement, evidence):
        _record(current, by, statement.at, _VERBS[statement.kind], _told(statement))
        if settlement.visible_to(after, statement.by.side, phase) == frozenset(Side):
            _open(current, by, statement.at)
        if after.state.is_closed:
            details = {"value": plain(after.agreed), "reason": after.reason} | _counting(current, after)
            _record(current, by, statement.at, "figure.settled", details)
        _tell(current, statement)
    return current


def _counting(line: Line, after: settlement.Line) -> dict[str, str]:
    """Let what both sides agreed on count for the result, and say how that is judged then.

    Only what both agreed on: a figure that stands by silence leaves results as they were computed. What one accepted
    from the other counts whatever is computed now or later. Two figures that agreed by themselves and with the computed
    one say that the records are right, so results go on to follow these.
    """
    assert after.agreed is not None  # what people close has a value
    agrees_by_itself, value = after.state is State.AGREED, after.agreed
    if agrees_by_itself and not settlement.counts_instead(value, computed_now(line), after.tolerance):
        return {}
    judged = settle_result(
        engagement=line.engagement, kpi=line.kpi, period=line.period, ends_at=line.ends_at, value=value
    )
    return {"result": judged} if judged else {}


def _tell(line: Line, said: Statement) -> None:
    """Tell the other side what was said; all figures that one side states in a day are one notice.

    Of all else who spoke last for the line is told as well, and of what is settled also one's own side.
    """
    by, at, theirs = said.by, said.at, said.by.side.other
    people = whom_to_tell(line.engagement, theirs)
    if said.kind in _STATED:
        window = _window(line)
        kind, subject, event = STATED, window.pk, f"figures:{window.pk}:{by.side}:{at.date()}"
    else:
        people += [one.by for one in line.statements.filter(side=theirs).order_by("-pk")[:1]]
        people += whom_to_tell(line.engagement, by.side) if State(line.state).is_closed else []
        kind, subject, event = TOLD, line.pk, f"figure:{line.pk}:{line.turn}"
    told = [one for one in people if one != by]
    notify(recipients=told, kind=kind, subject=subject, event=event, at=at)


def _window(line: Line) -> PeriodWindow:
    """The window that a line shares with the other figures of its period, made when people are first told of it."""
    place = {"engagement": line.engagement, "period": line.period, "ends_at": line.ends_at}
    return PeriodWindow.objects.get_or_create(**place, defaults={"closes_at": closing_at(line)})[0]


def _locked(line: Line) -> Line:
    """The line's row, made when this is the first that is said about it; nobody else takes a step meanwhile."""
    # The engagement first, and by name: computing results locks it before history, as every step here then does.
    Engagement.objects.select_for_update(no_key=True).get(pk=line.engagement_id)
    place = {"engagement": line.engagement, "kpi": line.kpi, "period": line.period}
    fixed = {name: getattr(line, name) for name in _FIXED}
    defaults = fixed | {"closes_at": closing_at(line)}
    row, _ = Line.objects.get_or_create(**place, defaults=defaults)
    return Line.objects.select_for_update(of=("self",)).select_related("engagement").get(pk=row.pk)


def _swapped(line: Line, after: settlement.Line) -> bool:
    """Keep a line as it is after a step, if it still is as it was read."""
    changes = {
        "partner": _text(after.partner),
        "client": _text(after.client),
        "agreed": _text(after.agreed),
        "state": after.state.value,
        "reason": after.reason,
        "silent": ",".join(sorted(after.silent)),
        "turn": line.turn + 1,
    }
    updated = Line.objects.filter(pk=line.pk, turn=line.turn).update(**changes)
    line.refresh_from_db()
    return bool(updated)


def _stated(kind: str, by: Person, at: datetime, value: Fraction, reason: str) -> Statement:
    """A statement with a value; a figure that is sealed has a key."""
    if len(text := _text(value)) > EXACT:
        raise Refused("The value has too many digits; write it with fewer decimals.")
    key = secrets.token_hex(16) if kind in _STATED else ""
    seal = sha256(f"{key}:{plain(value)}".encode()).hexdigest() if key else ""
    return Statement(
        kind=kind, side=by.side, value=text, reason=reason.strip(), key=key, seal=seal, by=by, at=at
    )  # fmt: skip


@contextmanager
def _kept(statement: Statement, evidence: "File[Any] | None") -> Iterator[None]:
    """What was said, with its evidence under a name of chance; neither stays without the other or after a failure."""
    if evidence:
        if reason := uploads.unfit(evidence, uploads.LARGEST_DOCUMENT):
            raise Refused(reason)
        statement.evidence_name = plain_name(uploads.given_name(evidence))[:_LONGEST_NAME]
    with uploads.kept(statement.evidence, evidence):
        statement.save()
        yield


def _told(statement: Statement) -> dict[str, str]:
    """What history may tell of a statement at once."""
    if statement.key:
        return {"seal": statement.seal}
    told = {"value": plain(value_of(statement.value)) if statement.value else "", "reason": statement.reason}
    told["seal"] = statement.seal
    if yes_to := statement.accepted:
        told |= {"accepted": yes_to.seal, "stated_by": f"{yes_to.by.name}, {yes_to.by.organisation.name}"}
    return {name: text for name, text in told.items() if text}


def _digest(offer: Statement, evidence: "File[Any] | None") -> str:
    """The digest of everything an offer says: of its JSON with sorted keys, in which a file is its own digest."""
    file = sha256()
    for chunk in evidence.chunks() if evidence else ():
        file.update(chunk)
    said = {
        "kpi": offer.line.kpi, "period": offer.line.period, "side": offer.side, "cause": offer.cause,
        "by": f"{offer.by.name}, {offer.by.organisation.name}", "at": offer.at.isoformat(),
        "value": plain(value_of(offer.value)), "reason": offer.reason, "evidence": file.hexdigest() if evidence else "",
    }  # fmt: skip
    return sha256(json.dumps(said, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def _open(line: Line, by: Who, at: datetime) -> None:
    """Tell history the figures with the keys of their seals, once they are open."""
    if not Line.objects.filter(pk=line.pk, is_opened=False).update(is_opened=True):
        return
    details: dict[str, str] = {}
    for side in Side:
        if last := line.statements.filter(side=side, kind__in=_STATED).last():
            details |= {side.value: plain(value_of(last.value)), f"{side.value}_key": last.key}
    if details:
        _record(line, by, at, "figure.opened", details)


def _record(line: Line, by: Who, at: datetime, verb: str, details: dict[str, str]) -> None:
    record(line.engagement.chain, by=by, at=at, verb=verb, subject=str(line), details=details)


def _computed(kept: Books, line: Line) -> Fraction:
    value = kept.computed(line)
    assert value is not None  # or the line would not be one to confirm
    return value


def _text(value: Fraction | None) -> str:
    return "" if value is None else str(value)
