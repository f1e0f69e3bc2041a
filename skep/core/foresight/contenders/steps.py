"""One replica more above a threshold, one fewer below another: what most autoscalers for Swarm do."""

from collections.abc import Callable
from datetime import timedelta

from skep.core.foresight.contenders.contender import Contender
from skep.core.foresight.course import Course

__all__ = ["STEPS_COOL_60_S", "STEPS_COOL_300_S"]

_UP_RATIO = 0.8
_DOWN_RATIO = 0.25


def _with_cooldown(cooldown: timedelta) -> Callable[[Course], tuple[int, ...]]:
    def counts(course: Course) -> tuple[int, ...]:
        """Compare the use of the replicas that serve, which cannot exceed what they can do, with both thresholds."""
        model = course.model
        wait, late = -(-cooldown // model.interval), model.start_ticks
        replicas = model.bounds.min_replicas
        paid: list[int] = []
        changed_at = -wait
        for slot, measured_rps in enumerate(course.measured_rps):
            serving = max(min(paid[max(slot - late, 0) : slot], default=replicas), 1)
            use_ratio = min(measured_rps / (serving * model.capacity_rps), 1.0)
            wanted = replicas + (use_ratio > _UP_RATIO) - (use_ratio < _DOWN_RATIO)
            if wanted != replicas and model.bounds.contain(wanted) and slot - changed_at >= wait:
                replicas, changed_at = wanted, slot
            paid.append(replicas)
        return tuple(paid)

    return counts


STEPS_COOL_60_S = Contender(
    name="steps 60 s",
    about="one more above 80 % use, one fewer below 25 %, at most every 60 s",
    counts=_with_cooldown(timedelta(seconds=60)),
)
STEPS_COOL_300_S = Contender(
    name="steps 300 s",
    about="one more above 80 % use, one fewer below 25 %, at most every 300 s",
    counts=_with_cooldown(timedelta(seconds=300)),
)
