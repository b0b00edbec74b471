"""Every start is an agreement as it stands, and explains what it holds."""

import re
from pathlib import Path

import pytest
import yaml

from rapport.engine.document import load, parse

STARTS = Path(__file__).parents[2] / "src" / "rapport" / "cli" / "starts"
KINDS = ["availability", "deliveries", "reported", "service-desk"]


def test_starts_are_those_that_help_names(rapport):
    assert sorted(path.stem for path in STARTS.iterdir()) == KINDS
    assert all(kind in rapport("init", "--help").stdout for kind in KINDS)


@pytest.mark.parametrize("kind", KINDS)
def test_start_checks_clean_and_leaves_nothing_uncovered(kind, rapport_json):
    data = rapport_json("check", STARTS / f"{kind}.yaml")

    assert (data["valid"], data["faults"], data["uncovered"]) == (True, [], [])


@pytest.mark.parametrize("kind", KINDS)
def test_start_is_short_and_explained(kind):
    lines = (STARTS / f"{kind}.yaml").read_text(encoding="utf-8").splitlines()
    remarks = [line for line in lines if " # " in line or line.startswith("# ")]

    assert 60 <= len(lines) <= 120
    assert max(map(len, lines)) <= 120
    assert len(remarks) >= len(lines) / 3


@pytest.mark.parametrize("kind", KINDS)
def test_start_names_no_company_but_yours_and_your_partner(kind):
    parties = load(STARTS / f"{kind}.yaml").agreement.parties

    assert (parties.client.name, parties.partner.name) == ("Your company", "Your partner")


@pytest.mark.parametrize("kind", KINDS)
def test_start_shows_what_every_agreement_has_to_decide(kind):
    text = (STARTS / f"{kind}.yaml").read_text(encoding="utf-8")
    words = (
        "holidays",
        "subdivision",
        "add",
        "drop",
        "replacements",
        "ramp",
        "minimum",
        "no_data",
        "needs",
        "objectives",
    )

    assert [word for word in words if f"{word}:" not in text] == []


def choices():
    """Every choice that is switched off: the start, its line, and the text with that one switched on."""
    for kind in KINDS:
        lines = (STARTS / f"{kind}.yaml").read_text(encoding="utf-8").splitlines()
        for number, line in enumerate(lines):
            if re.match(r" *#[a-z_]+: ", line) and "[...]" not in line:
                yield pytest.param("\n".join(switched_on(lines, number)), id=f"{kind}-{number + 1}")


def switched_on(lines, number):
    on = [*lines]
    on[number] = lines[number].replace("#", "", 1)
    is_limit = on[number].strip().startswith("limit:")
    return [line for line in on if not (is_limit and line.strip().startswith(("due: due", "grace:")))]


@pytest.mark.parametrize("text", list(choices()))
def test_choice_that_is_switched_on_is_valid(text):
    parse(text)


def test_starts_need_no_quotes_that_yaml_would_swallow():
    for kind in KINDS:
        data = yaml.safe_load((STARTS / f"{kind}.yaml").read_text(encoding="utf-8"))
        for source in data["sources"].values():
            assert all(isinstance(name, str) for name in source["columns"])


def test_init_prints_the_start(rapport):
    result = rapport("init", "deliveries")

    assert result.stdout == (STARTS / "deliveries.yaml").read_text(encoding="utf-8")
    assert result.stderr == ""


def test_init_starts_with_a_service_desk(rapport):
    assert rapport("init").stdout == rapport("init", "service-desk").stdout


def test_init_writes_a_file_that_checks_clean(rapport, tmp_path):
    path = tmp_path / "mine.yaml"
    result = rapport("init", "reported", "-o", path)

    assert f"rapport check {path}" in result.stderr
    assert "no faults" in rapport("check", path).stdout


def test_init_keeps_a_file_that_is_there(rapport, tmp_path):
    path = tmp_path / "mine.yaml"
    path.write_text("mine", encoding="utf-8")

    assert "was kept" in rapport("init", "-o", path, code=2).stderr
    assert path.read_text(encoding="utf-8") == "mine"


def test_init_says_where_it_cannot_write(rapport, tmp_path):
    assert "cannot be written" in rapport("init", "-o", tmp_path / "no" / "mine.yaml", code=2).stderr


def test_init_names_the_kinds_there_are(rapport):
    assert ", ".join(KINDS) in rapport("init", "catering", code=2).stderr
