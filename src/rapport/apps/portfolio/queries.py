"""What the frame around every page shows, and where to look first."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone

from rapport.apps.accounts.forms import role_words
from rapport.apps.accounts.models import Organisation, Person
from rapport.apps.accounts.queries import partners
from rapport.apps.engagements.models import AgreementVersion, Engagement
from rapport.apps.engagements.queries import visible_engagements
from rapport.apps.kpis.models import Result
from rapport.apps.partners.queries import Held, Standing, documents_on, standings
from rapport.domain.evidence import DocumentStatus
from rapport.domain.roles import Right, Role, Side
from rapport.domain.signing import Stage

_LIVING = (Stage.DRAFT, Stage.PROPOSED, Stage.IN_FORCE)
_MISSED = ("below_target", "below_minimum")
_TONES = {Stage.DRAFT: "quiet", Stage.PROPOSED: "info", Stage.IN_FORCE: "good"}


@dataclass(frozen=True)
class Row:
    """One engagement as the portfolio lists it."""

    engagement: Engagement
    stage: str
    tone: str
    move: str
    met: int
    missed: int


@dataclass(frozen=True)
class Need:
    """Something that waits for the reader: what it is, since when, and the page and verb that do it."""

    what: str
    engagement: Engagement
    since: datetime
    url: str
    verb: str


def portfolio(actor: Person) -> list[Row]:
    """Every engagement the actor may see, with the stage of its agreement and how its KPIs stand."""
    engagements = list(visible_engagements(actor).select_related("partner").order_by("partner__name", "title"))
    living = _latest_living(actor, engagements)
    standing = Counter((r.engagement_id, r.status in _MISSED) for r in _latest_results(actor) if r.status != "no_data")
    return [
        Row(
            engagement=engagement,
            stage=living[engagement.pk].get_stage_display() if engagement.pk in living else "",
            tone=_TONES[Stage(living[engagement.pk].stage)] if engagement.pk in living else "quiet",
            move=_move(actor, living.get(engagement.pk)),
            met=standing[engagement.pk, False],
            missed=standing[engagement.pk, True],
        )
        for engagement in engagements
    ]


def needs(actor: Person) -> list[Need]:
    """What waits for the actor, the oldest first: agreements to sign, and drafts of the own side to propose."""
    engagements = list(visible_engagements(actor).select_related("partner"))
    found = [_need(actor, version) for version in _latest_living(actor, engagements).values()]
    return sorted((need for need in found if need), key=lambda need: need.since)


@dataclass(frozen=True)
class Paper:
    """A document of a partner that wants looking after."""

    organisation: Organisation
    standing: Standing


def papers(actor: Person, day: date) -> list[Paper]:
    """The documents needed to share that are not simply in place on a day: of partners, or of the own company."""
    held: dict[int, list[Held]] = {}
    for one in documents_on(actor, day):
        held.setdefault(one.document.organisation_id, []).append(one)
    return [
        Paper(organisation, standing)
        for organisation in partners(actor)
        for standing in standings(actor, held.get(organisation.pk, []), day)
        if standing.is_needed_to_share and standing.status is not DocumentStatus.VALID
    ]


def misses(actor: Person) -> list[Result]:
    """The KPIs that missed their target in the latest complete period, the worst first."""
    missed = [result for result in _latest_results(actor) if result.status in _MISSED]
    return sorted(missed, key=lambda result: (result.status != "below_minimum", result.engagement.title, result.kpi))


def _latest_living(actor: Person, engagements: Sequence[Engagement]) -> dict[int, AgreementVersion]:
    """The version of each engagement that people work on: an own draft, what is proposed, or what is in force."""
    versions = AgreementVersion.objects.filter(engagement__in=engagements, stage__in=_LIVING)
    own = versions.exclude(stage=Stage.DRAFT, written_by=actor.side.other).order_by("number")
    return {
        version.engagement_id: version
        for version in own.prefetch_related("signatures").select_related("engagement__partner")
    }


def _latest_results(actor: Person) -> list[Result]:
    """Of every KPI the result of its latest complete period."""
    complete: QuerySet[Result] = Result.objects.filter(engagement__in=visible_engagements(actor), is_complete=True)
    ordered = complete.select_related("engagement__partner").order_by("starts_at")
    return list({(result.engagement_id, result.kpi): result for result in ordered}.values())


def _unsigned(version: AgreementVersion) -> set[Side]:
    return set(Side) - {Side(signature.side) for signature in version.signatures.all()}


def _move(actor: Person, version: AgreementVersion | None) -> str:
    if version is None:
        return "either side drafts"
    if version.stage == Stage.DRAFT:
        return "yours: propose it"
    if version.stage == Stage.PROPOSED:
        return "yours: sign" if actor.side in _unsigned(version) else "theirs: sign"
    return "nobody's"


def _need(actor: Person, version: AgreementVersion) -> Need | None:
    engagement = version.engagement
    url = reverse("engagements:agreement", args=[engagement.pk])
    if version.stage == Stage.DRAFT and actor.may(Right.EDIT):
        return Need("Finish and propose your draft", engagement, version.created_at, url, "Open the draft")
    is_waiting = version.stage == Stage.PROPOSED and actor.side in _unsigned(version)
    if is_waiting and version.proposed_at and actor.may(Right.SIGN):
        return Need(f"Read and sign {version}", engagement, version.proposed_at, url, "Read and sign")
    return None


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
    account = [{"label": "Second factor", "url": reverse("mfa_index"), "icon": "lock"}]
    account += [{"label": "Where you are signed in", "url": reverse("usersessions_list"), "icon": "screen"}]
    links = {"home_url": reverse("today"), "account_links": account, "sign_out_url": reverse("account_logout")}
    return {"today": today, "identity": identity, "navigation": _navigation(actor, request.path), "frame": links}


def _navigation(actor: Person, path: str) -> list[dict[str, Any]]:
    groups = [
        ("", [("Today", "today", "today"), ("Engagements", "portfolio:engagements", "portfolio")]),
        ("Know", [("Partners" if actor.is_client else "Your company", "partners:list", "partners")]),
        ("Administration", [("People", "accounts:people", "people")]),
    ]
    if not actor.may(Right.SEE):
        return []
    return [{"title": title, "items": [_item(*item, path) for item in items]} for title, items in groups if items]


def _item(label: str, name: str, icon: str, path: str) -> dict[str, Any]:
    url = reverse(name)
    is_current = path == url if url == "/" else path.startswith(url)
    return {"label": label, "url": url, "icon": icon, "is_current": is_current}
