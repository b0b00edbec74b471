from django.apps import AppConfig


class ChannelsConfig(AppConfig):
    """Where else people are told."""

    name = "rapport.apps.channels"
    label = "channels"
