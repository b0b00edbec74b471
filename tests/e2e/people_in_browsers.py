"""What people do over and over in these journeys."""

PASSWORD = "a long pass phrase 7"


def found_client(page):
    page.fill("[name=organisation]", "Northwind")
    page.fill("[name=name]", "Administrator")
    page.fill("[name=email]", "administrator@northwind.example")
    page.fill("[name=password]", PASSWORD)
    page.click("button:has-text('Start')")
    page.wait_for_selector("h1:has-text('Today')")


def give_password(page, person):
    page.fill("[name=login]", person.email)
    page.fill("[name=password]", PASSWORD)
    page.click("button:has-text('Sign in')")


def invite(page, organisation, email, role):
    """Invites somebody and returns the link."""
    page.click("nav >> text=People")
    page.click(f"a:has-text('Invite to {organisation}')")
    page.fill("[name=email]", email)
    page.select_option("[name=role]", role)
    page.click("text=Make the link")
    return page.inner_text("#new-link")


def accept(page, link, name):
    page.goto(link)
    page.fill("[name=name]", name)
    page.fill("[name=password]", PASSWORD)
    page.click("button:has-text('Join')")
    page.wait_for_selector("h1:has-text('Today')")
