"""From the value of one metric to a count: groups ``calc_*``, ``ratio_*``, ``classify_replicas``, ``request_sum``."""

import math
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

from skep.core.demand import ReplicaDemand, ServiceDemand, measure
from skep.core.metrics.series import Answers, Gap, GapReason
from skep.core.policy import MetricKind, MetricPolicy, Signal, Tolerance, Unit
from skep.core.readiness import ReplicaState
from skep.core.strategies import Carriers, Proposal, propose
from tests.builders import NOW
from tests.conformance.drivers.hpa.pods import (
    per_replica_demand,
    per_replica_metric,
    pod_state,
    serving,
    swarm,
    tolerance,
)
from tests.conformance.vector import Json

__all__ = ["DRIVERS", "propose_per_replica", "propose_value", "ratio_demand"]

_LARGEST_SUM = 2**63 - 1
_ERRORS = {
    GapReason.NO_DATA: "no-metrics-returned",
    GapReason.OF_OTHERS: "no-metric-matches-a-known-replica",
    GapReason.NO_BASIS: "resource-request-missing",
}


def _resource_utilization(given: Json) -> dict[str, Any]:
    proposal = propose_per_replica(given, given["metric"], replicas=given["current"])
    if proposal.gap is not None:
        return {"error": _ERRORS[proposal.gap.reason]}
    absolute = replace(per_replica_metric(given["metric"]), kind=MetricKind.AVERAGE, unit=Unit.CORES)
    mean = propose(absolute, per_replica_demand(given, absolute), tolerance=Tolerance(), carriers=_NOBODY, now=NOW)
    return {
        "desired": proposal.replicas,
        "utilization_pct": _cut((proposal.value or 0) * 100),
        "average_value_m": _cut(mean.value or 0),
    }


_NOBODY = Carriers(replicas=0, running=0)


def _pods_average_value(given: Json) -> dict[str, Any]:
    proposal = propose_per_replica(given, given["metric"], replicas=given["current"])
    if proposal.gap is not None:
        return {"error": _ERRORS[proposal.gap.reason]}
    return {"desired": proposal.replicas, "average_value_m": _cut(proposal.value or 0)}


def propose_per_replica(given: Json, metric: Json, *, replicas: int, value_key: str = "usage_m") -> Proposal:
    """What the core proposes for a metric that is measured replica by replica."""
    policy = per_replica_metric(metric)
    demand = per_replica_demand(given, policy, value_key)
    carriers = Carriers(replicas=replicas, running=serving(given))
    return propose(policy, demand, tolerance=tolerance(given), carriers=carriers, now=NOW)


def _cut(value: float) -> int:
    """Without its fraction, as upstream tells means; a billionth is no fraction but noise."""
    return math.trunc(value + 1e-9)


def _value(kind: MetricKind) -> Callable[[Json], dict[str, Any]]:
    def run(given: Json) -> dict[str, Any]:
        proposal = propose_value(given, given["metric"], replicas=given["current"])
        told = math.ceil((proposal.value or 0) - 1e-9)
        name = "average_value_m" if kind is MetricKind.TOTAL else "value_m"
        return {"desired": proposal.replicas, name: min(told, _LARGEST_SUM)}

    return run


def propose_value(given: Json, metric: Json, *, replicas: int) -> Proposal:
    """What the core proposes for a metric that is one number for the whole service."""
    policy = MetricPolicy(
        name="value",
        signal=Signal.QUERY,
        kind=MetricKind.TOTAL if metric["kind"].endswith("average_value") else MetricKind.AVERAGE,
        unit=Unit.PLAIN,
        target_value=float(metric["target_m"]),
    )
    value = float(sum(metric["values_m"])) if "values_m" in metric else float(metric["value_m"])
    demand = ServiceDemand(metric=policy, value=value, at=NOW)
    carriers = Carriers(replicas=replicas, running=serving(given))
    return propose(policy, demand, tolerance=tolerance(given), carriers=carriers, now=NOW)


def _ratio_utilization(given: Json) -> dict[str, Any]:
    demand = ratio_demand(given)
    if not isinstance(demand, ReplicaDemand):
        return {"error": _ERRORS[demand.reason]}
    proposal = propose(demand.metric, demand, tolerance=Tolerance(), carriers=_NOBODY, now=NOW)
    use_ratio = proposal.value or 0
    total = math.fsum(use.value for use in demand.replicas)
    return {
        "ratio": round(use_ratio / demand.metric.target_value, 9),
        "utilization_pct": _cut(use_ratio * 100),
        "average_value_m": _cut(total / len(demand.replicas)),
    }


def _ratio_average(given: Json) -> dict[str, Any]:
    demand = ratio_demand(given)
    if not isinstance(demand, ReplicaDemand):
        return {"error": _ERRORS[demand.reason]}
    proposal = propose(demand.metric, demand, tolerance=Tolerance(), carriers=_NOBODY, now=NOW)
    mean = proposal.value or 0
    return {"ratio": round(mean / demand.metric.target_value, 9), "average_value_m": _cut(mean)}


def ratio_demand(given: Json) -> ReplicaDemand | Gap:
    """What the core measures where only replicas with both a use and a limit count."""
    usage, limits = given["usage_m"], given.get("request_m", given["usage_m"])
    names = sorted(usage.keys() & limits.keys())
    pods = [_running_pod(usage[name], limits[name]) for name in names]
    if "target_pct" in given:
        metric = {"kind": "resource_utilization", "resource": "cpu", "target_pct": given["target_pct"]}
    else:
        metric = {"kind": "pods_average_value", "target_m": given["target_m"]}
    silent = [_running_pod(None, limit) for limit in limits.values()]
    world = {
        "replicas": pods or silent,
        "metrics_of_unknown_replicas_m": [value for name, value in usage.items() if name not in limits],
        "cpu_initialization_period_s": 0,
        "initial_readiness_delay_s": 0,
    }
    demand = per_replica_demand(world, per_replica_metric(metric))
    if isinstance(demand, ReplicaDemand | Gap):
        return demand
    raise TypeError(f"{demand} is not measured replica by replica")


def _running_pod(usage_m: float | None, request_m: float | None) -> Json:
    return {
        "phase": "Running",
        "ready": True,
        "deleting": False,
        "start_age_s": 86400,
        "ready_changed_age_s": 86400,
        "metric_age_s": 0,
        "metric_window_s": 60,
        "usage_m": usage_m,
        "request_m": request_m,
    }


def _classify_replicas(given: Json) -> dict[str, Any]:
    needs_readiness = given["resource"] == "cpu"
    states = {
        pod["name"]: pod_state(pod, "usage_m", given, needs_readiness=needs_readiness) for pod in given["replicas"]
    }

    def names(wanted: ReplicaState | None) -> list[str]:
        return sorted(name for name, state in states.items() if state is wanted)

    return {
        "ready_count": len(names(ReplicaState.READY)),
        "unready": names(ReplicaState.UNREADY),
        "missing": names(ReplicaState.MISSING),
        "ignored": names(None),
    }


def _request_sum(given: Json) -> dict[str, Any]:
    """What 100 percent of a replica is. A swarm task is one container, so those of a pod are taken together."""
    if given["container"] is not None or given["pod_level_resources_enabled"]:
        return {}
    if any("init" in container for container in given["containers"]):
        return {}
    limits = [container["request_m"] for container in given["containers"]]
    metric = per_replica_metric({"kind": "resource_utilization", "resource": "cpu", "target_pct": 100})
    if given["replica_count"] == 0:
        nobody = measure(swarm([]), metric, _NOTHING, max_age=timedelta(seconds=1))
        return {"request_m": None, "empty": isinstance(nobody, Gap) and nobody.reason is GapReason.NO_DATA}
    world = {
        "replicas": [_running_pod(1, None if None in limits else sum(limits))],
        "cpu_initialization_period_s": 0,
        "initial_readiness_delay_s": 0,
    }
    demand = per_replica_demand(world, metric)
    if isinstance(demand, Gap):
        return {"error": _ERRORS[demand.reason]}
    return {"request_m": demand.replicas[0].basis} if isinstance(demand, ReplicaDemand) else {}


_NOTHING = Answers(as_of=NOW, built_in={}, own={})

DRIVERS = {
    "calc_resource_utilization": _resource_utilization,
    "calc_pods_average_value": _pods_average_value,
    "calc_object_value": _value(MetricKind.AVERAGE),
    "calc_object_average_value": _value(MetricKind.TOTAL),
    "calc_external_value": _value(MetricKind.AVERAGE),
    "calc_external_average_value": _value(MetricKind.TOTAL),
    "ratio_utilization": _ratio_utilization,
    "ratio_average": _ratio_average,
    "classify_replicas": _classify_replicas,
    "request_sum": _request_sum,
}
