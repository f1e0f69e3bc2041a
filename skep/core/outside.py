"""Changes of a count that were not skep's doing: told apart by comparing with what skep saw last.

Tried on a real Swarm: ``docker stack deploy`` writes all services of its stack within a moment, also those whose
file has not changed, and sets each count to that of its file; ``docker service scale`` writes one service and
nothing but its count. A deploy of a stack with one service is therefore known only by the count it is known to set.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from skep.core.cluster import Service, UpdateState

__all__ = [
    "OutsideChange",
    "OutsideKind",
    "Sighting",
    "labels_of_skep",
    "owed_replicas",
    "recognise",
    "recreated",
    "sight",
]

#: Services of one stack that were written within this time were written by one deploy.
SIBLINGS_WITHIN = timedelta(seconds=2)

_LABELS_OF_SKEP = "skep."


class OutsideKind(StrEnum):
    """Whose doing a change was."""

    DEPLOY = "deploy"
    PERSON = "person"
    ROLLBACK = "rollback"
    RECREATED = "recreated"
    RELABELLED = "relabelled"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """A service as skep saw it last.

    Attributes:
        fingerprint: of everything in the spec but the count.
        labels: the ``skep.*`` labels.
        deployed_replicas: the count that the last deploy set, as far as skep has seen one.
        goal: what skep held right then; ``None`` where it had no say.
        owed_replicas: the goal that a deploy has undone and that is still to be restored.
        last_change_at: of the newest change by skep that was known then, by the clock of the worker that made it.
    """

    name: str
    version_index: int
    replicas: int
    fingerprint: str
    labels: tuple[tuple[str, str], ...] = ()
    deployed_replicas: int | None = None
    goal: int | None = None
    owed_replicas: int | None = None
    last_change_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OutsideChange:
    """Something that others did to a service since skep looked last.

    Attributes:
        sentence: what happened, without the name of the service.
    """

    kind: OutsideKind
    replicas_before: int
    replicas_after: int
    sentence: str


def recognise(
    service: Service,
    *,
    seen: Sighting | None,
    own_counts: Collection[int],
    siblings: Iterable[Service],
    own_writes: Collection[str] = (),
    last_replicas: int | None = None,
) -> OutsideChange | None:
    """Tell what others did to a service since it was seen last.

    Args:
        service: as it is now.
        seen: as it was; ``None`` if that is not known, and then nothing is said.
        own_counts: counts that skep itself has posted, or may have posted, since.
        siblings: the services of its stack, itself among them or not.
        own_writes: ids of those that skep itself has written last, which says nothing about who wrote this one.
        last_replicas: the count that skep has left it with since it was seen, where it has scaled it.
    """
    if seen is None or service.replicas is None or service.version_index == seen.version_index:
        return None
    before, after = seen.replicas if last_replicas is None else last_replicas, service.replicas
    if service.fingerprint != seen.fingerprint:
        return _of_spec(service, seen, before, after)
    if after == before or after in own_counts:
        return None
    others = [] if service.stack is None else [other for other in siblings if _is_beside(other, service)]
    return _of_count(service, seen, others, [other for other in others if other.id not in own_writes], before, after)


def _of_count(
    service: Service,
    seen: Sighting,
    others: Collection[Service],
    written_by_others: Iterable[Service],
    before: int,
    after: int,
) -> OutsideChange:
    """Nothing but the count was written, and not by skep."""
    counts = _counts(before, after)
    if service.update_state in _ROLLING_BACK:
        # Undone was a scaling: that is a change of the spec as well, and any later change ends this state.
        return _change(OutsideKind.ROLLBACK, before, after, f"rolled back{counts}")
    if any(abs(other.updated_at - service.updated_at) <= SIBLINGS_WITHIN for other in written_by_others):
        return _change(OutsideKind.DEPLOY, before, after, f"deployed with its stack{counts}")
    if service.stack is not None and not others and after == seen.deployed_replicas:
        return _change(OutsideKind.DEPLOY, before, after, f"probably deployed{counts}")
    return _change(OutsideKind.PERSON, before, after, f"set from {before} to {after} by somebody outside skep")


def _is_beside(other: Service, service: Service) -> bool:
    return other.id != service.id and other.stack == service.stack


_ROLLING_BACK = (UpdateState.ROLLBACK_STARTED, UpdateState.ROLLBACK_PAUSED, UpdateState.ROLLBACK_COMPLETED)


def recreated(service: Service, *, seen: Sighting) -> OutsideChange:
    """A service that was made anew under the name of one that is gone."""
    after = service.replicas or 0
    return _change(OutsideKind.RECREATED, seen.replicas, after, f"created anew{_counts(seen.replicas, after)}")


def _of_spec(service: Service, seen: Sighting, before: int, after: int) -> OutsideChange | None:
    """More than the count was written; where the count was left alone, changed labels of skep are worth telling."""
    if service.update_state in _ROLLING_BACK:
        return _change(OutsideKind.ROLLBACK, before, after, f"rolled back{_counts(before, after)}")
    if before != after:
        return _change(OutsideKind.DEPLOY, before, after, f"deployed{_counts(before, after)}")
    labels = labels_of_skep(service)
    if labels == seen.labels:
        return None
    return _change(OutsideKind.RELABELLED, after, after, f"labels changed: {_differences(seen.labels, labels)}")


def _change(kind: OutsideKind, before: int, after: int, sentence: str) -> OutsideChange:
    return OutsideChange(kind=kind, replicas_before=before, replicas_after=after, sentence=sentence)


def _counts(before: int, after: int) -> str:
    return f", which set its count from {before} to {after}" if before != after else ""


def _differences(before: tuple[tuple[str, str], ...], after: tuple[tuple[str, str], ...]) -> str:
    old, new = dict(before), dict(after)
    names = sorted(name for name in {*old, *new} if old.get(name) != new.get(name))
    return ", ".join(f"{name} {old.get(name, 'unset')} → {new.get(name, 'unset')}" for name in names)


def labels_of_skep(service: Service) -> tuple[tuple[str, str], ...]:
    """The labels that say how the service scales, by name."""
    return tuple(sorted(pair for pair in service.labels if pair[0].startswith(_LABELS_OF_SKEP)))


def sight(
    service: Service,
    *,
    seen: Sighting | None,
    change: OutsideChange | None,
    goal: int | None,
    last_change_at: datetime | None = None,
) -> Sighting:
    """What to remember of a service after it was decided.

    A count that a deploy has lowered is owed until the service has it again, or somebody else has a say.

    Args:
        service: as it is now.
        seen: what was remembered so far.
        change: what others did since.
        goal: what skep now holds right; ``None`` where it has no say, and then nothing is owed any more.
        last_change_at: of the newest change by skep that is known.
    """
    replicas = service.replicas or 0
    owed = owed_replicas(seen, change)
    return Sighting(
        name=service.name,
        version_index=service.version_index,
        replicas=replicas,
        fingerprint=service.fingerprint,
        labels=labels_of_skep(service),
        deployed_replicas=_deployed_replicas(service, seen, change),
        goal=goal,
        owed_replicas=owed if goal is not None and owed is not None and owed > replicas else None,
        last_change_at=last_change_at,
    )


def _deployed_replicas(service: Service, seen: Sighting | None, change: OutsideChange | None) -> int | None:
    """The count of the last deploy; of a service seen for the first time, the one it has, if it came by a stack."""
    if seen is None:
        return (service.replicas or 0) if service.stack is not None else None
    was_deployed = change is not None and change.kind in _SETS_THE_COUNT
    return (service.replicas or 0) if was_deployed else seen.deployed_replicas


_SETS_THE_COUNT = (OutsideKind.DEPLOY, OutsideKind.RECREATED)


def owed_replicas(seen: Sighting | None, change: OutsideChange | None) -> int | None:
    """The count that a deploy, now or earlier, has undone."""
    if seen is None or (change is not None and change.kind is OutsideKind.PERSON):
        return None
    if change is not None and change.kind in _RESETS_THE_COUNT:
        return max(seen.goal or 0, seen.owed_replicas or 0) or None
    return seen.owed_replicas


_RESETS_THE_COUNT = (OutsideKind.DEPLOY, OutsideKind.ROLLBACK, OutsideKind.RECREATED)
