"""What notices about issues and tasks say."""

from dataclasses import replace
from functools import partial

from django.urls import reverse

from rapport.apps.accounts.models import Person
from rapport.apps.issues.models import Issue, Task
from rapport.apps.issues.queries.editions import discarded_editions, visible_editions
from rapport.apps.issues.queries.lists import OPEN, visible_comments, visible_issues, visible_tasks, withdrawn_tasks
from rapport.apps.notices.queries import Tellers, Told
from rapport.domain.issues import State
from rapport.kit.dates import short_day


def _tell_issue(reader: Person, issue: int) -> Told | None:
    """That an issue is on the list, and whose move it is."""
    if (found := visible_issues(reader).filter(pk=issue).first()) is None:
        return None
    url = reverse("issues:issue", args=[found.engagement_id, found.number])
    why = f" It is called {found.severity}: {found.why_severity}" if found.is_open and found.why_severity else ""
    text = f"{found.engagement.title}: {_standing(reader, found)}{why}"
    return Told(f"{found}: {found.title}", url, "Open the issue", text)


def _remind_of_issue(word: str, reader: Person, issue: int) -> Told | None:
    """That the day of an open issue comes soon or has passed."""
    told = _tell_issue(reader, issue) if visible_issues(reader).filter(pk=issue, state__in=OPEN).exists() else None
    return told and replace(told, title=f"{word}: {told.title}")


def _standing(reader: Person, issue: Issue) -> str:
    due = f"to be mended by {short_day(issue.due_on, None)}"
    if issue.waits_for is None and issue.is_open:
        return f"it is nobody's move until the figures are in that show whether it is mended, {due}."
    if issue.waits_for is None:
        return f"{State(issue.state).value}."
    if issue.waits_for is not reader.side:
        return f"waits for the {issue.waits_for}, {due}."
    asks = {State.PROPOSED: "approve or decline it", State.RESOLVED: "confirm that it is mended, or send it back"}
    to_mend = "mend it" if issue.responsible == reader.side else "its corrective action waits for you"
    return f"it is your side's move: {asks.get(State(issue.state), to_mend)}; {due}."


def _tell_comment(reader: Person, comment: int) -> Told | None:
    """That somebody said something about an issue."""
    if (found := visible_comments(reader).filter(pk=comment).first()) is None:
        return None
    issue = found.issue
    url = reverse("issues:issue", args=[issue.engagement_id, issue.number])
    title = f"{found.author.name} said something about {str(issue).lower()}: {issue.title}"
    return Told(title, url, "Read it", f"{issue.engagement.title}, {found.author.organisation.name}.")


def _tell_task(reader: Person, task: int) -> Told | None:
    """That there is something to do, or that somebody else has it now."""
    found = visible_tasks(reader).filter(pk=task, done_at=None).first()
    if found is None:
        return None
    whose = "To do" if found.owner == reader else f"For {found.owner.name} to do"
    return Told(f"{whose}: {found.what}", _url_of(found), "Open it", _by_when(found))


def _remind_of_task(word: str, reader: Person, task: int) -> Told | None:
    """That the day of a task comes soon or has passed."""
    found = visible_tasks(reader).filter(pk=task, done_at=None).first()
    return Told(f"{word}: {found.what}", _url_of(found), "Open it", _by_when(found)) if found else None


def _tell_withdrawn(reader: Person, task: int) -> Told | None:
    """That a task was taken back."""
    found = withdrawn_tasks(reader).filter(pk=task).first()
    if found is None:
        return None
    text = f"{found.engagement.title}: {found.why_withdrawn}"
    return Told(f"Not to be done any more: {found.what}", _url_of(found), "See where", text)


def _url_of(task: Task) -> str:
    if task.issue:
        return reverse("issues:issue", args=[task.engagement_id, task.issue.number])
    return reverse("issues:list", args=[task.engagement_id])


def _by_when(task: Task) -> str:
    return f"{task.engagement.title}: by {short_day(task.due_on, None)}."


def _tell_edition(reader: Person, edition: int) -> Told | None:
    """That an edition of the list went out or, to whoever approves it, that it waits."""
    found = visible_editions(reader).filter(pk=edition).first()
    if found is None or not (found.approved_at or reader.is_client):
        return None
    url = reverse("issues:edition", args=[found.engagement_id, found.number])
    if found.approved_at:
        return Told(f"{found.engagement.title}: what is new on the issue list", url, "Read it")
    return Told(f"{found.engagement.title}: an edition of the issue list waits for you", url, "Approve it")


def _tell_discarded(reader: Person, edition: int) -> Told | None:
    """That an edition goes to nobody."""
    found = discarded_editions(reader).filter(pk=edition).first()
    if found is None:
        return None
    url = reverse("issues:editions", args=[found.engagement_id])
    title = f"{found.engagement.title}: {str(found).lower()} of the issue list was discarded"
    return Told(title, url, "See the others", found.why_withdrawn)


TELLERS: Tellers = {
    "issue": _tell_issue, "comment": _tell_comment, "task": _tell_task, "edition": _tell_edition,
    "issue_soon": partial(_remind_of_issue, "Due soon"), "issue_late": partial(_remind_of_issue, "Late"),
    "task_soon": partial(_remind_of_task, "Due soon"), "task_late": partial(_remind_of_task, "Late"),
    "task_withdrawn": _tell_withdrawn, "edition_discarded": _tell_discarded,
}  # fmt: skip
"""Who knows the words, by the kind of notice."""
