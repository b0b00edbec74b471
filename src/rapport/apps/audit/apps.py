from django.apps import AppConfig


class AuditConfig(AppConfig):
    """History."""

    name = "rapport.apps.audit"
    label = "audit"
