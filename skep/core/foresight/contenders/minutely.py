"""Policies of the literature that look once a minute and say how many servers there shall be."""

from collections.abc import Callable, Sequence
from datetime import timedelta

from skep.core.foresight.contenders.contender import Contender
from skep.core.foresight.course import Course

__all__ = ["Controller", "minutely"]

#: From the loads of all minutes so far, in replicas at their target and the newest last, and the present count, to
#: the next count, which may be a fraction.
Controller = Callable[[Sequence[float], float], float]

_EVERY = timedelta(minutes=1)


def minutely(name: str, about: str, begin: Callable[[], Controller]) -> Contender:
    """A contender that asks a controller once a minute.

    Args:
        name: what it is called.
        about: what is behind it.
        begin: a new controller, as it may remember things.
    """

    def counts(course: Course) -> tuple[int, ...]:
        every = max(_EVERY // course.model.interval, 1)
        bounds, controller = course.model.bounds, begin()
        count = float(bounds.min_replicas)
        loads: list[float] = []
        paid: list[int] = []
        for slot, measured_rps in enumerate(course.measured_rps):
            if slot % every == 0:
                loads.append(measured_rps / course.model.target_rps)
                count = max(controller(loads, count), 0.0)
            paid.append(bounds.clamp(round(count + 0.5 - 1e-9)))
        return tuple(paid)

    return Contender(name=name, about=about, counts=counts)
