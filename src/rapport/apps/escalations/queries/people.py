"""Who acts on a level of a ladder: whoever it names, or a deputy while they are away."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import QuerySet

from rapport.apps.accounts.models import Person
from rapport.apps.accounts.queries import candidates, people
from rapport.apps.engagements.models import Engagement
from rapport.apps.engagements.queries import people_meant, people_of
from rapport.apps.escalations.models import Absence
from rapport.apps.issues.policy import may_work
from rapport.domain import deputies
from rapport.domain.roles import Right, Role, Side, may


@dataclass(frozen=True)
class Directory:
    """Who works on an engagement on either side, and who of them is away on a day."""

    engagement: Engagement
    people: Mapping[Side, Sequence[Person]]
    absences: Sequence[deputies.Absence]
    on: date

    def named(self, words: str, side: Side) -> tuple[Person | None, bool]:
        """Whom the words of a ladder mean: of several the owner of the engagement, else the first by name; and whether
        it is the owner because nobody bears the words. Whoever could not answer is passed over, an owner too.
        """
        able, owner = [one for one in self.people[side] if may_work(one)], self.engagement.owner_of(side)
        meant = people_meant(self.engagement, side, [words], able)
        found = [one for one in able if one in meant.people]
        named = owner if owner in found else next(iter(found), None)
        return named, meant.is_owner and named is not None

    def expected(self, named: Person | None, side: Side) -> Person | None:
        """Who acts for somebody on the day: they themselves, or a deputy while they are away."""
        if named is None:
            return None
        number = deputies.who_answers(str(named.pk), self.absences, self.on)
        return next((one for one in self.people[side] if str(one.pk) == number), named)


def directory(engagement: Engagement, on: date) -> Directory:
    """Who works on an engagement on a day."""
    of_sides = {side: list(people_of(engagement, side).select_related("organisation")) for side in Side}
    known = [one for of_side in of_sides.values() for one in of_side]
    able = {one.pk for one in known if may_work(one)}
    away = [
        deputies.Absence(str(one.person_id), one.first_on, one.last_on, _key(one.deputy_id, able))
        for one in Absence.objects.filter(person__in=known, first_on__lte=on, last_on__gte=on)
    ]
    return Directory(engagement, of_sides, away, on)


def people_who_may_be_away(actor: Person) -> QuerySet[Person]:
    """The people whose absences an actor enters: the actor, and those of the organisation whose people they manage."""
    own = people(actor).filter(organisation_id=actor.organisation_id)
    return own if actor.may(Right.MANAGE_PEOPLE) else own.filter(pk=actor.pk)


def absences(actor: Person) -> QuerySet[Absence]:
    """The absences that an actor enters and ends."""
    theirs = people_who_may_be_away(actor).order_by().values("pk")
    return Absence.objects.filter(person__in=theirs).select_related("person__organisation", "deputy__organisation")


def possible_deputies(person: Person) -> QuerySet[Person]:
    """Who can act for somebody: others of their organisation who edit or sign and whose account is open."""
    able = [role for role in Role if may(role, Right.EDIT) or may(role, Right.SIGN)]
    return candidates(person.organisation).filter(role__in=able).exclude(pk=person.pk)


def _key(deputy: int | None, able: set[int]) -> str | None:
    """A deputy who has left, or who could not answer, is none."""
    return str(deputy) if deputy in able else None
