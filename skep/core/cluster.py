"""What the Swarm looks like at one instant: services, their swarm tasks, and nodes."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

__all__ = [
    "Availability",
    "Cluster",
    "Node",
    "Resources",
    "Service",
    "ServiceMode",
    "SwarmTask",
    "TaskState",
    "UpdateState",
]


class ServiceMode(StrEnum):
    """How a service is spread; only replicated services have a count that can be changed."""

    REPLICATED = "replicated"
    GLOBAL = "global"
    REPLICATED_JOB = "replicated-job"
    GLOBAL_JOB = "global-job"


class UpdateState(StrEnum):
    """Where the last rollout of a service stands; ``NONE`` if there never was one."""

    NONE = "none"
    UPDATING = "updating"
    PAUSED = "paused"
    COMPLETED = "completed"
    ROLLBACK_STARTED = "rollback_started"
    ROLLBACK_PAUSED = "rollback_paused"
    ROLLBACK_COMPLETED = "rollback_completed"


class TaskState(StrEnum):
    """The state of a swarm task, in the engine's words."""

    NEW = "new"
    ALLOCATED = "allocated"
    PENDING = "pending"
    ASSIGNED = "assigned"
    ACCEPTED = "accepted"
    PREPARING = "preparing"
    READY = "ready"
    STARTING = "starting"
    RUNNING = "running"
    COMPLETE = "complete"
    SHUTDOWN = "shutdown"
    FAILED = "failed"
    REJECTED = "rejected"
    REMOVE = "remove"
    ORPHANED = "orphaned"

    @property
    def is_on_its_way(self) -> bool:
        """Whether the task has yet to run and still may."""
        return self in _ON_ITS_WAY


_ON_ITS_WAY = frozenset(
    {
        TaskState.NEW,
        TaskState.ALLOCATED,
        TaskState.PENDING,
        TaskState.ASSIGNED,
        TaskState.ACCEPTED,
        TaskState.PREPARING,
        TaskState.READY,
        TaskState.STARTING,
    }
)


class Availability(StrEnum):
    """Whether the scheduler may use a node; cordoned is what Swarm calls ``pause``."""

    ACTIVE = "active"
    PAUSE = "pause"
    DRAIN = "drain"


@dataclass(frozen=True, slots=True, kw_only=True)
class Resources:
    """An amount of processor and memory; ``None`` where nothing was declared."""

    cpu_cores: float | None = None
    memory_bytes: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SwarmTask:
    """One replica as Swarm sees it.

    Attributes:
        state_since: when ``state`` was entered, by the clock of the node that reported it.
        is_wanted: whether Swarm wants it to run; false once it is being shut down.
        error: the engine's words when it cannot be placed or failed, else empty.
    """

    id: str
    service_id: str
    slot: int | None
    node_id: str | None
    state: TaskState
    state_since: datetime
    is_wanted: bool
    error: str = ""

    @property
    def is_running(self) -> bool:
        """Whether it serves: running (which with a health check means healthy) and wanted."""
        return self.is_wanted and self.state is TaskState.RUNNING

    @property
    def is_pending_for_room(self) -> bool:
        """Whether no node can take it now. The wording is the scheduler's own: a hint, see moby#33807."""
        return self.is_wanted and self.state is TaskState.PENDING and "no suitable node" in self.error


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """One service with the swarm tasks that Swarm wants to run.

    Attributes:
        replicas: the count in the spec; ``None`` where the mode has no count to change.
        version_index: Swarm's own version; an update must carry the index it was computed from.
        rolls_back_on_failure: whether a failing rollout returns to the previous spec by itself.
        container_labels: labels of its containers, where those of skep have no effect.
        fingerprint: of everything in the spec but the count; equal ones mean equal specs.
    """

    id: str
    name: str
    mode: ServiceMode
    replicas: int | None
    version_index: int
    labels: tuple[tuple[str, str], ...] = ()
    container_labels: tuple[tuple[str, str], ...] = ()
    limits: Resources = Resources()
    reservations: Resources = Resources()
    stack: str | None = None
    update_state: UpdateState = UpdateState.NONE
    rolls_back_on_failure: bool = False
    updated_at: datetime
    fingerprint: str = ""
    tasks: tuple[SwarmTask, ...] = ()

    @property
    def running_replicas(self) -> int:
        """How many replicas serve now."""
        return len([task for task in self.tasks if task.is_running])

    @property
    def replicas_without_room(self) -> int:
        """How many replicas no node can take now."""
        return len([task for task in self.tasks if task.is_pending_for_room])


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """One machine of the Swarm."""

    id: str
    hostname: str
    is_manager: bool
    is_ready: bool
    availability: Availability
    address: str
    capacity: Resources
    labels: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Cluster:
    """The whole Swarm as read in one pass."""

    services: tuple[Service, ...]
    nodes: tuple[Node, ...]
