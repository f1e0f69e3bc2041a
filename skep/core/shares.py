"""Services dealt out over several workers: each to one of them, whole stacks together, about as much work to each."""

from collections import defaultdict
from heapq import heappop, heappush

from skep.core.cluster import Cluster, Service

__all__ = ["deal"]


def deal(cluster: Cluster, shares: int, *, turn: int = 0) -> tuple[Cluster, ...]:
    """The services of a cluster in so many parts, in their order; nodes are in the first part only.

    The services of a stack stay together, because a deploy is told by what it did to the others of its stack. The
    largest stack goes first, each to whoever has least so far; the same cluster is always dealt alike, but for the
    turn: where there are too few workers it is not always the same services that nobody decides.

    Args:
        cluster: as it was read.
        shares: 1 or more; some are empty where there are fewer stacks.
        turn: any whole number, another one each time: who gets which part.
    """
    stacks: defaultdict[tuple[bool, str], list[Service]] = defaultdict(list)
    for service in cluster.services:
        stacks[_stack(service)].append(service)
    work = {stack: sum(_work(service) for service in services) for stack, services in stacks.items()}
    holder: dict[tuple[bool, str], int] = {}
    least = [(0, number) for number in range(shares)]
    for stack in sorted(stacks, key=lambda stack: (-work[stack], stack)):
        so_far, number = heappop(least)
        holder[stack] = number
        heappush(least, (so_far + work[stack], number))
    dealt: list[list[Service]] = [[] for _ in range(shares)]
    for service in cluster.services:
        dealt[(holder[_stack(service)] + turn) % shares].append(service)
    return tuple(
        Cluster(services=tuple(services), nodes=cluster.nodes if number == 0 else ())
        for number, services in enumerate(dealt)
    )


def _stack(service: Service) -> tuple[bool, str]:
    """What a service stays with; one without a stack stays with nobody else, however it is called."""
    return (True, service.name) if service.stack is None else (False, service.stack)


def _work(service: Service) -> int:
    """Each swarm task has series of its own, and a service takes about as long as one of them."""
    return 1 + len(service.tasks)
