"""The way two companies go together: set up, invite, agree, measure, see; each in a window of its own."""

from pathlib import Path

import pytest
from people_in_browsers import PASSWORD, accept, found_client, invite

from looking import faults_of, prepare

DEMO = Path(__file__).parents[2] / "src" / "rapport" / "cli" / "demo"


def agreement_text():
    return (DEMO / "agreement.yaml").read_text(encoding="utf-8")


def upload(page, source, clicks):
    page.select_option("[name=source]", source)
    page.set_input_files("[name=file]", DEMO / f"{source}.csv")
    page.click("text=Upload and look at it")
    page.click("button:has-text('Commit')")
    clicks.append(source)


@pytest.mark.django_db(transaction=True)
def test_from_an_empty_installation_to_results_both_sides_see(new_page):
    client = new_page()
    found_client(client)
    client.click("nav >> text=Partners")
    client.click("text=Add")
    client.fill("[name=name]", "Brightdesk")
    client.click("main button[type=submit]")
    link = invite(client, "Brightdesk", "signer@brightdesk.example", "signer")
    manager_link = invite(client, "Northwind", "manager@northwind.example", "manager")

    partner, manager = new_page(), new_page()
    accept(partner, link, "Signer")
    accept(manager, manager_link, "Manager")

    manager.click("nav >> text=Engagements")
    manager.click("text=Start an engagement >> nth=0")
    manager.select_option("[name=partner]", label="Brightdesk")
    manager.fill("[name=title]", "Service desk")
    manager.click("text=Start the engagement")
    engagement = manager.url.split("/engagements/")[1].split("/")[0]
    site = manager.url.split("/engagements/")[0]

    manager.goto(f"{site}/engagements/{engagement}/agreement/write/")
    manager.fill("[name=text]", agreement_text())
    manager.click("text=Save the draft")
    partner.goto(f"{site}/engagements/{engagement}/agreement/")
    assert partner.locator("button:has-text('Sign version')").count() == 0

    manager.goto(f"{site}/engagements/{engagement}/agreement/write/")
    manager.click("text=Propose the saved draft")
    for page in (manager, partner):
        page.goto(f"{site}/")
        page.click("text=Read and sign >> nth=-1")
        if page.locator("button:has-text('Sign version')").count() == 0:
            page.click("text=Read and sign it")
        page.click("button:has-text('Sign version')")
    assert "in force" in partner.inner_text("main").lower()

    clicks: list[str] = []
    for source in ("tickets", "holds"):
        partner.goto(f"{site}/engagements/{engagement}/records/")
        upload(partner, source, clicks)

    for page in (manager, partner):
        page.goto(f"{site}/engagements/{engagement}/results/")
        assert "Tickets closed within the limit of their priority" in page.inner_text("main")
        assert "Met" in page.inner_text("main")


@pytest.mark.django_db(transaction=True)
def test_the_first_pages_fit_and_can_be_used_by_everybody(new_page):
    page = new_page("/")
    prepare(page)
    page.reload()
    assert faults_of(page) == {}
    found_client(page)
    site = page.url.split("/", 3)[:3]
    for path in ("portfolio/", "partners/"):
        page.goto("/".join([*site, path]))
        assert faults_of(page) == {}
    assert PASSWORD not in page.content()
