"""Examine all that a worker reaches, as the check-up of an operator asks for it."""

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TypeVar

from skep.config.finding import Severity
from skep.config.labels import LabelDefaults, read_labels
from skep.config.lint import lint_swarm
from skep.core.checkup import EngineFacts, Examination, JournalFacts, MemoryFacts, MetricsFacts, NodeFacts, SwarmFacts
from skep.core.cluster import Cluster
from skep.core.foresight.metric_delay import measured_metric_delay
from skep.core.metrics.series import Gap, GapReason, Question
from skep.core.policy import Signal, Source
from skep.errors import SkepError
from skep.ports import Inspection, Meters, World

__all__ = ["Circumstances", "examine"]

#: So far back is looked for the newest point of a node.
_LOOKED_BACK = timedelta(minutes=10)
#: No service can have this name; any answer tells that the store is there.
_NOBODY = "skep.nobody"

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Circumstances:
    """What the worker was told, as far as facts are judged by it.

    Attributes:
        version: of skep.
        interval: from one evaluation to the next.
        reconcile_interval: from one measuring of skep to the next.
        has_prometheus: whether one is set up.
    """

    version: str
    interval: timedelta
    reconcile_interval: timedelta
    defaults: LabelDefaults
    has_prometheus: bool


def examine(world: World, inspection: Inspection, meters: Meters, told: Circumstances) -> Examination:
    """Look at everything, side by side; nothing is changed, and what cannot be seen is told as text.

    Args:
        world: everything outside.
        inspection: the way to the engine.
        meters: skep's own numbers, which tell when they were last measured.
        told: what the worker was told.
    """
    with ThreadPoolExecutor(max_workers=4) as lookers:
        engine = lookers.submit(_or_trouble, lambda: _engine(inspection))
        journal = lookers.submit(_or_trouble, lambda: _journal(world))
        memory = lookers.submit(_or_trouble, lambda: _memory(world, meters))
        cluster = _or_trouble(world.swarm.read)
        metrics, prometheus = _metrics(world, cluster, has_prometheus=told.has_prometheus)
        swarm = cluster if isinstance(cluster, str) else _or_trouble(lambda: _swarm(world, cluster, told))
        found = engine.result(), journal.result(), memory.result()
    return Examination(
        at=world.clock.now(),
        version=told.version,
        interval=told.interval,
        reconcile_interval=told.reconcile_interval,
        max_age=told.defaults.max_age,
        engine=found[0],
        swarm=swarm,
        metrics=metrics,
        prometheus=prometheus,
        journal=found[1],
        memory=found[2],
    )


def _or_trouble(look: Callable[[], T]) -> T | str:
    try:
        return look()
    except SkepError as error:
        return str(error)


def _engine(inspection: Inspection) -> EngineFacts:
    return inspection.look()


def _swarm(world: World, cluster: Cluster, told: Circumstances) -> SwarmFacts:
    findings = lint_swarm(
        cluster.services,
        decisions=world.memory.decisions(),
        troubles=(),
        defaults=told.defaults,
        now=world.clock.now(),
        interval=told.interval,
    )
    errors = sum(finding.severity is Severity.ERROR for finding in findings)
    return SwarmFacts(
        services=len(cluster.services),
        enabled=sum(read_labels(service, defaults=told.defaults) is not None for service in cluster.services),
        nodes=len(cluster.nodes),
        nodes_ready=_ready(cluster),
        errors=errors,
        warnings=len(findings) - errors,
    )


def _ready(cluster: Cluster) -> tuple[str, ...]:
    return tuple(sorted(node.hostname for node in cluster.nodes if node.is_ready))


def _metrics(world: World, cluster: Cluster | str, *, has_prometheus: bool) -> tuple[MetricsFacts | str, str | None]:
    """What the stores have, in one reading."""
    hostnames = () if isinstance(cluster, str) else _ready(cluster)
    of_nodes = Question(signal=Signal.NODE_CPU, window=_LOOKED_BACK)
    questions = [_PROBE, of_nodes, *([_PROMETHEUS] if has_prometheus else [])]
    answers = world.metrics.read(questions, services=[_NOBODY], nodes=hostnames)
    read_at = world.clock.now()
    probed, found = answers.built_in.get(_PROBE.signal), answers.built_in.get(Signal.NODE_CPU, {})
    own = answers.own.get((_NOBODY, _NOBODY)) if has_prometheus else None
    is_away = isinstance(own, Gap) and own.reason in {GapReason.UNREACHABLE, GapReason.REFUSED}
    prometheus = (own.sentence if isinstance(own, Gap) and is_away else "") if has_prometheus else None
    for answer in (probed, found):
        if isinstance(answer, Gap):
            return answer.sentence, prometheus
    by_node = {} if isinstance(found, Gap) else found
    nodes = tuple(
        NodeFacts(hostname=name, newest_at=_newest(s.at_epoch_s[-1] for s in by_node.get(name, ())))
        for name in hostnames
    )
    return MetricsFacts(as_of=answers.as_of, read_at=read_at, nodes=nodes), prometheus


def _newest(instants_s: Iterable[float]) -> datetime | None:
    newest_s = max(instants_s, default=None)
    return None if newest_s is None else datetime.fromtimestamp(newest_s, UTC)


#: Any answer tells that the store is there, also where no node is known.
_PROBE = Question(signal=Signal.CPU, window=timedelta(minutes=1))
_PROMETHEUS = Question(
    signal=Signal.QUERY,
    window=timedelta(minutes=1),
    service=_NOBODY,
    metric=_NOBODY,
    query="up{job=$service}",
    source=Source.PROMETHEUS,
)


def _journal(world: World) -> JournalFacts:
    trouble = ""
    try:
        # What waits for the permanent store goes there anyway; that it cannot is what has to be known.
        world.journal.forward(limit=1)
        world.journal.orders()
    except SkepError as error:
        trouble = str(error)
    backlog = world.journal.backlog()
    return JournalFacts(waiting=backlog.waiting, lost=backlog.lost, trouble=trouble)


def _memory(world: World, meters: Meters) -> MemoryFacts:
    decisions = world.memory.decisions()
    return MemoryFacts(
        measured_at=meters.read().measured_at,
        decided_at=max((decision.at for decision in decisions.values()), default=None),
        orders_unknown_since=world.memory.orders_unknown_since(),
        requests_delay=measured_metric_delay(world.memory.ages(Signal.REQUESTS)),
    )
