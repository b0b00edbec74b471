"""From a KPI to the query that counts it: every record with what it adds to the KPI's numerator and denominator.

A measured row has `period` (an index), the KPI's `by` columns, and an `outcome`; counted rows add `amount` to the
numerator and `weight` to the denominator.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import IntEnum
from fractions import Fraction

from rapport.domain.periods import PeriodKind
from rapport.engine import agreement as doc
from rapport.engine.backend import quote_name
from rapport.engine.facts import Place, text_of
from rapport.engine.filters import is_duration, parse_condition, parse_field
from rapport.engine.kernel import Slots
from rapport.engine.terms import column_types

NO_VALUE = "(none)"
HOUR = Fraction(1, 3600)
_MEASURED = ("_key", "_row", "period", "moment", "outcome", "amount", "weight")
_TOTALS = ("period", "outcome", "records", "amount", "weight")


class Outcome(IntEnum):
    """What becomes of a record of a KPI; a number, since engines group numbers fastest."""

    COUNTED = 0
    PENDING = 1
    MISSING = 2
    EXCLUDED = 3


@dataclass(frozen=True)
class Measure:
    """What one row adds, as SQL over the columns of its table.

    Attributes:
        counted: when the row can be measured.
        amount, weight: what it adds to the numerator and the denominator.
        pending: when the row is neither measurable nor missing, but not finished yet.
        scale: what the quotient is multiplied by to get the KPI's unit.
        is_total: the value is the numerator alone.
    """

    counted: str
    amount: str
    weight: str = "1"
    pending: str = "FALSE"
    scale: Fraction = Fraction(1)
    is_total: bool = False


def measure_of(kpi: doc.Kpi, source: doc.Source) -> Measure:
    """How a KPI over records counts each of them."""
    match kpi:
        case doc.ShareWithinLimit():
            return Measure("_verdict IS NOT NULL", "_verdict", pending="_is_pending", scale=Fraction(100))
        case doc.ElapsedTime():
            counted, pending = "_elapsed IS NOT NULL AND _stop IS NOT NULL", "_start IS NOT NULL AND _stop IS NULL"
            return Measure(counted, "_elapsed", pending=pending, scale=HOUR)
        case doc.ReopenRate() | doc.FirstTimeRight():
            return _reopening(kpi, source)
        case doc.Share():
            condition = _condition(kpi.condition, source)
            return Measure(
                f"({condition}) IS NOT NULL", f"CASE WHEN {condition} THEN 1 ELSE 0 END", scale=Fraction(100)
            )
        case doc.Mean() | doc.Sum():
            amount, scale = _field(kpi.field, source)
            return Measure(f"{amount} IS NOT NULL", amount, scale=scale, is_total=isinstance(kpi, doc.Sum))
        case doc.Count():
            return Measure("TRUE", "1", is_total=True)
        case doc.Ratio():
            (amount, above), (weight, below) = _field(kpi.numerator, source), _field(kpi.denominator, source)
            scale = kpi.scale * above / below
            return Measure(f"{amount} IS NOT NULL AND {weight} IS NOT NULL", amount, weight, scale=scale)
        case doc.Reported():
            value = quote_name(kpi.value)
            return Measure(f"{value} IS NOT NULL", value)
        case _:
            raise TypeError(f"a KPI of kind {kpi.kind} does not count records")


def moment_of(kpi: doc.Kpi) -> str:
    """The column of a measured table that puts a record into a period."""
    clock_columns = {"start": "_start", "stop": "_stop", "due": "_deadline"}
    column = clock_columns.get(kpi.period.by, kpi.period.by) if isinstance(kpi, doc.ClockKpi) else kpi.period.by
    return quote_name(column)


def periods_name(kpi: doc.Kpi) -> str:
    """The name of the kind of periods a KPI is reported for, such as month or contract_month_5."""
    detail = {PeriodKind.ROLLING: f"_{kpi.period.months}", PeriodKind.CONTRACT_MONTH: f"_{kpi.period.start_day}"}
    return f"{kpi.period.kind}{detail.get(kpi.period.kind, '')}"


def place_of(kpi: doc.Kpi) -> Place:
    """The column of facts that holds the index of the period a record of the KPI lies in."""
    periods = periods_name(kpi)
    return Place(f"_{periods}_of_{kpi.period.by}", moment_of(kpi), periods)


def clocked_query(kpi: doc.Kpi, source: doc.Source, facts: str, periods: int) -> str:
    """Every fact of a KPI's clock as a measured row, if it lies in one of so many first periods."""
    place = place_of(kpi)
    period, moment = f"f.{quote_name(place.column)}", f"f.{place.moment}"
    measured = _measured(kpi, source, measure_of(kpi, source), f"{facts} AS f", period, moment)
    return f"{measured} AND period < {periods}"


def recorded_query(kpi: doc.Kpi, source: doc.Source, records: str, periods: Slots, as_of: int) -> str:
    """Every record of a KPI that has happened by `as_of` as a measured row."""
    moment = f"f.{moment_of(kpi)}"
    placed = f"(SELECT * FROM {records} AS f WHERE {moment} <= {as_of}) AS f {periods.at(moment, 'b').join}"
    return _measured(kpi, source, measure_of(kpi, source), placed, "b._period", moment)


def backlog_query(facts: str, closings: str, columns: Iterable[str]) -> str:
    """Every record open at each closing, as a run from its start to that closing; `closings` has `period`, `closes`."""
    kept = "".join(f", f.{quote_name(column)}" for column in columns)
    return f"""
        SELECT f._row{kept}, f._key AS _record, f._start, c.period AS _period, c.closes AS _until,
               f._key || '@' || CAST(c.period AS VARCHAR) AS _key
        FROM {facts} AS f
        JOIN {closings} AS c ON f._start < c.closes AND (f._stop IS NULL OR f._stop >= c.closes)"""


def backlog_pauses_query(pauses: str, backlog: str) -> str:
    """The pauses of each backlog row."""
    return f"SELECT b._key, p.start, p.until FROM {pauses} AS p JOIN {backlog} AS b ON b._record = p._key"


def aged_query(kpi: doc.BacklogAge, source: doc.Source, aged: str) -> str:
    """The backlog as measured rows; `aged` is the backlog with the `elapsed` time of each row."""
    measure = Measure("f._elapsed IS NOT NULL", "f._elapsed", scale=HOUR)
    return _measured(kpi, source, measure, f"{aged} AS f", "f._period", "f._until")


def _measured(kpi: doc.Kpi, source: doc.Source, measure: Measure, table: str, period: str, moment: str) -> str:
    excluded = " OR ".join(f"COALESCE({_condition(rule.when, source)}, FALSE)" for rule in kpi.exclusions) or "FALSE"
    return f"""
        SELECT * FROM (
            SELECT f._key, f._row, {group_columns(kpi.by, source)}{period} AS period, {moment} AS moment,
                   CASE WHEN {excluded} THEN {Outcome.EXCLUDED} WHEN {measure.counted} THEN {Outcome.COUNTED}
                        WHEN {measure.pending} THEN {Outcome.PENDING} ELSE {Outcome.MISSING} END AS outcome,
                   {measure.amount} AS amount, {measure.weight} AS weight
            FROM {table} WHERE {_condition(kpi.filter, source) if kpi.filter else "TRUE"}) AS measured
        WHERE period IS NOT NULL"""


def latest_query(measured: str, groups: Sequence[str]) -> str:
    """Only the latest counted row of each period and group, for values that are reported rather than counted."""
    group = ", ".join(["period", *groups])
    ranked = f"ROW_NUMBER() OVER (PARTITION BY {group}, outcome ORDER BY moment DESC, _row DESC, _key DESC) AS place"
    return f"""SELECT * FROM (SELECT *, {ranked} FROM ({_labelled(measured, groups, _MEASURED)}) AS labelled) AS ranked
               WHERE place = 1 OR outcome <> {Outcome.COUNTED}"""


def totals_query(measured: str, groups: Sequence[str], *, is_weighted: bool) -> str:
    """Per period, group and outcome: the number of records, and the sums of amount and weight."""
    # Grouped as it is stored first, and by its label then: that is several times as fast.
    keys, weight = ", ".join(["period", *groups, "outcome"]), "SUM(weight)" if is_weighted else "COUNT(*)"
    stored = f"""SELECT {keys}, COUNT(*) AS records, SUM(amount) AS amount, {weight} AS weight
                 FROM {measured} GROUP BY {keys}"""
    return f"""SELECT {keys}, SUM(records) AS records, SUM(amount) AS amount, SUM(weight) AS weight
               FROM ({_labelled(f"({stored}) AS stored", groups, _TOTALS)}) AS labelled GROUP BY {keys}"""


def ranked_query(measured: str, groups: Sequence[str], ranks: str) -> str:
    """The amounts at wanted places of the order within each period and group.

    `ranks` has the columns of period and groups, and `place`, counted from 1.
    """
    group = ", ".join(["period", *groups])
    same = " AND ".join(f"o.{column} = r.{column}" for column in ["period", *groups, "place"])
    return f"""
        SELECT {", ".join(f"o.{column}" for column in ["period", *groups])}, o.place, o.amount
        FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY {group} ORDER BY amount) AS place
              FROM ({_labelled(measured, groups, _MEASURED)}) AS labelled WHERE outcome = {Outcome.COUNTED}) AS o
        JOIN {ranks} AS r ON {same}"""


def in_windows(measured: str, groups: Sequence[str], windows: str) -> str:
    """Measured rows put into every rolling window that holds their base period."""
    kept = ", ".join(f"m.{column}" for column in [*_MEASURED, *groups] if column != "period")
    return f'SELECT w."window" AS period, {kept} FROM {measured} AS m JOIN {windows} AS w ON w.base = m.period'


def group_columns(by: Sequence[str], source: doc.Source) -> str:
    """A KPI's `by` columns as texts named g0, g1 and so on, ready to stand before further columns."""
    values = (text_of(f"f.{quote_name(name)}", source.column(name).type) for name in by)
    return "".join(f"{value} AS g{number}, " for number, value in enumerate(values))


def _labelled(rows: str, groups: Sequence[str], others: Sequence[str]) -> str:
    """Rows whose group columns have a label where they had no value, with other columns as they are."""
    labels = (f"COALESCE({group}, '{NO_VALUE}') AS {group}" for group in groups)
    return f"SELECT {', '.join([*others, *labels])} FROM {rows}"


def _reopening(kpi: doc.ReopenRate | doc.FirstTimeRight, source: doc.Source) -> Measure:
    reopened = f"COALESCE({_condition(kpi.reopened, source)}, FALSE)" if kpi.reopened else "_reopens > 0"
    hit = reopened if isinstance(kpi, doc.ReopenRate) else f"NOT ({reopened})"
    pending = "_stop IS NULL AND _start IS NOT NULL"
    return Measure("_stop IS NOT NULL", f"CASE WHEN {hit} THEN 1 ELSE 0 END", pending=pending, scale=Fraction(100))


def _condition(text: str, source: doc.Source) -> str:
    return parse_condition(text, column_types(source)).sql("duckdb")


def _field(text: str, source: doc.Source) -> tuple[str, Fraction]:
    """A numeric expression, and its scale: durations are seconds inside and hours outside."""
    types = column_types(source)
    return f"({parse_field(text, types).sql('duckdb')})", HOUR if is_duration(text, types) else Fraction(1)
