"""The pool that its operator put first."""

from collections.abc import Sequence

from skep.core.capacity.expanders.option import Option

__all__ = ["by_priority"]


def by_priority(options: Sequence[Option]) -> tuple[Option, ...]:
    """Those of the highest priority."""
    highest = max(option.pool.priority for option in options)
    return tuple(option for option in options if option.pool.priority == highest)
