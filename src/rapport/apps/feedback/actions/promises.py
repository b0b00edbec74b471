"""What people do with support: promise it, give it, and agree on another day."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from typing import Any, NamedTuple

from django.core.files import File
from django.db import transaction

from rapport.apps.accounts.actions import who
from rapport.apps.accounts.models import Person
from rapport.apps.audit.actions import record
from rapport.apps.engagements.models import Engagement
from rapport.apps.feedback.actions.kept import line, next_number, prose, tell_owner
from rapport.apps.feedback.models import Promise
from rapport.apps.issues.policy import demand_work
from rapport.apps.partners.queries import named_document
from rapport.apps.timers.actions import set_timer
from rapport.domain import support
from rapport.domain.notices import Urgency
from rapport.domain.refusals import Refused
from rapport.domain.roles import Side
from rapport.kit import uploads

DUE = "support.due"
"""The kind of timer that tells both sides of a promise on its day, and when it is late."""
TOLD = "support"
"""The kind of notice about a promise."""
_CHANGED = "Somebody took a step with this promise a moment ago; open it again and see how it stands."


class Offer(NamedTuple):
    """What is promised: what kind of support, what it is, to whom, how one sees that it was given, and by which day."""

    kind: support.Kind
    what: str
    recipient: str
    shows: str
    due_on: date


@transaction.atomic
def make_promise(*, by: Person, engagement: Engagement, offer: Offer, at: datetime) -> Promise:
    """Promise the other side something by a day."""
    demand_work(by, engagement)
    lines = {name: line(getattr(offer, name)) for name in ("what", "recipient", "shows")}
    if not all(lines.values()):
        raise Refused("Say what is given, to whom, and how one sees that it was; both sides hold you to it.")
    support.promise(by=by.side, due_on=offer.due_on, on=at.date())
    days = {"due_on": offer.due_on, "first_due_on": offer.due_on}
    made = Promise.objects.create(
        engagement=engagement, number=next_number(Promise, engagement), by=by.side, kind=offer.kind.value,
        promised_by=by, promised_at=at, **days, **lines,
    )  # fmt: skip
    _set_timers(made)
    _told(made, by, at, "support.promised", {"due": offer.due_on.isoformat()})
    return made


@transaction.atomic
def keep_promise(*, by: Person, promise: Promise, note: str, file: "File[Any] | None" = None, at: datetime) -> Promise:
    """Say that what was promised was given, and how that can be seen; with a file or without."""
    current = _locked(by, promise)
    after = support.keep(current.rule, by=by.side, on=at.date(), note=note)
    with _file_saved(current, file):
        evidence = {"file": current.file.name or "", "file_name": current.file_name}
        _save(current, after, note=prose(note), kept_by=by, proposed_because="", **evidence)
        late = {"late": "yes"} if support.standing(after, at.date()) is support.Standing.KEPT_LATE else {}
        _told(current, by, at, "support.given", late)
    return current


@transaction.atomic
def send_back(*, by: Person, promise: Promise, reason: str, at: datetime) -> Promise:
    """Say that something was not given after all; it is owed again."""
    current = _locked(by, promise)
    after = support.send_back(current.rule, by=by.side, on=at.date(), reason=prose(reason))
    _save(current, after)
    _told(current, by, at, "support.sent_back", {"reason": after.returned})
    return current


@transaction.atomic
def ask_to_move(*, by: Person, promise: Promise, to: date, reason: str, at: datetime) -> Promise:
    """Ask the other side for another day; until it grants it the agreed one holds."""
    current = _locked(by, promise)
    after = support.ask_to_move(current.rule, by=by.side, to=to, on=at.date(), reason=reason)
    _save(current, after, proposed_because=prose(reason), answered="")
    _told(current, by, at, "support.move_asked_for", {"to": to.isoformat()})
    return current


@transaction.atomic
def answer_move(*, by: Person, promise: Promise, is_granted: bool, seen: date, at: datetime) -> Promise:
    """Grant another day that the other side asks for, or decline it; `seen` is the day that was read."""
    current = _locked(by, promise)
    after = support.answer_move(current.rule, by=by.side, is_granted=is_granted, seen=seen)
    _save(current, after, proposed_because="", answered="granted" if is_granted else "declined")
    _set_timers(current)
    verb = "support.moved" if is_granted else "support.move_declined"
    _told(current, by, at, verb, {"due": after.due_on.isoformat()})
    return current


@transaction.atomic
def tell_of_promise(*, promise: int, at: datetime) -> None:
    """Tell both sides' owners that a promise is due today, or late; one that was kept or moved needs no word."""
    current = Promise.objects.select_for_update(of=("self",)).select_related("engagement").get(pk=promise)
    if current.kept_on or at.date() < current.due_on:
        return
    is_late = at.date() > current.due_on
    event = f"support:{current.pk}:{current.due_on}:{'late' if is_late else 'due'}"
    for side in Side:
        urgency = Urgency.AT_ONCE if is_late and side == current.by else Urgency.DIGEST
        tell_owner(current.engagement, side, at, kind=TOLD, subject=current.pk, event=event, urgency=urgency)


def _set_timers(current: Promise) -> None:
    for day in (current.due_on, current.due_on + timedelta(days=1)):
        due_at = datetime.combine(day, time(), UTC)
        set_timer(kind=DUE, subject=current.pk, key=f"{DUE}:{current.pk}:{day}", due_at=due_at)


def _locked(by: Person, promise: Promise) -> Promise:
    """The promise as it is now, for whoever has a say; nobody else takes a step meanwhile."""
    demand_work(by, promise.engagement)
    return Promise.objects.select_for_update(of=("self",)).select_related("engagement").get(pk=promise.pk)


def _save(current: Promise, after: support.Promise, **fields: Any) -> None:
    """Save a promise as it is after a step, if it still is as it was read."""
    names = ("due_on", "kept_on", "proposed_on", "returned")
    changes = {name: getattr(after, name) for name in names} | {"turn": current.turn + 1}
    if not Promise.objects.filter(pk=current.pk, turn=current.turn).update(**changes | fields):
        raise Refused(_CHANGED)
    current.refresh_from_db()


@contextmanager
def _file_saved(current: Promise, file: "File[Any] | None") -> Iterator[None]:
    """Save the file that shows that something was given; one that was sent back before shows nothing any more."""
    before, storage = current.file.name, current.file.storage
    if file is None:
        current.file, current.file_name = "", ""
        if before:
            transaction.on_commit(partial(storage.delete, before))
    else:
        current.file_name = named_document(file)
    with uploads.kept(current.file, file):
        yield


def _told(current: Promise, by: Person, at: datetime, verb: str, details: dict[str, str]) -> None:
    """Leave a line of history and tell the other side's owner."""
    record(current.engagement.chain, by=who(by), at=at, verb=verb, subject=str(current), details=details)
    event = f"support:{current.pk}:turn:{current.turn}"
    tell_owner(current.engagement, by.side.other, at, kind=TOLD, subject=current.pk, event=event)
