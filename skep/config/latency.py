"""How long an answer may take, in the label ``skep.latency``."""

import re
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from skep.config.units import UnitError, duration_text, read_duration

__all__ = ["LatencyLimit", "read_latency"]

_LONGEST_TEXT = 64
_SHORTEST = timedelta(milliseconds=1)
_LONGEST = timedelta(hours=1)
_EXAMPLE = "mean < 250ms"


@dataclass(frozen=True, slots=True, kw_only=True)
class LatencyLimit:
    """The time that answers may take.

    Attributes:
        percentile: the share of answers it is meant for, as 0.95; ``None`` for the mean of all.
    """

    longest: timedelta
    percentile: float | None = None


def read_latency(text: str) -> LatencyLimit:
    """Read ``mean < 250ms``, or ``p95 < 250ms`` where a store tells percentiles.

    Raises:
        UnitError: anything else, or a time that is not from a millisecond to an hour.
    """
    match = _LATENCY.fullmatch(text.strip()) if len(text) <= _LONGEST_TEXT else None
    percent = Decimal(match["percent"]) if match and match["percent"] else None
    if match is None or percent == 0:
        raise UnitError(text, "mean < and a duration, or a percentile above 0 as p95 < and a duration", _EXAMPLE)
    try:
        longest = read_duration(match["longest"], least=_SHORTEST, most=_LONGEST)
    except UnitError:
        limits = f"from {duration_text(_SHORTEST)} to {duration_text(_LONGEST)}"
        raise UnitError(text, f"a duration with its unit (h, m, s, ms) {limits} behind the <", _EXAMPLE) from None
    return LatencyLimit(longest=longest, percentile=None if percent is None else float(percent / 100))


_LATENCY = re.compile(r"(?:mean|p(?P<percent>[0-9]{1,2}(?:\.[0-9]{1,3})?))\s*<\s*(?P<longest>\S+)", re.IGNORECASE)
