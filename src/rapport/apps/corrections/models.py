"""Tables of corrective actions: where they stand, why the gap arose, and what is aimed at on the way."""

from datetime import datetime
from fractions import Fraction
from typing import ClassVar

from django.db import models

from rapport.apps.accounts.models import Person
from rapport.apps.issues.models import Issue
from rapport.domain import corrections
from rapport.domain.audience import Audience
from rapport.domain.corrections import Part, State
from rapport.domain.roles import Side

LONGEST_TEXT = 2000
"""The most characters of a cause, its evidence, a note or a reason."""
USUAL_PERIODS = 2
"""How many met periods prove a corrective action unless the plan says otherwise."""
MOST_PERIODS = 12
EXACT = 90
"""The most characters of an exact value, as `Fraction` writes it: "189/2"."""


def _choices(values: type[Side] | type[State] | type[Part]) -> list[tuple[str, str]]:
    return [(value.value, value.value.replace("_", " ")) for value in values]


class Correction(models.Model):
    """The corrective action for an issue, round after round; an issue has one.

    `began_at` is when its round began and `moved_at` when it last came a step further. `proof_kpi` is the KPI that
    shows its effect, empty where it is the issue's own or the other side's word. `again` says why the round before
    failed, and `note` are the words with which it was closed. `plan` are the numbers of the tasks of the plan as it was
    proposed, None before. `turn` counts the steps taken.
    """

    issue = models.OneToOneField(Issue, on_delete=models.CASCADE, related_name="correction")
    state = models.CharField(max_length=20, choices=_choices(State), default=State.OPEN.value)
    responsible = models.CharField(max_length=10, choices=_choices(Side))
    proposed = models.CharField(max_length=10, choices=_choices(Part), blank=True)
    returned = models.TextField(blank=True)
    round = models.PositiveSmallIntegerField(default=1)
    owner = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+", null=True)
    containment = models.TextField(blank=True)
    contained_at = models.DateTimeField(null=True)
    proof_kpi = models.CharField(max_length=100, blank=True)
    proof_periods = models.PositiveSmallIntegerField(default=USUAL_PERIODS)
    began_at = models.DateTimeField()
    moved_at = models.DateTimeField()
    claimed_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    closed_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+", null=True)
    note = models.TextField(blank=True)
    plan = models.JSONField(null=True)
    again = models.TextField(blank=True)
    turn = models.PositiveIntegerField(default=0)

    audience: ClassVar = dict.fromkeys(
        (
            "id", "issue", "state", "responsible", "proposed", "returned", "round", "owner", "containment",
            "contained_at", "proof_kpi", "proof_periods", "began_at", "moved_at", "claimed_at", "closed_at",
            "closed_by", "note", "plan", "again", "turn",
        ),
        Audience.BOTH,
    )  # fmt: skip

    class Meta:
        """Asked for by where it stands, when results are new."""

        indexes: ClassVar = [models.Index(fields=["state", "closed_at"], name="corrections_state")]

    def __str__(self) -> str:
        return f"Corrective action for issue {self.issue.number}"

    @property
    def kpi(self) -> str:
        """The KPI that shows its effect; empty where there is none."""
        return self.proof_kpi or self.issue.kpi

    @property
    def is_outdated(self) -> bool:
        """Whether its issue was opened again after it was closed, so that what it proved counts no more."""
        return self._is_closed_before(self.issue.reopened_at)

    @property
    def has_come_back(self) -> bool:
        """Whether its issue came back onto the list after it was closed, to be mended once more."""
        return self.is_outdated or self._is_closed_before(self.issue.returned_at)

    def _is_closed_before(self, moment: datetime | None) -> bool:
        return self.closed_at is not None and moment is not None and self.closed_at < moment


class Cause(models.Model):
    """One answer to "why?" in a round, with what shows that it is so; `parent` is the one it explains."""

    correction = models.ForeignKey(Correction, on_delete=models.CASCADE, related_name="causes")
    round = models.PositiveSmallIntegerField()
    parent = models.ForeignKey("self", on_delete=models.RESTRICT, related_name="causes", null=True)
    text = models.TextField()
    evidence = models.TextField(blank=True)
    file = models.FileField(upload_to="corrections/%Y/%m", blank=True)
    file_name = models.CharField(max_length=200, blank=True)

    audience: ClassVar = {
        **dict.fromkeys(("id", "correction", "round", "parent", "text", "evidence", "file_name"), Audience.BOTH),
        "file": Audience.SYSTEM,
    }

    class Meta:
        """In the order they were named."""

        ordering: ClassVar = ["pk"]

    def __str__(self) -> str:
        return self.text

    @property
    def rule(self) -> corrections.Cause:
        """The cause as the rules see it; a file shows it as well as words do."""
        return corrections.Cause(self.pk, self.parent_id, self.text, self.evidence or self.file_name)


class InterimTarget(models.Model):
    """What the KPI is to reach by a day on the way back to what was agreed; `target` is exact: `Fraction` as text."""

    correction = models.ForeignKey(Correction, on_delete=models.CASCADE, related_name="targets")
    round = models.PositiveSmallIntegerField()
    until_on = models.DateField()
    target = models.CharField(max_length=EXACT)
    what = models.CharField(max_length=200, blank=True)

    audience: ClassVar = dict.fromkeys(("id", "correction", "round", "until_on", "target", "what"), Audience.BOTH)

    class Meta:
        """The next one first."""

        ordering: ClassVar = ["until_on", "pk"]

    def __str__(self) -> str:
        return f"{self.until_on:%Y-%m-%d}"

    @property
    def value(self) -> Fraction:
        """The target as a number."""
        return Fraction(self.target)
