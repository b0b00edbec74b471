"""Every page fits a telephone, and can be used by people who cannot see well or at all, in light and in dark."""

import re

import pytest
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.test import Client
from django.urls import URLPattern, get_resolver
from installation import KPI, NOW, PERIOD, filled
from people_in_browsers import PASSWORD, give_password
from playwright.sync_api import expect

from looking import faults_of, prepare

WITHOUT_A_PAGE = {
    "accounts:first_run", "accounts:accept_by_company", "accounts:company_sign_in", "accounts:company_back",
    "account_confirm_login_code", "account_set_password", "mfa_authenticate", "metrics", "meetings:feed",
    "meetings:by_link",
}  # fmt: skip
"""Addresses that lead on to others as things stand here, or answer programs that show a secret."""

FURTHER = (
    "/portfolio/search/?q=desk", "/portfolio/search/?q=zzz", "/portfolio/?standing=missed", "/portfolio/?q=zzz",
    "/engagements/<engagement_id>/settle/?show=closed", "/engagements/<engagement_id>/settle/reopened/<period>/",
)  # fmt: skip
"""Pages that an address alone does not show."""


EMPTY = (
    "engagements:show", "engagements:agreement", "engagements:form", "engagements:write", "engagements:history",
    "delivery:records", "kpis:results", "assurance:settle", "practices:show",
)  # fmt: skip
"""Pages of an engagement where nothing has happened yet."""

TOLD_OTHERWISE = (
    "today", "portfolio:engagements", "partners:show", "engagements:show", "engagements:agreement", "assurance:settle",
    "assurance:line", "practices:show", "delivery:records",
)  # fmt: skip
"""Pages that the other side sees with other words and buttons."""

OUTSIDE = ("/sign-in/", "/invitations/")


def routes():
    """The names and routes of all addresses, but for those programs ask."""
    found = {}

    def walk(patterns, route, space):
        for pattern in patterns:
            if not isinstance(pattern, URLPattern):
                name = f"{pattern.namespace}:" if pattern.namespace else ""
                walk(pattern.url_patterns, route + str(pattern.pattern), space + name)
            elif space != "api:" or pattern.name == "openapi-view":
                found[f"{space}{pattern.name}"] = route + str(pattern.pattern).strip("^$")

    walk(get_resolver().url_patterns, "/", "")
    return found


def values_of(found):
    """What stands in addresses for their parameters."""
    return {
        "engagement_id": found.engagement.pk, "version_id": found.version.pk, "batch_id": found.rejects.pk,
        "organisation_id": found.partner.pk, "contact_id": found.contact.pk, "document_id": found.document.pk,
        "person_id": found.signer.pk, "invitation_id": 1, "token_id": found.token.pk, "team_id": found.team.pk,
        "view_id": found.view.pk, "statement_id": found.statement.pk, "kpi": KPI, "period": PERIOD,
        "number": found.issue.number, "comment_id": found.comment.pk, "task_id": found.task.pk, "edition_number": 1,
        "cause_id": found.cause.pk, "target_id": found.target.pk, "absence_id": found.absence.pk, "step": "approve",
        "meeting_id": found.meeting.pk, "report_id": found.report.pk, "decision_id": found.decision.pk,
        "draft_number": found.draft.number, "channel_id": found.channel.pk,
        **dict.fromkeys(("feedback_number", "round_number", "promise_number"), 1),
        "section": "kpis", "place": 1, "secret": found.secret, "uidb36": "1", "key": "none",
    }  # fmt: skip


def filled_in(route, values):
    address = re.sub(
        r"<(?:\w+:)?(\w+)>", lambda match: str(values[match[1]]), re.sub(r"\(\?P(<\w+>).+?\)", r"\1", route)
    )
    assert "<" not in address
    return address


class Looked:
    """One person's browser going from page to page, and what was found wrong on them."""

    def __init__(self, page, values):
        self.page, self.values = page, values
        self.site = page.url.split("/sign-in")[0].rstrip("/")
        self.wrong, self.seen = {}, set()
        prepare(page)
        self.client = Client(headers={"host": "localhost"})
        for cookie in page.context.cookies():
            self.client.cookies[cookie["name"]] = cookie["value"]

    def answer(self, route):
        """What an address answers; the browser is given the same answer, so that no page is made twice."""
        return self.client.get(filled_in(route, self.values))

    def at(self, name, route):
        """Look at a page where there is one."""
        answer = self.answer(route)
        if answer.status_code == 200 and not answer.streaming and b"<html" in answer.content[:200]:
            address = filled_in(route, self.values)
            self.page.route(self.site + address, lambda route: route.fulfill(
                status=200, headers=dict(answer.headers), body=answer.content
            ), times=1)  # fmt: skip
            self.page.goto(self.site + address)
            self.seen.add(name)
            self.here(address)

    def here(self, address):
        """Look at the page that is open."""
        expect(self.page.locator(".htmx-request")).to_have_count(0)
        self.wrong |= {(address, *place): what for place, what in faults_of(self.page).items()}


@pytest.mark.django_db(transaction=True)
def test_every_page_can_be_used_by_everybody(clock, sign_in, new_page):
    clock(NOW)
    found, everything = filled(), routes()
    values = values_of(found)
    inside = {name: route for name, route in everything.items() if not route.startswith(OUTSIDE)}

    manager = Looked(sign_in(found.manager), values)
    for name, route in inside.items():
        manager.at(name, route)
    for route in FURTHER:
        manager.at(route, route)
    manager.values = values | {"engagement_id": found.bare.pk}
    for name in EMPTY:
        manager.at(name, inside[name])

    signer = Looked(sign_in(found.signer), values)
    signer.page.goto(signer.site + "/sign-in/reauthenticate/")
    signer.page.fill("[name=password]", PASSWORD)
    signer.page.click("main button[type=submit]")
    signer.page.wait_for_selector("h1:has-text('Today')")
    signer.at("mfa_activate_totp", everything["mfa_activate_totp"])
    TOTP.activate(found.signer, generate_totp_secret())
    RecoveryCodes.activate(found.signer)
    for name in [*TOLD_OTHERWISE, *(name for name in everything if name not in manager.seen)]:
        signer.at(name, everything[name])

    administrator = Looked(sign_in(found.administrator), values)
    for name in (name for name in inside if name not in manager.seen | signer.seen):
        administrator.at(name, inside[name])

    stranger = Looked(new_page("/sign-in/login/"), values)
    for name in (name for name in everything if name not in inside):
        stranger.at(name, everything[name])
    stranger.page.goto(stranger.site + "/sign-in/login/")
    give_password(stranger.page, found.signer)
    stranger.here("the second factor")

    everybody = (manager, signer, administrator, stranger)
    assert {place: what for one in everybody for place, what in one.wrong.items()} == {}
    left = set(everything) - set.union(*(one.seen for one in everybody))
    assert {name for name in left if not any(answers(one, everything[name]) for one in everybody)} == WITHOUT_A_PAGE


def answers(one, route):
    """Whether an address answers somebody with something, be it a part of a page, a file, or that it takes a POST."""
    return one.answer(route).status_code in (200, 405)
