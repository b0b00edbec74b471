from django.apps import AppConfig


class CorrectionsConfig(AppConfig):
    """Corrective actions: contained, explained, planned, done and proved."""

    name = "rapport.apps.corrections"
    label = "corrections"

    def ready(self) -> None:
        """Say what is in plans to whoever changes tasks, and follow what is done of them."""
        from rapport.apps.corrections.actions.kept import follow_tasks
        from rapport.apps.corrections.queries import plan_of
        from rapport.apps.issues.actions import tasks_changed
        from rapport.apps.issues.queries.plans import answer_for_plans

        tasks_changed.connect(follow_tasks)
        answer_for_plans(plan_of)
