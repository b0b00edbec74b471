"""Tables of what the two sides tell each other, of how they rate each other, and of the support they promise."""

from collections.abc import Iterable
from enum import StrEnum
from typing import ClassVar

from django.db import models
from django.db.models import Q

from rapport.apps.accounts.models import Person
from rapport.apps.engagements.models import Engagement
from rapport.apps.issues.models import Issue
from rapport.apps.meetings.models import Meeting
from rapport.domain import feedback, ratings, support
from rapport.domain.audience import Audience
from rapport.domain.roles import Side

LONGEST_LINE = 200
LONGEST_TEXT = 5000
LONGEST_PERIOD = 60


def _choices(values: Iterable[StrEnum]) -> list[tuple[str, str]]:
    return [(value.value, value.value.replace("_", " ")) for value in values]


_SIDES = _choices(Side)


class Saying(models.Model):
    """What feedback says, as a draft and once it is shared: about whom, resting on what, and in which words."""

    engagement = models.ForeignKey(Engagement, on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=20, choices=_choices(feedback.Kind))
    people = models.CharField(max_length=LONGEST_LINE, blank=True)
    team = models.CharField(max_length=LONGEST_LINE, blank=True)
    kpi = models.CharField(max_length=100, blank=True)
    period = models.CharField(max_length=40, blank=True)
    issue = models.ForeignKey(Issue, on_delete=models.PROTECT, related_name="+", null=True)
    meeting = models.ForeignKey(Meeting, on_delete=models.PROTECT, related_name="+", null=True)
    seen = models.TextField(blank=True)
    effect = models.TextField(blank=True)
    asked = models.TextField(blank=True)
    by = models.CharField(max_length=10, choices=_SIDES)
    author = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        """Not a table of its own."""

        abstract = True

    @property
    def side(self) -> Side:
        """The side that says it."""
        return Side(self.by)

    @property
    def gaps(self) -> list[str]:
        """What keeps it from being shared, as sentences."""
        evidence = sum(map(bool, (self.kpi, self.issue_id, self.meeting_id, self.team)))
        said = feedback.Said(
            feedback.Kind(self.kind), self.people, self.seen, self.effect, self.asked, evidence=evidence
        )
        return feedback.gaps(said)


SAID = ("engagement", "kind", "people", "team", "kpi", "period", "issue", "meeting", "seen", "effect", "asked", "by")
"""What a draft says, and what is taken over from it when it is shared."""


class Draft(Saying):
    """Feedback that only the side that writes it sees; gone when it is shared or thrown away.

    `number` is drawn by chance: it tells nothing of other drafts, and what is gone does not come back as another one.
    `turn` counts how often it was written anew.
    """

    number = models.PositiveIntegerField()
    turn = models.PositiveIntegerField(default=0)

    audience: ClassVar = dict.fromkeys(("id", "number", *SAID, "author", "at", "turn"), Audience.OWN)

    class Meta:
        """One to a number within a side of an engagement, the latest first."""

        constraints: ClassVar = [
            models.UniqueConstraint(fields=["engagement", "by", "number"], name="feedback_draft_number"),
        ]
        ordering: ClassVar = ["-at", "-pk"]


class Feedback(Saying):
    """Feedback that was shared, `at` a moment; what it says never changes. `turn` counts the steps taken since.

    `raised` is the issue that came of it.
    """

    number = models.PositiveIntegerField()
    state = models.CharField(max_length=20, choices=_choices(feedback.State), default=feedback.State.SHARED.value)
    acknowledged_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+", null=True)
    acknowledged_at = models.DateTimeField(null=True)
    answer = models.TextField(blank=True)
    answered_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+", null=True)
    answered_at = models.DateTimeField(null=True)
    reason = models.TextField(blank=True)
    withdrawn_at = models.DateTimeField(null=True)
    raised = models.OneToOneField(Issue, on_delete=models.PROTECT, related_name="feedback", null=True)
    turn = models.PositiveIntegerField(default=0)

    audience: ClassVar = {
        **dict.fromkeys(("id", "number", *SAID, "author", "at", "state", "acknowledged_by"), Audience.BOTH),
        **dict.fromkeys(("acknowledged_at", "answer", "answered_by", "answered_at", "reason"), Audience.BOTH),
        **dict.fromkeys(("withdrawn_at", "raised", "turn"), Audience.BOTH),
    }

    class Meta:
        """Numbered within the engagement, the latest first."""

        constraints: ClassVar = [
            models.UniqueConstraint(fields=["engagement", "number"], name="feedback_number"),
        ]
        ordering: ClassVar = ["-number"]

    def __str__(self) -> str:
        return f"Feedback {self.number}"

    @property
    def rule(self) -> feedback.Feedback:
        """The feedback as the rules see it."""
        state, kind = feedback.State(self.state), feedback.Kind(self.kind)
        return feedback.Feedback(kind, self.side, state, self.answer, self.reason, self.raised_id is not None)


class Round(models.Model):
    """A round in which each side rates how working together went in a period (`period`, in words).

    `questions` are kept as they were asked. The ratings are in rows of their own, sealed until `state` says otherwise.
    """

    engagement = models.ForeignKey(Engagement, on_delete=models.CASCADE, related_name="rounds")
    number = models.PositiveIntegerField()
    period = models.CharField(max_length=LONGEST_PERIOD)
    questions = models.JSONField()
    opened_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    opened_at = models.DateTimeField()
    closes_on = models.DateField()
    state = models.CharField(max_length=20, choices=_choices(ratings.State), default=ratings.State.OPEN.value)
    ended_at = models.DateTimeField(null=True)

    audience: ClassVar = {
        **dict.fromkeys(("id", "engagement", "number", "period", "questions", "opened_by"), Audience.BOTH),
        **dict.fromkeys(("opened_at", "closes_on", "state", "ended_at"), Audience.BOTH),
    }

    class Meta:
        """Numbered within the engagement, the latest first; one at a time is open."""

        constraints: ClassVar = [
            models.UniqueConstraint(fields=["engagement", "number"], name="feedback_round_number"),
            models.UniqueConstraint(fields=["engagement"], condition=Q(state="open"), name="feedback_one_open_round"),
        ]
        ordering: ClassVar = ["-number"]

    def __str__(self) -> str:
        return f"Rating round {self.number}"

    def rule_with(self, rated: Iterable[Side]) -> ratings.Round:
        """The round as the rules see it, with the sides that have spoken."""
        return ratings.Round(self.closes_on, frozenset(rated), ratings.State(self.state))


class Rating(models.Model):
    """What one side says in a round, signed for it. Until the round is over only that side sees it.

    `turn` counts how often the side has said it: 1, until it is changed.
    """

    round = models.ForeignKey(Round, on_delete=models.CASCADE, related_name="given")
    side = models.CharField(max_length=10, choices=_SIDES)
    answers = models.JSONField()
    signed_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    signed_at = models.DateTimeField()
    turn = models.PositiveIntegerField(default=1)

    audience: ClassVar = dict.fromkeys(
        ("id", "round", "side", "answers", "signed_by", "signed_at", "turn"), Audience.OWN
    )

    class Meta:
        """One to a side, the client's first."""

        constraints: ClassVar = [models.UniqueConstraint(fields=["round", "side"], name="feedback_one_rating_a_side")]
        ordering: ClassVar = ["round", "side"]

    @property
    def said(self) -> dict[str, ratings.Answer]:
        """The answers by the id of their question."""
        return {name: ratings.Answer(one["score"], one["note"]) for name, one in self.answers.items()}


class Promise(models.Model):
    """Something one side promises to give the other by a day; `shows` says how one sees that it was given.

    `first_due_on` is the day it was promised for first, `proposed_on` another that its side asks for, `answered` what
    the other side said the last time it was asked for one. `turn` counts the steps taken.
    """

    engagement = models.ForeignKey(Engagement, on_delete=models.CASCADE, related_name="promises")
    number = models.PositiveIntegerField()
    by = models.CharField(max_length=10, choices=_SIDES)
    kind = models.CharField(max_length=20, choices=_choices(support.Kind))
    what = models.CharField(max_length=LONGEST_LINE)
    recipient = models.CharField(max_length=LONGEST_LINE)
    shows = models.CharField(max_length=LONGEST_LINE)
    first_due_on = models.DateField()
    due_on = models.DateField()
    proposed_on = models.DateField(null=True)
    proposed_because = models.TextField(blank=True)
    answered = models.CharField(max_length=10, choices=[("granted", "granted"), ("declined", "declined")], blank=True)
    promised_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    promised_at = models.DateTimeField()
    kept_on = models.DateField(null=True)
    kept_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+", null=True)
    note = models.TextField(blank=True)
    returned = models.TextField(blank=True)
    file = models.FileField(upload_to="support/%Y/%m", blank=True)
    file_name = models.CharField(max_length=200, blank=True)
    turn = models.PositiveIntegerField(default=0)

    audience: ClassVar = {
        **dict.fromkeys(("id", "engagement", "number", "by", "kind", "what", "recipient", "shows"), Audience.BOTH),
        **dict.fromkeys(("first_due_on", "due_on", "proposed_on", "proposed_because", "promised_by"), Audience.BOTH),
        **dict.fromkeys(("promised_at", "kept_on", "kept_by", "note", "returned", "file_name", "turn"), Audience.BOTH),
        "answered": Audience.BOTH,
        "file": Audience.SYSTEM,
    }

    class Meta:
        """Numbered within the engagement; the one due first comes first."""

        constraints: ClassVar = [
            models.UniqueConstraint(fields=["engagement", "number"], name="feedback_promise_number"),
        ]
        ordering: ClassVar = ["due_on", "number"]

    def __str__(self) -> str:
        return self.what

    @property
    def rule(self) -> support.Promise:
        """The promise as the rules see it."""
        return support.Promise(Side(self.by), self.due_on, self.kept_on, self.proposed_on, self.returned)
