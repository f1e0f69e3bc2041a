"""No autoscaler: as many replicas as the busiest moment needs, always."""

from skep.core.foresight.contenders.contender import Contender
from skep.core.foresight.course import Course

__all__ = ["STATIC_PEAK"]


def _counts(course: Course) -> tuple[int, ...]:
    peak = course.model.bounds.clamp(max(course.demanded[course.scored_from :]))
    return (peak,) * len(course.demanded)


STATIC_PEAK = Contender(name="static peak", about="the count of the busiest moment, always", counts=_counts)
