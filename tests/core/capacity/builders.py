"""Small Swarms for tests: a test names only what it is about."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from skep.core.cluster import (
    Availability,
    Cluster,
    ManagerStatus,
    Node,
    Resources,
    RestartCondition,
    Service,
    ServiceMode,
    SwarmTask,
    TaskState,
    UpdateState,
)
from skep.core.requirements import Constraint, GenericResource, Operator, Platform, Plugin, Requirements
from tests.builders import ago

__all__ = ["GIB", "LINUX", "cluster", "constraint", "manager", "node", "pending_task", "running_on", "service", "task"]

GIB = 1 << 30
LINUX = Platform(os="linux", architecture="x86_64")


def node(
    name: str = "node-1",
    *,
    cores: float = 4.0,
    memory_bytes: int = 8 * GIB,
    labels: Mapping[str, str] | None = None,
    engine_labels: Mapping[str, str] | None = None,
    availability: Availability = Availability.ACTIVE,
    is_ready: bool = True,
    address: str = "10.0.0.1",
    platform: Platform = LINUX,
    plugins: Iterable[Plugin] | None = None,
    generic: Iterable[GenericResource] = (),
) -> Node:
    """A worker with the id ``<name>-id``."""
    return Node(
        id=f"{name}-id",
        hostname=name,
        is_manager=False,
        is_ready=is_ready,
        availability=availability,
        address=address,
        capacity=Resources(cpu_cores=cores, memory_bytes=memory_bytes),
        labels=tuple((labels or {}).items()),
        platform=platform,
        engine_labels=tuple((engine_labels or {}).items()),
        plugins=None if plugins is None else tuple(plugins),
        generic=tuple(generic),
    )


def manager(name: str = "manager-1", *, is_leader: bool = False, is_reachable: bool = True) -> Node:
    """A manager that takes swarm tasks."""
    status = ManagerStatus(is_leader=is_leader, is_reachable=is_reachable)
    return replace(node(name), is_manager=True, manager=status)


def task(
    service_name: str,
    number: int,
    on: str | None,
    *,
    state: TaskState = TaskState.RUNNING,
    is_wanted: bool = True,
    reservations: Resources | None = None,
    generic: Iterable[GenericResource] = (),
) -> SwarmTask:
    """A swarm task of a service, on the node of that name or on none."""
    return SwarmTask(
        id=f"{service_name}.{number}",
        service_id=f"{service_name}-id",
        slot=number,
        node_id=None if on is None else f"{on}-id",
        state=state,
        state_since=ago(3600),
        is_wanted=is_wanted,
        reservations=reservations,
        generic=tuple(generic),
    )


def running_on(service_name: str, *nodes: str) -> tuple[SwarmTask, ...]:
    """One running swarm task on each node that is named, as often as it is named."""
    return tuple(task(service_name, number, on) for number, on in enumerate(nodes, 1))


def pending_task(service_name: str, number: int) -> SwarmTask:
    """A swarm task that the scheduler found no node for."""
    return task(service_name, number, None, state=TaskState.PENDING)


def service(
    name: str = "web",
    replicas: int | None = None,
    *,
    tasks: Sequence[SwarmTask] = (),
    on: Sequence[str] = (),
    cores: float | None = None,
    memory_bytes: int | None = None,
    requires: Requirements | None = None,
    constraints: Sequence[str] = (),
    mode: ServiceMode = ServiceMode.REPLICATED,
    restart: RestartCondition = RestartCondition.ANY,
    update_state: UpdateState = UpdateState.NONE,
) -> Service:
    """A service with the id ``<name>-id``: ``on`` names the nodes its replicas run on."""
    running = (*tasks, *running_on(name, *on))
    asked = requires or Requirements()
    return Service(
        id=f"{name}-id",
        name=name,
        mode=mode,
        replicas=(len(running) if replicas is None else replicas) if mode is ServiceMode.REPLICATED else None,
        version_index=7,
        reservations=Resources(cpu_cores=cores, memory_bytes=memory_bytes),
        requirements=replace(asked, constraints=(*asked.constraints, *map(constraint, constraints))),
        restart=restart,
        update_state=update_state,
        updated_at=ago(3600),
        tasks=running,
    )


def constraint(text: str) -> Constraint:
    """``node.labels.disk==ssd``; any other text is one that nobody understands."""
    for operator in (Operator.EQUALS, Operator.DIFFERS):
        key, found, value = text.partition(operator.value)
        if found:
            return Constraint(key=key, operator=operator, value=value, text=text)
    return Constraint(key="", operator=Operator.UNKNOWN, value="", text=text)


def cluster(nodes: Iterable[Node], *services: Service) -> Cluster:
    """A Swarm of them."""
    return Cluster(services=services, nodes=tuple(nodes))
