"""The oracle: it knows the future and is never late. What others pay is told in proportion to what it pays."""

from skep.core.foresight.contenders.contender import Contender
from skep.core.foresight.course import Course

__all__ = ["ORACLE"]


def _counts(course: Course) -> tuple[int, ...]:
    """The largest demand of the next start delay and of one slot more, within the bounds."""
    ahead = course.model.start_ticks + 1
    clamp = course.model.bounds.clamp
    demanded = course.demanded
    return tuple(clamp(max(demanded[slot : slot + ahead + 1])) for slot in range(len(demanded)))


ORACLE = Contender(name="oracle", about="knows the future", counts=_counts)
