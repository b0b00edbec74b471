"""Verifying a partner's figures by sample: how many records to check, which ones, and what they prove.

Attribute sampling as in the AICPA Audit Guide "Audit Sampling". Rates and risks are shares 0..1; the risk is that
of accepting a population that deviates at or above the tolerable rate. Where the population's size is given, its
finiteness is used exactly (hypergeometric); otherwise it counts as large (binomial).
"""

import hashlib
import json
import math
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal
from fractions import Fraction
from itertools import count
from statistics import NormalDist


@dataclass(frozen=True)
class Conclusion:
    """What a checked sample proves about its population; rates are shares 0..1."""

    deviations: int
    size: int
    tolerable: Fraction
    upper_limit: float

    @property
    def is_supported(self) -> bool:
        """Whether the population deviates at no more than the tolerable rate, at the risk taken."""
        return self.upper_limit <= float(self.tolerable)

    @property
    def sample_rate(self) -> float:
        """The deviation rate in the sample."""
        return self.deviations / self.size

    @property
    def allowance(self) -> float:
        """The allowance for sampling risk: how far the upper limit lies above the sample's rate."""
        return self.upper_limit - self.sample_rate


def sample_size(tolerable: Fraction, expected: Fraction, risk: float, population: int | None = None) -> int:
    """The fewest records that support the tolerable rate if the sample deviates at the expected rate.

    For 0, 1, 2 ... deviations allowed: the smallest size at which so few would turn up with at most the given risk
    at the tolerable rate; the first such size that expects no more deviations than allowed. Reproduces AICPA
    table A-1.

    Raises:
        ValueError: not 0 <= expected < tolerable < 1, or not 0 < risk < 1.
    """
    if not 0 <= expected < tolerable < 1 or not 0 < risk < 1:
        raise ValueError("A sample needs 0 <= expected rate < tolerable rate < 1 and a risk between 0 and 1.")
    size = 1
    for allowed in count():
        size = next(n for n in count(size) if _chance_of_at_most(allowed, n, tolerable, population) <= risk)
        if math.ceil(size * expected) <= allowed:
            break
    return size


def upper_limit(deviations: int, size: int, risk: float, population: int | None = None) -> float:
    """The highest deviation rate still plausible, one-sided at 1 - risk.

    Clopper and Pearson's exact binomial limit, or for a finite population the largest number of deviating records
    under which so few would turn up with more than the given risk, as a share.

    Raises:
        ValueError: not 0 <= deviations <= size <= population, or no record checked.
    """
    _check_counts(deviations, size, population)
    if population is None:
        return _clopper_pearson_upper(deviations, size, risk)
    possible = range(deviations, population - size + deviations + 1)
    refuted = bisect_left(possible, True, key=lambda bad: hypergeometric_cdf(deviations, population, bad, size) <= risk)
    return possible[refuted - 1] / population


def rounded_up(limit: float) -> Decimal:
    """An upper limit rounded up to a tenth of a percent, as the AICPA's tables print it: 0.05088 becomes 0.051."""
    return Decimal(str(limit)).quantize(Decimal("0.001"), ROUND_CEILING)


def conclude(deviations: int, size: int, tolerable: Fraction, risk: float, population: int | None = None) -> Conclusion:
    """The conclusion a checked sample allows.

    Raises:
        ValueError: not 0 <= deviations <= size <= population, or no record checked.
    """
    return Conclusion(deviations, size, tolerable, upper_limit(deviations, size, risk, population))


def wilson(k: int, n: int, confidence: float) -> tuple[float, float]:
    """Wilson's two-sided score interval for a share of k in n (Newcombe 1998, method 3); the one to report.

    Raises:
        ValueError: not 0 <= k <= n, or n is 0.
    """
    _check_counts(k, n)
    z = NormalDist().inv_cdf((1 + confidence) / 2)
    center = (k + z * z / 2) / (n + z * z)
    distance = z * math.sqrt(k * (n - k) / n + z * z / 4) / (n + z * z)
    return max(0.0, center - distance), min(1.0, center + distance)


def clopper_pearson(k: int, n: int, confidence: float) -> tuple[float, float]:
    """The exact two-sided interval for a share of k in n (Newcombe 1998, method 5); never too narrow.

    Raises:
        ValueError: not 0 <= k <= n, or n is 0.
    """
    _check_counts(k, n)
    tail = (1 - confidence) / 2
    return 1 - _clopper_pearson_upper(n - k, n, tail), _clopper_pearson_upper(k, n, tail)


def plausibility(reported_rate: float, passes: int, size: int) -> float:
    """The chance of at most this many passes in a sample if the reported pass rate were true.

    A small value says that the rate is overstated.
    """
    return _binomial_cdf(passes, size, reported_rate)


def select(keys: Sequence[str], size: int, seed: int) -> list[str]:
    """A random sample of record keys that anyone can draw again from the same keys and seed, in any order.

    Keys are ranked by the SHA-256 of seed and key; a larger sample begins with the smaller one, so that the next
    keys are the replacements.

    Raises:
        ValueError: a key occurs twice, or the sample is larger than the frame.
    """
    if len(set(keys)) != len(keys):
        raise ValueError("A sampling frame lists every record once.")
    if size > len(keys):
        raise ValueError(f"A frame of {len(keys)} records cannot give a sample of {size}.")
    return sorted(keys, key=lambda key: hashlib.sha256(f"{seed}:{key}".encode()).digest())[:size]


def frame_digest(keys: Sequence[str]) -> str:
    """SHA-256 in hexadecimal of the sorted keys as a JSON list: proof of what the sample was drawn from."""
    return hashlib.sha256(json.dumps(sorted(keys)).encode()).hexdigest()


def hypergeometric_cdf(found: int, population: int, bad: int, size: int) -> float:
    """The chance of at most `found` bad records in a sample drawn without replacement."""
    size, bad = sorted((size, bad))  # the distribution is symmetric in the two, and small binomials are quick
    ways = sum(math.comb(bad, k) * math.comb(population - bad, size - k) for k in range(min(found, size) + 1))
    return ways / math.comb(population, size)


def _chance_of_at_most(deviations: int, size: int, rate: Fraction, population: int | None) -> float:
    if population is None:
        return _binomial_cdf(deviations, size, float(rate))
    if size >= population:
        return 0.0  # every record is checked, which leaves no sampling risk
    return hypergeometric_cdf(deviations, population, math.ceil(population * rate), size)


def _binomial_cdf(k: int, n: int, p: float) -> float:
    from scipy.special import bdtr  # type: ignore[import-untyped]

    return float(bdtr(min(k, n), n, p))


def _clopper_pearson_upper(k: int, n: int, tail: float) -> float:
    from scipy.special import betainccinv

    return 1.0 if k == n else float(betainccinv(k + 1, n - k, tail))


def _check_counts(k: int, n: int, population: int | None = None) -> None:
    if not 0 <= k <= n or n == 0 or (population is not None and n > population):
        raise ValueError("A sample needs at least one record, and no more deviations, or records, than there are.")
