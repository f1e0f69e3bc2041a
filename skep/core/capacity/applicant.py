"""A service whose swarm tasks look for a node."""

from collections.abc import Hashable
from dataclasses import dataclass

from skep.core.capacity.burden import Burden, burden
from skep.core.capacity.needs import NOTHING_MEASURED, Measured
from skep.core.cluster import Service
from skep.core.requirements import Constraint, Mount, MountKind, Platform, Plugin

__all__ = ["Applicant", "Standard"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Standard:
    """What a service asks of a node whatever runs there; services that ask the same are judged once.

    Attributes:
        cluster_mounts: volumes that Swarm itself manages.
    """

    constraints: tuple[Constraint, ...] = ()
    platforms: tuple[Platform, ...] = ()
    plugins: tuple[Plugin, ...] = ()
    cluster_mounts: tuple[Mount, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Applicant:
    """A service, and what each swarm task of it would take.

    Attributes:
        kind: applicants of one kind find a node either all or none of them, wherever their replicas are.
    """

    service: Service
    burden: Burden
    standard: Standard
    kind: Hashable

    @classmethod
    def of(cls, service: Service, measured: Measured = NOTHING_MEASURED) -> "Applicant":
        """The service as an applicant; with measured uses, those count beside its reservations."""
        asked = service.requirements
        taken = burden(service, measured)
        standard = Standard(
            constraints=asked.constraints,
            platforms=asked.platforms,
            plugins=asked.plugins,
            cluster_mounts=tuple(mount for mount in asked.mounts if mount.kind is MountKind.CLUSTER),
        )
        # With a limit per node it matters where the replicas of the service are, and no other is like it.
        alone = None if asked.max_replicas_per_node is None else service.id
        kind = (standard, taken.nano_cpus, taken.memory_bytes, taken.generic, taken.ports, alone)
        return cls(service=service, burden=taken, standard=standard, kind=kind)
