"""Reading rounds of ratings. What the other side has sealed leaves the database only when the round is over."""

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from functools import reduce
from operator import or_

from django.db.models import Exists, OuterRef, Q, QuerySet

from rapport.apps.accounts.models import Person
from rapport.apps.engagements.models import Engagement
from rapport.apps.engagements.queries import people_of, visible_engagements
from rapport.apps.feedback.models import Rating, Round
from rapport.apps.feedback.policy import may_rate
from rapport.domain import ratings
from rapport.domain.ratings import Answer, Question, State
from rapport.domain.roles import Side


@dataclass(frozen=True)
class Compared:
    """One question with what each side answers, as far as the reader may know; None where it does not or may not."""

    question: Question
    client: Answer | None
    partner: Answer | None

    @property
    def gap(self) -> int | None:
        """How far the two answers lie apart; None until both are known."""
        return abs(self.client.score - self.partner.score) if self.client and self.partner else None


@dataclass(frozen=True)
class Seen:
    """A round as one side may see it: who has spoken, and the ratings that are open to the reader by their side."""

    round: Round
    rated: frozenset[Side]
    ratings: dict[Side, Rating]

    @property
    def is_over(self) -> bool:
        """Whether what was said is open to both."""
        return State(self.round.state).is_over

    @property
    def compared(self) -> list[Compared]:
        """Every question with the answers beside each other."""
        said = {side: one.said for side, one in self.ratings.items()}
        sides = [said.get(side, {}) for side in Side]
        return [Compared(one, *(answers.get(one.id) for answers in sides)) for one in questions_of(self.round)]

    @property
    def means(self) -> dict[Side, Fraction]:
        """What each rating that is open to the reader comes to."""
        return {side: ratings.mean(one.said) for side, one in self.ratings.items()}

    @property
    def told(self) -> list[tuple[Side, Fraction | None]]:
        """The same for each side, the client first; None where it is sealed or there is none."""
        return [(side, self.means.get(side)) for side in Side]

    @property
    def silent(self) -> list[Side]:
        """The sides that have not spoken, the client first."""
        return [side for side in Side if side not in self.rated]


def questions_of(one: Round) -> list[Question]:
    """What is asked in a round."""
    return [Question(**asked) for asked in one.questions]


def visible_rounds(actor: Person) -> QuerySet[Round]:
    """The rounds of the engagements an actor may see."""
    seen = visible_engagements(actor).select_related(None).order_by()
    return Round.objects.filter(engagement__in=seen).select_related("engagement__partner", "opened_by__organisation")


def rounds_of(actor: Person, engagement: Engagement | int) -> QuerySet[Round]:
    """The rounds of one engagement, the latest first."""
    return visible_rounds(actor).filter(engagement=engagement)


def seen_rounds(actor: Person, rounds: Iterable[Round]) -> list[Seen]:
    """Rounds as the actor's side may see them, in their order."""
    found = list(rounds)
    spoken: dict[int, set[Side]] = {}
    for number, side in Rating.objects.filter(round__in=found).order_by().values_list("round", "side"):
        spoken.setdefault(number, set()).add(Side(side))
    open_to_reader = _open_ratings(actor, found, spoken)
    return [Seen(one, frozenset(spoken.get(one.pk, ())), open_to_reader.get(one.pk, {})) for one in found]


def seen_round(actor: Person, one: Round) -> Seen:
    """One round as the actor's side may see it."""
    return seen_rounds(actor, [one])[0]


def waiting_rounds(actor: Person) -> QuerySet[Round]:
    """The open rounds in which the actor's side has not spoken, for those who rate for it."""
    if not may_rate(actor):
        return Round.objects.none()
    spoken = Rating.objects.filter(round=OuterRef("pk"), side=actor.side)
    return visible_rounds(actor).filter(~Exists(spoken), state=State.OPEN).order_by("closes_on", "pk")


def raters(engagement: Engagement, side: Side) -> list[Person]:
    """Who rates for a side: its owner of the engagement if that person signs, else everybody there who does."""
    if owner := _signing_owner(engagement, side):
        return [owner]
    return [one for one in people_of(engagement, side).select_related("organisation") if may_rate(one)]


def is_rater(actor: Person, engagement: Engagement) -> bool:
    """Whether an actor is one of those who rate for their side, without a look at who else is there."""
    return may_rate(actor) and _signing_owner(engagement, actor.side) in {None, actor}


def _signing_owner(engagement: Engagement, side: Side) -> Person | None:
    owner = engagement.owner_of(side)
    return owner if owner and may_rate(owner) else None


def _open_ratings(actor: Person, rounds: list[Round], spoken: dict[int, set[Side]]) -> dict[int, dict[Side, Rating]]:
    """The ratings of rounds that the actor's side may read; no other is read from the database."""
    wanted = []
    for one in rounds:
        sides = ratings.readable(one.rule_with(spoken.get(one.pk, ())), actor.side)
        wanted += [Q(round=one.pk, side=side) for side in sides]
    found: dict[int, dict[Side, Rating]] = {}
    if wanted:
        for rating in Rating.objects.filter(reduce(or_, wanted)).select_related("signed_by__organisation"):
            found.setdefault(rating.round_id, {})[Side(rating.side)] = rating
    return found
