"""The drain of a node as its labels tell it: nothing else is needed to go on with it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TypeVar

import msgspec

from skep.core.cluster import Node
from skep.core.instants import BEGINNING, told_instant

__all__ = [
    "DRAIN_LABELS",
    "LONGEST_DRAIN",
    "STATE",
    "Drain",
    "DrainPhase",
    "Surge",
    "drain_labels",
    "drain_of",
    "surges_of",
]

STATE = "skep.node.state"
_SINCE = "skep.node.since"
_BY = "skep.node.by"
_SURGE = "skep.node.surge"
_GOAL = "skep.node.goal"
_DEADLINE = "skep.node.deadline"
_REMOVE = "skep.node.remove"
_INTERRUPT = "skep.node.interrupt"

#: All labels that a drain writes, and takes away at its end.
DRAIN_LABELS = (STATE, _SINCE, _BY, _SURGE, _GOAL, _DEADLINE, _REMOVE, _INTERRUPT)

#: A drain that nobody gave another deadline is given up after this (source: Nomad, `drain_deadline`).
LONGEST_DRAIN = timedelta(minutes=15)

T = TypeVar("T")


class DrainPhase(StrEnum):
    """Where a drain is bound for."""

    #: The node is being emptied; how far it is, is told by its availability, its surges and its swarm tasks.
    DRAINING = "draining"
    #: The drain was given up or undone: what was surged is taken back.
    RETURNING = "returning"
    #: Nothing runs here any more.
    DRAINED = "drained"


@dataclass(frozen=True, slots=True, kw_only=True)
class Surge:
    """Replicas of one service beyond its goal, for as long as one node is being emptied.

    Attributes:
        amount: how many; they may not have been posted yet, or not any more.
        goals: the goal that it was recorded upon; two, the new one last, while a scaling is under way.
    """

    service_id: str
    amount: int
    goals: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Drain:
    """A drain that has begun.

    Attributes:
        deadline: when it is given up.
        surges: by service id, in the order of ids.
        removes: the node is to leave the Swarm, and its machine its provider.
        allows_interruption: services that may not be surged are interrupted.
    """

    phase: DrainPhase
    since: datetime
    deadline: datetime
    actor: str
    reason: str = ""
    surges: tuple[Surge, ...] = ()
    removes: bool = False
    allows_interruption: bool = False

    def surge_of(self, service_id: str) -> Surge | None:
        """What it has recorded of one service."""
        return next((surge for surge in self.surges if surge.service_id == service_id), None)


def drain_of(node: Node) -> Drain | None:
    """The drain of a node; ``None`` if there is none.

    Labels may have been written by anybody: what cannot be read is left out. Surges without a state, as when a person
    took the state away to end the drain, are those of a drain that returns.
    """
    labels = dict(node.labels)
    surges = surges_of(node)
    try:
        phase = DrainPhase(labels[STATE])
    except KeyError:
        if not surges:
            return None
        phase = DrainPhase.RETURNING
    except ValueError:
        return None  # another saga's
    since = told_instant(labels.get(_SINCE), BEGINNING)
    actor, reason = _by(labels.get(_BY))
    return Drain(
        phase=phase,
        since=since,
        deadline=told_instant(labels.get(_DEADLINE), since + LONGEST_DRAIN),
        actor=actor,
        reason=reason,
        surges=surges,
        removes=labels.get(_REMOVE) == "true",
        allows_interruption=labels.get(_INTERRUPT) == "true",
    )


def surges_of(node: Node) -> tuple[Surge, ...]:
    """The surges recorded on a node, by whatever saga."""
    labels = dict(node.labels)
    amounts = _read(labels.get(_SURGE), dict[str, int])
    goals = _read(labels.get(_GOAL), dict[str, list[int]])
    return tuple(
        Surge(service_id=service_id, amount=amount, goals=tuple(goals.get(service_id, ())))
        for service_id, amount in sorted(amounts.items())
        if amount > 0
    )


def drain_labels(drain: Drain) -> Mapping[str, str | None]:
    """The labels that tell a drain; ``None`` for those that must not be there."""
    amounts = {surge.service_id: surge.amount for surge in drain.surges}
    goals = {surge.service_id: surge.goals for surge in drain.surges}
    return {
        STATE: drain.phase.value,
        _SINCE: drain.since.isoformat(),
        _BY: _text({"actor": drain.actor, "reason": drain.reason}),
        _SURGE: _text(amounts) if amounts else None,
        _GOAL: _text(goals) if goals else None,
        _DEADLINE: drain.deadline.isoformat(),
        _REMOVE: "true" if drain.removes else None,
        _INTERRUPT: "true" if drain.allows_interruption else None,
    }


def _text(value: object) -> str:
    return msgspec.json.encode(value).decode()


def _read(text: str | None, shape: type[dict[str, T]]) -> dict[str, T]:
    try:
        return msgspec.json.decode(text or "{}", type=shape)
    except msgspec.DecodeError:
        return {}


def _by(text: str | None) -> tuple[str, str]:
    read = _read(text, dict[str, str])
    return read.get("actor", "somebody"), read.get("reason", "")
