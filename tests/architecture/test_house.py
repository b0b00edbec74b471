"""What holds for the repository as a whole: nothing tied to one registry or machine, every dependency pinned."""

import re
import subprocess
import sys
from importlib.metadata import distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LOCKS = ["requirements.lock", "requirements-dev.lock", "requirements-spark.lock"]
LOCKS_WITH_ADDRESSES = {"uv.lock", "poetry.lock", "pdm.lock", "pylock.toml", "Pipfile.lock"}
# Put together here, so that this file does not hold what it looks for.
REGISTRIES = ["pypi" + ".org", "pythonhosted" + ".org", "npmjs" + ".org", "npmjs" + ".com", "yarnpkg" + ".com"]
PIN = re.compile(r"^(?P<name>[a-z0-9-]+)==(?P<version>[^ ;]+)(?: ; [^\\]+)? \\$")


@pytest.fixture(scope="module")
def tracked() -> list[Path]:
    try:
        done = subprocess.run(
            ["git", "-c", "safe.directory=*", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False
        )
    except FileNotFoundError:
        pytest.skip("git is not installed")
    paths = [ROOT / name for name in done.stdout.split("\0") if name]
    if not paths:
        pytest.skip("not a git checkout")
    return [path for path in paths if path.is_file()]


def pins(lock: str) -> dict[str, str]:
    lines = (ROOT / lock).read_text(encoding="utf-8").splitlines()
    return {match["name"]: match["version"] for match in map(PIN.match, lines) if match}


def test_files_name_no_registry(tracked: list[Path]) -> None:
    naming = [
        f"{path.relative_to(ROOT)}: {registry}"
        for path in tracked
        for registry in REGISTRIES
        if registry.encode() in path.read_bytes()
    ]

    assert naming == []


def test_files_hold_no_lock_with_addresses(tracked: list[Path]) -> None:
    assert [path.name for path in tracked if path.name in LOCKS_WITH_ADDRESSES] == []


@pytest.mark.parametrize("lock", LOCKS)
def test_lock_holds_pins_and_hashes_only(lock: str) -> None:
    text = (ROOT / lock).read_text(encoding="utf-8")
    requirements = re.split(r"(?<!\\)\n", text.strip())

    assert len(pins(lock)) == len(requirements)
    assert [line for line in requirements if "--hash=sha256:" not in line] == []
    assert "://" not in text


@pytest.mark.parametrize("lock", LOCKS[1:])
def test_lock_agrees_with_the_run_time_lock(lock: str) -> None:
    assert pins(LOCKS[0]).items() <= pins(lock).items()


def test_lock_never_holds_both_spark_clients() -> None:
    assert [lock for lock in LOCKS if {"pyspark", "pyspark-client"} <= pins(lock).keys()] == []


@pytest.mark.spark_local
def test_spark_environment_is_the_one_in_the_lock() -> None:
    installed = {found.name.lower(): found.version for found in distributions()}

    assert "pyspark-client" not in installed, sys.prefix
    assert installed["pyspark"] == pins("requirements-spark.lock")["pyspark"]
