from django.apps import AppConfig


class FeedbackConfig(AppConfig):
    """What the two sides tell each other about working together."""

    name = "rapport.apps.feedback"
    label = "feedback"
