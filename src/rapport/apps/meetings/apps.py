from django.apps import AppConfig


class MeetingsConfig(AppConfig):
    """When two companies meet, what they decide there, and what they report to each other."""

    name = "rapport.apps.meetings"
    label = "meetings"
