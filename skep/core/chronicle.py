"""The chronicle of a service: how it stood over a span of time, and what happened to it, from the journal."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from skep.core.bounds import Bounds
from skep.core.policy import Unit
from skep.core.record import Entry, EntryKind

__all__ = ["Chronicle", "Happening", "Measured", "Moment", "chronicle"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """One metric at one moment.

    Attributes:
        value: the load per replica, in ``unit``; ``None`` for a gap.
    """

    metric: str
    unit: Unit
    value: float | None
    target_value: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """How the service stood.

    Attributes:
        replicas: the count in its spec.
        goal: the count that skep held right.
    """

    at: datetime
    replicas: int
    running: int
    goal: int
    bounds: Bounds | None
    metrics: tuple[Measured, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Happening:
    """Something that was done to the service, or ordered of it."""

    at: datetime
    kind: EntryKind
    actor: str
    replicas_before: int
    replicas_after: int
    sentence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Chronicle:
    """All of it.

    Attributes:
        moments: oldest first.
        happenings: oldest first.
        is_cut: whether there was more than fits, so that the oldest are missing.
    """

    service: str
    since: datetime
    until: datetime
    moments: tuple[Moment, ...]
    happenings: tuple[Happening, ...]
    is_cut: bool = False


def chronicle(
    entries: Sequence[Entry], *, service: str, since: datetime, until: datetime, is_cut: bool = False
) -> Chronicle:
    """Make a chronicle of entries.

    Args:
        entries: of the service, states among them, the newest first as a journal has them.
        service: its name.
        since: from when.
        until: to when.
        is_cut: whether older entries are missing.
    """
    oldest_first = entries[::-1]  # of those at one instant, too
    in_order = sorted(oldest_first, key=lambda entry: entry.at)
    moments = (moment for entry in in_order for moment in _moments(entry))
    return Chronicle(
        service=service,
        since=since,
        until=until,
        moments=tuple(sorted(moments, key=lambda moment: moment.at)),
        happenings=tuple(_happening(entry) for entry in in_order if entry.kind is not EntryKind.STATE),
        is_cut=is_cut,
    )


def _moments(entry: Entry) -> Iterator[Moment]:
    """How the service stood by a decision; for a change just before it and just after."""
    decision = entry.decision
    if decision is None:
        return
    metrics = tuple(
        Measured(metric=p.metric, unit=p.unit, value=p.value, target_value=p.target_value) for p in decision.proposals
    )
    stood = Moment(
        at=decision.at,
        replicas=decision.replicas,
        running=decision.running,
        goal=decision.goal,
        bounds=decision.bounds,
        metrics=metrics,
    )
    yield stood
    if entry.kind is EntryKind.CHANGED and entry.at >= decision.at:
        yield Moment(
            at=entry.at,
            replicas=entry.replicas_after,
            running=decision.running,
            goal=entry.replicas_after,
            bounds=decision.bounds,
            metrics=metrics,
        )


def _happening(entry: Entry) -> Happening:
    return Happening(
        at=entry.at,
        kind=entry.kind,
        actor=entry.actor,
        replicas_before=entry.replicas_before,
        replicas_after=entry.replicas_after,
        sentence=entry.sentence,
    )
