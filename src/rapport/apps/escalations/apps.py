from django.apps import AppConfig


class EscalationsConfig(AppConfig):
    """Issues that climb, level by level, until somebody answers."""

    name = "rapport.apps.escalations"
    label = "escalations"
