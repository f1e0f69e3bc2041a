"""Values for tests: everything has a sensible default, and a test names only what it is about."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from skep.core.cluster import Resources, Service, ServiceMode, SwarmTask, TaskState, UpdateState
from skep.core.decision import History, Hold, Recommendation, ScaleEvent, Situation
from skep.core.metrics.series import Answers, Gap, Series
from skep.core.policy import (
    DEFAULT_SCALE_DOWN,
    DEFAULT_SCALE_UP,
    Bounds,
    DirectionPolicy,
    MetricKind,
    MetricPolicy,
    OnDeploy,
    OnMissing,
    OnRollout,
    ServicePolicy,
    Signal,
    Tolerance,
    Unit,
)
from skep.core.strategies.proposal import Proposal

__all__ = [
    "CPU_70_PERCENT",
    "EVERY_15_S",
    "NOW",
    "NO_ROOM",
    "REQUESTS_50",
    "ago",
    "answers",
    "counter",
    "flat",
    "history",
    "policy",
    "proposal",
    "service",
    "situation",
    "swarm_task",
]

#: Of services.
VERSION = 7

#: The scheduler's words.
NO_ROOM = "no suitable node (insufficient resources on 3 nodes)"
EVERY_15_S = timedelta(seconds=15)
NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)

REQUESTS_50 = MetricPolicy(
    name="requests", signal=Signal.REQUESTS, kind=MetricKind.TOTAL, unit=Unit.PER_SECOND, target_value=50.0
)
CPU_70_PERCENT = MetricPolicy(
    name="cpu", signal=Signal.CPU, kind=MetricKind.UTILIZATION, unit=Unit.RATIO, target_value=0.7
)


def ago(seconds: float) -> datetime:
    """The instant so many seconds before :data:`NOW`."""
    return NOW - timedelta(seconds=seconds)


def swarm_task(number: int = 1, *, state: TaskState = TaskState.RUNNING, age_s: float = 3600.0) -> SwarmTask:
    """A wanted swarm task ``task<number>`` that has been in its state for ``age_s`` seconds."""
    return SwarmTask(
        id=f"task{number}",
        service_id="web-id",
        slot=number,
        node_id="node1",
        state=state,
        state_since=ago(age_s),
        is_wanted=True,
    )


def service(
    replicas: int | None = 3,
    *,
    name: str = "web",
    running: int | None = None,
    starting: int = 0,
    pending: int = 0,
    stranded: int = 0,
    cpu_limit_cores: float | None = 0.5,
    update_state: UpdateState = UpdateState.NONE,
    rolls_back_on_failure: bool = False,
    labels: Mapping[str, str] | None = None,
) -> Service:
    """A replicated service; all of its replicas run unless ``running`` says otherwise.

    Of those pending, as many as are ``stranded`` are from before the service was changed last.
    """
    running_count = (replicas or 0) - starting - pending if running is None else running
    tasks = [swarm_task(number + 1) for number in range(running_count)]
    tasks += [swarm_task(running_count + number + 1, state=TaskState.STARTING, age_s=1.0) for number in range(starting)]
    tasks += [
        replace(
            swarm_task(running_count + starting + number + 1, state=TaskState.PENDING),
            error=NO_ROOM,
            version_index=VERSION - 1 if number < stranded else VERSION + 1,
        )
        for number in range(pending)
    ]
    return Service(
        id=f"{name}-id",
        name=name,
        mode=ServiceMode.REPLICATED if replicas is not None else ServiceMode.GLOBAL,
        replicas=replicas,
        version_index=VERSION,
        labels=tuple((labels or {}).items()),
        limits=Resources(cpu_cores=cpu_limit_cores, memory_bytes=512 << 20),
        update_state=update_state,
        rolls_back_on_failure=rolls_back_on_failure,
        updated_at=ago(3600),
        tasks=tuple(tasks),
    )


def policy(
    *metrics: MetricPolicy,
    minimum: int = 1,
    maximum: int = 20,
    tolerance: Tolerance | None = None,
    scale_up: DirectionPolicy = DEFAULT_SCALE_UP,
    scale_down: DirectionPolicy = DEFAULT_SCALE_DOWN,
    dry_run: bool = False,
    flaps_per_hour: int = 4,
    on_deploy: OnDeploy = OnDeploy.RESTORE,
    on_rollout: OnRollout | None = None,
) -> ServicePolicy:
    """A policy of 1 to 20 replicas with the defaults of the field."""
    return ServicePolicy(
        bounds=Bounds(min_replicas=minimum, max_replicas=maximum),
        metrics=metrics or (REQUESTS_50,),
        tolerance=tolerance or Tolerance(),
        scale_up=scale_up,
        scale_down=scale_down,
        dry_run=dry_run,
        flaps_per_hour=flaps_per_hour,
        on_deploy=on_deploy,
        on_rollout=on_rollout,
    )


def proposal(
    replicas: int | None = None,
    *,
    gap: Gap | None = None,
    may_shrink: bool = True,
    needed: float | None = None,
    is_active: bool | None = None,
    stand_in: OnMissing | None = None,
) -> Proposal:
    """A proposal of the requests metric."""
    return Proposal(
        metric="requests",
        unit=Unit.PER_SECOND,
        target_value=50.0,
        value=None if replicas is None else 50.0 * replicas,
        replicas=replicas,
        needed=needed,
        is_active=is_active,
        gap=gap,
        stand_in=stand_in,
        may_shrink=may_shrink,
    )


def history(recommendations: Mapping[float, int] | None = None, events: Mapping[float, int] | None = None) -> History:
    """A history from ``{age in seconds: replicas}`` and ``{age in seconds: change}``."""
    return History(
        recommendations=tuple(
            Recommendation(at=ago(age), replicas=count)
            for age, count in sorted((recommendations or {}).items(), reverse=True)
        ),
        events=tuple(
            ScaleEvent(at=ago(age), change=change) for age, change in sorted((events or {}).items(), reverse=True)
        ),
    )


def situation(
    *proposals: Proposal,
    of: Service | None = None,
    under: ServicePolicy | None = None,
    past: History | None = None,
    hold: Hold | None = None,
    owed: int | None = None,
    knows_orders: bool = True,
) -> Situation:
    """A situation at :data:`NOW` without a past."""
    return Situation(
        evaluation=1,
        now=NOW,
        service=of or service(),
        policy=under or policy(),
        proposals=proposals,
        history=past or History(),
        bounds=(under or policy()).bounds,
        hold=hold,
        owed_replicas=owed,
        knows_orders=knows_orders,
    )


def flat(source: str, value: float, *, age_s: float = 2.0, points: int = 6, every_s: float = 5.0) -> Series:
    """A gauge that stood at ``value``, its newest point ``age_s`` seconds old."""
    return counter(source, [value] * points, age_s=age_s, every_s=every_s)


def counter(source: str, values: Sequence[float], *, age_s: float = 2.0, every_s: float = 5.0) -> Series:
    """Points ``every_s`` seconds apart, the newest ``age_s`` seconds old."""
    newest = NOW.timestamp() - age_s
    instants = tuple(newest - every_s * back for back in reversed(range(len(values))))
    return Series(source=source, at_epoch_s=instants, values=tuple(values))


def answers(signal: Signal, *series: Series, name: str = "web") -> Answers:
    """The store's answer for one service and one built-in signal; no series is no data."""
    return Answers(as_of=NOW, built_in={signal: {name: series} if series else {}}, own={})
