import re

import pytest
from kit_sample import points

from rapport.kit.charts import Limits, Point, sparkline, trend


@pytest.fixture(scope="module")
def drawn():
    return trend(points(), title="P1 <closed>", unit="%", limits=Limits(93.5, 88.0), signals=frozenset({9}))


def test_trend_has_no_style_that_a_content_security_policy_would_block(drawn):
    assert not re.search(r'\s(style|on\w+|class="(?!k-))', drawn)
    assert "<script" not in drawn


def test_trend_takes_its_colours_from_the_style_sheet(drawn):
    colours = set(re.findall(r'(?:fill|stroke)="([^"]+)"', drawn))
    assert {colour for colour in colours if not colour.startswith("var(--k-")} <= {"none"}


def test_trend_comes_wide_and_narrow_each_with_its_words(drawn):
    assert drawn.count("<svg ") == 2
    assert drawn.count("<title>P1 &lt;closed&gt;</title>") == 2
    assert "12 periods from Dec 25 to Nov. Nov: 97.1 % against a target of 95 %, met. Signals in Sep." in drawn


@pytest.mark.parametrize("name", ["target 95", "target 90", "minimum 85", "mean 93.5", "lower limit 88.0", "no data"])
def test_trend_names_its_lines(drawn, name):
    assert f">{name}<" in drawn


def test_trend_without_a_limit_does_not_draw_it(drawn):
    assert "upper limit" not in drawn


def test_trend_without_any_value_is_empty():
    assert trend([Point("Jan", None, 95.0)], title="Nothing") == ""


def test_trend_of_one_value_without_target_is_drawn():
    assert ">3.0<" in trend([Point("Jan", 3.0, status="met")], title="Count")


def test_trend_escapes_labels():
    assert "<b>" not in trend([Point("<b>", 3.0, status="met")], title="Count")


def test_sparkline_breaks_where_there_is_no_data():
    svg = sparkline([1, 2, None, 3, 4], target=2)
    assert svg.count("<polyline points") == 2
    assert svg.count("k-spark-target") == 1


def test_sparkline_ends_in_a_dot_at_the_last_value():
    assert '<circle cx="101.0" cy="3.0" r="2.4"/>' in sparkline([1, 2, 3])


def test_sparkline_of_nothing_draws_nothing():
    assert "<polyline" not in sparkline([None, None])
    assert "<polyline" not in sparkline([])


def test_sparkline_of_equal_values_lies_in_the_middle():
    assert 'points="3.0,12.0 101.0,12.0"' in sparkline([5, 5])


def test_sparkline_is_decoration_unless_it_has_a_title():
    assert 'aria-hidden="true"' in sparkline([1, 2])
    assert 'role="img"><title>A &amp; B</title>' in sparkline([1, 2], title="A & B")
