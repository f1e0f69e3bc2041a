"""How often Python looks for garbage in a process that evaluates, and in one that asks; what is left alone for good."""

import gc

__all__ = ["calm_collector", "settle_for_sharing"]

# An evaluation makes a few hundred objects for each service and drops them all at its end, none of them in a circle.
# With Python's own thresholds a third of the time of a tick went into looking through them (docs/performance.md).
_NEW_OBJECTS = 200_000
_YOUNG_PASSES = 20
_MIDDLE_PASSES = 100


def calm_collector() -> None:
    """Never look again through what was loaded before, and seldom through the rest. What is dropped goes at once."""
    gc.freeze()
    gc.set_threshold(_NEW_OBJECTS, _YOUNG_PASSES, _MIDDLE_PASSES)


def settle_for_sharing() -> None:
    """Before a process forks: never again look through what it has loaded.

    Looking writes to every object, and memory that a parent or a child has written to is no longer shared by them.
    """
    gc.collect()
    gc.freeze()
