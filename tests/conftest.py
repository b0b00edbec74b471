"""What tests of several parts share: the worked examples, and one browser for each process."""

import json
import os
from pathlib import Path

import pytest

ORACLES = Path(__file__).with_name("oracles.json")
CHROMIUM = Path(os.environ.get("CHROMIUM", "/usr/bin/chromium"))


@pytest.fixture(scope="session")
def oracle():
    """Look up a worked example by its id."""
    by_id = {oracle["id"]: oracle for oracle in json.loads(ORACLES.read_text(encoding="utf-8"))}
    return by_id.__getitem__


@pytest.fixture(scope="session")
def browser():
    """A real browser. Without one its tests are left out, but never where CI is set."""
    missing = _missing()
    if missing and os.environ.get("CI"):
        pytest.fail(missing)
    if missing:
        pytest.skip(missing)
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        yield playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])


def _missing():
    from rapport.kit.assets import FILES, VENDOR

    if not CHROMIUM.exists():
        return f"no browser at {CHROMIUM}; install Debian's chromium, or set CHROMIUM to another one"
    if not all((VENDOR / name).exists() for name in FILES):
        return "no style sheet; run python -m rapport.kit.assets"
    return None
