"""Availability and error budgets, in the terms of the Google SRE Workbook, chapter "Alerting on SLOs".

Objectives and rates are shares 0..1. Times may be in any unit; results have the unit of the window given.
"""

from fractions import Fraction


def availability(agreed_time: Fraction, downtime: Fraction) -> Fraction | None:
    """The share of the agreed service time without unplanned downtime; None when no time was agreed.

    Approved maintenance belongs to neither time.
    """
    return (agreed_time - downtime) / agreed_time if agreed_time else None


def error_budget(objective: Fraction, window: Fraction) -> Fraction:
    """The downtime the objective allows in the window: (1 - objective) x window."""
    return (1 - objective) * window


def burn_rate(error_rate: Fraction, objective: Fraction) -> Fraction:
    """How many times faster than allowed the budget is spent; 1 spends it exactly by the window's end.

    Raises:
        ValueError: the objective is 1 or more, which leaves no budget.
    """
    if objective >= 1:
        raise ValueError("An objective of 100 % leaves no error budget to burn.")
    return error_rate / (1 - objective)


def burn_rate_threshold(budget_share: Fraction, alert_window: Fraction, window: Fraction) -> Fraction:
    """The burn rate that spends a share of the budget within the alert window: share x window / alert window."""
    return budget_share * window / alert_window


def time_to_exhaustion(burn_rate: Fraction, window: Fraction, left: Fraction = Fraction(1)) -> Fraction | None:
    """When the share `left` of the budget is spent at a constant burn rate; None if nothing burns."""
    return left * window / burn_rate if burn_rate else None
