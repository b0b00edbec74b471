"""What both sides agree on counts for the result, and what was agreed on can be shown from the history."""

import json
from datetime import timedelta
from fractions import Fraction
from hashlib import sha256

import pytest
from django.core.files.base import ContentFile
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.assurance.conftest import END
from rapport.apps.assurance import actions
from rapport.apps.assurance.models import Statement
from rapport.apps.audit.models import Entry
from rapport.apps.issues.queries.failures import failures
from rapport.apps.kpis.actions import _Computed, _replace_rows
from rapport.apps.kpis.models import MonthStanding, Result, SettledValue

KPI, PERIOD = "resolved-in-time", "2025-03"
SETTLING = END + timedelta(days=21)


@pytest.fixture
def settle(world, line):
    """Settles the line on an offer of the partner."""

    def on(value, **more):
        actions.report_figure(by=world.editor, line=line(3), value=Fraction(96), at=END)
        differing = actions.verify_figure(by=world.manager, line=line(3), value=Fraction(70), at=END)
        actions.make_offer(by=world.editor, line=differing, value=Fraction(value), reason="So", at=SETTLING, **more)
        offer = Statement.objects.get(kind="offer")
        return actions.accept_offer(by=world.manager, line=differing, offer=offer.pk, at=SETTLING)

    return on


def details(verb):
    return Entry.objects.get(content__verb=verb).content["details"]


@pytest.mark.parametrize(("value", "status"), [("95", "met"), ("85", "below_target"), ("79.5", "below_minimum")])
def test_a_settled_value_is_judged_by_the_target_in_force(settle, computed, value, status):
    computed(resolved_in_time=91)
    settle(value)
    result = Result.objects.get()
    assert (result.status, result.value) == (status, float(value))
    assert (result.content["value"], result.content["status"]) == (91, "met")
    standing = MonthStanding.objects.get()
    assert (standing.met, standing.missed) == ((1, 0) if status == "met" else (0, 1))


def test_an_accepted_offer_counts_however_near_the_computed_value_is(settle, computed):
    computed(resolved_in_time=90.001)
    settle("89.999")
    assert (Result.objects.get().value, Result.objects.get().status) == (89.999, "below_target")
    assert details("figure.settled")["result"] == "met to below_target"


def test_an_accepted_figure_counts_for_the_result(world, line, computed):
    computed(resolved_in_time=91)
    actions.report_figure(by=world.editor, line=line(3), value=Fraction(96), at=END)
    differing = actions.verify_figure(by=world.manager, line=line(3), value=Fraction(70), at=END)
    actions.accept_figure(by=world.editor, line=differing, at=SETTLING)
    assert (Result.objects.get().value, Result.objects.get().status) == (70, "below_minimum")


@pytest.mark.parametrize(("value", "status"), [("6", "met"), ("6.5", "below_target")])
def test_where_lower_is_better_a_settled_value_is_judged_so(world, line, computed, value, status):
    computed(reopened=8)
    Result.objects.update(content={"value": 8, "target": 6, "minimum": None, "status": "below_target"})
    offer = {"line": line(21, "reopened"), "value": Fraction(value), "reason": "So", "at": SETTLING}
    made = actions.make_offer(by=world.editor, **offer).statements.get()
    actions.accept_offer(by=world.manager, line=made.line, offer=made.pk, at=SETTLING)
    assert Result.objects.get().status == status


def test_figures_that_agree_with_the_computed_one_leave_results_to_the_records(world, line, computed):
    computed(resolved_in_time=91, reopened=3)
    for kpi, value in ((KPI, 91), ("reopened", 5)):
        actions.report_figure(by=world.editor, line=line(3, kpi), value=Fraction(value), at=END)
        actions.verify_figure(by=world.manager, line=line(3, kpi), value=Fraction(value), at=END)
    assert [(one.kpi, one.value) for one in SettledValue.objects.all()] == [("reopened", "5")]


def test_history_says_what_the_result_counts_as(settle, computed):
    computed(resolved_in_time=91)
    settle("85")
    assert details("figure.settled")["result"] == "met to below_target"


def test_a_figure_that_stands_by_silence_changes_no_result(world, line, computed):
    computed(resolved_in_time=91)
    actions.report_figure(by=world.editor, line=line(3), value=Fraction(50), at=END)
    actions.lapse_overdue(at=END + timedelta(days=30))
    assert Result.objects.get().settled == ""


def test_settling_locks_the_engagement_before_anything_else_and_reads_no_whole_evaluation(world, line, computed):
    """Computing results takes the same locks, in the same order."""
    computed(resolved_in_time=91)
    made = actions.make_offer(
        by=world.editor, line=line(21), value=Fraction(95), reason="So", at=SETTLING
    ).statements.get()  # fmt: skip
    with CaptureQueriesContext(connection) as asked:
        actions.accept_offer(by=world.manager, line=made.line, offer=made.pk, at=SETTLING)
    said = [one["sql"] for one in asked if "SAVEPOINT" not in one["sql"]]
    tables = ("engagements_engagement", "assurance_line", "audit_head")
    first = [next(place for place, sql in enumerate(said) if f'FROM "{table}"' in sql) for table in tables]
    assert first == sorted(first)
    assert not [sql for sql in said if '"kpis_evaluation"."content"' in sql]


def test_too_few_records_stay_too_few_whatever_they_settle_on(settle, computed):
    computed(resolved_in_time=91)
    Result.objects.update(status="low_volume")
    settle("50")
    assert (Result.objects.get().status, Result.objects.get().value) == ("low_volume", 50)


def test_a_miss_that_both_settled_away_is_no_failure_any_more(settle, computed):
    computed(resolved_in_time=70)
    Result.objects.update(status="below_minimum")
    assert [one.kpi for one in failures(SETTLING)] == [KPI]
    settle("95")
    assert failures(SETTLING) == []


def test_computed_again_the_settled_value_still_counts(settle, computed):
    computed(resolved_in_time=91)
    settle("85")
    evaluation = Result.objects.get().evaluation
    row = {
        "kpi": KPI, "period": PERIOD, "from": "2025-03-01T00:00:00+00:00", "to": "2025-04-01T00:00:00+01:00",
        "complete": True, "group": None, "value": 92, "target": 90, "minimum": 80, "status": "met",
    }  # fmt: skip
    other = row | {"period": "2025-02", "from": "2025-02-01T00:00:00+00:00", "to": "2025-03-01T00:00:00+00:00"}
    evaluation.content = json.dumps({"results": [other, row]})
    _replace_rows(evaluation, _Computed(evaluation.content, {}, []))
    values = {one.period: (one.value, one.status, one.is_latest) for one in Result.objects.all()}
    assert values == {"2025-02": (92, "met", False), PERIOD: (85, "below_target", True)}


def test_what_was_accepted_is_named_by_its_digest_and_by_who_said_so(world, settle):
    settle("93", evidence=ContentFile(b"a log", name="log.txt"))
    offer, accept = Statement.objects.get(kind="offer"), Statement.objects.get(kind="accept")
    assert offer.evidence_name == "log.txt"
    assert details("offer.made")["seal"] == offer.seal
    told = details("offer.accepted")
    assert (told["value"], told["accepted"], told["stated_by"]) == ("93", offer.seal, "Brightdesk editor, Brightdesk")
    assert accept.accepted == offer
    said = {
        "kpi": KPI, "period": PERIOD, "side": "partner", "cause": "", "by": "Brightdesk editor, Brightdesk",
        "at": SETTLING.isoformat(), "value": "93", "reason": "So", "evidence": sha256(b"a log").hexdigest(),
    }  # fmt: skip
    assert offer.seal == sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()


def test_other_evidence_makes_another_digest(world, line):
    for content in (b"a log", b"another"):
        evidence = ContentFile(content, name="log.txt")
        offer = {"value": Fraction(93), "reason": "So", "evidence": evidence, "at": SETTLING}
        actions.make_offer(by=world.editor, line=line(21), **offer)
    assert len(set(Statement.objects.values_list("seal", flat=True))) == 2


def test_an_accepted_figure_is_named_by_its_seal(world, line):
    actions.report_figure(by=world.editor, line=line(3), value=Fraction(95), at=END)
    differing = actions.verify_figure(by=world.manager, line=line(3), value=Fraction(91), at=END)
    actions.accept_figure(by=world.manager, line=differing, at=SETTLING)
    assert details("figure.accepted")["accepted"] == details("figure.reported")["seal"]


def test_pages_say_what_is_settled_and_what_was_computed(world, settle, computed, signed_in, clock, address):
    clock(22)
    computed(resolved_in_time=91)
    settle("85")
    browser = signed_in(world.partner_viewer)
    for page in ("", f"{KPI}/"):
        shown = browser.get(f"/engagements/{world.engagement.pk}/results/{page}").content.decode()
        assert "settled</a>, computed 91</span>" in shown
    said = browser.get(address("line", KPI, PERIOD)).content.decode()
    assert "does not count for the result any more" not in said
    seal = Statement.objects.get(kind="offer").seal[:12]
    assert f"Offered by Brightdesk editor, Brightdesk; in the history under {seal}" in said
    Statement.objects.filter(kind="offer").update(seal="")
    said = browser.get(address("line", KPI, PERIOD)).content.decode()
    assert "Offered by Brightdesk editor, Brightdesk.</p>" in said
