"""Random Swarms, whose swarm tasks stand where the scheduler would have put them."""

from collections import Counter
from dataclasses import replace

from hypothesis import strategies as st

from skep.core.capacity.burden import nano_cpus, of_each_kind
from skep.core.capacity.placement import Placement, place
from skep.core.capacity.want import Want
from skep.core.cluster import Availability, Cluster, Node, Service, SwarmTask
from skep.core.requirements import GenericResource, HostPort, LabelScope, Requirements, SpreadOver
from tests.core.capacity.builders import GIB, cluster, node, service, task

__all__ = ["assert_that_all_requirements_hold", "clusters", "nodes", "services", "with_placed", "with_replicas"]

_ZONES = st.sampled_from([{}, {"zone": "a"}, {"zone": "b"}])
_DISKS = st.sampled_from([{}, {"disk": "ssd"}])
_CORES = st.sampled_from([None, 0.3, 0.5, 1.0, 2.0])
_MEMORY = st.sampled_from([None, GIB // 2, GIB, 3 * GIB])
_CONSTRAINTS = st.lists(st.sampled_from(["node.labels.disk==ssd", "node.labels.zone!=b"]), max_size=1)
_SPREADS = st.lists(
    st.sampled_from([SpreadOver(scope=LabelScope.NODE, label="zone"), SpreadOver(scope=LabelScope.NODE, label="disk")]),
    max_size=2,
    unique=True,
)
_PORTS = st.lists(st.sampled_from([HostPort(port=80), HostPort(port=81)]), max_size=1)
_LIMITS = st.sampled_from([None, None, 1, 2])
_GENERIC = st.sampled_from([(), (), (GenericResource(kind="gpu", amount=1),)])
_AVAILABILITIES = st.sampled_from([Availability.ACTIVE] * 6 + [Availability.DRAIN, Availability.PAUSE])


@st.composite
def nodes(draw: st.DrawFn, number: int) -> Node:
    """``node-<number>``."""
    return node(
        f"node-{number}",
        cores=draw(st.sampled_from([1.0, 2.0, 4.0])),
        memory_bytes=draw(st.sampled_from([2, 4, 8])) * GIB,
        labels=draw(_ZONES) | draw(_DISKS),
        availability=draw(_AVAILABILITIES),
        generic=draw(st.sampled_from([(), (GenericResource(kind="gpu", amount=2),)])),
    )


@st.composite
def services(draw: st.DrawFn, number: int) -> Service:
    """``service-<number>``, without replicas yet."""
    return service(
        f"service-{number}",
        cores=draw(_CORES),
        memory_bytes=draw(_MEMORY),
        constraints=draw(_CONSTRAINTS),
        requires=Requirements(
            spreads=tuple(draw(_SPREADS)),
            host_ports=tuple(draw(_PORTS)),
            max_replicas_per_node=draw(_LIMITS),
            generic=draw(_GENERIC),
        ),
    )


@st.composite
def clusters(draw: st.DrawFn, *, max_nodes: int = 6, max_services: int = 4, max_replicas: int = 6) -> Cluster:
    """A Swarm whose services have replicas on those nodes where Swarm would have put them."""
    machines = [draw(nodes(number)) for number in range(1, draw(st.integers(1, max_nodes)) + 1)]
    bare = [draw(services(number)) for number in range(1, draw(st.integers(1, max_services)) + 1)]
    empty = cluster(machines, *bare)
    wanted = [Want(service=each, replicas=draw(st.integers(0, max_replicas))) for each in bare]
    return with_placed(empty, place([want for want in wanted if want.replicas], empty))


def with_placed(before: Cluster, placement: Placement) -> Cluster:
    """The Swarm after a placement: what was assigned runs, and what is pending was never asked for."""
    new: dict[str, list[SwarmTask]] = {each.id: [] for each in before.services}
    for assigned in placement.assigned:
        tasks = new[assigned.service_id]
        tasks += (
            replace(task("x", 0, None), id=f"{assigned.service_id}.{assigned.node_id}.{number}")
            for number in range(assigned.replicas)
        )
        tasks[-assigned.replicas :] = [
            replace(each, service_id=assigned.service_id, node_id=assigned.node_id)
            for each in tasks[-assigned.replicas :]
        ]
    return replace(before, services=tuple(with_replicas(each, *new[each.id]) for each in before.services))


def with_replicas(of: Service, *more: SwarmTask) -> Service:
    """The service with more swarm tasks, and a count that says so."""
    tasks = tuple(
        replace(each, slot=number, id=f"{of.name}.{number}") for number, each in enumerate((*of.tasks, *more), 1)
    )
    return replace(of, tasks=tasks, replicas=len(tasks))


def assert_that_all_requirements_hold(swarm: Cluster) -> None:
    """Whatever put the swarm tasks where they are: no node gives more than it has, and all requirements are met.

    Worked out from the swarm tasks alone, without the simulation.
    """
    for machine in swarm.nodes:
        there = [each for each in swarm.services for one in each.tasks if one.node_id == machine.id]
        ports = Counter(port for each in there for port in each.requirements.host_ports)
        assert sum(nano_cpus(each.reservations) for each in there) <= nano_cpus(machine.capacity)
        assert sum(each.reservations.memory_bytes or 0 for each in there) <= (machine.capacity.memory_bytes or 0)
        assert max(ports.values(), default=0) <= 1
        for kind, amount in of_each_kind(asked for each in there for asked in each.requirements.generic).items():
            assert amount <= of_each_kind(machine.generic)[kind]
        for each, replicas in Counter(each.id for each in there).items():
            of = _first(there, each)
            limit = of.requirements.max_replicas_per_node
            assert limit is None or replicas <= limit
            assert all(_holds(text, machine) for text in (asked.text for asked in of.requirements.constraints))


def _first(services: list[Service], service_id: str) -> Service:
    return next(each for each in services if each.id == service_id)


def _holds(text: str, machine: Node) -> bool:
    """The two constraints that random services have."""
    labels = dict(machine.labels)
    return labels.get("disk") == "ssd" if text == "node.labels.disk==ssd" else labels.get("zone") != "b"
