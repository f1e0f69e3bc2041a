"""The steps of a decision, told as the three status conditions of a HorizontalPodAutoscaler."""

from typing import Any

from skep.core.decision import Decision, Step
from tests.conformance.drivers.hpa.pace import limiting_reason
from tests.conformance.vector import Json

__all__ = ["conditions"]

_FAILURES = {
    "unsupported": "InvalidMetricSourceType",
    "resource": "FailedGetResourceMetric",
    "container": "FailedGetContainerResourceMetric",
    "pods": "FailedGetPodsMetric",
    "object": "FailedGetObjectMetric",
    "external": "FailedGetExternalMetric",
}


def conditions(given: Json, decision: Decision, *, is_written: bool, has_failed: bool) -> list[dict[str, Any]]:
    """Whether it could scale, whether the metrics had a say, and what limited them."""
    if given.get("conflict"):
        return [_condition("AbleToScale", "SucceededGetScale"), _refusal("ScalingActive", "AmbiguousSelector")]
    failed = _failed_metric(given, decision)
    if failed is not None:
        return [_condition("AbleToScale", "SucceededGetScale"), _refusal("ScalingActive", failed)]
    if any(step.by == "switched off" for step in decision.steps):
        return [_condition("AbleToScale", "SucceededGetScale"), _refusal("ScalingActive", "ScalingDisabled")]
    able = _able(decision.steps, is_written=is_written, has_failed=has_failed)
    if decision.recommendation is None:
        return [able]
    limit = limiting_reason(decision.steps)
    limited = {"type": "ScalingLimited", "status": limit != "DesiredWithinRange", "reason": limit}
    return [able, _condition("ScalingActive", "ValidMetricFound"), limited]


def _failed_metric(given: Json, decision: Decision) -> str | None:
    """The first metric without a value, where that is why nothing is done."""
    if decision.recommendation is None:
        return None
    blind = [proposal.gap is not None for proposal in decision.proposals]
    if not any(blind) or not (all(blind) or decision.recommendation < decision.replicas):
        return None
    kind = given["metrics"][blind.index(True)]["kind"]
    return next(reason for prefix, reason in _FAILURES.items() if kind.startswith(prefix))


def _able(steps: tuple[Step, ...], *, is_written: bool, has_failed: bool) -> dict[str, Any]:
    if has_failed:
        return _refusal("AbleToScale", "FailedUpdateScale")
    if is_written:
        return _condition("AbleToScale", "SucceededRescale")
    held = next((step for step in steps if step.by == "stabilization"), None)
    if held is None:
        return _condition("AbleToScale", "ReadyForNewScale")
    is_raised = held.replicas_after > held.replicas_before
    return _condition("AbleToScale", "ScaleDownStabilized" if is_raised else "ScaleUpStabilized")


def _condition(name: str, reason: str) -> dict[str, Any]:
    return {"type": name, "status": True, "reason": reason}


def _refusal(name: str, reason: str) -> dict[str, Any]:
    return {"type": name, "status": False, "reason": reason}
