"""Tables of the way in: views of the portfolio that people keep, and when they were here."""

from typing import ClassVar

from django.db import models

from rapport.apps.accounts.models import Person
from rapport.domain.audience import Audience

LONGEST_NAME = 60


class SavedView(models.Model):
    """A view of the portfolio under a name: `query` is what stands after the question mark of its address.

    A shared one is for everybody of its maker's organisation, and for nobody else.
    """

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="saved_views")
    name = models.CharField(max_length=LONGEST_NAME)
    query = models.CharField(max_length=2000, blank=True)
    is_shared = models.BooleanField(default=False)
    created_at = models.DateTimeField()

    audience: ClassVar = dict.fromkeys(("id", "person", "name", "query", "is_shared", "created_at"), Audience.OWN)

    class Meta:
        """Nobody keeps two views under one name."""

        constraints: ClassVar = [models.UniqueConstraint(fields=["person", "name"], name="portfolio_view_name")]
        ordering: ClassVar = ["name", "pk"]

    def __str__(self) -> str:
        return self.name


class LastVisit(models.Model):
    """When somebody looked at *Today*: `at` the last time, `before_at` the last time of the visit before this one."""

    person = models.OneToOneField(Person, on_delete=models.CASCADE, related_name="last_visit")
    at = models.DateTimeField()
    before_at = models.DateTimeField()

    audience: ClassVar = dict.fromkeys(("id", "person", "at", "before_at"), Audience.OWN)
