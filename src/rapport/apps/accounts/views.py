"""Pages about organisations and people."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

from django.contrib import messages
from django.contrib.auth import login
from django.contrib.auth.decorators import login_not_required
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from rapport.apps.accounts import actions, forms, queries, signin
from rapport.apps.accounts.models import ApiToken, Invitation, Organisation, Person, Team
from rapport.apps.accounts.policy import may_enter_absences
from rapport.domain.refusals import Refused
from rapport.domain.roles import Role
from rapport.kit.exports import Column, as_file

_BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
_NEW_SECRET = "new_secret"
_A_PAGE = 50
_PEOPLE_COLUMNS: list[Column[Person]] = [
    Column("Name", lambda person: person.name),
    Column("Function", lambda person: person.function),
    Column("E-mail address", lambda person: person.email),
    Column("Company", lambda person: person.organisation.name),
    Column("Role", lambda person: person.role_words),
    Column("Teams", lambda person: ", ".join(team.name for team in person.teams.all())),
    Column("Here since", lambda person: person.created_at),
    Column("Account", lambda person: "open" if person.is_active else "closed"),
]
_TEAM_COLUMNS: list[Column[Team]] = [
    Column("Team", lambda team: team.name),
    Column("Company", lambda team: team.organisation.name),
    Column("People", lambda team: ", ".join(person.name for person in team.members.all())),
]
_INVITATION_COLUMNS: list[Column[Invitation]] = [
    Column("E-mail address", lambda invitation: invitation.email),
    Column("Company", lambda invitation: invitation.organisation.name),
    Column("Role", lambda invitation: invitation.role_words),
    Column("Until", lambda invitation: invitation.expires_at),
]
_KEY_COLUMNS: list[Column[ApiToken]] = [
    Column("Name", lambda token: token.name),
    Column("Allows", lambda token: token.get_scope_display()),
    Column("Made at", lambda token: token.created_at),
    Column("Lasts until", lambda token: token.expires_at),
    Column("Revoked at", lambda token: token.revoked_at),
]


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
    return render(request, "accounts/accept.html", {"form": form, "invitation": invitation, "secret": secret})


@login_not_required
@require_GET
def company_sign_in(request: HttpRequest) -> HttpResponse:
    """Go to the company's own sign-in."""
    return redirect("today") if request.user.is_authenticated else signin.leave(request)


@login_not_required
@require_GET
def accept_by_company(request: HttpRequest, secret: str) -> HttpResponse:
    """Go to the company's own sign-in to accept an invitation as whom it names."""
    try:
        actions.open_invitation(secret=secret, at=timezone.now())
    except Refused as refusal:
        return render(request, "accounts/refused.html", {"reason": refusal}, status=410)
    return signin.leave(request, secret)


@login_not_required
@require_GET
def company_back(request: HttpRequest) -> HttpResponse:
    """Come back from the company's own sign-in."""
    return signin.come_back(request)


@require_GET
@cache_control(private=True, no_store=True)
def people(request: HttpRequest) -> HttpResponseBase:
    """Everybody the reader may see, by organisation, with what may be changed."""
    actor = queries.actor_of(request)
    asked = {word: request.GET.get(word, "").strip() for word in ("q", "company", "role", "sort")}
    found = queries.people_found(actor, asked["q"], asked["company"], asked["role"], asked["sort"])
    teams, invitations = queries.teams(actor), queries.open_invitations(actor, timezone.now())
    if file := (
        as_file(request, "People", _PEOPLE_COLUMNS, found)
        or as_file(request, "Teams", _TEAM_COLUMNS, teams, "teams")
        or as_file(request, "Invitations", _INVITATION_COLUMNS, invitations, "invitations")
    ):
        return file
    context = {
        "page": Paginator(found, _A_PAGE).get_page(request.GET.get("page")),
        "asked": asked,
        "is_filtered": any(asked[word] for word in ("q", "company", "role")),
        "companies": queries.companies(actor),
        "roles": forms.roles_seen(actor),
        "teams": teams,
        "managed": queries.manageable_organisations(actor).order_by("side", "name"),
        "invitations": invitations,
        "new_link": request.session.pop(_NEW_SECRET, None),
    }
    return render(request, "accounts/people.html", context)


@require_GET
def person(request: HttpRequest, person_id: int) -> HttpResponse:
    """One person: what they may do, how they come in, and what whoever manages people can change."""
    actor = queries.actor_of(request)
    found = get_object_or_404(queries.with_entrances(queries.people(actor)), pk=person_id)
    context = {
        "person": found,
        "teams": queries.teams(actor).filter(members=found),
        "is_self": found == actor,
        "may_manage": queries.manageable_people(actor).filter(pk=found.pk).exists(),
        "may_enter_absences": may_enter_absences(actor, found),
        "may_close": queries.closable_people(actor).filter(pk=found.pk).exists(),
        "form": forms.RoleForm(initial={"role": found.role}, organisation=found.organisation),
        "function": forms.FunctionForm(initial={"function": found.function}),
    }
    return render(request, "accounts/person.html", context)


@require_http_methods(["GET", "POST"])
def invite(request: HttpRequest, organisation_id: int) -> HttpResponse:
    """Invite somebody into an organisation."""
    organisation = get_object_or_404(queries.manageable_organisations(queries.actor_of(request)), pk=organisation_id)
    form = forms.InvitationForm(request.POST or None, organisation=organisation)
    if request.method == "POST" and form.is_valid():
        email, role = form.cleaned_data["email"], Role(form.cleaned_data["role"])
        try:
            _, secret = actions.invite(
                by=queries.actor_of(request), organisation=organisation, email=email, role=role,
                function=form.cleaned_data["function"], at=timezone.now(),
            )  # fmt: skip
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
    asked = request.POST.get("role", "")

    def act(person: Person, **words: Any) -> object:
        role = Role(asked if asked in list(Role) else person.role)
        return actions.change_role(person=person, role=role, **words)

    return _to_person(request, person_id, act, "has this role from their next click on")


@require_POST
def change_function(request: HttpRequest, person_id: int) -> HttpResponse:
    """Say what somebody is in their company."""
    function = request.POST.get("function", "").replace("\0", "").strip()
    said = "is found by this function from now on" if function else "has no function from now on"
    return _to_person(request, person_id, partial(actions.change_function, function=function), said)


@require_POST
def close_account(request: HttpRequest, person_id: int) -> HttpResponse:
    """Let somebody in no longer."""
    closable = queries.closable_people(queries.actor_of(request))
    return _to_person(
        request, person_id, actions.close_account, "is signed out everywhere and gets in no longer", closable
    )


@require_POST
def reopen_account(request: HttpRequest, person_id: int) -> HttpResponse:
    """Let somebody in again."""
    return _to_person(request, person_id, actions.reopen_account, "can sign in again")


@require_POST
def unlink_identity(request: HttpRequest, person_id: int) -> HttpResponse:
    """Forget whom the company's own sign-in named as somebody."""
    return _to_person(request, person_id, actions.unlink_identity, "is no longer linked to the company's sign-in")


@require_POST
def remove_second_factor(request: HttpRequest, person_id: int) -> HttpResponse:
    """Let somebody in who has lost the second factor."""
    return _to_person(request, person_id, actions.remove_second_factor, "has no second factor any more")


@require_http_methods(["GET", "POST"])
def make_team(request: HttpRequest, organisation_id: int) -> HttpResponse:
    """Put people of one organisation together."""
    organisation = get_object_or_404(queries.manageable_organisations(queries.actor_of(request)), pk=organisation_id)
    form = forms.TeamForm(request.POST or None, organisation=organisation)
    return _team_form(request, form, organisation, None, lambda **asked: actions.make_team(
        by=queries.actor_of(request), organisation=organisation, at=timezone.now(), **asked
    ))  # fmt: skip


@require_http_methods(["GET", "POST"])
def change_team(request: HttpRequest, team_id: int) -> HttpResponse:
    """Give a team another name or other people."""
    team = get_object_or_404(queries.manageable_teams(queries.actor_of(request)), pk=team_id)
    now = {"name": team.name, "members": team.members.all()}
    form = forms.TeamForm(request.POST or None, initial=now, organisation=team.organisation)
    return _team_form(request, form, team.organisation, team, lambda **asked: actions.change_team(
        by=queries.actor_of(request), team=team, at=timezone.now(), **asked
    ))  # fmt: skip


@require_POST
def dissolve_team(request: HttpRequest, team_id: int) -> HttpResponse:
    """Let a team be no more."""
    team = get_object_or_404(queries.manageable_teams(queries.actor_of(request)), pk=team_id)
    return _done(request, lambda: actions.dissolve_team(by=queries.actor_of(request), team=team, at=timezone.now()))


@require_http_methods(["GET", "POST"])
@cache_control(private=True, no_store=True)
def tokens(request: HttpRequest) -> HttpResponseBase:
    """The reader's own keys, and a form for a new one, which is shown once."""
    actor = queries.actor_of(request)
    if request.method == "GET" and (file := as_file(request, "Keys", _KEY_COLUMNS, queries.tokens(actor))):
        return file
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


def _team_form(
    request: HttpRequest, form: forms.TeamForm, organisation: Organisation, team: Team | None, act: Callable[..., Team]
) -> HttpResponse:
    """A team's form: done when it is complete, else shown, with the reason where it was refused."""
    if request.method == "POST" and form.is_valid():
        try:
            act(name=form.cleaned_data["name"], members=list(form.cleaned_data["members"]))
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            return redirect("accounts:people")
    return render(request, "accounts/team.html", {"form": form, "organisation": organisation, "team": team})


def _to_person(
    request: HttpRequest, person_id: int, act: Callable[..., object], said: str, among: QuerySet[Person] | None = None
) -> HttpResponse:
    """Do one thing to somebody among those whose account the reader manages, and say that it is done or why not."""
    actor = queries.actor_of(request)
    found = get_object_or_404(queries.manageable_people(actor) if among is None else among, pk=person_id)
    try:
        act(by=actor, person=found, at=timezone.now())
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, f"{found.name} {said}.")
    return redirect("accounts:person", found.pk)


def _done(request: HttpRequest, act: Callable[[], object], back: str = "accounts:people") -> HttpResponse:
    """Do one thing and go back, with the reason where it was refused."""
    try:
        act()
    except Refused as refusal:
        messages.error(request, str(refusal))
    return redirect(back)
