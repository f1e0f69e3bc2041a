"""A Swarm in memory: services with versions, swarm tasks that a test starts, leaves pending or fails."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import count
from typing import Any

from skep.core.cluster import (
    Availability,
    Cluster,
    Node,
    Resources,
    Service,
    ServiceMode,
    SwarmTask,
    TaskState,
    UpdateState,
)
from skep.errors import Permanent, SkepError, Temporary
from skep.ports import Clock, NodeHandle, OutOfSequence, ServiceHandle
from tests.fakes.clock import FakeClock

__all__ = ["NO_ROOM", "FakeSwarm"]

#: The scheduler's words, which name the reason.
NO_ROOM = "no suitable node (insufficient resources on 1 node)"

_NOTHING = Resources()
_A_SMALL_MACHINE = Resources(cpu_cores=4.0, memory_bytes=8 << 30)


@dataclass(slots=True)
class _Kept:
    """A service without its tasks, and the tasks that Swarm wants to run, by slot."""

    service: Service
    tasks: dict[int, SwarmTask]


class FakeSwarm:
    """Implements :class:`skep.ports.Swarm`.

    Attributes:
        reads: how often the whole Swarm was read.
        writes: every count posted so far, with the name of its service.
        new_tasks: the state in which new swarm tasks begin; ``RUNNING`` starts them at once, ``PENDING`` leaves them
            without a node, for want of room.
        ending: how many containers are being ended on each node, by its id.
    """

    def __init__(self, clock: Clock | None = None) -> None:
        self.reads = 0
        self.writes: list[tuple[str, int]] = []
        self.new_tasks = TaskState.RUNNING
        self._clock = clock or FakeClock()
        self._trouble: SkepError | None = None
        self._versions = count(10)
        self._tasks_ever = count(1)
        self._kept: dict[str, _Kept] = {}
        self._made: Counter[str] = Counter()
        self._nodes: dict[str, Node] = {}
        self._node_versions: dict[str, int] = {}
        self.ending: Counter[str] = Counter()
        self.add_node("node-1", is_manager=True)

    # --- the port ---------------------------------------------------------------------------------------------------

    def read(self) -> Cluster:
        self._reach()
        self.reads += 1
        return Cluster(services=tuple(map(_with_tasks, self._kept.values())), nodes=tuple(self._nodes.values()))

    def read_service(self, service: str) -> ServiceHandle | None:
        self._reach()
        kept = self._find(service)
        return None if kept is None else ServiceHandle(service=kept.service, raw=kept.service.version_index)

    def set_replicas(self, handle: ServiceHandle, replicas: int) -> None:
        self._reach()
        name = handle.service.name
        kept = self._find(handle.service.id)
        if kept is None:
            raise Permanent(f"service {name} not found")
        if kept.service.mode is not ServiceMode.REPLICATED or replicas < 0:
            raise Permanent(f"{name} cannot have {replicas} replicas")
        if handle.raw != kept.service.version_index:
            raise OutOfSequence("update out of sequence")
        self.writes.append((name, replicas))
        self.change(name, replicas=replicas)

    def read_nodes(self) -> tuple[Node, ...]:
        self._reach()
        return tuple(self._nodes.values())

    def read_node(self, node: str) -> NodeHandle | None:
        self._reach()
        found = self._find_node(node)
        return None if found is None else NodeHandle(node=found, raw=self._node_versions[found.id])

    def update_node(
        self,
        handle: NodeHandle,
        *,
        availability: Availability | None = None,
        labels: Mapping[str, str | None] | None = None,
    ) -> None:
        self._reach()
        node = self._find_node(handle.node.id)
        if node is None:
            raise Permanent(f"node {handle.node.id} not found")
        if handle.raw != self._node_versions[node.id]:
            raise OutOfSequence("update out of sequence")
        after = {**dict(node.labels), **(labels or {})}
        self.change_node(
            node.hostname,
            availability=availability or node.availability,
            labels=tuple((label, value) for label, value in after.items() if value is not None),
        )

    def count_occupants(self, node_id: str) -> int:
        self._reach()
        here = sum(task.node_id == node_id for kept in self._kept.values() for task in kept.tasks.values())
        return here + self.ending[node_id]

    def remove_node(self, handle: NodeHandle, *, force: bool = False) -> None:
        self._reach()
        node = self._find_node(handle.node.id)
        if node is None:
            return
        if node.is_manager or (node.is_ready and not force):
            raise Permanent(f"node {node.id} is a manager or is not down and can't be removed")
        self.lose_node(node.hostname)

    # --- what a test arranges ---------------------------------------------------------------------------------------

    def add(
        self,
        name: str,
        *,
        replicas: int | None = 1,
        mode: ServiceMode = ServiceMode.REPLICATED,
        labels: Mapping[str, str] | None = None,
        limits: Resources = _NOTHING,
        reservations: Resources = _NOTHING,
        stack: str | None = None,
        update_state: UpdateState = UpdateState.NONE,
        rolls_back_on_failure: bool = False,
    ) -> str:
        """Create a service, whose swarm tasks begin as :attr:`new_tasks` says; returns its id.

        One that is made anew under a name that was there before has another id.
        """
        self._made[name] += 1
        service_id = f"{name}-id" if self._made[name] == 1 else f"{name}-id-{self._made[name]}"
        self._kept[name] = _Kept(
            service=Service(
                id=service_id,
                name=name,
                mode=mode,
                replicas=replicas if mode is ServiceMode.REPLICATED else None,
                version_index=next(self._versions),
                labels=tuple((labels or {}).items()),
                limits=limits,
                reservations=reservations,
                stack=stack,
                update_state=update_state,
                rolls_back_on_failure=rolls_back_on_failure,
                updated_at=self._clock.now(),
            ),
            tasks={},
        )
        self._fit_tasks(self._kept[name])
        return service_id

    def change(self, name: str, **fields: Any) -> None:
        """Somebody writes the service: ``change("web", replicas=2, update_state=UpdateState.UPDATING)``."""
        kept = self._kept[name]
        if "replicas" in fields:
            fields = {"is_confirmed": all(getattr(kept.service, key) == fields[key] for key in fields), **fields}
        kept.service = replace(kept.service, version_index=next(self._versions), updated_at=self._clock.now(), **fields)
        self._fit_tasks(kept)

    def label(self, name: str, labels: Mapping[str, str]) -> None:
        """Somebody sets service labels; the others stay."""
        self.change(name, labels=tuple({**dict(self._kept[name].service.labels), **labels}.items()))

    def remove(self, name: str) -> None:
        """Somebody removes the service."""
        del self._kept[name]

    def start(self, name: str, how_many: int | None = None) -> None:
        """Let swarm tasks that are on their way run: all, or so many."""
        waiting = [task for task in self.tasks(name) if task.state.is_on_its_way]
        for task in waiting[:how_many]:
            self.set_task(name, task, state=TaskState.RUNNING, error="", node_id="node-1-id")

    def pend(self, name: str, how_many: int | None = None, *, error: str = NO_ROOM) -> None:
        """Let no node take swarm tasks that are on their way."""
        waiting = [task for task in self.tasks(name) if task.state.is_on_its_way]
        for task in waiting[:how_many]:
            self.set_task(name, task, state=TaskState.PENDING, error=error, node_id=None)

    def fail(self, name: str, how_many: int = 1) -> None:
        """Let running swarm tasks die; Swarm puts new ones in their place."""
        running = [task for task in self.tasks(name) if task.is_running]
        for task in running[:how_many]:
            del self._kept[name].tasks[task.slot or 0]
        self._fit_tasks(self._kept[name])

    def tasks(self, name: str) -> tuple[SwarmTask, ...]:
        """The swarm tasks of a service, by slot."""
        return tuple(task for _, task in sorted(self._kept[name].tasks.items()))

    def set_task(self, name: str, task: SwarmTask, **fields: Any) -> None:
        """Change one swarm task; it enters its state now."""
        self._kept[name].tasks[task.slot or 0] = replace(task, state_since=self._clock.now(), **fields)

    def service(self, name: str) -> Service:
        """A service with its swarm tasks, as :meth:`read` would show it."""
        return _with_tasks(self._kept[name])

    def add_node(
        self,
        hostname: str,
        *,
        is_manager: bool = False,
        is_ready: bool = True,
        availability: Availability = Availability.ACTIVE,
        capacity: Resources = _A_SMALL_MACHINE,
        labels: Mapping[str, str] | None = None,
    ) -> str:
        """Add a node, or replace the one of that name; returns its id."""
        self._nodes[hostname] = Node(
            id=f"{hostname}-id",
            hostname=hostname,
            is_manager=is_manager,
            is_ready=is_ready,
            availability=availability,
            address=f"10.0.0.{len(self._nodes) + 1}",
            capacity=capacity,
            labels=tuple((labels or {}).items()),
        )
        self._node_versions[f"{hostname}-id"] = next(self._versions)
        return f"{hostname}-id"

    def change_node(self, hostname: str, **fields: Any) -> None:
        """Somebody, or what happens to the machine, changes a node: ``change_node("node-2", is_ready=False)``."""
        node = self._nodes[hostname] = replace(self._nodes[hostname], **fields)
        self._node_versions[node.id] = next(self._versions)

    def share_name(self, hostname: str, other: str) -> None:
        """A node calls itself as another one does; tests go on calling it by its old name."""
        self._nodes[hostname] = replace(self._nodes[hostname], hostname=other)

    def lose_node(self, hostname: str) -> None:
        """Somebody removes a node from the Swarm."""
        del self._nodes[hostname]

    def node(self, hostname: str) -> Node:
        """A node, as :meth:`read` would show it."""
        return self._nodes[hostname]

    def break_down(self, trouble: SkepError | None = None) -> None:
        """Be out of reach until :meth:`come_back`, or answer everything with other trouble."""
        self._trouble = trouble or Temporary("the engine does not answer")

    def come_back(self) -> None:
        """Answer again."""
        self._trouble = None

    # --- inside -----------------------------------------------------------------------------------------------------

    def _reach(self) -> None:
        if self._trouble is not None:
            raise self._trouble

    def _find(self, service: str) -> _Kept | None:
        return next((kept for kept in self._kept.values() if service in (kept.service.id, kept.service.name)), None)

    def _find_node(self, node: str) -> Node | None:
        return next((known for known in self._nodes.values() if node in (known.id, known.hostname)), None)

    def _fit_tasks(self, kept: _Kept) -> None:
        """One swarm task per slot: missing ones begin, the newest surplus ones end, idle ones before those that run."""
        wanted = len(self._nodes) if kept.service.replicas is None else kept.service.replicas
        surplus = sorted(kept.tasks.values(), key=lambda task: (task.is_running, -(task.slot or 0)))
        for task in surplus[: max(0, len(kept.tasks) - wanted)]:
            del kept.tasks[task.slot or 0]
        for slot in count(1):
            if len(kept.tasks) >= wanted:
                return
            if slot not in kept.tasks:
                kept.tasks[slot] = self._new_task(kept.service, slot)

    def _new_task(self, service: Service, slot: int) -> SwarmTask:
        is_placed = self.new_tasks is not TaskState.PENDING
        return SwarmTask(
            id=f"{service.name}-task-{next(self._tasks_ever)}",
            service_id=service.id,
            slot=slot,
            node_id="node-1-id" if is_placed else None,
            state=self.new_tasks,
            state_since=self._clock.now(),
            is_wanted=True,
            error="" if is_placed else NO_ROOM,
        )


def _with_tasks(kept: _Kept) -> Service:
    return replace(kept.service, tasks=tuple(task for _, task in sorted(kept.tasks.items())))
