"""Drivers for the vectors of the Kubernetes Cluster Autoscaler: which nodes a pool could do without."""

from datetime import datetime, timedelta
from typing import Any

from skep.config.units import UnitError, read_instant
from skep.core.capacity.idle import (
    Idle,
    IdlePolicy,
    NodeUse,
    PoolCount,
    Retained,
    idle_again,
    idle_since,
    removable_now,
    retained,
)
from skep.core.cluster import Resources
from tests.builders import NOW
from tests.conformance.vector import Json

__all__ = ["DRIVERS", "REASONS"]


def _eligibility(given: Json) -> dict[str, Any]:
    node, pods = given["node"], given["pods"]
    use = NodeUse(
        node_id=node["name"],
        capacity=_resources([{"cpu_m": node["allocatable_cpu_m"], "mem": node["allocatable_mem"]}]),
        reserved=_resources([pod for pod in pods if not pod["runs_on_every_node"]]),
        reserved_everywhere=_resources([pod for pod in pods if pod["runs_on_every_node"]]),
        is_ready=node["ready"],
        is_leaving=node["being_deleted"],
        is_protected=node["scale_down_disabled"],
    )
    policy = IdlePolicy(
        threshold_ratio=given["utilization_threshold"],
        takes_unready=given["scale_down_unready_enabled"],
        ignores_global=given["ignore_every_node_pods"],
    )
    why = retained(use, policy)
    return {"candidate": why is None, "reason": why}


def _resources(amounts: list[Json]) -> Resources:
    return Resources(
        cpu_cores=sum(amount["cpu_m"] or 0 for amount in amounts) / 1000,
        memory_bytes=sum(amount["mem"] or 0 for amount in amounts),
    )


def _unneeded_since(given: Json) -> dict[str, Any]:
    known: dict[str, datetime] = {}
    for update in given["updates"]:
        known = idle_since(known, update["unneeded"], now=NOW + timedelta(seconds=update["at_s"]))
    return {"unneeded_since_s": {name: (since - NOW).total_seconds() for name, since in known.items()}}


def _removable_now(given: Json) -> dict[str, Any]:
    """Nodes that have just been found idle."""
    kinds = [True] * given["unneeded_empty"] + [False] * given["unneeded_needing_drain"]
    idle = [Idle(node_id=f"n{number}", since=NOW, is_empty=is_empty) for number, is_empty in enumerate(kinds)]
    pool = PoolCount(nodes=given["group_target"], min_nodes=given["group_min"], leaving=given["deletions_in_progress"])
    going = removable_now(idle, pool, now=NOW, after=timedelta(seconds=given["unneeded_time_s"]))
    empty = sum(node.is_empty for node in going)
    return {"remove_empty": empty, "remove_with_drain": len(going) - empty}


def _unneeded_after_restart(given: Json) -> dict[str, Any]:
    marks = {node["name"]: _mark(node["candidate_mark_age_s"]) for node in given["nodes"]}
    return {"unneeded": sorted(idle_again(marks, now=NOW, lasts=timedelta(seconds=given["ttl_s"])))}


def _mark(age_s: float | str | None) -> datetime | None:
    """A mark as text, read back; ``None`` where there is none, or nobody can read it."""
    if age_s is None:
        return None
    text = age_s if isinstance(age_s, str) else (NOW - timedelta(seconds=age_s)).isoformat()
    try:
        return read_instant(text)
    except UnitError:
        return None


#: The reasons of upstream by a word that each of them holds; the first that fits is meant.
REASONS = {
    "delet": Retained.LEAVING,
    "unready": Retained.UNREADY,
    "error": Retained.UNKNOWN,
    "unknown": Retained.UNKNOWN,
    "utiliz": Retained.USED,
    "disabled": Retained.PROTECTED,
}

DRIVERS = {
    "eligibility": _eligibility,
    "unneeded_since": _unneeded_since,
    "removable_now": _removable_now,
    "unneeded_after_restart": _unneeded_after_restart,
}
