"""The catalogue of practices, and the page that explains it."""

import re
from itertools import groupby
from pathlib import Path

from rapport.domain.judging import RULES
from rapport.domain.practices import PRACTICES, Phase

PAGE = Path(__file__).parents[2] / "docs" / "practices.md"
ROW = re.compile(
    r"^\| (?P<id>[A-Z]\d+) \| (?P<name>[^|]+) \| (?P<meaning>[^|]+) \| (?P<judged>[^|]+) \|$", re.MULTILINE
)
NOT_KEPT = "Not kept yet"


def test_practices_have_numbers_and_names_of_their_own():
    assert len(PRACTICES) == 51
    assert len({practice.id for practice in PRACTICES}) == len({practice.name for practice in PRACTICES}) == 51


def test_practices_stand_in_the_order_of_the_phases():
    assert [phase for phase, _ in groupby(PRACTICES, key=lambda practice: practice.phase)] == list(Phase)


def test_meanings_are_single_sentences():
    assert [one.id for one in PRACTICES if not re.fullmatch(r"[A-Z][^.]+\.", one.meaning)] == []


def test_every_rule_is_of_a_practice():
    assert set(RULES) <= {practice.id for practice in PRACTICES}


def test_the_documentation_lists_exactly_the_practices():
    rows = [(row["id"], row["name"], row["meaning"]) for row in ROW.finditer(PAGE.read_text(encoding="utf-8"))]
    assert rows == [(practice.id, practice.name, practice.meaning) for practice in PRACTICES]


def test_the_documentation_says_how_each_judged_practice_is_judged():
    judged = {row["id"] for row in ROW.finditer(PAGE.read_text(encoding="utf-8")) if row["judged"] != NOT_KEPT}
    assert judged == set(RULES)
