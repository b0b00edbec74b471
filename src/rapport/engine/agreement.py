"""The agreement as a document: what a YAML file may say, field by field.

These models are the published schema (`rapport schema`). They check one field at a time; what several fields must be
to each other is checked in `rapport.engine.check`.
"""

import re
from collections.abc import Callable
from datetime import date, time
from enum import StrEnum
from fractions import Fraction
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, PlainSerializer, PlainValidator, WithJsonSchema

from rapport.domain.bands import Direction
from rapport.domain.calendars import DAY, Hours, parse_hours
from rapport.domain.durations import Limit, parse_duration, parse_limit
from rapport.domain.meetings import USUAL_MINUTES
from rapport.domain.percentiles import PercentileMethod
from rapport.domain.periods import PeriodKind
from rapport.domain.rhythm import WEEKDAYS as WEEKDAYS
from rapport.domain.rhythm import Rhythm as Rhythm
from rapport.domain.rounding import RoundingMode
from rapport.domain.settlement import LONGEST_DAYS, Window

ALWAYS = "24x7"


_NUMBER = re.compile(r"[+-]?[0-9]{1,18}(\.[0-9]{1,18})?(e[+-]?[0-9]{1,2})?", re.IGNORECASE)
_TIME_OF_DAY = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])")


def _exact(value: object) -> Fraction:
    if isinstance(value, bool) or not _NUMBER.fullmatch(str(value)):
        raise ValueError("expected a number such as 95 or 99.5")
    return Fraction(str(value))


def _percent(value: object) -> Fraction:
    text = str(value).strip()
    if not text.endswith("%"):
        raise ValueError("expected a percentage with its sign, such as 1%")
    share = _exact(text.removesuffix("%").strip()) / 100
    if not 0 <= share <= 1:
        raise ValueError("expected a percentage between 0% and 100%")
    return share


def _hours_by_day(value: object) -> tuple[Hours, ...]:
    """Seven days of hours, Monday first, from {"mon-fri": "09:00-17:00", "sat": "10:00-14:00"}; others are closed."""
    if value == ALWAYS:
        return (parse_hours("00:00-24:00"),) * 7
    if not isinstance(value, dict) or not value:
        raise ValueError(f"expected days with their hours, such as mon-fri: '09:00-17:00', or {ALWAYS}")
    week: list[Hours] = [()] * 7
    for days, hours in value.items():
        for day in _days(str(days)):
            week[day] = parse_hours(str(hours))
    return tuple(week)


def _days(text: str) -> range:
    first, _, last = text.strip().lower().partition("-")
    if first not in WEEKDAYS or (last or first) not in WEEKDAYS:
        raise ValueError(f"{text!r} names no day; use {', '.join(WEEKDAYS)} or a span such as mon-fri")
    start, end = WEEKDAYS.index(first), WEEKDAYS.index(last or first)
    if end < start:
        raise ValueError(f"{text!r} runs backwards; the week starts on mon")
    return range(start, end + 1)


def _calendar_days(value: object) -> int:
    expected = f"expected whole calendar days from 0d to {LONGEST_DAYS}d, such as 10d"
    try:
        days, rest = divmod(parse_duration(value) if isinstance(value, str) else -1, DAY)
    except ValueError:
        raise ValueError(expected) from None
    if rest or days > LONGEST_DAYS:
        raise ValueError(expected)
    return days


def _day_of_rhythm(value: object) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise ValueError("expected a day such as tue, 5, first tue or last fri")
    return " ".join(str(value).lower().split())


def _time_of_day(value: object) -> time:
    if not isinstance(value, str) or not (found := _TIME_OF_DAY.fullmatch(value)):
        raise ValueError("expected a time of day in quotes from '00:00' to '23:59', such as '10:00'")
    return time(int(found[1]), int(found[2]))


def _reads(parse: Callable[[str], object]) -> PlainValidator:
    def read(value: object) -> object:
        if not isinstance(value, str):
            raise ValueError("expected text in quotes")
        return parse(value)

    return PlainValidator(read)


def _text_schema(*examples: str) -> WithJsonSchema:
    return WithJsonSchema({"type": "string", "examples": list(examples)})


Name = Annotated[str, Field(min_length=1, max_length=200)]
Identifier = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]*$", max_length=80)]
Expression = Annotated[str, Field(min_length=1, max_length=4000)]
Number = Annotated[Fraction, PlainValidator(_exact), WithJsonSchema({"type": "number"})]
Percentage = Annotated[Fraction, PlainValidator(_percent), _text_schema("1%", "0.5%")]
Duration = Annotated[int, _reads(parse_duration), _text_schema("4h", "1h 30m")]
CalendarDays = Annotated[
    int,
    PlainValidator(_calendar_days),
    PlainSerializer(lambda days: f"{days}d", when_used="json"),
    _text_schema("10d", "0d"),
]
LimitText = Annotated[Limit, _reads(parse_limit), _text_schema("4h", "2 business days")]
RhythmDay = Annotated[
    str,
    PlainValidator(_day_of_rhythm),
    WithJsonSchema({"type": ["string", "integer"], "examples": ["tue", 5, "first tue", "last fri"]}),
]
TimeOfDay = Annotated[
    time,
    PlainValidator(_time_of_day),
    PlainSerializer(lambda at: f"{at:%H:%M}", when_used="json"),
    _text_schema("10:00", "14:30"),
]
HoursText = Annotated[Hours, _reads(parse_hours), _text_schema("09:00-17:30", "08:00-12:00, 13:00-17:00", "closed")]
WeeklyHours = Annotated[
    tuple[Hours, ...],
    PlainValidator(_hours_by_day),
    WithJsonSchema(
        {
            "anyOf": [
                {"const": ALWAYS},
                {
                    "type": "object",
                    "additionalProperties": {"type": "string"},
                    "examples": [{"mon-fri": "09:00-17:00"}],
                },
            ]
        }
    ),
]


class Model(BaseModel):
    """A part of the agreement: unknown fields are refused, values do not change."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)


class Party(Model):
    """One of the two companies."""

    name: Name
    contact: Name | None = None


class Parties(Model):
    """Who agreed with whom."""

    client: Party
    partner: Party


class Term(Model):
    """The days the agreement covers, first and last included; records outside are counted but not used."""

    first: date = Field(alias="from")
    last: date = Field(alias="to")


class Version(Model):
    """One entry of the document's own history."""

    version: int = Field(ge=1)
    since: date
    note: str = ""


class Holidays(Model):
    """Public holidays of a region, and what the two companies add or drop."""

    country: str | None = None
    """ISO 3166 code, such as GB or US."""
    subdivision: str | None = None
    """The region within the country, such as ENG or MA."""
    add: dict[date, str] = {}
    """Further closed days with their names."""
    drop: tuple[date, ...] = ()
    """Public holidays that are worked."""


class CalendarDocument(Model):
    """Working hours: the clock of every limit in working time."""

    hours: WeeklyHours
    time_zone: str | None = None
    """IANA name; the agreement's time zone unless given."""
    holidays: Holidays = Holidays()
    replacements: dict[date, HoursText] = {}
    """Hours of single dates; they replace the weekly hours and win over a holiday."""


class Need(Model):
    """A level of the hierarchy of needs this relationship is to fulfil."""

    id: Identifier
    name: Name
    level: int = Field(ge=1)


class Objective(Model):
    """A business objective; every objective should have a KPI."""

    id: Identifier
    name: Name
    need: Identifier | None = None


class Outcome(Model):
    """What the relationship is to fulfil, in levels of the hierarchy of needs."""

    levels: tuple[int, ...] = Field(min_length=1)
    """The levels of `needs` that both sides expect to be fulfilled within the term."""
    statement: str = Field("", max_length=2000)
    """The expected outcome in a sentence or two."""


class CommunicationKind(StrEnum):
    """Whether people meet, or one side reports to the other."""

    MEETING = "meeting"
    REPORT = "report"


class Communication(Model):
    """A meeting that is held, or a report that is due, again and again."""

    id: Identifier
    name: Name
    kind: CommunicationKind
    client: tuple[Name, ...] = ()
    """Who takes part for the client: roles or names."""
    partner: tuple[Name, ...] = ()
    """Who takes part for the partner: roles or names."""
    rhythm: Rhythm
    day: RhythmDay
    """Weekly: a weekday, such as tue. Monthly or quarterly: a day from 1 to 28, or a weekday such as first tue or last
    fri; a quarter counts from its first month."""
    at: TimeOfDay | None = None
    """When a meeting begins, in the agreement's time zone; it is on the whole day unless given."""
    minutes: int = Field(USUAL_MINUTES, ge=5, le=720)
    """How long a meeting takes that begins at a time."""
    channel: Name
    """Where: a room, a video call, e-mail."""
    sent_by: Literal["client", "partner"] = "partner"
    """Who owes a report; nothing to a meeting."""


class EscalationLevel(Model):
    """One step of the ladder: whom to turn to on both sides, how long they have, how much they may approve."""

    name: Name
    client: Name | None = None
    """A person or a role of the client."""
    partner: Name | None = None
    """A person or a role of the partner."""
    within: Duration
    """Time in the plan's calendar; when it runs out, the matter climbs to the next level."""
    approves: Number | None = None
    """The amount, in the agreement's currency, up to which this level may approve; nothing unless given."""


class Executives(Model):
    """Who decides at the end of the ladder: a person or a role on both sides."""

    client: Name | None = None
    partner: Name | None = None


class EscalationPlan(Model):
    """Whom to turn to, step by step, when something goes wrong and is not mended in time."""

    id: Identifier
    name: Name
    objectives: tuple[Identifier, ...] = ()
    """The objectives it covers."""
    kpis: tuple[Identifier, ...] = ()
    """The KPIs it covers; with neither objectives nor KPIs it covers everything."""
    calendar: str = ALWAYS
    """The working hours in which the time of its levels counts."""
    levels: tuple[EscalationLevel, ...] = ()
    """From the first on."""
    executive: Executives = Executives()


class Duty(Model):
    """Something the client owes the partner so that the work can be done: inputs, approvals, volumes."""

    id: Identifier
    name: Name
    what: str = Field(min_length=1, max_length=2000)
    """What exactly the client gives or does."""
    due: Name | None = None
    """By when, in words."""
    kpi: Identifier | None = None
    """The KPI that measures whether the duty is kept."""
    relieves: tuple[str, ...] = ()
    """The clocks whose `relief` holds the times in which this duty failed."""


def _unless_given(days: int) -> Any:
    return Field(days, json_schema_extra={"default": f"{days}d"})


Failure = Literal["missed_kpi", "unkept_duty", "late_report", "dispute", "early_warning"]
"""What can be put on the issue list by itself."""


class IssueRules(Model):
    """What both sides want on their issue list without anybody having to raise it."""

    raised_for: tuple[Failure, ...] = ("missed_kpi", "unkept_duty", "late_report", "dispute")
    """A KPI that missed its target, a duty whose KPI did, a report that is late, a figure in dispute, a running period
    that will probably miss."""
    rhythm: Rhythm | None = None
    """How often an edition of the list is made, to be approved and sent; never by itself unless given."""
    day: RhythmDay | None = None
    """On which day, as for a meeting."""


class Settling(Model):
    """How many calendar days each side has after a period until a rule decides which value stands."""

    report: CalendarDays = _unless_given(Window().report)
    """For the partner to state its figures."""
    verify: CalendarDays = _unless_given(Window().verify)
    """Then for the client to verify them."""
    settle: CalendarDays = _unless_given(Window().settle)
    """Then for both to settle what differs."""

    @property
    def window(self) -> Window:
        """The same as the rules of settling know it."""
        return Window(self.report, self.verify, self.settle)


class ColumnType(StrEnum):
    """What a column holds."""

    TEXT = "text"
    NUMBER = "number"
    TIME = "time"
    DATE = "date"
    DURATION = "duration"
    BOOLEAN = "boolean"


MOMENTS = (ColumnType.TIME, ColumnType.DATE)
"""The types that are instants."""


class Column(Model):
    """How one column of the records is read."""

    type: ColumnType
    header: str | None = None
    """The column's heading in the file, when it differs from the name used here."""
    required: bool = False
    """A row without this value cannot be used."""
    unreadable: Literal["reject", "missing"] = "reject"
    """What an unreadable value does: rejects its row, or counts as missing and is flagged."""
    nulls: tuple[str, ...] = ()
    """Further words that mean "no value" in this column."""
    values: dict[str, str] = {}
    """Spellings found in the records, each with the value it stands for."""
    true: tuple[str, ...] = ("true", "yes", "1")
    false: tuple[str, ...] = ("false", "no", "0")
    formats: tuple[str, ...] = ()
    """Date formats of this column; those of the source unless given."""
    time_zone: str | None = None
    unit: Literal["seconds", "minutes", "hours", "days"] = "minutes"
    """The unit of a duration written as a bare number."""


class Events(Model):
    """How a log with a row per event becomes a record per case."""

    time: str
    """The column with the moment of each event."""
    status: str | None = None
    """The column with the status the case has from that moment on."""
    order: str | None = None
    """A number that settles the order of events with equal times; their order in the file unless given."""
    first: tuple[str, ...] = ()
    """Columns that keep the value of the first event; all others keep that of the last event that has one."""


class Flag(Model):
    """A doubt about rows that are used all the same."""

    name: Name
    when: Expression


class FileFormat(StrEnum):
    """The formats records may come in."""

    CSV = "csv"
    XLSX = "xlsx"
    PARQUET = "parquet"
    JSON_LINES = "jsonl"
    XES = "xes"


class Deliverer(StrEnum):
    """Which side may deliver the records of a source."""

    PARTNER = "partner"
    CLIENT = "client"
    EITHER = "either"


class Source(Model):
    """Where records come from and how they are read."""

    files: tuple[str, ...] = ()
    """Paths relative to the agreement; names may end in .gz."""
    delivered_by: Deliverer = Deliverer.EITHER
    """Which side may deliver these records to the web application; no result rests on it."""
    format: FileFormat
    delimiter: str = Field(",", min_length=1, max_length=1)
    quote: str = Field('"', min_length=1, max_length=1)
    encoding: str = "utf-8"
    sheet: str | None = None
    """The sheet of an XLSX file; its first one unless given."""
    time_zone: str | None = None
    """The zone of times written without one; the agreement's unless given."""
    date_formats: tuple[str, ...] = ("%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%d")
    """Tried in order, in the notation of strptime; %z reads an offset."""
    decimal: Literal[".", ","] = "."
    nulls: tuple[str, ...] = ()
    """Words that mean "no value" besides an empty cell."""
    key: tuple[str, ...] | str
    """The column, or columns, that tell one record from another."""
    version: str | None = None
    """A column that tells which of several rows with one key is the latest; the last in the files unless given."""
    opened: str | None = None
    """The time that decides whether a record lies within the term."""
    events: Events | None = None
    columns: dict[str, ColumnType | Column]
    """Every column that is used, with its type."""
    reject_limit: Percentage = Fraction(0)
    """The share of unusable rows up to which the rest may be used."""
    flags: tuple[Flag, ...] = ()

    def column(self, name: str) -> Column:
        """A column's full description, also when the document gives only its type."""
        column = self.columns[name]
        return column if isinstance(column, Column) else Column(type=column)

    @property
    def keys(self) -> tuple[str, ...]:
        """The key columns, one or more."""
        return (self.key,) if isinstance(self.key, str) else self.key


class Spans(Model):
    """Intervals of time: pauses, relief periods, outages or maintenance, from statuses or from columns."""

    source: str | None = None
    """The source that holds them; the records' own source unless given."""
    statuses: tuple[str, ...] = ()
    """The statuses whose time counts, where the source is an event log."""
    start: str | None = None
    end: str | None = None
    record: str | None = None
    """The column with the key of the record an interval belongs to; an interval without one is for all records."""
    filter: Expression | None = None


class Moment(Model):
    """An event of a record: the value of a column, or entry into one of several statuses."""

    column: str | None = None
    statuses: tuple[str, ...] = ()


class Limits(Model):
    """Limits that depend on a column of the record, such as its priority."""

    by: str
    values: dict[str, LimitText]
    default: LimitText | None = None


class AtLimit(StrEnum):
    """The boundary rule: what exactly at the limit means."""

    WITHIN = "within"
    LATE = "late"


class Reopen(StrEnum):
    """What coming back from a stop status does to the clock."""

    CONTINUE = "continue"
    RESTART = "restart"
    IGNORE = "ignore"


class Clock(Model):
    """From which event to which, in which calendar, less which pauses, against which limit."""

    source: str
    start: Moment
    stop: Moment
    calendar: str = ALWAYS
    limit: LimitText | Limits | None = None
    due: str | None = None
    """A column with each record's own due time, in place of a limit."""
    grace: Duration = 0
    """Calendar time allowed after the due time."""
    pauses: tuple[Spans, ...] = ()
    relief: tuple[Spans, ...] = ()
    """Times for which the partner is relieved because the client failed its own duty."""
    reopen: Reopen = Reopen.CONTINUE
    at_limit: AtLimit = AtLimit.WITHIN
    round_elapsed: Duration = 1
    """Elapsed time is rounded down to whole multiples of this before it is judged."""


class Band(Model):
    """A named stretch of values; the edge belongs to the better band, the worst band has none."""

    name: Name
    edge: Number | None = None
    score: Number | None = None
    """What a value in this band contributes to the weighted score, 0 to 100."""
    target: bool = False
    """This band's edge is the expected level."""


class RampStep(Model):
    """A target that holds up to and including a day, while the partner grows into the work."""

    until: date
    target: Number


class Exclusion(Model):
    """Records both companies agreed not to count."""

    name: Name
    when: Expression


class RoundingRule(Model):
    """How a value is rounded before it is judged; unrounded unless given."""

    decimals: int = Field(ge=0, le=9)
    mode: RoundingMode = RoundingMode.HALF_UP


class PeriodDocument(Model):
    """The periods a KPI is reported for, and the event that puts a record into one."""

    kind: PeriodKind = PeriodKind.MONTH
    start_day: int = Field(1, ge=1, le=28)
    """The first day of a contract month."""
    months: int = Field(12, ge=1, le=60)
    """The length of a rolling window."""
    by: str
    """start, stop or due of the KPI's clock, or a time column of the source."""


class KpiBase(Model):
    """What every KPI names, whatever it measures."""

    id: Identifier
    name: Name
    objective: Identifier | None = None
    need: Identifier | None = None
    description: str = ""
    filter: Expression | None = None
    """Which records count; all unless given."""
    by: tuple[str, ...] = ()
    """Columns whose values get results of their own beside the whole."""
    period: PeriodDocument
    direction: Direction
    unit: str = ""
    bands: tuple[Band, ...]
    minimum: Number | None = None
    """The minimum level: a value worse than this is a failure at once."""
    weight: Number = Fraction(1)
    rounding: RoundingRule | None = None
    no_data: Literal["no_data", "missed"] = "no_data"
    """What a period without a single countable record is."""
    low_volume: int = Field(1, ge=1)
    """With fewer countable records than this a period is shown but not judged."""
    exclusions: tuple[Exclusion, ...] = ()
    ramp: tuple[RampStep, ...] = ()
    measured_by: Literal["client", "partner", "both"] = "both"
    tolerance: Number | None = None
    """How far the figures of the two sides may lie apart, in the KPI's unit, and still agree; half of the last decimal
    they are written with unless given."""


class ClockKpi(KpiBase):
    """A KPI about time: it counts the records of a clock."""

    clock: str


class RecordKpi(KpiBase):
    """A KPI about what records say: it counts the records of a source."""

    source: str


class ShareWithinLimit(ClockKpi):
    """The share of records, in percent, whose elapsed time is within the limit."""

    kind: Literal["share_within_limit"]


class Statistic(StrEnum):
    """How the elapsed times of a period become one number."""

    MEAN = "mean"
    MEDIAN = "median"
    PERCENTILE = "percentile"
    MAXIMUM = "maximum"


class Percentile(Model):
    """Which percentile, by which of its definitions."""

    p: Number
    """Above 0 and at most 100."""
    method: PercentileMethod = PercentileMethod.NEAREST_RANK


class ElapsedTime(ClockKpi):
    """A statistic of the elapsed times, in hours."""

    kind: Literal["elapsed_time"]
    statistic: Statistic = Statistic.MEAN
    percentile: Percentile | None = None


class BacklogAge(ClockKpi):
    """A statistic of the age, in hours of the clock's calendar, of what is open when the period ends."""

    kind: Literal["backlog_age"]
    statistic: Statistic = Statistic.MEAN
    percentile: Percentile | None = None


class Share(RecordKpi):
    """The share of records, in percent, for which a condition holds."""

    kind: Literal["share"]
    condition: Expression


class Mean(RecordKpi):
    """The mean of a field."""

    kind: Literal["mean"]
    field: Expression


class Sum(RecordKpi):
    """The sum of a field."""

    kind: Literal["sum"]
    field: Expression


class Count(RecordKpi):
    """The number of records."""

    kind: Literal["count"]


class Ratio(RecordKpi):
    """The sum of one field over the sum of another, so that roll-ups are weighted by volume."""

    kind: Literal["ratio"]
    numerator: Expression
    denominator: Expression
    scale: Number = Fraction(100)
    """100 gives percent."""


class Availability(KpiBase):
    """Agreed time less unplanned downtime, in percent of agreed time; approved maintenance is not agreed time."""

    kind: Literal["availability"]
    outages: Spans
    service: str | None = None
    """The column that tells one service from another; each has the agreed time of its own."""
    calendar: str = ALWAYS
    maintenance: tuple[Spans, ...] = ()


class ReopenRate(ClockKpi):
    """The share of stopped records, in percent, that were reopened."""

    kind: Literal["reopen_rate"]
    reopened: Expression | None = None
    """When a record counts as reopened; a return from a stop status unless given."""


class FirstTimeRight(ClockKpi):
    """The share of stopped records, in percent, that were not reopened."""

    kind: Literal["first_time_right"]
    reopened: Expression | None = None


class Reported(RecordKpi):
    """A value that somebody reports, taken as it is; the latest in the period counts."""

    kind: Literal["reported"]
    value: str


Kpi = Annotated[
    ShareWithinLimit
    | ElapsedTime
    | BacklogAge
    | Share
    | Mean
    | Sum
    | Count
    | Ratio
    | Availability
    | ReopenRate
    | FirstTimeRight
    | Reported,
    Field(discriminator="kind"),
]


class Agreement(Model):
    """Everything two companies agreed on how their work together is measured."""

    rapport: Literal[1]
    """The version of this document format."""
    id: Identifier
    title: Name
    version: int = Field(1, ge=1)
    parties: Parties
    term: Term
    currency: str = Field("EUR", pattern=r"^[A-Z]{3}$")
    time_zone: str = "UTC"
    calendars: dict[str, CalendarDocument] = {}
    needs: tuple[Need, ...] = ()
    objectives: tuple[Objective, ...] = ()
    outcome: Outcome | None = None
    sources: dict[str, Source]
    clocks: dict[str, Clock] = {}
    kpis: tuple[Kpi, ...] = Field(min_length=1)
    communication: tuple[Communication, ...] = ()
    escalation: tuple[EscalationPlan, ...] = ()
    duties: tuple[Duty, ...] = ()
    settling: Settling = Settling()
    issues: IssueRules = IssueRules()
    versions: tuple[Version, ...] = ()

    def kpi(self, kpi_id: str) -> Kpi:
        """The KPI with this id; LookupError names the ones there are."""
        for kpi in self.kpis:
            if kpi.id == kpi_id:
                return kpi
        raise LookupError(f"no KPI {kpi_id!r} in this agreement; it has {', '.join(kpi.id for kpi in self.kpis)}")


def json_schema() -> dict[str, Any]:
    """The published JSON Schema of the document."""
    schema = Agreement.model_json_schema()
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}
