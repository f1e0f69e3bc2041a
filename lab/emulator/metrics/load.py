"""How many requests come for each service of an emulated Swarm: values of time, without chance."""

import math
from bisect import bisect_right
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol
from zlib import crc32

from skep.core.foresight.trace import Trace

__all__ = ["LoadModel", "Replayed", "Wave"]

_DAY = timedelta(days=1)


class LoadModel(Protocol):
    """Requests per second by service and instant."""

    def rate_rps(self, service: str, at: datetime) -> float:
        """The rate at an instant; never negative."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wave:
    """A wave of one period; each service has its own place in it, and so its own busy hour.

    Attributes:
        mean_rps: of each service.
        swing_ratio: the part of the mean by which the load rises and falls; 0 for a steady load.
        period: from peak to peak.
    """

    mean_rps: float = 100.0
    swing_ratio: float = 0.5
    period: timedelta = _DAY

    def rate_rps(self, service: str, at: datetime) -> float:
        """The rate at an instant."""
        turns = at.timestamp() / self.period.total_seconds() + _share(service)
        return max(0.0, self.mean_rps * (1 + self.swing_ratio * math.sin(2 * math.pi * turns)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Replayed:
    """A recorded load, again and again; each service begins at its own place of it.

    Attributes:
        mean_rps: to which the recorded mean is scaled.
        speed: how much faster it is played than it was recorded.
    """

    trace: Trace
    mean_rps: float = 100.0
    speed: float = 1.0
    _factor: float = field(init=False)

    def __post_init__(self) -> None:
        """Find the factor once: there may be thousands of services to ask for."""
        mean = sum(self.trace.rates_rps) / len(self.trace.rates_rps)
        object.__setattr__(self, "_factor", self.mean_rps / mean if mean else 0.0)

    def rate_rps(self, service: str, at: datetime) -> float:
        """The rate at an instant, drawn straight between the recorded ones."""
        length_s = self.trace.at_s[-1]
        at_s = (at.timestamp() * self.speed + _share(service) * length_s) % length_s
        after = bisect_right(self.trace.at_s, at_s)
        start_s, end_s = self.trace.at_s[after - 1 : after + 1]
        start, end = self.trace.rates_rps[after - 1 : after + 1]
        return self._factor * (start + (end - start) * (at_s - start_s) / (end_s - start_s))


def _share(service: str) -> float:
    """From 0 to 1, always the same for a service."""
    return crc32(service.encode()) / 2**32
