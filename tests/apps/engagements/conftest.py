from pathlib import Path

import pytest

import rapport
from rapport.apps.engagements import actions

AGREEMENT = Path(rapport.__file__).with_name("cli").joinpath("demo", "agreement.yaml").read_text(encoding="utf-8")


@pytest.fixture
def text():
    """An agreement without faults, with one objective that no KPI measures."""
    return AGREEMENT


@pytest.fixture
def proposed(now):
    """Writes and proposes a version for somebody's side."""

    def propose(by, engagement, text=AGREEMENT):
        draft = actions.write_draft(by=by, engagement=engagement, text=text, at=now)
        return actions.propose_version(by=by, version=draft, at=now)

    return propose


@pytest.fixture
def in_force(now, proposed, world):
    """Brings a version into force: the manager proposes, both sides sign."""

    def agree(text=AGREEMENT):
        version = proposed(world.manager, world.engagement, text)
        for person in (world.manager, world.signer):
            version = actions.sign_version(by=person, version=version, digest=version.digest, at=now)
        return version

    return agree
