"""A KPI's definition in words, made from the agreement and from nothing else."""

from collections.abc import Iterable, Sequence
from fractions import Fraction

from markupsafe import Markup

from rapport.domain.bands import Direction
from rapport.domain.calendars import DAY, Hours
from rapport.domain.durations import format_duration, format_limit
from rapport.domain.percentiles import PercentileMethod
from rapport.domain.periods import PeriodKind
from rapport.engine import agreement as doc
from rapport.engine.report.texts import code, day, listed, name, plain, plural, sentence
from rapport.engine.results import Result
from rapport.engine.terms import bands_of, source_name, target_of

_DAYS = tuple(text.title() for text in doc.WEEKDAYS)
_PERIODS = {
    PeriodKind.DAY: "day",
    PeriodKind.WEEK: "week",
    PeriodKind.MONTH: "month",
    PeriodKind.QUARTER: "quarter",
    PeriodKind.YEAR: "year",
    PeriodKind.CONTRACT_MONTH: "contract month",
}
_METHODS = {PercentileMethod.NEAREST_RANK: "nearest rank"}
_REOPENED = {
    doc.Reopen.CONTINUE: "If a record leaves its stop status again, its clock goes on.",
    doc.Reopen.RESTART: "If a record leaves its stop status again, its clock starts anew.",
    doc.Reopen.IGNORE: "The first stop counts, whatever happens to the record later.",
}
_MADE_OF = {
    "share_within_limit": "{amount} of {weight} within their limit",
    "share": "{amount} of {weight} fulfil the condition",
    "first_time_right": "{amount} of {weight} finished ones not opened again",
    "reopen_rate": "{amount} of {weight} finished ones opened again",
    "elapsed_time": "measured on {counted}",
    "backlog_age": "measured on {counted} still open",
    "availability": "{amount} of {weight} of agreed time without an outage",
    "count": "{counted}",
    "sum": "the sum of {counted}",
    "mean": "the mean of {counted}",
    "ratio": "{amount} over {weight}, from {counted}",
    "reported": "as it was reported",
}


def period_word(period: doc.PeriodDocument) -> str:
    """What a KPI's period is called, such as "month" or "last 12 months"."""
    return _PERIODS.get(period.kind, f"last {period.months} months")


_SPOKEN_LIMITS = 8
"""With more limits than this, they stand in a table of their own."""


def definition(agreement: doc.Agreement, kpi: doc.Kpi) -> Markup:
    """How a KPI is measured, as one paragraph."""
    parts = [_measured(agreement, kpi), *_clock_sentences(agreement, kpi)]
    if kpi.exclusions:
        rules = listed(sentence("{} ({})", name(rule.name), code(rule.when)) for rule in kpi.exclusions)
        parts.append(sentence("Not counted: {}.", rules))
    return Markup(" ").join(parts)


def judged_by(agreement: doc.Agreement, kpi: doc.Kpi) -> list[tuple[str, Markup]]:
    """What a KPI's value is compared with and what it weighs, as terms with their texts."""
    target = target_of(kpi)
    facts = [("Target", Markup.escape(level_words(kpi, target)))]
    if kpi.ramp:
        steps = listed(f"{level_words(kpi, step.target)} until {day(step.until)}" for step in kpi.ramp)
        facts.append(("Ramp", steps))
    if kpi.minimum is not None:
        facts.append(("Minimum", Markup.escape(level_words(kpi, kpi.minimum))))
    facts.append(("Bands", _bands(kpi)))
    facts += [(term, Markup.escape(text)) for term, text in _conditions(kpi)]
    objective = next((item for item in agreement.objectives if item.id == kpi.objective), None)
    return facts + ([("Serves", name(objective.name))] if objective else [])


def made_of(result: Result) -> str:
    """What a measured value comes from, its numerator and denominator where it has both."""
    counts = result.counts
    parts = [part or Fraction(0) for part in (counts.amount, counts.weight)]
    is_time = result.kpi.kind == "availability"
    amount, weight = (format_duration(int(part)) if is_time else plain(part) for part in parts)
    return _MADE_OF[result.kpi.kind].format(amount=amount, weight=weight, counted=plural(counts.counted, "record"))


def _measured(agreement: doc.Agreement, kpi: doc.Kpi) -> Markup:
    """The sentence that says what the value is."""
    if isinstance(kpi, doc.Availability):
        return _availability(agreement, kpi)
    if isinstance(kpi, doc.BacklogAge):
        pattern = "Of the {} open at the end of the {}, {} of their age, in hours."
        return sentence(pattern, _records(agreement, kpi), period_word(kpi.period), _statistic(kpi))
    if isinstance(kpi, doc.Count):
        return sentence("The number of {} {}.", _records(agreement, kpi), _event(agreement, kpi))
    return sentence("Of the {} {}, {}.", _records(agreement, kpi), _event(agreement, kpi), _value(kpi))


def _value(kpi: doc.Kpi) -> Markup:
    """What is made of the records of a period."""
    match kpi:
        case doc.ShareWithinLimit():
            return Markup("the share, in percent, whose clock stopped within the limit")
        case doc.ElapsedTime():
            return sentence("{} of their time on the clock, in hours", _statistic(kpi))
        case doc.Share():
            return sentence("the share, in percent, with {}", code(kpi.condition))
        case doc.Mean():
            return sentence("the mean of {}", code(kpi.field))
        case doc.Sum():
            return sentence("the sum of {}", code(kpi.field))
        case doc.Ratio():
            scale = f" times {plain(kpi.scale)}" if kpi.scale != 1 else ""
            return sentence("the sum of {} over the sum of {}{}", code(kpi.numerator), code(kpi.denominator), scale)
        case doc.ReopenRate() | doc.FirstTimeRight():
            return _reopening(kpi)
        case doc.Reported():
            return sentence("the latest {}, as it was reported", code(kpi.value))
        case _:
            raise TypeError(f"a {kpi.kind} is not made of the records of a period alone")


def _reopening(kpi: doc.ReopenRate | doc.FirstTimeRight) -> Markup:
    negation = "" if isinstance(kpi, doc.ReopenRate) else "not "
    when = sentence(" ({})", code(kpi.reopened)) if kpi.reopened else Markup("")
    return sentence("the share, in percent, of the finished ones that were {}reopened{}", negation, when)


def _statistic(kpi: doc.ElapsedTime | doc.BacklogAge) -> str:
    if kpi.statistic is doc.Statistic.PERCENTILE and kpi.percentile:
        method = _METHODS.get(kpi.percentile.method, kpi.percentile.method.value.replace("_", " "))
        return f"the {_ordinal(plain(kpi.percentile.p))} percentile ({method})"
    return f"the {kpi.statistic.value}"


def _ordinal(number: str) -> str:
    is_teen = number[-2:] in {"11", "12", "13"}
    return number + ("th" if is_teen else {"1": "st", "2": "nd", "3": "rd"}.get(number[-1], "th"))


def _records(agreement: doc.Agreement, kpi: doc.Kpi) -> Markup:
    """The records of a KPI by the name of their source, with the filter that chooses among them."""
    noun = name((source_name(agreement, kpi) or "records").replace("_", " "))
    return sentence("{} with {}", noun, code(kpi.filter)) if kpi.filter else noun


def _event(agreement: doc.Agreement, kpi: doc.Kpi) -> Markup:
    """The event that puts a record into a period."""
    when, clock = f"in the {period_word(kpi.period)}", clock_of(agreement, kpi)
    if clock and kpi.period.by == "due":
        return sentence("due {}", when)
    moment = {"start": clock.start, "stop": clock.stop}.get(kpi.period.by) if clock else None
    if moment and moment.statuses:
        return sentence("that came to {} {}", _statuses(moment.statuses), when)
    column = moment.column if moment and moment.column else kpi.period.by
    stem, _, tail = column.rpartition("_")
    if stem and tail in {"at", "on"}:
        return sentence("{} {} ({})", name(stem.replace("_", " ")), when, code(column))
    return sentence("whose {} lies {}", code(column), when)


def clock_of(agreement: doc.Agreement, kpi: doc.Kpi) -> doc.Clock | None:
    """The clock a KPI measures with, where it has one."""
    return agreement.clocks[kpi.clock] if isinstance(kpi, doc.ClockKpi) else None


def _clock_sentences(agreement: doc.Agreement, kpi: doc.Kpi) -> list[Markup]:
    clock = clock_of(agreement, kpi)
    if clock is None:
        return []
    pattern = "The clock runs from {} to {}, {}."
    hours = calendar_words(agreement, clock.calendar)
    parts = [sentence(pattern, _moment(clock.start), _moment(clock.stop), hours)]
    if clock.pauses:
        parts.append(sentence("It stands still {}.", listed(map(_spans, clock.pauses))))
    if clock.relief:
        parts.append(sentence("The partner is relieved {}.", listed(map(_spans, clock.relief))))
    if clock.stop.statuses:
        parts.append(Markup(_REOPENED[clock.reopen]))
    if isinstance(kpi, doc.ShareWithinLimit):
        parts += _limit_sentences(clock)
    return parts


def _limit_sentences(clock: doc.Clock) -> list[Markup]:
    edge = Markup("Exactly at the limit is {}.").format(clock.at_limit.value)
    rounding = f"Elapsed time is first rounded down to whole multiples of {format_duration(clock.round_elapsed)}."
    return [_limit(clock), *([Markup.escape(rounding)] if clock.round_elapsed > 1 else []), edge]


def _limit(clock: doc.Clock) -> Markup:
    if clock.due:
        grace = f", with {format_duration(clock.grace)} of grace" if clock.grace else ""
        return sentence("The limit is each record's own due time, {}{}.", code(clock.due), grace)
    if isinstance(clock.limit, doc.Limits):
        return _limits_by(clock.limit)
    return sentence("The limit is {}.", format_limit(clock.limit)) if clock.limit else Markup("")


def _limits_by(limits: doc.Limits) -> Markup:
    if len(limits.values) > _SPOKEN_LIMITS:
        return sentence("The limit depends on {}, as listed below.", code(limits.by))
    parts = [sentence("{} for {}", limit, listed(values)) for limit, values in _grouped(limits)]
    return sentence("The limit depends on {}: {}.", code(limits.by), Markup("; ").join(parts))


def limit_table(agreement: doc.Agreement, kpi: doc.Kpi) -> list[tuple[str, Markup]]:
    """The limits of a KPI with what each is for, where they are too many for its definition."""
    clock = clock_of(agreement, kpi) if isinstance(kpi, doc.ShareWithinLimit) else None
    if clock is None or not isinstance(clock.limit, doc.Limits) or len(clock.limit.values) <= _SPOKEN_LIMITS:
        return []
    return [(limit, Markup("; ").join(values)) for limit, values in _grouped(clock.limit)]


def _grouped(limits: doc.Limits) -> list[tuple[str, list[Markup]]]:
    """Every limit with the values it is for, in the order of the agreement."""
    groups: dict[str, list[Markup]] = {}
    for value, limit in limits.values.items():
        groups.setdefault(format_limit(limit), []).append(name(value))
    if limits.default:
        groups.setdefault(format_limit(limits.default), []).append(Markup("all others"))
    return list(groups.items())


def _moment(moment: doc.Moment) -> Markup:
    return code(moment.column) if moment.column else _statuses(moment.statuses)


def _statuses(statuses: Sequence[str]) -> Markup:
    return sentence("status {}", listed(map(name, statuses), "or"))


def _spans(spans: doc.Spans) -> Markup:
    where = sentence(" where {}", code(spans.filter)) if spans.filter else Markup("")
    source = sentence(" of {}", name(spans.source)) if spans.source else Markup("")
    if spans.statuses:
        return sentence("in {}{}{}", _statuses(spans.statuses), source, where)
    return sentence("from {} to {}{}{}", code(spans.start or ""), code(spans.end or ""), source, where)


def _availability(agreement: doc.Agreement, kpi: doc.Availability) -> Markup:
    parts = [
        sentence("In the {}, agreed time less downtime, in percent of agreed time.", period_word(kpi.period)),
        sentence("Agreed time is counted {}.", calendar_words(agreement, kpi.calendar)),
        sentence("Downtime is agreed time {}.", _spans(kpi.outages)),
    ]
    if kpi.service:
        parts.append(sentence("Each {} has an agreed time of its own.", code(kpi.service)))
    if kpi.maintenance:
        parts.append(sentence("Maintenance is not agreed time: {}.", listed(map(_spans, kpi.maintenance))))
    return Markup(" ").join(parts)


def calendar_words(agreement: doc.Agreement, calendar: str) -> Markup:
    """A calendar in words, its weekly hours, zone, holidays and exceptions."""
    if calendar == doc.ALWAYS:
        return Markup("around the clock on every day")
    document = agreement.calendars[calendar]
    details = [week_words(document.hours), document.time_zone or agreement.time_zone, *_closed(document.holidays)]
    if document.replacements:
        details.append(plural(len(document.replacements), "dated exception"))
    return sentence("in working time of the calendar {} ({})", name(calendar), "; ".join(details))


def _closed(holidays: doc.Holidays) -> Iterable[str]:
    if holidays.country:
        region = "-".join(filter(None, (holidays.country, holidays.subdivision)))
        worked = f" except {plural(len(holidays.drop), 'day')}" if holidays.drop else ""
        yield f"closed on public holidays of {region}{worked}"
    if holidays.add:
        yield f"{plural(len(holidays.add), 'further closed day')}"


def week_words(week: Sequence[Hours]) -> str:
    """Weekly hours with equal neighbouring days drawn together, such as "Mon-Fri 09:00-17:00"."""
    runs: list[tuple[int, int, Hours]] = []
    for index, hours in enumerate(week):
        if runs and runs[-1][2] == hours:
            runs[-1] = (runs[-1][0], index, hours)
        else:
            runs.append((index, index, hours))
    return ", ".join(f"{_day_span(first, last)} {_hours(hours)}" for first, last, hours in runs if hours)


def _day_span(first: int, last: int) -> str:
    return _DAYS[first] if first == last else f"{_DAYS[first]}\N{EN DASH}{_DAYS[last]}"


def _hours(hours: Hours) -> str:
    return " and ".join(f"{_time(opens)}\N{EN DASH}{_time(closes)}" for opens, closes in hours)


def _time(seconds: int) -> str:
    within = seconds if seconds <= DAY else seconds - DAY
    return f"{within // 3600:02d}:{within % 3600 // 60:02d}"


def level_words(kpi: doc.Kpi, value: Fraction) -> str:
    """A level that a KPI's value is compared with, such as "at least 95 %"."""
    word = "at least" if kpi.direction is Direction.HIGHER else "at most"
    return f"{word} {plain(value)} {kpi.unit}".strip()


def _bands(kpi: doc.Kpi) -> Markup:
    """The bands from best to worst, each with its edge and what it scores."""
    word = "from" if kpi.direction is Direction.HIGHER else "to"
    parts = []
    for band in reversed(bands_of(kpi)):
        edge = f"{word} {plain(band.bound)}" if band.bound is not None else "otherwise"
        score = f" (score {plain(band.score)})" if band.score is not None else ""
        parts.append(sentence("{} {}{}", name(band.name), edge, score))
    return Markup("; ").join(parts)


def _conditions(kpi: doc.Kpi) -> Iterable[tuple[str, str]]:
    """The rules of judging that are not what they are everywhere."""
    if kpi.rounding:
        places = plural(kpi.rounding.decimals, "decimal")
        yield "Rounding", f"to {places}, {kpi.rounding.mode.value.replace('_', ' ')}, before it is judged"
    if kpi.low_volume > 1:
        yield "Low volume", f"with fewer than {kpi.low_volume:,} counted, shown but not judged"
    if kpi.no_data == "missed":
        yield "No data", "counts as below minimum"
    if kpi.measured_by != "both":
        yield "Measured by", f"the {kpi.measured_by}"
    if kpi.tolerance is not None:
        yield "Tolerance", _tolerance(kpi.tolerance, kpi.unit)
    yield "Weight", plain(kpi.weight)


def _tolerance(tolerance: Fraction, unit: str) -> str:
    if not tolerance:
        return "only equal figures of both sides agree"
    return f"figures of both sides agree up to {f'{plain(tolerance)} {unit}'.strip()} apart"
