"""What a rule that looks ahead has to do with a pool, in sentences."""

from collections.abc import Iterator, Sequence

from skep.core.policy import Tune
from skep.core.pool_report import PoolReport
from skep.core.strategies.tuning import Tuning
from skep.report.paragraphs import set_story

__all__ = ["pool_tuning_lines", "pool_tunings_text"]


def pool_tunings_text(pools: Sequence[PoolReport], *, width: int) -> str:
    """A paragraph for each pool whose policy tunes itself; nothing where none does."""
    story = (
        [f"Pool {pool.name}:", *(f"  {line}" for line in pool_tuning_lines(pool.tuning))]
        for pool in pools
        if pool.tuning is not None
    )
    return set_story(story, width)


def pool_tuning_lines(tuning: Tuning) -> Iterator[str]:
    """Which rule acts or looks on, what it wants now, why it was chosen, and what it is worth."""
    nodes = f"{tuning.replicas} {'node' if tuning.replicas == 1 else 'nodes'}"
    if tuning.mode is Tune.AUTO:
        yield f"It tunes itself and expects to need {nodes}. It follows {tuning.why}."
    else:
        yield f"It would tune itself, and looks on: it would have {nodes} now, by {tuning.why}."
        if tuning.comparison is not None:
            yield f"Against the policy that acts, {tuning.comparison.sentence_of('nodes')}."
    if tuning.delays:
        yield f"It reckons that {tuning.delays}."
