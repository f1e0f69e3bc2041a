"""Measured figures: flat names with their units in them, and the spread of what was measured repeatedly."""

import math
import statistics
from collections.abc import Sequence

__all__ = ["Figure", "Figures", "rounded", "spread"]

Figure = float | int | str | bool
Figures = dict[str, Figure]

_DIGITS = 4


def spread(name: str, values: Sequence[float]) -> Figures:
    """Median, 95th percentile (nearest rank), least and greatest of at least one value, as ``<name>_p50`` and so on."""
    ordered = sorted(values)
    return {
        f"{name}_p50": statistics.median(ordered),
        f"{name}_p95": ordered[math.ceil(0.95 * len(ordered)) - 1],
        f"{name}_min": ordered[0],
        f"{name}_max": ordered[-1],
    }


def rounded(figure: Figure) -> Figure:
    """Without the digits that another run would change: four remain, and more only before the decimal point."""
    if not isinstance(figure, float) or not math.isfinite(figure) or figure == 0:
        return figure
    return round(figure, max(_DIGITS - 1 - math.floor(math.log10(abs(figure))), 0))
