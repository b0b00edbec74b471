"""Who acts on a level of a ladder: whoever it names, or a deputy while they are away."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import QuerySet

from rapport.apps.accounts.models import Person
from rapport.apps.accounts.queries import candidates
from rapport.apps.engagements.models import Engagement
from rapport.apps.engagements.queries import people_meant, people_of
from rapport.apps.escalations.models import Absence
from rapport.domain import deputies
from rapport.domain.roles import Right, Role, Side, may


@dataclass(frozen=True)
class Directory:
    """Who works on an engagement on either side, and who of them is away on a day."""

    engagement: Engagement
    people: Mapping[Side, Sequence[Person]]
    absences: Sequence[deputies.Absence]
    on: date

    def named(self, words: str, side: Side) -> Person | None:
        """Whom the words of a ladder mean."""
        return next(iter(people_meant(self.engagement, side, [words], self.people[side])), None)

    def expected(self, named: Person | None, side: Side) -> Person | None:
        """Who acts for somebody on the day: they themselves, or a deputy while they are away."""
        if named is None:
            return None
        number = deputies.who_answers(str(named.pk), self.absences, self.on)
        return next((one for one in self.people[side] if str(one.pk) == number), named)


def directory(engagement: Engagement, on: date) -> Directory:
    """Who works on an engagement on a day."""
    people = {side: list(people_of(engagement, side).select_related("organisation")) for side in Side}
    known = [one for of_side in people.values() for one in of_side]
    away = Absence.objects.filter(person__in=known, first_on__lte=on, last_on__gte=on)
    there = {one.pk for one in known}
    absences = [
        deputies.Absence(str(one.person_id), one.first_on, one.last_on, _key(one.deputy_id, there)) for one in away
    ]
    return Directory(engagement, people, absences, on)


def absences_of(actor: Person) -> QuerySet[Absence]:
    """The actor's own absences."""
    return Absence.objects.filter(person=actor).select_related("deputy")


def possible_deputies(actor: Person) -> QuerySet[Person]:
    """Who can act for the actor: others of their organisation who edit or sign and whose account is open."""
    able = [role for role in Role if may(role, Right.EDIT) or may(role, Right.SIGN)]
    return candidates(actor.organisation).filter(role__in=able).exclude(pk=actor.pk)


def _key(deputy: int | None, there: set[int]) -> str | None:
    """A deputy who has left is none."""
    return str(deputy) if deputy in there else None
