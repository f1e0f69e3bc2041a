"""What a policy that only looks on would do, in a line or two beside the one that acts."""

from collections.abc import Iterator

from skep.core.decision import plural
from skep.core.policy import Tune
from skep.core.strategies.tuning import Tuning

__all__ = ["shadow_lines"]


def shadow_lines(tuning: Tuning | None) -> Iterator[str]:
    """The count that it would have now, and what it would have saved or cost; nothing of one that acts."""
    if tuning is None or tuning.mode is not Tune.SHADOW:
        return
    count = "no load to go by" if tuning.replicas is None else plural(tuning.replicas)
    yield f"in the shadow, {tuning.rule}: {count}"
    if tuning.comparison is not None:
        yield tuning.comparison.sentence
