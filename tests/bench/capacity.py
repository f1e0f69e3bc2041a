"""How long the simulated scheduler takes over a large Swarm: no clock, no stores, a thousand nodes."""

import time
from collections.abc import Callable
from dataclasses import replace

from skep.core.capacity.needed import needed_nodes
from skep.core.capacity.placement import place
from skep.core.capacity.pool import Pool
from skep.core.capacity.removal import removable
from skep.core.capacity.want import Want
from skep.core.cluster import Cluster
from skep.core.requirements import LabelScope, Requirements, SpreadOver
from tests.bench.figures import Figures
from tests.core.capacity.builders import GIB, cluster, node, service
from tests.core.capacity.clusters import with_placed
from tests.core.capacity.situations import situation

__all__ = ["NODES", "TASKS", "measure"]

NODES = 1_000
TASKS = 10_000

_REPLICAS = 2
_ROUNDS = 3
_BY_ZONE = SpreadOver(scope=LabelScope.NODE, label="zone")


def measure(nodes: int = NODES, tasks: int = TASKS) -> Figures:
    """Seconds to place that many swarm tasks, to find machines for as many more, and to judge every node."""
    empty = _swarm(nodes, tasks // _REPLICAS)
    wanted = [Want(service=each, replicas=_REPLICAS) for each in empty.services]
    full = with_placed(empty, place(wanted, empty))
    more = [Want(service=each, replicas=_REPLICAS) for each in full.services]
    crowded = replace(full, nodes=full.nodes[: nodes // 2])
    pool = Pool(name="workers", template=replace(full.nodes[0], id="", hostname=""), room=nodes)
    given = situation(*full.services, nodes=full.nodes)
    return {
        "capacity_place_s": _seconds(lambda: place(wanted, empty)),
        "capacity_needed_nodes_s": _seconds(lambda: needed_nodes(crowded, more, [pool])),
        "capacity_removable_s": _seconds(lambda: removable(given)),
    }


def _seconds(work: Callable[[], object]) -> float:
    """The best of a few rounds."""
    best_s = float("inf")
    for _ in range(_ROUNDS):
        started = time.perf_counter()
        work()
        best_s = min(best_s, time.perf_counter() - started)
    return best_s


def _swarm(nodes: int, services: int) -> Cluster:
    """Nodes in three zones; of ten services one wants a label, and one is spread over the zones."""
    machines = [
        node(
            f"node-{number:04}",
            cores=8,
            memory_bytes=32 * GIB,
            labels={"zone": "abc"[number % 3], "disk": "ssd" if number % 4 else "hdd"},
        )
        for number in range(nodes)
    ]
    return cluster(
        machines,
        *(
            service(
                f"service-{number:04}",
                0,
                cores=0.5,
                memory_bytes=GIB,
                constraints=["node.labels.disk==ssd"] if number % 10 == 0 else [],
                requires=Requirements(spreads=(_BY_ZONE,) if number % 10 == 1 else ()),
            )
            for number in range(services)
        ),
    )
