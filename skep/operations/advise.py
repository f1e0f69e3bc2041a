"""What the recorded load of a service suggests for its labels. Only looks."""

from datetime import timedelta

from skep.config.labels import LabelDefaults, Problems, read_labels
from skep.core.cluster import Service
from skep.core.foresight.advice import Advice
from skep.core.foresight.advising import advise
from skep.core.foresight.carrying import Burden, burdens_of
from skep.core.foresight.lesson import HISTORY
from skep.core.foresight.metric_delay import measured_metric_delay
from skep.core.foresight.model import METRIC_DELAY
from skep.core.foresight.past_load import PastLoad
from skep.core.foresight.start_delay import ASSUMED_START_DELAY, measured_start_delay
from skep.core.foresight.terms import Terms
from skep.core.metrics.series import Question
from skep.core.policy import MetricPolicy, ServicePolicy, Signal
from skep.core.saga import without_surges
from skep.errors import Permanent
from skep.operations.learn import recorded_load
from skep.ports import World

__all__ = ["advise_service", "past_load"]

#: A state every five minutes for a week.
_MOST_ENTRIES = 2016


def advise_service(world: World, name: str, *, defaults: LabelDefaults, interval: timedelta) -> Advice | None:
    """Gather the evidence and propose.

    Args:
        world: everything outside.
        name: of the service, or its id.
        defaults: what labels mean where they are silent.
        interval: the time from one evaluation to the next.

    Returns:
        ``None`` where there is no such service.

    Raises:
        Permanent: its labels are wrong, or it has no metric whose past is known, or nothing was recorded.
        Temporary: the Swarm or the journal is out of reach.
    """
    service = _service(world, name)
    if service is None:
        return None
    policy, metric = _policy(service, defaults)
    since = world.clock.now() - HISTORY
    answers = world.metrics.read([Question(signal=metric.signal, window=HISTORY)], services=[service.name])
    recorded = recorded_load(metric, service.name, answers, since=since, interval=interval)
    measured = measured_start_delay(service.tasks)
    start_delay = ASSUMED_START_DELAY if measured is None else measured
    metric_delay = measured_metric_delay(world.memory.ages(metric.signal))
    terms = Terms.from_spans(
        target=metric.target_value,
        bounds=policy.bounds,
        interval=interval,
        start_delay=start_delay,
        metric_window=metric.window,
        metric_delay=METRIC_DELAY if metric_delay is None else metric_delay.typical,
        activation=metric.activation,
    )
    if recorded is None:
        raise _nothing_recorded(service, metric)
    advice = advise(
        recorded,
        service=service.name,
        terms=terms,
        metric=metric,
        start_delay=start_delay,
        is_start_delay_measured=measured is not None,
        metric_delay=metric_delay,
        burdens=_burdens(world, service, metric),
    )
    if advice is None:
        raise _nothing_recorded(service, metric)
    return advice


def past_load(world: World, name: str, *, defaults: LabelDefaults, every: timedelta) -> PastLoad | None:
    """The requests of the last week as the metrics store has them, in buckets.

    Args:
        world: everything outside.
        name: of the service, or its id.
        defaults: what labels mean where they are silent.
        every: how long each bucket lasts.

    Returns:
        ``None`` where there is no such service.

    Raises:
        Permanent, Temporary: as for :func:`advise_service`.
    """
    service = _service(world, name)
    if service is None:
        return None
    _, metric = _policy(service, defaults)
    if metric.signal is not Signal.REQUESTS:
        raise Permanent(f"{service.name} has no skep.requests: only requests can be simulated")
    answers = world.metrics.read([Question(signal=metric.signal, window=HISTORY)], services=[service.name])
    since = world.clock.now() - HISTORY
    recorded = recorded_load(metric, service.name, answers, since=since, interval=every)
    loads: list[float] = []
    for load in recorded.loads if recorded is not None else ():
        if load is not None and load == load:  # noqa: PLR0124 - not a number
            loads.append(load)
        elif loads:
            loads.append(loads[-1])
    if not loads:
        raise _nothing_recorded(service, metric)
    return PastLoad(
        service=service.name,
        labels={label: text for label, text in service.labels if label.startswith("skep.")},
        interval=every,
        loads=tuple(loads),
        start_delay=measured_start_delay(service.tasks),
        metric_delay=measured_metric_delay(world.memory.ages(metric.signal)),
    )


def _service(world: World, name: str) -> Service | None:
    services = without_surges(world.swarm.read()).services
    return next((service for service in services if name in {service.name, service.id}), None)


def _policy(service: Service, defaults: LabelDefaults) -> tuple[ServicePolicy, MetricPolicy]:
    read = read_labels(service, defaults=defaults)
    if isinstance(read, Problems):
        raise Permanent("; ".join(problem.sentence for problem in read.problems))
    if read is None:
        raise Permanent(f"{service.name} is not enabled: only of services that skep scales is the load known")
    if read.tunable is None:
        raise Permanent(f"{service.name} has neither skep.requests nor skep.inflight: only of those is the past known")
    return read, read.tunable


def _burdens(world: World, service: Service, metric: MetricPolicy) -> tuple[Burden, ...]:
    since = world.clock.now() - HISTORY
    entries = world.journal.read(service=service.name, since=since, limit=_MOST_ENTRIES)
    return burdens_of([entry.decision for entry in entries if entry.decision is not None], metric.name)


def _nothing_recorded(service: Service, metric: MetricPolicy) -> Permanent:
    return Permanent(f"the metrics store has no points of {metric.name} of {service.name} in the last 7 days")
