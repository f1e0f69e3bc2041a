"""How good a supply of replicas was, by the metrics of the literature and by what users and payers notice.

Under- and over-provisioning are those of Herbst et al., "Ready for Rain?" (SPEC-RG-2016-01), as Imdoukh et al. (2019)
write them; instability as the Research Group of SPEC has it. Any policy buys fewer missing replicas with idle ones, so
none of these figures means anything without the replica-hours beside it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise

from skep.core.foresight.course import Course
from skep.core.foresight.supply import Supply

__all__ = ["Score", "score"]

_BUSY_RATIO = 0.9


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """One supply on one course, in the time that counts. Shares are ratios: 0.01 is one percent.

    Attributes:
        missing_ratio: missing replicas in proportion to those demanded, mean over time (theta U).
        idle_ratio: replicas too many in proportion to those demanded, mean over time (theta O); may exceed 1.
        missing_time_ratio: the share of time with replicas missing (tau U).
        idle_time_ratio: the share of time with replicas too many (tau O).
        instability_ratio: the share of slots in which supply and demand moved differently (upsilon).
        dropped_ratio: the share of requests beyond what could be served.
        busy_ratio: the share of requests that met more than 90 % of the capacity in use.
        replica_hours: all that was paid for, replicas that start included.
        actions_per_day: changes of the count.
    """

    missing_ratio: float
    idle_ratio: float
    missing_time_ratio: float
    idle_time_ratio: float
    instability_ratio: float
    dropped_ratio: float
    busy_ratio: float
    replica_hours: float
    actions_per_day: float


def score(course: Course, supply: Supply) -> Score:
    """Score a supply that covers every slot of the course."""
    start = course.scored_from
    demanded, serving, paid = course.demanded[start:], supply.serving[start:], supply.paid[start:]
    slots = len(demanded)
    dropped, busy = _lost_and_late(course, serving)
    return Score(
        missing_ratio=sum((d - s) / d for d, s in zip(demanded, serving, strict=True) if d > s) / slots,
        idle_ratio=sum((s - d) / d for d, s in zip(demanded, serving, strict=True) if s > d) / slots,
        missing_time_ratio=sum(d > s for d, s in zip(demanded, serving, strict=True)) / slots,
        idle_time_ratio=sum(s > d for d, s in zip(demanded, serving, strict=True)) / slots,
        instability_ratio=_instability(demanded, serving),
        dropped_ratio=dropped,
        busy_ratio=busy,
        replica_hours=sum(paid) * (course.model.interval / timedelta(hours=1)),
        actions_per_day=sum(a != b for a, b in pairwise(paid)) / (course.scored_length / timedelta(days=1)),
    )


def _instability(demanded: Sequence[int], serving: Sequence[int]) -> float:
    """How often supply did not move in the direction in which demand did, or moved where demand did not."""
    moves = zip(pairwise(demanded), pairwise(serving), strict=True)
    differing = sum(_sign(d1 - d0) != _sign(s1 - s0) for (d0, d1), (s0, s1) in moves)
    return differing / max(len(demanded) - 1, 1)


def _sign(change: int) -> int:
    return (change > 0) - (change < 0)


def _lost_and_late(course: Course, serving: Sequence[int]) -> tuple[float, float]:
    """The shares of requests that were dropped, and that met replicas busier than they should ever be."""
    per_slot, capacity_rps = course.points_per_slot, course.model.capacity_rps
    total = dropped = busy = 0.0
    first = course.scored_from * per_slot
    for slot, replicas in enumerate(serving):
        limit = replicas * capacity_rps
        for rate in course.points_rps[first + slot * per_slot : first + (slot + 1) * per_slot]:
            total += rate
            if rate > limit:
                dropped += rate - limit
            if rate > _BUSY_RATIO * limit:
                busy += rate
    return (dropped / total, busy / total) if total else (0.0, 0.0)
