"""An evaluation whose services are dealt out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from skep.core.cluster import Cluster, Resources
from skep.core.plan import Knowledge
from skep.ports.memory import Acts

__all__ = ["Gathered", "Shards", "Share", "Wants"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """One worker's part of an evaluation.

    Attributes:
        number: from 0.
        of: how many shares there are.
        cluster: the services of this share, without surges; nodes in the first share only.
        gone: ids of services that are no more, and which nobody else forgets.
        acts: as far as they concern these services.
        knowledge: whether the orders of people are known.
        measures_nodes: whether a plan for nodes follows.
    """

    evaluation: int
    now: datetime
    number: int
    of: int
    cluster: Cluster
    gone: tuple[str, ...]
    acts: Acts
    knowledge: Knowledge
    measures_nodes: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Wants:
    """What a share contributes to the one plan for all nodes.

    Attributes:
        goals: what was decided and is to be carried out, by service id.
        replicas_use: what a replica of each service uses at most times, by service id.
        nodes_use: what each node uses, by its id; from the first share.
    """

    goals: Mapping[str, int]
    replicas_use: Mapping[str, Resources]
    nodes_use: Mapping[str, Resources]


@dataclass(frozen=True, slots=True, kw_only=True)
class Gathered:
    """An evaluation all of whose shares are handed in.

    Attributes:
        cluster: the whole of it, without surges.
        wants: of each share, in their order.
    """

    evaluation: int
    now: datetime
    cluster: Cluster
    knowledge: Knowledge
    wants: tuple[Wants, ...]


class Shards(Protocol):
    """Where the shares of one evaluation are handed out and in; there is never more than one evaluation in it."""

    def begin(self, shares: Sequence[Share], *, cluster: Cluster | None, ttl: timedelta) -> bool:
        """Hand out the shares of a new evaluation, of which the first counts as taken. One round trip.

        Whatever is left of the evaluation before is void from now on.

        Args:
            shares: all of them, in their order.
            cluster: the whole, for the plan that follows; ``None`` where none does.
            ttl: after this whoever took a share has been killed.

        Returns:
            Whether it has begun; nothing has changed where a share of the evaluation before is still being decided.

        Raises:
            Temporary: the store is out of reach (as for all methods here).
        """

    def take(self, evaluation: int, number: int, *, ttl: timedelta) -> Share | None:
        """Take a share, which is possible once; ``None`` where it was taken before, or its evaluation is over."""

    def hand_in(self, evaluation: int, number: int, wants: Wants) -> bool:
        """A share is decided: whether it was the last one. Said to one only, and once."""

    def give_up(self, evaluation: int, number: int) -> None:
        """A share that was taken will not be handed in, so nobody need wait for it; done to one that was, nothing."""

    def gather(self, evaluation: int) -> Gathered | None:
        """What was handed in, once all of it was, and once only; ``None`` where not all was, or it is over."""
