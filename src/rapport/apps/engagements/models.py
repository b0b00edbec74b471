"""Tables of engagements and the versions of their agreements."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from rapport.apps.accounts.models import Organisation, Person
from rapport.domain.audience import Audience
from rapport.domain.roles import Side
from rapport.domain.tiers import Tier

_SIDES = [(side.value, side.value) for side in Side]
_TIERS = [(tier.value, tier.value) for tier in Tier]
_STAGES = [(stage, stage.replace("_", " ")) for stage in ("draft", "proposed", "in_force", "superseded", "withdrawn")]


class Engagement(models.Model):
    """What the client has one partner do."""

    partner = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="engagements")
    title = models.CharField(max_length=200)
    purpose = models.TextField(blank=True)
    tier = models.CharField(max_length=20, choices=_TIERS, default=Tier.STANDARD.value)
    spend = models.DecimalField(max_digits=14, decimal_places=2, null=True)
    client_owner = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    partner_owner = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+", null=True)
    created_at = models.DateTimeField()

    audience: ClassVar = {
        **dict.fromkeys(("id", "partner", "title", "purpose", "client_owner", "partner_owner"), Audience.BOTH),
        **dict.fromkeys(("tier", "spend"), Audience.CLIENT),
        "created_at": Audience.BOTH,
    }

    class Meta:
        """No two engagements of one partner with one title."""

        constraints: ClassVar = [
            models.UniqueConstraint(fields=["partner", "title"], name="engagements_title_of_partner")
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def chain(self) -> str:
        """The name of this engagement's history."""
        return f"engagement-{self.pk}"

    @property
    def owners(self) -> list[Person]:
        """Who owns it, of both sides."""
        return [owner for side in Side if (owner := self.owner_of(side))]

    def owner_of(self, side: Side) -> Person | None:
        """Who owns it on a side."""
        return self.client_owner if side is Side.CLIENT else self.partner_owner


class AgreementVersion(models.Model):
    """One version of an engagement's agreement: a document, frozen under its digest once it is proposed."""

    engagement = models.ForeignKey(Engagement, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    text = models.TextField()
    digest = models.CharField(max_length=64, blank=True)
    stage = models.CharField(max_length=20, choices=_STAGES, default="draft")
    written_by = models.CharField(max_length=10, choices=_SIDES)
    author = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()
    proposed_at = models.DateTimeField(null=True)
    in_force_at = models.DateTimeField(null=True)

    audience: ClassVar = {
        **dict.fromkeys(("id", "engagement", "number", "text", "digest", "stage", "written_by"), Audience.BOTH),
        **dict.fromkeys(("author", "created_at", "proposed_at", "in_force_at"), Audience.BOTH),
    }

    class Meta:
        """Versions are numbered, and at most one is in force."""

        constraints: ClassVar = [
            models.UniqueConstraint(fields=["engagement", "number"], name="engagements_version_number"),
            models.UniqueConstraint(
                fields=["engagement"], condition=Q(stage="in_force"), name="engagements_one_version_in_force"
            ),
        ]
        ordering: ClassVar = ["-number"]

    def __str__(self) -> str:
        return f"version {self.number}"


class Signature(models.Model):
    """One side's name under one digest."""

    version = models.ForeignKey(AgreementVersion, on_delete=models.CASCADE, related_name="signatures")
    side = models.CharField(max_length=10, choices=_SIDES)
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    digest = models.CharField(max_length=64)
    at = models.DateTimeField()

    audience: ClassVar = dict.fromkeys(("id", "version", "side", "person", "digest", "at"), Audience.BOTH)

    class Meta:
        """A side signs once, and nobody signs for both."""

        constraints: ClassVar = [
            models.UniqueConstraint(fields=["version", "side"], name="engagements_signature_of_side"),
            models.UniqueConstraint(fields=["version", "person"], name="engagements_signature_of_person"),
        ]


class Remark(models.Model):
    """Something said about a line of a version: to both sides, or only to one's own."""

    version = models.ForeignKey(AgreementVersion, on_delete=models.CASCADE, related_name="remarks")
    line = models.PositiveIntegerField()
    text = models.TextField()
    author = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    side = models.CharField(max_length=10, choices=_SIDES)
    is_private = models.BooleanField(default=False)
    at = models.DateTimeField()

    audience: ClassVar = {
        **dict.fromkeys(("id", "version", "line", "author", "side", "is_private", "at"), Audience.OWN),
        "text": Audience.OWN,
    }

    class Meta:
        """In the order of the document."""

        ordering: ClassVar = ["line", "at"]
