"""A choice made ready for evaluations, which need a few numbers of all that was learned."""

from datetime import UTC, datetime, timedelta

from skep.core.foresight.choice import Choice
from skep.core.foresight.day_peaks import BIN_S
from skep.core.foresight.learning import Learned
from skep.core.foresight.predictors import Peaks, predictors
from skep.core.foresight.replay import BELIEVED, Tuned
from skep.core.foresight.rules import predictor_of

__all__ = ["tuned"]


def tuned(learned: Learned, choice: Choice, *, metric: str) -> Tuned:
    """What evaluations are handed.

    Args:
        learned: what the choice was made by.
        choice: the rule to follow.
        metric: the name of the metric whose load was learned.
    """
    terms, rule = learned.terms, choice.rule
    predictor = predictor_of(rule, terms.interval)
    within_day = tuple(dict.fromkeys(each.within_day for each in predictors(terms.interval)))
    number = within_day.index(predictor.within_day)
    first_bin = int(learned.until.timestamp() // BIN_S)
    return Tuned(
        metric=metric,
        terms=terms,
        rule=rule,
        margin=rule.margin * learned.square_errors[number] ** 0.5,
        state=learned.states[number],
        as_of=learned.until,
        chosen_at=learned.until,
        peaks=_peaks(learned, predictor.peaks, first_bin),
        peaks_from=datetime.fromtimestamp(first_bin * BIN_S, tz=UTC),
        peaks_every=timedelta(seconds=BIN_S),
        why=choice.sentence,
    )


def _peaks(learned: Learned, peaks: Peaks, first_bin: int) -> tuple[float, ...]:
    """The peaks of other days for as long as the choice is believed, and as far as an evaluation then looks."""
    if peaks is Peaks.NONE:
        return ()
    horizon = (learned.terms.lead_ticks + 1) * learned.terms.interval
    bins = (BELIEVED + horizon) // timedelta(seconds=BIN_S) + 2
    table = learned.peaks.of(peaks).tolist()
    return tuple(table[(first_bin + step) % len(table)] for step in range(bins))
