"""The recorded load of a service that runs, with what else has to be known to replay it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from skep.core.foresight.metric_delay import MetricDelay
from skep.core.foresight.trace import Trace

__all__ = ["PastLoad"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PastLoad:
    """The load of a service in buckets.

    Attributes:
        labels: those of the service that skep reads.
        interval: of the buckets.
        loads: requests per second in each, oldest first; where nothing is known, as in the one before.
        start_delay: of its replicas, as measured; ``None`` where no swarm task tells.
        metric_delay: of its load, as measured; ``None`` where too few evaluations told.
    """

    service: str
    labels: Mapping[str, str]
    interval: timedelta
    loads: tuple[float, ...]
    start_delay: timedelta | None
    metric_delay: MetricDelay | None = None

    @property
    def trace(self) -> Trace:
        """The load as a trace.

        Raises:
            ValueError: it is too short to be one.
        """
        every_s = self.interval.total_seconds()
        return Trace(
            name=self.service, at_s=tuple(every_s * place for place in range(len(self.loads))), rates_rps=self.loads
        )
