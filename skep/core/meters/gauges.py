"""What is measured again and again, from what is remembered and what is seen."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from skep.core.capacity.backoff import PoolEvent, PoolEventKind
from skep.core.cluster import Node
from skep.core.decision import Decision, InactionReason, Verdict
from skep.core.meters.catalogue import meter_of
from skep.core.meters.meter import Reading
from skep.core.metrics.series import GapReason
from skep.core.notices import is_at_max
from skep.core.saga import drain_of

__all__ = ["Elapsed", "gauges", "of_gone_services", "seconds_passed"]

_FAILURES = (PoolEventKind.REFUSED, PoolEventKind.NEVER_JOINED, PoolEventKind.REMOVAL_FAILED)
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Elapsed:
    """How long it has been since the time was counted last.

    Attributes:
        since: then; ``None`` if it never was.
        longest: a longer time was not watched, and is not counted.
    """

    since: datetime | None
    now: datetime
    longest: timedelta

    @property
    def seconds(self) -> float:
        """What may be counted."""
        if self.since is None:
            return 0.0
        elapsed = self.now - self.since
        return elapsed.total_seconds() if timedelta(0) < elapsed <= self.longest else 0.0


def gauges(
    decisions: Sequence[Decision],
    *,
    nodes: Sequence[Node],
    pool_events: Mapping[str, Sequence[PoolEvent]],
    now: datetime,
) -> tuple[Reading, ...]:
    """All gauges.

    Args:
        decisions: the latest of each service.
        nodes: as their labels tell of drains.
        pool_events: what happened to pools of late.
        now: the present instant.
    """
    return (
        *_of_evaluation(decisions),
        *(reading for decision in decisions for reading in _of_service(decision)),
        *_of_drains(nodes, now),
        *_of_pools(pool_events, now),
    )


def seconds_passed(decisions: Sequence[Decision], elapsed: Elapsed) -> tuple[Reading, ...]:
    """What the time since the last look adds to the counters of time."""
    passed_s = elapsed.seconds
    if not passed_s:
        return ()
    at_max = (
        Reading(meter="skep_at_max_seconds_total", labels=(d.service_name,), value=passed_s)
        for d in decisions
        if is_at_max(d)
    )
    pending = (
        Reading(
            meter="skep_pending_replica_seconds_total",
            labels=(d.service_name,),
            value=passed_s * d.waiting_for_room,
        )
        for d in decisions
        if d.waiting_for_room
    )
    return (*at_max, *pending)


def of_gone_services(counters: Sequence[Reading], decisions: Sequence[Decision]) -> tuple[Reading, ...]:
    """The counters of services that skep scales no more: services come and go, and their series would pile up."""
    here = {decision.service_name for decision in decisions}
    return tuple(one for one in counters if (name := _service_of(one)) is not None and name not in here)


def _service_of(reading: Reading) -> str | None:
    meter = meter_of(reading.meter)
    labels = () if meter is None else zip(meter.labels, reading.labels, strict=False)
    return dict(labels).get("service")


def _of_evaluation(decisions: Sequence[Decision]) -> Iterator[Reading]:
    verdicts = Counter(decision.verdict for decision in decisions)
    inactions = Counter(decision.inaction.reason for decision in decisions if decision.inaction is not None)
    gaps = Counter(p.gap.reason for decision in decisions for p in decision.proposals if p.gap is not None)
    # Also those that are none: a series that ends where it was would look as if it went on.
    yield from (Reading(meter="skep_services", labels=(str(v),), value=verdicts[v]) for v in Verdict)
    yield from (Reading(meter="skep_services_inactive", labels=(str(r),), value=inactions[r]) for r in InactionReason)
    yield from (Reading(meter="skep_gaps", labels=(str(reason),), value=gaps[reason]) for reason in GapReason)
    yield Reading(meter="skep_services_at_max", value=sum(map(is_at_max, decisions)))
    yield Reading(meter="skep_pending_replicas", value=sum(decision.waiting_for_room for decision in decisions))
    ages_s = [
        (decision.at - proposal.at).total_seconds()
        for decision in decisions
        for proposal in decision.proposals
        if proposal.at is not None and proposal.gap is None
    ]
    if ages_s:
        yield Reading(meter="skep_data_age_seconds", value=max(0.0, *ages_s))
    if decisions:
        newest = max(decision.at for decision in decisions)
        yield Reading(meter="skep_last_evaluation_timestamp_seconds", value=newest.timestamp())


def _of_service(decision: Decision) -> Iterator[Reading]:
    labels = (decision.service_name,)
    yield Reading(meter="skep_replicas", labels=labels, value=decision.replicas)
    yield Reading(meter="skep_running_replicas", labels=labels, value=decision.running)
    yield Reading(meter="skep_goal_replicas", labels=labels, value=decision.goal)
    if decision.bounds is not None:
        yield Reading(meter="skep_max_replicas", labels=labels, value=decision.bounds.max_replicas)


def _of_drains(nodes: Sequence[Node], now: datetime) -> Iterator[Reading]:
    for node in nodes:
        drain = drain_of(node)
        if drain is not None:
            age_s = max((now - drain.since).total_seconds(), 0.0)
            yield Reading(meter="skep_drain_age_seconds", labels=(node.hostname, str(drain.phase)), value=age_s)


def _of_pools(pool_events: Mapping[str, Sequence[PoolEvent]], now: datetime) -> Iterator[Reading]:
    for pool, events in pool_events.items():
        failed = sum(event.kind in _FAILURES and now - event.at <= _DAY for event in events)
        yield Reading(meter="skep_pool_failures", labels=(pool,), value=failed)
