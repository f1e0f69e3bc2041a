"""What a veto is, and what it may look at."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from skep.core.capacity.account import NodeAccount, Running
from skep.core.capacity.applicant import Applicant
from skep.core.capacity.breaker import Halt
from skep.core.capacity.node_room import NodeRoom
from skep.core.capacity.room import Room
from skep.core.capacity.situation import PoolStanding, Situation
from skep.core.capacity.terms import UNSAID, ServiceTerms
from skep.core.cluster import Node, Service

__all__ = ["Candidate", "Leaver", "Rule", "Surroundings", "Veto"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Veto:
    """One reason why a node stays.

    Attributes:
        by: the word for the rule.
        reason: completes "it stays: …".
        until: when that can end by itself, where known.
    """

    by: str
    reason: str
    until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaver:
    """A node that is going, or that was just found to be able to.

    Attributes:
        pool: its name; ``None`` where it belongs to none.
    """

    node_id: str
    pool: str | None
    is_empty: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What is the same for all candidates.

    Attributes:
        room: the Swarm in simulation, with all that wants a node in its place.
        pending: what found none.
    """

    halt: Halt | None
    room: Room
    pending: tuple[Applicant, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """One node, looked at for whether it could go.

    Attributes:
        pool: that it belongs to, if it does.
        running: the swarm tasks that take room there, with their services.
        leavers: nodes that are going already, or before this one.
        only_home_of: services that could run on no other open node.
        receives: how many swarm tasks are to come to it, of wants and of nodes that go before it.
    """

    situation: Situation
    surroundings: Surroundings
    account: NodeAccount
    pool: PoolStanding | None
    running: tuple[Running, ...]
    leavers: tuple[Leaver, ...] = ()
    only_home_of: tuple[Applicant, ...] = ()
    receives: int = 0

    @property
    def node(self) -> Node:
        """The node itself."""
        return self.account.node

    @property
    def movable(self) -> Sequence[Running]:
        """The swarm tasks that would have to run elsewhere; those of global services end with the node."""
        return [(service, task) for service, task in self.running if not service.mode.is_on_every_node]

    @property
    def is_empty(self) -> bool:
        """Whether nothing would have to run elsewhere."""
        return not self.account.movable

    @property
    def pool_leavers(self) -> int:
        """How many nodes of its pool are going."""
        return sum(leaver.pool == self.pool.policy.name for leaver in self.leavers) if self.pool is not None else 0

    def services(self) -> Iterator[tuple[Service, ServiceTerms]]:
        """The services whose swarm tasks would have to run elsewhere, each once, and how to handle them."""
        for service in {service.id: service for service, _ in self.movable}.values():
            yield service, self.situation.terms.get(service.id, UNSAID)

    def room(self) -> NodeRoom:
        """The node in the simulation."""
        room = self.surroundings.room.node(self.node.id)
        if room is None:
            raise LookupError(self.node.id)
        return room


#: One rule: it has a veto, or nothing to say.
Rule = Callable[[Candidate], Veto | None]
