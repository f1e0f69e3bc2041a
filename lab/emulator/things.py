"""The three kinds of things of a Swarm, as its managers keep them."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

import msgspec

from lab.emulator.needs import Document, Needs, platform, read_needs

__all__ = [
    "LIVE",
    "Accessory",
    "Condition",
    "Mode",
    "Node",
    "Service",
    "State",
    "SwarmTask",
    "Template",
    "mode_of",
    "rank",
]


class State(StrEnum):
    """How far a swarm task has come, or is wanted to come; in Swarm's order."""

    NEW = "new"
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


_RANKS: Mapping[State, int] = {state: number for number, state in enumerate(State)}

#: The states that a swarm task is wanted in while it is meant to live.
LIVE = frozenset({State.READY, State.RUNNING, State.COMPLETE})


def rank(state: State) -> int:
    """The place of a state in the life of a swarm task."""
    return _RANKS[state]


class Mode(StrEnum):
    """How a service is spread, in the words of Docker's specs."""

    REPLICATED = "Replicated"
    GLOBAL = "Global"
    REPLICATED_JOB = "ReplicatedJob"
    GLOBAL_JOB = "GlobalJob"


class Condition(StrEnum):
    """When an ended swarm task is replaced."""

    ANY = "any"
    ON_FAILURE = "on-failure"
    NONE = "none"


def mode_of(spec: Document) -> Mode:
    """The mode that a spec names; replicated where it names none."""
    return next((mode for mode in Mode if (spec.get("Mode") or {}).get(mode) is not None), Mode.REPLICATED)


class Template:
    """What the swarm tasks of a service are made of; one object for all that are made of the same.

    Attributes:
        document: the `TaskTemplate` of the spec.
        body: the same as text.
        needs: what it asks of a node, with the ports of its service.
    """

    __slots__ = ("body", "document", "needs", "ports")

    def __init__(self, spec: Document) -> None:
        """Read it.

        Raises:
            WrongConstraint: as for :func:`lab.emulator.needs.read_needs`.
        """
        self.document: Document = spec.get("TaskTemplate") or {}
        self.ports = (spec.get("EndpointSpec") or {}).get("Ports") or []
        self.body = msgspec.Raw(msgspec.json.encode(self.document))
        self.needs: Needs = read_needs(spec)

    def is_that_of(self, spec: Document) -> bool:
        """Whether swarm tasks of this template may go on running under a spec."""
        ports = (spec.get("EndpointSpec") or {}).get("Ports") or []
        return self.document == (spec.get("TaskTemplate") or {}) and self.ports == ports

    @property
    def image(self) -> str:
        """The image by its name."""
        return str((self.document.get("ContainerSpec") or {}).get("Image") or "")

    @property
    def restart(self) -> Condition:
        """When an ended swarm task is replaced."""
        policy: Document = self.document.get("RestartPolicy") or {}
        return Condition(policy.get("Condition") or Condition.ANY)

    @property
    def restart_delay_ns(self) -> int:
        """How long a replacement waits; five seconds where nothing is said."""
        delay = (self.document.get("RestartPolicy") or {}).get("Delay")
        return 5_000_000_000 if delay is None else int(delay)


@dataclass(slots=True, kw_only=True, eq=False)
class SwarmTask:
    """One of the swarm tasks of a service.

    Attributes:
        slot: 0 for one of a global service.
        step: the number of the step that it is about to take; any other is of the past.
        after: the swarm task that has to stop before this one starts.
        not_before: when it may start.
        body: its document as text, until it changes.
        rests: whether it ended and is not replaced.
        iteration: of the job that it belongs to.
        written: how often the spec of its service had been written when it was made.
    """

    id: str
    service_id: str
    template: Template
    slot: int
    created_at: datetime
    updated_at: datetime
    status_at: datetime
    version: int
    desired: State = State.RUNNING
    state: State = State.NEW
    message: str = "created"
    err: str = ""
    node_id: str = ""
    is_seated: bool = False
    step: int = 0
    after: "SwarmTask | None" = None
    not_before: datetime | None = None
    rests: bool = False
    iteration: int = 0
    written: int = 0
    body: bytes | None = None

    @property
    def is_live(self) -> bool:
        """Whether it is meant to live."""
        return self.desired in LIVE

    @property
    def place(self) -> int | str:
        """What it fills in its service: a slot, or a node."""
        return self.slot or self.node_id


@dataclass(slots=True, kw_only=True, eq=False)
class Service:
    """A service.

    Attributes:
        template: of the present spec.
        tasks: by id, in the order in which they were made; also those that ended and are kept to be looked at.
        update_status: as the engine writes it.
        iteration: of a job, counted from 0.
        written: how often its spec has been written over.
    """

    id: str
    spec: Document
    template: Template
    mode: Mode
    created_at: datetime
    updated_at: datetime
    version: int
    previous_spec: Document | None = None
    update_status: Document | None = None
    tasks: dict[str, SwarmTask] = field(default_factory=dict)
    iteration: int = 0
    written: int = 0
    body: bytes | None = None

    @property
    def name(self) -> str:
        """By which people know it."""
        return str(self.spec["Name"])

    @property
    def replicas(self) -> int:
        """How many replicas it should have; a spec without a count means one."""
        count = (self.spec["Mode"].get(Mode.REPLICATED) or {}).get("Replicas")
        return 1 if count is None else int(count)

    def live(self) -> list[SwarmTask]:
        """The swarm tasks that are meant to live."""
        return [task for task in self.tasks.values() if task.desired in LIVE]


@dataclass(slots=True, kw_only=True, eq=False)
class Accessory:
    """A network, a secret or a config, which services refer to; nothing is behind it.

    Attributes:
        kind: ``network``, ``secret`` or ``config``.
    """

    id: str
    kind: str
    spec: Document
    created_at: datetime
    updated_at: datetime
    version: int

    @property
    def name(self) -> str:
        """By which people know it."""
        return str(self.spec.get("Name") or "")


@dataclass(slots=True, kw_only=True, eq=False)
class Node:
    """A node, with what is taken of it.

    Attributes:
        tasks: those that have not ended here, by id.
        active: how many of a service are meant to live here.
        failures: when swarm tasks of a service failed here.
        nano_cpus: all of its processors.
        memory_bytes: all of its memory.
        platform: operating system and architecture.
    """

    id: str
    hostname: str
    address: str
    spec: Document
    description: Document
    created_at: datetime
    updated_at: datetime
    version: int
    is_down: bool = False
    is_leader: bool = False
    tasks: dict[str, SwarmTask] = field(default_factory=dict)
    active: Counter[str] = field(default_factory=Counter)
    active_total: int = 0
    used_nano_cpus: int = 0
    used_memory_bytes: int = 0
    used_generic: Counter[str] = field(default_factory=Counter)
    used_ports: Counter[tuple[str, int]] = field(default_factory=Counter)
    failures: dict[str, list[datetime]] = field(default_factory=dict)
    body: bytes | None = None
    nano_cpus: int = field(init=False)
    memory_bytes: int = field(init=False)
    platform: tuple[str, str] = field(init=False)

    def __post_init__(self) -> None:
        """Read once what never changes and is asked for at each placement."""
        resources = self.description["Resources"]
        self.nano_cpus = int(resources.get("NanoCPUs") or 0)
        self.memory_bytes = int(resources.get("MemoryBytes") or 0)
        self.platform = platform(self.description.get("Platform") or {})

    @property
    def is_manager(self) -> bool:
        """Whether it takes part in the quorum."""
        return self.spec.get("Role") == "manager"

    @property
    def availability(self) -> str:
        """``active``, ``pause`` or ``drain``."""
        return str(self.spec.get("Availability") or "active")

    @property
    def takes_new(self) -> bool:
        """Whether new swarm tasks may come here."""
        return not self.is_down and (self.spec.get("Availability") or "active") == "active"

    def seat(self, task: SwarmTask) -> None:
        """Let a swarm task have what it needs here."""
        self._take(task, 1)
        self.tasks[task.id] = task
        task.is_seated = True
        if task.is_live:
            self.count(task, 1)

    def clear(self, task: SwarmTask) -> None:
        """Take back what a swarm task had here; does nothing where it had nothing."""
        if task.is_seated and self.tasks.pop(task.id, None) is not None:
            self._take(task, -1)
            task.is_seated = False
            if task.is_live:
                self.count(task, -1)

    def count(self, task: SwarmTask, difference: int) -> None:
        """One more or one fewer is meant to live here."""
        self.active[task.service_id] += difference
        self.active_total += difference

    def _take(self, task: SwarmTask, sign: int) -> None:
        needs = task.template.needs
        self.used_nano_cpus += sign * needs.nano_cpus
        self.used_memory_bytes += sign * needs.memory_bytes
        for kind, amount in needs.generic:
            self.used_generic[kind] += sign * amount
        for port in needs.host_ports:
            self.used_ports[port] += sign
