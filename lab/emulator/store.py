"""What the managers of a Swarm keep: its things, its version indexes, and the steps that are due.

Nothing here knows what time it is: instants come in, and every delay is a step on a queue.
"""

import heapq
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from string import ascii_lowercase, digits
from typing import NamedTuple

from lab.emulator.events import EventLog
from lab.emulator.needs import Document
from lab.emulator.things import Mode, Node, Service, State, SwarmTask, Template, rank

__all__ = ["Delays", "Due", "Store"]

_ALPHABET = digits + ascii_lowercase
_ID_LENGTH = 25
# Swarm's TaskHistoryRetentionLimit, which counts the living one too.
_KEPT_PER_PLACE = 5
_NEVER = -1


@dataclass(frozen=True, slots=True, kw_only=True)
class Delays:
    """How long containers take.

    Attributes:
        start: from the moment a node has been told of a swarm task until it runs; one half to prepare it, one to start.
        stop: until a container has ended that was told to.
        job: how long a swarm task of a job works.
    """

    start: timedelta = timedelta(seconds=1)
    stop: timedelta = timedelta(seconds=1)
    job: timedelta = timedelta(seconds=10)


class Due(NamedTuple):
    """A step of a swarm task, or, without a step, a service to be looked at."""

    at: datetime
    number: int
    id: str
    step: str


class Store:
    """Everything, with the few changes that all others are made of.

    Attributes:
        now: the instant of the change being made.
        index: Swarm's version index: each change is the next.
        names: ids of services by name.
        unsettled: ids of services to be looked at.
        unplaced: swarm tasks without a node, by service, in the order in which they came.
        has_room: whether something changed that may let an unplaced one in.
    """

    def __init__(self, now: datetime, delays: Delays, *, seed: int = 0) -> None:
        self.now = now
        self.delays = delays
        self.index = 10
        self.events = EventLog()
        self.services: dict[str, Service] = {}
        self.names: dict[str, str] = {}
        self.nodes: dict[str, Node] = {}
        self.tasks: dict[str, SwarmTask] = {}
        self.unsettled: dict[str, None] = {}
        self.unplaced: dict[str, dict[str, SwarmTask]] = {}
        self.has_room = False
        self._queue: list[Due] = []
        self._steps = 0
        self._random = Random(seed)

    def new_id(self) -> str:
        """As long as Swarm's own, and the same in each run."""
        return "".join(self._random.choices(_ALPHABET, k=_ID_LENGTH))

    def touch(self, thing: Service | Node | SwarmTask) -> None:
        """Write down that a thing has changed."""
        self.index += 1
        thing.version = self.index
        thing.updated_at = self.now
        thing.body = None

    def tell(self, thing: Service | Node, action: str, **attributes: str) -> None:
        """Add an event about a thing; dots in the names of attributes are written as ``__``."""
        kind, name = ("node", thing.hostname) if isinstance(thing, Node) else ("service", thing.name)
        named = {key.replace("__", "."): value for key, value in attributes.items()}
        self.events.add(self.now, kind, action, thing.id, {"name": name, **named})

    # --- what is due ------------------------------------------------------------------------------------------------

    def wake(self, service: Service, at: datetime) -> None:
        """Look at a service at an instant."""
        self._steps += 1
        heapq.heappush(self._queue, Due(at, self._steps, service.id, ""))

    def step(self, task: SwarmTask, step: str, after: timedelta = timedelta(0)) -> None:
        """Let a swarm task take a step, instead of any other that it was about to take."""
        self._steps += 1
        task.step = self._steps
        heapq.heappush(self._queue, Due(self.now + after, self._steps, task.id, step))

    def halt(self, task: SwarmTask) -> None:
        """Let a swarm task take no step."""
        task.step = _NEVER

    def next_due(self) -> datetime | None:
        """When the next step is due."""
        return self._queue[0].at if self._queue else None

    def due(self, until: datetime) -> Iterator[Due]:
        """Take from the queue what is due at its first instant, if that has come."""
        first = self.next_due()
        while first is not None and first <= until and self._queue and self._queue[0].at == first:
            yield heapq.heappop(self._queue)

    # --- swarm tasks ------------------------------------------------------------------------------------------------

    def create_task(self, service: Service, *, slot: int = 0, node_id: str = "", desired: State) -> SwarmTask:
        """A new swarm task of a service, which has yet to find its node."""
        task = SwarmTask(
            id=self.new_id(),
            service_id=service.id,
            template=service.template,
            slot=slot,
            node_id=node_id,
            desired=desired,
            created_at=self.now,
            updated_at=self.now,
            status_at=self.now,
            version=0,
            iteration=service.iteration,
            written=service.written,
        )
        self.touch(task)
        self.tasks[task.id] = task
        service.tasks[task.id] = task
        self.unplaced.setdefault(service.id, {})[task.id] = task
        self.has_room = True
        self._forget_oldest(service, task)
        return task

    def delete_task(self, task: SwarmTask) -> None:
        """Forget a swarm task."""
        self._unseat(task)
        self.halt(task)
        self.index += 1
        self.tasks.pop(task.id, None)
        if service := self.services.get(task.service_id):
            service.tasks.pop(task.id, None)
            self.unsettled[service.id] = None

    def set_state(self, task: SwarmTask, state: State, message: str, err: str = "") -> None:
        """How far it has come, in Swarm's words."""
        task.state, task.message, task.err, task.status_at = state, message, err, self.now
        self.touch(task)

    def set_desired(self, task: SwarmTask, desired: State) -> None:
        """What it is wanted to be; one that is not meant to live is stopped."""
        was_live = task.is_live
        task.desired = desired
        self.touch(task)
        if was_live and not task.is_live:
            if task.is_seated:
                self.nodes[task.node_id].count(task, -1)
            self.has_room = True
        if not task.is_live:
            self._stop(task)

    def assign(self, task: SwarmTask, node: Node) -> None:
        """Give a swarm task its node."""
        self._placed(task)
        task.node_id = node.id
        node.seat(task)
        self.set_state(task, State.ASSIGNED, "scheduler assigned task to node")
        self.step(task, "prepare")

    def end(self, task: SwarmTask, state: State, message: str, err: str = "") -> None:
        """Its container has ended, or never was."""
        self._unseat(task)
        self.halt(task)
        if task.desired is State.REMOVE:
            self.delete_task(task)
            return
        self.set_state(task, state, message, err)
        if service := self.services.get(task.service_id):
            self._forget_oldest(service, task)
            self.unsettled[service.id] = None

    def replace(self, task: SwarmTask, *, after: timedelta, waits: bool) -> SwarmTask:
        """Stop a swarm task, and let a new one of the present template take its place.

        Args:
            task: which is live.
            after: how long the new one waits before it starts.
            waits: whether it also waits for the old one to stop.
        """
        service = self.services[task.service_id]
        is_job = service.mode in (Mode.REPLICATED_JOB, Mode.GLOBAL_JOB)
        node_id = "" if task.slot else task.node_id
        new = self.create_task(
            service, slot=task.slot, node_id=node_id, desired=State.COMPLETE if is_job else State.READY
        )
        new.after = task if waits else None
        new.not_before = self.now + after
        self.wake(service, new.not_before)
        self.set_desired(task, State.SHUTDOWN)
        return new

    def _stop(self, task: SwarmTask) -> None:
        if rank(task.state) > rank(State.RUNNING):
            if task.desired is State.REMOVE:
                self.delete_task(task)
        elif not task.is_seated:
            self.end(task, State.SHUTDOWN, "shutdown")
        elif not self.nodes[task.node_id].is_down:
            self.step(task, "stop", self.delays.stop)

    def _unseat(self, task: SwarmTask) -> None:
        self._placed(task)
        node = self.nodes.get(task.node_id)
        if node is not None and task.is_seated:
            node.clear(task)
            self.has_room = True

    def give_up(self, task: SwarmTask) -> None:
        """Try no more to place a swarm task, and say nothing of it, as Swarm does."""
        self._placed(task)

    def _placed(self, task: SwarmTask) -> None:
        waiting = self.unplaced.get(task.service_id)
        if waiting is not None:
            waiting.pop(task.id, None)
            if not waiting:
                del self.unplaced[task.service_id]

    def _forget_oldest(self, service: Service, like: SwarmTask) -> None:
        if service.mode in (Mode.REPLICATED_JOB, Mode.GLOBAL_JOB):
            return
        same = [task for task in service.tasks.values() if task.place == like.place]
        ended = [task for task in same if not task.is_live and rank(task.state) > rank(State.RUNNING)]
        for task in ended[: max(0, len(same) - _KEPT_PER_PLACE)]:
            self.delete_task(task)

    # --- services ---------------------------------------------------------------------------------------------------

    def add_service(self, spec: Document, mode: Mode) -> Service:
        """A new service, whose swarm tasks come when it is looked at.

        Raises:
            WrongConstraint: one of its placement constraints is none.
        """
        service = Service(
            id=self.new_id(),
            spec=spec,
            template=Template(spec),
            mode=mode,
            created_at=self.now,
            updated_at=self.now,
            version=0,
        )
        self.touch(service)
        self.services[service.id] = service
        self.names[service.name] = service.id
        self.unsettled[service.id] = None
        return service
