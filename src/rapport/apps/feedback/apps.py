from django.apps import AppConfig


class FeedbackConfig(AppConfig):
    """What the two sides tell each other about working together."""

    name = "rapport.apps.feedback"
    label = "feedback"

    def ready(self) -> None:
        """Put promised support that is late on the agendas of meetings."""
        from rapport.apps.feedback.queries.promises import late_support
        from rapport.apps.meetings.queries.agenda import write_on_agendas

        write_on_agendas(late_support)
