"""Tables of meetings and reports of the communication plan, and of the calendars people read them in."""

from datetime import date, datetime
from typing import ClassVar
from zoneinfo import ZoneInfo

from django.db import models
from django.db.models import F, Q

from rapport.apps.accounts.models import Person
from rapport.apps.engagements.models import Engagement
from rapport.apps.issues.models import Task
from rapport.domain import meetings, minutes, reports
from rapport.domain.audience import Audience
from rapport.domain.meetings import USUAL_MINUTES, Letter, State
from rapport.domain.minutes import MinutesState
from rapport.domain.reports import LinkEnd, ReportState
from rapport.domain.roles import Side
from rapport.kit.dates import clock_span

LONGEST_NAME = 200
LONGEST_LINE = 500
LONGEST_TEXT = 20_000


def _choices(
    values: type[Side] | type[State] | type[MinutesState] | type[ReportState] | type[LinkEnd] | type[Letter],
) -> list[tuple[str, str]]:
    return [(value.value, value.value.replace("_", " ")) for value in values]


class Meeting(models.Model):
    """One occurrence of a regular meeting of the plan (`series`).

    `first_planned_on` is the day the plan gave it, by which it is known however often it is moved. It begins at
    `starts_at` by the clocks of its `zone` and `lasts` so many minutes, or is on the whole day. `expected` names who
    takes part for each side, as the agreement has it. `agenda` is kept as it was when people met. A cancelled one that
    no side cancelled is not in the plan any more. `turn` counts the steps taken.
    """

    engagement = models.ForeignKey(Engagement, on_delete=models.CASCADE, related_name="meetings")
    series = models.CharField(max_length=100)
    name = models.CharField(max_length=LONGEST_NAME)
    channel = models.CharField(max_length=LONGEST_NAME)
    expected = models.JSONField(default=dict)
    first_planned_on = models.DateField()
    planned_on = models.DateField()
    starts_at = models.TimeField(null=True)
    lasts = models.PositiveSmallIntegerField(default=USUAL_MINUTES)
    zone = models.CharField(max_length=60, default="UTC")
    state = models.CharField(max_length=20, choices=_choices(State), default=State.PLANNED.value)
    held_on = models.DateField(null=True)
    cancelled_by = models.CharField(max_length=10, choices=_choices(Side), blank=True)
    reason = models.TextField(blank=True)
    agenda = models.JSONField(null=True)
    turn = models.PositiveIntegerField(default=0)

    audience: ClassVar = {
        **dict.fromkeys(
            ("id", "engagement", "series", "name", "channel", "expected", "first_planned_on"), Audience.BOTH
        ),
        **dict.fromkeys(("starts_at", "lasts", "zone"), Audience.BOTH),
        **dict.fromkeys(("planned_on", "state", "held_on", "cancelled_by", "reason", "agenda"), Audience.BOTH),
        "turn": Audience.BOTH,
    }

    class Meta:
        """One meeting of a series to a day of the plan."""

        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["engagement", "series", "first_planned_on"], name="meetings_one_to_a_day_of_the_plan"
            )
        ]
        indexes: ClassVar = [
            models.Index(fields=["planned_on"], condition=Q(state=State.PLANNED.value), name="meetings_planned"),
            models.Index(fields=["engagement", "planned_on"], name="meetings_list"),
        ]
        ordering: ClassVar = ["planned_on", F("starts_at").asc(nulls_first=True), "pk"]

    def __str__(self) -> str:
        return f"{self.name} on {self.day}" + (f", {self.hours}" if self.hours else "")

    @property
    def day(self) -> date:
        """The day people met, else the day it is planned on."""
        return self.held_on or self.planned_on

    @property
    def planned_span(self) -> tuple[datetime, datetime] | None:
        """From when to when it is planned to last, by the clocks of its zone; None where it is on the whole day."""
        if self.starts_at is None:
            return None
        start, end = meetings.hours(self.planned_on, self.starts_at, self.lasts, self.zone)
        return self.local(start), self.local(end)

    @property
    def span(self) -> tuple[datetime, datetime] | None:
        """From when to when it lasts; None where that is the whole day, or people met on another day than planned."""
        return self.planned_span if self.day == self.planned_on else None

    def local(self, at: datetime) -> datetime:
        """A moment by the clocks of its zone."""
        return at.astimezone(ZoneInfo(self.zone))

    @property
    def hours(self) -> str:
        """The same in words; empty where it is on the whole day."""
        return clock_span(*self.span) if self.span else ""

    @property
    def rule(self) -> meetings.Meeting:
        """The meeting as the rules see it."""
        return meetings.Meeting(
            state=State(self.state),
            planned_on=self.planned_on,
            reason=self.reason,
            starts_at=self.starts_at,
            held_on=self.held_on,
            cancelled_by=Side(self.cancelled_by) if self.cancelled_by else None,
        )


class Attendance(models.Model):
    """Somebody who was at a meeting: a person who has an account here, or a name."""

    meeting = models.ForeignKey(Meeting, on_delete=models.CASCADE, related_name="attendances")
    side = models.CharField(max_length=10, choices=_choices(Side))
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+", null=True)
    name = models.CharField(max_length=LONGEST_NAME)

    audience: ClassVar = dict.fromkeys(("id", "meeting", "side", "person", "name"), Audience.BOTH)

    class Meta:
        """Nobody is there twice; the client's people first."""

        constraints: ClassVar = [
            models.UniqueConstraint(fields=["meeting", "side", "name"], name="meetings_there_once"),
        ]
        ordering: ClassVar = ["side", "name"]


class Point(models.Model):
    """Something a side wants to talk about at a meeting; both see it."""

    meeting = models.ForeignKey(Meeting, on_delete=models.CASCADE, related_name="points")
    side = models.CharField(max_length=10, choices=_choices(Side))
    by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    text = models.CharField(max_length=LONGEST_LINE)
    at = models.DateTimeField()

    audience: ClassVar = dict.fromkeys(("id", "meeting", "side", "by", "text", "at"), Audience.BOTH)

    class Meta:
        """In the order they were added."""

        ordering: ClassVar = ["pk"]


class Minutes(models.Model):
    """The minutes of a meeting that was held: its text here, its decisions and actions in rows of their own.

    `digest` stands for all of it while it is proposed and once it is agreed, and is what the other side agrees to.
    `turn` counts the changes, so that nobody writes over what they have not read.
    """

    meeting = models.OneToOneField(Meeting, on_delete=models.CASCADE, related_name="minutes")
    text = models.TextField(blank=True)
    digest = models.CharField(max_length=64, blank=True)
    state = models.CharField(max_length=20, choices=_choices(MinutesState), default=MinutesState.DRAFT.value)
    written_by = models.CharField(max_length=10, choices=_choices(Side))
    returned = models.TextField(blank=True)
    proposed_at = models.DateTimeField(null=True)
    agreed_at = models.DateTimeField(null=True)
    agreed_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+", null=True)
    turn = models.PositiveIntegerField(default=0)

    audience: ClassVar = {
        **dict.fromkeys(("id", "meeting", "text", "digest", "state", "written_by", "returned"), Audience.BOTH),
        **dict.fromkeys(("proposed_at", "agreed_at", "agreed_by", "turn"), Audience.BOTH),
    }

    @property
    def rule(self) -> minutes.Minutes:
        """The minutes as the rules see them."""
        return minutes.Minutes(MinutesState(self.state), Side(self.written_by), self.digest, self.returned)

    @property
    def waits_for(self) -> Side | None:
        """The side whose move it is."""
        return minutes.waits_for(self.rule)


class Decision(models.Model):
    """Something both sides decided at a meeting."""

    meeting = models.ForeignKey(Meeting, on_delete=models.CASCADE, related_name="decisions")
    text = models.CharField(max_length=LONGEST_LINE)
    by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")

    audience: ClassVar = dict.fromkeys(("id", "meeting", "text", "by"), Audience.BOTH)

    class Meta:
        """In the order they were written down."""

        ordering: ClassVar = ["pk"]

    def __str__(self) -> str:
        return self.text


class Action(models.Model):
    """What somebody is to do by a day, as it was said at a meeting; it is their task once the minutes are agreed."""

    meeting = models.ForeignKey(Meeting, on_delete=models.CASCADE, related_name="actions")
    what = models.CharField(max_length=LONGEST_LINE)
    owner = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    due_on = models.DateField()
    task = models.OneToOneField(Task, on_delete=models.CASCADE, related_name="meeting_action", null=True)

    audience: ClassVar = dict.fromkeys(("id", "meeting", "what", "owner", "due_on", "task"), Audience.BOTH)

    class Meta:
        """In the order they were written down."""

        ordering: ClassVar = ["pk"]

    def __str__(self) -> str:
        return self.what


class Report(models.Model):
    """One occurrence of a regular report of the plan (`series`).

    `content` holds the answers to the questions of its template and the figures as they were when it was handed in, by
    the person `received_from` or, by mail link, by somebody whose name is `received_by`.
    `reminded_of` is the last day in time of which the owing side was reminded. `turn` counts the steps taken.
    """

    engagement = models.ForeignKey(Engagement, on_delete=models.CASCADE, related_name="reports")
    series = models.CharField(max_length=100)
    name = models.CharField(max_length=LONGEST_NAME)
    channel = models.CharField(max_length=LONGEST_NAME)
    expected = models.JSONField(default=dict)
    owed_by = models.CharField(max_length=10, choices=_choices(Side))
    due_on = models.DateField()
    state = models.CharField(max_length=20, choices=_choices(ReportState), default=ReportState.DUE.value)
    was_late = models.BooleanField(default=False)
    mend_by = models.DateField(null=True)
    received_on = models.DateField(null=True)
    received_from = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+", null=True)
    received_by = models.CharField(max_length=LONGEST_NAME, blank=True)
    returned = models.TextField(blank=True)
    content = models.JSONField(null=True)
    reminded_of = models.DateField(null=True)
    turn = models.PositiveIntegerField(default=0)

    audience: ClassVar = {
        **dict.fromkeys(("id", "engagement", "series", "name", "channel", "expected", "owed_by"), Audience.BOTH),
        **dict.fromkeys(("due_on", "state", "was_late", "mend_by", "received_on", "received_from"), Audience.BOTH),
        **dict.fromkeys(("received_by", "returned", "content", "turn"), Audience.BOTH),
        "reminded_of": Audience.SYSTEM,
    }

    class Meta:
        """One report of a series to a day of the plan."""

        constraints: ClassVar = [
            models.UniqueConstraint(fields=["engagement", "series", "due_on"], name="meetings_one_report_to_a_day")
        ]
        indexes: ClassVar = [
            models.Index(fields=["due_on"], condition=~Q(state=ReportState.RECEIVED.value), name="meetings_owed")
        ]
        ordering: ClassVar = ["due_on", "pk"]

    def __str__(self) -> str:
        return f"{self.name} of {self.due_on}"

    @property
    def rule(self) -> reports.Report:
        """The report as the rules see it."""
        return reports.Report(
            state=ReportState(self.state),
            due_on=self.due_on,
            owed_by=Side(self.owed_by),
            returned=self.returned,
            received_on=self.received_on,
            mend_by=self.mend_by,
            was_late=self.was_late,
        )

    @property
    def owed_until(self) -> date:
        """The last day on which the report is in time."""
        return self.rule.owed_until

    @property
    def sender(self) -> str:
        """Who handed it in, in words."""
        return self.received_from.name if self.received_from else f"{self.received_by}, by mail link"


class LinkPermission(models.Model):
    """That the client allows reports of an engagement to be handed in by mail link."""

    engagement = models.OneToOneField(Engagement, on_delete=models.CASCADE, related_name="link_permission")
    given_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    given_at = models.DateTimeField()

    audience: ClassVar = dict.fromkeys(("id", "engagement", "given_by", "given_at"), Audience.BOTH)


class Addressee(models.Model):
    """Somebody at the partner without an account who hands the reports of a series in by mail link."""

    engagement = models.ForeignKey(Engagement, on_delete=models.CASCADE, related_name="addressees")
    series = models.CharField(max_length=100)
    name = models.CharField(max_length=LONGEST_NAME)
    email = models.EmailField(max_length=254)
    named_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    named_at = models.DateTimeField()
    removed_at = models.DateTimeField(null=True)

    audience: ClassVar = dict.fromkeys(
        ("id", "engagement", "series", "name", "email", "named_by", "named_at", "removed_at"), Audience.BOTH
    )

    class Meta:
        """One for a series at a time."""

        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["engagement", "series"], condition=Q(removed_at=None), name="meetings_one_addressee"
            )
        ]

    def __str__(self) -> str:
        return f"{self.name}, {self.email}"


class ReportLink(models.Model):
    """A link by which an addressee hands one report in, and whether it has left by mail or with which `error` not.

    Its secret is made of `seed` and the key of the installation, so that a mail that is sent again holds the same link
    although only the secret's `digest` is kept. `draft` holds the answers that were saved and not handed in, and `turn`
    counts the saves. It works from when it leaves to `ends_on`, or until it has `ended`.
    """

    report = models.ForeignKey(Report, on_delete=models.CASCADE, related_name="links")
    addressee = models.ForeignKey(Addressee, on_delete=models.CASCADE, related_name="links")
    seed = models.CharField(max_length=64)
    digest = models.CharField(max_length=64, unique=True, null=True)
    made_at = models.DateTimeField()
    ends_on = models.DateField()
    tried_at = models.DateTimeField(null=True)
    attempts = models.PositiveIntegerField(default=0)
    sent_at = models.DateTimeField(null=True)
    error = models.CharField(max_length=500, blank=True)
    draft = models.JSONField(default=dict)
    turn = models.PositiveIntegerField(default=0)
    ended_at = models.DateTimeField(null=True)
    ended_because = models.CharField(max_length=20, choices=_choices(LinkEnd), blank=True)

    audience: ClassVar = {
        **dict.fromkeys(("id", "report", "addressee", "made_at", "ends_on", "sent_at"), Audience.BOTH),
        **dict.fromkeys(("ended_at", "ended_because"), Audience.BOTH),
        **dict.fromkeys(("seed", "digest", "tried_at", "attempts", "error", "turn"), Audience.SYSTEM),
        "draft": Audience.PARTNER,
    }

    class Meta:
        """One for a report at a time; asked for by what has not left."""

        constraints: ClassVar = [
            models.UniqueConstraint(fields=["report"], condition=Q(ended_at=None), name="meetings_one_link")
        ]
        indexes: ClassVar = [
            models.Index(fields=["made_at"], condition=Q(sent_at=None, ended_at=None), name="meetings_links_to_send")
        ]


class Invitation(models.Model):
    """What somebody is told of a meeting by mail, so that it stands in their calendar, and whether that has left.

    `said` stands for what the letter that was asked for last says, and `sequence` is its number. `told` stands for what
    the last one says that may have reached them, and is empty before one could. `outcome` is *sent*, *dropped* where it
    was not true or not for them any more when it was its turn, or *given up*, and empty as long as it waits.
    """

    meeting = models.ForeignKey(Meeting, on_delete=models.CASCADE, related_name="invitations")
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="+")
    letter = models.CharField(max_length=10, choices=_choices(Letter))
    said = models.CharField(max_length=64)
    sequence = models.PositiveIntegerField(default=0)
    told = models.CharField(max_length=64, blank=True)
    due_at = models.DateTimeField()
    tried_at = models.DateTimeField(null=True)
    attempts = models.PositiveIntegerField(default=0)
    outcome = models.CharField(max_length=10, blank=True)
    settled_at = models.DateTimeField(null=True)
    error = models.CharField(max_length=500, blank=True)

    audience: ClassVar = {
        **dict.fromkeys(("id", "meeting", "person", "letter"), Audience.BOTH),
        **dict.fromkeys(("said", "sequence", "told", "due_at", "tried_at", "attempts"), Audience.SYSTEM),
        **dict.fromkeys(("outcome", "settled_at", "error"), Audience.SYSTEM),
    }

    class Meta:
        """One for a person and a meeting; asked for by what is due."""

        constraints: ClassVar = [models.UniqueConstraint(fields=["meeting", "person"], name="meetings_one_invitation")]
        indexes: ClassVar = [models.Index(fields=["due_at"], condition=Q(outcome=""), name="meetings_invitations_due")]


class Feed(models.Model):
    """That a person reads their meetings and reports in a calendar of their own; only the secret's digest is kept."""

    person = models.OneToOneField(Person, on_delete=models.CASCADE, related_name="feed")
    digest = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField()

    audience: ClassVar = {
        **dict.fromkeys(("id", "person", "created_at"), Audience.OWN),
        "digest": Audience.SYSTEM,
    }
