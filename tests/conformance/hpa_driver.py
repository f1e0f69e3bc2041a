"""Runs the vectors of the Kubernetes HorizontalPodAutoscaler against the core, one small driver per group.

Each driver takes a vector's input and returns what the core makes of it in the form of the vector's ``expected``,
holding only the keys that mean something here.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from skep.core.cluster import Service, ServiceMode, SwarmTask, TaskState
from skep.core.decision import History, Recommendation, ScaleEvent, Situation
from skep.core.demand import ReplicaDemand, ReplicaUse, ServiceDemand
from skep.core.guards.bounds import within_bounds
from skep.core.guards.rate import growth_limit, rate_limited, shrink_limit
from skep.core.guards.stabilization import stabilized
from skep.core.policy import (
    DEFAULT_SCALE_DOWN,
    DEFAULT_SCALE_UP,
    Bounds,
    DirectionPolicy,
    MetricKind,
    MetricPolicy,
    RateLimit,
    RateUnit,
    Select,
    ServicePolicy,
    Signal,
    Tolerance,
    Unit,
)
from skep.core.readiness import ReplicaState
from skep.core.strategies import per_replica, per_service

__all__ = ["DRIVERS", "deviation"]

NOW = datetime(2026, 1, 1, tzinfo=UTC)
Json = Mapping[str, Any]
_UNBOUNDED = Bounds(min_replicas=0, max_replicas=2**31 - 1)


def deviation(vector: Json) -> str | None:
    """Why the core answers differently on purpose, decided by what the vector holds and never by its id."""
    replicas = vector["input"].get("replicas", [])
    requests = {replica.get("request_m") for replica in replicas}
    if vector["expected"].get("error") == "resource-request-missing" or (None in requests and len(requests) > 1):
        return "replicas of a Swarm service share one limit, so a single one cannot lack it"
    if vector["expected"].get("error") in {"no-metrics-returned", "no-metric-matches-a-known-replica"}:
        return "reported as one gap, without telling unknown replicas from none"
    return None


def _tolerance(given: Json) -> Tolerance:
    return Tolerance(up_ratio=given["up"], down_ratio=given["down"])


def _uses(given: Json, value_key: str) -> tuple[ReplicaUse, ...]:
    classes = {
        "ready": ReplicaState.READY,
        "unready": ReplicaState.UNREADY,
        "missing": ReplicaState.MISSING,
    }
    return tuple(
        ReplicaUse(
            state=classes[replica["class"]],
            value=float(replica[value_key] or 0) if replica["class"] == "ready" else 0.0,
            basis=float(replica.get("request_m") or 1),
        )
        for replica in given["replicas"]
        if replica["class"] in classes
    )


def _resource_utilization(given: Json) -> dict[str, Any]:
    metric = MetricPolicy(
        name="cpu",
        signal=Signal.CPU,
        kind=MetricKind.UTILIZATION,
        unit=Unit.RATIO,
        target_value=given["metric"]["target_pct"] / 100,
    )
    demand = ReplicaDemand(metric=metric, replicas=_uses(given, "usage_m"), at=NOW)
    proposal = per_replica.propose(demand, tolerance=_tolerance(given["tolerance"]), replicas=given["current"])
    return {"desired": proposal.replicas}


def _pods_average_value(given: Json) -> dict[str, Any]:
    metric = MetricPolicy(
        name="custom",
        signal=Signal.QUERY,
        kind=MetricKind.AVERAGE,
        unit=Unit.PLAIN,
        target_value=float(given["metric"]["target_m"]),
    )
    uses = tuple(ReplicaUse(state=use.state, value=use.value, basis=1.0) for use in _uses(given, "usage_m"))
    proposal = per_replica.propose(
        ReplicaDemand(metric=metric, replicas=uses, at=NOW),
        tolerance=_tolerance(given["tolerance"]),
        replicas=given["current"],
    )
    return {"desired": proposal.replicas}


def _service_value(kind: MetricKind) -> Callable[[Json], dict[str, Any]]:
    def run(given: Json) -> dict[str, Any]:
        metric = given["metric"]
        policy = MetricPolicy(
            name="value",
            signal=Signal.QUERY,
            kind=kind,
            unit=Unit.PLAIN,
            target_value=float(metric["target_m"]),
        )
        value = float(sum(metric["values_m"])) if "values_m" in metric else float(metric["value_m"])
        ready = sum(r["phase"] == "Running" and bool(r["ready"]) for r in given.get("replicas", ()))
        proposal = per_service.propose(
            ServiceDemand(metric=policy, value=value, at=NOW),
            tolerance=_tolerance(given["tolerance"]),
            replicas=given["current"],
            running=ready,
        )
        return {"desired": proposal.replicas}

    return run


def _direction(rules: Json | None, default: DirectionPolicy) -> DirectionPolicy:
    if rules is None:
        return default
    selects = {"Max": Select.MAX, "Min": Select.MIN, "Disabled": Select.DISABLED, None: Select.MAX}
    units = {"Replicas": RateUnit.REPLICAS, "Percent": RateUnit.PERCENT}
    window_s = rules.get("stabilization_window_s")
    return DirectionPolicy(
        window=default.window if window_s is None else timedelta(seconds=window_s),
        rates=tuple(
            RateLimit(amount=p["value"], unit=units[p["type"]], period=timedelta(seconds=p["period_s"]))
            for p in rules.get("policies") or ()
        ),
        select=selects[rules.get("select_policy")],
    )


def _events(given: Json) -> tuple[ScaleEvent, ...]:
    ups = [(event["age_s"], event["change"]) for event in given.get("scale_up_events") or ()]
    downs = [(event["age_s"], -event["change"]) for event in given.get("scale_down_events") or ()]
    return tuple(ScaleEvent(at=NOW - timedelta(seconds=age_s), change=change) for age_s, change in ups + downs)


def _situation(
    replicas: int,
    *,
    bounds: Bounds = _UNBOUNDED,
    scale_up: DirectionPolicy = DEFAULT_SCALE_UP,
    scale_down: DirectionPolicy = DEFAULT_SCALE_DOWN,
    history: History | None = None,
) -> Situation:
    task = SwarmTask(
        id="t", service_id="s", slot=1, node_id="n", state=TaskState.RUNNING, state_since=NOW, is_wanted=True
    )
    service = Service(
        id="s",
        name="web",
        mode=ServiceMode.REPLICATED,
        replicas=replicas,
        version_index=1,
        updated_at=NOW,
        tasks=(task,),
    )
    return Situation(
        evaluation=1,
        now=NOW,
        service=service,
        bounds=bounds,
        policy=ServicePolicy(bounds=bounds, metrics=(), scale_up=scale_up, scale_down=scale_down),
        proposals=(),
        history=history or History(),
    )


def _stabilize_both(given: Json) -> dict[str, Any]:
    past = tuple(
        Recommendation(at=NOW - timedelta(seconds=entry["age_s"]), replicas=entry["value"])
        for entry in given["history"]
    )
    situation = _situation(
        given["current"],
        scale_up=DirectionPolicy(window=timedelta(seconds=given["scale_up_window_s"]), rates=()),
        scale_down=DirectionPolicy(window=timedelta(seconds=given["scale_down_window_s"]), rates=()),
        history=History(recommendations=past),
    )
    step = stabilized(situation, given["desired"])
    return {"desired": given["desired"] if step is None else step.replicas_after}


def _rate_limit(given: Json) -> dict[str, Any]:
    grows = given["direction"] == "up"
    rules = _direction(given["rules"], DEFAULT_SCALE_UP if grows else DEFAULT_SCALE_DOWN)
    limit = growth_limit if grows else shrink_limit
    return {"limit": limit(rules, replicas=given["current"], events=_events(given), now=NOW)}


def _rate_with_behavior(given: Json) -> dict[str, Any]:
    situation = _situation(
        given["current"],
        bounds=Bounds(min_replicas=given["min"], max_replicas=given["max"]),
        scale_up=_direction(given["scale_up"], DEFAULT_SCALE_UP),
        scale_down=_direction(given["scale_down"], DEFAULT_SCALE_DOWN),
        history=History(events=_events(given)),
    )
    replicas = given["desired"]
    for guard in (rate_limited, within_bounds):
        step = guard(situation, replicas)
        replicas = replicas if step is None else step.replicas_after
    return {"desired": replicas}


DRIVERS: Mapping[str, Callable[[Json], dict[str, Any]]] = {
    "calc_resource_utilization": _resource_utilization,
    "calc_pods_average_value": _pods_average_value,
    "calc_object_value": _service_value(MetricKind.AVERAGE),
    "calc_object_average_value": _service_value(MetricKind.TOTAL),
    "calc_external_value": _service_value(MetricKind.AVERAGE),
    "calc_external_average_value": _service_value(MetricKind.TOTAL),
    "rate_limit": _rate_limit,
    "rate_with_behavior": _rate_with_behavior,
    "stabilize_both": _stabilize_both,
}
