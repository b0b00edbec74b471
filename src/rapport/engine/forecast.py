"""Early warning: will the period's target be missed, given how it went so far?"""

import math
from fractions import Fraction


def allowed_misses(target: Fraction, volume: int) -> int:
    """How many of `volume` records may miss while the share that passes is still at or above the target (0..1)."""
    return math.floor(volume * (1 - target))


def breach_probability(target: Fraction, expected_volume: int, done: int, failed: int) -> float:
    """The chance that the period ends below its target, after `failed` misses among `done` records.

    Misses among the records still expected are beta-binomial: the miss rate is known only as well as `done`
    records can tell it, from Jeffreys' prior Beta(1/2, 1/2). Exactly 1 when more have failed than may, 0 when too
    few are left to breach. A period already beyond its expected volume expects no more records.

    Raises:
        ValueError: not 0 <= failed <= done.
    """
    if not 0 <= failed <= done:
        raise ValueError("A forecast needs no more failed records than done ones.")
    volume = max(expected_volume, done)
    misses_left = allowed_misses(target, volume) - failed
    return beta_binomial_tail(misses_left, volume - done, failed + 0.5, done - failed + 0.5)


def beta_binomial_tail(k: int, trials: int, alpha: float, beta: float) -> float:
    """The chance of more than k successes in the trials, whose common rate is Beta(alpha, beta)."""
    if k < 0:
        return 1.0
    if k >= trials:
        return 0.0
    return max(0.0, 1 - math.fsum(_beta_binomial(i, trials, alpha, beta) for i in range(k + 1)))


def _beta_binomial(successes: int, trials: int, alpha: float, beta: float) -> float:
    failures = trials - successes
    log_ways = -_log_beta(successes + 1, failures + 1) - math.log(trials + 1)
    return math.exp(log_ways + _log_beta(successes + alpha, failures + beta) - _log_beta(alpha, beta))


def _log_beta(a: float, b: float) -> float:
    return math.lgamma(a) + math.lgamma(b) - math.lgamma(a + b)
