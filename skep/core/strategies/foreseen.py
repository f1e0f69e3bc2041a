"""What looks ahead: a second opinion on a metric, about the load that will be there when new replicas serve.

Whoever looks ahead asks for more than the load of now needs, or for nothing: it is one more proposal beside that of
its metric, so that the largest wins and every guard and every outage mode stays in force.
"""

from datetime import datetime
from typing import Protocol

from skep.core.demand import ServiceDemand
from skep.core.strategies.proposal import Proposal

__all__ = ["Foreseen"]


class Foreseen(Protocol):
    """What a policy that tunes itself expects of one metric, ready for this evaluation."""

    @property
    def metric(self) -> str:
        """The name of the metric that it looks at."""

    def propose(self, demand: ServiceDemand, *, now: datetime) -> Proposal:
        """How many replicas the expected load needs.

        Args:
            demand: the load of now, of the whole service.
            now: the present instant.
        """
