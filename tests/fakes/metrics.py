"""A metrics store that holds what a test puts into it."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta

from skep.core.metrics.series import Answer, Answers, Gap, GapReason, Question, Series
from skep.core.policy import Signal
from skep.ports import Clock
from tests.fakes.clock import FakeClock

__all__ = ["FakeMetrics"]


class FakeMetrics:
    """Implements :class:`skep.ports.Metrics` in memory.

    A series is put in once and then answered for as long as its points lie in the window asked for, so that data
    grows stale when the clock is moved.

    Attributes:
        reads: every call so far: its questions and the services asked for.
        shares: of every call, whether it asked for a share of the services.
        outage: while set, it is the answer to everything.
    """

    def __init__(self, clock: Clock | None = None) -> None:
        self.reads: list[tuple[tuple[Question, ...], tuple[str, ...]]] = []
        self.shares: list[bool] = []
        self.outage: Gap | None = None
        self._clock = clock or FakeClock()
        self._series: dict[tuple[Signal, str], dict[str, Series]] = {}
        self._gaps: dict[Signal, Gap] = {}
        self._own: dict[tuple[str, str], Answer] = {}

    def put(self, signal: Signal, service: str, *series: Series) -> None:
        """Add series, or replace those of the same source."""
        self._series.setdefault((signal, service), {}).update({one.source: one for one in series})

    def flat(
        self, signal: Signal, service: str, source: str, value: float, *, points: int = 12, every_s: float = 5.0
    ) -> None:
        """Put a gauge that has stood at ``value`` up to now."""
        self.put(
            signal, service, Series(source=source, at_epoch_s=self._instants(points, every_s), values=(value,) * points)
        )

    def rate(
        self,
        service: str,
        source: str,
        per_second: float,
        *,
        start: float = 0.0,
        points: int = 12,
        every_s: float = 5.0,
    ) -> None:
        """Put a counter of requests that has grown by ``per_second`` up to now."""
        self.requests(
            service, source, [start + per_second * every_s * place for place in range(points)], every_s=every_s
        )

    def requests(self, service: str, source: str, totals: Sequence[float], *, every_s: float = 5.0) -> None:
        """Put a counter of requests with these totals, the last one of now."""
        instants = self._instants(len(totals), every_s)
        self.put(Signal.REQUESTS, service, Series(source=source, at_epoch_s=instants, values=tuple(totals)))

    def lose(self, signal: Signal, service: str, source: str | None = None) -> None:
        """Forget one series of a service, or all of them."""
        if source is None:
            self._series.pop((signal, service), None)
        else:
            self._series.get((signal, service), {}).pop(source, None)

    def gap(self, signal: Signal, gap: Gap | None) -> None:
        """Answer a built-in signal with a gap for all services, until ``None`` is set."""
        if gap is None:
            self._gaps.pop(signal, None)
        else:
            self._gaps[signal] = gap

    def answer_own(self, service: str, metric: str, answer: Answer | float | None) -> None:
        """Set what an operator's own query answers: series, a gap, one number, or nothing."""
        if answer is None:
            self._own.pop((service, metric), None)
        elif isinstance(answer, int | float):
            now_s = self._clock.now().timestamp()
            self._own[service, metric] = (Series(source=metric, at_epoch_s=(now_s,), values=(float(answer),)),)
        else:
            self._own[service, metric] = answer

    def break_down(self, detail: str = "connection refused") -> None:
        """Be out of reach until :meth:`come_back`."""
        self.outage = Gap(reason=GapReason.UNREACHABLE, detail=detail)

    def come_back(self) -> None:
        """Answer again."""
        self.outage = None

    def read(
        self,
        questions: Sequence[Question],
        *,
        services: Sequence[str],
        nodes: Sequence[str] = (),
        is_share: bool = False,
    ) -> Answers:
        self.reads.append((tuple(questions), tuple(services)))
        self.shares.append(is_share)
        return Answers(
            as_of=self._clock.now(),
            built_in={
                question.signal: self._built_in(question, nodes if question.signal.is_of_nodes else services)
                for question in questions
                if question.signal is not Signal.QUERY
            },
            own=dict(self._own_answers(questions)),
        )

    def statement(self, question: Question) -> str:
        if question.signal is not Signal.QUERY:
            return f"{question.signal} of {question.service}"
        return (question.query or "").replace("$service", f"'{question.service}'")

    def _built_in(self, question: Question, services: Iterable[str]) -> Mapping[str, tuple[Series, ...]] | Gap:
        gap = self.outage or self._gaps.get(question.signal)
        if gap is not None:
            return gap
        found = {service: self._within(question, service) for service in services}
        return {service: series for service, series in found.items() if series}

    def _within(self, question: Question, service: str) -> tuple[Series, ...]:
        start_s = (self._clock.now() - question.window).timestamp()
        cut = (_since(series, start_s) for series in self._series.get((question.signal, service), {}).values())
        return tuple(series for series in cut if series.at_epoch_s)

    def _own_answers(self, questions: Iterable[Question]) -> Iterable[tuple[tuple[str, str], Answer]]:
        for question in questions:
            key = (question.service or "", question.metric or "")
            if question.signal is Signal.QUERY and (self.outage or key in self._own):
                yield key, self.outage or self._own[key]

    def _instants(self, points: int, every_s: float) -> tuple[float, ...]:
        newest = self._clock.now()
        return tuple((newest - timedelta(seconds=every_s * back)).timestamp() for back in reversed(range(points)))


def _since(series: Series, start_s: float) -> Series:
    kept = [(at, value) for at, value in zip(series.at_epoch_s, series.values, strict=True) if at > start_s]
    return Series(
        source=series.source,
        at_epoch_s=tuple(at for at, _ in kept),
        values=tuple(value for _, value in kept),
    )
