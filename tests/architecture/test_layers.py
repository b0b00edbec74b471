"""The layers hold on the tree, and each contract really catches what it forbids."""

import ast
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DOMAIN = ROOT / "src" / "rapport" / "domain"
IMPURE_CALLS = {"open", "print", "input", "eval", "exec", "__import__"}
CLOCKS = {"now", "utcnow", "today"}

VIOLATIONS = [
    ("Imports run one way", {"domain/extra.py": "import rapport.cli"}),
    ("Imports run one way", {"engine/extra.py": "from rapport import cli"}),
    ("Imports run one way", {"utils.py": ""}),
    ("Siblings do not go in circles", {"domain/one.py": "from . import two", "domain/two.py": "from . import one"}),
    ("Domain is pure", {"domain/extra.py": "import pydantic"}),
    ("Domain is pure", {"domain/extra.py": "def late():\n    from time import time"}),
    ("Engine knows neither web nor terminal", {"engine/extra.py": "from django.db import models"}),
    ("Only the engine sees DuckDB, Arrow, Spark", {"cli/extra.py": "import duckdb"}),
    ("Only the engine sees DuckDB, Arrow, Spark", {"apps/kpis/jobs.py": "import pyarrow.csv"}),
    ("Imports run one way", {"kit/extra.py": "from rapport.apps.accounts import models"}),
    ("Apps stand on one spine", {"apps/accounts/extra.py": "from rapport.apps.engagements import models"}),
    ("Apps stand on one spine", {"apps/helpers.py": ""}),
    ("Every app has the same anatomy", {"apps/accounts/policy.py": "from rapport.apps.accounts import actions"}),
    ("Every app has the same anatomy", {"apps/accounts/utils.py": ""}),
]


def lint_imports(directory: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-logo", "--no-cache"],
        cwd=directory,
        env={**os.environ, "PYTHONPATH": str(directory / "src"), "COLUMNS": "200"},
        capture_output=True,
        text=True,
        check=False,
    )


def verdict(output: str, contract: str) -> str:
    return next(line.removeprefix(contract).split()[0] for line in output.splitlines() if line.startswith(contract))


def test_layers_hold_on_the_tree() -> None:
    done = lint_imports(ROOT)

    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(("contract", "files"), VIOLATIONS, ids=[f"{case[0]}: {min(case[1])}" for case in VIOLATIONS])
def test_layers_catch_a_violation(contract: str, files: dict[str, str], tmp_path: Path) -> None:
    shutil.copytree(ROOT / "src", tmp_path / "src", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / ".importlinter", tmp_path)
    for name, text in files.items():
        path = tmp_path / "src" / "rapport" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)

    done = lint_imports(tmp_path)

    assert done.returncode == 1, done.stdout + done.stderr
    assert verdict(done.stdout, contract) == "BROKEN"


def impurities(source: str) -> list[str]:
    """What import contracts cannot see: unlisted packages, built-in input and output, the clock in `datetime`."""
    found = []
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Import(names=names):
                found += [alias.name for alias in names if not is_allowed(alias.name)]
            case ast.ImportFrom(module=str(module), level=0) if not is_allowed(module):
                found.append(module)
            case ast.Call(func=ast.Name(id=name)) if name in IMPURE_CALLS:
                found.append(name)
            case ast.Call(func=ast.Attribute(attr=name)) if name in CLOCKS:
                found.append(name)
    return found


def is_allowed(module: str) -> bool:
    return module.partition(".")[0] in sys.stdlib_module_names or module.startswith("rapport.domain")


@pytest.mark.parametrize("path", sorted(DOMAIN.rglob("*.py")), ids=lambda path: path.name)
def test_domain_is_pure(path: Path) -> None:
    assert impurities(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    "source", ["import attrs", "from attrs import define", "open('x')", "datetime.now(UTC)", "date.today()"]
)
def test_domain_impurity_is_caught(source: str) -> None:
    assert len(impurities(source)) == 1
