"""What one swarm task takes away from the node that runs it, in whole numbers: sums of fractions would not come out."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from skep.core.capacity.needs import NOTHING_MEASURED, Measured, need
from skep.core.cluster import Resources, Service, SwarmTask
from skep.core.requirements import GenericResource, HostPort

__all__ = ["Burden", "burden", "nano_cpus", "of_each_kind"]

_NANO_CPUS_PER_CORE = 1_000_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Burden:
    """What a swarm task takes: 0 where it has neither a reservation nor a known use.

    Attributes:
        nano_cpus: billionths of a core.
        generic: how many of each kind.
    """

    service_id: str
    nano_cpus: int = 0
    memory_bytes: int = 0
    generic: tuple[tuple[str, int], ...] = ()
    ports: tuple[HostPort, ...] = ()


def burden(service: Service, measured: Measured = NOTHING_MEASURED, task: SwarmTask | None = None) -> Burden:
    """What a replica of the service takes; where a swarm task is given, what that one does.

    Args:
        service: whose replica.
        measured: what replicas use; with nothing, only reservations count, as they do for Swarm's scheduler.
        task: one that may be of an older spec, and was given generic resources of its own.
    """
    needed = need(service, measured, task)
    generic = task.generic if task is not None and task.generic else service.requirements.generic
    return Burden(
        service_id=service.id,
        nano_cpus=nano_cpus(needed),
        memory_bytes=needed.memory_bytes or 0,
        generic=tuple(of_each_kind(generic).items()),
        ports=service.requirements.host_ports,
    )


def nano_cpus(resources: Resources) -> int:
    """Billionths of a core."""
    return round((resources.cpu_cores or 0.0) * _NANO_CPUS_PER_CORE)


def of_each_kind(resources: Iterable[GenericResource]) -> Counter[str]:
    """How many there are of each kind, whether they are counted or have names."""
    amounts: Counter[str] = Counter()
    for resource in resources:
        amounts[resource.kind] += resource.amount
    return amounts
