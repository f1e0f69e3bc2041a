"""The rules that a policy tunes itself with: a predictor, a margin, and how long a shrinking waits."""

from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache

from skep.core.foresight.predictors import Predictor, predictors

__all__ = ["FALLBACK", "LONGEST_WINDOW", "MARGINS", "PRICED_HALF_LIFE", "WINDOWS", "Rule", "predictor_of", "rules"]

#: In typical errors of the predictor at the lead time.
MARGINS = (0.0, 0.5, 1.0, 1.5, 2.0, 3.0, 4.5)
#: Stabilization windows for shrinking: none, and two to sit out noise.
WINDOWS = (timedelta(0), timedelta(minutes=3), timedelta(minutes=10))
LONGEST_WINDOW = max(WINDOWS)
#: After that long what a rule has cost counts half.
PRICED_HALF_LIFE = timedelta(hours=12)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One way to come from the load to replicas.

    Attributes:
        predictor: the name of what tells the load to come.
        margin: so many of its typical errors are added.
        window: the stabilization window for shrinking.
    """

    predictor: str
    margin: float
    window: timedelta

    @property
    def sentence(self) -> str:
        """``the load of now + 0.5 errors, kept for 3 min``."""
        margin = f" + {self.margin:g} {'error' if self.margin == 1 else 'errors'}" if self.margin else ""
        kept = f", kept for {self.window.total_seconds() / 60:g} min" if self.window else ""
        return f"{self.predictor}{margin}{kept}"


#: What is done while there is too little history to choose by.
FALLBACK = Rule(predictor="the load of now", margin=0.5, window=timedelta(minutes=3))


@lru_cache(maxsize=64)
def rules(interval: timedelta) -> tuple[Rule, ...]:
    """Every rule there is, for evaluations that far apart: by predictor, then margin, then window."""
    return tuple(
        Rule(predictor=predictor.name, margin=margin, window=window)
        for predictor in predictors(interval)
        for margin in MARGINS
        for window in WINDOWS
    )


@lru_cache(maxsize=1024)
def predictor_of(rule: Rule, interval: timedelta) -> Predictor:
    """The predictor that a rule names.

    Raises:
        KeyError: none is called that: a later version chose the rule.
    """
    return {predictor.name: predictor for predictor in predictors(interval)}[rule.predictor]
