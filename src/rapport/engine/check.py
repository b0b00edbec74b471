"""What the parts of an agreement must be to each other, beyond what each field must be by itself."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from rapport.domain.bands import check_bands, is_met
from rapport.domain.periods import PeriodKind
from rapport.domain.ramps import check_ramp
from rapport.engine import agreement as doc
from rapport.engine.agreement import ColumnType
from rapport.engine.filters import FilterError, parse_condition, parse_field
from rapport.engine.plans import check_plans, unplanned
from rapport.engine.problems import Location, Problem, known
from rapport.engine.terms import bands_of, column_types, ramp_of, source_name, target_of

_CLOCK_EVENTS = ("start", "stop", "due")


def check_agreement(agreement: doc.Agreement) -> list[Problem]:
    """Every broken rule between the parts of an agreement; empty when it can be used."""
    return [
        *_whole(agreement),
        *_zones(agreement),
        *(problem for name in agreement.calendars for problem in _calendar(agreement, name)),
        *(problem for name in agreement.sources for problem in _source(agreement, name)),
        *(problem for name in agreement.clocks for problem in _clock(agreement, name)),
        *(problem for index in range(len(agreement.kpis)) for problem in _kpi(agreement, index)),
        *check_plans(agreement),
    ]


def gaps(agreement: doc.Agreement) -> list[str]:
    """What an agreement without faults still has to name before it can be proposed, as sentences.

    An executive is to be named before anything goes live; a plan without one is a fault, so what may be missing is
    the plan.
    """
    if agreement.escalation:
        return []
    return ["No escalation plan names whom to turn to and an executive on both sides; add one under escalation."]


def uncovered(agreement: doc.Agreement) -> list[str]:
    """What the agreement leaves open, as sentences: above all needs and objectives that no KPI measures."""
    return [
        *(f"No KPI measures the {_what(item)} {item.name!r}." for item in unmeasured(agreement)),
        *unplanned(agreement),
    ]


def unmeasured(agreement: doc.Agreement) -> list[doc.Objective | doc.Need]:
    """The objectives and needs that no KPI measures; a need is measured through its objectives, too."""
    measured = {kpi.objective for kpi in agreement.kpis}
    served = {objective.need for objective in agreement.objectives if objective.id in measured}
    needs = served | {kpi.need for kpi in agreement.kpis}
    return [
        *(item for item in agreement.objectives if item.id not in measured),
        *(item for item in agreement.needs if item.id not in needs),
    ]


def _what(item: doc.Objective | doc.Need) -> str:
    return "objective" if isinstance(item, doc.Objective) else "need"


def _whole(agreement: doc.Agreement) -> Iterator[Problem]:
    if agreement.term.last < agreement.term.first:
        yield Problem(
            ("term", "to"), str(agreement.term.last), f"a day from {agreement.term.first} on", "Swap the days."
        )
    for group in ("kpis", "needs", "objectives", "communication", "escalation", "duties"):
        ids = [item.id for item in getattr(agreement, group)]
        for index, (item_id, count) in enumerate(
            (item_id, Counter(ids[: n + 1])[item_id]) for n, item_id in enumerate(ids)
        ):
            if count > 1:
                yield Problem((group, index, "id"), repr(item_id), "an id used once", "Give it an id of its own.")
    needs = [need.id for need in agreement.needs]
    for index, objective in enumerate(agreement.objectives):
        yield from known(("objectives", index, "need"), objective.need, needs, "a need")


def _zones(agreement: doc.Agreement) -> Iterator[Problem]:
    zones: dict[Location, str | None] = {("time_zone",): agreement.time_zone}
    zones |= {("calendars", name, "time_zone"): part.time_zone for name, part in agreement.calendars.items()}
    zones |= {("sources", name, "time_zone"): part.time_zone for name, part in agreement.sources.items()}
    zones |= {
        ("sources", name, "columns", column, "time_zone"): source.column(column).time_zone
        for name, source in agreement.sources.items()
        for column in source.columns
    }
    for location, zone in zones.items():
        if zone is not None and not _is_zone(zone):
            yield Problem(location, repr(zone), "an IANA time zone such as Europe/London", "Correct the name.")


def _is_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True


def _calendar(agreement: doc.Agreement, name: str) -> Iterator[Problem]:
    region = agreement.calendars[name].holidays
    location = ("calendars", name, "holidays")
    if name == doc.ALWAYS:
        yield Problem(("calendars", name), name, "another name", f"{doc.ALWAYS} always exists; choose another name.")
    if region.country is None:
        if region.subdivision is not None:
            yield Problem((*location, "subdivision"), region.subdivision, "a country beside it", "Add `country:`.")
        return
    import holidays

    regions = holidays.list_supported_countries(include_aliases=True)
    yield from known((*location, "country"), region.country, regions, "a country code")
    if region.subdivision and region.country in regions:
        yield from known((*location, "subdivision"), region.subdivision, regions[region.country], "a region of it")


def _source(agreement: doc.Agreement, name: str) -> Iterator[Problem]:
    source, location = agreement.sources[name], ("sources", name)
    types = column_types(source)
    yield from _column_names((*location, "columns"), source)
    for key in source.keys:
        yield from known((*location, "key"), key, types, "a column")
    yield from known((*location, "version"), source.version, types, "a column")
    yield from _moment_column((*location, "opened"), source.opened, types)
    if source.events:
        yield from _moment_column((*location, "events", "time"), source.events.time, types)
        yield from _typed_column((*location, "events", "status"), source.events.status, types, (ColumnType.TEXT,))
        yield from known((*location, "events", "order"), source.events.order, types, "a column")
        for column in source.events.first:
            yield from known((*location, "events", "first"), column, types, "a column")
    for index, flag in enumerate(source.flags):
        yield from _condition((*location, "flags", index, "when"), flag.when, types)


def _column_names(location: Location, source: doc.Source) -> Iterator[Problem]:
    """No engine tells names apart by their case alone, and names with an underscore in front are the engine's own."""
    seen: set[str] = set()
    for name in source.columns:
        if name.startswith("_") or name.lower() in seen:
            expected = "a name without an underscore in front, which differs from others by more than case"
            yield Problem((*location, name), repr(name), expected, "Choose another; keep the heading with `header:`.")
        seen.add(name.lower())


def _clock(agreement: doc.Agreement, name: str) -> Iterator[Problem]:
    clock, location = agreement.clocks[name], ("clocks", name)
    yield from known((*location, "calendar"), clock.calendar, [*agreement.calendars, doc.ALWAYS], "a calendar")
    yield from known((*location, "source"), clock.source, agreement.sources, "a source")
    if clock.source not in agreement.sources:
        return
    source = agreement.sources[clock.source]
    types = column_types(source)
    for event in ("start", "stop"):
        yield from _moment((*location, event), getattr(clock, event), source)
    yield from _moment_column((*location, "due"), clock.due, types)
    if clock.due and clock.limit:
        yield Problem((*location, "due"), "due beside limit", "one of the two", "Remove `due:` or `limit:`.")
    if isinstance(clock.limit, doc.Limits):
        yield from _typed_column((*location, "limit", "by"), clock.limit.by, types, (ColumnType.TEXT,))
    for field in ("pauses", "relief"):
        for index, spans in enumerate(getattr(clock, field)):
            yield from _spans((*location, field, index), spans, agreement, clock.source)


def _moment(location: Location, moment: doc.Moment, source: doc.Source) -> Iterator[Problem]:
    if (moment.column is None) == (not moment.statuses):
        yield Problem(location, "neither or both", "either `column:` or `statuses:`", "Name the event in one way.")
    yield from _moment_column((*location, "column"), moment.column, column_types(source))
    if moment.statuses and not (source.events and source.events.status):
        yield Problem((*location, "statuses"), "statuses", "a source with `events: status:`", "Use `column:` instead.")


def _moment_column(location: Location, name: str | None, types: Mapping[str, ColumnType]) -> Iterator[Problem]:
    yield from _typed_column(location, name, types, doc.MOMENTS)


def _typed_column(
    location: Location, name: str | None, types: Mapping[str, ColumnType], wanted: Sequence[ColumnType]
) -> Iterator[Problem]:
    yield from known(location, name, types, "a column")
    if name is not None and name in types and types[name] not in wanted:
        expected = f"a {' or '.join(wanted)} column"
        yield Problem(location, f"{name!r}, a {types[name]}", expected, f"Declare it as `{wanted[0]}`.")


def _spans(location: Location, spans: doc.Spans, agreement: doc.Agreement, own: str | None) -> Iterator[Problem]:
    name = spans.source or own
    if name is None:
        yield Problem(location, "no source", "the source the intervals come from", "Add `source:`.")
        return
    yield from known((*location, "source"), name, agreement.sources, "a source")
    if name not in agreement.sources:
        return
    source = agreement.sources[name]
    types = column_types(source)
    if spans.statuses:
        if not (source.events and source.events.status):
            yield Problem((*location, "statuses"), "statuses", "a source with `events: status:`", "Use start and end.")
    elif spans.start is None or spans.end is None:
        yield Problem(location, "no start and end", "`start:` and `end:`, or `statuses:`", "Name the columns.")
    for field in ("start", "end"):
        yield from _moment_column((*location, field), getattr(spans, field), types)
    yield from _typed_column((*location, "record"), spans.record, types, (ColumnType.TEXT, ColumnType.NUMBER))
    yield from _condition((*location, "filter"), spans.filter, types)


def _kpi(agreement: doc.Agreement, index: int) -> Iterator[Problem]:
    kpi, location = agreement.kpis[index], ("kpis", index)
    yield from known(
        (*location, "objective"), kpi.objective, [item.id for item in agreement.objectives], "an objective"
    )
    yield from known((*location, "need"), kpi.need, [item.id for item in agreement.needs], "a need")
    yield from _judgement(location, kpi)
    clock = kpi.clock if isinstance(kpi, doc.ClockKpi) else None
    if clock is not None:
        yield from known((*location, "clock"), clock, agreement.clocks, "a clock")
    needs_limit = isinstance(kpi, doc.ShareWithinLimit) or kpi.period.by == "due"
    if needs_limit and clock in agreement.clocks:
        yield from _has_limit((*location, "clock"), agreement.clocks[clock])
    if isinstance(kpi, doc.BacklogAge) and kpi.period.kind is PeriodKind.ROLLING:
        expected = "a period with one end, at which the backlog is counted"
        yield Problem((*location, "period", "kind"), "rolling", expected, "Use `month`.")
    if isinstance(kpi, doc.Availability):
        yield from _whole_services(location, kpi)
        yield from known((*location, "calendar"), kpi.calendar, [*agreement.calendars, doc.ALWAYS], "a calendar")
        yield from _spans((*location, "outages"), kpi.outages, agreement, None)
        for number, spans in enumerate(kpi.maintenance):
            yield from _spans((*location, "maintenance", number), spans, agreement, kpi.outages.source)
    if isinstance(kpi, doc.ElapsedTime | doc.BacklogAge):
        yield from _statistic(location, kpi)
    yield from _measured(location, kpi, agreement)


def _measured(location: Location, kpi: doc.Kpi, agreement: doc.Agreement) -> Iterator[Problem]:
    """Everything a KPI says about the columns of its source."""
    name = source_name(agreement, kpi)
    if name is None:
        return
    yield from known((*location, "source"), name, agreement.sources, "a source")
    if name not in agreement.sources:
        return
    types = column_types(agreement.sources[name])
    if not (isinstance(kpi, doc.ClockKpi) and kpi.period.by in _CLOCK_EVENTS) and not isinstance(kpi, doc.Availability):
        yield from _moment_column((*location, "period", "by"), kpi.period.by, types)
    for column in kpi.by:
        yield from known((*location, "by"), column, types, "a column")
    for number, exclusion in enumerate(kpi.exclusions):
        yield from _condition((*location, "exclusions", number, "when"), exclusion.when, types)
    for field in ("filter", "condition", "reopened"):
        yield from _condition((*location, field), getattr(kpi, field, None), types)
    for field in ("field", "numerator", "denominator"):
        yield from _field((*location, field), getattr(kpi, field, None), types)
    yield from _typed_column((*location, "value"), getattr(kpi, "value", None), types, (ColumnType.NUMBER,))
    yield from known((*location, "service"), getattr(kpi, "service", None), types, "a column")


def _judgement(location: Location, kpi: doc.Kpi) -> Iterator[Problem]:
    faults = check_bands(bands_of(kpi), kpi.direction)
    for sentence in faults:
        yield Problem(
            (*location, "bands"),
            sentence,
            "bands that cover every value once, one marked target",
            "See the glossary: band.",
        )
    for sentence in check_ramp(ramp_of(kpi)):
        yield Problem((*location, "ramp"), sentence, "dated targets in the order of their days", "Order the steps.")
    if not faults and kpi.minimum is not None and not is_met(target_of(kpi), kpi.minimum, kpi.direction):
        yield Problem(
            (*location, "minimum"), str(float(kpi.minimum)), "a level no better than the target", "Swap the two."
        )
    if kpi.weight < 0:
        yield Problem((*location, "weight"), str(float(kpi.weight)), "0 or more", "Weights are relative shares.")
    if kpi.tolerance is not None and kpi.tolerance < 0:
        mend = "With 0 only equal figures agree."
        yield Problem((*location, "tolerance"), str(float(kpi.tolerance)), "0 or more", mend)


def _whole_services(location: Location, kpi: doc.Availability) -> Iterator[Problem]:
    """Availability is of services, not of records."""
    if kpi.by and kpi.by != (kpi.service,):
        yield Problem((*location, "by"), ", ".join(kpi.by), "the column named as `service:`, or nothing", "Remove it.")
    if kpi.exclusions:
        mend = "Name approved times as `maintenance:`, or leave outages out with their `filter:`."
        yield Problem((*location, "exclusions"), "exclusions", "none for availability", mend)


def _has_limit(location: Location, clock: doc.Clock) -> Iterator[Problem]:
    if clock.limit is None and clock.due is None:
        yield Problem(
            location, "a clock without limit or due", "a limit to be within", "Add `limit:` or `due:` to the clock."
        )


def _statistic(location: Location, kpi: doc.ElapsedTime | doc.BacklogAge) -> Iterator[Problem]:
    if (kpi.statistic is doc.Statistic.PERCENTILE) != (kpi.percentile is not None):
        yield Problem(
            (*location, "statistic"), kpi.statistic, "`percentile:` exactly where it is used", "Name both or neither."
        )
    if kpi.percentile and not 0 < kpi.percentile.p <= 100:
        yield Problem(
            (*location, "percentile", "p"), str(float(kpi.percentile.p)), "above 0 and at most 100", "Correct it."
        )


def _condition(location: Location, text: str | None, types: Mapping[str, ColumnType]) -> Iterator[Problem]:
    if text is not None:
        try:
            parse_condition(text, types)
        except FilterError as error:
            yield Problem(location, repr(text), "a condition over the columns of the source", f"{error}.")


def _field(location: Location, text: str | None, types: Mapping[str, ColumnType]) -> Iterator[Problem]:
    if text is not None:
        try:
            parse_field(text, types)
        except FilterError as error:
            yield Problem(location, repr(text), "a number column, or sums of them", f"{error}.")
