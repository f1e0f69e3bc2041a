"""The Swarm: reading it whole, and changing one thing at a time."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from skep.core.checkup import EngineFacts
from skep.core.cluster import Availability, Cluster, Node, Service

__all__ = ["Inspection", "NodeHandle", "OutOfSequence", "ServiceHandle", "Swarm"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceHandle:
    """One service as just read, and the raw spec that a write must send back unchanged but for its count.

    Attributes:
        service: without its swarm tasks.
        raw: the engine's own answer; belongs to the adapter that made it and is opaque to everyone else.
    """

    service: Service
    raw: object


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeHandle:
    """One node as just read, and the raw spec that a write must send back unchanged but for what it is to change.

    Attributes:
        raw: the engine's own answer; belongs to the adapter that made it and is opaque to everyone else.
    """

    node: Node
    raw: object


class OutOfSequence(Exception):
    """Somebody changed the service or node since it was read; read and check again."""


class Swarm(Protocol):
    """The Docker Swarm."""

    def read(self) -> Cluster:
        """The whole Swarm in four list calls: services and live swarm tasks, with nodes before and after them.

        The labels of nodes are those that they had all the time while the rest was listed.

        Raises:
            Temporary: the engine does not answer, or has no leader.
            Permanent: this engine is no manager, or refuses us.
        """

    def read_service(self, service: str) -> ServiceHandle | None:
        """One service by id or name; ``None`` if there is none.

        Raises:
            Temporary, Permanent: as for :meth:`read`.
        """

    def set_replicas(self, handle: ServiceHandle, replicas: int) -> None:
        """Post the spec of ``handle`` with only its count replaced, carrying the version it was read at.

        Raises:
            OutOfSequence: the service was changed since.
            Temporary, Permanent: as for :meth:`read`.
        """

    def read_nodes(self) -> tuple[Node, ...]:
        """All nodes, in one list call.

        Raises:
            Temporary, Permanent: as for :meth:`read`.
        """

    def read_node(self, node: str) -> NodeHandle | None:
        """One node by id or host name; ``None`` if there is none.

        Raises:
            Permanent: several nodes have that host name.
            Temporary, Permanent: as for :meth:`read`.
        """

    def update_node(
        self,
        handle: NodeHandle,
        *,
        availability: Availability | None = None,
        labels: Mapping[str, str | None] | None = None,
    ) -> None:
        """Post the spec of ``handle`` with only these replaced, carrying the version it was read at.

        Args:
            handle: the node as it was read.
            availability: the new one; ``None`` leaves it.
            labels: those to set, and with ``None`` those to take away; all others stay.

        Raises:
            OutOfSequence: the node was changed since, also by Swarm itself.
            Permanent: there is no such node any more.
            Temporary, Permanent: as for :meth:`read`.
        """

    def count_occupants(self, node_id: str) -> int:
        """How many containers of swarm tasks a node still has, also those that are being ended.

        Raises:
            Temporary, Permanent: as for :meth:`read`.
        """

    def remove_node(self, handle: NodeHandle, *, force: bool = False) -> None:
        """Take a node out of the Swarm; nothing is done where it is gone already.

        Args:
            handle: the node as it was read.
            force: also one that is not down: its engine is not told, and what runs there runs on.

        Raises:
            Permanent: it is not down, and was not forced; or it is a manager.
            Temporary, Permanent: as for :meth:`read`.
        """


class Inspection(Protocol):
    """The way to the engine, looked at without changing anything."""

    def look(self) -> EngineFacts:
        """Versions, and which kinds of requests come through.

        Raises:
            Temporary, Permanent: nobody answers.
        """
