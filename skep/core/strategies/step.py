"""A fixed step while enough values lie in a band.

For load that says when there is too much or too little of it, and not how many replicas it needs: the alarm of old, as
the threshold strategy of the Nomad Autoscaler has it.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from skep.core.strategies.proposal import whole_replicas

__all__ = ["Band", "StepSize", "StepUnit", "step"]


class StepUnit(StrEnum):
    """What the amount of a step counts: replicas more or fewer, a share more or fewer, or replicas in all."""

    REPLICAS = "replicas"
    PERCENT = "percent"
    TOTAL = "total"


@dataclass(frozen=True, slots=True, kw_only=True)
class Band:
    """Values from ``low``, itself included, to just below ``high``; ``None`` where there is no such end."""

    low: float | None = None
    high: float | None = None

    def contains(self, value: float) -> bool:
        """Whether a value lies in it; one that is not a number lies nowhere."""
        is_above = self.low is None or value >= self.low
        is_below = self.high is None or value < self.high
        return is_above and is_below and not math.isnan(value)


@dataclass(frozen=True, slots=True, kw_only=True)
class StepSize:
    """How far one step goes; ``amount`` may be negative, but not in ``TOTAL``."""

    amount: float
    unit: StepUnit

    def taken_from(self, replicas: int) -> int:
        """The count after the step, rounded up and never below 0."""
        if self.unit is StepUnit.TOTAL:
            return whole_replicas(self.amount)
        if self.unit is StepUnit.PERCENT:
            return whole_replicas(replicas * (100 + self.amount) / 100)
        return whole_replicas(replicas + self.amount)


def step(values: Iterable[float], *, band: Band, least: int, by: StepSize, replicas: int) -> int:
    """The count after a step, if at least ``least`` of the values lie in the band; else the present one."""
    return by.taken_from(replicas) if sum(map(band.contains, values)) >= least else replicas
