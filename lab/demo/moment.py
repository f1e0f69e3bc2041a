"""What is known at one instant of the story: from the Swarm itself, from the clients, and from skep."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from lab.demo.script import Act
from skep.core.record import Entry

__all__ = ["Moment", "NodeSeen", "Replicas", "Statement"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Replicas:
    """A service's replicas as the Swarm tells them.

    Attributes:
        goal: the count in the spec.
        running: swarm tasks that serve.
        starting: swarm tasks that are to serve and do not yet.
    """

    goal: int
    running: int
    starting: int


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeSeen:
    """A node as the Swarm tells it.

    Attributes:
        running: how many replicas serve there.
        state: a word for what it goes through; empty where it simply serves.
    """

    hostname: str
    running: int
    state: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """What skep last said.

    Attributes:
        actions: the changes of the count since the story began, oldest first.
        steps: what it did to nodes and pools since then, oldest first.
        reason: why the service has the replicas it has; empty until skep has decided about it.
        trouble: why it could not be asked just now; empty when it could.
    """

    actions: tuple[Entry, ...] = ()
    steps: tuple[Entry, ...] = ()
    reason: str = ""
    trouble: str = ""

    @property
    def doings(self) -> tuple[Entry, ...]:
        """All that it did, oldest first."""
        return tuple(sorted((*self.actions, *self.steps), key=lambda entry: entry.at))


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """All that is known at one instant.

    Attributes:
        elapsed: since the first request.
        load_rps: requests per second that clients sent just now.
        p95: how long all but the slowest twentieth of the latest answers took; `None` where there were none.
        waiting: requests sent and not answered yet.
        nodes: by host name; none where the story is not about them.
    """

    at: datetime
    elapsed: timedelta
    act: Act
    load_rps: float
    replicas: Replicas
    requests: int
    failed_requests: int
    waiting: int
    p95: timedelta | None
    said: Statement
    nodes: tuple[NodeSeen, ...] = ()

    @property
    def load_per_replica_rps(self) -> float:
        """The load as each running replica's share; all of it while none runs."""
        return self.load_rps / max(self.replicas.running, 1)
