"""Answers to the questions of people: how services stand, why, and what was done."""

from collections.abc import Sequence
from datetime import datetime
from heapq import merge
from itertools import islice

from skep.config.labels import LabelDefaults, Problems, read_labels
from skep.core.cluster import Service
from skep.core.decision import Decision, Hold, Pause
from skep.core.orders import ALL_SERVICES, binding_pause
from skep.core.policy import ServicePolicy
from skep.core.pool_report import PoolReport
from skep.core.record import Entry
from skep.core.saga import without_surges
from skep.operations.service_status import ServiceStatus
from skep.ports import World

__all__ = ["ServiceStatus", "history", "pools", "stand", "status"]


def pools(world: World) -> tuple[PoolReport, ...]:
    """How pools stood at the latest evaluation of nodes; none where nobody has looked at any.

    Raises:
        Temporary: the memory is out of reach.
    """
    report = world.memory.recall_nodes().report
    return () if report is None else report.pools


def status(world: World, *, defaults: LabelDefaults, names: Sequence[str] | None = None) -> tuple[ServiceStatus, ...]:
    """How services stand, by name.

    Args:
        world: everything outside.
        defaults: what labels mean where they are silent.
        names: only these, enabled or not; all enabled ones where ``None``. Unknown names are left out.

    Raises:
        Temporary, Permanent: the Swarm or the memory is out of reach or refuses.
    """
    services = [
        s for s in without_surges(world.swarm.read()).services if names is None or s.name in names or s.id in names
    ]
    statuses = stand(world, services, defaults)
    shown = (s for s in statuses if names is not None or s.is_enabled)
    return tuple(sorted(shown, key=lambda s: s.name))


def stand(world: World, services: Sequence[Service], defaults: LabelDefaults) -> tuple[ServiceStatus, ...]:
    """How services stand that were read just now, in their order.

    Raises:
        Temporary: the memory is out of reach.
    """
    ids = [service.id for service in services]
    decisions = world.memory.decisions(ids)
    holds = world.memory.holds(ids)
    pauses = world.memory.pauses()
    now = world.clock.now()
    return tuple(
        _status(
            service,
            read_labels(service, defaults=defaults),
            decisions.get(service.id),
            _in_force(holds.get(service.id), now),
            binding_pause(pauses, service.id, now=now),
            now,
        )
        for service in services
    )


def _in_force(hold: Hold | None, now: datetime) -> Hold | None:
    return hold if hold is not None and hold.is_in_force(now) else None


def _status(
    service: Service,
    policy: ServicePolicy | Problems | None,
    decision: Decision | None,
    hold: Hold | None,
    pause: Pause | None,
    now: datetime,
) -> ServiceStatus:
    return ServiceStatus(
        id=service.id,
        name=service.name,
        replicas=service.replicas,
        running=service.running_replicas,
        is_enabled=policy is not None,
        bounds=policy.bounds_at(now).bounds if isinstance(policy, ServicePolicy) else None,
        problems=tuple(p.sentence for p in policy.problems) if isinstance(policy, Problems) else (),
        decision=decision,
        hold=hold,
        pause=pause,
    )


def history(
    world: World,
    *,
    service: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    limit: int = 50,
) -> tuple[Entry, ...]:
    """What was done, refused, ordered or held back, and why, the newest first.

    What was ordered of all services is part of the history of each.

    Raises:
        Temporary: the journal is out of reach.
    """
    told = world.journal.read(service=service, since=since, until=until, limit=limit, with_states=False)
    if service is None:
        return told
    of_all = world.journal.read(service=ALL_SERVICES, since=since, until=until, limit=limit, with_states=False)
    return tuple(islice(merge(told, of_all, key=lambda entry: entry.at, reverse=True), limit))
