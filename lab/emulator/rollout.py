"""Rolling updates: old swarm tasks are replaced a few at a time, and what happens when new ones fail.

The rules are those of swarmkit's updater (manager/orchestrator/update).
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from lab.emulator.needs import Document
from lab.emulator.store import Store
from lab.emulator.things import Service, State, SwarmTask, Template

__all__ = ["Rollouts", "status"]

_MONITOR_BY_DEFAULT_NS = 5_000_000_000
_PAUSED = ("paused", "rollback_paused")
_NS_PER_MICROSECOND = 1_000


@dataclass(slots=True, kw_only=True)
class _Rollout:
    """One rollout as it goes.

    Attributes:
        done: places whose new swarm task has run.
        resting: until when each worker waits that has just done one.
        failed: ids of new swarm tasks that failed.
    """

    config: Document
    is_rollback: bool
    done: set[int | str] = field(default_factory=set)
    resting: list[datetime] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    watched_until: datetime | None = None

    @property
    def delay(self) -> timedelta:
        """Between one place and the next."""
        return _span(self.config.get("Delay") or 0)

    @property
    def monitor(self) -> timedelta:
        """For how long a new swarm task is watched; nobody watches where failures do not matter."""
        if self.action == "continue":
            return timedelta(0)
        return _span(self.config.get("Monitor") or _MONITOR_BY_DEFAULT_NS)

    @property
    def action(self) -> str:
        """What follows a failure."""
        return str(self.config.get("FailureAction") or "pause")


class Rollouts:
    """All rollouts that go on in a store."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._going: dict[str, _Rollout] = {}

    def forget(self, service: Service) -> None:
        """A service was written anew: whatever went on begins from what is."""
        self._going.pop(service.id, None)

    def failed(self, service: Service, task: SwarmTask) -> None:
        """A swarm task has failed."""
        rollout = self._going.get(service.id)
        if rollout is not None and task.template is service.template:
            rollout.failed.append(task.id)

    def go_on(self, service: Service) -> None:
        """Take the steps of a service's rollout that can be taken now."""
        if (service.update_status or {}).get("State") in _PAUSED:
            return
        places = _by_place(service)
        old = [place for place, tasks in places.items() if not _new(service, tasks)]
        rollout = self._going.get(service.id)
        if rollout is None:
            if not old:
                return
            rollout = self._begin(service, places)
        if self._has_failed(service, rollout, len(places)):
            return
        busy = self._look_after(service, rollout, places)
        parallelism = rollout.config.get("Parallelism", 1) or len(places)
        free = parallelism - busy - len(rollout.resting)
        for place in old[: max(0, free)]:
            self._replace(service, rollout, places[place])
        if not old and not busy:
            self._finish(service, rollout)

    def _begin(self, service: Service, places: Mapping[int | str, list[SwarmTask]]) -> _Rollout:
        is_rollback = (service.update_status or {}).get("State") == "rollback_started"
        config = service.spec.get("RollbackConfig" if is_rollback else "UpdateConfig") or {}
        rollout = self._going[service.id] = _Rollout(config=config, is_rollback=is_rollback)
        rollout.done = {
            place
            for place, tasks in places.items()
            if any(task.state is State.RUNNING for task in _new(service, tasks))
        }
        if service.update_status is None:
            self._say(service, "updating", "update in progress")
        return rollout

    def _look_after(self, service: Service, rollout: _Rollout, places: Mapping[int | str, list[SwarmTask]]) -> int:
        """How many places are being replaced; old swarm tasks that waited for their successor are stopped."""
        busy = 0
        now = self._store.now
        for place, tasks in places.items():
            new = _new(service, tasks)
            if not new:
                continue
            if not any(task.state is State.RUNNING for task in new):
                busy += 1
                continue
            for task in tasks:
                if task.template is not service.template:
                    self._store.set_desired(task, State.SHUTDOWN)
            if place not in rollout.done:
                rollout.done.add(place)
                rollout.watched_until = now + rollout.monitor
                if rollout.delay:
                    rollout.resting.append(now + rollout.delay)
                    self._store.wake(service, now + rollout.delay)
        rollout.resting = [until for until in rollout.resting if until > now]
        return busy

    def _replace(self, service: Service, rollout: _Rollout, old: list[SwarmTask]) -> None:
        if rollout.config.get("Order") == "start-first":
            first = old[0]
            self._store.create_task(
                service, slot=first.slot, node_id="" if first.slot else first.node_id, desired=State.RUNNING
            )
            return
        self._store.replace(old[0], after=timedelta(0), waits=True)
        for other in old[1:]:
            self._store.set_desired(other, State.SHUTDOWN)

    def _has_failed(self, service: Service, rollout: _Rollout, places: int) -> bool:
        ratio = rollout.config.get("MaxFailureRatio") or 0.0
        if rollout.action == "continue" or len(rollout.failed) / max(1, places) <= ratio:
            return False
        of = f"due to failure or early termination of task {rollout.failed[-1]}"
        del self._going[service.id]
        if rollout.is_rollback:
            self._say(service, "rollback_paused", f"rollback paused {of}")
        elif rollout.action == "rollback" and service.previous_spec is not None:
            self._return(service, of)
        else:
            self._say(service, "paused", f"update paused {of}")
        return True

    def _return(self, service: Service, of: str) -> None:
        previous = service.previous_spec
        if previous is None:  # pragma: no cover - asked before
            return
        service.spec, service.previous_spec = previous, None
        service.written += 1
        service.template = Template(previous)
        self._say(service, "rollback_started", f"update rolled back {of}")
        self._store.unsettled[service.id] = None

    def _finish(self, service: Service, rollout: _Rollout) -> None:
        until = rollout.watched_until
        if until is not None and until > self._store.now:
            self._store.wake(service, until)
            return
        del self._going[service.id]
        state, message = ("rollback_completed", "rollback completed")
        if not rollout.is_rollback:
            state, message = ("completed", "update completed")
        self._say(service, state, message)

    def _say(self, service: Service, state: str, message: str) -> None:
        before = (service.update_status or {}).get("State", "")
        started = (service.update_status or {}).get("StartedAt", self._store.now)
        service.update_status = status(state, message, started, self._store.now)
        self._store.touch(service)
        self._store.tell(service, "update", updatestate__old=before, updatestate__new=state)


def status(state: str, message: str, started_at: datetime, now: datetime) -> Document:
    """Where a rollout stands, as the engine writes it."""
    ended = {"CompletedAt": now} if state in ("completed", "rollback_completed") else {}
    return {"State": state, "StartedAt": started_at, **ended, "Message": message}


def _by_place(service: Service) -> dict[int | str, list[SwarmTask]]:
    places: defaultdict[int | str, list[SwarmTask]] = defaultdict(list)
    for task in service.live():
        places[task.place].append(task)
    return places


def _new(service: Service, tasks: list[SwarmTask]) -> list[SwarmTask]:
    return [task for task in tasks if task.template is service.template]


def _span(nanoseconds: int) -> timedelta:
    return timedelta(microseconds=nanoseconds // _NS_PER_MICROSECOND)
