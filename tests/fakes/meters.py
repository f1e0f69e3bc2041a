"""skep's own numbers, as long as the test."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from skep.core.meters import Reading, Readings
from skep.errors import SkepError, Temporary

__all__ = ["FakeMeterArchive", "FakeMeters"]


class FakeMeters:
    """Implements :class:`skep.ports.Meters`."""

    def __init__(self) -> None:
        self._counted: Counter[tuple[str, tuple[str, ...]]] = Counter()
        self._gauges: tuple[Reading, ...] = ()
        self._measured_at: datetime | None = None
        self._is_down = False

    def break_down(self) -> None:
        """Be out of reach until :meth:`come_back`."""
        self._is_down = True

    def come_back(self) -> None:
        """Answer again."""
        self._is_down = False

    def count(self, counts: Sequence[Reading]) -> None:
        if not self._is_down:
            for one in counts:
                self._counted[one.meter, one.labels] += one.value  # type: ignore[assignment]  # seconds, too

    def put(self, gauges: Sequence[Reading], *, at: datetime) -> None:
        self._reach()
        self._gauges, self._measured_at = tuple(gauges), at

    def drop(self, gone: Sequence[Reading]) -> None:
        self._reach()
        for one in gone:
            self._counted.pop((one.meter, one.labels), None)

    def read(self) -> Readings:
        self._reach()
        counters = (Reading(meter=m, labels=labels, value=float(v)) for (m, labels), v in sorted(self._counted.items()))
        return Readings(counters=tuple(counters), gauges=self._gauges, measured_at=self._measured_at)

    def _reach(self) -> None:
        if self._is_down:
            raise Temporary("the fake meters are out of reach")


class FakeMeterArchive:
    """Implements :class:`skep.ports.MeterArchive`.

    Attributes:
        trouble: why nothing is taken now, if nothing is.
        written: everything, with its instant.
    """

    def __init__(self) -> None:
        self.trouble: SkepError | None = None
        self.written: list[tuple[datetime, tuple[Reading, ...]]] = []

    def write(self, readings: Sequence[Reading], *, at: datetime) -> None:
        if self.trouble is not None:
            raise self.trouble
        self.written.append((at, tuple(readings)))
