"""How pages are looked at by machine, for people who cannot see well or at all, and for telephones."""

from axe_playwright_python.sync_playwright import Axe

AXE = Axe().axe_script
NARROW = 360
_RUN = """only => axe.run({...only, resultTypes: ["violations"], preload: false}).then(found =>
  found.violations.map(one => [one.id, one.nodes.slice(0, 3).map(node => node.html.slice(0, 160))]))"""
_RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}


def prepare(page):
    """Get a window ready before it opens the pages to look at."""
    page.add_init_script(AXE)
    page.emulate_media(reduced_motion="reduce")  # a colour on its way to another has no contrast of its own


def faults_of(page):
    """What is wrong with the open page, by appearance and rule: wide in light, then as on a telephone in dark."""
    wide = page.viewport_size
    found = _violations(page, "wide and light")
    page.emulate_media(color_scheme="dark")
    page.set_viewport_size({"width": NARROW, "height": 800})
    found |= _violations(page, "narrow and dark")
    if (width := page.evaluate("document.documentElement.scrollWidth")) > NARROW:
        found["narrow", "width"] = f"scrolls to {width}"
    page.emulate_media(color_scheme="light")
    page.set_viewport_size(wide)
    return found


def _violations(page, how):
    return {(how, rule): nodes for rule, nodes in page.evaluate(_RUN, _RULES)}
