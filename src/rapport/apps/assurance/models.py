"""Tables of the figures both companies state, and of what they said about them."""

from typing import ClassVar

from django.db import models

from rapport.apps.accounts.models import Person
from rapport.apps.engagements.models import Engagement
from rapport.apps.kpis.models import EXACT
from rapport.domain.audience import Audience
from rapport.domain.roles import Side
from rapport.domain.settlement import State, Window

LONGEST_REASON = 2000
"""The most characters of a reason."""
_USUAL = Window()
_SIDES = [(side.value, side.value) for side in Side]
_STATES = [(state.value, state.value.replace("_", " ")) for state in State]
_KINDS = [(kind, kind) for kind in ("report", "verify", "dispute", "offer", "accept", "concede")]


class Cause(models.TextChoices):
    """What makes two figures differ, as far as it is known."""

    POPULATION = "population", "which records count"
    CLOCK = "clock", "where the clock starts or stops"
    CALENDAR = "calendar", "working hours or holidays"
    PAUSES = "pauses", "when the clock stands still"
    ROUNDING = "rounding", "rounding"
    BOUNDARY = "boundary", "which period a record is in"
    OTHER = "other", "something else"


class Line(models.Model):
    """One KPI in one period, and where the two sides are with it; a row is made when somebody first says something.

    Values are exact: `Fraction` as text, empty where there is none. What a side may see of them is decided by
    `rapport.domain.settlement.visible_to`, which `queries.seen` asks. `turn` counts what was said. Its days and its
    tolerance are those agreed when its period ended, and so is the moment its window is over; no later version changes
    them.
    """

    engagement = models.ForeignKey(Engagement, on_delete=models.CASCADE, related_name="lines")
    kpi = models.CharField(max_length=100)
    period = models.CharField(max_length=40)
    ends_at = models.DateTimeField()
    report_days = models.PositiveSmallIntegerField(default=_USUAL.report)
    verify_days = models.PositiveSmallIntegerField(default=_USUAL.verify)
    settle_days = models.PositiveSmallIntegerField(default=_USUAL.settle)
    closes_at = models.DateTimeField()
    tolerance = models.CharField(max_length=EXACT, default="0")
    partner = models.CharField(max_length=EXACT, blank=True)
    client = models.CharField(max_length=EXACT, blank=True)
    agreed = models.CharField(max_length=EXACT, blank=True)
    state = models.CharField(max_length=20, choices=_STATES, default=State.AWAITING_PARTNER.value)
    reason = models.TextField(blank=True)
    silent = models.CharField(max_length=20, blank=True)
    is_opened = models.BooleanField(default=False)
    turn = models.PositiveIntegerField(default=0)

    audience: ClassVar = {
        **dict.fromkeys(("id", "engagement", "kpi", "period", "ends_at", "tolerance", "partner"), Audience.BOTH),
        **dict.fromkeys(("client", "agreed", "state", "reason", "silent", "is_opened"), Audience.BOTH),
        **dict.fromkeys(("report_days", "verify_days", "settle_days", "closes_at"), Audience.BOTH),
        "turn": Audience.SYSTEM,
    }

    class Meta:
        """One line to a KPI and a period."""

        constraints: ClassVar = [
            models.UniqueConstraint(fields=["engagement", "kpi", "period"], name="assurance_line_place")
        ]
        ordering: ClassVar = ["-ends_at", "kpi"]

    def __str__(self) -> str:
        return f"{self.kpi}, {self.period}"

    @property
    def window(self) -> Window:
        """How many days each side has for it."""
        return Window(self.report_days, self.verify_days, self.settle_days)


class Statement(models.Model):
    """One thing that one side said about a line; never changed. While it is sealed, only its own side sees it.

    `seal` goes into the history at once. Of a figure it is the digest of the value with `key`, which is told when the
    figures are open; of an offer that of everything it says. `accepted` is what somebody said yes to, whole.
    """

    line = models.ForeignKey(Line, on_delete=models.CASCADE, related_name="statements")
    kind = models.CharField(max_length=10, choices=_KINDS)
    side = models.CharField(max_length=10, choices=_SIDES)
    value = models.CharField(max_length=EXACT, blank=True)
    reason = models.TextField(blank=True)
    cause = models.CharField(max_length=20, choices=Cause.choices, blank=True)
    evidence = models.FileField(upload_to="evidence/%Y/%m", blank=True)
    evidence_name = models.CharField(max_length=200, blank=True)
    key = models.CharField(max_length=32, blank=True)
    seal = models.CharField(max_length=64, blank=True)
    accepted = models.ForeignKey("self", on_delete=models.RESTRICT, null=True, related_name="+")
    by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    audience: ClassVar = {
        **dict.fromkeys(("id", "line", "kind", "side", "value", "reason", "cause", "evidence_name"), Audience.BOTH),
        **dict.fromkeys(("key", "seal", "accepted", "by", "at"), Audience.BOTH),
        "evidence": Audience.SYSTEM,
    }

    class Meta:
        """In the order in which things were said."""

        ordering: ClassVar = ["pk"]


class PeriodWindow(models.Model):
    """The figures of one period of an engagement that share a window, however many: people are told of them as one.

    `told_at` is when those whose move it was were told that it closes soon.
    """

    engagement = models.ForeignKey(Engagement, on_delete=models.CASCADE, related_name="windows")
    period = models.CharField(max_length=40)
    ends_at = models.DateTimeField()
    closes_at = models.DateTimeField()
    told_at = models.DateTimeField(null=True)

    audience: ClassVar = {
        **dict.fromkeys(("id", "engagement", "period", "ends_at", "closes_at"), Audience.BOTH),
        "told_at": Audience.SYSTEM,
    }

    class Meta:
        """One to a period and the moment it ends."""

        constraints: ClassVar = [
            models.UniqueConstraint(fields=["engagement", "period", "ends_at"], name="assurance_window_once")
        ]

    def __str__(self) -> str:
        return self.period
