"""What the two companies agreed about settling figures, now and when a period ended."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from functools import lru_cache
from typing import TYPE_CHECKING

from django.db.models import Exists, OuterRef, Q

from rapport.apps.engagements.models import AgreementVersion, Engagement
from rapport.apps.engagements.queries import document_of, faults_of
from rapport.apps.kpis.queries import written_decimals
from rapport.domain.rounding import Rounding, RoundingMode
from rapport.domain.settlement import LONGEST_DAYS, Window, tolerance_of
from rapport.domain.signing import Stage

if TYPE_CHECKING:
    from rapport.engine.agreement import Kpi

FEWEST_DECIMALS = 2
"""With how many decimals figures are written at least, but for counts and where the agreement says otherwise."""
_ALWAYS = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True)
class Agreed:
    """What one version says: how long each side has, and how far the figures of each of its KPIs may lie apart."""

    window: Window = field(default_factory=Window)
    tolerances: Mapping[str, Fraction] = field(default_factory=dict)


@dataclass(frozen=True)
class Versions:
    """The versions of one engagement's agreement that windows still running rest on, the one in force last."""

    found: Sequence[AgreementVersion] = ()

    @property
    def in_force(self) -> AgreementVersion | None:
        """The version in force; None while there is none."""
        return self.found[-1] if self.found and self.found[-1].stage == Stage.IN_FORCE else None

    @property
    def now(self) -> Agreed:
        """What the version in force says, and what is usual while there is none."""
        return _agreed(self.in_force.text) if self.in_force else Agreed()

    @property
    def longest_days(self) -> int:
        """How many days the longest of their windows lasts."""
        return max((_agreed(version.text).window.days for version in self.found), default=0)

    @property
    def shortest_days(self) -> int:
        """How many days the shortest of their windows lasts."""
        return min((_agreed(version.text).window.days for version in self.found), default=0)

    def when(self, moment: datetime) -> Agreed:
        """What was agreed at a moment: what the version then in force says, before the first one what that says."""
        then = [version for version in self.found if (version.in_force_at or _ALWAYS) <= moment]
        version = then[-1] if then else next(iter(self.found), None)
        return _agreed(version.text) if version else Agreed()

    def tolerance(self, kpi: str, moment: datetime) -> Fraction:
        """How far figures of a KPI may lie apart as agreed at a moment, or as agreed now where it is a newer KPI."""
        return self.when(moment).tolerances.get(kpi, self.now.tolerances[kpi])


def versions_of(engagements: Sequence[Engagement], at: datetime) -> dict[int, Versions]:
    """The versions in force by engagement, with those before where one came into force within the longest window."""
    recent = AgreementVersion.objects.filter(
        engagement=OuterRef("engagement"), stage=Stage.IN_FORCE, in_force_at__gt=at - timedelta(days=LONGEST_DAYS)
    )
    asked = Q(stage=Stage.IN_FORCE) | Q(Exists(recent), stage=Stage.SUPERSEDED)
    rows = AgreementVersion.objects.filter(asked, engagement__in=engagements).select_related("engagement__partner")
    found: dict[int, list[AgreementVersion]] = {}
    for version in rows.order_by("number"):
        found.setdefault(version.engagement_id, []).append(version)
    return {number: Versions(versions) for number, versions in found.items()}


def rounding_of(kpi: "Kpi") -> Rounding:
    """How a KPI's figures are written and compared: by its rounding rule, else with two decimals or more."""
    if kpi.rounding is not None:
        return Rounding(kpi.rounding.decimals, kpi.rounding.mode)
    decimals = 0 if kpi.kind == "count" else max(FEWEST_DECIMALS, written_decimals(kpi))
    return Rounding(decimals, RoundingMode.HALF_UP)


@lru_cache(maxsize=1024)
def _agreed(text: str) -> Agreed:
    """What a text says; one that this release cannot read any more says what is usual."""
    if faults_of(text):
        return Agreed()
    agreement = document_of(AgreementVersion(text=text)).agreement
    return Agreed(agreement.settling.window, {kpi.id: _tolerance(kpi) for kpi in agreement.kpis})


def _tolerance(kpi: "Kpi") -> Fraction:
    return tolerance_of(rounding_of(kpi)) if kpi.tolerance is None else kpi.tolerance
