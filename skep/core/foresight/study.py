"""What is kept of a service from one look at its rules to the next."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from skep.core.foresight.learning import Learned, flaw
from skep.core.foresight.rules import Rule

__all__ = ["Study"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Study:
    """All that the next look needs.

    Attributes:
        form: of what was learned; one of another form counts as absent, and is learned anew.
        metric: the name of the metric whose load was learned.
        rule: the one that is followed.
        start_delay: of its replicas, as measured; ``None`` while it is assumed.
        metric_delay: of its load, as measured; ``None`` while it is assumed.
    """

    form: Literal[1] = 1
    metric: str
    learned: Learned
    rule: Rule
    start_delay: timedelta | None = None
    metric_delay: timedelta | None = None

    @property
    def flaw(self) -> str | None:
        """Why the next look cannot go on from it; ``None`` where it can."""
        return flaw(self.learned)
