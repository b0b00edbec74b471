import json
from pathlib import Path

import pytest

ORACLES = Path(__file__).with_name("oracles.json")


@pytest.fixture(scope="session")
def oracle():
    """Look up a worked example by its id."""
    by_id = {oracle["id"]: oracle for oracle in json.loads(ORACLES.read_text(encoding="utf-8"))}
    return by_id.__getitem__
