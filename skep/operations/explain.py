"""Gather all that tells why a service has the replicas it has, now or at an instant of the past."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import takewhile

from skep.config.in_force import SettingOrigin, settings_of
from skep.config.labels import LabelDefaults, read_labels
from skep.core.cluster import Service
from skep.core.plan import Candidate, questions
from skep.core.policy import ServicePolicy
from skep.core.record import Entry
from skep.core.saga import without_surges
from skep.operations.ask import ServiceStatus, stand
from skep.ports import World

__all__ = ["Account", "Asked", "explain"]

#: States are kept every five minutes, each with its decision; between two of them there are seldom more than a few
#: entries without one.
_MOST_BETWEEN = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What the metrics store is asked.

    Attributes:
        about: the signal, or the operator's name for a metric.
        statement: for this service alone; in truth one statement serves all services.
    """

    about: str
    statement: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """All that tells why a service has the replicas it has.

    Attributes:
        service: how it stands now; ``None`` where it is gone.
        settings: what holds for it now; empty for an instant of the past, of which that is not known.
        asked: what the metrics store is asked about it now.
        at: the instant of the past that was asked about; ``None`` for now.
        entry: the newest at that instant that has a decision.
        since: what was recorded between that entry and that instant, oldest first.
    """

    name: str
    service: ServiceStatus | None
    settings: tuple[SettingOrigin, ...] = ()
    asked: tuple[Asked, ...] = ()
    at: datetime | None = None
    entry: Entry | None = None
    since: tuple[Entry, ...] = ()


def explain(world: World, name: str, *, defaults: LabelDefaults, at: datetime | None = None) -> Account | None:
    """Gather it.

    Args:
        world: everything outside.
        name: of the service, or its id.
        defaults: what labels mean where they are silent.
        at: an instant of the past; ``None`` for now.

    Returns:
        ``None`` where there is no such service, nor an entry about one.

    Raises:
        Temporary, Permanent: the Swarm, the memory or the journal is out of reach or refuses.
    """
    found = [service for service in without_surges(world.swarm.read()).services if name in {service.name, service.id}]
    if at is not None:
        return _then(world, name, found, defaults, at)
    if not found:
        return None
    (service,) = found
    (status,) = stand(world, found, defaults)
    return Account(
        name=service.name,
        service=status,
        settings=settings_of(service, defaults),
        asked=_asked(world, service, defaults),
    )


def _then(world: World, name: str, found: Sequence[Service], defaults: LabelDefaults, at: datetime) -> Account | None:
    full_name = found[0].name if found else name
    entries = world.journal.read(service=full_name, until=at, limit=_MOST_BETWEEN)
    if not found and not entries:
        return None
    since = tuple(takewhile(lambda entry: entry.decision is None, entries))
    status = stand(world, found, defaults)
    return Account(
        name=full_name,
        service=status[0] if status else None,
        at=at,
        entry=entries[len(since)] if len(since) < len(entries) else None,
        since=since[::-1],
    )


def _asked(world: World, service: Service, defaults: LabelDefaults) -> tuple[Asked, ...]:
    policy = read_labels(service, defaults=defaults)
    if not isinstance(policy, ServicePolicy):
        return ()
    asked = (
        Asked(
            about=question.metric or question.signal,
            statement=world.metrics.statement(replace(question, service=service.name)),
        )
        for question in questions([Candidate(service=service, policy=policy)])
    )
    return tuple(one for one in asked if one.statement)
