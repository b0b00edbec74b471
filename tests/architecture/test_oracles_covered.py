"""Every worked example in oracles.json is named by a test, so that none is forgotten."""

import json
import re
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]
IDS = [oracle["id"] for oracle in json.loads((TESTS / "oracles.json").read_text(encoding="utf-8"))]


@pytest.fixture(scope="module")
def sources():
    return "\n".join(path.read_text(encoding="utf-8") for path in TESTS.rglob("test_*.py"))


def test_oracle_ids_are_unique():
    assert len(IDS) == len(set(IDS))


@pytest.mark.parametrize("oracle_id", IDS)
def test_oracle_is_named_by_a_test(oracle_id, sources):
    assert re.search(rf"{oracle_id}(?![\w-])", sources), f"name {oracle_id} in the test that computes it"
