from django.apps import AppConfig


class CorrectionsConfig(AppConfig):
    """Corrective actions: contained, explained, planned, done and proved."""

    name = "rapport.apps.corrections"
    label = "corrections"

    def ready(self) -> None:
        """Say what is in plans to whoever changes tasks, and follow what is done of them."""
        from rapport.apps.corrections.actions.kept import follow_tasks
        from rapport.apps.corrections.queries import plans_of
        from rapport.apps.issues.queries.plans import Correcting, correct_with

        correct_with(Correcting(plans_of, follow_tasks))
