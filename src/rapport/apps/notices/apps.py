from django.apps import AppConfig


class NoticesConfig(AppConfig):
    """What people are told."""

    name = "rapport.apps.notices"
    label = "notices"
