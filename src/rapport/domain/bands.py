"""How a KPI value is judged: direction, bands, service levels and status."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from itertools import pairwise


class Direction(StrEnum):
    """Which values are better."""

    HIGHER = "higher"
    LOWER = "lower"


class Status(StrEnum):
    """How a value stands against its service level.

    "Below" means worse, whichever direction is better. `no_data` and `low_volume` are neither met nor missed.
    """

    MET = "met"
    BELOW_TARGET = "below_target"
    BELOW_MINIMUM = "below_minimum"
    NO_DATA = "no_data"
    LOW_VOLUME = "low_volume"


@dataclass(frozen=True)
class Band:
    """One band of a KPI: the values from `bound` up to, not including, the bound of the next better band.

    `bound` is the worst value still in the band, in the KPI's unit: the low edge when higher is better ("from
    95 %"), the high edge when lower is better ("at most 5 %"). The worst band is open and has the bound None.
    `score` is what a value in the band is worth, None where the band is not scored.
    """

    name: str
    bound: Fraction | None
    score: Fraction | None = None
    is_target: bool = False


@dataclass(frozen=True)
class ServiceLevel:
    """The expected and the minimum service level in force, in the KPI's unit.

    A result over fewer than `minimum_volume` records is too small to judge.
    """

    target: Fraction
    direction: Direction
    minimum: Fraction | None = None
    minimum_volume: int = 0


def is_met(value: Fraction, target: Fraction, direction: Direction) -> bool:
    """Whether the value is at or better than the target."""
    return value >= target if direction is Direction.HIGHER else value <= target


def judge(value: Fraction | None, volume: int, level: ServiceLevel) -> Status:
    """The status of a value measured over `volume` records; `value` is None when nothing was measured.

    A target eased by a ramp may lie below the minimum: a value that meets the target in force is met.
    """
    if value is None:
        return Status.NO_DATA
    if volume < level.minimum_volume:
        return Status.LOW_VOLUME
    if is_met(value, level.target, level.direction):
        return Status.MET
    if level.minimum is None or is_met(value, level.minimum, level.direction):
        return Status.BELOW_TARGET
    return Status.BELOW_MINIMUM


def band_of(value: Fraction, bands: Sequence[Band], direction: Direction) -> Band:
    """The best band the value reaches, of bands ordered from worst to best.

    Raises:
        ValueError: the value falls in no band, which cannot happen to bands that pass `check_bands`.
    """
    for band in reversed(bands):
        if band.bound is None or is_met(value, band.bound, direction):
            return band
    raise ValueError(f"The value {value} falls in no band.")


def check_bands(bands: Sequence[Band], direction: Direction) -> list[str]:
    """One sentence for each reason why the bands, worst first, do not tile the number line around one target."""
    return [*_check_count(bands), *_check_target(bands), *_check_open_end(bands), *_check_order(bands, direction)]


def _check_count(bands: Sequence[Band]) -> list[str]:
    return [] if len(bands) >= 2 else ["Give at least two bands; one band cannot tell good from bad."]


def _check_target(bands: Sequence[Band]) -> list[str]:
    targets = [band for band in bands if band.is_target]
    if len(targets) != 1:
        return [f"Exactly one band must be the target, not {len(targets)}."]
    if targets[0].bound is None:
        return [f'The target band "{targets[0].name}" needs a bound; without one every value meets the target.']
    return []


def _check_open_end(bands: Sequence[Band]) -> list[str]:
    gaps = [
        f'Gap: values worse than the band "{band.name}" fall in no band; leave the bound of the worst band open.'
        for band in bands[:1]
        if band.bound is not None
    ]
    overlaps = [
        f'Overlap: the band "{band.name}" has no bound; only the first, worst band may be open.'
        for band in bands[1:]
        if band.bound is None
    ]
    return gaps + overlaps


def _check_order(bands: Sequence[Band], direction: Direction) -> list[str]:
    sentences = []
    for worse, better in pairwise(bands):
        if worse.bound is None or better.bound is None:
            continue
        if worse.bound == better.bound:
            sentences.append(f'Overlap: the bands "{worse.name}" and "{better.name}" have the same bound.')
        elif is_met(worse.bound, better.bound, direction):
            sentences.append(f'Order: the bound of "{better.name}" must be better than that of "{worse.name}".')
    return sentences


class UkRating(StrEnum):
    """The rating words of KPI notices under the UK Procurement Act 2023, section 71.

    `OTHER` is chosen by a person where none of the four fits.
    """

    GOOD = "Good"
    APPROACHING_TARGET = "Approaching target"
    REQUIRES_IMPROVEMENT = "Requires improvement"
    INADEQUATE = "Inadequate"
    OTHER = "Other"


def uk_rating_bands(target: Fraction, approaching: Fraction, requires_improvement: Fraction) -> tuple[Band, ...]:
    """Bands named with the UK rating words; the law sets no cut-offs, so each KPI gives its own three bounds."""
    return (
        Band(UkRating.INADEQUATE, None),
        Band(UkRating.REQUIRES_IMPROVEMENT, requires_improvement),
        Band(UkRating.APPROACHING_TARGET, approaching),
        Band(UkRating.GOOD, target, is_target=True),
    )
