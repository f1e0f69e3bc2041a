"""What the Swarm looks like at one instant: services, their swarm tasks, and nodes."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from skep.core.requirements import (
    NO_REQUIREMENTS,
    UNKNOWN_PLATFORM,
    GenericResource,
    Platform,
    Plugin,
    Requirements,
)

__all__ = [
    "STOP_GRACE_BY_DEFAULT",
    "Availability",
    "Cluster",
    "ManagerStatus",
    "Node",
    "Resources",
    "RestartCondition",
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

    @property
    def is_job(self) -> bool:
        """Whether its swarm tasks come to an end by themselves."""
        return self in {ServiceMode.REPLICATED_JOB, ServiceMode.GLOBAL_JOB}

    @property
    def is_on_every_node(self) -> bool:
        """Whether Swarm runs one swarm task on each node that fulfils its constraints."""
        return self in {ServiceMode.GLOBAL, ServiceMode.GLOBAL_JOB}


class UpdateState(StrEnum):
    """Where the last rollout of a service stands; ``NONE`` if there never was one."""

    NONE = "none"
    UPDATING = "updating"
    PAUSED = "paused"
    COMPLETED = "completed"
    ROLLBACK_STARTED = "rollback_started"
    ROLLBACK_PAUSED = "rollback_paused"
    ROLLBACK_COMPLETED = "rollback_completed"


class RestartCondition(StrEnum):
    """When Swarm puts another swarm task in the place of one that ended, or whose node is drained."""

    ANY = "any"
    ON_FAILURE = "on-failure"
    NONE = "none"


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
#: In these the scheduler has yet to choose a node, or to confirm the one that was chosen for it.
_UNPLACED = frozenset({TaskState.NEW, TaskState.ALLOCATED, TaskState.PENDING})
_TAKES_ROOM = (_ON_ITS_WAY - _UNPLACED) | {TaskState.RUNNING}


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
        wanted_state: the state that Swarm steers it to.
        message: the engine's words on the state it is in.
        reservations: its own, which a rollout makes differ from its service's; ``None`` where they are the same.
        generic: which generic resources of its node it was given.
        ordered_at: when Swarm made it, by the clock of a manager; ``None`` where that is not told.
        version_index: Swarm's own version of it, on one scale with its service's; 0 where that is not told.
    """

    id: str
    service_id: str
    slot: int | None
    node_id: str | None
    state: TaskState
    state_since: datetime
    is_wanted: bool
    error: str = ""
    wanted_state: TaskState = TaskState.RUNNING
    message: str = ""
    reservations: Resources | None = None
    generic: tuple[GenericResource, ...] = ()
    ordered_at: datetime | None = None
    version_index: int = 0

    @property
    def is_running(self) -> bool:
        """Whether it serves: running (which with a health check means healthy) and wanted."""
        return self.is_wanted and self.state is TaskState.RUNNING

    @property
    def is_pending_for_room(self) -> bool:
        """Whether no node can take it now. The wording is the scheduler's own: a hint, see moby#33807."""
        return self.is_wanted and self.state is TaskState.PENDING and "no suitable node" in self.error

    @property
    def is_unplaced(self) -> bool:
        """Whether Swarm wants it to run, and the scheduler has not confirmed a node for it yet."""
        return self.is_wanted and self.state in _UNPLACED

    @property
    def takes_room(self) -> bool:
        """Whether it uses up its node: from when the scheduler has assigned it until it has stopped."""
        return self.node_id is not None and self.state in _TAKES_ROOM


#: What the engine gives a container where nothing was said.
STOP_GRACE_BY_DEFAULT = timedelta(seconds=10)


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """One service with the swarm tasks that Swarm wants to run.

    Attributes:
        replicas: the count in the spec; ``None`` where the mode has no count to change.
        version_index: Swarm's own version; an update must carry the index it was computed from.
        rolls_back_on_failure: whether a failing rollout returns to the previous spec by itself.
        container_labels: labels of its containers, where those of skep have no effect.
        requirements: what it asks of a node besides processor and memory.
        stop_grace: how long a container may take to stop before it is killed.
        restart: when another swarm task takes the place of one that ended, or whose node is drained.
        fingerprint: of everything in the spec but the count; equal ones mean equal specs.
        is_confirmed: the last write changed nothing of the spec: somebody wants it to be just what it was.
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
    requirements: Requirements = NO_REQUIREMENTS
    stop_grace: timedelta = STOP_GRACE_BY_DEFAULT
    restart: RestartCondition = RestartCondition.ANY
    stack: str | None = None
    update_state: UpdateState = UpdateState.NONE
    rolls_back_on_failure: bool = False
    updated_at: datetime
    fingerprint: str = ""
    is_confirmed: bool = False
    tasks: tuple[SwarmTask, ...] = ()

    @property
    def running_replicas(self) -> int:
        """How many replicas serve now."""
        return len([task for task in self.tasks if task.is_running])

    @property
    def replicas_without_room(self) -> int:
        """How many replicas no node can take now."""
        return len([task for task in self.tasks if task.is_pending_for_room])

    @property
    def placed_replicas(self) -> int:
        """How many replicas are not among those, surges included."""
        return len([task for task in self.tasks if task.is_wanted and not task.is_pending_for_room])

    @property
    def stranded_replicas(self) -> int:
        """How many of those Swarm has given up, or will when it next looks at them: the service changed after them."""
        waiting = (task for task in self.tasks if task.is_pending_for_room)
        return len([task for task in waiting if 0 < task.version_index < self.version_index])


@dataclass(frozen=True, slots=True, kw_only=True)
class ManagerStatus:
    """A manager's part in the quorum, as the leader sees it."""

    is_leader: bool
    is_reachable: bool
    address: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """One machine of the Swarm.

    Attributes:
        is_down: whether Swarm has given it up; one that is neither ready nor down may come back by itself.
        address: as the managers see it, which is what ``node.ip`` constrains.
        engine_labels: those its engine was started with.
        plugins: drivers of its engine; ``None`` where it told of none at all, which the scheduler takes for any.
        generic: what it has besides processor and memory.
        version_index: Swarm's own version; an update must carry the index it was computed from.
        manager: its part in the quorum; ``None`` for a worker.
        joined_at: when it became part of the Swarm; ``None`` where that is not known.
    """

    id: str
    hostname: str
    is_manager: bool
    is_ready: bool
    availability: Availability
    address: str
    capacity: Resources
    labels: tuple[tuple[str, str], ...] = ()
    is_down: bool = False
    platform: Platform = UNKNOWN_PLATFORM
    engine_version: str = ""
    engine_labels: tuple[tuple[str, str], ...] = ()
    plugins: tuple[Plugin, ...] | None = None
    generic: tuple[GenericResource, ...] = ()
    version_index: int = 0
    manager: ManagerStatus | None = None
    joined_at: datetime | None = None

    @property
    def place_in_lists(self) -> tuple[object, ...]:
        """By what nodes are sorted for people: by host name, and ``node-2`` stands before ``node-10``."""
        parts = enumerate(_DIGITS.split(self.hostname))
        return tuple(_by_number(part) if is_number % 2 else part for is_number, part in parts)

    @property
    def takes_tasks(self) -> bool:
        """Whether the scheduler may give it new swarm tasks."""
        return self.is_ready and self.availability is Availability.ACTIVE


_DIGITS = re.compile("([0-9]+)")


def _by_number(digits: str) -> tuple[int, str]:
    """In the order of numbers, however long."""
    counting = digits.lstrip("0")
    return len(counting), counting


@dataclass(frozen=True, slots=True, kw_only=True)
class Cluster:
    """The whole Swarm as read in one pass."""

    services: tuple[Service, ...]
    nodes: tuple[Node, ...]
