"""What Swarm's managers do so that a service is as its spec says, and what nodes do with their swarm tasks.

The rules are those of swarmkit (manager/orchestrator: replicated, global, jobs, restart; manager/scheduler; agent).
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta

from lab.emulator.placement import fits, may_stay, place, why_nowhere
from lab.emulator.rollout import Rollouts
from lab.emulator.store import Store
from lab.emulator.things import Condition, Mode, Node, Service, State, SwarmTask, rank

__all__ = ["BROKEN", "Orchestrator"]

#: An image with this in its name is in no registry.
BROKEN = "broken"

_NS_PER_MICROSECOND = 1_000
_JOBS = (Mode.REPLICATED_JOB, Mode.GLOBAL_JOB)


class Orchestrator:
    """Brings what is to what was asked for, one settled instant after another."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.rollouts = Rollouts(store)
        self._by_mode: Mapping[Mode, Callable[[Service], None]] = {
            Mode.REPLICATED: self._replicated,
            Mode.GLOBAL: self._global,
            Mode.REPLICATED_JOB: self._replicated_job,
            Mode.GLOBAL_JOB: self._global_job,
        }
        self._by_step: Mapping[str, Callable[[SwarmTask], None]] = {
            "prepare": self._prepare,
            "reject": self._reject,
            "prepared": self._prepared,
            "started": self._started,
            "finish": self._finish,
            "stop": self._stop,
        }

    # --- managers ---------------------------------------------------------------------------------------------------

    def settle(self) -> None:
        """Look at every service that something has happened to, until nothing more follows."""
        store = self._store
        while store.unsettled or store.has_room:
            ids, store.unsettled = store.unsettled, {}
            for service_id in ids:
                if service := store.services.get(service_id):
                    self._look_at(service)
            self._schedule()

    def leave(self, node: Node) -> None:
        """A node is being drained, is down, or is about to be removed: its swarm tasks are replaced elsewhere."""
        for task in list(node.tasks.values()):
            service = self._store.services.get(task.service_id)
            if service is None or not task.is_live:
                continue
            if service.mode is Mode.REPLICATED:
                self._restart(service, task, waits=not node.is_down, at_once=node.availability == "drain")
            else:
                self._store.set_desired(task, State.SHUTDOWN)
                self._store.unsettled[service.id] = None

    def fail(self, task: SwarmTask, state: State, message: str, err: str) -> None:
        """A swarm task ended by itself."""
        node = self._store.nodes.get(task.node_id)
        service = self._store.services.get(task.service_id)
        if node is not None and service is not None:
            node.failures.setdefault(service.id, []).append(self._store.now)
        self._store.end(task, state, message, err)
        if service is not None and task.is_live:
            self.rollouts.failed(service, task)
            self._restart(service, task, waits=False, at_once=False)

    def _look_at(self, service: Service) -> None:
        self._let_start(service)
        self._by_mode[service.mode](service)
        if service.mode not in _JOBS:
            self.rollouts.go_on(service)

    def _let_start(self, service: Service) -> None:
        """Swarm tasks that waited for another one to stop, or for a delay to pass."""
        for task in service.live():
            if task.desired is not State.READY:
                continue
            has_stopped = task.after is None or rank(task.after.state) > rank(State.RUNNING)
            if has_stopped and (task.not_before is None or task.not_before <= self._store.now):
                task.after = task.not_before = None
                self._store.set_desired(task, State.RUNNING)
                if task.state is State.READY:
                    self._start(task)

    def _restart(self, service: Service, task: SwarmTask, *, waits: bool, at_once: bool) -> None:
        condition = task.template.restart
        has_succeeded = task.state is State.COMPLETE
        if condition is Condition.NONE or (condition is Condition.ON_FAILURE and has_succeeded):
            self._store.set_desired(task, State.SHUTDOWN)
            task.rests = True
            return
        delay = timedelta(microseconds=task.template.restart_delay_ns // _NS_PER_MICROSECOND)
        self._store.replace(task, after=timedelta(0) if at_once else delay, waits=waits)
        self._store.unsettled[service.id] = None

    def _replicated(self, service: Service) -> None:
        slots: defaultdict[int, list[SwarmTask]] = defaultdict(list)
        resting = {task.slot for task in service.tasks.values() if task.rests and task.template is service.template}
        for task in service.live():
            slots[task.slot].append(task)
        wanted = service.replicas
        missing = wanted - len(slots.keys() | resting)
        for slot in _free(slots.keys() | resting, missing):
            self._store.create_task(service, slot=slot, desired=State.RUNNING)
        if len(slots) > wanted:
            for slot in _leaving(slots, len(slots) - wanted):
                for task in slots[slot]:
                    self._store.set_desired(task, State.REMOVE)

    def _global(self, service: Service) -> None:
        """One on each node that may have one; a paused node keeps what it has."""
        there = {task.node_id for task in service.live()}
        needs = service.template.needs
        for node in self._store.nodes.values():
            is_wanted = not node.is_down and node.availability != "drain" and may_stay(needs, node)
            if is_wanted and node.id not in there and node.availability == "active":
                self._store.create_task(service, node_id=node.id, desired=State.RUNNING)
        for task in service.live():
            node_of = self._store.nodes.get(task.node_id)
            if node_of is None or not may_stay(needs, node_of) or node_of.availability == "drain":
                self._store.set_desired(task, State.SHUTDOWN)

    def _replicated_job(self, service: Service) -> None:
        self._end_former(service)
        job = service.spec["Mode"][Mode.REPLICATED_JOB]
        total = job.get("TotalCompletions") or job.get("MaxConcurrent") or 1
        at_once = job.get("MaxConcurrent") or total
        present = [task for task in service.tasks.values() if task.iteration == service.iteration]
        done = sum(task.state is State.COMPLETE for task in present)
        working = sum(task.is_live and task.state is not State.COMPLETE for task in present)
        used = {task.slot for task in present if task.is_live or task.state is State.COMPLETE}
        for slot in _free(used, min(at_once - working, total - done - working)):
            self._store.create_task(service, slot=slot, desired=State.COMPLETE)

    def _global_job(self, service: Service) -> None:
        self._end_former(service)
        there = {task.node_id for task in service.tasks.values() if task.iteration == service.iteration}
        for node in self._store.nodes.values():
            if node.takes_new and node.id not in there and may_stay(service.template.needs, node):
                self._store.create_task(service, node_id=node.id, desired=State.COMPLETE)

    def _end_former(self, service: Service) -> None:
        for task in service.live():
            if task.iteration != service.iteration:
                self._store.set_desired(task, State.REMOVE)

    # --- the scheduler ----------------------------------------------------------------------------------------------

    def _schedule(self) -> None:
        store = self._store
        store.has_room = False
        for service_id, waiting in list(store.unplaced.items()):
            anywhere: defaultdict[int, list[SwarmTask]] = defaultdict(list)
            for task in list(waiting.values()):
                if task.node_id:
                    self._try_own_node(task)
                else:
                    anywhere[id(task.template)].append(task)
            for tasks in anywhere.values():
                self._try_all_nodes(service_id, tasks)

    def _try_own_node(self, task: SwarmTask) -> None:
        node = self._store.nodes[task.node_id]
        if fits(task.template.needs, node, task.service_id):
            self._store.assign(task, node)
        else:
            self._wait(task, why_nowhere(task.template.needs, task.service_id, [node]))

    def _try_all_nodes(self, service_id: str, tasks: list[SwarmTask]) -> None:
        nodes = self._store.nodes.values()
        template = tasks[0].template
        places = place(template, service_id, len(tasks), nodes, self._store.now)
        why = ""
        for task, node in zip(tasks, places, strict=True):
            if node is not None:
                self._store.assign(task, node)
            else:
                why = why or why_nowhere(template.needs, service_id, nodes)
                self._wait(task, why)

    def _wait(self, task: SwarmTask, why: str) -> None:
        """Let a swarm task wait for room; one that is older than the spec of its service is forgotten (moby#53722)."""
        service = self._store.services.get(task.service_id)
        if service is not None and task.written < service.written:
            self._store.give_up(task)
        elif (task.state, task.err) != (State.PENDING, why):
            self._store.set_state(task, State.PENDING, "pending task scheduling", why)

    # --- nodes ------------------------------------------------------------------------------------------------------

    def take(self, task: SwarmTask, step: str) -> None:
        """A swarm task takes the step that was due."""
        self._by_step[step](task)

    def _prepare(self, task: SwarmTask) -> None:
        self._store.set_state(task, State.PREPARING, "preparing")
        takes = self._store.delays.start / 2
        if BROKEN not in task.template.image:
            self._store.step(task, "prepared", takes)
        else:  # the next attempt comes when its delay is over
            self._store.step(task, "reject", max(takes, (task.not_before or self._store.now) - self._store.now))

    def _reject(self, task: SwarmTask) -> None:
        self.fail(task, State.REJECTED, "preparing", f"No such image: {task.template.image}")

    def _prepared(self, task: SwarmTask) -> None:
        self._store.set_state(task, State.READY, "prepared")
        if task.desired is not State.READY:
            self._start(task)

    def _start(self, task: SwarmTask) -> None:
        self._store.set_state(task, State.STARTING, "starting")
        self._store.step(task, "started", self._store.delays.start / 2)

    def _started(self, task: SwarmTask) -> None:
        self._store.set_state(task, State.RUNNING, "started")
        self._store.unsettled[task.service_id] = None
        if task.desired is State.COMPLETE:
            self._store.step(task, "finish", self._store.delays.job)

    def _finish(self, task: SwarmTask) -> None:
        self._store.end(task, State.COMPLETE, "finished")

    def _stop(self, task: SwarmTask) -> None:
        self._store.end(task, State.SHUTDOWN, "shutdown")


def _free(taken: "set[int]", count: int) -> Iterator[int]:
    """The lowest slots that nobody has."""
    slot = 0
    while count > 0:
        slot += 1
        if slot not in taken:
            count -= 1
            yield slot


def _leaving(slots: Mapping[int, list[SwarmTask]], count: int) -> list[int]:
    """Those that go first: what does not run yet, then the one that its node has most others of.

    Each slot is counted as the first, second, third of the service on its node; the highest counts go.
    """
    nth_on: Counter[str] = Counter()
    order: list[tuple[float, int]] = []
    for slot in sorted(slots, key=lambda slot: not any(task.state is State.RUNNING for task in slots[slot])):
        tasks = slots[slot]
        if len(tasks) == 1 and tasks[0].node_id:
            nth_on[tasks[0].node_id] += 1
            order.append((nth_on[tasks[0].node_id], slot))
        else:
            order.append((float("inf"), slot))
    order.sort(key=lambda entry: entry[0])
    return [slot for _, slot in order[-count:]]
