"""From the engine's JSON to the values of the core.

Only what is used is decoded, straight into typed structures: a Swarm of a thousand services takes some ten
milliseconds. The engine leaves out what is zero or empty, and may learn new words; neither stops a tick. One thing that
cannot be read at all is left out and named in the log: what skep does not see, it does not touch.
"""

import hashlib
import logging
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import TypeVar

import msgspec
from msgspec import field

from skep.core.cluster import (
    Availability,
    Cluster,
    Node,
    Resources,
    Service,
    ServiceMode,
    SwarmTask,
    TaskState,
    UpdateState,
)

__all__ = ["decode_cluster", "decode_join_token", "decode_node", "decode_nodes", "decode_occupants", "decode_service"]

_LOG = logging.getLogger(__name__)

_STACK_LABEL = "com.docker.stack.namespace"
_BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
_NANO_CPUS_PER_CORE = 1e9
# The engine makes one replica of a service whose spec has no count.
_REPLICAS_BY_DEFAULT = 1


# --- what the engine sends: docs.docker.com/reference/api/engine, any of it may be missing or null -----------------


class _Amounts(msgspec.Struct):
    nano_cpus: int | None = field(name="NanoCPUs", default=None)
    memory_bytes: int | None = field(name="MemoryBytes", default=None)


class _Requirements(msgspec.Struct, rename="pascal"):
    limits: _Amounts | None = None
    reservations: _Amounts | None = None


class _ContainerSpec(msgspec.Struct, rename="pascal"):
    labels: dict[str, str] | None = None


class _TaskTemplate(msgspec.Struct, rename="pascal"):
    container_spec: _ContainerSpec | None = None
    resources: _Requirements | None = None


class _Replicated(msgspec.Struct, rename="pascal"):
    replicas: int | None = None


class _Present(msgspec.Struct):
    """Something whose presence is all that matters."""


class _Mode(msgspec.Struct, rename="pascal"):
    replicated: _Replicated | None = None
    replicated_job: _Present | None = None
    global_job: _Present | None = None


class _UpdateConfig(msgspec.Struct, rename="pascal"):
    failure_action: str | None = None


class _ServiceSpec(msgspec.Struct, rename="pascal"):
    name: str
    labels: dict[str, str] | None = None
    task_template: _TaskTemplate | None = None
    mode: _Mode | None = None
    update_config: _UpdateConfig | None = None


class _Version(msgspec.Struct, rename="pascal"):
    index: int


class _UpdateStatus(msgspec.Struct, rename="pascal"):
    state: str | None = None


class _Service(msgspec.Struct, rename="pascal"):
    spec: _ServiceSpec
    version: _Version
    id: str = field(name="ID")
    updated_at: str | None = None
    update_status: _UpdateStatus | None = None


class _RawService(msgspec.Struct, rename="pascal"):
    """A service whose spec is left as the engine wrote it."""

    id: str = field(name="ID")
    spec: msgspec.Raw = msgspec.Raw(b"")


class _TaskStatus(msgspec.Struct, rename="pascal"):
    timestamp: str | None = None
    state: str | None = None
    err: str | None = None


class _Task(msgspec.Struct, rename="pascal"):
    id: str = field(name="ID")
    service_id: str | None = field(name="ServiceID", default=None)
    node_id: str | None = field(name="NodeID", default=None)
    slot: int | None = None
    status: _TaskStatus | None = None
    desired_state: str | None = None


class _NodeSpec(msgspec.Struct, rename="pascal"):
    labels: dict[str, str] | None = None
    role: str | None = None
    availability: str | None = None


class _NodeDescription(msgspec.Struct, rename="pascal"):
    hostname: str | None = None
    resources: _Amounts | None = None


class _NodeStatus(msgspec.Struct, rename="pascal"):
    state: str | None = None
    addr: str | None = None


class _Node(msgspec.Struct, rename="pascal"):
    id: str = field(name="ID")
    spec: _NodeSpec | None = None
    description: _NodeDescription | None = None
    status: _NodeStatus | None = None


class _JoinTokens(msgspec.Struct, rename="pascal"):
    worker: str


class _Swarm(msgspec.Struct, rename="pascal"):
    join_tokens: _JoinTokens


# --- from there to the core ----------------------------------------------------------------------------------------


def decode_cluster(services: bytes, tasks: bytes, nodes: bytes) -> Cluster:
    """The whole Swarm from the answers to the three list calls.

    Raises:
        msgspec.DecodeError: if one of them is no list of JSON objects.
    """
    tasks_by_service: defaultdict[str, list[SwarmTask]] = defaultdict(list)
    for task in _each(tasks, _Task, _live_task):
        if task is not None:
            tasks_by_service[task.service_id].append(task)
    fingerprints = dict(_each(services, _RawService, _fingerprint))

    def with_tasks(wire: _Service) -> Service:
        return _service(wire, tasks_by_service.get(wire.id, ()), fingerprints.get(wire.id, ""))

    return Cluster(
        services=tuple(_each(services, _Service, with_tasks)),
        nodes=decode_nodes(nodes),
    )


def decode_service(body: bytes) -> Service:
    """One inspected service, without its swarm tasks.

    Raises:
        msgspec.DecodeError: if it cannot be read.
    """
    _, fingerprint = _fingerprint(msgspec.json.decode(body, type=_RawService))
    return _service(msgspec.json.decode(body, type=_Service), (), fingerprint)


def decode_nodes(body: bytes) -> tuple[Node, ...]:
    """All listed nodes.

    Raises:
        msgspec.DecodeError: if it is no list of JSON objects.
    """
    return tuple(_each(body, _Node, _node))


def decode_node(body: bytes) -> Node:
    """One inspected node.

    Raises:
        msgspec.DecodeError: if it cannot be read.
    """
    return _node(msgspec.json.decode(body, type=_Node))


def decode_occupants(body: bytes) -> int:
    """How many of the listed swarm tasks may still have a container.

    Raises:
        msgspec.DecodeError: if it is no list of JSON objects.
    """
    return sum(_each(body, _Task, _may_have_container))


def decode_join_token(body: bytes) -> str:
    """The token by which workers join, out of the inspected Swarm.

    Raises:
        msgspec.DecodeError: if there is none.
    """
    return msgspec.json.decode(body, type=_Swarm).join_tokens.worker


_Wire = TypeVar("_Wire")
_Value = TypeVar("_Value")


def _each(body: bytes, kind: type[_Wire], read: Callable[[_Wire], _Value]) -> Iterator[_Value]:
    """Every object of a list; one by one only where the list as a whole cannot be decoded."""
    try:
        wires: Iterable[_Wire] = msgspec.json.decode(body, type=list[kind])  # type: ignore[valid-type]
    except msgspec.ValidationError:
        wires = _readable(body, kind)
    return map(read, wires)


def _readable(body: bytes, kind: type[_Wire]) -> Iterator[_Wire]:
    for raw in msgspec.json.decode(body, type=list[msgspec.Raw] | None) or ():
        try:
            yield msgspec.json.decode(raw, type=kind)
        except msgspec.ValidationError as error:
            _LOG.warning("%s left out, because the engine's answer cannot be read: %s", _id(raw), error)


def _id(raw: msgspec.Raw) -> str:
    """The id alone: a spec may hold what no log should."""
    thing = msgspec.json.decode(raw)
    return repr(thing.get("ID")) if isinstance(thing, dict) else "something without an id"


def _fingerprint(wire: _RawService) -> tuple[str, str]:
    """The id of a service, and a hash of its spec without the count.

    The engine writes the fields of a spec in a fixed order. A quotation mark inside a text is escaped, so what is cut
    out can be nothing but the count.
    """
    without_count = _COUNT.sub(b"", bytes(wire.spec))
    return wire.id, hashlib.blake2b(without_count, digest_size=16).hexdigest()


_COUNT = re.compile(rb'(?<="Replicated":\{)\s*"Replicas":\s*\d+')


def _service(wire: _Service, tasks: Iterable[SwarmTask], fingerprint: str) -> Service:
    spec = wire.spec
    labels = spec.labels or {}
    mode, replicas = _mode(spec.mode)
    container = (spec.task_template and spec.task_template.container_spec) or _ContainerSpec()
    requirements = (spec.task_template and spec.task_template.resources) or _Requirements()
    return Service(
        id=wire.id,
        name=spec.name,
        mode=mode,
        replicas=replicas,
        version_index=wire.version.index,
        labels=tuple(labels.items()),
        container_labels=tuple((container.labels or {}).items()),
        limits=_resources(requirements.limits),
        reservations=_resources(requirements.reservations),
        stack=labels.get(_STACK_LABEL),
        update_state=_update_state(wire.update_status),
        rolls_back_on_failure=spec.update_config is not None and spec.update_config.failure_action == "rollback",
        updated_at=_instant(wire.updated_at),
        fingerprint=fingerprint,
        tasks=tuple(tasks),
    )


def _mode(mode: _Mode | None) -> tuple[ServiceMode, int | None]:
    """How the service is spread, and its count; a mode not known yet has none that could be changed."""
    if mode is None:
        return ServiceMode.GLOBAL, None
    if mode.replicated is not None:
        count = mode.replicated.replicas
        return ServiceMode.REPLICATED, _REPLICAS_BY_DEFAULT if count is None else count
    if mode.replicated_job is not None:
        return ServiceMode.REPLICATED_JOB, None
    return (ServiceMode.GLOBAL if mode.global_job is None else ServiceMode.GLOBAL_JOB), None


def _resources(amounts: _Amounts | None) -> Resources:
    """Zero is how the engine writes that nothing was declared."""
    if amounts is None:
        return _NOTHING_DECLARED
    return Resources(
        cpu_cores=amounts.nano_cpus / _NANO_CPUS_PER_CORE if amounts.nano_cpus else None,
        memory_bytes=amounts.memory_bytes or None,
    )


_NOTHING_DECLARED = Resources()


def _update_state(status: _UpdateStatus | None) -> UpdateState:
    """Where the rollout stands; a word not known yet is taken for a rollout that must not be touched."""
    if status is None or not status.state:
        return UpdateState.NONE
    return _UPDATE_STATES.get(status.state, UpdateState.PAUSED)


_UPDATE_STATES: Mapping[str, UpdateState] = {state.value: state for state in UpdateState}


def _live_task(wire: _Task) -> SwarmTask | None:
    """A swarm task; ``None`` for a job's that is done, and for one that belongs to no service."""
    status = wire.status or _TaskStatus()
    state = _TASK_STATES.get(status.state or "", TaskState.NEW)
    desired = wire.desired_state or ""
    if not wire.service_id or (desired == TaskState.COMPLETE and state in _ENDED):
        return None
    return SwarmTask(
        id=wire.id,
        service_id=wire.service_id,
        slot=wire.slot or None,
        node_id=wire.node_id or None,
        state=state,
        state_since=_instant(status.timestamp),
        is_wanted=desired not in _UNWANTED,
        error=status.err or "",
    )


# A state not known yet is taken for one on the way to running: it is counted, but not as serving.
_TASK_STATES: Mapping[str, TaskState] = {state.value: state for state in TaskState}
_ENDED = frozenset(
    {TaskState.COMPLETE, TaskState.SHUTDOWN, TaskState.FAILED, TaskState.REJECTED, TaskState.REMOVE, TaskState.ORPHANED}
)
_UNWANTED = frozenset({TaskState.SHUTDOWN, TaskState.FAILED, TaskState.REJECTED, TaskState.REMOVE, TaskState.ORPHANED})


def _may_have_container(wire: _Task) -> bool:
    """One that was never begun on its node, or has ended there, has none."""
    state = _TASK_STATES.get((wire.status or _TaskStatus()).state or "", TaskState.NEW)
    is_unwanted = (wire.desired_state or "") in _UNWANTED
    return state not in _ENDED and not (is_unwanted and state in _NOT_BEGUN)


_NOT_BEGUN = frozenset({TaskState.NEW, TaskState.ALLOCATED, TaskState.PENDING, TaskState.ASSIGNED})


def _node(wire: _Node) -> Node:
    spec = wire.spec or _NodeSpec()
    description = wire.description or _NodeDescription()
    status = wire.status or _NodeStatus()
    return Node(
        id=wire.id,
        hostname=description.hostname or "",
        is_manager=spec.role == "manager",
        is_ready=status.state == "ready",
        # A word not known yet: nothing is placed there that need not be.
        availability=_AVAILABILITIES.get(spec.availability or "", Availability.PAUSE),
        address=status.addr or "",
        capacity=_resources(description.resources),
        labels=tuple((spec.labels or {}).items()),
    )


_AVAILABILITIES: Mapping[str, Availability] = {availability.value: availability for availability in Availability}


def _instant(text: str | None) -> datetime:
    """An instant with nanoseconds, of which the last three digits are dropped; unknown ones lie long ago."""
    try:
        instant = datetime.fromisoformat(text or "")
    except ValueError:
        return _BEGINNING
    if instant.tzinfo is None or instant.year < _BEGINNING.year:  # the engine's zero is 0001-01-01T00:00:00Z
        return _BEGINNING
    return instant
