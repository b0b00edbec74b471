import csv
import io
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from rapport.apps.accounts.actions import issue_token, who
from rapport.apps.accounts.models import Person
from rapport.apps.audit.actions import record
from rapport.apps.audit.queries import entries, verdict
from rapport.apps.engagements import actions
from rapport.apps.engagements.models import AgreementVersion, Engagement
from rapport.apps.engagements.queries import STARTS, faults_of, start_text, version_in_force
from rapport.domain.tiers import Tier


def page(name, *args):
    return reverse(f"engagements:{name}", args=args)


def words(response):
    return " ".join(response.content.decode().split())


def test_agreement_goes_from_the_first_line_to_in_force_through_the_pages(world, signed_in, text):
    client, partner = signed_in(world.manager), signed_in(world.signer)
    number = world.engagement.pk
    assert "Write an agreement" in words(client.get(page("agreement", number)))
    client.post(page("write", number), {"text": text.replace("\n", "\r\n"), "seen": ""})
    draft = AgreementVersion.objects.get()
    assert draft.text == text
    client.post(page("propose", number, draft.pk))
    read = words(partner.get(page("version", number, draft.pk)))
    assert "Sign version 1 for Brightdesk" in read
    digest = AgreementVersion.objects.get().digest
    assert f'value="{digest}"' in read
    partner.post(page("sign", number, draft.pk), {"digest": digest})
    assert version_in_force(world.engagement) is None
    assert "Northwind Insurance has to sign version 1" in words(client.get(page("show", number)))
    client.post(page("sign", number, draft.pk), {"digest": digest})
    assert version_in_force(world.engagement).pk == draft.pk
    contract = words(partner.get(page("agreement", number)))
    assert "In force" in contract
    assert "1. Parties" in contract
    assert "6.1 Tickets closed within the limit of their priority" in contract
    told = [entry.content["verb"] for entry in entries(world.engagement.chain).reverse()]
    assert told == ["agreement.proposed", "agreement.signed", "agreement.signed", "agreement.in_force"]
    assert verdict(world.engagement.chain).broken_at is None


def test_partner_writes_and_proposes_too(world, signed_in, text):
    partner = signed_in(world.editor)
    partner.post(page("write", world.engagement.pk), {"text": text, "seen": ""})
    draft = AgreementVersion.objects.get()
    partner.post(page("propose", world.engagement.pk, draft.pk))
    assert "Sign version 1 for Northwind" in words(
        signed_in(world.executive).get(page("version", world.engagement.pk, draft.pk))
    )


def test_writing_shows_faults_at_their_lines_and_proposing_is_refused(world, signed_in, text):
    client, number = signed_in(world.manager), world.engagement.pk
    client.post(page("write", number), {"text": text.replace("currency: GBP", "currency: pounds"), "seen": ""})
    shown = words(client.get(page("write", number)))
    assert "1 fault to mend" in shown
    line = text.split("\n").index("currency: GBP") + 1
    assert f"<strong>Line {line}</strong> (currency)" in shown
    assert "Propose the saved draft" not in shown
    draft = AgreementVersion.objects.get()
    refused = words(client.post(page("propose", number, draft.pk), follow=True))
    assert "The draft has a fault" in refused
    assert AgreementVersion.objects.get().stage == "draft"
    assert "1 fault and cannot be read" in words(client.get(page("agreement", number)))


def test_writing_warns_of_what_no_kpi_measures(world, signed_in, text):
    client = signed_in(world.manager)
    client.post(page("write", world.engagement.pk), {"text": text, "seen": ""})
    assert "No KPI measures the objective" in words(client.get(page("write", world.engagement.pk)))


def test_writing_begins_with_the_names_of_both_companies(world, signed_in):
    shown = words(signed_in(world.manager).get(page("write", world.engagement.pk), {"start": "deliveries"}))
    assert "client: {name: &quot;Northwind Insurance&quot;}" in shown
    assert "partner: {name: &quot;Brightdesk&quot;}" in shown


def test_writing_begins_with_the_text_in_force(world, signed_in, in_force):
    in_force()
    assert "title: Service desk version: 3" in words(signed_in(world.editor).get(page("write", world.engagement.pk)))


def test_two_people_writing_one_draft_do_not_overwrite_each_other(world, signed_in, text, now):
    draft = actions.write_draft(by=world.manager, engagement=world.engagement, text=text, at=now)
    client, number = signed_in(world.manager), world.engagement.pk
    seen = client.get(page("write", number)).context["form"]["seen"].value()
    client.post(page("write", number), {"text": text + "# first\n", "seen": seen})
    refused = words(client.post(page("write", number), {"text": text + "# second\n", "seen": seen}))
    assert "Somebody of your side saved this draft after you opened it" in refused
    assert "# second" in refused
    draft.refresh_from_db()
    assert draft.text.endswith("# first\n")


def test_version_shows_what_it_changes(world, signed_in, in_force, proposed, text):
    in_force()
    version = proposed(world.editor, world.engagement, text.replace("edge: 90, score: 100", "edge: 95, score: 100"))
    shown = words(signed_in(world.manager).get(page("version", world.engagement.pk, version.pk)))
    assert "KPI resolved-in-time: target of band Good raised from 90 to 95." in shown


def test_start_makes_an_engagement(world, signed_in):
    client = signed_in(world.administrator)
    asked = {"partner": world.own.pk, "title": "Claims handling", "purpose": "Claims within days."}
    response = client.post(page("start"), asked, follow=True)
    assert "Claims handling" in words(response)
    engagement = Engagement.objects.get(title="Claims handling")
    assert engagement.client_owner == world.administrator
    assert "has an engagement with this title already" in words(client.post(page("start"), asked))


@pytest.mark.parametrize("role", ["viewer", "auditor", "executive", "signer", "editor"])
def test_start_is_no_page_of_others(world, signed_in, role):
    assert signed_in(getattr(world, role)).get(page("start")).status_code == 404


def test_edit_by_the_partner_leaves_the_client_its_own(world, signed_in):
    partner, number = signed_in(world.editor), world.engagement.pk
    form = words(partner.get(page("edit", number)))
    assert "tier" not in form
    assert "client_owner" not in form
    asked = {"title": "Help desk", "purpose": "", "partner_owner": world.signer.pk, "tier": "strategic"}
    partner.post(page("edit", number), {**asked, "client_owner": world.viewer.pk})
    engagement = Engagement.objects.get(pk=number)
    assert (engagement.title, engagement.partner_owner) == ("Help desk", world.signer)
    assert (engagement.tier, engagement.client_owner) == ("standard", world.manager)


def test_edit_takes_nobody_of_a_sibling_as_owner(world, signed_in):
    asked = {"title": "Service desk", "purpose": "", "partner_owner": world.sibling_signer.pk}
    response = signed_in(world.editor).post(page("edit", world.engagement.pk), asked)
    assert "Select a valid choice" in words(response)


def test_edit_tells_the_partner_nothing_of_the_tier(world, signed_in):
    asked = {
        "title": "Service desk", "purpose": "", "tier": "strategic", "spend": "840000", "client_owner": world.manager.pk
    }  # fmt: skip
    signed_in(world.manager).post(page("edit", world.engagement.pk), asked)
    changed = Engagement.objects.get(pk=world.engagement.pk)
    assert (changed.tier, changed.spend) == ("strategic", 840_000)
    assert "840,000" in signed_in(world.viewer).get(f"/engagements/{world.engagement.pk}/").content.decode()
    assert not entries(world.engagement.chain)
    for name in ("show", "edit", "history", "agreement"):
        assert "strategic" not in words(signed_in(world.signer).get(page(name, world.engagement.pk))).lower()


def test_history_is_for_those_who_may_see_it(world, signed_in, in_force):
    in_force()
    assert "Agreement in force: version 1" in words(signed_in(world.auditor).get(page("history", world.engagement.pk)))
    refused = signed_in(world.partner_viewer).get(page("history", world.engagement.pk))
    assert refused.status_code == 403
    assert "Agreement in force" not in words(refused)


def test_history_shows_the_beginning_of_what_nobody_reads_and_files_keep_it_whole(world, signed_in, in_force, now):
    digest, key = in_force().digest, "0123456789abcdef" * 2
    details = {"client_key": key, "version": 12_345_678_901}
    record(world.engagement.chain, by=who(world.manager), at=now, verb="figure.opened", subject="a", details=details)
    browser, address = signed_in(world.auditor), page("history", world.engagement.pk)
    read = words(browser.get(address))
    for short in ("client key 0123456789ab\N{HORIZONTAL ELLIPSIS}", "version 12345678901",
                  f"digest {digest[:12]}\N{HORIZONTAL ELLIPSIS}"):  # fmt: skip
        assert short in read  # in which order is the database's to say
    assert key not in read
    assert digest not in read
    file = list(csv.DictReader(io.StringIO(b"".join(browser.get(address, {"format": "csv"})).decode())))
    assert set(file[0]["Details"].split(", ")) == {f"client key {key}", "version 12345678901"}
    assert set(file[1]["Details"].split(", ")) == {"version 1", f"digest {digest}"}


@pytest.mark.parametrize(("role", "is_marked"), [("manager", True), ("editor", True), ("viewer", False),
                                                 ("executive", False), ("partner_viewer", False)])  # fmt: skip
def test_writing_the_first_agreement_is_the_move_of_those_who_may(world, signed_in, role, is_marked):
    person = getattr(world, role)
    read = words(signed_in(person).get(page("show", world.engagement.pk)))
    assert "either side may write one" in read
    assert ("Your move" in read) is is_marked
    assert told_to_programs(person, world.engagement)["is_our_move"] is is_marked


def test_signing_is_the_move_of_the_whole_side(world, proposed):
    proposed(world.manager, world.engagement)
    for role in ("viewer", "partner_viewer"):
        assert told_to_programs(getattr(world, role), world.engagement)["is_our_move"]


def test_draft_is_the_move_of_those_who_may_write(world, text, now):
    actions.write_draft(by=world.manager, engagement=world.engagement, text=text, at=now)
    found = {role: told_to_programs(getattr(world, role), world.engagement) for role in ("manager", "viewer")}
    assert {role: said["is_our_move"] for role, said in found.items()} == {"manager": True, "viewer": False}


def told_to_programs(person, engagement):
    """What the API says of an engagement to a program of somebody's."""
    at = timezone.now()
    secret = issue_token(by=person, name="test", scope="read", lasts=timedelta(days=1), at=at)[1]
    return Client().get(f"/api/engagements/{engagement.pk}", headers={"Authorization": f"Bearer {secret}"}).json()


@pytest.mark.parametrize("spend", ["840000", "840000.50"])
def test_edit_shows_whole_amounts_without_decimals(world, signed_in, spend):
    Engagement.objects.filter(pk=world.engagement.pk).update(spend=spend)
    assert f'value="{spend}"' in words(signed_in(world.manager).get(page("edit", world.engagement.pk)))


def test_edit_offers_every_tier(world, signed_in):
    form = signed_in(world.manager).get(page("edit", world.engagement.pk)).context["form"]
    assert [value for value, _ in form.fields["tier"].choices] == list(Tier)


@pytest.mark.parametrize("name", ["show", "agreement", "history", "write"])
@pytest.mark.parametrize(
    "role", ["administrator", "manager", "executive", "viewer", "auditor", "signer", "editor", "partner_viewer"]
)
def test_pages_open_for_every_role(world, signed_in, in_force, name, role):
    in_force()
    response = signed_in(getattr(world, role)).get(page(name, world.engagement.pk))
    assert response.status_code in (200, 403)


def test_older_version_says_that_a_later_one_took_its_place(world, signed_in, proposed, text):
    older = proposed(world.manager, world.engagement)
    proposed(world.editor, world.engagement, text.replace("minimum: 80", "minimum: 82"))
    shown = words(signed_in(world.signer).get(page("version", world.engagement.pk, older.pk)))
    assert "version 2 has taken its place" in shown
    assert "Sign version 1" not in shown


def test_agreement_says_where_nobody_may_sign(world, signed_in, proposed):
    Person.objects.filter(pk=world.signer.pk).update(is_active=False)
    proposed(world.manager, world.engagement)
    shown = words(signed_in(world.viewer).get(page("agreement", world.engagement.pk)))
    assert "Brightdesk has nobody who may sign; it has to invite one: signer." in shown


def test_every_start_is_an_agreement_without_faults(world):
    for kind in STARTS:
        assert faults_of(start_text(world.engagement, 'A "quoted" name: {x}', kind)) == []


def test_text_is_shown_with_its_indent(world, signed_in, proposed):
    version = proposed(world.manager, world.engagement)
    shown = signed_in(world.viewer).get(page("version", world.engagement.pk, version.pk)).content.decode()
    assert "\N{NO-BREAK SPACE}\N{NO-BREAK SPACE}client: {name: Harbour Row Insurance}" in shown


def without(text, section):
    return "\n\n".join(part for part in text.split("\n\n") if not part.startswith(f"{section}:"))


def test_agreement_without_an_executive_is_not_proposed(world, signed_in, text):
    client, number = signed_in(world.manager), world.engagement.pk
    client.post(page("write", number), {"text": without(text, "escalation"), "seen": ""})
    draft = AgreementVersion.objects.get()
    for name in ("write", "form"):
        shown = words(client.get(page(name, number)))
        assert "No escalation plan names whom to turn to and an executive on both sides" in shown
        assert "Propose the saved draft" not in shown
    refused = words(client.post(page("propose", number, draft.pk), follow=True))
    assert "has gaps (No escalation plan names whom to turn to" in refused
    assert AgreementVersion.objects.get().stage == "draft"


def test_contract_says_who_talks_with_whom_and_what_the_client_owes(world, signed_in, proposed):
    proposed(world.manager, world.engagement)
    shown = words(signed_in(world.signer).get(page("agreement", world.engagement.pk)))
    assert "It is to fulfil levels 1, 2 and 3 of the hierarchy of needs" in shown
    assert "meet every Tuesday. Where: <bdi>Video call</bdi>." in shown
    assert "on the second Thursday of every month" in shown
    assert "<bdi>Desk lead</bdi> (the partner) reports to <bdi>Service owner</bdi>, on day 5 of every month." in shown
    assert "Whether it is kept is measured by" in shown
    assert "the partner is not held to the limits of <bdi>resolution</bdi>" in shown


def test_contract_says_how_long_each_side_has_to_settle_figures(world, signed_in, proposed):
    proposed(world.manager, world.engagement)
    shown = words(signed_in(world.signer).get(page("agreement", world.engagement.pk)))
    clause = shown[shown.index("How figures are settled") :]
    assert "the client verifies within 10 days more, and both have 10 days to settle what differs." in clause
    assert "Neither sees the other" in clause


def test_contract_draws_the_escalation_ladder_level_by_level(world, signed_in, proposed):
    proposed(world.manager, world.engagement)
    shown = words(signed_in(world.signer).get(page("agreement", world.engagement.pk)))
    ladder = shown[shown.index('aria-label="Escalation ladder"') :]
    steps = ["1. Operations", "8h of working time", "GBP 500.", "Service owner", "Desk lead", "2. Management",
             "GBP 5,000.", "Executives", "They decide.", "Chief operating officer", "Managing director"]  # fmt: skip
    places = [ladder.index(step) for step in steps]
    assert places == sorted(places)


def test_what_the_agreement_leaves_open_is_shown(world, signed_in, proposed):
    proposed(world.manager, world.engagement)
    shown = words(signed_in(world.signer).get(page("agreement", world.engagement.pk)))
    assert "Still open" in shown
    assert "No KPI measures the objective &#x27;A ticket costs less every year&#x27;." in shown


@pytest.mark.parametrize("version", ["9" * 5000, "9" * 30, "first"])
def test_a_version_that_no_number_reaches_is_missing(world, signed_in, version):
    page = f"/engagements/{world.engagement.pk}/agreement/"
    assert signed_in(world.editor).get(page, {"version": version}).status_code == 404
