"""What was found, before anybody judges it. Where a fact could not be had, its reason stands in its place, as text."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from skep.core.foresight.metric_delay import MetricDelay

__all__ = [
    "BoardFacts",
    "BrokerFacts",
    "Checkup",
    "EngineFacts",
    "Examination",
    "JournalFacts",
    "MemoryFacts",
    "MetricsFacts",
    "NodeFacts",
    "Permission",
    "QueueFacts",
    "SwarmFacts",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Permission:
    """Whether one kind of request comes through to the engine.

    Attributes:
        request: as ``POST /services/…/update``.
        purpose: what skep does with it; empty for what skep never does.
    """

    request: str
    purpose: str
    is_given: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineFacts:
    """The engine that a worker speaks to, and the way to it.

    Attributes:
        endpoint: as ``tcp://socket-proxy:2375``.
        version: of the engine; empty where it does not tell.
        api_version: the one spoken with it.
    """

    endpoint: str
    version: str
    api_version: str
    permissions: tuple[Permission, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SwarmFacts:
    """The Swarm as a worker sees it.

    Attributes:
        enabled: how many services skep is to scale.
        nodes_ready: host names of the nodes that should report.
        errors: of labels and policy file, and of metrics that have long had no value.
        warnings: the same for what may be meant otherwise.
    """

    services: int
    enabled: int
    nodes: int
    nodes_ready: tuple[str, ...]
    errors: int
    warnings: int


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeFacts:
    """What the metrics store has of a node.

    Attributes:
        newest_at: its newest point, by the clock of that node; ``None`` where there is none.
    """

    hostname: str
    newest_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricsFacts:
    """What the metrics store has of the nodes.

    Attributes:
        as_of: the store's own clock.
        read_at: the worker's clock at that time.
    """

    as_of: datetime
    read_at: datetime
    nodes: tuple[NodeFacts, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class JournalFacts:
    """What the permanent store of the journal does not have.

    Attributes:
        trouble: why nothing can be carried there; empty if it can.
    """

    waiting: int
    lost: int
    trouble: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class MemoryFacts:
    """When what beat enqueues was last done.

    Attributes:
        measured_at: a worker last measured skep itself.
        decided_at: the newest decision about any service.
        orders_unknown_since: since when the orders of people may have been forgotten; ``None`` if they are known.
        requests_delay: how old requests are when evaluations see them; ``None`` where too few have told.
    """

    measured_at: datetime | None
    decided_at: datetime | None
    orders_unknown_since: datetime | None
    requests_delay: MetricDelay | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Examination:
    """All that a worker can see, which is everything but the broker and the workers themselves.

    Attributes:
        at: by the worker's clock.
        version: of skep at the worker.
        interval: from one evaluation to the next.
        reconcile_interval: from one measuring of skep to the next.
        max_age: older data is a gap.
        prometheus: why it does not answer; empty if it does, ``None`` where none is set up.
    """

    at: datetime
    version: str
    interval: timedelta
    reconcile_interval: timedelta
    max_age: timedelta
    engine: EngineFacts | str
    swarm: SwarmFacts | str
    metrics: MetricsFacts | str
    prometheus: str | None
    journal: JournalFacts | str
    memory: MemoryFacts | str


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokerFacts:
    """The Redis that carries the tasks.

    Attributes:
        at: its clock.
    """

    address: str
    version: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueFacts:
    """Who listens on a queue, and how many messages wait there."""

    queue: str
    workers: tuple[str, ...]
    waiting: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BoardFacts:
    """What is loaded in the program that shows dashboards.

    Attributes:
        titles: of the boards there, or why they cannot be read.
        expected: titles of skep's own boards; any one of them will do.
    """

    program: str
    titles: tuple[str, ...] | str
    expected: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkup:
    """All facts together.

    Attributes:
        reached_at: when the broker answered, by the clock of the machine that asks.
        examined_at: when the worker answered, by the same.
        version: of skep there.
        examination: of a worker, or why there is none.
        boards: ``None`` where nobody said where they are.
    """

    reached_at: datetime
    examined_at: datetime
    version: str
    broker: BrokerFacts | str
    queues: tuple[QueueFacts, ...]
    examination: Examination | str
    boards: BoardFacts | None = None
