"""The days of a window and the tolerance of a KPI are what the two companies agreed when the period ended."""

from datetime import timedelta
from fractions import Fraction

import pytest

from apps.assurance.conftest import DEMO, END
from rapport.apps.assurance import actions
from rapport.apps.assurance.jobs import lapse_overdue_figures
from rapport.apps.assurance.models import Line
from rapport.apps.assurance.queries import open_periods, progress
from rapport.apps.assurance.queries.books import books
from rapport.apps.engagements.models import AgreementVersion
from rapport.domain.roles import Side

KPI, PERIOD = "resolved-in-time", "2025-03"
HERE = (KPI, PERIOD)
TEXT = DEMO.read_text(encoding="utf-8")
USUAL = "settling: {report: 10d, verify: 10d, settle: 10d}"


def saying(settling=USUAL, tolerance=None):
    """The example with other days, and with a tolerance of its first KPI."""
    own = "" if tolerance is None else f"    tolerance: {tolerance}\n"
    return TEXT.replace(USUAL, settling).replace("    minimum: 80\n", f"    minimum: 80\n{own}")


QUICK = saying("settling: {report: 2d, verify: 3d, settle: 4d}")
SLOW = saying("settling: {report: 20d, verify: 20d, settle: 20d}")


@pytest.fixture
def agreed(version):
    """Says what the version in force says."""

    def say(text):
        version.text = text
        version.save()

    return say


@pytest.fixture
def replaced(world, version):
    """Puts a later version in force so many days after the end of March 2025."""

    def replace(text, days):
        version.stage, version.in_force_at = "superseded", END - timedelta(days=60)
        version.save()
        return AgreementVersion.objects.create(
            engagement=world.engagement, number=2, text=text, stage="in_force", written_by="client",
            author=world.manager, created_at=END, in_force_at=END + timedelta(days=days),
        )  # fmt: skip

    return replace


@pytest.fixture
def stated(world, line):
    """The partner's figure of March, stated so many days after its end."""

    def state(days, value=95):
        at = END + timedelta(days=days)
        return actions.report_figure(by=world.editor, line=line(days), value=Fraction(value), at=at)

    return state


@pytest.fixture
def read(world, signed_in, address):
    """A page as somebody reads it."""
    return lambda role, name, *more, ask="": signed_in(getattr(world, role)).get(
        address(name, *more) + ask
    ).content.decode()  # fmt: skip


def after(days):
    return END + timedelta(days=days)


def test_pages_say_and_keep_the_days_that_were_agreed(world, agreed, clock, read):
    agreed(QUICK)
    clock(1)
    page = read("editor", "settle")
    assert "states its figures within 2 days, the client verifies within 3 days more, and both have 4 days" in page
    assert "Wed 2 Apr" in page
    assert "State 4 figures of 2025-03" in [one.what for one in open_periods(world.editor, after(1))]
    clock(2)
    assert "The client verifies" in read("editor", "settle")
    clock(5)
    assert "Both settle" in read("editor", "settle")
    clock(9)
    assert "agree or 9 days have passed" in read("editor", "settle")
    assert open_periods(world.editor, after(9)) == []


def test_a_phase_without_days_is_passed_over(agreed, clock, read):
    agreed(saying("settling: {verify: 0d, settle: 5d}"))
    clock(10)
    page = read("manager", "settle")
    assert "the client verifies at once, and both have 5 days to settle" in page
    assert "Both settle" in page


def test_lines_close_and_are_late_when_the_agreed_days_are_over(world, agreed, stated):
    agreed(QUICK)
    stated(1)
    assert progress([world.engagement], after(5) - timedelta(seconds=1))[world.engagement.pk].late == {}
    assert progress([world.engagement], after(5))[world.engagement.pk].late == {Side.CLIENT: 1}
    lapse_overdue_figures(after(9) - timedelta(seconds=1))
    assert Line.objects.get().state == "awaiting_client"
    lapse_overdue_figures(after(9))
    assert Line.objects.get().state == "lapsed"


def test_long_windows_stay_open(world, agreed, stated):
    agreed(SLOW)
    stated(19)
    lapse_overdue_figures(after(59))
    assert Line.objects.get().state == "awaiting_client"
    assert "Verify 4 figures of 2025-03" in [one.what for one in open_periods(world.manager, after(39))]


def test_figures_agree_within_the_tolerance_that_was_agreed(world, agreed, line, stated, clock, read):
    agreed(saying(tolerance=0.5))
    stated(1)
    clock(1)
    assert "Figures up to 0.50 % apart agree." in read("editor", "line", *HERE)
    apart = actions.verify_figure(by=world.manager, line=line(1), value=Fraction("94.5"), at=after(1))
    assert (apart.state, apart.agreed) == ("agreed", "189/2")
    assert "within the tolerance" in read("editor", "line", *HERE)


def test_without_any_tolerance_only_equal_figures_agree(world, agreed, line, stated, clock, read):
    agreed(saying(tolerance=0))
    stated(1)
    clock(1)
    assert "Only equal figures agree." in read("editor", "line", *HERE)
    assert actions.verify_figure(
        by=world.manager, line=line(1), value=Fraction("94.9999"), at=after(1)
    ).state == "differing"  # fmt: skip


def test_a_period_keeps_what_was_agreed_when_it_ended(world, replaced, line, clock, read):
    replaced(saying("settling: {report: 1d, verify: 1d, settle: 1d}", tolerance=5), days=4)
    march, april = line(5), line(31, period="2025-04")
    assert (march.window.days, Fraction(march.tolerance)) == (30, Fraction("0.005"))
    assert (april.window.days, Fraction(april.tolerance)) == (3, 5)
    clock(5)
    page = read("editor", "settle")
    assert "figures within 1 day," in page
    assert "keep the days that were agreed then" in page
    assert "State 4 figures of 2025-03" in [one.what for one in open_periods(world.editor, after(5))]
    clock(31)
    assert "keep the days that were agreed then" not in read("editor", "settle")


@pytest.mark.parametrize(
    ("before", "after", "then"),
    [
        ("minimum: 80", "minimum: 80\n    rounding: {decimals: 0, mode: half_up}", "0.5"),
        ("edge: 85", "edge: 85.125", "0.0005"),
    ],
)
def test_a_period_keeps_the_decimals_its_figures_were_compared_with(replaced, line, before, after, then):
    replaced(TEXT.replace(before, after, 1), days=4)
    assert Fraction(line(5).tolerance) == Fraction("0.005")
    assert Fraction(line(31, period="2025-04").tolerance) == Fraction(then)


def test_a_kpi_that_was_not_agreed_yet_has_the_tolerance_it_came_with(agreed, replaced, line):
    agreed(TEXT.replace("id: resolved-in-time", "id: closed-in-time"))
    replaced(saying(tolerance=3), days=4)
    assert Fraction(line(5).tolerance) == 3


def test_the_moment_a_window_is_over_is_written_once(stated):
    stated(1)
    row = Line.objects.get()
    assert row.closes_at == after(30)
    row.closes_at = after(40)
    row.save()
    assert Line.objects.get().closes_at == after(40)


def test_a_later_version_neither_opens_nor_moves_what_is_past(world, replaced, stated):
    stated(1)
    replaced(SLOW, days=35)
    periods = {line.period for line in books(world.engagement, after(36)).lines}
    assert "2025-04" in periods  # it ended under the later version
    assert [line.kpi for line in books(world.engagement, after(36)).lines if line.period == PERIOD] == [KPI]
    lapse_overdue_figures(after(36))
    assert Line.objects.get(period=PERIOD).state == "lapsed"


def test_a_past_version_that_cannot_be_read_any_more_gave_the_usual_days(world, version, replaced, line):
    AgreementVersion.objects.filter(pk=version.pk).update(text="of: an older release")
    version.refresh_from_db()
    replaced(QUICK, days=4)
    assert line(5).window.days == 30


def test_versions_of_the_past_cost_no_questions(world, replaced, django_assert_num_queries):
    replaced(SLOW, days=4)
    with django_assert_num_queries(5):
        assert open_periods(world.editor, after(5))
