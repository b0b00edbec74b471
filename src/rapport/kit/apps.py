"""The Django app of the design system."""

from django.apps import AppConfig


class KitConfig(AppConfig):
    """Templates, tags, style sheet and script shared by all pages; no tables."""

    name = "rapport.kit"
    label = "kit"
