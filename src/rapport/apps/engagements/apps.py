from django.apps import AppConfig


class EngagementsConfig(AppConfig):
    """What two companies do together, and the agreement they sign."""

    name = "rapport.apps.engagements"
    label = "engagements"
