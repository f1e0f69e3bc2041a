"""The machines of which least would stay unused."""

from collections.abc import Sequence

from skep.core.capacity.expanders.option import Option

__all__ = ["by_least_waste"]


def by_least_waste(options: Sequence[Option]) -> tuple[Option, ...]:
    """Those with the smallest share that nobody would have reserved."""
    least = min(option.waste_ratio for option in options)
    return tuple(option for option in options if option.waste_ratio == least)
