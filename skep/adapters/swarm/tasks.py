"""A swarm task, from the engine's JSON."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import msgspec

from skep.adapters.swarm import wire
from skep.adapters.swarm.quantities import instant, known_instant, resources
from skep.adapters.swarm.requirements import generic, network_plugins
from skep.core.cluster import Resources, SwarmTask, TaskState
from skep.core.requirements import Plugin

__all__ = ["SeenTask", "may_have_container", "read_task"]

# Made once: making a decoder takes longer than what it mostly has to read.
_DECODER = msgspec.json.Decoder(wire.Task)
_REQUIREMENTS = msgspec.json.Decoder(wire.Requirements | None)


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenTask:
    """A swarm task and the networks that it is on, which are the same for all of its service."""

    task: SwarmTask
    networks: tuple[Plugin, ...]


def read_task(text: bytes | msgspec.Raw) -> SeenTask | None:
    """A swarm task, unless it is a job's that is done, or belongs to no service."""
    sent = _DECODER.decode(text)
    status = sent.status or wire.TaskStatus()
    state = _TASK_STATES.get(status.state or "", TaskState.NEW)
    desired = sent.desired_state or ""
    if not sent.service_id or (desired == TaskState.COMPLETE and state in _ENDED):
        return None
    task = SwarmTask(
        id=sent.id,
        service_id=sent.service_id,
        slot=sent.slot or None,
        node_id=sent.node_id or None,
        state=state,
        state_since=instant(status.timestamp),
        is_wanted=desired not in _UNWANTED,
        error=status.err or "",
        wanted_state=_TASK_STATES.get(desired, TaskState.RUNNING),
        message=status.message or "",
        reservations=None if sent.spec is None else _reserved(bytes(sent.spec.resources)),
        generic=generic(sent.assigned_generic_resources) if sent.assigned_generic_resources else (),
        ordered_at=known_instant(sent.created_at),
        version_index=0 if sent.version is None else sent.version.index,
    )
    return SeenTask(task=task, networks=network_plugins(bytes(sent.networks_attachments)))


@lru_cache(maxsize=1024)
def _reserved(text: bytes) -> Resources:
    """What a text reserves; thousands of swarm tasks share a few texts."""
    sent = wire.read(text, _REQUIREMENTS)
    return resources(sent.reservations if sent is not None else None)


# A state not known yet is taken for one on the way to running: it is counted, but not as serving.
_TASK_STATES: Mapping[str, TaskState] = {state.value: state for state in TaskState}
_ENDED = frozenset(
    {TaskState.COMPLETE, TaskState.SHUTDOWN, TaskState.FAILED, TaskState.REJECTED, TaskState.REMOVE, TaskState.ORPHANED}
)
_UNWANTED = frozenset({TaskState.SHUTDOWN, TaskState.FAILED, TaskState.REJECTED, TaskState.REMOVE, TaskState.ORPHANED})


def may_have_container(text: bytes | msgspec.Raw) -> bool:
    """One that was never begun on its node, or has ended there, has none."""
    sent = _DECODER.decode(text)
    state = _TASK_STATES.get((sent.status or wire.TaskStatus()).state or "", TaskState.NEW)
    is_unwanted = (sent.desired_state or "") in _UNWANTED
    return state not in _ENDED and not (is_unwanted and state in _NOT_BEGUN)


_NOT_BEGUN = frozenset({TaskState.NEW, TaskState.ALLOCATED, TaskState.PENDING, TaskState.ASSIGNED})
