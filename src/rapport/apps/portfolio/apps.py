from django.apps import AppConfig


class PortfolioConfig(AppConfig):
    """Where to look first."""

    name = "rapport.apps.portfolio"
    label = "portfolio"
