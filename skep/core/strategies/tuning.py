"""What a policy that tunes itself has to do with a decision: the rule, why it was chosen, and what it is worth."""

from dataclasses import dataclass
from datetime import timedelta

from skep.core.policy import Tune

__all__ = ["Comparison", "Tuning"]

_NOTICEABLE_RATIO = 0.005


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """The policy that acts, and beside it the rule as if it had: on average at any moment of the span.

    Attributes:
        span: how much time it speaks of; newer times count more.
        price: of a missing replica, in idle ones.
        acting_replicas: what the policy that acts paid for.
        acting_missing: by how many fewer ran than the load needed.
        tuned_replicas: what the rule would have paid for.
        tuned_missing: by how many fewer would have run than the load needed.
    """

    span: timedelta
    price: float
    acting_replicas: float
    acting_missing: float
    tuned_replicas: float
    tuned_missing: float

    @property
    def saved_ratio(self) -> float:
        """The share of the cost that the rule would have saved; negative where it would have cost more."""
        acting = self.acting_replicas + self.price * self.acting_missing
        tuned = self.tuned_replicas + self.price * self.tuned_missing
        return (acting - tuned) / acting if acting > 0 else 0.0

    @property
    def sentence(self) -> str:
        """What it would have saved or cost, for people."""
        return self.sentence_of("replicas")

    def sentence_of(self, things: str) -> str:
        """As :attr:`sentence`, where something else than replicas is compared."""
        ratio = self.saved_ratio
        if abs(ratio) < _NOTICEABLE_RATIO:
            worth = "come to the same"
        else:
            worth = f"saved {ratio:.0%}" if ratio > 0 else f"cost {-ratio:.0%} more"
        return (
            f"in the last {_span(self.span)} it would have {worth}: "
            f"{self.tuned_replicas:.2f} {things} rather than {self.acting_replicas:.2f}, "
            f"short of {self.tuned_missing:.2f} rather than {self.acting_missing:.2f}"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Tuning:
    """The rule that was followed, or that looked on.

    Attributes:
        mode: whether it acts or looks on.
        rule: in words.
        why: the reason for the choice, with its cost and that of the next best.
        replicas: the count that it asks for by itself; ``None`` where its metric has no value.
        comparison: with the policy that acts, where it looks on and has done so for long enough.
        delays: what the rule reckons with, and what of it was measured.
    """

    mode: Tune
    rule: str
    why: str
    replicas: int | None = None
    comparison: Comparison | None = None
    delays: str = ""


def _span(span: timedelta) -> str:
    minutes = span / timedelta(minutes=1)
    return f"{minutes / 60:.0f} h" if minutes >= 60 else f"{minutes:.0f} min"  # noqa: PLR2004 - minutes of an hour
