"""Pages about the versions of an agreement: reading, comparing, proposing, signing, remarking on a line."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from rapport.apps.accounts.models import Person
from rapport.apps.engagements import actions, forms, policy, queries
from rapport.apps.engagements.models import AgreementVersion
from rapport.apps.engagements.views.asked import asked_engagement, asked_version
from rapport.domain.refusals import Refused
from rapport.domain.roles import Right
from rapport.domain.signing import Stage
from rapport.kit.addresses import number
from rapport.kit.exports import Column, as_file

_VERSION_COLUMNS: list[Column[AgreementVersion]] = [
    Column("Version", lambda version: None if version.stage == Stage.DRAFT else version.number),
    Column("Stage", lambda version: version.get_stage_display()),
    Column("Written by", lambda version: version.author.name),
    Column("Side", lambda version: version.written_by),
    Column("Proposed at", lambda version: version.proposed_at),
    Column("In force at", lambda version: version.in_force_at),
    Column("Digest", lambda version: version.digest),
]


@require_GET
def agreement(request: HttpRequest, engagement_id: int) -> HttpResponseBase:
    """The agreement as a contract: a chosen version, else the one in force, on the table or in the making."""
    actor, engagement = asked_engagement(request, engagement_id)
    versions = queries.versions(actor, engagement)
    if file := as_file(request, f"Versions {engagement.title}", _VERSION_COLUMNS, versions):
        return file
    standing = queries.standing_of(actor, engagement)
    shown = standing.in_force or standing.proposed or standing.draft
    if chosen := request.GET.get("version"):
        shown = get_object_or_404(versions, pk=number(chosen))
    faults = queries.faults_of(shown.text) if shown else []
    return render(
        request,
        "engagements/agreement.html",
        {
            "engagement": engagement,
            "versions": versions,
            "standing": standing,
            "move": queries.move_in_words(engagement, standing),
            "shown": shown,
            "clauses": queries.clauses(queries.document_of(shown)) if shown and not faults else [],
            "faults": faults,
            "gaps": queries.gaps_of(shown.text) if shown else [],
            "open_points": queries.open_points_of(engagement, shown) if shown else [],
            "obstacles": queries.obstacles(standing.proposed) if standing.proposed else [],
            "may_write": actor.may(Right.EDIT),
            "may_sign": actor.may(Right.SIGN),
        },
    )


@require_GET
def version(request: HttpRequest, engagement_id: int, version_id: int) -> HttpResponse:
    """One version, line by line, with what was said about its lines and what it changes."""
    actor, asked = asked_version(request, engagement_id, version_id)
    line = number(request.GET.get("line", "")) or 0
    form = forms.RemarkForm(version=asked, initial={"line": line})
    return _version_page(request, actor, asked, form, line)


@require_POST
def propose(request: HttpRequest, engagement_id: int, version_id: int) -> HttpResponse:
    """Show a draft to the other side."""
    actor, asked = asked_version(request, engagement_id, version_id)
    try:
        actions.propose_version(by=actor, version=asked, at=timezone.now())
    except Refused as refusal:
        messages.error(request, str(refusal))
        return redirect("engagements:write" if asked.stage == Stage.DRAFT else "engagements:agreement", engagement_id)
    messages.success(request, f"Version {asked.number} is proposed; both sides see it now, and its text is frozen.")
    return redirect("engagements:version", engagement_id, version_id)


@require_POST
def sign(request: HttpRequest, engagement_id: int, version_id: int) -> HttpResponse:
    """Sign a version for the reader's own side."""
    actor, asked = asked_version(request, engagement_id, version_id)
    try:
        actions.sign_version(by=actor, version=asked, digest=request.POST.get("digest", ""), at=timezone.now())
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        ending = "is in force" if asked.stage == Stage.IN_FORCE else "waits for the other side's signature"
        messages.success(request, f"You have signed. Version {asked.number} {ending}.")
    return redirect("engagements:version", engagement_id, version_id)


@require_POST
def withdraw(request: HttpRequest, engagement_id: int, version_id: int) -> HttpResponse:
    """Take a proposal back."""
    actor, asked = asked_version(request, engagement_id, version_id)
    try:
        actions.withdraw_version(by=actor, version=asked, at=timezone.now())
    except Refused as refusal:
        messages.error(request, str(refusal))
    return redirect("engagements:version", engagement_id, version_id)


@require_POST
def remark(request: HttpRequest, engagement_id: int, version_id: int) -> HttpResponse:
    """Say something about a line."""
    actor, asked = asked_version(request, engagement_id, version_id)
    form = forms.RemarkForm(request.POST, version=asked)
    if not form.is_valid():
        if "line" in form.errors:
            messages.error(request, "A remark belongs to a line; choose the number of the line.")
        return _version_page(request, actor, asked, form, form.cleaned_data.get("line", 0))
    said = form.cleaned_data
    is_private = said["audience"] == "private"
    try:
        actions.make_remark(
            by=actor, version=asked, line=said["line"], text=said["text"], is_private=is_private, at=timezone.now()
        )
    except Refused as refusal:
        messages.error(request, str(refusal))
        return _version_page(request, actor, asked, form, said["line"])
    return redirect(reverse("engagements:version", args=[engagement_id, version_id]) + f"#line-{said['line']}")


def _version_page(
    request: HttpRequest, actor: Person, asked: AgreementVersion, form: forms.RemarkForm, line: int
) -> HttpResponse:
    in_force = queries.version_in_force(asked.engagement)
    return render(
        request,
        "engagements/version.html",
        {
            "engagement": asked.engagement,
            "version": asked,
            "lines": queries.lines_of(actor, asked),
            "line": line,
            "form": form,
            "in_force": in_force,
            "changes": queries.changes_from(in_force, asked),
            "obstacles": queries.obstacles(asked),
            "open_points": queries.open_points_of(asked.engagement, asked),
            "may_sign": _may_sign(actor, asked),
            "may_write": actor.may(Right.EDIT) and asked.written_by == actor.side,
            "may_remark": policy.may_remark(actor),
        },
    )


def _may_sign(actor: Person, asked: AgreementVersion) -> bool:
    is_awaited = actor.side in queries.unsigned_sides(asked)
    return actor.may(Right.SIGN) and is_awaited and queries.later_version(asked) is None
