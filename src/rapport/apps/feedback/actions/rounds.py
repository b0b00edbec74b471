"""What people do in rounds of ratings. Until a round is over nothing here tells one side what the other said."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, date, datetime, time, timedelta

from django.db import IntegrityError, transaction

from rapport.apps.accounts.actions import who
from rapport.apps.accounts.models import Person
from rapport.apps.audit.actions import SYSTEM, Who, record
from rapport.apps.engagements.models import Engagement
from rapport.apps.feedback.actions.kept import line, next_number, prose
from rapport.apps.feedback.models import LONGEST_PERIOD, Rating, Round
from rapport.apps.feedback.policy import demand_rating
from rapport.apps.feedback.queries import raters
from rapport.apps.issues.policy import demand_work
from rapport.apps.notices.actions import notify
from rapport.apps.timers.actions import set_timer, stop_timers
from rapport.domain import ratings
from rapport.domain.ratings import Answer
from rapport.domain.refusals import Refused
from rapport.domain.roles import Side

CLOSE, REMIND = "rating.close", "rating.remind"
"""The kinds of timer that end a round when its days are over, and that remind before."""
TOLD = "rating"
"""The kind of notice about a round."""


@transaction.atomic
def open_round(*, by: Person, engagement: Engagement, period: str, closes_on: date, at: datetime) -> Round:
    """Ask both sides to rate how working together went in a period, until a day."""
    demand_work(by, engagement)
    if not (named := line(period, LONGEST_PERIOD)):
        raise Refused("Name the period that is rated, such as a quarter.")
    ratings.open_round(on=at.date(), closes_on=closes_on)
    number = next_number(Round, engagement)
    asked = [asdict(one) for one in ratings.QUESTIONS]
    words = {"number": number, "period": named, "questions": asked, "closes_on": closes_on}
    try:
        with transaction.atomic():
            opened = Round.objects.create(engagement=engagement, opened_by=by, opened_at=at, **words)
    except IntegrityError as error:
        raise Refused("A round is open already; rate in that one, or wait until it is over.") from error
    _set_timers(opened)
    _record(opened, who(by), at, "rating.opened", {"until": closes_on.isoformat()})
    for side in Side:
        _ask(opened, side, at, "opened", but=by)
    return opened


@transaction.atomic
def rate(*, by: Person, round: Round, answers: Mapping[str, Answer], turn: int = 0, at: datetime) -> Round:
    """Give one's side's rating, or change it while it is sealed; when both have spoken both are open.

    `turn` is that of one's side's rating as it was read, 0 where there was none. Until the round is over history says
    that a side has rated, once, and nothing of what it said.
    """
    demand_rating(by, round.engagement)
    current = _locked(round.pk)
    rated = _rated(current)
    asked = frozenset(one["id"] for one in current.questions)
    after = ratings.seal(current.rule_with(rated), by=by.side, on=at.date(), answers=answers, asked=asked)
    _demand_read(current, by.side, turn)
    said = {name: {"score": one.score, "note": prose(one.note)} for name, one in answers.items()}
    values = {"answers": said, "signed_by": by, "signed_at": at, "turn": turn + 1}
    Rating.objects.update_or_create(round=current, side=by.side.value, defaults=values)
    if by.side not in rated:
        _record(current, who(by), at, "rating.given", {"side": by.side.value})
    if after.state.is_over:
        _end(current, after, at)
    return current


@transaction.atomic
def close_round(*, round: int, at: datetime) -> None:
    """End a round whose days are over; one in which both have spoken stays as it is."""
    current = _locked(round)
    if current.state == ratings.State.OPEN:
        _end(current, ratings.close(current.rule_with(_rated(current)), on=at.date()), at)


@transaction.atomic
def remind_of_round(*, round: int, at: datetime) -> None:
    """Remind the sides that have not spoken that they have a few days left."""
    current = _locked(round)
    if current.state == ratings.State.OPEN:
        for side in ratings.silent(current.rule_with(_rated(current))):
            _ask(current, side, at, "reminded")


def _end(current: Round, after: ratings.Round, at: datetime) -> None:
    """Open to both what was said, tell both, and leave what it came to in history."""
    Round.objects.filter(pk=current.pk).update(state=after.state.value, ended_at=at)
    current.refresh_from_db()
    for kind in (CLOSE, REMIND):
        stop_timers(kind=kind, subject=current.pk, at=at)
    signed: dict[str, str] = {}
    for one in current.given.select_related("signed_by"):
        signed[one.side] = f"{float(ratings.mean(one.said)):.1f}"
        signed[f"{one.side}_signed_by"] = one.signed_by.name
    _record(current, SYSTEM, at, f"rating.{after.state}", signed)
    for side in Side:
        people = raters(current.engagement, side)
        notify(recipients=people, kind=TOLD, subject=current.pk, event=f"rating:{current.pk}:over", at=at)


def _set_timers(opened: Round) -> None:
    over = _midnight(opened.closes_on + timedelta(days=1))
    remind = _midnight(opened.closes_on - timedelta(days=ratings.REMIND_DAYS))
    set_timer(kind=CLOSE, subject=opened.pk, key=f"{CLOSE}:{opened.pk}", due_at=over)
    if remind > opened.opened_at:
        set_timer(kind=REMIND, subject=opened.pk, key=f"{REMIND}:{opened.pk}", due_at=remind)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


def _locked(number: int) -> Round:
    """A round as it is now; nobody else takes a step with it meanwhile, so that two sides at once are one after the
    other, and the second opens both.
    """
    return Round.objects.select_for_update(of=("self",)).select_related("engagement").get(pk=number)


def _rated(current: Round) -> frozenset[Side]:
    return frozenset(Side(side) for side in current.given.values_list("side", flat=True))


def _demand_read(current: Round, side: Side, turn: int) -> None:
    """Refuse to overwrite what somebody signed for a side since it was read."""
    given = current.given.filter(side=side).select_related("signed_by").first()
    if given and given.turn != turn:
        who_signed = given.signed_by.name
        raise Refused(f"{who_signed} signed a rating for your side meanwhile; read it, then change it if you have to.")
    if turn and given is None:
        raise Refused("Your side has not rated in this round yet; there is nothing to change, so begin with 0.")


def _ask(current: Round, side: Side, at: datetime, why: str, but: Person | None = None) -> None:
    people = [one for one in raters(current.engagement, side) if one != but]
    notify(recipients=people, kind=TOLD, subject=current.pk, event=f"rating:{current.pk}:{why}", at=at)


def _record(current: Round, by: Who, at: datetime, verb: str, details: dict[str, str] | None = None) -> None:
    subject = f"{current}, {current.period}"
    record(current.engagement.chain, by=by, at=at, verb=verb, subject=subject, details=details)
