"""Filters: the reasons for which Swarm's scheduler passes over a node (moby/swarmkit, manager/scheduler/filter.go).

One per file; their order is written here, once.
"""

from skep.core.capacity.filters.constraints import CONSTRAINTS
from skep.core.capacity.filters.filter import Filter
from skep.core.capacity.filters.host_ports import HOST_PORTS
from skep.core.capacity.filters.max_replicas import MAX_REPLICAS
from skep.core.capacity.filters.platform import PLATFORM
from skep.core.capacity.filters.plugins import PLUGINS
from skep.core.capacity.filters.ready import READY
from skep.core.capacity.filters.resources import RESOURCES
from skep.core.capacity.filters.volumes import VOLUMES

__all__ = ["FILTERS", "READY", "RESOURCES", "Filter"]

#: A node is passed over for the first of them that it does not pass, so the order decides what Swarm says of it.
FILTERS: tuple[Filter, ...] = (
    READY,
    RESOURCES,
    PLUGINS,
    CONSTRAINTS,
    PLATFORM,
    HOST_PORTS,
    MAX_REPLICAS,
    VOLUMES,
)
