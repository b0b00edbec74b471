from django.apps import AppConfig


class TimersConfig(AppConfig):
    """Things that happen by themselves at a moment."""

    name = "rapport.apps.timers"
    label = "timers"
