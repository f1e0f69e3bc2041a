"""A service, from the engine's JSON."""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from functools import lru_cache

import msgspec

from skep.adapters.swarm import wire
from skep.adapters.swarm.quantities import instant, resources
from skep.adapters.swarm.requirements import requirements
from skep.core.cluster import (
    STOP_GRACE_BY_DEFAULT,
    RestartCondition,
    Service,
    ServiceMode,
    SwarmTask,
    UpdateState,
)
from skep.core.requirements import Plugin

__all__ = ["read_service", "with_tasks"]

_STACK_LABEL = "com.docker.stack.namespace"
_NANOSECONDS_PER_MICROSECOND = 1_000
_LONGEST_MICROSECONDS = int(timedelta(days=36_500) / timedelta(microseconds=1))
# The engine makes one replica of a service whose spec has no count.
_REPLICAS_BY_DEFAULT = 1

# Made once: making a decoder takes longer than what it mostly has to read.
_DECODER = msgspec.json.Decoder(wire.Service)
_RAW_DECODER = msgspec.json.Decoder(wire.RawService)


def read_service(text: bytes | msgspec.Raw) -> Service:
    """A service as it stands in its own list: without swarm tasks, and without the networks that only they tell."""
    sent = _DECODER.decode(text)
    spec = sent.spec
    labels = spec.labels or {}
    mode, replicas = _mode(spec.mode)
    template = spec.task_template or wire.TaskTemplate()
    container = template.container_spec or wire.ContainerSpec()
    amounts = template.resources or wire.Requirements()
    raw = _RAW_DECODER.decode(text)
    return Service(
        id=sent.id,
        name=spec.name,
        mode=mode,
        replicas=replicas,
        version_index=sent.version.index,
        labels=tuple(labels.items()),
        container_labels=tuple((container.labels or {}).items()),
        limits=resources(amounts.limits),
        reservations=resources(amounts.reservations),
        requirements=requirements(spec),
        stop_grace=_stop_grace(container.stop_grace_period),
        restart=_restart(template.restart_policy),
        stack=labels.get(_STACK_LABEL),
        update_state=_update_state(sent.update_status),
        rolls_back_on_failure=spec.update_config is not None and spec.update_config.failure_action == "rollback",
        updated_at=instant(sent.updated_at),
        fingerprint=_fingerprint(raw.spec),
        is_confirmed=bytes(raw.spec) == bytes(raw.previous_spec),
    )


def with_tasks(service: Service, tasks: tuple[SwarmTask, ...], networks: tuple[Plugin, ...]) -> Service:
    """The whole service: with its swarm tasks, and the drivers of the networks that these tell."""
    if not tasks and not networks:
        return service
    asked = service.requirements
    return replace(
        service,
        tasks=tasks,
        requirements=replace(asked, plugins=(*asked.plugins, *networks)) if networks else asked,
    )


def _fingerprint(sent: msgspec.Raw) -> str:
    """A hash of a spec without the count.

    The engine writes the fields of a spec in a fixed order. A quotation mark inside a text is escaped, so what is cut
    out can be nothing but the count.
    """
    spec = bytes(sent)
    start = spec.find(_REPLICATED)
    # The mode stands at the end: looking for a pattern in all of a spec takes longer than all else here.
    without_count = spec if start < 0 else spec[:start] + _COUNT.sub(b"", spec[start:])
    return hashlib.blake2b(without_count, digest_size=16).hexdigest()


_REPLICATED = b'"Replicated":{'
_COUNT = re.compile(rb'(?<="Replicated":\{)\s*"Replicas":\s*\d+')


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
