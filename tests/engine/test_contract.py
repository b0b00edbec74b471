"""The agreement as numbered clauses in plain words."""

from pathlib import Path

import pytest
import yaml

from rapport.engine.document import Document, parse
from rapport.engine.report.contract import contract

DEMO = Path(__file__).parents[2] / "src" / "rapport" / "cli" / "demo" / "agreement.yaml"


@pytest.mark.parametrize(
    ("agreed", "told"),
    [(None, "either side"), ("either", "either side"), ("client", "the client"), ("partner", "the partner")],
)
def test_clause_about_records_says_who_delivers_them(agreed, told):
    data = yaml.safe_load(DEMO.read_text(encoding="utf-8"))
    if agreed:
        data["sources"]["surveys"]["delivered_by"] = agreed
    agreement, plain = parse(yaml.safe_dump(data, sort_keys=False))
    clauses = contract(Document(agreement, DEMO.parent, plain))
    clause = next(one for one in clauses if one.title == "Records the figures come from")

    assert dict(clause.terms)["surveys"].startswith(f"delivered by {told}; told apart by")
    assert dict(clause.terms)["tickets"].startswith("delivered by either side; told apart by")
