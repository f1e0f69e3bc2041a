"""`cpu` and `mem` of a node, as Telegraf's inputs of those names write them.

The nodes of a lab are namespaces on one machine: the kernel's own figures are those of the machine, the same for all
nodes. A node's use is therefore the sum of its containers' use, measured against the size the lab says its nodes have.
"""

from __future__ import annotations

from collections.abc import Sequence

from lab.real.collector import containers
from lab.real.collector.engine import Identity, Sample
from lab.real.collector.point import Field, Point
from lab.real.state import NodeSize

_NOT_MEASURED = (
    "usage_guest", "usage_guest_nice", "usage_iowait", "usage_irq", "usage_nice", "usage_softirq", "usage_steal",
)  # fmt: skip


def cpu(identity: Identity, samples: Sequence[Sample], size: NodeSize, time_ns: int) -> Point:
    """The node's CPU in percent of all its cores; at most 100, though nothing in the lab stops containers there."""
    used_cores = sum(containers.cores(sample) or 0.0 for sample in samples)
    used_percent = min(used_cores / size.cores * 100.0, 100.0)
    system_percent = used_percent * _kernel_share(samples)
    fields: dict[str, Field] = dict.fromkeys(_NOT_MEASURED, 0.0)
    fields |= {
        "usage_idle": 100.0 - used_percent,
        "usage_system": system_percent,
        "usage_user": used_percent - system_percent,
    }
    return Point(measurement="cpu", tags=_tags(identity, cpu="cpu-total"), fields=fields, time_ns=time_ns)


def memory(identity: Identity, samples: Sequence[Sample], size: NodeSize, time_ns: int) -> Point:
    """The node's memory in bytes and in percent of its size."""
    total = size.memory_bytes
    used = min(sum(containers.memory_bytes(sample) for sample in samples), total)
    fields: dict[str, Field] = {
        "total": total,
        "used": used,
        "free": total - used,
        "available": total - used,
        "used_percent": used / total * 100.0,
        "available_percent": (total - used) / total * 100.0,
    }
    return Point(measurement="mem", tags=_tags(identity), fields=fields, time_ns=time_ns)


def _kernel_share(samples: Sequence[Sample]) -> float:
    """Which part of the containers' CPU time was spent in the kernel, since they started."""
    usages = [sample.stats["cpu_stats"]["cpu_usage"] for sample in samples]
    kernel = sum(usage["usage_in_kernelmode"] for usage in usages)
    user = sum(usage["usage_in_usermode"] for usage in usages)
    return float(kernel / (kernel + user)) if kernel + user else 0.0


def _tags(identity: Identity, **more: str) -> dict[str, str]:
    return {"host": identity.hostname, "node_id": identity.node_id, **more}
