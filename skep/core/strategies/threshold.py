"""More replicas while a value is above its limit; never fewer.

A latency says that there are too few replicas, not how many too few: it bends up long before and long after. So it
asks for a step in proportion to how far it is over its limit, of at most half of what there is, and for the next one
only when all replicas have carried the load for as long as the value looks back. Well below its limit it has nothing to
say; near below it, within the tolerance for shrinking, it asks that the count be kept.
"""

from skep.core.demand import ServiceDemand
from skep.core.policy import Tolerance
from skep.core.strategies.proposal import Proposal, whole_replicas

__all__ = ["propose"]

_LARGEST_STEP_RATIO = 1.5


def propose(demand: ServiceDemand, *, tolerance: Tolerance, replicas: int, is_settled: bool) -> Proposal:
    """Whether the limit is kept, and how many replicas to try next if it is not.

    Args:
        demand: the value for the whole service, such as the mean latency.
        tolerance: how far above its limit the value may be; and how near below it nothing shrinks.
        replicas: the present count.
        is_settled: whether all replicas have carried the load for as long as the value looks back.
    """
    metric = demand.metric
    ratio = demand.value / metric.target_value
    comparison = f"{metric.unit.text(demand.value)} against at most {metric.unit.text(metric.target_value)}"
    asked: int | None
    if ratio > 1.0 + tolerance.up_ratio:
        asked, formula = _more(ratio, comparison, replicas, is_settled=is_settled)
    elif ratio >= 1.0 - tolerance.down_ratio:
        asked, formula = replicas, f"{comparison}, too near for fewer replicas"
    else:
        asked, formula = None, f"{comparison}, kept"
    return Proposal(
        metric=metric.name,
        unit=metric.unit,
        target_value=metric.target_value,
        value=demand.value,
        at=demand.at,
        replicas=asked,
        formula=formula,
        may_shrink=not demand.is_lower_bound,
    )


def _more(ratio: float, comparison: str, replicas: int, *, is_settled: bool) -> tuple[int, str]:
    if not is_settled:
        return replicas, f"{comparison}, and the last change has yet to tell"
    step_ratio = min(ratio, _LARGEST_STEP_RATIO)
    asked = max(whole_replicas(replicas * step_ratio), replicas + 1)
    return asked, f"{comparison}: {replicas} x {step_ratio:.2f} = {replicas * step_ratio:.2f}"
