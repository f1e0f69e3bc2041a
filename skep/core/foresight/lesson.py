"""One look at the rules of a service: what was recorded since the last is learned, and the rule to follow chosen.

This is what a task does every quarter of an hour. Between two looks, evaluations go by what it handed over.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from skep.core.foresight.choice import Choice, choose
from skep.core.foresight.handover import tuned
from skep.core.foresight.history import HISTORY
from skep.core.foresight.learning import LOOKED_AT_EVERY, Learned, begin, learn
from skep.core.foresight.replay import Tuned
from skep.core.foresight.rules import Rule
from skep.core.foresight.terms import Terms

__all__ = ["HISTORY", "Lesson", "Recorded", "look_again", "wanted_since"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """The load of a service in buckets of one interval, oldest first.

    Attributes:
        ends_at: when the last bucket ends.
        loads: the mean of each bucket, in the unit of the metric; ``None``, or no finite number, where nothing is
            known.
    """

    ends_at: datetime
    loads: tuple[float | None, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Lesson:
    """What a look came to: what to know at the next, and what evaluations go by until then."""

    learned: Learned
    choice: Choice
    tuned: Tuned


def wanted_since(known: Learned | None, *, terms: Terms, window: timedelta, now: datetime) -> datetime:
    """Since when the load has to be recorded for the next look.

    Args:
        known: what was known after the last look.
        terms: those of now; what was learned on others is learned anew.
        window: the span whose mean evaluations measure; the first of the new loads needs what lies before it.
        now: the present instant.
    """
    furthest = now - HISTORY
    if known is None or known.terms != terms or known.until > now:
        return furthest
    return max(known.until - window, furthest)


def look_again(
    known: Learned | None,
    recorded: Recorded,
    *,
    terms: Terms,
    metric: str,
    window: timedelta,
    price: float,
    current: Rule | None = None,
    things: str = "replicas",
) -> Lesson | None:
    """Learn what was recorded, and choose.

    A bucket of which nothing is known is taken to be as the one before: no load is made up, and none is lost.

    Args:
        known: what was known after the last look; learned anew where it was on other terms, too long ago, or is of a
            time yet to come, as after a clock was set back.
        recorded: the load since then, in buckets of one interval.
        terms: on which the service is scaled.
        metric: the name of the metric.
        window: the span whose mean evaluations measure.
        price: how many idle replicas a missing one is worth.
        current: the rule followed so far.
        things: what is scaled, for people.

    Returns:
        The lesson, or ``None`` where nothing is known of the load.
    """
    loads = _as_measured(recorded, window=window, interval=terms.interval)
    first_at = recorded.ends_at - (len(loads) - 1) * terms.interval
    if known is not None and not _goes_on(known, terms, first_at=first_at, ends_at=recorded.ends_at):
        known = None
    if known is None:
        if not loads:
            return None
        known, rest = begin(terms, at=first_at, load=loads[0]), loads[1:]
    else:
        new = (recorded.ends_at - known.until) // terms.interval
        rest = loads[max(len(loads) - new, 0) :] if new > 0 else ()
    learned = learn(known, rest) if rest else known
    choice = choose(learned, price=price, current=current, things=things)
    return Lesson(learned=learned, choice=choice, tuned=tuned(learned, choice, metric=metric))


def _goes_on(known: Learned, terms: Terms, *, first_at: datetime, ends_at: datetime) -> bool:
    """Whether the loads from one instant to the other can be learned on top of what is known."""
    follows = first_at - known.until <= terms.interval and known.until - ends_at <= LOOKED_AT_EVERY
    return known.terms == terms and follows


def _as_measured(recorded: Recorded, *, window: timedelta, interval: timedelta) -> tuple[float, ...]:
    """What an evaluation at the end of each bucket would have measured: the mean over the window before it."""
    loads = _filled(np.array(recorded.loads, dtype=np.float64))
    if not loads.size:
        return ()
    width = min(max(round(window / interval), 1), loads.size)
    summed = np.zeros_like(loads)
    for back in range(width - 1, -1, -1):
        summed[back:] += loads[: loads.size - back]
    return tuple((summed / np.minimum(np.arange(1, loads.size + 1), width)).tolist())


def _filled(loads: NDArray[np.float64]) -> NDArray[np.float64]:
    """From the first that is known on, each unknown one as the one before."""
    places = np.where(np.isfinite(loads), np.arange(loads.size), -1)
    newest_known = np.maximum.accumulate(places)
    return loads[newest_known[newest_known >= 0]]
