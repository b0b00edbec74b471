import re
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from html.parser import HTMLParser
from pathlib import Path

import pytest

from rapport.domain.periods import Period, PeriodKind
from rapport.engine import agreement as doc
from rapport.engine.backend import DuckDbBackend
from rapport.engine.document import load
from rapport.engine.evaluate import Evaluation, evaluate
from rapport.engine.report import render, write_report
from rapport.engine.report.charts import NARROW, WIDE, Series, Size, period_words, sparkline, specification
from rapport.engine.report.texts import figure, percent
from rapport.engine.report.words import definition, judged_by, limit_table
from rapport.engine.watch import outlook
from rapport.engine.workspace import Workspace

HOSTILE = "<script>alert('1')</script> & \"quotes\""
MINUS, DASH = "\N{MINUS SIGN}", "\N{EN DASH}"
VOID = {"meta", "br", "img", "input", "link", "hr"}

AGREEMENT = r"""
rapport: 1
id: desk
title: "Desk <script>alert('1')</script> & \"quotes\""
version: 2
parties:
  client: {name: "Client </title><img src=x onerror=alert(2)>"}
  partner: {name: "\u202eturned \u0007bell שירות"}
term: {from: 2026-01-01, to: 2026-12-31}
time_zone: Europe/Berlin
calendars:
  office: {hours: {mon-thu: "08:00-12:00, 13:00-17:00", fri: "08:00-14:00"}}
objectives: [{id: fast, name: Help is fast}, {id: forgotten, name: Nobody measures this}]
sources:
  tickets:
    files: [tickets.csv]
    format: csv
    key: ticket
    opened: opened_at
    reject_limit: 20%
    columns: {ticket: text, opened_at: time, closed_at: time, team: text, minutes: number, training: boolean}
    flags: [{name: "closed <early>", when: closed_at < opened_at}]
  readings:
    files: [readings.csv]
    format: csv
    key: day
    columns: {day: date, level: number}
clocks:
  solving:
    source: tickets
    start: {column: opened_at}
    stop: {column: closed_at}
    calendar: office
    limit: 4h
kpis:
  - id: solved
    name: "Solved <script>alert(3)</script>"
    objective: fast
    kind: share_within_limit
    clock: solving
    filter: ticket <> '<b>T0</b>'
    by: [team]
    period: {kind: month, by: start}
    direction: higher
    unit: "<i>%</i>"
    bands: [{name: "Bad <u>", score: 0}, {name: Good, edge: 90, score: 100, target: true}]
    ramp: [{until: 2026-02-28, target: 60}]
    minimum: 50
    low_volume: 2
    exclusions: [{name: "Client's <own>", when: training = true}]
  - id: length
    name: Mean length
    objective: fast
    kind: mean
    source: tickets
    field: minutes
    period: {kind: month, by: opened_at}
    direction: lower
    unit: minutes
    bands: [{name: Long}, {name: Good, edge: 99.95, target: true}]
    weight: 0
  - id: level
    name: Water level
    kind: reported
    source: readings
    value: level
    period: {kind: month, by: day}
    direction: higher
    bands: [{name: Low}, {name: Good, edge: 1, target: true}]
    weight: 0
versions: [{version: 2, since: 2026-01-01, note: "Signed <b>twice</b>"}]
"""

TICKETS = """ticket,opened_at,closed_at,team,minutes,training
1,2026-01-05 08:00,2026-01-05 09:00,<script>alert(4)</script>,60,no
2,2026-01-06 08:00,2026-01-07 16:00,Network,139.86,no
3,2026-01-07 08:00,2026-01-07 10:00,Network,100,yes
4,2026-03-02 08:00,2026-03-02 09:00,Network,60,no
5,2026-03-03 08:00,2026-03-03 09:00,Network,60,no
6,2026-03-04 08:00,2026-03-04 07:00,Network,60,no
7,2026-04-01 08:00,2026-04-01 08:30,Network,30,no
8,<img src=x>,2026-04-01 08:30,Network,30,no
"""


@pytest.fixture(scope="module")
def evaluation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Evaluation]:
    folder = tmp_path_factory.mktemp("report")
    (folder / "agreement.yaml").write_text(AGREEMENT, encoding="utf-8")
    (folder / "tickets.csv").write_text(TICKETS, encoding="utf-8")
    levels = "".join(f"2025-{month:02d}-15,1.0{month:02d}\n" for month in range(1, 13))
    (folder / "readings.csv").write_text("day,level\n" + levels, encoding="utf-8")
    backend = DuckDbBackend()
    yield evaluate(Workspace(load(folder / "agreement.yaml"), backend))
    backend.close()


@pytest.fixture(scope="module")
def html(evaluation: Evaluation) -> str:
    return render(evaluation)


class Reader(HTMLParser):
    """Checks that every element is closed where it should be, and collects texts, ids and what could fetch or run."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.ids: list[str] = []
        self.loads: list[str] = []
        self.text = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.ids += [value or "" for name, value in attrs if name == "id"]
        self.loads += [tag] if tag in {"script", "link", "iframe", "object", "embed", "img", "image"} else []
        for name, value in attrs:
            if name.startswith("on") or name == "src" or (name == "href" and not (value or "").startswith("#")):
                self.loads.append(f"{name}={value}")
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag, self.getpos()

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.fixture(scope="module")
def page(html: str) -> Reader:
    return Reader(html)


def row_of(html: str, kpi: str, period: str) -> list[str]:
    """The cells of one period in a KPI's table."""
    section = html[html.index(f'id="kpi-{kpi}"') :]
    table = section[section.index('<table class="periods">') :]
    row = table[table.index(f'<th scope="row">{period}') :]
    return [re.sub(r"<[^>]*>", "", cell).strip() for cell in re.findall(r"<td.*?</td>", row[: row.index("</tr>")])]


def test_report_elements_are_balanced_and_ids_are_unique(page: Reader) -> None:
    assert page.open == []
    assert len(page.ids) == len(set(page.ids))


def test_report_fetches_nothing_and_runs_nothing(html: str, page: Reader) -> None:
    assert page.loads == []
    assert re.findall(r"https?://|//[a-z]|@import|url\(", html) == []
    assert "<script" not in html


def test_report_shows_hostile_texts_as_they_are(html: str, page: Reader) -> None:
    for text in (HOSTILE, "Client </title><img src=x onerror=alert(2)>", "Solved <script>alert(3)</script>",
                 "<script>alert(4)</script>", "Bad <u>", "Client's <own>", "Signed <b>twice</b>", "<i>%</i>",
                 "ticket <> '<b>T0</b>'", "closed <early>"):  # fmt: skip
        assert text in page.text
    assert "\ufffdturned \ufffdbell שירות" in page.text
    assert not {"\u202e", "\u0007"} & set(html)


def test_report_names_every_kpi_and_what_was_measured(page: Reader) -> None:
    for text in ("Mean length", "Water level", "Measured to", "1 Jan 2026 to 31 Dec 2026", "desk, version 2",
                 "No KPI measures the objective 'Nobody measures this'."):  # fmt: skip
        assert text in page.text


def test_report_shows_a_period_as_it_was_judged(html: str) -> None:
    assert row_of(html, "solved", "2026-01") == [
        "50", "60", f"{MINUS}10", "below target", "Bad &lt;u&gt;", DASH, "2", "1", "0", "0", "100",
    ]  # fmt: skip


def test_report_shows_no_data_as_no_data(html: str) -> None:
    assert row_of(html, "solved", "2026-02") == ["no data", "60", DASH, "no data", "", DASH, *"0000", DASH]


def test_report_shows_few_records_as_low_volume_and_the_running_period_as_such(html: str, page: Reader) -> None:
    assert row_of(html, "solved", "2026-04")[:4] == ["100", "90", "+10", "low volume"]
    assert "2026-04 under way" in page.text


def test_report_never_rounds_a_value_to_a_target_it_missed(html: str) -> None:
    assert row_of(html, "length", "2026-01")[:4] == ["99.953", "99.950", "+0.003", "below target"]


def test_report_tells_what_became_of_the_records(evaluation: Evaluation, page: Reader) -> None:
    report = evaluation.workspace.reports()["tickets"]

    assert (report.read, report.rejected) == (8, 1)
    assert "1 row used although flagged" in page.text
    assert str(report.rejects[0]) in page.text
    assert report.files[0].sha256 in page.text
    assert evaluation.workspace.document.digest in page.text


def test_report_tells_how_to_find_the_records_behind_a_value(page: Reader) -> None:
    assert "rapport rows AGREEMENT.yaml --kpi solved --period 2026-04" in page.text


def test_report_is_the_same_bytes_every_time(evaluation: Evaluation, html: str, tmp_path: Path) -> None:
    write_report(evaluation, tmp_path / "report.html")

    assert (tmp_path / "report.html").read_bytes() == html.encode()


def test_report_of_one_period_has_no_chart(evaluation: Evaluation) -> None:
    results = tuple(result for result in evaluation.results if result.period.label == "2026-03")

    html = render(Evaluation(evaluation.workspace, results, ()))

    assert 'class="chart"' not in html
    assert row_of(html, "solved", "2026-03")[0] == "100"


def test_report_without_results_says_so(evaluation: Evaluation) -> None:
    assert "No period of this KPI has begun." in render(Evaluation(evaluation.workspace, (), ()))


def test_charts_hold_no_text_of_the_agreement(html: str) -> None:
    charts = re.findall(r'<svg class="chart".*?</svg>', html, re.DOTALL)
    words = {text for chart in charts for text in re.findall(r">([^<>]*[A-Za-z][^<>]*)<", chart)}

    assert len(charts) == 6
    assert words <= {"Jan", "Feb", "Mar", "Apr", "no data", "target 60", "target 90", "target 99.95", "target 1",
                     "minimum 50"}  # fmt: skip
    assert [chart for chart in charts if "xmlns" in chart or " id=" in chart or "#" in chart] == []


def series(evaluation: Evaluation, kpi_id: str) -> Series:
    results = [result for result in evaluation.results if result.kpi.id == kpi_id and not result.group]
    return Series(results[0].kpi, results, 1)


def layers(evaluation: Evaluation, kpi_id: str, mark: str) -> list[dict[str, object]]:
    drawn = specification(series(evaluation, kpi_id), WIDE)["layer"]
    return [row for layer in drawn if layer["mark"]["type"] == mark for row in layer["data"]["values"]]


def test_chart_shades_periods_without_data_and_leaves_the_line_open(evaluation: Evaluation) -> None:
    assert layers(evaluation, "solved", "rect") == [{"x": 0.5, "x2": 1.5}]
    assert {"x": 1, "y": None} in layers(evaluation, "solved", "line")


def test_chart_draws_the_ramp_as_steps_of_the_target(evaluation: Evaluation) -> None:
    steps = [(row["x"], row["y"]) for row in layers(evaluation, "solved", "line") if row["x"] in (-0.5, 0.5, 1.5, 3.5)]

    assert [(x, y) for x, y in steps if y != 50.0] == [(-0.5, 60.0), (0.5, 60.0), (1.5, 90.0), (3.5, 90.0)]


def test_chart_draws_the_running_period_hollow(evaluation: Evaluation) -> None:
    fills = [row["fill"] for row in layers(evaluation, "solved", "point")]

    assert fills == ["var(--below)", "var(--met)", "var(--paper)"]


@pytest.mark.parametrize("size", [WIDE, NARROW])
def test_chart_labels_at_the_right_keep_a_line_apart(evaluation: Evaluation, size: Size) -> None:
    layers = specification(series(evaluation, "solved"), size)["layer"]
    places = sorted(row["place"] for layer in layers for row in layer["data"]["values"] if "place" in row)

    assert len(places) == 2
    assert places[1] - places[0] >= 13
    assert places[-1] <= size.height


@pytest.mark.parametrize(
    ("kind", "label", "words"),
    [
        (PeriodKind.MONTH, "2026-03", ("Mar", "2026")),
        (PeriodKind.ROLLING, "2026-03 (12 months)", ("Mar", "2026")),
        (PeriodKind.WEEK, "2026-W09", ("W09", "2026")),
        (PeriodKind.QUARTER, "2026-Q1", ("Q1", "2026")),
        (PeriodKind.YEAR, "2026", ("2026", "")),
        (PeriodKind.DAY, "2026-03-05", ("5 Mar", "2026")),
        (PeriodKind.CONTRACT_MONTH, "2026-03-15", ("15 Mar", "2026")),
    ],
)
def test_period_words_by_kind(kind: PeriodKind, label: str, words: tuple[str, str]) -> None:
    assert period_words(kind, label) == words


def test_definition_reads_as_a_paragraph(evaluation: Evaluation) -> None:
    agreement = evaluation.workspace.agreement

    assert definition(agreement, agreement.kpi("solved")).striptags() == (
        "Of the tickets with ticket <> '<b>T0</b>' opened in the month (opened_at), the share, in percent, whose clock "
        "stopped within the limit. The clock runs from opened_at to closed_at, in working time of the calendar office "
        f"(Mon{DASH}Thu 08:00{DASH}12:00 and 13:00{DASH}17:00, Fri 08:00{DASH}14:00; Europe/Berlin). The limit is 4h. "
        "Exactly at the limit is within. Not counted: Client's <own> (training = true)."
    )


def test_judged_by_names_target_ramp_and_minimum(evaluation: Evaluation) -> None:
    agreement = evaluation.workspace.agreement
    facts = {term: text.striptags() for term, text in judged_by(agreement, agreement.kpi("length"))}

    assert facts == {
        "Target": "at most 99.95 minutes",
        "Bands": "Good to 99.95; Long otherwise",
        "Weight": "0",
        "Serves": "Help is fast",
    }


@pytest.mark.parametrize(
    ("tolerance", "words"),
    [
        (Fraction("0.5"), "figures of both sides agree up to 0.5 minutes apart"),
        (Fraction(0), "only equal figures of both sides agree"),
    ],
)
def test_judged_by_tells_a_tolerance(evaluation: Evaluation, tolerance: Fraction, words: str) -> None:
    agreement = evaluation.workspace.agreement
    kpi = agreement.kpi("length").model_copy(update={"tolerance": tolerance})
    assert dict(judged_by(agreement, kpi))["Tolerance"] == words


@pytest.mark.parametrize(
    ("value", "decimals", "text"),
    [
        ("1234567.25", 1, "1,234,567.3"),
        ("-0.5", 0, f"{MINUS}1"),
        ("-0.04", 1, "0.0"),
        ("1234567890123456789012345678901", 0, "1,234,567,890,123,456,789,012,345,678,901"),
    ],
)
def test_figure_is_exact(value: str, decimals: int, text: str) -> None:
    assert figure(Fraction(value), decimals) == text


def test_percent_says_100_only_of_all() -> None:
    assert [percent(share) for share in (Fraction(1), Fraction(99999, 100000), Fraction(0), None)] == [
        "100", "99.9", "0", DASH,
    ]  # fmt: skip


def test_sparkline_breaks_where_there_is_no_data(evaluation: Evaluation) -> None:
    results = series(evaluation, "solved").results

    drawn = sparkline(results, results)

    assert drawn.count("<polyline") == 2  # the target, and the line from March to April
    assert drawn.count("<circle") == 2  # January stands alone, April is the last


def long_series(evaluation: Evaluation, values: list[int]) -> Series:
    """A share in percent measured for as many months as there are values."""
    first = series(evaluation, "solved").results[0]
    periods = [Period(f"{2020 + index // 12}-{index % 12 + 1:02d}", index, index + 1) for index in range(len(values))]
    results = [
        replace(first, value=Fraction(value), period=period) for value, period in zip(values, periods, strict=True)
    ]
    found = outlook(first.kpi, results)
    return Series(first.kpi, results, 1, found.limits, frozenset({len(values) - 1}))


def test_chart_draws_only_control_limits_that_a_share_can_cross(evaluation: Evaluation) -> None:
    drawn = specification(long_series(evaluation, [95, 99] * 6), WIDE)["layer"]
    names = [row["text"] for layer in drawn for row in layer["data"]["values"] if "place" in row]

    assert names == ["target 60", "minimum 50", "mean 97.0", "lower limit 86.4"]


def test_chart_rings_where_a_signal_begins(evaluation: Evaluation) -> None:
    drawn = specification(long_series(evaluation, [95, 99] * 6), WIDE)["layer"]
    rings = [layer for layer in drawn if layer["mark"]["type"] == "point" and "fill" in layer["mark"]]

    assert [ring["data"]["values"] for ring in rings] == [[{"x": 11, "y": 99.0}]]


def test_limits_too_many_for_a_sentence_stand_in_a_table(evaluation: Evaluation) -> None:
    agreement = evaluation.workspace.agreement
    limits = doc.Limits(by="team", values={f"<b>{number}": "4h" if number < 7 else "8h" for number in range(9)})
    clock = agreement.clocks["solving"].model_copy(update={"limit": limits})
    many = agreement.model_copy(update={"clocks": {"solving": clock}})

    assert limit_table(agreement, agreement.kpi("solved")) == []
    assert [limit for limit, _ in limit_table(many, agreement.kpi("solved"))] == ["4h", "8h"]
    assert limit_table(many, agreement.kpi("solved"))[1][1].striptags() == "<b>7; <b>8"
    assert "as listed below" in definition(many, agreement.kpi("solved"))
