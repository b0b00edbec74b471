from django.apps import AppConfig


class IssuesConfig(AppConfig):
    """What is off, who owns it, and by when it is mended."""

    name = "rapport.apps.issues"
    label = "issues"
