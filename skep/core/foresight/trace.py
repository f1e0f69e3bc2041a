"""A recorded load: how many requests came in each bucket of time."""

from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise

__all__ = ["Trace"]

_FEWEST_BUCKETS = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """The mean rates of buckets of time, oldest first.

    Attributes:
        name: what people call it.
        at_s: when each bucket begins, in seconds since the first one does; ascending.
        rates_rps: requests per second, one for each bucket.
    """

    name: str
    at_s: tuple[float, ...]
    rates_rps: tuple[float, ...]

    def __post_init__(self) -> None:
        """Refuse what is no course of time.

        Raises:
            ValueError: columns of unequal length, fewer than two buckets, or instants that do not ascend from 0.
        """
        if len(self.at_s) != len(self.rates_rps):
            raise ValueError(f"as many rates as instants, got {len(self.rates_rps)} and {len(self.at_s)}")
        if len(self.at_s) < _FEWEST_BUCKETS:
            raise ValueError(f"a trace has at least {_FEWEST_BUCKETS} buckets, got {len(self.at_s)}")
        if self.at_s[0] != 0 or any(before >= after for before, after in pairwise(self.at_s)):
            raise ValueError("the instants of a trace ascend from 0")

    @property
    def length(self) -> timedelta:
        """From the beginning of the first bucket to that of the last."""
        return timedelta(seconds=self.at_s[-1])

    def points(self, every: timedelta) -> tuple[float, ...]:
        """The rate at evenly spaced instants from 0 to just before the last bucket, drawn straight between buckets."""
        step_s = every.total_seconds()
        points: list[float] = []
        at_s = 0.0
        buckets = pairwise(zip(self.at_s, self.rates_rps, strict=True))
        for (start_s, rate_rps), (end_s, next_rps) in buckets:
            slope = (next_rps - rate_rps) / (end_s - start_s)
            while at_s < end_s:
                points.append(rate_rps + slope * (at_s - start_s))
                at_s = len(points) * step_s
        return tuple(points)
