"""What the frame around every page shows."""

from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone

from rapport.apps.accounts.models import Person
from rapport.apps.channels.policy import may_keep_channels
from rapport.apps.notices.queries import unread_count
from rapport.domain.roles import Right

_ALONE = ("today", "portfolio:engagements")
"""Pages whose address others begin with that do not belong to them."""
_BELOW = {"portfolio:engagements": "/engagements/"}
"""Where the pages begin that stand below a page of another address."""


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
        "role": actor.role_words,
    }
    account = [{"label": "Your account", "url": reverse("accounts:person", args=[actor.pk]), "icon": "person"}]
    account += [{"label": "Password", "url": reverse("account_change_password"), "icon": "settings"}]
    account += [{"label": "Second factor", "url": reverse("mfa_index"), "icon": "lock"}]
    account += [{"label": "Where you are signed in", "url": reverse("usersessions_list"), "icon": "screen"}]
    account += [{"label": "When you are told what", "url": reverse("notices:habits"), "icon": "bell"}]
    account += [{"label": "When you are away", "url": reverse("escalations:absences"), "icon": "clock"}]
    account += [{"label": "Your calendar", "url": reverse("meetings:feed_page"), "icon": "calendar"}]
    account += [{"label": "Keys for programs", "url": reverse("accounts:tokens"), "icon": "link"}]
    links: dict[str, Any] = {
        "home_url": reverse("today"),
        "account_links": account,
        "sign_out_url": reverse("account_logout"),
    }
    if actor.may(Right.SEE):
        links["search_url"] = reverse("portfolio:search")
        links |= {"news_url": reverse("portfolio:notices"), "news_count": unread_count(actor)}
    return {"today": today, "identity": identity, "navigation": navigation(actor, request.path), "frame": links}


def navigation(actor: Person, path: str) -> list[dict[str, Any]]:
    """Where an actor can go, in groups, with the place marked that a path belongs to."""
    groups = [
        (
            "",
            [
                ("Today", "today", "today"),
                ("Engagements", "portfolio:engagements", "portfolio"),
                ("Issues", "portfolio:issues", "issue"),
                ("Due soon", "portfolio:due", "clock"),
            ],
        ),
        ("Know", [("Partners" if actor.is_client else "Your company", "partners:list", "partners")]),
        ("Administration", [("People", "accounts:people", "people"), *_for_keepers(actor)]),
    ]
    if not actor.may(Right.SEE):
        return []
    return [{"title": title, "items": [_item(*item, path) for item in items]} for title, items in groups if items]


def _for_keepers(actor: Person) -> list[tuple[str, str, str]]:
    return [("Channels", "channels:list", "shared")] if may_keep_channels(actor) else []


def _item(label: str, name: str, icon: str, path: str) -> dict[str, Any]:
    url = reverse(name)
    is_here = path == url if name in _ALONE else path.startswith(url)
    is_current = is_here or (name in _BELOW and path.startswith(_BELOW[name]))
    return {"label": label, "url": url, "icon": icon, "is_current": is_current}
