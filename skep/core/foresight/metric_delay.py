"""How old the load is when an evaluation sees it: measured at each evaluation, as the age of the newest point.

What is measured then is the mean of a window that ends at that point, so its age is what lies between the end of the
window and the decision: how long ago Telegraf asked the proxy, how long the point waited to be sent, and how long it
took to the store. An event at the proxy is in the first point that Telegraf takes after it. Both instants are by the
record of the metrics store: points carry the time of the node that took them, so a clock that is off by a second moves
the delay by one; the store tells its own time in whole seconds, whose halves even out over many evaluations. Not in it
is the time that an evaluation takes to decide, a fraction of a second.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median

from skep.core.decision import Decision
from skep.core.foresight.model import METRIC_DELAY
from skep.core.policy import ServicePolicy, Signal

__all__ = [
    "MOST_AGES",
    "MetricDelay",
    "ages_seen",
    "delays_sentence",
    "delays_sentence_of_pool",
    "measured_metric_delay",
    "settled_metric_delay",
]

#: The ages of so many evaluations are kept: half an hour of the usual ones.
MOST_AGES = 120
#: Evaluations and points come at rhythms of their own, so a few ages may all be of the same moment between them.
_ENOUGH_AGES = 20
#: What was learned on one delay is learned anew on another, so it takes more than that part of an interval.
_NOTICEABLE_SHARE = 1 / 3


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricDelay:
    """How old the newest point of a signal was when evaluations asked for it.

    Attributes:
        typical: the median.
        longest: the highest.
        evaluations: how many told.
    """

    typical: timedelta
    longest: timedelta
    evaluations: int

    @property
    def sentence(self) -> str:
        """``seen 8 s after it came, at most 13 s in 120 evaluations``."""
        return (
            f"seen {_seconds(self.typical)} after it came, at most {_seconds(self.longest)} "
            f"in {self.evaluations} evaluations"
        )


def ages_seen(
    decisions: Iterable[Decision], policies: Mapping[str, ServicePolicy], *, as_of: datetime
) -> dict[Signal, timedelta]:
    """By signal that policies can tune themselves by, how old its newest points were in one evaluation.

    The median over the services: all of a signal come the same way. Those without a value tell nothing, so that an
    outage of the store is no delay.

    Args:
        decisions: of the evaluation.
        policies: by service id.
        as_of: the store's clock.
    """
    ages: dict[Signal, list[float]] = {}
    for decision in decisions:
        policy = policies.get(decision.service_id)
        signals = {m.name: m.signal for m in policy.metrics if m.is_tunable} if policy is not None else {}
        for proposal in decision.proposals:
            if proposal.metric in signals and proposal.gap is None and proposal.at is not None:
                age_s = max((as_of - proposal.at).total_seconds(), 0.0)
                ages.setdefault(signals[proposal.metric], []).append(age_s)
    return {signal: timedelta(seconds=median(each)) for signal, each in ages.items()}


def measured_metric_delay(ages: Sequence[timedelta]) -> MetricDelay | None:
    """What the last evaluations tell; ``None`` while there were too few of them."""
    if len(ages) < _ENOUGH_AGES:
        return None
    return MetricDelay(
        typical=timedelta(seconds=round(median(age.total_seconds() for age in ages))),
        longest=max(ages),
        evaluations=len(ages),
    )


def settled_metric_delay(
    measured: MetricDelay | None, *, before: timedelta | None, interval: timedelta
) -> timedelta | None:
    """What to go by: the delay measured now, or what was gone by so far where the two hardly differ.

    Args:
        measured: as measured now, if at all.
        before: what was gone by so far; ``None`` where it was assumed.
        interval: the time from one evaluation to the next.

    Returns:
        ``None`` where it is to be assumed, be it that nothing was measured or nothing else.
    """
    if measured is None:
        return before
    known = METRIC_DELAY if before is None else before
    return before if abs(measured.typical - known) <= interval * _NOTICEABLE_SHARE else measured.typical


def delays_sentence(*, start_delay: timedelta | None, metric_delay: timedelta | None, assumed_start: timedelta) -> str:
    """What a rule reckons with, and what of it was measured; a delay that is ``None`` is assumed.

    Args:
        start_delay: of replicas, as measured.
        metric_delay: of the load, as measured.
        assumed_start: taken for the start delay where none was measured.
    """
    start, seen = _told(start_delay, assumed_start), _told(metric_delay, METRIC_DELAY)
    return f"a replica serves {start} after its order, and load is seen {seen} after it came"


def delays_sentence_of_pool(*, join_delay: timedelta | None, assumed: timedelta) -> str:
    """As :func:`delays_sentence`, of a pool, whose load is seen at once."""
    return f"a machine has joined {_told(join_delay, assumed)} after its order"


def _told(measured: timedelta | None, assumed: timedelta) -> str:
    return f"{_seconds(assumed)} (assumed)" if measured is None else f"{_seconds(measured)} (measured)"


def _seconds(span: timedelta) -> str:
    return f"{span.total_seconds():.0f} s"
