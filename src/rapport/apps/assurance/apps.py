from django.apps import AppConfig


class AssuranceConfig(AppConfig):
    """Figures of both companies, and what stands."""

    name = "rapport.apps.assurance"
    label = "assurance"
