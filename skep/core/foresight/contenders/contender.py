"""A policy that takes part in a comparison."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from skep.core.foresight.course import Course
from skep.core.foresight.simulation import Guidance, simulate
from skep.core.policy import ServicePolicy

__all__ = ["Contender", "of_policy"]

#: Whatever remembers no more than an hour needs no more of what is not scored.
_RUN_UP = timedelta(hours=2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Contender:
    """A name, what is behind it in a few words, and the count that it comes to in every slot of a course."""

    name: str
    about: str
    counts: Callable[[Course], tuple[int, ...]]


def of_policy(
    name: str, about: str, policy: Callable[[Course], ServicePolicy], *, every: timedelta | None = None
) -> Contender:
    """A contender that is a policy of skep's own core.

    Args:
        name: what it is called.
        about: what is behind it.
        policy: the policy for a course.
        every: the time between evaluations, where it is not that of the course.
    """

    def counts(course: Course) -> tuple[int, ...]:
        guidance = Guidance(policy=policy(course))
        interval = course.model.interval
        return simulate(
            course,
            lambda _slot: guidance,
            from_slot=max(course.scored_from - _RUN_UP // interval, 0),
            every=1 if every is None else max(round(every / interval), 1),
        )

    return Contender(name=name, about=about, counts=counts)
