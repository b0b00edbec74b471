"""How pages are looked at by machine, for people who cannot see well or at all, and for telephones."""

from axe_playwright_python.sync_playwright import Axe

AXE = Axe().axe_script
NARROW = 360
_RUN = """only => axe.run({...only, resultTypes: ["violations"], preload: false}).then(found =>
  found.violations.map(one => [one.id, one.nodes.slice(0, 3).map(node => node.html.slice(0, 160))]))"""
_ALL = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}
_COLOURS = {"runOnly": ["color-contrast", "link-in-text-block"]}
"""The rules that dark can break and light keep: everything else is the same markup."""
_SHAPE = _ALL | {"rules": {"color-contrast": {"enabled": False}}}
"""Narrow pages have the colours of wide ones."""


def prepare(page):
    """Get a window ready before it opens the pages to look at."""
    page.add_init_script(AXE)
    page.emulate_media(reduced_motion="reduce")  # a colour on its way to another has no contrast of its own


def faults_of(page):
    """What is wrong with the open page, by appearance and rule: wide in light and dark, then as on a telephone."""
    wide = page.viewport_size
    found = _violations(page, "light", _ALL)
    page.emulate_media(color_scheme="dark")
    found |= _violations(page, "dark", _COLOURS)
    page.emulate_media(color_scheme="light")
    page.set_viewport_size({"width": NARROW, "height": 800})
    found |= _violations(page, "narrow", _SHAPE)
    if (width := page.evaluate("document.documentElement.scrollWidth")) > NARROW:
        found["narrow", "width"] = f"scrolls to {width}"
    page.set_viewport_size(wide)
    return found


def _violations(page, how, rules):
    return {(how, rule): nodes for rule, nodes in page.evaluate(_RUN, rules)}
