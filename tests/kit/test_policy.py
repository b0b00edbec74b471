"""What the content security policy and the lock file ask for, read from the files themselves."""

import json
import re
from pathlib import Path

import pytest

from rapport.kit import assets

KIT = Path(assets.__file__).parent
TEMPLATES = sorted((KIT / "templates").rglob("*.html"))


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_templates_hold_neither_styles_nor_scripts(path):
    assert not re.search(r"\sstyle=|\son\w+=|<style|<script(?! src=)|hx-on", path.read_text())


def test_style_sheet_and_script_load_nothing_from_elsewhere():
    for name in ("kit.css", "kit.js"):
        assert not re.search(r"https?:|//[a-z]+\.|@import|eval\(|innerHTML", (KIT / "static/kit" / name).read_text())


def test_lock_pins_every_package_and_names_no_address():
    lock = json.loads((KIT / "package-lock.json").read_text())
    packages = {name: package for name, package in lock["packages"].items() if name}
    assert not any("resolved" in package for package in packages.values())
    assert all(package["integrity"].startswith("sha512-") for package in packages.values())


def test_package_names_exact_versions():
    versions = json.loads((KIT / "package.json").read_text())["dependencies"].values()
    assert all(re.fullmatch(r"\d+\.\d+\.\d+", version) for version in versions)


def test_assets_without_npm_say_what_to_do(monkeypatch, capsys):
    monkeypatch.setattr(assets.shutil, "which", lambda *_, **__: None)
    assert assets.main() == 2
    assert "apt-get install npm" in capsys.readouterr().err


def test_assets_report_a_failing_npm(monkeypatch, capsys):
    monkeypatch.setattr(assets.shutil, "which", lambda *_, **__: "/bin/false")
    assert assets.main() == 1
    assert "npm ended with 1" in capsys.readouterr().err
