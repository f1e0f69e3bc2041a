"""The strategy ``replay`` in each evaluation: the chosen rule applied to the load of now, in a few operations.

It is one more proposal beside that of its metric. Below what the load of now needs it never goes, and bounds, rates,
holds, outage modes and all other guards stay as they are. Three things give way to the rule where the operator left
them at their defaults, because the rule has its own: the tolerance (the margin takes its place), the stabilization
window for shrinking (the rule has the window that would have paid off) and the budget of changes of direction (each
change has its price already; what is left of the budget stops what runs wild).
"""

import math
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from skep.core.bounds import Bounds
from skep.core.decision import Decision
from skep.core.demand import ServiceDemand
from skep.core.foresight.predictors import State
from skep.core.foresight.rules import Rule, predictor_of
from skep.core.foresight.terms import Terms
from skep.core.policy import ServicePolicy, Tolerance
from skep.core.strategies.proposal import Proposal, whole_replicas

__all__ = ["BELIEVED", "Tuned", "tuned_policy"]

#: What holds where an operator says nothing.
_SILENCE = ServicePolicy(bounds=Bounds(min_replicas=1, max_replicas=1), metrics=())
#: On average every other minute: far beyond what pays, and short of what harms.
_FLAPS_PER_HOUR = 30
_NO_TOLERANCE = Tolerance(up_ratio=0.0, down_ratio=0.0)
#: So long a choice is followed without being looked at again: then whoever chooses has died.
BELIEVED = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tuned:
    """A chosen rule with all that an evaluation needs of what was learned: it is written and read as it is.

    Attributes:
        metric: the name of the metric whose load it looks at.
        margin: what is added to the forecast, in the unit of the metric.
        state: of the predictor.
        as_of: the evaluation whose load is the last in the state.
        peaks: those of other days, in bins of equal length; empty where the rule does not look at them.
        peaks_from: when the first of the bins begins.
        peaks_every: how long each lasts.
        chosen_at: when the rule was looked at last.
        why: the reason for the choice, for people.
        delays: what it reckons with, and what of it was measured, for people.
    """

    metric: str
    terms: Terms
    rule: Rule
    margin: float
    state: State
    as_of: datetime
    chosen_at: datetime
    peaks: tuple[float, ...] = ()
    peaks_from: datetime
    peaks_every: timedelta
    why: str = ""
    delays: str = ""

    @property
    def flaw(self) -> str | None:
        """Why evaluations cannot go by it, where it was kept outside; ``None`` where they can.

        A predictor that only a later version knows is no flaw: whoever follows the rule finds that out.
        """
        if self.terms.interval <= timedelta(0) or self.peaks_every <= timedelta(0):
            return "its spans are none that evaluations have"
        if any(instant.tzinfo is None for instant in (self.as_of, self.chosen_at, self.peaks_from)):
            return "it holds an instant without its offset from UTC"
        if not all(map(math.isfinite, (self.margin, *self.state, *self.peaks, self.terms.lead_ticks))):
            return "it holds what is no number"
        try:
            predictor = predictor_of(self.rule, self.terms.interval)
        except KeyError:
            return None
        return None if len(self.state) == len(predictor.begin(0.0)) else "its predictor remembers what it never would"

    def is_current(self, now: datetime) -> bool:
        """Whether the choice is young enough to be followed."""
        return now - self.chosen_at < BELIEVED

    def advanced(self, load: float, *, now: datetime) -> "Tuned":
        """What to keep for the next evaluation after the load of this one."""
        predictor = predictor_of(self.rule, self.terms.interval)
        return replace(self, state=predictor.advance(self.state, self.terms.believed(load)), as_of=now)

    @property
    def without_peaks(self) -> "Tuned":
        """As evaluations keep it: the peaks of other days come with the choice."""
        return replace(self, peaks=())

    def after(self, decision: Decision) -> "Tuned":
        """What to keep after an evaluation: advanced by the load that it saw, or as it was where it saw none."""
        loads = (p.total for p in decision.proposals if p.metric == self.metric and p.gap is None)
        load = next((load for load in loads if load is not None), None)
        return self if load is None else self.advanced(load, now=decision.at)

    def continued(self, before: "Tuned | None") -> "Tuned":
        """This choice with what evaluations have seen since it was made, if they followed the same predictor."""
        if before is None or before.rule.predictor != self.rule.predictor or before.as_of <= self.as_of:
            return self
        return replace(self, state=before.state, as_of=before.as_of)

    def propose(self, demand: ServiceDemand, *, now: datetime) -> Proposal:
        """How many replicas the expected load needs; never fewer than the load of now does."""
        terms, metric = self.terms, demand.metric
        predictor = predictor_of(self.rule, terms.interval)
        state = predictor.advance(self.state, terms.believed(demand.value))
        forecast = predictor.forecast(state, terms.lead_ticks)
        peak = self._peak(now)
        expected = max(forecast + self.margin, demand.value, peak)
        if demand.value <= terms.activation and terms.bounds.min_replicas == 0:
            expected = 0.0
        needed = expected / metric.target_value
        text = metric.unit.text
        formula = (
            f"{self.rule.predictor} {text(max(forecast, 0.0))} + margin {text(self.margin)}"
            f"{f', peak of other days {text(peak)}' if self.peaks else ''}"
            f": {text(expected)} / {text(metric.target_value)} = {needed:.2f}"
        )
        return Proposal(
            metric=f"{metric.name} expected",
            unit=metric.unit,
            target_value=metric.target_value,
            value=expected,
            total=expected,
            at=demand.at,
            replicas=whole_replicas(needed),
            needed=needed,
            formula=formula,
            may_shrink=not demand.is_lower_bound,
        )

    def _peak(self, now: datetime) -> float:
        """The highest peak of other days until an order of now takes effect."""
        if not self.peaks:
            return 0.0
        horizon = (self.terms.lead_ticks + 1) * self.terms.interval
        first = max((now - self.peaks_from) // self.peaks_every, 0)
        last = (now + horizon - self.peaks_from) // self.peaks_every
        return max(self.peaks[first : last + 1], default=0.0)


def tuned_policy(policy: ServicePolicy, rule: Rule) -> ServicePolicy:
    """The policy under which a rule is followed; what an operator has set to anything but the default stays."""
    down = policy.scale_down
    if down.window == _SILENCE.scale_down.window:
        down = replace(down, window=rule.window)
    tolerance = _NO_TOLERANCE if policy.tolerance == _SILENCE.tolerance else policy.tolerance
    is_default = policy.flaps_per_hour == _SILENCE.flaps_per_hour
    flaps_per_hour = _FLAPS_PER_HOUR if is_default else policy.flaps_per_hour
    return replace(policy, scale_down=down, tolerance=tolerance, flaps_per_hour=flaps_per_hour)
