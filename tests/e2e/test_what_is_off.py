"""From something that is off to its end, through the browser: both sides at their own windows, and the worker beside.

The clock is set by hand; whatever is to happen by itself is done by one pass of the worker's jobs.
"""

import re
from datetime import UTC, datetime

import pytest
from django.core import mail
from installation import NOW, agreed, delivered, joined, two_companies

from rapport import schedule
from rapport.domain.roles import Role

JOBS = (*schedule.SHARED, *schedule.WAITED_FOR, *schedule.FOLLOWING)
MISSED = "Tickets closed within the limit of their priority"


class Window:
    """Somebody's browser, and what they do there again and again."""

    def __init__(self, page):
        self.page = page
        self.site = page.url.rstrip("/")

    def open(self, path=""):
        self.page.goto(f"{self.site}/{path}")

    def follow(self, words):
        self.page.locator(f"main a:has-text('{words}')").first.click()

    def follow_in(self, row, words):
        """Follows a link in the row of a table that has these words."""
        self.page.locator("main tr", has_text=row).locator(f"a:has-text('{words}')").click()

    def unfold(self, words):
        self.page.click(f"summary:has-text('{words}')")

    def send(self, button, **fields):
        """Fills in the form with this button and sends it."""
        form = self.page.locator("main form", has=self.page.locator(f"button:has-text('{button}')")).first
        for name, given in fields.items():
            field = form.locator(f"[name={name}], [name$='-{name}']")
            if field.first.evaluate("one => one.type").startswith("select"):
                field.select_option(label=given)
            else:
                field.fill(given)
        form.locator(f"button:has-text('{button}')").click()
        self.page.wait_for_load_state()

    def upload(self, engagement, name, text):
        self.open(f"engagements/{engagement.pk}/records/")
        self.page.select_option("[name=source]", "tickets")
        self.page.set_input_files("[name=file]", {"name": name, "mimeType": "text/csv", "buffer": text.encode()})
        self.page.click("text=Upload and look at it")
        self.page.click("button:has-text('Commit')")

    @property
    def says(self):
        return self.page.inner_text("main")


def tickets(first, month, days, count=30):
    """Records of tickets that were opened in a month and closed so many days later."""
    head = "ticket,opened,resolved,closed,priority,category,times_reopened,met_sla"
    closed = f"{month}-{2 + days:02d} 12:00"
    rows = [f"T-{first + turn},{month}-02 10:00,{closed},{closed},P3,access,0,yes" for turn in range(count)]
    return "\n".join([head, *rows, ""])


def work(at):
    """One pass of the worker."""
    schedule.run(JOBS, at)


@pytest.mark.django_db(transaction=True)
def test_a_missed_kpi_ends_in_a_correction_that_both_sides_saw_work(clock, sign_in):
    clock(NOW)
    found = two_companies()
    engagement = agreed(found)
    delivered(found, engagement)
    partner, client = Window(sign_in(found.signer)), Window(sign_in(found.manager))

    partner.upload(engagement, "february.csv", tickets(50_000, "2026-02", days=9))
    work(NOW)
    partner.open()
    partner.follow_in(f"{MISSED}: below its minimum in 2026-02", "Open the issue")
    partner.send("Start a corrective action")
    correction = partner.page.url.removeprefix(partner.site + "/")
    partner.send("Say that it is contained", words="The day shift stays until eight.")
    partner.send("Add this cause", text="Tickets of the night wait until noon.", evidence="The times in the records")
    partner.follow("Why is that so?")
    partner.send("Add this cause", text="The night shift was cut in January.", evidence="The roster of January")
    partner.send("Propose these causes to the client")

    client.open(correction)
    assert "The night shift was cut in January." in client.says
    client.send("Accept the causes")
    partner.open(correction)
    assert "failing in a plan" not in partner.says
    partner.unfold("Say who sees to it")
    partner.send("Name the owner", owner="Brightdesk signer")
    partner.send("Give this task", what="Two people at night", owner="Brightdesk signer, signer", due_on="2026-03-30")
    partner.unfold("Set an interim target")
    partner.send("Set the target", target="85", until_on="2026-04-30", what="The shift is learning")
    partner.send("Propose this plan to the client")
    client.open(correction)
    client.send("Accept the plan")
    assert "failing in a plan" in client.says
    partner.open(correction)
    partner.send("Done")
    partner.send("Say that everything is done")
    client.open(correction)
    assert "2 met periods are needed, 2 more" in client.says
    assert client.page.locator("button:has-text('Close it')").count() == 0

    june = datetime(2026, 6, 5, 9, tzinfo=UTC)
    clock(june)
    partner, client = Window(sign_in(found.signer)), Window(sign_in(found.manager))
    for first, month in ((60_000, "2026-04"), (70_000, "2026-05"), (80_000, "2026-06")):
        partner.upload(engagement, f"{month}.csv", tickets(first, month, days=1))
    work(june)
    client.open(correction)
    client.send("Close it: it worked")
    partner.open(correction)
    assert "Northwind manager, Northwind, closed it" in partner.says
    assert "failing" not in partner.says


LADDER = {
    "client: Vendor manager, partner: Account manager": "client: Northwind manager, partner: Brightdesk editor",
    "client: Chief operating officer, partner: Managing director":
        "client: Northwind executive, partner: Brightdesk signer",
}  # fmt: skip
"""People in place of the roles of the agreement's ladder, above its first level."""


@pytest.mark.django_db(transaction=True)
def test_what_nobody_answers_climbs_to_the_executives(clock, sign_in):
    clock(NOW)
    found = two_companies()
    engagement = agreed(found, changed=LADDER)
    executive = joined(found, found.client, Role.EXECUTIVE, NOW)
    editor = joined(found, found.partner, Role.EDITOR, NOW)
    client, partner = Window(sign_in(found.manager)), Window(sign_in(found.signer))

    client.open(f"engagements/{engagement.pk}/issues/")
    client.follow("Raise an issue")
    client.send("Raise", title="Calls after five are not answered")
    issue = client.page.url.removeprefix(client.site + "/")
    partner.open(issue)
    partner.send("Approve it onto the list")
    client.open(f"{issue}escalation/")
    client.send("Let it climb", reason="People wait until the morning.")
    assert "answer on the level Operations" in client.says

    first, second = NOW.replace(hour=17, minute=5), NOW.replace(day=24, hour=17, minute=5)
    clock(first)
    work(first)
    asked = Window(sign_in(editor))
    assert "Answer the escalation “Calls after five are not answered”" in asked.says
    clock(second)
    work(second)
    above = Window(sign_in(executive))
    client.open(f"{issue}escalation/")
    assert "It stands at the top and waits" not in client.says
    assert client.says.count("No answer.") == 2
    partner.open()
    partner.follow_in("Answer the escalation", "Answer")
    partner.send("Answer", text="From Monday on two people stay until eight.")
    above.open(f"{issue}escalation/")
    above.send("Accept the answer")
    assert "It ended" in above.says
    client.open(f"{issue}escalation/")
    assert "From Monday on two people stay until eight." in client.says


@pytest.mark.django_db(transaction=True)
def test_a_meeting_from_its_agenda_to_agreed_minutes(clock, sign_in):
    clock(NOW)
    found = two_companies()
    engagement = agreed(found)
    delivered(found, engagement)
    work(NOW)
    client, partner = Window(sign_in(found.manager)), Window(sign_in(found.signer))

    client.open(f"engagements/{engagement.pk}/meetings/")
    client.follow("Prepare the next meeting")
    meeting = client.page.url.removeprefix(client.site + "/")
    client.send("Add the point", text="Who answers at night")
    day = NOW.replace(day=24)
    clock(day)
    partner.open(meeting)
    assert "Who answers at night" in partner.says
    for person in (found.manager, found.signer):
        partner.page.get_by_label(person.name).check()
    partner.send("Start the minutes")
    partner.send(
        "propose", text="Nobody answers after five.", decision="Two people stay until eight.", what="Change the roster",
        owner="Brightdesk signer, Brightdesk", due_on="2026-03-31",
    )  # fmt: skip
    client.open()
    client.follow("Read the minutes")
    assert "Two people stay until eight." in client.says
    client.send("Agree to these minutes")
    assert "they never change again" in client.says
    partner.open()
    assert "Change the roster" in partner.says


@pytest.mark.django_db(transaction=True)
def test_a_report_from_a_mail_link_without_an_account(clock, sign_in, new_page):
    clock(NOW)
    found = two_companies()
    engagement = agreed(found)
    engagement.partner_owner = found.signer
    engagement.save()
    delivered(found, engagement)
    work(NOW)
    client = Window(sign_in(found.manager))
    client.open(f"engagements/{engagement.pk}/meetings/")
    client.send("Allow reports by mail link")
    partner = Window(sign_in(found.signer))
    partner.open(f"engagements/{engagement.pk}/meetings/")
    partner.follow("Report of the month")
    partner.unfold("Name somebody")
    partner.page.fill("[name=addressee-name]", "Ann Hill")
    partner.page.fill("[name=addressee-email]", "ann@desk.example")
    partner.page.click("text=Name them")
    partner.page.wait_for_selector("text=ann@desk.example")
    reminded = NOW.replace(month=4, day=3)
    clock(reminded)
    for _ in range(2):  # the reminder falls due, then its mail leaves
        work(reminded)
    (letter,) = [one for one in mail.outbox if one.to == ["ann@desk.example"]]
    ann = Window(new_page(re.search(r"http://[^/]+(/\S+)", letter.body)[1], width=360))
    assert "in 2 days" in ann.says
    ann.page.fill("[name=went_well]", "Calls are answered until eight.")
    ann.page.click("text=Save and go on later")
    assert "not handed in yet" in ann.says
    ann.page.click("text=Hand it in")
    assert "Both companies have it now" in ann.says
    client = Window(sign_in(found.manager))
    client.open(f"engagements/{engagement.pk}/meetings/")
    client.follow_in("Ann Hill, by mail link", "Report of the month")
    assert "Handed in by Ann Hill, by mail link" in client.says
    assert "Calls are answered until eight." in client.says
