"""The agreement's parts as domain values: bands, targets, calendars and periods ready to calculate with."""

from collections.abc import Mapping
from datetime import date
from fractions import Fraction

from rapport.domain.bands import Band, ServiceLevel
from rapport.domain.calendars import Calendar
from rapport.domain.periods import PeriodRule
from rapport.domain.ramps import RampStep, target_on
from rapport.domain.rounding import Rounding
from rapport.engine import agreement as doc
from rapport.engine.agreement import ColumnType


def column_types(source: doc.Source) -> Mapping[str, ColumnType]:
    """The type of every column a source declares."""
    return {name: source.column(name).type for name in source.columns}


def source_name(agreement: doc.Agreement, kpi: doc.Kpi) -> str | None:
    """The name of the source a KPI counts, as far as it is known."""
    match kpi:
        case doc.Availability():
            return kpi.outages.source
        case doc.ClockKpi():
            return agreement.clocks[kpi.clock].source if kpi.clock in agreement.clocks else None
        case _:
            return kpi.source


def source_of(agreement: doc.Agreement, kpi: doc.Kpi) -> tuple[str, doc.Source]:
    """The source whose records a KPI of a checked agreement counts, with its name."""
    name = source_name(agreement, kpi) or ""
    return name, agreement.sources[name]


def bands_of(kpi: doc.Kpi) -> tuple[Band, ...]:
    """A KPI's bands, worst first, whichever end the document starts from."""
    bands = tuple(Band(band.name, band.edge, band.score, band.target) for band in kpi.bands)
    starts_with_best = bool(bands) and bands[-1].bound is None and bands[0].bound is not None
    return bands[::-1] if starts_with_best else bands


def target_of(kpi: doc.Kpi) -> Fraction:
    """The expected level: the edge of the band that is marked as the target."""
    return next(band.bound for band in bands_of(kpi) if band.is_target and band.bound is not None)


def ramp_of(kpi: doc.Kpi) -> tuple[RampStep, ...]:
    """The dated targets that hold while the partner grows into the work."""
    return tuple(RampStep(step.until, step.target) for step in kpi.ramp)


def level_on(kpi: doc.Kpi, day: date) -> ServiceLevel:
    """What a KPI is judged by on a day, the ramp included."""
    return ServiceLevel(target_on(day, ramp_of(kpi), target_of(kpi)), kpi.direction, kpi.minimum, kpi.low_volume)


def rounded(kpi: doc.Kpi, value: Fraction) -> Fraction:
    """A KPI's value as it is shown and judged: rounded where the agreement says so."""
    return Rounding(kpi.rounding.decimals, kpi.rounding.mode).apply(value) if kpi.rounding else value


def period_rule(agreement: doc.Agreement, kpi: doc.Kpi) -> PeriodRule:
    """The periods a KPI is reported for, in the agreement's time zone."""
    return PeriodRule(kpi.period.kind, agreement.time_zone, kpi.period.start_day, kpi.period.months)


def calendar_of(agreement: doc.Agreement, name: str) -> Calendar:
    """A named calendar with the public holidays of its region for every year of the term and the years around it."""
    if name == doc.ALWAYS:
        return Calendar.always(agreement.time_zone)
    document = agreement.calendars[name]
    years = range(agreement.term.first.year - 1, agreement.term.last.year + 3)
    closed = (_public_holidays(document.holidays, years) - set(document.holidays.drop)) | set(document.holidays.add)
    return Calendar(
        zone=document.time_zone or agreement.time_zone,
        weekly=document.hours,
        holidays=frozenset(closed),
        replacements=tuple(sorted(document.replacements.items())),
    )


def _public_holidays(region: doc.Holidays, years: range) -> set[date]:
    if region.country is None:
        return set()
    import holidays

    return set(holidays.country_holidays(region.country, subdiv=region.subdivision, years=years))
