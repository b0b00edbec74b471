"""What both sides settled on, and records and agreements that change afterwards: results computed by the engine."""

from fractions import Fraction

import pytest

from apps.assurance.conftest import END
from apps.delivery.demo_records import demo_file, preview
from rapport.apps.assurance import actions
from rapport.apps.assurance.models import Statement
from rapport.apps.delivery.actions import commit_batch
from rapport.apps.kpis.actions import compute_results
from rapport.apps.kpis.models import Result, SettledValue
from rapport.apps.kpis.queries import kpi_result

__all__ = ["demo_file", "preview"]

KPI, PERIOD, NEXT = "satisfaction", "2025-Q1", "2025-Q2"
HINT = "does not count for the result any more"


@pytest.fixture
def survey(world, preview, now):
    """Has the results computed from a file of scores of two quarters, of which the second has not ended by then."""

    def compute(first, second="4"):
        content = f"day,score,answers\n2025-03-28,{first},100\n2025-06-27,{second},100\n"
        commit_batch(by=world.editor, batch=preview("surveys", content.encode()), at=now)
        compute_results(engagement=world.engagement, at=now)

    return compute


@pytest.fixture
def settle(world, line):
    """Settles the first quarter on an offer of the partner."""

    def on(value):
        at = END
        actions.make_offer(by=world.editor, line=line(21, KPI, PERIOD), value=Fraction(value), reason="So.", at=at)
        offer = Statement.objects.get(kind="offer")
        return actions.accept_offer(by=world.manager, line=offer.line, offer=offer.pk, at=at)

    return on


@pytest.fixture(autouse=True)
def open_figures(monkeypatch):
    """Offers can be made at once."""
    monkeypatch.setattr("rapport.domain.settlement._is_open", lambda _line, _phase: True)


@pytest.fixture
def say(version):
    """Has the agreement in force say something else, about the KPI where it says the same of others."""

    def change(old, new):
        before, name, rest = version.text.partition("  - id: satisfaction\n")
        changed = before + name + rest.replace(old, new, 1) if old in rest else version.text.replace(old, new, 1)
        assert changed != version.text
        version.text = changed
        version.save()

    return change


def stands(period=PERIOD):
    found = Result.objects.get(kpi=KPI, period=period)
    return found.value, found.status


def test_other_records_do_not_switch_a_settled_value_off(survey, settle):
    survey("3.4")
    settle("4.2")
    assert stands() == (4.2, "met")
    for score in ("4.2", "3.9"):
        survey(score)
        assert (stands(), Result.objects.get(kpi=KPI, period=PERIOD).content["value"]) == ((4.2, "met"), float(score))


def test_an_offer_equal_to_the_computed_value_counts_when_records_change(survey, settle):
    survey("4.2")
    settle("4.2")
    survey("3")
    assert stands() == (4.2, "met")


def test_what_was_settled_before_anything_was_computed_counts(survey, settle):
    settle("4.2")
    assert not Result.objects.exists()
    survey("3.4")
    assert stands() == (4.2, "met")


def test_without_records_the_settled_value_counts_and_is_judged(survey, settle):
    settle("3.9")
    survey("3.4")
    Result.objects.all().delete()
    survey("", "4.1")
    assert stands() == (3.9, "below_target")
    assert Result.objects.get(kpi=KPI, period=PERIOD).content["status"] == "no_data"


def test_a_settled_value_is_rounded_as_agreed_before_it_is_shown_and_judged(survey, settle, say):
    say("    measured_by: client\n", "    measured_by: client\n    rounding: {decimals: 0, mode: half_up}\n")
    survey("3")
    settle("3.5")
    assert stands() == (4, "met")
    assert SettledValue.objects.get().value == "7/2"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("unit: of 5", 'unit: "%"'),
        ("kind: reported\n    source: surveys\n    value: score", "kind: sum\n    source: surveys\n    field: score"),
        ("time_zone: Europe/London", "time_zone: Asia/Tokyo"),
    ],
)
def test_what_is_measured_in_another_way_is_not_what_was_settled(
    world, version, survey, settle, say, signed_in, clock, address, old, new
):
    survey("3.4")
    settle("4.2")
    clock(22)
    browser = signed_in(world.partner_viewer)
    assert HINT not in browser.get(address("line", KPI, PERIOD)).content.decode()
    say(old, new)
    survey("3.3")
    assert not Result.objects.exclude(settled="").exists()
    assert HINT in browser.get(address("line", KPI, PERIOD)).content.decode()


def test_a_new_version_that_measures_the_same_keeps_what_was_settled(survey, settle, say):
    survey("3.4")
    settle("4.2")
    say("{name: Good, edge: 4, target: true}", "{name: Good, edge: 4.5, target: true}")
    survey("3.3")
    assert stands() == (4.2, "below_target")


def test_changes_compare_what_counts(world, version, survey, settle):
    survey("3.4", "4.4")
    settle("4.2")
    found = kpi_result(world.engagement, version, KPI)
    changes = {one.period: found.shown(one).change for one in found.results}
    assert (changes[PERIOD], changes[NEXT]) == ("", "+0.20 better")


def test_a_change_for_the_worse_is_said_to_be_one(world, version, survey, settle):
    survey("3.4", "3.9")
    settle("4.2")
    found = kpi_result(world.engagement, version, KPI)
    assert found.shown(next(one for one in found.results if one.period == NEXT)).change == "\N{MINUS SIGN}0.30 worse"


def test_an_agreement_that_cannot_be_read_any_more_has_nothing_to_settle_for(world, version, survey, settle, line):
    survey("3.4")
    offered = line(21, KPI, PERIOD)
    actions.make_offer(by=world.editor, line=offered, value=Fraction(4), reason="So.", at=END)
    version.text = "of: an older release"
    version.save()
    offer = Statement.objects.get()
    settled = actions.accept_offer(by=world.manager, line=offer.line, offer=offer.pk, at=END)
    assert (settled.state, stands()) == ("settled", (3.4, "below_target"))
