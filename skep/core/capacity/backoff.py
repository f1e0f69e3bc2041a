"""How long a pool is left in peace after its provider gave no machine, or gave one that never joined.

Some minutes (5 where the pool does not say), twice as long after each further failure up to six times as long, and
forgotten after 3 hours: the rule and the numbers of the Kubernetes Cluster Autoscaler.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

__all__ = ["KEPT_FOR", "Backoff", "PoolEvent", "PoolEventKind", "backoff", "grown_at", "removal_failed_at"]

#: So many times as long as the first pause is the longest.
_LONGEST = 6
_FORGOTTEN_AFTER = timedelta(hours=3)
#: What happened to a pool is of no importance any more after this.
KEPT_FOR = timedelta(days=1)


class PoolEventKind(StrEnum):
    """What happened to a pool."""

    #: Machines were ordered.
    GREW = "grew"
    #: A machine has become a node.
    JOINED = "joined"
    #: The provider gave none, or fewer than it was asked for.
    REFUSED = "refused"
    #: A machine did not join in time.
    NEVER_JOINED = "never joined"
    #: A node could not be removed.
    REMOVAL_FAILED = "removal failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolEvent:
    """One thing that happened to a pool.

    Attributes:
        machines: how many it was about.
        request_id: of the order for machines or of the drain that failed, where there was one.
        reason: for the operator, where something failed.
    """

    kind: PoolEventKind
    at: datetime
    machines: int = 1
    request_id: str | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Backoff:
    """No machines are ordered for a pool until then."""

    until: datetime
    failures: int
    reason: str

    @property
    def sentence(self) -> str:
        """For an operator, such as ``waits after 2 failures: quota, 20 of 20 servers``."""
        times = "a failure" if self.failures == 1 else f"{self.failures} failures"
        return f"no machine is ordered for a while after {times}: {self.reason}"


def backoff(events: Sequence[PoolEvent], *, now: datetime, first: timedelta) -> Backoff | None:
    """Whether a pool is being left in peace; ``None`` if machines may be ordered.

    Failures add up while less than three hours lie between one and the next. A machine that joins ends them all. What
    failed at the same instant failed once.

    Args:
        events: of the pool, oldest first.
        now: the present instant.
        first: how long it is left in peace after one failure.
    """
    failures: list[PoolEvent] = []
    for event in events:
        if event.kind is PoolEventKind.JOINED or (failures and event.at - failures[-1].at >= _FORGOTTEN_AFTER):
            failures = []
        if event.kind in _FAILURES and (not failures or failures[-1].at < event.at):
            failures.append(event)
    if not failures:
        return None
    # Beyond a few the span is the longest anyway.
    span = first * min(2 ** min(len(failures) - 1, 10), _LONGEST)
    until = failures[-1].at + span
    return Backoff(until=until, failures=len(failures), reason=failures[-1].reason) if now < until else None


_FAILURES = frozenset({PoolEventKind.REFUSED, PoolEventKind.NEVER_JOINED})


def grown_at(events: Sequence[PoolEvent]) -> datetime | None:
    """When a pool last grew: machines were ordered, or one of them joined."""
    growth = (event.at for event in events if event.kind in {PoolEventKind.GREW, PoolEventKind.JOINED})
    return max(growth, default=None)


def removal_failed_at(events: Sequence[PoolEvent]) -> datetime | None:
    """When the removal of one of its nodes last failed."""
    return max((event.at for event in events if event.kind is PoolEventKind.REMOVAL_FAILED), default=None)
