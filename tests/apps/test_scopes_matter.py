"""Whoever forgets to whom a query belongs is found out.

Each case takes the scope of one query away, at the place where pages and the API look it up: it then answers as if
somebody else had asked, who sees everything, or everything of a sibling's. The check of the page or operation that
rests on it, which is the one of `test_isolation` and `test_api_isolation`, passes before and has to fail then.
"""

import sys
from dataclasses import dataclass
from types import SimpleNamespace

import pytest
from django.utils.module_loading import import_string

from apps.api import test_api_isolation as api
from apps.api.conftest import program, secret_of
from apps.test_isolation import ADDRESSES, assert_alike, assert_kept_back, body, filled, not_for, objects, undone
from rapport.apps.audit.models import Entry
from rapport.apps.delivery.models import Batch
from rapport.apps.engagements.models import AgreementVersion, Engagement
from rapport.apps.escalations.models import Escalation
from rapport.apps.issues.models import Issue
from rapport.apps.kpis.models import Result
from rapport.apps.meetings.models import Meeting, Report
from rapport.apps.practices.models import Symptom
from rapport.domain.roles import Side

__all__ = ["objects", "program", "secret_of"]


@dataclass(frozen=True)
class Scope:
    """A query, how it answers without its scope, the checks that have to notice, and as whom they look."""

    place: str
    without: object
    checks: list
    reader: str = "signer"


def asked_by(role):
    """As if somebody else had asked: the client's manager, who sees every partner's, or one of the sibling's people."""
    return lambda query, world: lambda _actor, *rest: query(getattr(world, role), *rest)


def every(found):
    """Everything there is."""
    return lambda *_: lambda *_: found


def as_client_of_all(query, world):
    """As the client's manager asks about every engagement at once."""
    return lambda *_: query(world.manager, Engagement.objects.all())


def page(asked):
    """A page, by its name or its address, holds nothing that is not the reader's."""

    def check(seen):
        address = filled(ADDRESSES[asked], seen.objects.own) if asked in ADDRESSES else asked
        assert_kept_back(seen.browser, address, seen.not_for_reader)

    return check


def sealed_page(name):
    """The same of a page about what the other side has sealed."""

    def check(seen):
        address = filled(ADDRESSES[name], seen.kept)
        assert_kept_back(seen.browser, address, seen.not_for_reader)

    return check


def counted(name):
    """A page that counts is the same when the sibling has nothing of what it counts."""

    def check(seen):
        address, sibling = filled(ADDRESSES[name], seen.objects.own), seen.objects.sibling["engagement_id"]
        page = body(seen.browser.get(address))
        with undone():
            theirs = Issue.objects.filter(engagement=sibling)
            Escalation.objects.filter(issue__in=theirs).update(state="ended")
            theirs.update(state="declined")
            Symptom.objects.filter(engagement=sibling).delete()
            assert body(seen.browser.get(address)) == page, f"{name} gives away how much a sibling has"

    return check


def foreign(name):
    """A sibling's object looks missing."""

    def check(seen):
        assert_alike(seen.browser, name, seen.objects.sibling, seen.objects.missing)

    return check


def child(name, of):
    """A sibling's object below one's own looks missing."""

    def check(seen):
        own = seen.objects.own
        assert_alike(seen.browser, name, own | {of: seen.objects.sibling[of]}, own | {of: seen.objects.missing[of]})

    return check


def kept(name, of):
    """What the other side keeps to itself looks missing."""

    def check(seen):
        assert_alike(seen.browser, name, seen.kept, seen.kept | {of: seen.objects.missing[of]})

    return check


def told(path):
    """An operation answers nothing that is not the reader's."""

    def check(seen):
        api.assert_kept_back(seen.program, "GET", path, seen.objects.own, seen.not_for_reader)

    return check


def foreign_to_programs(path, method="GET"):
    """To a program too a sibling's object looks missing."""

    def check(seen):
        api.assert_alike(seen.program, method, path, seen.objects.sibling, seen.objects.missing)

    return check


MANAGER, SIGNER, SIBLING = asked_by("manager"), asked_by("signer"), asked_by("sibling_signer")
_LINE, _PRACTICES = "/engagements/{engagement_id}/figures/{kpi}/{period}", "/engagements/{engagement_id}/practices"
_SYMPTOMS = "/engagements/{engagement_id}/symptoms"
_VERSION = "/engagements/{engagement_id}/versions/{version_id}"
_ISSUE = "/engagements/{engagement_id}/issues/{number}"
_RATINGS = "/engagements/{engagement_id}/ratings"
SCOPES = [
    Scope(
        "apps.accounts.queries.people", MANAGER, [page("accounts:people"), foreign("accounts:person"), told("/people")]
    ),
    Scope("apps.accounts.queries.companies", MANAGER, [page("accounts:people")]),
    Scope("apps.accounts.queries.manageable_people", SIBLING, [foreign("accounts:change_role")]),
    Scope("apps.accounts.queries.manageable_organisations", SIBLING, [foreign("accounts:invite")]),
    Scope("apps.accounts.queries.manageable_teams", SIBLING, [foreign("accounts:change_team")]),
    Scope("apps.accounts.queries.open_invitations", SIBLING, [page("accounts:people"), told("/invitations")]),
    Scope("apps.accounts.queries.tokens", SIBLING, [page("accounts:tokens"), foreign("accounts:revoke_token")]),
    Scope(
        "apps.accounts.queries.partners",
        MANAGER,
        [foreign("partners:show"), foreign_to_programs("/partners/{organisation_id}")],
    ),
    Scope("apps.partners.queries.overviews", MANAGER, [told("/partners")]),
    Scope("apps.partners.queries.profile_of", MANAGER, [page("partners:show"), told("/partners/{organisation_id}")]),
    Scope(
        "apps.partners.queries.documents",
        MANAGER,
        [foreign("partners:download_document"), foreign_to_programs("/documents/{document_id}/file")],
    ),
    Scope("apps.partners.queries.contacts", MANAGER, [foreign("partners:remove_contact")]),
    Scope("apps.channels.queries.visible_channels", asked_by("administrator"), [foreign("channels:show")]),
    Scope("apps.engagements.queries.visible_engagements", MANAGER, [foreign("engagements:show"), told("/engagements")]),
    Scope(
        "apps.engagements.queries.versions",
        MANAGER,
        [kept("engagements:version", "version_id"), told("/engagements/{engagement_id}/versions")],
    ),
    Scope(
        "apps.engagements.queries.versions",
        every(AgreementVersion.objects.order_by("-number")),
        [child("engagements:version", "version_id")],
    ),
    Scope("apps.engagements.queries.draft_of", MANAGER, [page("engagements:form")]),
    Scope("apps.engagements.queries.standing_of", MANAGER, [page("engagements:write")]),
    Scope("apps.portfolio.queries.today.standings_of", as_client_of_all, [page("today"), told("/needs")]),
    Scope("apps.engagements.queries.remarks", MANAGER, [page("engagements:version"), told(f"{_VERSION}/remarks")]),
    Scope("apps.engagements.queries.entries", every(Entry.objects.order_by("-number")), [page("engagements:history")]),
    Scope(
        "apps.delivery.queries.batches",
        every(Batch.objects.order_by("-pk")),
        [child("delivery:batch", "batch_id"), page("delivery:records")],
    ),
    Scope("apps.delivery.views.visible_engagements", MANAGER, [foreign("delivery:records")]),
    Scope("apps.kpis.views.visible_engagements", MANAGER, [foreign("kpis:kpi")]),
    Scope("apps.kpis.queries.kpis.results", every(Result.objects.order_by("kpi", "starts_at")), [page("kpis:kpi")]),
    Scope("apps.assurance.views.visible_engagements", MANAGER, [foreign("assurance:line")]),
    Scope("apps.assurance.api.asked_engagement", MANAGER, [foreign_to_programs(f"{_LINE}/statements")]),
    Scope("domain.settlement.visible_to", every(frozenset(Side)), [sealed_page("assurance:line")]),
    Scope("apps.assurance.queries.seen.said", MANAGER, [kept("assurance:evidence", "statement_id")]),
    Scope("apps.engagements.queries.versions", SIGNER, [kept("engagements:version", "version_id")], reader="manager"),
    Scope("apps.engagements.queries.remarks", SIGNER, [page("engagements:version")], reader="manager"),
    Scope("domain.settlement.visible_to", every(frozenset(Side)), [sealed_page("assurance:line")], reader="manager"),
    Scope("apps.assurance.queries.seen.said", SIGNER, [kept("assurance:evidence", "statement_id")], reader="manager"),
    Scope("apps.assurance.queries.books.visible_engagements", MANAGER, [page("portfolio:figures")]),
    Scope("apps.issues.views.visible_engagements", MANAGER, [foreign("issues:list")]),
    Scope("apps.issues.queries.lists.visible_engagements", MANAGER, [foreign("issues:issue")]),
    Scope("apps.issues.queries.editions.visible_engagements", MANAGER, [foreign("issues:edition")]),
    Scope("apps.issues.api.asked_engagement", MANAGER, [foreign_to_programs("/engagements/{engagement_id}/tasks")]),
    Scope("apps.issues.queries.comments", MANAGER, [kept("issues:file", "comment_id"), page("issues:issue")]),
    Scope("apps.issues.queries.comments", SIGNER, [kept("issues:file", "comment_id")], reader="manager"),
    Scope("apps.escalations.views.visible_issues", MANAGER, [foreign("escalations:show")]),
    Scope("apps.escalations.views.visible_engagements", MANAGER, [foreign("escalations:list")]),
    Scope("apps.escalations.api.visible_issues", MANAGER, [foreign_to_programs(f"{_ISSUE}/escalation", "POST")]),
    Scope("apps.escalations.queries.absences", SIBLING, [foreign("escalations:stop_absence")]),
    Scope("apps.escalations.queries.people_who_may_be_away", SIBLING, [foreign("escalations:absences_of")]),
    Scope("apps.meetings.views.visible_engagements", MANAGER, [foreign("meetings:overview")]),
    Scope("apps.meetings.views.links.visible_engagements", MANAGER, [foreign("meetings:allow_links")]),
    Scope(
        "apps.meetings.queries.lists.visible_engagements",
        MANAGER,
        [
            foreign("meetings:meeting"),
            foreign("meetings:report"),
            foreign_to_programs("/engagements/{engagement_id}/meetings/{meeting_id}"),
            foreign_to_programs("/engagements/{engagement_id}/reports/{report_id}"),
        ],
    ),
    Scope(
        "apps.meetings.api.asked_engagement", MANAGER, [foreign_to_programs("/engagements/{engagement_id}/meetings")]
    ),
    Scope("apps.meetings.queries.visible_meetings", MANAGER, [foreign("meetings:meeting")]),
    Scope("apps.meetings.queries.visible_reports", MANAGER, [foreign("meetings:report")]),
    Scope("apps.corrections.views.visible_issues", MANAGER, [foreign("corrections:summary")]),
    Scope("apps.corrections.views.visible_engagements", MANAGER, [foreign("corrections:plans")]),
    Scope("apps.corrections.api.visible_issues", MANAGER, [foreign_to_programs(f"{_ISSUE}/resolve", "POST")]),
    Scope(
        "apps.corrections.queries.standing.visible_issues",
        MANAGER,
        [foreign("corrections:cause"), foreign("corrections:cause_file"), foreign_to_programs(f"{_ISSUE}/correction")],
    ),
    Scope("apps.feedback.views.visible_engagements", MANAGER, [foreign("feedback:overview")]),
    *(
        Scope(f"apps.feedback.queries.{part}.visible_engagements", MANAGER, [foreign(f"feedback:{name}")])
        for part, name in (("said", "show"), ("rounds", "round"), ("promises", "promise"))
    ),
    Scope("apps.feedback.api.asked_engagement", MANAGER, [foreign_to_programs("/engagements/{engagement_id}/support")]),
    Scope("apps.feedback.queries.visible_drafts", MANAGER, [kept("feedback:draft", "draft_number")]),
    Scope("apps.feedback.queries.visible_drafts", SIGNER, [kept("feedback:draft", "draft_number")], reader="manager"),
    *(
        Scope("domain.ratings.readable", every(frozenset(Side)), [told(_RATINGS)], reader=who)
        for who in ("signer", "manager")
    ),
    Scope("apps.practices.views.visible_engagements", MANAGER, [foreign("practices:show")]),
    Scope(
        "apps.practices.api.visible_engagements",
        MANAGER,
        [foreign_to_programs(_PRACTICES), foreign_to_programs(_SYMPTOMS)],
    ),
    Scope("apps.practices.queries.symptoms.visible_engagements", MANAGER, [page("practices:symptoms")]),
    Scope("apps.portfolio.queries.overview.visible_engagements", MANAGER, [page("portfolio:engagements")]),
    Scope(
        "apps.portfolio.queries.overview.saved_views",
        SIBLING,
        [page("portfolio:engagements"), foreign("portfolio:remove_view")],
    ),
    Scope("apps.portfolio.queries.standings.visible_engagements", MANAGER, [page("today")]),
    Scope("apps.portfolio.queries.today.visible_engagements", MANAGER, [page("today")]),
    Scope("apps.portfolio.queries.matters.visible_meetings", MANAGER, [page("today"), told("/needs")]),
    Scope("apps.portfolio.queries.today.partners", MANAGER, [page("today")]),
    Scope("apps.portfolio.views.documents_on", MANAGER, [page("today")], reader="partner_viewer"),
    Scope("apps.portfolio.queries.issues.visible_issues", MANAGER, [page("portfolio:issues")]),
    *(
        Scope(f"apps.portfolio.queries.late.{query}", MANAGER, [page("portfolio:late"), told("/late"), page("today")])
        for query in ("visible_issues", "visible_reports", "visible_steps")
    ),
    Scope("apps.portfolio.views.visible_engagements", MANAGER, [foreign("portfolio:under_way")]),
    *(
        Scope(f"apps.portfolio.queries.under_way.{query}", every(found), [counted("portfolio:under_way")])
        for query, found in (
            ("issues_of", Issue.objects.all()),
            ("escalations_of", Escalation.objects.all()),
            ("symptoms_of", Symptom.objects.all()),
        )
    ),
    *(
        Scope(f"apps.portfolio.queries.under_way.{query}", every(found.order_by("-pk")), [page("portfolio:under_way")])
        for query, found in (
            ("coming_meetings", Meeting.objects.all()),
            ("owed_reports", Report.objects.exclude(state="received")),
        )
    ),
    Scope("apps.portfolio.queries.due.visible_engagements", MANAGER, [page("portfolio:due"), told("/due-records")]),
    Scope("apps.portfolio.queries.search.visible_engagements", MANAGER, [page("/portfolio/search/?q=a")]),
    Scope("apps.portfolio.queries.search.partners", MANAGER, [page("/portfolio/search/?q=a")]),
    Scope("apps.portfolio.queries.search.documents", MANAGER, [page("/portfolio/search/?q=a")]),
]


SECOND = {"rapport.apps.delivery.queries"}
"""Where engagements are looked up once more, after a view or an operation has done it."""


def test_every_place_that_looks_engagements_up_is_tried():
    name = "visible_engagements"
    places = {
        place for place, module in sys.modules.items() if place.startswith("rapport.apps.") and name in vars(module)
    }
    tried = {f"rapport.{scope.place}".removesuffix(f".{name}") for scope in SCOPES}
    assert places - tried == SECOND


@pytest.mark.parametrize("scope", SCOPES, ids=[scope.place for scope in SCOPES])
def test_without_its_scope_a_query_is_found_out(world, objects, signed_in, program, monkeypatch, scope):
    place, reader = f"rapport.{scope.place}", getattr(world, scope.reader)
    seen = SimpleNamespace(
        objects=objects, browser=signed_in(reader), program=program(reader), not_for_reader=not_for(reader, world),
        kept=objects.own | objects.own["of_partner" if reader.is_client else "of_client"],
    )  # fmt: skip
    for check in scope.checks:
        check(seen)
    monkeypatch.setattr(place, scope.without(import_string(place), world))
    for check in scope.checks:
        with undone(), pytest.raises(AssertionError, match=r"tells what is there|gives away"):
            check(seen)
