"""What notices about issues and tasks say."""

from django.urls import reverse

from rapport.apps.accounts.models import Person
from rapport.apps.issues.models import Issue
from rapport.apps.issues.queries.editions import visible_editions
from rapport.apps.issues.queries.lists import visible_comments, visible_issues, visible_tasks
from rapport.apps.notices.queries import Tellers, Told
from rapport.domain.issues import State
from rapport.kit.dates import short_day


def _tell_issue(reader: Person, issue: int) -> Told | None:
    """That an issue is on the list, and whose move it is."""
    if (found := visible_issues(reader).filter(pk=issue).first()) is None:
        return None
    url = reverse("issues:issue", args=[found.engagement_id, found.number])
    return Told(
        f"{found}: {found.title}", url, "Open the issue", f"{found.engagement.title}: {_standing(reader, found)}"
    )


def _standing(reader: Person, issue: Issue) -> str:
    due = f"to be mended by {short_day(issue.due_on, None)}"
    if issue.waits_for is None:
        return f"{State(issue.state).value}."
    if issue.waits_for is not reader.side:
        return f"waits for the {issue.waits_for}, {due}."
    asks = {State.PROPOSED: "approve or decline it", State.RESOLVED: "confirm that it is mended, or send it back"}
    return f"it is your side's move: {asks.get(State(issue.state), 'mend it')}; {due}."


def _tell_comment(reader: Person, comment: int) -> Told | None:
    """That somebody said something about an issue."""
    if (found := visible_comments(reader).filter(pk=comment).first()) is None:
        return None
    issue = found.issue
    url = reverse("issues:issue", args=[issue.engagement_id, issue.number])
    title = f"{found.author.name} said something about {str(issue).lower()}: {issue.title}"
    return Told(title, url, "Read it", f"{issue.engagement.title}, {found.author.organisation.name}.")


def _tell_task(reader: Person, task: int) -> Told | None:
    """That there is something to do."""
    found = visible_tasks(reader).filter(pk=task, done_at=None).first()
    if found is None:
        return None
    url = reverse("issues:list", args=[found.engagement_id])
    if found.issue:
        url = reverse("issues:issue", args=[found.engagement_id, found.issue.number])
    return Told(
        f"To do: {found.what}", url, "Open it", f"{found.engagement.title}: by {short_day(found.due_on, None)}."
    )


def _tell_edition(reader: Person, edition: int) -> Told | None:
    """That an edition of the list went out or, to whoever approves it, that it waits."""
    found = visible_editions(reader).filter(pk=edition).first()
    if found is None or not (found.approved_at or reader.is_client):
        return None
    url = reverse("issues:edition", args=[found.engagement_id, found.number])
    if found.approved_at:
        return Told(f"{found.engagement.title}: what is new on the issue list", url, "Read it")
    return Told(f"{found.engagement.title}: an edition of the issue list waits for you", url, "Approve it")


TELLERS: Tellers = {"issue": _tell_issue, "comment": _tell_comment, "task": _tell_task, "edition": _tell_edition}
"""Who knows the words, by the kind of notice."""
