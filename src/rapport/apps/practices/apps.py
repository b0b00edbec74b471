from django.apps import AppConfig


class PracticesConfig(AppConfig):
    """Which practices of the method are in place."""

    name = "rapport.apps.practices"
    label = "practices"
