"""Whether the use of one replica can be counted: not before it has warmed up, and not once it is going.

A replica that starts uses more or less than it will, and what its clients will ask of it cannot be seen yet. The rules
are those of the Kubernetes HorizontalPodAutoscaler, which counts such a replica only against a growth.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

__all__ = ["WARM_UP", "Life", "ReplicaState", "Sample", "replica_state"]

#: For so long after its start a sample of a replica is looked at twice (the CPU initialisation period there).
WARM_UP = timedelta(minutes=5)


class ReplicaState(StrEnum):
    """How far a replica's use can be counted; the classes of the Kubernetes HPA."""

    READY = "ready"
    UNREADY = "unready"
    MISSING = "missing"


@dataclass(frozen=True, slots=True, kw_only=True)
class Life:
    """How far one replica has come.

    Attributes:
        is_over: it has ended, or is being shut down.
        is_pending: it has yet to be started.
        started_at: ``None`` where nobody knows.
        serves_since: ``None`` while it does not serve.
    """

    is_over: bool
    is_pending: bool
    started_at: datetime | None
    serves_since: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """What is known of a replica's use: a value for the span that ends at ``at``."""

    at: datetime
    span: timedelta


def replica_state(
    life: Life, sample: Sample | None, *, now: datetime, warm_up: timedelta = WARM_UP
) -> ReplicaState | None:
    """How far a replica counts; ``None`` where it does not at all.

    Args:
        life: how far it has come.
        sample: its use, if anything is known of it.
        now: the present instant.
        warm_up: while it is younger, a sample counts only if it saw nothing from before the replica served.
    """
    if life.is_over:
        return None
    if life.is_pending:
        return ReplicaState.UNREADY
    if sample is None:
        return ReplicaState.MISSING
    if life.started_at is None or life.serves_since is None:
        return ReplicaState.UNREADY
    is_young = now - life.started_at < warm_up
    if is_young and sample.at < life.serves_since + sample.span:
        return ReplicaState.UNREADY
    return ReplicaState.READY
