"""Several metrics stores as one: each question goes to the store that its metric names."""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from skep.core.metrics.series import Answer, Answers, Gap, GapReason, Question
from skep.core.policy import Signal, Source
from skep.ports import Metrics

__all__ = ["MetricsBySource"]


class MetricsBySource:
    """Implements :class:`skep.ports.Metrics`.

    InfluxDB answers all built-in signals, and ages are judged by its clock. The other stores are asked meanwhile, each
    only if it has a question, so that a read lasts as long as the slowest of them.
    """

    def __init__(self, influx: Metrics, others: Mapping[Source, Metrics]) -> None:
        """Keep the stores.

        Args:
            influx: the home of everything that Telegraf writes.
            others: further ones; a source that has none is a gap that says how to set it up.
        """
        self._influx = influx
        self._others = others

    def read(
        self,
        questions: Sequence[Question],
        *,
        services: Sequence[str],
        nodes: Sequence[str] = (),
        is_share: bool = False,
    ) -> Answers:
        """As :meth:`skep.ports.Metrics.read` says."""
        by_source = _by_source(questions)
        homely = by_source.pop(Source.INFLUXDB, ())
        if not by_source:
            return self._influx.read(homely, services=services, nodes=nodes, is_share=is_share)
        with ThreadPoolExecutor(max_workers=len(by_source)) as askers:
            asked = [askers.submit(self._read_from, source, theirs) for source, theirs in by_source.items()]
            answers = self._influx.read(homely, services=services, nodes=nodes, is_share=is_share)
            own = [answers.own, *(theirs.result() for theirs in asked)]
        return replace(answers, own={key: answer for part in own for key, answer in part.items()})

    def statement(self, question: Question) -> str:
        """As :meth:`skep.ports.Metrics.statement` says, of the store that would be asked."""
        source = _source_of(question)
        store = self._influx if source is Source.INFLUXDB else self._others.get(source)
        return "" if store is None else store.statement(question)

    def _read_from(self, source: Source, questions: Sequence[Question]) -> Mapping[tuple[str, str], Answer]:
        store = self._others.get(source)
        if store is not None:
            return store.read(questions, services=()).own
        detail = f"no {source} is set up: say where it is with SKEP_{source.upper()}_URL"
        gap = Gap(reason=GapReason.REFUSED, detail=detail)
        return {(question.service or "", question.metric or ""): gap for question in questions}


def _by_source(questions: Sequence[Question]) -> dict[Source, tuple[Question, ...]]:
    sources = {_source_of(question) for question in questions}
    return {source: tuple(q for q in questions if _source_of(q) is source) for source in sources}


def _source_of(question: Question) -> Source:
    return question.source if question.signal is Signal.QUERY else Source.INFLUXDB
