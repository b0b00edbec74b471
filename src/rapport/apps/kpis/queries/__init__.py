"""Reading results, and the records behind them. Whoever asks has been let into the engagement before."""

from rapport.apps.kpis.queries.kpis import (
    JUDGED_KINDS,
    KpiResults,
    Outlook,
    Run,
    Shown,
    definition_of,
    evaluations,
    exact,
    kpi_result,
    kpi_results,
    results,
)
from rapport.apps.kpis.queries.records import (
    Cell,
    TimeLine,
    cells,
    columns_of,
    flat,
    opened,
    rows_behind,
    time_line,
)
from rapport.apps.kpis.queries.work import (
    are_outdated,
    basis_of,
    computation,
    outdated_engagements,
    waiting_computations,
)

__all__ = [
    "JUDGED_KINDS",
    "Cell",
    "KpiResults",
    "Outlook",
    "Run",
    "Shown",
    "TimeLine",
    "are_outdated",
    "basis_of",
    "cells",
    "columns_of",
    "computation",
    "definition_of",
    "evaluations",
    "exact",
    "flat",
    "kpi_result",
    "kpi_results",
    "opened",
    "outdated_engagements",
    "results",
    "rows_behind",
    "time_line",
    "waiting_computations",
]
