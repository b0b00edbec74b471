"""Tables of issues that climb a ladder, of whoever was asked on each level, and of who is away when."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from rapport.apps.accounts.models import Person
from rapport.apps.issues.models import Issue
from rapport.domain import escalations
from rapport.domain.audience import Audience
from rapport.domain.escalations import State
from rapport.domain.roles import Side

LONGEST_TEXT = 5000
"""The most characters of a reason or an answer."""
_SIDES = [(side.value, side.value) for side in Side]
_STATES = [(state.value, state.value) for state in State]


class Escalation(models.Model):
    """One issue on its way up a ladder, numbered within the issue.

    `ladder` holds the plan as it was when this started, with its calendar, so that no later version of the agreement
    changes what is asked of whom. `raiser` is empty where a rule started it, and `missed_on` then the day on which the
    issue was not mended. `turn` counts the steps taken.
    """

    issue = models.ForeignKey(Issue, on_delete=models.CASCADE, related_name="escalations")
    number = models.PositiveIntegerField()
    plan = models.CharField(max_length=100)
    ladder = models.JSONField()
    raised_by = models.CharField(max_length=10, choices=_SIDES)
    raiser = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+", null=True)
    amount = models.DecimalField(max_digits=14, decimal_places=2, null=True)
    missed_on = models.DateField(null=True)
    started_at = models.DateTimeField()
    state = models.CharField(max_length=10, choices=_STATES, default=State.WAITING.value)
    level = models.PositiveSmallIntegerField()
    entered_at = models.DateTimeField()
    due_at = models.DateTimeField()
    reason = models.TextField()
    answer = models.TextField(blank=True)
    answered_at = models.DateTimeField(null=True)
    answered_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+", null=True)
    ended_because = models.TextField(blank=True)
    ended_at = models.DateTimeField(null=True)
    turn = models.PositiveIntegerField(default=0)

    audience: ClassVar = {
        **dict.fromkeys(("id", "issue", "number", "plan", "ladder", "raised_by", "raiser", "amount"), Audience.BOTH),
        **dict.fromkeys(("missed_on", "started_at", "state", "level", "entered_at", "due_at"), Audience.BOTH),
        **dict.fromkeys(("reason", "answer", "answered_at", "answered_by", "ended_because", "ended_at"), Audience.BOTH),
        "turn": Audience.BOTH,
    }

    class Meta:
        """One open escalation for an issue, and one by rule for each day that was missed."""

        constraints: ClassVar = [
            models.UniqueConstraint(fields=["issue", "number"], name="escalations_number"),
            models.UniqueConstraint(
                fields=["issue"], condition=~Q(state=State.ENDED.value), name="escalations_one_open_for_an_issue"
            ),
            models.UniqueConstraint(
                fields=["issue", "missed_on"], condition=~Q(missed_on=None), name="escalations_once_for_a_day"
            ),
        ]
        ordering: ClassVar = ["-started_at", "-pk"]

    def __str__(self) -> str:
        return f"Escalation {self.number} of issue {self.issue.number}"


class Step(models.Model):
    """One time that a level was asked, and what came of it.

    `named` people are those the ladder names, or the owner of the engagement where nobody bears its words
    (`is_owner_client`, `is_owner_partner`); `expected` those who stand in for them, or they themselves.
    `reaction_due_at` is when the side that raised the matter has to have said what it thinks of the answer.
    `is_authorised` says whether whoever accepted may approve the amount at stake by the ladder; None where nothing was
    approved.
    """

    escalation = models.ForeignKey(Escalation, on_delete=models.CASCADE, related_name="steps")
    level = models.PositiveSmallIntegerField()
    name = models.CharField(max_length=200)
    named_client = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+", null=True)
    named_partner = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+", null=True)
    is_owner_client = models.BooleanField(default=False)
    is_owner_partner = models.BooleanField(default=False)
    expected_client = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+", null=True)
    expected_partner = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+", null=True)
    reason = models.TextField()
    entered_at = models.DateTimeField()
    due_at = models.DateTimeField()
    answer = models.TextField(blank=True)
    answered_at = models.DateTimeField(null=True)
    answered_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+", null=True)
    reaction_due_at = models.DateTimeField(null=True)
    left_at = models.DateTimeField(null=True)
    left_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+", null=True)
    left_because = models.TextField(blank=True)
    is_authorised = models.BooleanField(null=True)

    audience: ClassVar = {
        **dict.fromkeys(("id", "escalation", "level", "name", "reason", "entered_at", "due_at"), Audience.BOTH),
        **dict.fromkeys(("expected_client", "expected_partner", "answer", "answered_at"), Audience.BOTH),
        **dict.fromkeys(("answered_by", "reaction_due_at", "left_at", "left_by", "left_because"), Audience.BOTH),
        **dict.fromkeys(("named_client", "named_partner", "is_owner_client", "is_owner_partner"), Audience.BOTH),
        "is_authorised": Audience.BOTH,
    }

    class Meta:
        """In the order in which levels were asked; one at a time."""

        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["escalation"], condition=Q(left_at=None), name="escalations_one_level_at_a_time"
            )
        ]
        ordering: ClassVar = ["pk"]

    def __str__(self) -> str:
        return self.name

    @property
    def was_late(self) -> bool:
        """Whether the answer came, and came late."""
        answered_at, due_at = self.answered_at, int(self.due_at.timestamp())
        return answered_at is not None and not escalations.is_in_time(int(answered_at.timestamp()), due_at)

    def expected(self, side: Side) -> Person | None:
        """Who is to act for a side."""
        return self.expected_client if side is Side.CLIENT else self.expected_partner

    def named(self, side: Side) -> Person | None:
        """Who stands in the ladder for a side, as far as somebody who is called so, or an owner, is known."""
        return self.named_client if side is Side.CLIENT else self.named_partner

    def is_owner(self, side: Side) -> bool:
        """Whether nobody was known whom the ladder names, so that the owner of the engagement was asked."""
        return self.is_owner_client if side is Side.CLIENT else self.is_owner_partner


class Absence(models.Model):
    """Days on which somebody is away, first and last included, and who acts for them meanwhile."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="absences")
    first_on = models.DateField()
    last_on = models.DateField()
    deputy = models.ForeignKey(Person, on_delete=models.SET_NULL, related_name="+", null=True)

    audience: ClassVar = dict.fromkeys(("id", "person", "first_on", "last_on", "deputy"), Audience.OWN)

    class Meta:
        """The next one first."""

        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(last_on__gte=models.F("first_on")), name="escalations_absence_days")
        ]
        ordering: ClassVar = ["first_on", "pk"]
