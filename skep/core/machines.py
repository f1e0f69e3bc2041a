"""What a provider says of the machines of a pool, and of an order for more or fewer of them.

A *machine* is what a provider makes and takes away. It becomes a *node* when it joins the Swarm, which is nobody's
business here.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from skep.core.cluster import Node

__all__ = [
    "Deletion",
    "Increase",
    "Machine",
    "MachineState",
    "PoolMachines",
    "Refusal",
    "RefusalKind",
    "node_of",
]


class MachineState(StrEnum):
    """How far a machine has come, by its provider's word; whether it serves in the Swarm is Swarm's to say."""

    #: Ordered, and not made yet.
    REQUESTED = "requested"
    #: Made, and not up yet.
    STARTING = "starting"
    RUNNING = "running"
    #: On its way out; it counts no more.
    STOPPING = "stopping"
    #: It will not serve (again) by itself: to be deleted and replaced.
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """One machine of a pool.

    Attributes:
        id: the provider's own name for it, which :meth:`skep.ports.NodeProvider.delete` takes.
        hostname: what it calls itself, where the provider knows.
        addresses: its IP addresses, those of private networks first.
        node_id: of the node that it is, where the provider knows.
        created_at: since when it has been there, or on order; ``None`` where the provider does not say.
        detail: what else its operator should know, in the provider's words.
    """

    id: str
    state: MachineState
    hostname: str = ""
    addresses: tuple[str, ...] = ()
    node_id: str | None = None
    created_at: datetime | None = None
    detail: str = ""


class RefusalKind(StrEnum):
    """Why a provider says no, as far as the answer matters for what is tried next."""

    #: The pool has as many machines as its provider may make.
    AT_MAXIMUM = "at maximum"
    #: The pool has as few machines as its provider may leave.
    AT_MINIMUM = "at minimum"
    #: The account may have no more; a person can have that changed.
    QUOTA = "quota"
    #: The provider itself has none to give now; another pool may help, or waiting.
    NO_CAPACITY = "no capacity"
    #: A person has protected the machine at the provider.
    PROTECTED = "protected"
    #: The provider tried, and failed for a reason of its own.
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """A provider's no.

    Attributes:
        reason: one sentence for the operator.
    """

    kind: RefusalKind
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolMachines:
    """A pool as its provider sees it.

    Attributes:
        target: how many machines the provider has been asked to have.
        minimum: fewer are not to be had.
        maximum: more are not to be had; ``None`` where the provider knows no limit.
        machines: all that there are or that are on order, also those that are stopping or failed.
        shortfall: why there are fewer machines than wanted, if the provider has failed to make them.
        cautions: what the operator should mend at the provider, a sentence each.
        stay_joined: deleting a machine leaves its node in the Swarm, parked; it must not be removed from there.
    """

    target: int
    minimum: int = 0
    maximum: int | None = None
    machines: tuple[Machine, ...] = ()
    shortfall: Refusal | None = None
    cautions: tuple[str, ...] = ()
    stay_joined: bool = False

    @property
    def room(self) -> int | None:
        """How many more machines may be ordered; ``None`` where nobody knows a limit."""
        return None if self.maximum is None else max(0, self.maximum - self.target)

    @property
    def spare(self) -> int:
        """How many machines may be deleted."""
        return max(0, self.target - self.minimum)


@dataclass(frozen=True, slots=True, kw_only=True)
class Increase:
    """What came of an order for more machines.

    Attributes:
        ordered: how many machines have been ordered under its request id, by this delivery and all before it.
        refusal: why they are fewer than asked for; ``None`` if they are not.
    """

    ordered: int
    refusal: Refusal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Deletion:
    """What came of an order to delete machines.

    Attributes:
        gone: those of the ids whose machines are gone or on their way out, also those that nobody knows.
        refusal: why the others are still there; ``None`` if there are no others.
    """

    gone: tuple[str, ...]
    refusal: Refusal | None = None


def node_of(machine: Machine, nodes: Iterable[Node]) -> Node | None:
    """The node that a machine has become, if it has.

    By the id that the provider knows, else by address, and by host name only where no address is known: names are
    given again, and two machines may share one. Of several nodes that fit, as when a new machine got the address of
    one that is gone, the only ready one is meant; if that does not tell them apart, nobody is.
    """
    if machine.node_id is not None:
        return next((node for node in nodes if node.id == machine.node_id), None)
    if machine.addresses:
        return _only([node for node in nodes if node.address in machine.addresses])
    return _only([node for node in nodes if machine.hostname and node.hostname == machine.hostname])


def _only(fitting: list[Node]) -> Node | None:
    candidates = fitting if len(fitting) == 1 else [node for node in fitting if node.is_ready]
    return candidates[0] if len(candidates) == 1 else None
