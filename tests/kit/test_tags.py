from datetime import UTC, date, datetime

import pytest
from django import forms
from django.core.paginator import Paginator
from django.test import RequestFactory
from kit_sample import Remark

from rapport.domain.bands import Status
from rapport.kit.templatetags.kit import STATUSES


@pytest.fixture
def request_with():
    return lambda query: RequestFactory().get("/list", query)


def test_status_has_shape_word_and_tone(render):
    html = render("{% status 'below_target' %}")
    assert "k-tone-warn" in html
    assert "<path" in html
    assert "Below target" in html


def test_status_takes_another_word_and_may_leave_it_to_screen_readers(render):
    assert "With Halden" in render("{% status 'pending' word='With Halden' %}")
    assert 'class="visually-hidden">Met<' in render("{% status 'met' is_small=True %}")


def test_status_knows_every_status_of_a_result(render):
    assert {*Status, "pending"} == set(STATUSES)
    assert len({look.shape for look in STATUSES.values()}) == len(STATUSES)
    assert "Low volume" in render("{% status one %}", one=Status.LOW_VOLUME)


@pytest.mark.parametrize("source", ["{% status 'fine' %}", "{% icon 'unicorn' %}", "{% badge 'x' tone='pink' %}"])
def test_unknown_names_are_refused_with_those_that_exist(render, source):
    with pytest.raises(ValueError, match="there are: "):
        render(source)


def test_badge_escapes_its_text(render):
    assert "&lt;b&gt;" in render("{% badge text %}", text="<b>")


@pytest.mark.parametrize(
    ("on", "words"),
    [
        (date(2026, 11, 24), 'Tue 24 Nov<span class="k-away">, in 3 days</span>'),
        (datetime(2026, 11, 24, 9, tzinfo=UTC), 'Tue 24 Nov<span class="k-away">, in 3 days</span>'),
        (datetime(2026, 11, 24, 9), "Tue 24 Nov"),  # noqa: DTZ001
        (None, "none"),
    ],
)
def test_day_says_how_far_away_it_is(render, on, words):
    assert words in render("{% day on %}", on=on)


def test_day_that_was_due_is_late(render):
    html = render("{% day on is_due=True %}", on=date(2026, 11, 18))
    assert "3 days late" in html
    assert "k-late" in html


def test_day_without_today_is_a_plain_date(render):
    assert render("{% day on %}", on=date(2026, 11, 24), today=None).endswith(">Tue 24 Nov 2026</time>")


def test_column_sorts_and_keeps_the_rest_of_the_address(render, request_with):
    html = render("{% column 'Value' 'value' is_number=True %}", request_with({"status": "missed", "page": "3"}))
    assert 'aria-sort="none"' in html
    assert 'href="?status=missed&amp;sort=value"' in html
    assert 'class="k-number"' in html


def test_column_pressed_again_turns_round(render, request_with):
    html = render("{% column 'Value' 'value' %}", request_with({"sort": "value"}))
    assert 'aria-sort="ascending"' in html
    assert 'href="?sort=-value"' in html


def test_column_without_key_is_only_a_head(render):
    assert render("{% column 'Value' %}") == '<th scope="col">Value</th>'


def test_address_changes_and_removes_parameters(render, request_with):
    request = request_with({"status": "missed", "page": "3"})
    assert render("{% address status='met' page=None %}", request) == "?status=met"


def test_pager_says_where_it_is_and_keeps_the_address(render, request_with):
    html = render("{% pager page %}", request_with({"sort": "name"}), page=Paginator(range(1412), 50).page(2))
    assert "51\N{EN DASH}100 of 1,412" in html
    assert 'href="?sort=name&amp;page=1"' in html
    assert 'href="?sort=name&amp;page=3"' in html


def test_pager_of_nothing_says_so(render):
    html = render("{% pager page %}", page=Paginator([], 50).page(1))
    assert "None" in html
    assert "<a" not in html


def test_empty_teaches_and_offers_the_first_step(render):
    html = render("{% empty 'No KPI yet' what='W' first='F' url='/new' button='Add a KPI' icon='chart' %}")
    assert all(text in html for text in ("No KPI yet", "W", "F", 'href="/new"', "Add a KPI"))


def test_private_and_shared_say_who_sees_them(render):
    assert "Only we see this" in render("{% private %}x{% endprivate %}")
    assert "k-private" not in render("{% shared %}x{% endshared %}")
    assert "Both sides see this" in render("{% shared by='Ana' %}x{% endshared %}")


def test_remarks_escape_what_people_wrote(render):
    assert "&lt;script&gt;" in render("{% private by=by %}{{ text }}{% endprivate %}", by="<i>", text="<script>")


def test_help_ties_the_term_to_its_meaning(render):
    html = render("{% help 'Low volume' %}Too few records.{% endhelp %}")
    key = html.partition('popovertarget="')[2].partition('"')[0]
    assert f'id="{key}"' in html
    assert "Too few records." in html


def test_tabs_mark_the_current_one(render):
    items = [{"label": "A", "url": "/a", "is_current": True}, {"label": "B", "url": "/b", "badge": 2}]
    assert render("{% tabs items label='Views' %}", items=items).count('aria-current="page"') == 1


def test_pairs_escape_values(render):
    assert "<dd>&lt;b&gt;</dd>" in render("{% pairs items %}", items=[("Name", "<b>")])


def test_figure_without_a_value_says_no_data_once(render):
    html = render("{% figure 'Satisfaction' None target='4.2' status='no_data' %}")
    assert html.lower().count("no data") == 1


def test_figure_shows_unit_target_and_difference(render):
    html = render("{% figure 'P1' '91.8' unit='%' target='95 %' difference='-3.2' status='below_target' url='/rows' %}")
    assert all(text in html for text in ('href="/rows"', "91.8", "95 %", "-3.2", "Below target"))


def test_chart_has_its_table_behind_it(render):
    html = render("{% chart svg caption='Trend' %}<table></table>{% endchart %}", svg="<svg>")
    assert "&lt;svg&gt;" in html
    assert "<summary>Show as a table</summary><table></table>" in html


def test_field_ties_help_and_errors_to_its_control(render):
    html = render("{% field form.title %}", form=Remark({}))
    assert 'aria-describedby="id_title_helptext id_title_error"' in html
    assert 'aria-invalid="true"' in html
    assert 'id="id_title_error"' in html
    assert 'id="id_title_helptext"' in html
    assert 'class="form-control is-invalid"' in html


def test_field_of_choices_is_a_group_with_a_legend(render):
    html = render("{% field form.audience %}", form=Remark({}))
    assert html.startswith('<fieldset class="k-field k-choices"')
    assert "id_audience_error" in html.partition(">")[0]


def test_field_says_what_is_optional(render):
    assert "optional" in render("{% field form.text %}", form=Remark())
    assert "optional" not in render("{% field form.title %}", form=Remark())


def test_fields_bring_hidden_ones_and_say_what_is_wrong(render):
    class Hidden(forms.Form):
        key = forms.CharField(widget=forms.HiddenInput)
        name = forms.CharField()

    html = render("{% fields form %}", form=Hidden({"key": "k"}))
    assert 'type="hidden"' in html
    assert 'role="alert"' in html


@pytest.mark.parametrize("base", ["kit/base.html", "kit/plain.html"])
def test_base_pages_need_nothing_from_their_context(engine, base):
    source = '{% extends "' + base + '" %}{% block title %}A & B{% endblock %}{% block content %}Text{% endblock %}'
    html = engine.from_string(source).render({})
    assert "<title>A & B · Rapport</title>" in html
    assert ">A & B</h1>" in html
    assert "Text" in html
    assert "<aside" not in html


def test_base_page_shows_whom_one_acts_for(engine):
    identity = {"name": "Robin", "organisation": "Northwind", "side": "partner", "role": "owner"}
    html = engine.from_string('{% extends "kit/base.html" %}').render({"identity": identity})
    assert '<html lang="en" data-side="partner">' in html
    assert "You act for Northwind, the partner." in html


def test_base_page_shows_a_block_of_a_page_two_levels_down(engine):
    page = "{% extends middle %}{% block aside %}{{ block.super }}Beside{% endblock %}"
    middle = engine.from_string('{% extends "kit/base.html" %}{% block aside %}Below {% endblock %}')
    assert "Below Beside</aside>" in engine.from_string(page).render({"middle": middle.template})
