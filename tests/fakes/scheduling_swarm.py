"""A Swarm in memory that schedules: several nodes, and an orchestrator that works one small piece at a time.

Of swarmkit it keeps what matters to a drain. A service whose count is lowered loses replicas without a node first,
then those of which a node has most, and only among equals those that have yet to run (manager/orchestrator/replicated).
A replica that must leave a drained node ends at once, and its successor begins without a node
(manager/orchestrator/restart).
"""

from collections import Counter
from dataclasses import replace

from skep.core.cluster import Availability, Node, SwarmTask, TaskState
from skep.ports import Clock
from tests.fakes.swarm import NO_ROOM, FakeSwarm, _Kept

__all__ = ["SchedulingSwarm"]


class SchedulingSwarm(FakeSwarm):
    """Implements :class:`skep.ports.Swarm`; nothing happens but by :meth:`follow`, :meth:`place` and :meth:`begin`.

    Attributes:
        room: how many swarm tasks a node takes; a node that is not named takes any number.
    """

    def __init__(self, clock: Clock | None = None, *, workers: int = 3) -> None:
        super().__init__(clock)
        self.room: dict[str, int] = {}
        self.lose_node("node-1")
        for number in range(workers):
            self.add_node(f"worker-{number + 1}")

    def settle(self) -> None:
        """Let Swarm work until nothing is left to be done."""
        before = None
        while before != (before := self._picture()):
            for name in tuple(self._kept):
                self.follow(name)
            while self.place():
                pass
            while self.begin():
                pass
            self.ending.clear()

    def follow(self, name: str) -> None:
        """The orchestrator looks at one service: its count, and the nodes of its swarm tasks."""
        kept = self._kept[name]
        for slot, task in sorted(kept.tasks.items()):
            if task.node_id is not None and self._must_leave(task.node_id):
                if task.state is TaskState.RUNNING:
                    self.ending[task.node_id] += 1
                kept.tasks[slot] = self._fresh(kept, slot)
        wanted = kept.service.replicas or 0
        for slot in self._in_order_of_worth(kept)[wanted:]:
            ended = kept.tasks.pop(slot)
            if ended.node_id is not None and ended.state is TaskState.RUNNING:
                self.ending[ended.node_id] += 1
        free = (slot for slot in range(1, 1000) if slot not in kept.tasks)
        while len(kept.tasks) < wanted:
            slot = next(free)
            kept.tasks[slot] = self._fresh(kept, slot)

    def place(self) -> bool:
        """The scheduler finds a node for one swarm task: that with the fewest of its service, then of all."""
        for kept in self._kept.values():
            for slot, task in sorted(kept.tasks.items()):
                if task.node_id is not None:
                    continue
                node = self._best_node(kept)
                if node is not None:
                    kept.tasks[slot] = replace(task, node_id=node.id, state=TaskState.PREPARING, error="")
                    return True
                kept.tasks[slot] = replace(task, error=NO_ROOM)
        return False

    def begin(self, number: int = 0) -> bool:
        """One of the replicas that have a node begins to serve."""
        waiting = [
            (kept, slot)
            for kept in self._kept.values()
            for slot, task in sorted(kept.tasks.items())
            if task.state is TaskState.PREPARING
        ]
        if not waiting:
            return False
        kept, slot = waiting[number % len(waiting)]
        kept.tasks[slot] = replace(kept.tasks[slot], state=TaskState.RUNNING)
        return True

    def serving(self, name: str) -> int:
        """How many replicas of a service serve."""
        return sum(task.is_running for task in self.tasks(name))

    def on(self, name: str, hostname: str) -> int:
        """How many swarm tasks of a service are on a node."""
        return sum(task.node_id == f"{hostname}-id" for task in self.tasks(name))

    # --- inside ----------------------------------------------------------------------------------------------------

    def _fit_tasks(self, kept: _Kept) -> None:
        """The orchestrator comes later."""

    def _picture(self) -> object:
        return [(name, tuple(sorted(kept.tasks.items()))) for name, kept in self._kept.items()]

    def _must_leave(self, node_id: str) -> bool:
        node = self._find_node(node_id)
        return node is None or not node.is_ready or node.availability is Availability.DRAIN

    def _fresh(self, kept: _Kept, slot: int) -> SwarmTask:
        self.new_tasks = TaskState.PENDING
        return replace(self._new_task(kept.service, slot), error="")

    def _in_order_of_worth(self, kept: _Kept) -> list[int]:
        """Slots, those first that would be kept."""
        counted: Counter[str] = Counter()
        ranked: list[tuple[bool, int, int]] = []
        for slot, task in sorted(kept.tasks.items(), key=lambda item: (not item[1].is_running, item[0])):
            if task.node_id is not None:
                counted[task.node_id] += 1
            ranked.append((task.node_id is None, counted[task.node_id or ""], slot))
        return [slot for _, _, slot in sorted(ranked)]

    def _best_node(self, kept: _Kept) -> Node | None:
        loads = Counter(task.node_id for other in self._kept.values() for task in other.tasks.values())
        own = Counter(task.node_id for task in kept.tasks.values())
        fitting = [
            node
            for node in self._nodes.values()
            if node.is_ready
            and node.availability is Availability.ACTIVE
            and loads[node.id] < self.room.get(node.hostname, 1000)
        ]
        return min(fitting, key=lambda node: (own[node.id], loads[node.id], node.id), default=None)
