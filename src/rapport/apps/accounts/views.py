"""Pages about organisations and people."""

from collections.abc import Callable
from datetime import timedelta

from django.contrib import messages
from django.contrib.auth import login
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from rapport.apps.accounts import actions, forms, queries
from rapport.apps.accounts.policy import Refused
from rapport.domain.roles import Role

_BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
_NEW_SECRET = "new_secret"


@login_not_required
@require_http_methods(["GET", "POST"])
def first_run(request: HttpRequest) -> HttpResponse:
    """Make the client organisation, while there is none."""
    if queries.has_client():
        return redirect("today")
    form = forms.FoundingForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            person = actions.found_client(**form.cleaned_data, at=timezone.now())
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            login(request, person, _BACKEND)
            return redirect("today")
    return render(request, "accounts/first_run.html", {"form": form})


@login_not_required
@require_http_methods(["GET", "POST"])
def accept(request: HttpRequest, secret: str) -> HttpResponse:
    """Accept an invitation. Opening the link changes nothing."""
    now = timezone.now()
    try:
        invitation = actions.open_invitation(secret=secret, at=now)
    except Refused as refusal:
        return render(request, "accounts/refused.html", {"reason": refusal}, status=410)
    form = forms.AcceptanceForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            person = actions.accept_invitation(secret=secret, **form.cleaned_data, at=now)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            login(request, person, _BACKEND)
            return redirect("today")
    return render(request, "accounts/accept.html", {"form": form, "invitation": invitation})


@require_GET
def people(request: HttpRequest) -> HttpResponse:
    """Everybody the reader may see, by organisation, with what may be changed."""
    actor = queries.actor_of(request)
    return render(
        request,
        "accounts/people.html",
        {
            "people": queries.people(actor),
            "manageable": set(queries.manageable_people(actor).values_list("pk", flat=True)),
            "organisations": queries.manageable_organisations(actor).order_by("side", "name"),
            "invitations": queries.open_invitations(actor, timezone.now()),
            "new_link": request.session.pop(_NEW_SECRET, None),
        },
    )


@require_http_methods(["GET", "POST"])
def invite(request: HttpRequest, organisation_id: int) -> HttpResponse:
    """Invite somebody into an organisation."""
    organisation = get_object_or_404(queries.manageable_organisations(queries.actor_of(request)), pk=organisation_id)
    form = forms.InvitationForm(request.POST or None, organisation=organisation)
    if request.method == "POST" and form.is_valid():
        email, role = form.cleaned_data["email"], Role(form.cleaned_data["role"])
        try:
            _, secret = actions.invite(
                by=queries.actor_of(request), organisation=organisation, email=email, role=role, at=timezone.now()
            )
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            link = request.build_absolute_uri(reverse("accounts:accept", args=[secret]))
            request.session[_NEW_SECRET] = {"email": email, "link": link}
            return redirect("accounts:people")
    return render(request, "accounts/invite.html", {"form": form, "organisation": organisation})


@require_POST
def revoke_invitation(request: HttpRequest, invitation_id: int) -> HttpResponse:
    """Take back an invitation."""
    now = timezone.now()
    invitation = get_object_or_404(queries.open_invitations(queries.actor_of(request), now), pk=invitation_id)
    return _done(
        request, lambda: actions.revoke_invitation(by=queries.actor_of(request), invitation=invitation, at=now)
    )


@require_POST
def change_role(request: HttpRequest, person_id: int) -> HttpResponse:
    """Give somebody another role."""
    person = get_object_or_404(queries.manageable_people(queries.actor_of(request)), pk=person_id)
    role = Role(request.POST["role"]) if request.POST.get("role") in list(Role) else Role(person.role)
    return _done(
        request, lambda: actions.change_role(by=queries.actor_of(request), person=person, role=role, at=timezone.now())
    )


@require_POST
def close_account(request: HttpRequest, person_id: int) -> HttpResponse:
    """Let somebody in no longer."""
    person = get_object_or_404(queries.manageable_people(queries.actor_of(request)), pk=person_id)
    return _done(request, lambda: actions.close_account(by=queries.actor_of(request), person=person, at=timezone.now()))


@require_http_methods(["GET", "POST"])
def tokens(request: HttpRequest) -> HttpResponse:
    """The reader's own keys, and a form for a new one, which is shown once."""
    actor = queries.actor_of(request)
    form = forms.TokenForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        asked = form.cleaned_data
        try:
            _, secret = actions.issue_token(
                by=actor,
                name=asked["name"],
                scope=asked["scope"],
                lasts=timedelta(days=asked["days"]),
                at=timezone.now(),
            )
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            request.session[_NEW_SECRET] = {"key": secret}
            return redirect("accounts:tokens")
    new = request.session.pop(_NEW_SECRET, None)
    return render(request, "accounts/tokens.html", {"form": form, "tokens": queries.tokens(actor), "new": new})


@require_POST
def revoke_token(request: HttpRequest, token_id: int) -> HttpResponse:
    """Let one of the reader's own keys open nothing any more."""
    actor = queries.actor_of(request)
    token = get_object_or_404(queries.tokens(actor), pk=token_id)
    return _done(request, lambda: actions.revoke_token(by=actor, token=token, at=timezone.now()), "accounts:tokens")


def _done(request: HttpRequest, act: Callable[[], object], back: str = "accounts:people") -> HttpResponse:
    """Do one thing and go back, with the reason where it was refused."""
    try:
        act()
    except Refused as refusal:
        messages.error(request, str(refusal))
    return redirect(back)
