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
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import TypeVar

import msgspec

from skep.adapters.foreign_json import foreign_json
from skep.adapters.swarm import wire
from skep.adapters.swarm.requirements import generic, network_plugins, platform, plugins, requirements
from skep.core.cluster import (
    STOP_GRACE_BY_DEFAULT,
    Availability,
    Cluster,
    ManagerStatus,
    Node,
    Resources,
    RestartCondition,
    Service,
    ServiceMode,
    SwarmTask,
    TaskState,
    UpdateState,
)
from skep.core.requirements import Plugin

__all__ = ["decode_cluster", "decode_join_token", "decode_node", "decode_nodes", "decode_occupants", "decode_service"]

_LOG = logging.getLogger(__name__)

_STACK_LABEL = "com.docker.stack.namespace"
_BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
_NANO_CPUS_PER_CORE = 1e9
_NANOSECONDS_PER_MICROSECOND = 1_000
_LONGEST_MICROSECONDS = int(timedelta(days=36_500) / timedelta(microseconds=1))
_LAST_YEAR = 9000
# The engine makes one replica of a service whose spec has no count.
_REPLICAS_BY_DEFAULT = 1


@foreign_json()
def decode_cluster(services: bytes, tasks: bytes, nodes: bytes) -> Cluster:
    """The whole Swarm from the answers to the three list calls.

    Raises:
        msgspec.DecodeError: if one of them is no list of JSON objects.
    """
    live = _LiveTasks()
    for _ in _each(tasks, wire.Task, live.add):
        pass
    fingerprints = dict(_each(services, wire.RawService, _fingerprint))

    def with_tasks(sent: wire.Service) -> Service:
        return _service(
            sent, live.of.get(sent.id, ()), fingerprints.get(sent.id, ""), networks=live.networks.get(sent.id, ())
        )

    return Cluster(
        services=tuple(_each(services, wire.Service, with_tasks)),
        nodes=decode_nodes(nodes),
    )


@foreign_json()
def decode_service(body: bytes) -> Service:
    """One inspected service, without its swarm tasks.

    Raises:
        msgspec.DecodeError: if it cannot be read.
    """
    _, fingerprint = _fingerprint(msgspec.json.decode(body, type=wire.RawService))
    return _service(msgspec.json.decode(body, type=wire.Service), (), fingerprint)


@foreign_json()
def decode_nodes(body: bytes) -> tuple[Node, ...]:
    """All listed nodes.

    Raises:
        msgspec.DecodeError: if it is no list of JSON objects.
    """
    return tuple(_each(body, wire.Node, _Nodes().read))


@foreign_json()
def decode_node(body: bytes) -> Node:
    """One inspected node.

    Raises:
        msgspec.DecodeError: if it cannot be read.
    """
    return _Nodes().read(msgspec.json.decode(body, type=wire.Node))


@foreign_json()
def decode_occupants(body: bytes) -> int:
    """How many of the listed swarm tasks may still have a container.

    Raises:
        msgspec.DecodeError: if it is no list of JSON objects.
    """
    return sum(_each(body, wire.Task, _may_have_container))


@foreign_json()
def decode_join_token(body: bytes) -> str:
    """The token by which workers join, out of the inspected Swarm.

    Raises:
        msgspec.DecodeError: if there is none.
    """
    return msgspec.json.decode(body, type=wire.Swarm).join_tokens.worker


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


def _fingerprint(sent: wire.RawService) -> tuple[str, str]:
    """The id of a service, and a hash of its spec without the count.

    The engine writes the fields of a spec in a fixed order. A quotation mark inside a text is escaped, so what is cut
    out can be nothing but the count.
    """
    spec = bytes(sent.spec)
    start = spec.find(_REPLICATED)
    # The mode stands at the end: looking for a pattern in all of a spec takes longer than all else here.
    without_count = spec if start < 0 else spec[:start] + _COUNT.sub(b"", spec[start:])
    return sent.id, hashlib.blake2b(without_count, digest_size=16).hexdigest()


_REPLICATED = b'"Replicated":{'
_COUNT = re.compile(rb'(?<="Replicated":\{)\s*"Replicas":\s*\d+')


def _service(
    sent: wire.Service, tasks: Iterable[SwarmTask], fingerprint: str, *, networks: Iterable[Plugin] = ()
) -> Service:
    spec = sent.spec
    labels = spec.labels or {}
    mode, replicas = _mode(spec.mode)
    template = spec.task_template or wire.TaskTemplate()
    container = template.container_spec or wire.ContainerSpec()
    amounts = template.resources or wire.Requirements()
    return Service(
        id=sent.id,
        name=spec.name,
        mode=mode,
        replicas=replicas,
        version_index=sent.version.index,
        labels=tuple(labels.items()),
        container_labels=tuple((container.labels or {}).items()),
        limits=_resources(amounts.limits),
        reservations=_resources(amounts.reservations),
        requirements=requirements(spec, networks),
        stop_grace=_stop_grace(container.stop_grace_period),
        restart=_restart(template.restart_policy),
        stack=labels.get(_STACK_LABEL),
        update_state=_update_state(sent.update_status),
        rolls_back_on_failure=spec.update_config is not None and spec.update_config.failure_action == "rollback",
        updated_at=_instant(sent.updated_at),
        fingerprint=fingerprint,
        tasks=tuple(tasks),
    )


def _mode(mode: wire.Mode | None) -> tuple[ServiceMode, int | None]:
    """How the service is spread, and its count; a mode not known yet has none that could be changed."""
    if mode is None:
        return ServiceMode.GLOBAL, None
    if mode.replicated is not None:
        count = mode.replicated.replicas
        return ServiceMode.REPLICATED, _REPLICAS_BY_DEFAULT if count is None else count
    if mode.replicated_job is not None:
        return ServiceMode.REPLICATED_JOB, None
    return (ServiceMode.GLOBAL if mode.global_job is None else ServiceMode.GLOBAL_JOB), None


def _resources(amounts: wire.Amounts | None) -> Resources:
    """Zero is how the engine writes that nothing was declared."""
    if amounts is None:
        return _NOTHING_DECLARED
    return Resources(
        cpu_cores=amounts.nano_cpus / _NANO_CPUS_PER_CORE if amounts.nano_cpus else None,
        memory_bytes=amounts.memory_bytes or None,
    )


_NOTHING_DECLARED = Resources()


@lru_cache(maxsize=1024)
def _stop_grace(nanoseconds: int | None) -> timedelta:
    if nanoseconds is None or nanoseconds < 0:
        return STOP_GRACE_BY_DEFAULT
    return timedelta(microseconds=min(nanoseconds // _NANOSECONDS_PER_MICROSECOND, _LONGEST_MICROSECONDS))


def _restart(policy: wire.RestartPolicy | None) -> RestartCondition:
    """When a swarm task is replaced; always, where nothing is said or the word is not known yet."""
    condition = (policy and policy.condition) or ""
    return _RESTARTS.get(condition, RestartCondition.ANY)


_RESTARTS: Mapping[str, RestartCondition] = {condition.value: condition for condition in RestartCondition}


def _update_state(status: wire.UpdateStatus | None) -> UpdateState:
    """Where the rollout stands; a word not known yet is taken for a rollout that must not be touched."""
    if status is None or not status.state:
        return UpdateState.NONE
    return _UPDATE_STATES.get(status.state, UpdateState.PAUSED)


_UPDATE_STATES: Mapping[str, UpdateState] = {state.value: state for state in UpdateState}


class _LiveTasks:
    """Swarm tasks by service, and the networks of each service, which are the same for all of its swarm tasks."""

    def __init__(self) -> None:
        self.of: defaultdict[str, list[SwarmTask]] = defaultdict(list)
        self.networks: dict[str, tuple[Plugin, ...]] = {}
        self._reservations: dict[bytes, Resources] = {}

    def add(self, sent: wire.Task) -> None:
        """Keep a swarm task, unless it is a job's that is done, or belongs to no service."""
        status = sent.status or wire.TaskStatus()
        state = _TASK_STATES.get(status.state or "", TaskState.NEW)
        desired = sent.desired_state or ""
        if not sent.service_id or (desired == TaskState.COMPLETE and state in _ENDED):
            return
        if sent.service_id not in self.networks:
            self.networks[sent.service_id] = network_plugins(sent.networks_attachments)
        task = SwarmTask(
            id=sent.id,
            service_id=sent.service_id,
            slot=sent.slot or None,
            node_id=sent.node_id or None,
            state=state,
            state_since=_instant(status.timestamp),
            is_wanted=desired not in _UNWANTED,
            error=status.err or "",
            wanted_state=_TASK_STATES.get(desired, TaskState.RUNNING),
            message=status.message or "",
            reservations=None if sent.spec is None else self._reserved(sent.spec.resources),
            generic=generic(sent.assigned_generic_resources) if sent.assigned_generic_resources else (),
            ordered_at=_known_instant(sent.created_at),
            version_index=0 if sent.version is None else sent.version.index,
        )
        self.of[sent.service_id].append(task)

    def _reserved(self, raw: msgspec.Raw) -> Resources:
        """What a text reserves; thousands of swarm tasks share a few texts."""
        text = bytes(raw)
        known = self._reservations.get(text)
        if known is None:
            sent = wire.read(raw, _REQUIREMENTS)
            known = self._reservations[text] = _resources(sent.reservations if sent is not None else None)
        return known


# Made once: making a decoder takes longer than what it mostly has to read.
_REQUIREMENTS = msgspec.json.Decoder(wire.Requirements | None)
# A state not known yet is taken for one on the way to running: it is counted, but not as serving.
_TASK_STATES: Mapping[str, TaskState] = {state.value: state for state in TaskState}
_ENDED = frozenset(
    {TaskState.COMPLETE, TaskState.SHUTDOWN, TaskState.FAILED, TaskState.REJECTED, TaskState.REMOVE, TaskState.ORPHANED}
)
_UNWANTED = frozenset({TaskState.SHUTDOWN, TaskState.FAILED, TaskState.REJECTED, TaskState.REMOVE, TaskState.ORPHANED})


def _may_have_container(sent: wire.Task) -> bool:
    """One that was never begun on its node, or has ended there, has none."""
    state = _TASK_STATES.get((sent.status or wire.TaskStatus()).state or "", TaskState.NEW)
    is_unwanted = (sent.desired_state or "") in _UNWANTED
    return state not in _ENDED and not (is_unwanted and state in _NOT_BEGUN)


_NOT_BEGUN = frozenset({TaskState.NEW, TaskState.ALLOCATED, TaskState.PENDING, TaskState.ASSIGNED})


class _Nodes:
    """Nodes; those with the same engine share what it says of its plugins."""

    def __init__(self) -> None:
        self._plugins: dict[bytes, tuple[Plugin, ...]] = {}

    def read(self, sent: wire.Node) -> Node:
        """One node."""
        spec = sent.spec or wire.NodeSpec()
        description = sent.description or wire.NodeDescription()
        engine = description.engine or wire.EngineDescription()
        status = sent.status or wire.NodeStatus()
        return Node(
            id=sent.id,
            hostname=description.hostname or "",
            is_manager=spec.role == "manager",
            is_ready=status.state == "ready",
            # A word not known yet: nothing is placed there that need not be.
            availability=_AVAILABILITIES.get(spec.availability or "", Availability.PAUSE),
            address=status.addr or "",
            capacity=_resources(description.resources),
            labels=tuple((spec.labels or {}).items()),
            is_down=status.state == "down",
            platform=platform(description.platform),
            engine_version=engine.engine_version or "",
            engine_labels=tuple((engine.labels or {}).items()),
            plugins=None if description.engine is None else self._plugins_in(engine.plugins),
            generic=generic(description.resources.generic_resources) if description.resources is not None else (),
            version_index=0 if sent.version is None else sent.version.index,
            manager=_manager(sent.manager_status),
            joined_at=_known_instant(sent.created_at),
        )

    def _plugins_in(self, raw: msgspec.Raw) -> tuple[Plugin, ...]:
        text = bytes(raw)
        known = self._plugins.get(text)
        if known is None:
            known = self._plugins[text] = plugins(raw)
        return known


def _manager(status: wire.ManagerStatus | None) -> ManagerStatus | None:
    if status is None:
        return None
    return ManagerStatus(
        is_leader=bool(status.leader), is_reachable=status.reachability == "reachable", address=status.addr or ""
    )


_AVAILABILITIES: Mapping[str, Availability] = {availability.value: availability for availability in Availability}


def _known_instant(text: str | None) -> datetime | None:
    instant = _instant(text)
    return None if instant == _BEGINNING else instant


def _instant(text: str | None) -> datetime:
    """An instant with nanoseconds, of which the last three digits are dropped; unknown ones lie long ago."""
    try:
        instant = datetime.fromisoformat(text or "")
    except ValueError:
        return _BEGINNING
    # The engine's zero is 0001-01-01T00:00:00Z; near the last year nothing can be added any more.
    is_told = instant.tzinfo is not None and _BEGINNING.year <= instant.year <= _LAST_YEAR
    return instant if is_told else _BEGINNING
