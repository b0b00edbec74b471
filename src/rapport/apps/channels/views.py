"""Pages about channels, for the client's administrators alone."""

from collections.abc import Callable

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from django_htmx.http import HttpResponseClientRefresh

from rapport.apps.accounts.models import Person
from rapport.apps.accounts.queries import actor_of
from rapport.apps.channels import actions, forms, policy, queries
from rapport.apps.channels.models import Channel
from rapport.domain.channels import SERVICES, Came
from rapport.domain.refusals import Refused
from rapport.domain.retries import is_forgotten
from rapport.kit.exports import Column, as_file

_NEW_SECRET = "new_channel_secret"
_COLUMNS: list[Column[Channel]] = [
    Column("Name", lambda channel: channel.name),
    Column("Goes to", lambda channel: channel.service),
    Column("Carries what is told to", lambda channel: channel.person.name),
    Column("Only urgent", lambda channel: channel.is_urgent_only),
    Column("State", lambda channel: channel.state),
    Column("Last sent at", lambda channel: channel.last_sent_at),
    Column("Failing since", lambda channel: channel.failing_since),
]
_WEBHOOK_HINT = "Begins with https://; what is told is sent there, signed."
_CHAT_HINT = "The whole address that {} gave you for incoming messages. It is a secret: it is not shown again."


@require_GET
def channels(request: HttpRequest) -> HttpResponseBase:
    """Every channel, with how it gets on."""
    found = queries.visible_channels(_keeper(request))
    return as_file(request, "Channels", _COLUMNS, found) or render(request, "channels/list.html", {"channels": found})


@require_GET
@cache_control(private=True, no_store=True)
def show(request: HttpRequest, channel_id: int) -> HttpResponse:
    """One channel, what last came of it, and what can be done with it; a new secret once, and on no other's page."""
    found = _channel(request, channel_id)
    is_new = request.session.get(_NEW_SECRET, {}).get("channel") == found.pk
    context = {
        "channel": found,
        "why": _words(found.reason),
        "is_heard": policy.may_be_heard(found.person),
        "secret": request.session.pop(_NEW_SECRET)["secret"] if is_new else "",
        **_test_of(found),
    }
    return render(request, "channels/channel.html", context)


@require_GET
def progress(request: HttpRequest, channel_id: int) -> HttpResponse:
    """How far a test is; the page opens anew when it is over."""
    found = _channel(request, channel_id)
    if found.test_came:
        return HttpResponseClientRefresh()
    return render(request, "channels/_test.html", {"channel": found, **_test_of(found)})


@require_http_methods(["GET", "HEAD", "POST"])
def add_webhook(request: HttpRequest) -> HttpResponse:
    """Let a program be told."""

    def add(form: forms.ChannelForm, actor: Person) -> Channel:
        made, secret = actions.add_webhook(by=actor, at=timezone.now(), **form.cleaned_data)
        request.session[_NEW_SECRET] = {"channel": made.pk, "secret": secret}
        return made

    return _add(request, add, "Add a webhook", _WEBHOOK_HINT)


@require_http_methods(["GET", "HEAD", "POST"])
def add_chat(request: HttpRequest) -> HttpResponse:
    """Let a chat be told."""
    *most, last = SERVICES
    hint = _CHAT_HINT.format(f"{', '.join(most)} or {last}")
    return _add(
        request,
        lambda form, actor: actions.add_chat(by=actor, at=timezone.now(), **form.cleaned_data),
        "Add a chat",
        hint,
    )


@require_POST
def test(request: HttpRequest, channel_id: int) -> HttpResponse:
    """Have a message leave that carries nothing; the page then says what came of it."""
    return _done(request, channel_id, actions.ask_for_test)


@require_POST
def pause(request: HttpRequest, channel_id: int) -> HttpResponse:
    """Let nothing leave for now."""
    return _done(request, channel_id, actions.pause_channel)


@require_POST
def resume(request: HttpRequest, channel_id: int) -> HttpResponse:
    """Let what people are told leave again."""
    return _done(request, channel_id, actions.resume_channel)


@require_POST
def change_secret(request: HttpRequest, channel_id: int) -> HttpResponse:
    """Sign with a new secret, shown once."""

    def change(*, channel: Channel, **words: object) -> None:
        secret = actions.change_secret(channel=channel, **words)  # type: ignore[arg-type]
        request.session[_NEW_SECRET] = {"channel": channel.pk, "secret": secret}

    return _done(request, channel_id, change)


@require_POST
def remove(request: HttpRequest, channel_id: int) -> HttpResponse:
    """Let a channel be no more."""
    found = _channel(request, channel_id)
    actions.remove_channel(by=actor_of(request), channel=found, at=timezone.now())
    messages.success(request, f"{found} is removed.")
    return redirect("channels:list")


def _keeper(request: HttpRequest) -> Person:
    """Who keeps channels; for anybody else there are no such pages."""
    actor = actor_of(request)
    if not policy.may_keep_channels(actor):
        raise Http404
    return actor


def _channel(request: HttpRequest, number: int) -> Channel:
    return get_object_or_404(queries.visible_channels(actor_of(request)), pk=number)


def _words(came: str) -> str:
    """What came of a call, in words; empty where nothing did yet."""
    return queries.CAME_WORDS[Came(came)] if came in list(Came) else ""


def _test_of(channel: Channel) -> dict[str, object]:
    """How the test of a channel is getting on, for its page."""
    asked_at = None if channel.test_came else channel.test_asked_at
    return {
        "is_asked": bool(asked_at),
        "is_forgotten": asked_at and is_forgotten(asked_at, channel.test_taken_at, timezone.now()),
        "test_words": _words(channel.test_came),
    }


def _add(
    request: HttpRequest, add: Callable[[forms.ChannelForm, Person], Channel], title: str, hint: str
) -> HttpResponse:
    actor = _keeper(request)
    form = forms.ChannelForm(request.POST or None, actor=actor, hint=hint)
    if request.method == "POST" and form.is_valid():
        try:
            return redirect("channels:show", add(form, actor).pk)
        except Refused as refusal:
            form.add_error("address", str(refusal))
    return render(request, "channels/add.html", {"form": form, "title": title})


def _done(request: HttpRequest, number: int, act: Callable[..., object]) -> HttpResponse:
    """Do one thing with a channel and show it, with the reason where it was refused."""
    found = _channel(request, number)
    try:
        act(by=actor_of(request), channel=found, at=timezone.now())
    except Refused as refusal:
        messages.error(request, str(refusal))
    return redirect("channels:show", found.pk)
