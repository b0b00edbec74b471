"""Speaking to chats through Apprise, of which no more is used than the services that Rapport knows."""

from importlib import import_module
from typing import Any

from apprise import Apprise, AppriseAsset, NotifyFormat, PersistentStoreMode

from rapport.apps.channels.actions.calling import hushed
from rapport.domain.channels import SERVICES, service_of
from rapport.domain.refusals import Refused

_PLUGINS = {
    "Slack": ("slack", "NotifySlack"),
    "Microsoft Teams": ("workflows", "NotifyWorkflows"),
    "Discord": ("discord", "NotifyDiscord"),
    "Google Chat": ("google_chat", "NotifyGoogleChat"),
    "Webex": ("webexteams", "NotifyWebexTeams"),
    "Telegram": ("telegram", "NotifyTelegram"),
    "Zulip": ("zulip", "NotifyZulip"),
}
_LONGEST_TITLE, _LONGEST_BODY = 150, 700
_CALLED_PATIENCE = 10.0
"""Seconds that a service has for everything."""
_UNSEEN = "\u200b"


def demand_chat(address: str) -> str:
    """The service that an address of a chat is of; refused where Rapport does not know it."""
    service = service_of(address)
    with hushed():
        if service is None or _chat(service, address) is None:
            *most, last = SERVICES
            raise Refused(
                f"This is no address of a chat that Rapport speaks to; paste the whole one that {', '.join(most)} or "
                f"{last} gave you for incoming messages. Any other program is told by a webhook."
            )
    return service


def say(service: str, address: str, title: str, body: str, link: str) -> bool:
    """Say something in a chat, and where it is acted on, however long it is; whether its service took it."""
    with hushed():
        try:
            chat = _chat(service, address)
            whole = Apprise(asset=_asset())
            whole.add(chat)
            title, body = _calm(title)[:_LONGEST_TITLE], f"{_calm(body)[:_LONGEST_BODY]} {link}".strip()
            return bool(whole.notify(title=title, body=body, body_format=NotifyFormat.TEXT))
        except Exception:  # a service has many ways to fail, and all are the same
            return False


def _chat(service: str, address: str) -> Any:
    """Apprise's own for an address; only the module of that service is ever loaded."""
    module, name = _PLUGINS[service]
    plugin = getattr(import_module(f"apprise.plugins.{module}"), name)
    read = plugin.parse_native_url if address.startswith("https:") else plugin.parse_url
    try:
        return plugin(**read(address), asset=_asset())
    except TypeError:
        return None


def _asset() -> AppriseAsset:
    return AppriseAsset(
        app_id="Rapport",
        async_mode=False,
        http_redirects=False,
        service_timeout=_CALLED_PATIENCE,
        storage_mode=PersistentStoreMode.MEMORY,
        image_url_mask="",
        image_url_logo="",
    )


def _calm(text: str) -> str:
    """A text that calls nobody and hides no link: chats take @ and < for the beginning of one, ]( for its middle."""
    calm = " ".join(text.split()).replace("@", f"@{_UNSEEN}").replace("<", f"<{_UNSEEN}")
    return calm.replace("](", f"]{_UNSEEN}(")
