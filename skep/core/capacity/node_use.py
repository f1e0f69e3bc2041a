"""How busy nodes are, as measured on them: their own use, and the mean of a pool."""

import math
from collections.abc import Iterable, Mapping
from datetime import timedelta

from skep.core.capacity.pressure import PoolUse
from skep.core.cluster import Node, Resources, Service
from skep.core.metrics.series import Answers, Gap, Question, Series
from skep.core.metrics.windows import freshness_gap, mean_gauge, sane_gap, values_since
from skep.core.policy import Signal

__all__ = ["NODE_QUESTIONS", "measured_use", "node_use", "pool_use"]

#: The mean over so long is the use of a node.
_WINDOW = timedelta(minutes=2)
#: Older points say nothing about now: nine of Telegraf's intervals.
_MAX_AGE = timedelta(seconds=90)
#: What replicas use is looked at over a longer time, since what counts is their peak.
_PEAK_WINDOW = timedelta(minutes=5)
_PEAK_RATIO = 0.95

#: What a plan for nodes asks the metrics store, beside what services ask: the use of nodes, and that of replicas.
NODE_QUESTIONS = (
    Question(signal=Signal.NODE_CPU, window=_WINDOW + _MAX_AGE),
    Question(signal=Signal.NODE_MEMORY, window=_WINDOW + _MAX_AGE),
    Question(signal=Signal.CPU, window=_PEAK_WINDOW),
    Question(signal=Signal.MEMORY, window=_PEAK_WINDOW),
)


def node_use(nodes: Iterable[Node], answers: Answers) -> dict[str, Resources]:
    """What each node uses of what it has, by its id; ``None`` where it is not known, which is not zero.

    A node is told by its host name. Where two have the same, nobody knows whose the points are.
    """
    every = tuple(nodes)
    names = [node.hostname for node in every]
    return {
        node.id: Resources(
            cpu_cores=_times(_mean(Signal.NODE_CPU, node, answers), node.capacity.cpu_cores),
            memory_bytes=_whole(_times(_mean(Signal.NODE_MEMORY, node, answers), node.capacity.memory_bytes)),
        )
        for node in every
        if node.hostname and names.count(node.hostname) == 1
    }


def pool_use(members: Iterable[Node], used: Mapping[str, Resources]) -> PoolUse:
    """The mean use of those nodes of a pool that are ready; not known as soon as that of one of them is not."""
    ready = [node for node in members if node.is_ready]
    cpu = [_share(used.get(node.id, _UNKNOWN).cpu_cores, node.capacity.cpu_cores) for node in ready]
    memory = [_share(used.get(node.id, _UNKNOWN).memory_bytes, node.capacity.memory_bytes) for node in ready]
    return PoolUse(nodes=len(ready), cpu_ratio=_mean_of_all(cpu), memory_ratio=_mean_of_all(memory))


def measured_use(services: Iterable[Service], answers: Answers) -> dict[str, Resources]:
    """What one replica of each service uses at most times: the 95th percentile over all its replicas, by service id.

    Services without a single point are left out: nobody knows what they use.
    """
    found = {
        service.id: Resources(
            cpu_cores=_peak(Signal.CPU, service, answers),
            memory_bytes=_whole(_peak(Signal.MEMORY, service, answers)),
        )
        for service in services
    }
    return {service_id: use for service_id, use in found.items() if use != _UNKNOWN}


_UNKNOWN = Resources()


def _mean(signal: Signal, node: Node, answers: Answers) -> float | None:
    answer = answers.of(signal=signal, service=node.hostname, metric="")
    if isinstance(answer, Gap) or len(answer) != 1:
        return None
    reading = mean_gauge(answer[0], as_of=answers.as_of, window=_WINDOW, max_age=_MAX_AGE)
    return None if isinstance(reading, Gap) else reading.value


def _peak(signal: Signal, service: Service, answers: Answers) -> float | None:
    """Of the swarm tasks that run now; those of older ones say nothing about what runs."""
    answer = answers.of(signal=signal, service=service.name, metric="")
    if isinstance(answer, Gap):
        return None
    live = {task.id for task in service.tasks}
    values = sorted(value for series in answer if series.source in live for value in _trusted(series, answers))
    return values[math.ceil(_PEAK_RATIO * len(values)) - 1] if values else None


def _trusted(series: Series, answers: Answers) -> tuple[float, ...]:
    values = values_since(series, series.at_epoch_s[-1] - _PEAK_WINDOW.total_seconds()) if series.at_epoch_s else ()
    is_trusted = freshness_gap(series, as_of=answers.as_of, max_age=_MAX_AGE) is None and sane_gap(values) is None
    return values if is_trusted else ()


def _times(ratio: float | None, whole: float | None) -> float | None:
    return None if ratio is None or not whole else ratio * whole


def _share(amount: float | None, whole: float | None) -> float | None:
    return None if amount is None or not whole else amount / whole


def _mean_of_all(values: list[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return math.fsum(known) / len(known) if known and len(known) == len(values) else None


def _whole(amount: float | None) -> int | None:
    return None if amount is None else round(amount)
