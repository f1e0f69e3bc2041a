"""A service under a policy, evaluation by evaluation: each tick goes through the same ``plan`` as in the Swarm."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from skep.core.cluster import Service, ServiceMode, SwarmTask, TaskState
from skep.core.decision import Decision, History, ScaleEvent
from skep.core.foresight.course import Course
from skep.core.metrics.series import Answers, Series
from skep.core.plan import Candidate, plan
from skep.core.policy import ServicePolicy
from skep.core.strategies.foreseen import Foreseen

__all__ = ["Guidance", "Tick", "simulate"]

_SERVICE = "service"
#: As long as the memory keeps changes of the count.
_KEEP_EVENTS = timedelta(hours=2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Guidance:
    """What holds at one evaluation: the policy, and what looks ahead beside it, if anything does."""

    policy: ServicePolicy
    foreseen: Foreseen | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Tick:
    """One evaluation of the simulation."""

    slot: int
    candidate: Candidate
    answers: Answers
    decision: Decision


def simulate(
    course: Course,
    guide: Callable[[int], Guidance],
    *,
    from_slot: int = 0,
    every: int = 1,
    watch: Callable[[Tick], None] | None = None,
) -> tuple[int, ...]:
    """The count of every slot of a course.

    Args:
        course: the load.
        guide: what holds at the evaluation of a slot; asked once for each, in order.
        from_slot: the first slot that is evaluated; before it the count is the least that is allowed.
        every: every how many slots there is an evaluation.
        watch: is shown each evaluation.
    """
    model = course.model
    replicas = model.bounds.clamp(course.demanded[from_slot] if from_slot else 0)
    service = _SimulatedService(replicas, start_delay=model.start_ticks * model.interval, now=course.at(from_slot))
    paid = [replicas] * from_slot
    history, previous = History(), None
    interval = every * model.interval
    for slot in range(from_slot, len(course.measured_rps)):
        if (slot - from_slot) % every == 0:
            now, guidance = course.at(slot), guide(slot)
            candidate = Candidate(
                service=service.seen(now),
                policy=guidance.policy,
                history=history,
                previous=previous,
                foreseen=guidance.foreseen,
            )
            answers = _answers(guidance.policy, course.measured_rps[slot], now - model.metric_delay)
            decided = plan(evaluation=slot, now=now, interval=interval, candidates=(candidate,), answers=answers)
            previous = decided.decisions[0]
            history = _remembered(history, previous, guidance.policy, interval)
            service.scale(previous.goal, now)
            if watch is not None:
                watch(Tick(slot=slot, candidate=candidate, answers=answers, decision=previous))
        paid.append(service.replicas)
    return tuple(paid)


def _answers(policy: ServicePolicy, measured_rps: float, as_of: datetime) -> Answers:
    """The total as the store would answer it, for every metric of the policy."""
    series = (Series(source="proxy", at_epoch_s=(as_of.timestamp(),), values=(measured_rps,)),)
    return Answers(as_of=as_of, built_in={}, own={(_SERVICE, metric.name): series for metric in policy.metrics})


def _remembered(history: History, decision: Decision, policy: ServicePolicy, interval: timedelta) -> History:
    recommendations = history.remembering(decision, window=policy.longest_window, interval=interval)
    change = decision.goal - decision.replicas
    events = history.events
    if events and decision.at - events[0].at >= _KEEP_EVENTS:
        events = tuple(event for event in events if decision.at - event.at < _KEEP_EVENTS)
    if change:
        events = (*events, ScaleEvent(at=decision.at, change=change))
    return History(recommendations=recommendations, events=events)


class _SimulatedService:
    """Replicas that serve some time after they were ordered, and of which the newest go first."""

    def __init__(self, replicas: int, *, start_delay: timedelta, now: datetime) -> None:
        self._start_delay = start_delay
        self._tasks: list[SwarmTask] = []
        self._serves_at: list[datetime] = []
        self._made = 0
        self._seen: Service | None = None
        self._add(replicas, serves_at=now, now=now)

    @property
    def replicas(self) -> int:
        """The count in the spec."""
        return len(self._tasks)

    def scale(self, replicas: int, now: datetime) -> None:
        """Bring the count to ``replicas``."""
        if replicas == self.replicas:
            return
        self._seen = None
        if replicas < self.replicas:
            del self._tasks[replicas:], self._serves_at[replicas:]
        else:
            self._add(replicas - self.replicas, serves_at=now + self._start_delay, now=now)

    def seen(self, now: datetime) -> Service:
        """The service as the Swarm shows it."""
        self._let_serve(now)
        if self._seen is None:
            self._seen = Service(
                id=_SERVICE,
                name=_SERVICE,
                mode=ServiceMode.REPLICATED,
                replicas=self.replicas,
                version_index=1,
                updated_at=now,
                tasks=tuple(self._tasks),
            )
        return self._seen

    def _let_serve(self, now: datetime) -> None:
        for place in range(len(self._tasks) - 1, -1, -1):
            if self._tasks[place].state is TaskState.RUNNING:
                return
            if self._serves_at[place] <= now:
                self._tasks[place] = self._task(self._tasks[place].id, TaskState.RUNNING, now)
                self._seen = None

    def _add(self, replicas: int, *, serves_at: datetime, now: datetime) -> None:
        state = TaskState.RUNNING if serves_at <= now else TaskState.STARTING
        for _ in range(replicas):
            self._made += 1
            self._tasks.append(self._task(f"task-{self._made}", state, now))
            self._serves_at.append(serves_at)

    def _task(self, task_id: str, state: TaskState, since: datetime) -> SwarmTask:
        return SwarmTask(
            id=task_id, service_id=_SERVICE, slot=None, node_id=None, state=state, state_since=since, is_wanted=True
        )
