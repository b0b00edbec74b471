from django.apps import AppConfig


class PartnersConfig(AppConfig):
    """What is known about each partner, and what must be there before anything private is shared."""

    name = "rapport.apps.partners"
    label = "partners"
