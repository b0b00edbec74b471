"""What people came for, through the browser: each journey as short as it is for them."""

from datetime import timedelta

import pytest
from installation import DEMO, KPI, NOW, PERIOD, agreed, delivered, invited, joined, spoilt, two_companies
from people_in_browsers import PASSWORD

from rapport.domain.roles import Role, roles_of

ENDED = NOW.replace(day=1, hour=0)
"""When February ended, in London."""


class Counted:
    """A page that counts what is asked of whoever uses it."""

    def __init__(self, page):
        self.page, self.clicks, self.fields = page, 0, 0

    def click(self, what):
        self.clicks += 1
        self.page.click(what)

    def fill(self, name, text):
        self.fields += 1
        self.page.fill(f"[name={name}]", text)

    def choose(self, name, label):
        self.fields += 1
        self.page.select_option(f"[name={name}]", label=label)

    def give(self, name, file):
        self.fields += 1
        self.page.set_input_files(f"[name={name}]", file)


def send(page, source, name, text):
    page.select_option("[name=source]", source)
    page.set_input_files("[name=file]", {"name": name, "mimeType": "text/csv", "buffer": text.encode()})
    page.click("text=Upload and look at it")


def row(page, *words):
    """The row of a table with these words."""
    found = page.locator("tr")
    for word in words:
        found = found.filter(has_text=word)
    return found.first


@pytest.mark.django_db(transaction=True)
def test_a_partner_gives_its_first_records_in_eight_clicks_and_six_fields(clock, new_page):
    clock(NOW)
    found = two_companies()
    agreed(found)
    link = invited(found, found.partner, Role.EDITOR, NOW)
    editor = Counted(new_page(f"/invitations/{link}/"))
    editor.fill("name", "Editor")
    editor.fill("password", PASSWORD)
    editor.click("button:has-text('Join')")
    editor.click("nav >> text=Engagements")
    editor.click("main >> text=Service desk")
    editor.click("main nav >> text=Records")
    editor.choose("source", "tickets")
    editor.give("file", DEMO / "tickets.csv")
    editor.click("text=Upload and look at it")
    editor.click("button:has-text('Commit')")
    assert "tickets.csv is committed" in editor.page.inner_text("main")
    assert editor.clicks <= 8
    assert editor.fields <= 6


@pytest.mark.django_db(transaction=True)
def test_records_with_errors_are_mended_and_given_again(clock, sign_in):
    clock(NOW)
    found = two_companies()
    engagement = agreed(found)
    page = sign_in(found.signer)
    site = page.url.rstrip("/")
    records = f"{site}/engagements/{engagement.pk}/records/"
    wrong, mended = spoilt()

    page.goto(records)
    send(page, "tickets", "tickets.csv", mended.replace("opened,", "begun,", 1))
    assert page.locator("[role=alert], .k-tone-bad").count()
    assert "opened" in page.inner_text("main")

    page.goto(records)
    send(page, "tickets", "tickets.csv", wrong)
    assert "2025-13-0" in row(page.locator("section", has_text="Rejected rows"), "opened").inner_text()
    page.click("main nav >> text=Records")
    send(page, "tickets", "tickets.csv", mended)
    assert "2025-13-0" not in page.inner_text("main")
    page.click("button:has-text('Commit 6')")
    page.click("text=See the results")
    assert "Tickets closed within the limit of their priority" in page.inner_text("main")


@pytest.mark.django_db(transaction=True)
def test_a_contested_figure_is_settled_by_both_sides(clock, sign_in):
    clock(NOW)
    found = two_companies()
    engagement = agreed(found)
    delivered(found, engagement, ("tickets", "holds"))
    clock(ENDED + timedelta(days=3))
    partner = sign_in(found.signer)
    site = partner.url.rstrip("/")
    line = f"{site}/engagements/{engagement.pk}/settle/{KPI}/{PERIOD}/"

    partner.goto(f"{site}/engagements/{engagement.pk}/settle/")
    partner.locator("section", has_text=PERIOD).locator("text=/^State \\d+ figures$/").first.click()
    partner.fill(f"[name={KPI}]", "94.5")
    partner.click("button:has-text('State these figures')")
    assert "94.50" in row(partner, "Tickets closed within").inner_text()

    clock(ENDED + timedelta(days=12))
    client = sign_in(found.manager)
    client.goto(line)
    assert "94.5" not in client.inner_text("main")
    client.fill("[name=verify-value]", "90")
    client.click(f"button:has-text('Verify {PERIOD}')")
    assert "94.50" in client.inner_text("main")

    partner.goto(line)
    partner.click("text=Say what is wrong with it")
    partner.fill("[name=dispute-reason]", "Three of them waited for you.")
    partner.click("button:has-text('Dispute it')")
    client.goto(line)
    assert "Three of them waited for you." in client.inner_text("main")
    client.fill("[name=offer-value]", "92.25")
    client.fill("[name=offer-reason]", "Two of the three did.")
    client.click("button:has-text('Offer it')")
    partner.goto(line)
    partner.click("button:has-text('Accept 92.25')")
    for page in (partner, client):
        page.goto(line)
        assert "settled" in page.inner_text(".k-lead")
        assert "92.25" in page.locator(".k-number-card", has_text="Stands").inner_text()


@pytest.mark.django_db(transaction=True)
def test_everybody_signs_in_to_today(clock, sign_in):
    clock(NOW)
    found = two_companies()
    people = [found.administrator, found.manager, found.signer]
    known = {person.role for person in people}
    for organisation in (found.client, found.partner):
        people += [joined(found, organisation, role, NOW) for role in roles_of(organisation.side) if role not in known]
    for person in people:
        page = sign_in(person)
        assert person.name in page.inner_text(".k-identity")
        page.context.close()


@pytest.mark.django_db(transaction=True)
def test_without_a_mouse_somebody_finds_a_kpi(clock, sign_in):
    clock(NOW)
    found = two_companies()
    agreed(found)
    page = sign_in(found.signer)
    page.keyboard.press("Control+k")
    page.keyboard.type("within the limit")
    page.wait_for_selector("#k-suggestions a")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/results/{KPI}/")
    assert "Tickets closed within the limit of their priority" in page.inner_text("h1")
