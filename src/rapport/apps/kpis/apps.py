from django.apps import AppConfig


class KpisConfig(AppConfig):
    """Results, computed from records by the agreement in force."""

    name = "rapport.apps.kpis"
    label = "kpis"
