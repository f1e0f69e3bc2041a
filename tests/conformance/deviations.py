"""The one table of what skep does differently on purpose, with the reason.

A deviation is recognized by what a vector holds and by what the core answers, never by the id of the vector. Where it
is a matter of arithmetic, or of the order in which things are said, the answer is worked out again the other way, and
only a difference that this explains is one.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from skep.core.demand import Demand, ReplicaDemand
from skep.core.guards import GUARDS
from skep.core.guards.activation import activated
from skep.core.guards.bounds import within_bounds
from skep.core.readiness import ReplicaState
from skep.core.strategies import Proposal
from tests.conformance.drivers.hpa.arithmetic import upstream_mean, upstream_replicas
from tests.conformance.drivers.hpa.pods import per_replica_demand, per_replica_metric, tolerance
from tests.conformance.drivers.hpa.reconcile import propose_metric, reconcile
from tests.conformance.drivers.hpa.replicas import ratio_demand
from tests.conformance.drivers.nomad.strategies import pass_through
from tests.conformance.vector import Json, Vector

__all__ = ["DEVIATIONS", "Deviation", "known_deviation"]

#: The vector, what of it is wanted, and what the core answered, which is ``None`` where it refused to be asked.
Applies = Callable[[Vector, Json, Json | None], bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class Deviation:
    """Something that skep does differently on purpose."""

    groups: tuple[str, ...]
    reason: str
    applies: Applies


def known_deviation(vector: Vector, wanted: Json, got: Json | None) -> Deviation | None:
    """The first deviation that explains why the core answers differently, if any does."""
    fitting = (one for one in DEVIATIONS if vector.group in one.groups and _applies(one, vector, wanted, got))
    return next(fitting, None)


def _applies(deviation: Deviation, vector: Vector, wanted: Json, got: Json | None) -> bool:
    """A deviation about what a vector does not hold explains nothing of it."""
    try:
        return deviation.applies(vector, wanted, got)
    except (LookupError, TypeError, ValueError, AttributeError):
        return False


# --- the HorizontalPodAutoscaler -------------------------------------------------------------------------------------

_PER_REPLICA = {"resource_utilization": "usage_m", "pods_average_value": "custom_m"}


def _is_cut_off(vector: Vector, wanted: Json, got: Json | None) -> bool:
    """The arithmetic of upstream gives what is wanted with fractions cut off, and what the core says with them."""
    if got is None or "desired" not in got or not _agrees({**got, "desired": wanted.get("desired")}, wanted):
        return False
    cut, whole = (_upstream(vector.given, is_cut=is_cut) for is_cut in (True, False))
    return (cut, whole) == (wanted["desired"], got["desired"])


def _turns_around(vector: Vector, wanted: Json, got: Json | None) -> bool:
    """Upstream asks for fewer although there is too much load, or for more although there is too little."""
    if got is None or "desired" not in got or not _agrees({**got, "desired": wanted.get("desired")}, wanted):
        return False
    given = vector.given
    demand = per_replica_demand(given, per_replica_metric(given["metric"]))
    is_upstreams = _upstream(given, is_cut=True) == wanted["desired"]
    is_kept = got["desired"] == given["current"]
    return is_upstreams and is_kept and _goes_against_the_load(demand, wanted["desired"] - given["current"])


def _upstream(given: Json, *, is_cut: bool) -> int | None:
    demand = per_replica_demand(given, per_replica_metric(given["metric"]))
    if not isinstance(demand, ReplicaDemand):
        return None
    return upstream_replicas(demand, tolerance=tolerance(given), current=given["current"], is_cut=is_cut)


def _goes_against_the_load(demand: Demand, change: int) -> bool:
    if not isinstance(demand, ReplicaDemand):
        return False
    ready = [use for use in demand.replicas if use.state is ReplicaState.READY]
    mean = math.fsum(use.value for use in ready) / math.fsum(use.basis for use in ready)
    return change * (mean - demand.metric.target_value) < 0


def _is_cut_off_ratio(vector: Vector, wanted: Json, got: Json | None) -> bool:
    demand = ratio_demand(vector.given)
    if got is None or not isinstance(demand, ReplicaDemand):
        return False
    target = vector.given["target_pct"] if "target_pct" in vector.given else vector.given["target_m"]
    ratio = round(upstream_mean(demand, demand.replicas, is_cut=True) / target, 9)
    return {**got, "ratio": ratio} == wanted


def _is_cut_off_on_the_way(vector: Vector, wanted: Json, got: Json | None) -> bool:
    """The same for a whole pass, whose metrics are worked out as upstream does."""
    if got is None or not _agrees(_pass_of_upstream(vector.given, is_cut=True), wanted):
        return False
    return bool(_pass_of_upstream(vector.given, is_cut=False)["desired"] == got["desired"])


def _turns_around_on_the_way(vector: Vector, wanted: Json, got: Json | None) -> bool:
    if got is None or not _agrees(_pass_of_upstream(vector.given, is_cut=True), wanted):
        return False
    return bool(got["desired"] == vector.given["spec_replicas"])


def _pass_of_upstream(given: Json, *, is_cut: bool) -> Json:
    """A whole pass in which metrics that are measured replica by replica are worked out as upstream does."""

    def propose_for(given: Json, metric: Json) -> Proposal:
        proposal = propose_metric(given, metric)
        value_key = _PER_REPLICA.get(metric["kind"])
        demand = None if value_key is None else per_replica_demand(given, per_replica_metric(metric), value_key)
        if not isinstance(demand, ReplicaDemand):
            return proposal
        replicas = upstream_replicas(demand, tolerance=tolerance(given), current=given["spec_replicas"], is_cut=is_cut)
        # What would be needed is told with fractions, and would undo the cut.
        return replace(proposal, replicas=replicas, needed=None)

    return reconcile(given, propose_for=propose_for)


def _sleeps_later(vector: Vector, wanted: Json, got: Json | None) -> bool:
    guards = [guard for guard in GUARDS if guard is not activated]
    return got is not None and _agrees(reconcile(vector.given, guards=guards), wanted)


def _names_bounds_first(vector: Vector, wanted: Json, got: Json | None) -> bool:
    """Everything but the names of conditions agrees, and those do as well where the bounds come last."""
    guards = [guard for guard in GUARDS if guard is not within_bounds]
    again = reconcile(vector.given, guards=[*guards, within_bounds])
    is_only_told_differently = got is not None and _agrees({**got, "conditions": again["conditions"]}, wanted)
    return is_only_told_differently and _agrees(again, wanted)


def _agrees(got: Json, wanted: Json) -> bool:
    return all(got.get(key) == value for key, value in wanted.items())


def _has_no_behavior(vector: Vector, wanted: Json, got: Json | None) -> bool:
    """Apart from the newest change, which upstream does not store, all is the same."""
    if vector.given["rules"] is not None or got is None:
        return False
    return bool(got["change_in_period_before"] == wanted["change_in_period_before"])


def _is_off_with_more(vector: Vector, _wanted: Json, got: Json | None) -> bool:
    given = vector.given["given"]
    is_off = got is not None and given["select_policy"] == "Disabled" == got["select_policy"]
    return is_off and any(given[key] is not None for key in ("policies", "stabilization_window_s"))


# --- the others ------------------------------------------------------------------------------------------------------


def _has_a_recommendation(vector: Vector, _wanted: Json, _got: Json | None) -> bool:
    given = vector.given
    votes = _votes(given) if "groups" in given else [{given["a"]["direction"], given["b"]["direction"]}]
    return any("recommendation" in group for group in votes)


def _outvotes_a_group(vector: Vector, wanted: Json, got: Json | None) -> bool:
    """In a group of the vector somebody votes for fewer and somebody else for what there is, and fewer wins."""
    if got is None or got["action"] is None or wanted["action"] is None:
        return False
    directions = (wanted["action"]["direction"], got["action"]["direction"])
    return directions == ("down", "none") and any({"none", "down"} <= group for group in _votes(vector.given))


def _votes(given: Json) -> list[set[str]]:
    """The directions that are voted for, group by group."""
    groups = [[check for check in group or () if check is not None] for group in given["groups"].values()]
    return [{check["action"]["direction"] for check in group if check["action"] is not None} for group in groups]


def _has_a_fraction(vector: Vector, wanted: Json, got: Json | None) -> bool:
    """The last sample is no whole number, and the core answers what it would for the next one above."""
    given = vector.given
    if got is None or not given["samples"] or isinstance(given["samples"][-1], int):
        return False
    last = given["samples"][-1]
    below, above = (pass_through({**given, "samples": [round_(last)]}) for round_ in (math.trunc, math.ceil))
    return (below, above) == (wanted, got)


def _crosses(least: Any, most: Any) -> bool:
    return isinstance(least, int) and isinstance(most, int) and least > most


def _crosses_in_config(vector: Vector, _wanted: Json, _got: Json | None) -> bool:
    config = vector.given["config"]
    most = config.get("max", 0)
    return bool(most) and _crosses(config.get("min", 1), most)


def _crosses_in_vector(vector: Vector, wanted: Json, got: Json | None) -> bool:
    return got is None and _crosses(
        wanted.get("min", vector.given.get("min")), wanted.get("max", vector.given.get("max"))
    )


def _is_changed_by_others(vector: Vector, _wanted: Json, got: Json | None) -> bool:
    return got is not None and bool(vector.given.get("external_scale"))


def _allows_zero(vector: Vector, wanted: Json, got: Json | None) -> bool:
    return got == {"valid": True} and not wanted["valid"] and vector.given["config"].get("min") == 0


def _names_its_service(vector: Vector, wanted: Json, got: Json | None) -> bool:
    config = vector.given["config"]
    is_named_once = bool(config.get("serviceName")) is not bool(config.get("serviceNameTag"))
    return got == {"valid": True} and not wanted["valid"] and not is_named_once


_CUT = "skep keeps the fractions of a mean, which upstream cuts off"
_NO_TURN = "skep never shrinks under too much load nor grows under too little, however few replicas are seen"
_CROSSED = "skep refuses bounds that cross, and decides nothing by them"

DEVIATIONS: tuple[Deviation, ...] = (
    Deviation(
        groups=("request_sum",),
        reason="a swarm task is one container: there is no pod, and no container of it, to have a request of its own",
        applies=lambda vector, _wanted, got: not vector.fits_swarm and got == {},
    ),
    Deviation(
        groups=("calc_resource_utilization", "calc_pods_average_value"),
        reason=_CUT,
        applies=_is_cut_off,
    ),
    Deviation(
        groups=("ratio_utilization", "ratio_average"),
        reason=_CUT,
        applies=_is_cut_off_ratio,
    ),
    Deviation(
        groups=("reconcile",),
        reason=_CUT,
        applies=_is_cut_off_on_the_way,
    ),
    Deviation(
        groups=("calc_resource_utilization", "calc_pods_average_value"),
        reason=_NO_TURN,
        applies=_turns_around,
    ),
    Deviation(groups=("reconcile",), reason=_NO_TURN, applies=_turns_around_on_the_way),
    Deviation(
        groups=("reconcile",),
        reason="the last replica goes once nothing has been active for a while, and not at once (KEDA's rule)",
        applies=_sleeps_later,
    ),
    Deviation(
        groups=("reconcile",),
        reason="skep brings a wish within its bounds first, so that it names them where upstream names what came after",
        applies=_names_bounds_first,
    ),
    Deviation(
        groups=("scale_event_log",),
        reason="skep remembers every change, also without rates: cooldowns and the flap budget count them",
        applies=_has_no_behavior,
    ),
    Deviation(
        groups=("behavior_defaults",),
        reason="a direction that is off has nothing beside it, since nothing beside it would have an effect",
        applies=_is_off_with_more,
    ),
    Deviation(
        groups=("pick_of_two", "pick_across_groups"),
        reason="a recommendation is a direction that only Nomad's enterprise version has",
        applies=_has_a_recommendation,
    ),
    Deviation(
        groups=("pick_across_groups",),
        reason="skep has no groups of metrics: nothing shrinks until every metric agrees",
        applies=_outvotes_a_group,
    ),
    Deviation(
        groups=("pass_through",),
        reason="part of a replica is a whole one: skep rounds up, Nomad down",
        applies=_has_a_fraction,
    ),
    Deviation(
        groups=("cap_to_bounds", "service_step", "node_step"),
        reason=_CROSSED,
        applies=_crosses_in_vector,
    ),
    Deviation(
        groups=("derived_semantics", "stream_autoscale", "cardinality", "validation"),
        reason=_CROSSED,
        applies=_crosses_in_config,
    ),
    Deviation(
        groups=("derived_semantics",),
        reason="skep reads the count each time, and so sees what others did to it; the peer trusts its own",
        applies=_is_changed_by_others,
    ),
    Deviation(
        groups=("validation",),
        reason="a service may have no replicas at all where a total wakes it; the peer never goes below one",
        applies=_allows_zero,
    ),
    Deviation(
        groups=("validation",),
        reason="skep speaks to the engine that it runs beside; there are no clusters to name",
        applies=lambda vector, _wanted, got: got == {} and "servers" in vector.given["config"],
    ),
    Deviation(
        groups=("validation",),
        reason="labels stand on the service that they speak of, so that none has to be named",
        applies=_names_its_service,
    ),
)
