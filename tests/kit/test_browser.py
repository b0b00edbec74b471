"""The sample pages in a real browser: widths, appearances, policy, accessibility, keyboard."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect


@pytest.fixture
def open_page(browser, site):
    """Opens a sample page; fails at the end if the browser complained about anything."""
    complaints, contexts = [], []

    def opened(path, width=1440, scheme="light"):
        context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(site + path)
        return page

    yield opened
    for context in contexts:
        context.close()
    assert complaints == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", ["/client", "/partner", "/plain"])
def test_page_fits_and_can_be_used_by_everybody(open_page, path, scheme):
    page = open_page(path, 1440, scheme)
    assert page.evaluate("document.documentElement.dataset.bsTheme") == scheme
    for width in (1440, 360):
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        found = Axe().run(page)
        assert found.violations_count == 0, found.generate_report()


def test_open_menu_and_term_can_be_used_by_everybody(open_page):
    page = open_page("/client", scheme="dark")
    page.locator(".k-identity").click()
    expect(page.locator("#k-account")).to_be_visible()
    assert Axe().run(page).violations_count == 0
    page.keyboard.press("Escape")
    page.locator(".k-term").click()
    expect(page.locator(".k-meaning")).to_be_visible()
    assert Axe().run(page).violations_count == 0


def test_appearance_is_remembered(open_page):
    page = open_page("/client")
    page.locator(".k-identity").click()
    page.locator("[data-theme-choice=dark]").click()
    page.reload()
    expect(page.locator("html")).to_have_attribute("data-bs-theme", "dark")
    expect(page.locator("[data-theme-choice=dark]")).to_have_attribute("aria-pressed", "true")


def test_print_is_light_and_has_no_frame(open_page):
    page = open_page("/client", scheme="dark")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    page.emulate_media(media="print")
    expect(page.locator("html")).to_have_attribute("data-bs-theme", "light")
    expect(page.locator(".k-side")).to_be_hidden()
    expect(page.locator(".k-top")).to_be_hidden()
    expect(page.get_by_text("Only we see this")).to_be_visible()


def test_control_k_leads_to_the_search(open_page):
    page = open_page("/client")
    page.keyboard.press("Control+k")
    expect(page.locator("[data-search]")).to_be_focused()


def test_navigation_opens_on_a_phone_and_escape_closes_it(open_page):
    page = open_page("/client", width=360)
    expect(page.locator("#k-nav")).to_be_hidden()
    page.locator("[data-nav-toggle]").click()
    expect(page.locator("#k-nav")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#k-nav")).to_be_hidden()
    expect(page.locator("[data-nav-toggle]")).to_be_focused()


def test_first_tab_skips_to_the_content(open_page):
    page = open_page("/client")
    page.evaluate("document.activeElement.blur()")
    page.locator(".k-skip").focus()
    expect(page.locator(".k-skip")).to_be_in_viewport()
    page.keyboard.press("Enter")
    expect(page.locator("#content")).to_be_focused()


def test_failed_form_is_focused_when_the_page_opens(open_page):
    expect(open_page("/client").locator(".k-form [role=alert]")).to_be_focused()


def test_exchanged_part_takes_the_focus_and_is_announced(open_page):
    page = open_page("/client")
    page.get_by_role("button", name="Save the remark").click()
    expect(page.get_by_role("heading", name="Saved remark")).to_be_focused()
    expect(page.locator("#k-live")).to_have_text("Saved")


def test_link_is_copied_and_said(open_page):
    page = open_page("/client")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name="Copy link").click()
    expect(page.locator("#k-live")).to_have_text("Copied")
    assert page.evaluate("navigator.clipboard.readText()") == "https://localhost/kpis/4"


def test_page_works_without_script(browser, site):
    context = browser.new_context(java_script_enabled=False, viewport={"width": 360, "height": 900})
    page = context.new_page()
    page.goto(site + "/client")
    expect(page.locator("#k-nav")).to_be_visible()
    context.close()
