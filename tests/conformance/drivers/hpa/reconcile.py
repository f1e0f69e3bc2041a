"""One whole pass, from metrics to a count that is written: group ``reconcile``."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from skep.config.labels import LabelDefaults
from skep.core.action import scale_orders
from skep.core.decision import Decision, Guard, History, Situation, decide
from skep.core.guards import GUARDS, OVERRIDES
from skep.core.metrics.series import Gap, GapReason
from skep.core.plan import Plan, invalid
from skep.core.policy import (
    DEFAULT_SCALE_DOWN,
    DEFAULT_SCALE_UP,
    Bounds,
    DirectionPolicy,
    MetricKind,
    MetricPolicy,
    ServicePolicy,
    Signal,
    Unit,
)
from skep.core.strategies import Carriers, Proposal, propose
from skep.errors import Temporary
from skep.operations.evaluate import Pace, evaluate_services
from skep.operations.scale import ScaleVerdict, scale_service
from skep.ports import OutOfSequence, ServiceHandle, World
from tests.builders import NOW
from tests.conformance.drivers.hpa.conditions import conditions
from tests.conformance.drivers.hpa.pace import direction, events, recommendations, without_behavior
from tests.conformance.drivers.hpa.pods import pod_state, swarm, tolerance
from tests.conformance.drivers.hpa.replicas import propose_per_replica, propose_value
from tests.conformance.vector import Json
from tests.fakes.clock import FakeClock
from tests.fakes.journal import FakeJournal
from tests.fakes.locks import FakeLocks
from tests.fakes.memory import FakeMemory
from tests.fakes.metrics import FakeMetrics
from tests.fakes.swarm import FakeSwarm

__all__ = ["DRIVERS", "Propose", "propose_metric", "reconcile"]

_TIME_LIMIT = timedelta(seconds=30)
_INTERVAL = timedelta(seconds=15)

Propose = Callable[[Json, Json], Proposal]


def reconcile(given: Json, *, propose_for: Propose | None = None, guards: Sequence[Guard] = GUARDS) -> dict[str, Any]:
    """Decide, act on it in a Swarm that may fail, and tell it in the words of upstream.

    Args:
        given: the vector.
        propose_for: what a metric proposes; the core's own strategies unless said otherwise.
        guards: those of the core unless said otherwise.
    """
    if given.get("fault") == "read_scale":
        return _blind(given)
    decision = _decision(given, propose_for or propose_metric, guards)
    act = _act(given, decision)
    is_changed = act.is_written and decision.changes_replicas
    return {
        "desired": decision.goal if is_changed else decision.replicas,
        "write": is_changed,
        "action": _action(decision) if is_changed else "none",
        "error": "internal" if act.has_failed or _has_trouble(given, decision) else "none",
        "conditions": conditions(given, decision, is_written=is_changed, has_failed=act.has_failed),
        "status_write": act.has_journal,
    }


def _action(decision: Decision) -> str:
    return "scale_up" if decision.goal > decision.replicas else "scale_down"


def _has_trouble(given: Json, decision: Decision) -> bool:
    """Whether the policy was contradicted, or a metric that was asked had no value."""
    is_asked = decision.recommendation is not None
    return bool(given.get("conflict")) or (is_asked and any(p.gap is not None for p in decision.proposals))


# --- deciding --------------------------------------------------------------------------------------------------------


def _decision(given: Json, propose_for: Propose, guards: Sequence[Guard]) -> Decision:
    states = [pod_state(pod, "usage_m", given, needs_readiness=True) for pod in given["replicas"]]
    service = swarm(states, replicas=given["spec_replicas"])
    if given.get("conflict"):
        return invalid(evaluation=1, now=NOW, service=service, problems=[given["conflict"]])
    bounds = Bounds(min_replicas=given["min"], max_replicas=given["max"])
    scale_up, scale_down = _directions(given)
    situation = Situation(
        evaluation=1,
        now=NOW,
        service=service,
        policy=ServicePolicy(
            bounds=bounds, metrics=(), tolerance=tolerance(given), scale_up=scale_up, scale_down=scale_down
        ),
        proposals=tuple(propose_for(given, metric) for metric in given["metrics"]),
        history=_history(given),
        bounds=bounds,
    )
    return decide(situation, overrides=OVERRIDES, guards=guards)


def _directions(given: Json) -> tuple[DirectionPolicy, DirectionPolicy]:
    behavior = given["behavior"]
    if behavior is None:
        return without_behavior(given, given["spec_replicas"])
    by_default = replace(DEFAULT_SCALE_DOWN, window=timedelta(seconds=given.get("default_scale_down_window_s", 300)))
    return direction(behavior["scale_up"], DEFAULT_SCALE_UP), direction(behavior["scale_down"], by_default)


def _history(given: Json) -> History:
    """``None`` where the controller has just started; an empty one is one that exists."""
    if given["history"] is None:
        return History.beginning(at=NOW, replicas=given["spec_replicas"], events=events(given))
    return History(recommendations=recommendations(given["history"]), events=events(given))


def propose_metric(given: Json, metric: Json) -> Proposal:
    """What the core proposes for one metric of a vector.

    An average over a total is taken of the replicas that there are, everything else of those that are wanted.
    """
    kind = metric["kind"]
    if kind == "unsupported" or metric.get("fetch") == "error":
        return _missing(given, kind)
    if kind == "resource_utilization":
        return propose_per_replica(given, metric, replicas=given["spec_replicas"])
    if kind == "pods_average_value":
        return propose_per_replica(given, metric, replicas=given["spec_replicas"], value_key="custom_m")
    if kind in {"object_value", "external_value"}:
        return propose_value(given, metric, replicas=given["spec_replicas"])
    if kind in {"object_average_value", "external_average_value"}:
        return propose_value(given, metric, replicas=given["status_replicas"])
    raise ValueError(f"no metric is of the kind {kind}")


def _missing(given: Json, kind: str) -> Proposal:
    reason = GapReason.REFUSED if kind == "unsupported" else GapReason.UNREACHABLE
    metric = MetricPolicy(name=kind, signal=Signal.QUERY, kind=MetricKind.AVERAGE, unit=Unit.PLAIN, target_value=1.0)
    carriers = Carriers(replicas=given["spec_replicas"], running=0)
    return propose(metric, Gap(reason=reason, detail=kind), tolerance=tolerance(given), carriers=carriers, now=NOW)


# --- acting ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class _Act:
    """What became of a decision: whether the count is now what it said, and what is left to see of it."""

    is_written: bool
    has_failed: bool
    has_journal: bool


class _BusySwarm(FakeSwarm):
    """Somebody else changes the service just before the first count is posted."""

    is_disturbed = False

    def set_replicas(self, handle: ServiceHandle, replicas: int) -> None:
        if not self.is_disturbed:
            self.is_disturbed = True
            raise OutOfSequence("update out of sequence")
        super().set_replicas(handle, replicas)


class _DeafSwarm(FakeSwarm):
    """Takes no count from anybody."""

    def set_replicas(self, handle: ServiceHandle, replicas: int) -> None:
        raise Temporary(f"the engine does not take {replicas} for {handle.service.name}")


_SWARMS: dict[str | None, type[FakeSwarm]] = {"write_conflict_once": _BusySwarm, "write_scale": _DeafSwarm}


def _act(given: Json, decision: Decision) -> _Act:
    world, swarm_of_now = _world(given)
    has_failed = False
    for order in scale_orders(Plan(evaluation=1, at=NOW, decisions=(decision,))):
        try:
            outcome = scale_service(world, order, defaults=LabelDefaults(), time_limit=_TIME_LIMIT)
            has_failed = outcome.verdict is ScaleVerdict.REFUSED
        except Temporary:
            has_failed = True
    return _Act(
        is_written=bool(swarm_of_now.writes),
        has_failed=has_failed,
        has_journal=bool(world.journal.read(limit=1)),
    )


def _blind(given: Json) -> dict[str, Any]:
    """An evaluation that cannot read the Swarm decides nothing."""
    world, swarm_of_now = _world(given)
    swarm_of_now.break_down()
    try:
        evaluate_services(world, defaults=LabelDefaults(), pace=Pace(interval=_INTERVAL, time_limit=_TIME_LIMIT))
    except Temporary:
        return {
            "desired": given["spec_replicas"],
            "write": bool(swarm_of_now.writes),
            "action": "none",
            "error": "internal",
            "conditions": [{"type": "AbleToScale", "status": False, "reason": "FailedGetScale"}],
            "status_write": False,
        }
    return {}


def _world(given: Json) -> tuple[World, FakeSwarm]:
    clock = FakeClock(NOW)
    swarm_of_now = _SWARMS.get(given.get("fault"), FakeSwarm)(clock)
    labels = {"skep.enable": "true", "skep.min": str(given["min"]), "skep.max": str(given["max"])}
    swarm_of_now.add("web", replicas=given["spec_replicas"], labels={**labels, "skep.requests": "1/s"})
    world = World(
        clock=clock,
        swarm=swarm_of_now,
        metrics=FakeMetrics(clock),
        locks=FakeLocks(clock),
        memory=FakeMemory(clock),
        journal=FakeJournal(),
    )
    return world, swarm_of_now


DRIVERS = {"reconcile": reconcile}
