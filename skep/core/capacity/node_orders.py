"""What an evaluation wants done to nodes: each order is looked at again just before it is carried out."""

from dataclasses import dataclass
from enum import StrEnum

__all__ = ["NodeOrder", "NodeOrderKind"]


class NodeOrderKind(StrEnum):
    """What is to be done."""

    #: Machines are ordered for a pool.
    INCREASE = "increase"
    #: A node that has joined gets its labels and is opened.
    JOIN = "join"
    #: A node is drained, and its machine given back.
    REMOVE = "remove"
    #: A node that is being drained is needed again, and stays.
    KEEP = "keep"
    #: Machines that will never serve are deleted, and a node that is lost is cleared away.
    HEAL = "heal"
    #: A replica moves onto a node.
    REBALANCE = "rebalance"


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeOrder:
    """One order.

    Attributes:
        reason: a clause for the operator.
        machines: how many, of an increase.
        seen_target: how many machines the provider had been asked for when it was decided: an increase is dropped
            once that has moved on.
        node_id, hostname: of the node that it is about.
        machine_ids: of those to be deleted, of a heal.
        service_id, service_name: of the service that moves, of a rebalance.
    """

    kind: NodeOrderKind
    pool: str
    evaluation: int
    reason: str
    machines: int = 0
    seen_target: int = 0
    node_id: str = ""
    hostname: str = ""
    machine_ids: tuple[str, ...] = ()
    service_id: str = ""
    service_name: str = ""

    @property
    def subject(self) -> str:
        """Whom it is about, in a word: the service, the node, or the pool."""
        return self.service_name or self.hostname or self.pool

    @property
    def request_id(self) -> str:
        """The name under which a provider carries it out once, however often it is delivered."""
        return f"{self.pool}.{self.evaluation}"
