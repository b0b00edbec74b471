"""The agreement as numbered clauses in plain words."""

from pathlib import Path

import pytest
import yaml

from rapport.engine.document import Document, DocumentError, parse
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


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ({}, "meet every Tuesday. Where"),
        ({"at": "10:00"}, "meet every Tuesday at 10:00 (Europe/London) for 60 minutes. Where"),
        ({"at": "08:30", "minutes": 15}, "meet every Tuesday at 08:30 (Europe/London) for 15 minutes. Where"),
    ],
)
def test_clause_about_a_meeting_says_at_what_time_it_is(said, told):
    data = yaml.safe_load(DEMO.read_text(encoding="utf-8"))
    data["communication"][0] |= said
    agreement, plain = parse(yaml.safe_dump(data, sort_keys=False))
    clauses = contract(Document(agreement, DEMO.parent, plain))
    clause = next(one for one in clauses if one.title == "Who talks with whom")
    assert told in str(clause.parts[0].sentences[0])


def test_a_time_without_quotes_is_told_to_need_them():
    """YAML reads 10:00 as a number of minutes."""
    data = yaml.safe_dump(yaml.safe_load(DEMO.read_text(encoding="utf-8")), sort_keys=False)
    with pytest.raises(DocumentError, match="a time of day in quotes"):
        parse(data.replace("  rhythm: weekly\n", "  rhythm: weekly\n  at: 10:00\n", 1))
