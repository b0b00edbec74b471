"""What the frame around every page shows, and where to look first."""

from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone

from rapport.apps.accounts.forms import role_words
from rapport.apps.accounts.models import Person
from rapport.domain.roles import Right, Role


def frame(request: HttpRequest) -> dict[str, Any]:
    """The context of every page: who is reading for which company, where they can go, and which day it is."""
    today = timezone.localdate()
    actor = request.user
    if not isinstance(actor, Person):
        return {"today": today}
    identity = {
        "name": actor.name,
        "organisation": actor.organisation.name,
        "side": actor.side.value,
        "role": role_words(Role(actor.role)),
    }
    return {"today": today, "identity": identity, "navigation": _navigation(actor, request.path)}


def _navigation(actor: Person, path: str) -> list[dict[str, Any]]:
    groups = [
        ("", [("Today", "today", "home"), ("Engagements", "portfolio:engagements", "grid")]),
        ("Partners", [("Partners", "partners:list", "users")] if actor.is_client else []),
        ("Administration", [("People", "accounts:people", "user"), ("Keys for programs", "accounts:tokens", "key")]),
    ]
    if not actor.may(Right.SEE):
        return []
    return [{"title": title, "items": [_item(*item, path) for item in items]} for title, items in groups if items]


def _item(label: str, name: str, icon: str, path: str) -> dict[str, Any]:
    url = reverse(name)
    is_current = path == url if url == "/" else path.startswith(url)
    return {"label": label, "url": url, "icon": icon, "is_current": is_current}
