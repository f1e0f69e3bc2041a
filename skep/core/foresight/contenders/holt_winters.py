"""The HPA, and never below what Holt and Winters expect: a level, a slope, and what each minute of the day adds."""

from collections.abc import Callable
from datetime import timedelta

from skep.core.foresight.contenders.contender import Contender
from skep.core.foresight.contenders.hpa import hpa_policy
from skep.core.foresight.contenders.yesterday import Expected
from skep.core.foresight.course import Course
from skep.core.foresight.simulation import Guidance, simulate

__all__ = ["HPA_AND_HOLT_WINTERS"]

_STEP = timedelta(minutes=1)
_SEASON = 1440
_LEVEL, _SLOPE, _OF_DAY = 0.2, 0.001, 0.1
_AHEAD_MINUTES = 2


class _HoltWinters:
    """Additive, minute by minute, with a season of one day."""

    def __init__(self, load: float) -> None:
        self._level, self._slope = load, 0.0
        self._of_day = [0.0] * _SEASON
        self._minute = 0

    def learn(self, load: float) -> None:
        place = self._minute % _SEASON
        before = self._level
        self._level = _LEVEL * (load - self._of_day[place]) + (1 - _LEVEL) * (self._level + self._slope)
        self._slope += _SLOPE * (self._level - before - self._slope)
        self._of_day[place] += _OF_DAY * (load - self._level - self._of_day[place])
        self._minute += 1

    def expected(self) -> float:
        """The most of the next minutes."""
        return max(
            self._level + self._slope * (step + 1) + self._of_day[(self._minute + step) % _SEASON]
            for step in range(_AHEAD_MINUTES)
        )


def _counts(course: Course) -> tuple[int, ...]:
    return simulate(course, _guide(course), from_slot=course.scored_from)


def _guide(course: Course) -> Callable[[int], Guidance]:
    every = max(_STEP // course.model.interval, 1)
    policy, measured = hpa_policy(course), course.measured_rps
    expects = _HoltWinters(measured[0])
    for slot in range(0, course.scored_from, every):
        expects.learn(measured[slot])

    def guide(slot: int) -> Guidance:
        if slot % every == 0:
            expects.learn(measured[slot])
        return Guidance(policy=policy, foreseen=Expected(policy.metrics[0].name, max(expects.expected(), 0.0)))

    return guide


HPA_AND_HOLT_WINTERS = Contender(
    name="HPA + Holt-Winters", about="Kubernetes defaults, and no less than a seasonal forecast", counts=_counts
)
