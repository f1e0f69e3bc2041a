"""From samples to a count: groups ``target_value*``, ``threshold``, ``fixed_value``, ``pass_through``."""

from collections.abc import Callable
from typing import Any

from skep.core.demand import ServiceDemand
from skep.core.guards.rate import growth_limit, shrink_limit
from skep.core.metrics.series import Gap, GapReason
from skep.core.policy import (
    DEFAULT_SCALE_DOWN,
    DEFAULT_SCALE_UP,
    Bounds,
    MetricKind,
    MetricPolicy,
    Signal,
    Tolerance,
    Unit,
)
from skep.core.strategies import Carriers, Proposal, propose
from skep.core.strategies.step import Band, StepSize, StepUnit, step
from tests.builders import NOW
from tests.conformance.drivers.nomad.config import Refused, number, step_cap, whole
from tests.conformance.vector import Json

__all__ = ["DRIVERS", "pass_through"]

_EXACTLY = Tolerance(up_ratio=0.0, down_ratio=0.0)


def _strategy(run: Callable[[Json], dict[str, Any]]) -> Callable[[Json], dict[str, Any]]:
    """A wrong configuration is an answer that names the field."""

    def answer(given: Json) -> dict[str, Any]:
        try:
            return run(given)
        except Refused as refused:
            return {"error_field": refused.field}

    return answer


def _direction(count: int, asked: int) -> dict[str, Any]:
    if asked == count:
        return {"direction": "none"}
    return {"direction": "up" if asked > count else "down", "count": asked}


def _proposal(kind: MetricKind, given: Json, *, target: float, tolerance: Tolerance) -> Proposal:
    """What the core proposes for the last of the samples; a gap where there are none."""
    metric = MetricPolicy(name="sample", signal=Signal.QUERY, kind=kind, unit=Unit.PLAIN, target_value=target)
    if given["samples"]:
        demand: ServiceDemand | Gap = ServiceDemand(metric=metric, value=float(given["samples"][-1]), at=NOW)
    else:
        demand = Gap(reason=GapReason.NO_DATA, detail="no samples")
    carriers = Carriers(replicas=given["count"], running=given["count"])
    return propose(metric, demand, tolerance=tolerance, carriers=carriers, now=NOW)


def _capped(given: Json, proposal: Proposal) -> dict[str, Any]:
    """A proposal within the largest steps that the configuration allows."""
    up = step_cap(given["config"], "max_scale_up", DEFAULT_SCALE_UP)
    down = step_cap(given["config"], "max_scale_down", DEFAULT_SCALE_DOWN)
    if proposal.replicas is None:
        return {"no_decision": proposal.gap is not None}
    count = given["count"]
    most = growth_limit(up, replicas=count, events=(), now=NOW)
    fewest = shrink_limit(down, replicas=count, events=(), now=NOW)
    return _direction(count, min(max(proposal.replicas, fewest), most))


def _target_value(given: Json) -> dict[str, Any]:
    config = given["config"]
    target, band = number(config, "target"), number(config, "threshold", 0.01)
    tolerance = Tolerance(up_ratio=band, down_ratio=band)
    # At a target of nothing the sample itself is the factor, as it is at a target of one.
    return _capped(given, _proposal(MetricKind.AVERAGE, given, target=target or 1.0, tolerance=tolerance))


def _target_value_direction(given: Json) -> dict[str, Any]:
    count, factor, band = given["count"], given["factor"], given["threshold"]
    is_near = Tolerance(up_ratio=band, down_ratio=band).covers(factor)
    if count == 0:
        return {"direction": "up" if factor > 0 else "none"}
    if is_near:
        return {"direction": "none"}
    return {"direction": "up" if factor > 1 else "down"}


def _threshold(given: Json) -> dict[str, Any]:
    config = given["config"]
    if config.keys().isdisjoint({"lower_bound", "upper_bound"}):
        raise Refused("bounds")
    band = Band(
        low=number(config, "lower_bound") if "lower_bound" in config else None,
        high=number(config, "upper_bound") if "upper_bound" in config else None,
    )
    least = whole(config, "within_bounds_trigger", 5)
    by = _step_size(config)
    if not given["samples"]:
        return {"no_decision": True}
    return _direction(given["count"], step(given["samples"], band=band, least=least, by=by, replicas=given["count"]))


_STEPS = {"delta": StepUnit.REPLICAS, "percentage": StepUnit.PERCENT, "value": StepUnit.TOTAL}


def _step_size(config: Json) -> StepSize:
    """Exactly one of the three ways to step."""
    fields = [field for field in _STEPS if field in config]
    if len(fields) != 1:
        raise Refused("action")
    field = fields[0]
    amount = number(config, field) if field == "percentage" else whole(config, field)
    return StepSize(amount=amount, unit=_STEPS[field])


def _fixed_value(given: Json) -> dict[str, Any]:
    fixed = whole(given["config"], "value")
    return _direction(given["count"], Bounds(min_replicas=fixed, max_replicas=fixed).clamp(given["count"]))


def pass_through(given: Json) -> dict[str, Any]:
    """The last sample is the count."""
    return _capped(given, _proposal(MetricKind.TOTAL, given, target=1.0, tolerance=_EXACTLY))


DRIVERS = {
    "target_value": _strategy(_target_value),
    "target_value_direction": _target_value_direction,
    "threshold": _strategy(_threshold),
    "fixed_value": _strategy(_fixed_value),
    "pass_through": _strategy(pass_through),
}
