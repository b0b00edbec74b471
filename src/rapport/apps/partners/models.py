"""Tables about partners."""

from typing import ClassVar

from django.db import models

from rapport.apps.accounts.models import Organisation, Person
from rapport.domain.audience import Audience

_KINDS = [
    ("nda", "non-disclosure agreement"),
    ("insurance", "insurance"),
    ("certificate", "certificate"),
    ("data_security", "data security assessment"),
    ("other", "other"),
]


class Profile(models.Model):
    """What is known about a partner beyond its name."""

    organisation = models.OneToOneField(Organisation, on_delete=models.CASCADE, related_name="profile")
    website = models.URLField(blank=True)
    about = models.TextField(blank=True)
    note = models.TextField(blank=True)

    audience: ClassVar = {
        **dict.fromkeys(("id", "organisation", "website", "about"), Audience.OWN),
        "note": Audience.CLIENT,
    }


class Contact(models.Model):
    """Somebody at a partner who can be reached, account or not."""

    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="contacts")
    name = models.CharField(max_length=200)
    position = models.CharField(max_length=200, blank=True)
    email = models.EmailField(blank=True)
    phone = models.CharField(max_length=50, blank=True)

    audience: ClassVar = dict.fromkeys(("id", "organisation", "name", "position", "email", "phone"), Audience.OWN)


class PartnerDocument(models.Model):
    """A document with a term: handed in by the partner or the client, accepted by the client."""

    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="documents")
    kind = models.CharField(max_length=20, choices=_KINDS)
    title = models.CharField(max_length=200)
    file = models.FileField(upload_to="documents/%Y/%m", blank=True)
    valid_from = models.DateField()
    valid_until = models.DateField(null=True)
    handed_in_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    handed_in_at = models.DateTimeField()
    accepted_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+", null=True)
    accepted_at = models.DateTimeField(null=True)

    audience: ClassVar = {
        **dict.fromkeys(("id", "organisation", "kind", "title", "valid_from", "valid_until"), Audience.OWN),
        **dict.fromkeys(("handed_in_by", "handed_in_at", "accepted_by", "accepted_at"), Audience.OWN),
        "file": Audience.SYSTEM,
    }

    class Meta:
        """The latest first."""

        ordering: ClassVar = ["-valid_from", "-id"]
