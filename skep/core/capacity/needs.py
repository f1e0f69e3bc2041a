"""What one swarm task needs of a node: what was reserved for it, or what it was measured to use, whichever is more.

Swarm's scheduler knows reservations only. Where there are none, everything seems to fit everywhere, until a node is
overrun; so what decides about machines goes by use as well.
"""

from collections.abc import Mapping
from typing import TypeVar

from skep.core.cluster import Resources, Service, SwarmTask

__all__ = ["NOTHING_MEASURED", "Measured", "need", "reserved"]

#: What one replica uses, by the id of its service: a high percentile over the window. Absent or ``None`` is unknown.
Measured = Mapping[str, Resources]
NOTHING_MEASURED: Measured = {}

_UNKNOWN = Resources()


def reserved(service: Service, task: SwarmTask | None = None) -> Resources:
    """What is set aside for a replica of the service, or for that swarm task of it, which may be of an older spec."""
    if task is not None and task.reservations is not None:
        return task.reservations
    return service.reservations


def need(service: Service, measured: Measured, task: SwarmTask | None = None) -> Resources:
    """The larger of reservation and measured use, for each resource; ``None`` where neither is known."""
    set_aside, used = reserved(service, task), measured.get(service.id, _UNKNOWN)
    return Resources(
        cpu_cores=_larger(set_aside.cpu_cores, used.cpu_cores),
        memory_bytes=_larger(set_aside.memory_bytes, used.memory_bytes),
    )


_Amount = TypeVar("_Amount", int, float)


def _larger(one: _Amount | None, other: _Amount | None) -> _Amount | None:
    if one is None or other is None:
        return other if one is None else one
    return max(one, other)
