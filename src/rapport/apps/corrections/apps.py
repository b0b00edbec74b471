from django.apps import AppConfig


class CorrectionsConfig(AppConfig):
    """Corrective actions: contained, explained, planned, done and proved."""

    name = "rapport.apps.corrections"
    label = "corrections"
