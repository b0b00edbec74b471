"""Tables of what is off in engagements, what was said about it, and what is to be done."""

from typing import ClassVar, TypeVar

from django.db import models
from django.db.models import Q

from rapport.apps.accounts.models import Person
from rapport.apps.engagements.models import Engagement
from rapport.domain import issues
from rapport.domain.audience import Audience
from rapport.domain.issues import Move, Origin, Severity, State
from rapport.domain.roles import Side

LONGEST_TITLE = 200
LONGEST_TEXT = 5000
LONGEST_TASK = 500
_OPEN = [state.value for state in State if state.is_open]


def _choices(values: type[Side] | type[Origin] | type[Severity] | type[State] | type[Move]) -> list[tuple[str, str]]:
    return [(value.value, value.value.replace("_", " ").replace("kpi", "KPI")) for value in values]


Row = TypeVar("Row", bound=models.Model)


class Standing(models.Manager[Row]):
    """Leaves out what was taken back; that is kept for what refers to it, and nobody works on it any more."""

    def get_queryset(self) -> models.QuerySet[Row]:
        """What was not taken back."""
        return super().get_queryset().filter(withdrawn_at=None)


class Issue(models.Model):
    """Something that is off in an engagement: what, how serious, who owns it on either side, by when it is mended.

    `proposed_by` is the side that raised it, empty where a rule of the agreement did; `raised_by` the person, where
    there was one. `cause` is what it is about in one word, so that there is one open issue for each cause. `move`
    is whose move its corrective action makes it, and `why_no_correction` why it needed none, where it was resolved so.
    `why_severity` is why somebody called it as serious as it is. `returned_at` and `reopened_at` are when it last came
    back onto the list: sent back, or opened again. `turn` counts the steps taken. `reminded_before` and
    `reminded_after` are the day of which somebody was reminded before it came and after it passed.
    """

    engagement = models.ForeignKey(Engagement, on_delete=models.CASCADE, related_name="issues")
    number = models.PositiveIntegerField()
    title = models.CharField(max_length=LONGEST_TITLE)
    what = models.TextField(blank=True)
    origin = models.CharField(max_length=20, choices=_choices(Origin))
    cause = models.CharField(max_length=200, blank=True)
    severity = models.CharField(max_length=20, choices=_choices(Severity))
    objective = models.CharField(max_length=100, blank=True)
    kpi = models.CharField(max_length=100, blank=True)
    period = models.CharField(max_length=40, blank=True)
    proposed_by = models.CharField(max_length=10, choices=_choices(Side), blank=True)
    raised_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+", null=True)
    responsible = models.CharField(max_length=10, choices=_choices(Side))
    client_owner = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+", null=True)
    partner_owner = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+", null=True)
    due_on = models.DateField()
    state = models.CharField(max_length=20, choices=_choices(State))
    resolved_by = models.CharField(max_length=10, choices=_choices(Side), blank=True)
    reason = models.TextField(blank=True)
    move = models.CharField(max_length=20, choices=_choices(Move), default=Move.RESPONSIBLE.value)
    why_no_correction = models.TextField(blank=True)
    why_severity = models.TextField(blank=True)
    turn = models.PositiveIntegerField(default=0)
    raised_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)
    returned_at = models.DateTimeField(null=True)
    reopened_at = models.DateTimeField(null=True)
    reminded_before = models.DateField(null=True)
    reminded_after = models.DateField(null=True)

    audience: ClassVar = {
        **dict.fromkeys(("id", "engagement", "number", "title", "what", "origin", "cause", "severity"), Audience.BOTH),
        **dict.fromkeys(("objective", "kpi", "period", "proposed_by", "raised_by", "responsible"), Audience.BOTH),
        **dict.fromkeys(("client_owner", "partner_owner", "due_on", "state", "resolved_by"), Audience.BOTH),
        **dict.fromkeys(("reason", "move", "why_no_correction", "why_severity", "turn", "raised_at"), Audience.BOTH),
        **dict.fromkeys(("closed_at", "returned_at", "reopened_at"), Audience.BOTH),
        **dict.fromkeys(("reminded_before", "reminded_after"), Audience.SYSTEM),
    }

    class Meta:
        """Numbered within the engagement; one open issue for each cause."""

        constraints: ClassVar = [
            models.UniqueConstraint(fields=["engagement", "number"], name="issues_number"),
            models.UniqueConstraint(
                fields=["engagement", "cause"],
                condition=Q(state__in=_OPEN) & ~Q(cause=""),
                name="issues_one_open_for_a_cause",
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["engagement", "state", "due_on"], name="issues_list")]
        ordering: ClassVar = ["due_on", "pk"]

    def __str__(self) -> str:
        return f"Issue {self.number}"

    @property
    def rule(self) -> issues.Issue:
        """The issue as the rules see it."""
        return issues.Issue(
            state=State(self.state),
            proposed_by=Side(self.proposed_by) if self.proposed_by else None,
            responsible=Side(self.responsible),
            resolved_by=Side(self.resolved_by) if self.resolved_by else None,
            reason=self.reason,
            move=Move(self.move),
        )

    @property
    def waits_for(self) -> Side | None:
        """The side whose move it is."""
        return issues.waits_for(self.rule)

    @property
    def is_open(self) -> bool:
        """Whether somebody still has to do something about it, or figures to come have to show that it is mended."""
        return State(self.state).is_open

    @property
    def corrected_by(self) -> Side | None:
        """The side whose move it is as far as its corrective action decides, also where the issue itself is over."""
        return issues.corrected_by(self.rule)

    @property
    def needs_correction(self) -> bool:
        """Whether it is mended through a corrective action, or with words why it needs none."""
        return issues.needs_correction(Origin(self.origin), Severity(self.severity))

    @property
    def may_do_without(self) -> bool:
        """Whether both sides can agree that it needs no corrective action, although one is usual."""
        return self.needs_correction and self.severity != Severity.MAJOR

    @property
    def is_followed(self) -> bool:
        """Whether another issue about the same is open, as far as the query has asked for it."""
        return bool(getattr(self, "has_successor", False))

    def owner_of(self, side: Side) -> Person | None:
        """Who owns it on a side."""
        return self.client_owner if side is Side.CLIENT else self.partner_owner


class Comment(models.Model):
    """Something said about an issue, to both sides or only to one's own, with a file or without."""

    issue = models.ForeignKey(Issue, on_delete=models.CASCADE, related_name="comments")
    text = models.TextField(blank=True)
    author = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    side = models.CharField(max_length=10, choices=_choices(Side))
    is_private = models.BooleanField(default=False)
    file = models.FileField(upload_to="issues/%Y/%m", blank=True)
    file_name = models.CharField(max_length=200, blank=True)
    at = models.DateTimeField()

    audience: ClassVar = {
        **dict.fromkeys(("id", "issue", "text", "author", "side", "is_private", "file_name", "at"), Audience.OWN),
        "file": Audience.SYSTEM,
    }

    class Meta:
        """In the order they were said."""

        ordering: ClassVar = ["at", "pk"]


class Task(models.Model):
    """Something one side has to do by a day, for an issue or because of a meeting.

    One that was taken back is in no list, and `why_withdrawn` says why. `turn` counts how often it was changed;
    `reminded_before` and `reminded_after` are as with an issue.
    """

    engagement = models.ForeignKey(Engagement, on_delete=models.CASCADE, related_name="tasks")
    issue = models.ForeignKey(Issue, on_delete=models.CASCADE, related_name="tasks", null=True)
    what = models.CharField(max_length=LONGEST_TASK)
    side = models.CharField(max_length=10, choices=_choices(Side))
    owner = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    due_on = models.DateField()
    made_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    done_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+", null=True)
    done_at = models.DateTimeField(null=True)
    withdrawn_at = models.DateTimeField(null=True)
    why_withdrawn = models.TextField(blank=True)
    turn = models.PositiveIntegerField(default=0)
    reminded_before = models.DateField(null=True)
    reminded_after = models.DateField(null=True)

    objects: ClassVar = Standing["Task"]()
    everything: ClassVar[models.Manager["Task"]] = models.Manager()
    may_change = False  # as far as it was asked for a reader

    audience: ClassVar = {
        **dict.fromkeys(("id", "engagement", "issue", "what", "side", "owner", "due_on", "made_by"), Audience.BOTH),
        **dict.fromkeys(("made_at", "done_by", "done_at", "withdrawn_at", "why_withdrawn", "turn"), Audience.BOTH),
        **dict.fromkeys(("reminded_before", "reminded_after"), Audience.SYSTEM),
    }

    class Meta:
        """The one due first comes first."""

        indexes: ClassVar = [
            models.Index(fields=["engagement", "due_on"], condition=Q(done_at=None), name="issues_open_tasks")
        ]
        ordering: ClassVar = ["due_on", "pk"]

    def __str__(self) -> str:
        return self.what


class Edition(models.Model):
    """The issue list of one day, as it goes out to the people of both sides: what is new, moved, late and closed.

    `content` is frozen when it is made. It goes out once somebody has approved it, and is kept. One that was discarded
    instead is in no list, `why_withdrawn` says why, and its number is given to no other.
    """

    engagement = models.ForeignKey(Engagement, on_delete=models.CASCADE, related_name="editions")
    number = models.PositiveIntegerField()
    content = models.JSONField()
    made_at = models.DateTimeField()
    made_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+", null=True)
    approved_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+", null=True)
    approved_at = models.DateTimeField(null=True)
    recipients = models.PositiveIntegerField(default=0)
    withdrawn_at = models.DateTimeField(null=True)
    why_withdrawn = models.TextField(blank=True)

    objects: ClassVar = Standing["Edition"]()
    everything: ClassVar[models.Manager["Edition"]] = models.Manager()

    audience: ClassVar = {
        **dict.fromkeys(("id", "engagement", "number", "content", "made_at", "made_by"), Audience.BOTH),
        **dict.fromkeys(("approved_by", "approved_at", "recipients", "withdrawn_at", "why_withdrawn"), Audience.BOTH),
    }

    class Meta:
        """Numbered within the engagement, the latest first; one at a time waits for approval."""

        constraints: ClassVar = [
            models.UniqueConstraint(fields=["engagement", "number"], name="issues_edition_number"),
            models.UniqueConstraint(
                fields=["engagement"],
                condition=Q(approved_at=None, withdrawn_at=None),
                name="issues_one_edition_to_approve",
            ),
        ]
        ordering: ClassVar = ["-number"]

    def __str__(self) -> str:
        return f"Edition {self.number}"
