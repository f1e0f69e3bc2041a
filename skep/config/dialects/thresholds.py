"""A pair of thresholds as one target with a tolerance: the rule for every peer that steps between two of them.

The target is the upper threshold, with no tolerance above it, and with a tolerance below it that reaches down to the
lower one. Proportional scaling then

* grows exactly when use is above the upper threshold, to the smallest count that brings it back to it,
* shrinks only when use is below the lower threshold, and never so far that it would be above the upper one again,
* keeps everything between, both ends included.

So growth begins and ends where it did with the peer. Shrinking begins where it did, and ends there too as long as it
goes in the peer's steps. What is new is that a replica which would be missed at once is not taken away.

A tolerance holds for all metrics of a service. Where they have pairs of different width, the widest counts for all of
them: shrinking then begins later for the others, never earlier.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal

from skep.config.dialects.amounts import Measure, number_text
from skep.config.dialects.draft import Draft
from skep.config.dialects.reach import can_be_reached

__all__ = ["Threshold", "say_thresholds"]

_HUNDREDTH = Decimal("0.01")


@dataclass(frozen=True, slots=True, kw_only=True)
class Threshold:
    """A pair of thresholds of one measure.

    Attributes:
        up: use above it grows the service.
        down: use below it shrinks the service; the same where the peer has only one.
        label: where the peer has ``up``.
        down_label: where the peer has ``down``; its place if there is none.
        is_given: whether a label says so; false for a default, which nobody meant to have if it cannot work.
    """

    measure: Measure
    up: Decimal
    down: Decimal
    label: str
    down_label: str
    is_given: bool


def say_thresholds(draft: Draft, thresholds: Sequence[Threshold]) -> None:
    """Write the targets and the tolerance. A threshold that cannot work is a problem if it was given, else left out."""
    usable = [threshold for threshold in thresholds if _can_work(draft, threshold)]
    for threshold in usable:
        draft.say(threshold.measure.native, threshold.measure.text(threshold.up))
    if not usable:
        return
    tolerance = max(_tolerance_percent(threshold) for threshold in usable)
    draft.say("skep.tolerance", f"up=0% down={number_text(tolerance)}%")
    for threshold in usable:
        _explain(draft, threshold, tolerance)


def _tolerance_percent(threshold: Threshold) -> Decimal:
    """How far below the target the lower threshold is; rounded up, so that nothing shrinks at or above it."""
    exact = 100 * (1 - threshold.down / threshold.up)
    return exact.quantize(_HUNDREDTH, rounding=ROUND_CEILING)


def _explain(draft: Draft, threshold: Threshold, tolerance: Decimal) -> None:
    up, down = (threshold.measure.text(amount) for amount in (threshold.up, threshold.down))
    instead = f"{threshold.measure.native} is the upper one, and skep.tolerance reaches down to the lower one"
    if _tolerance_percent(threshold) < tolerance:
        reached = threshold.measure.text(threshold.up * (1 - tolerance / 100))
        instead = f"skep.tolerance is one for all metrics, so that this one shrinks only below {reached}"
    elif threshold.up == threshold.down:
        instead = "skep takes a replica away only if the others can carry its load below the threshold"
    draft.note(threshold.label, f"grows above {up} and shrinks below {down}", instead=instead)


def _can_work(draft: Draft, threshold: Threshold) -> bool:
    """Whether the thresholds are in order and use can reach the upper one."""
    if 0 < threshold.up < threshold.down:
        expected = f"no more than {threshold.label}, above which it grows"
        draft.object_to(threshold.down_label, expected=expected, example="20")
        return False
    return can_be_reached(draft, threshold.measure, threshold.up, label=threshold.label, is_given=threshold.is_given)
