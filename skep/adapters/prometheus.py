"""Operators' own queries in PromQL, answered by Prometheus or by one of those that speak its API.

An instant query each, at ``/api/v1/query``: its API takes one per request. They travel side by side on a few
connections, and all of them within one span of time. As each is a request of its own, a wrong one blinds nobody else;
one that was slow is asked last the next time, so that it keeps nobody else waiting twice.

Source of statuses and shapes: prometheus.io, "HTTP API", sections "Instant queries" and "Expression query result
formats".
"""

import math
import os
import time
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from queue import SimpleQueue
from typing import Any

import msgspec

from skep.adapters.foreign_json import foreign_json
from skep.adapters.foreign_words import first_words, plain_words
from skep.adapters.http_line import HttpAnswer, HttpLine, Login, TooSlow
from skep.config.own_query import PLACEHOLDER
from skep.config.prometheus_query import read_prometheus_query
from skep.config.units import UnitError
from skep.core.metrics.series import Answer, Answers, Gap, GapReason, Question, Series
from skep.core.policy import Signal
from skep.errors import Temporary
from skep.ports import Clock

__all__ = ["Prometheus", "PrometheusAccess", "own_promql"]

_LONGEST_TIMEOUT = timedelta(seconds=5)
_LINES = 8
# One sample is a few hundred bytes; whoever sends more has not aggregated.
_LARGEST_ANSWER_BYTES = 1 << 20
_LEAST_S = 0.05

#: Names of the service and of the metric.
_Key = tuple[str, str]

_TIME_IS_UP = Gap(
    reason=GapReason.UNREACHABLE, detail="not asked this time: other queries to Prometheus took all the time there is"
)
_NO_BUILT_IN = Gap(reason=GapReason.REFUSED, detail="Prometheus is asked for queries of one's own only")
_MENDS: Mapping[int, str] = {
    HTTPStatus.UNAUTHORIZED: "check SKEP_PROMETHEUS_USER and its password, or the token",
    HTTPStatus.FORBIDDEN: "the user or token needs the right to query",
    HTTPStatus.NOT_FOUND: "is there a path before /api/v1, as in http://prometheus:9090/prometheus?",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class PrometheusAccess:
    """Where it is, perhaps with a path in front of ``/api/v1``, and what opens it."""

    url: str
    login: Login = field(default_factory=Login)


class Prometheus:
    """Implements :class:`skep.ports.Metrics` for operators' own queries, and only reads."""

    def __init__(
        self,
        access: PrometheusAccess,
        *,
        clock: Clock,
        timeout: timedelta = _LONGEST_TIMEOUT,
        lines: int = _LINES,
    ) -> None:
        """Keep how to reach it; the first read makes the connections.

        Args:
            access: where it is, and the login.
            clock: asked only while no answer tells a time.
            timeout: for a whole read, however many queries; at most 5 s.
            lines: how many queries are under way at once.
        """
        self._access = access
        self._clock = clock
        self._timeout_s = min(timeout, _LONGEST_TIMEOUT).total_seconds()
        self._line_count = lines
        self._lines: SimpleQueue[HttpLine] = SimpleQueue()
        self._lines_of_process = 0
        self._slow: set[_Key] = set()

    def read(
        self,
        questions: Sequence[Question],
        *,
        services: Sequence[str],
        nodes: Sequence[str] = (),
        is_share: bool = False,
    ) -> Answers:
        """As :meth:`skep.ports.Metrics.read` says; every built-in signal is a gap."""
        del services, nodes, is_share
        written = {_key(question): own_promql(question) for question in questions if question.signal is Signal.QUERY}
        own: dict[_Key, Answer] = {key: text for key, text in written.items() if isinstance(text, Gap)}
        own |= self._ask({key: text for key, text in written.items() if isinstance(text, str)})
        return Answers(
            as_of=_newest(own.values()) or self._clock.now(),
            built_in={q.signal: _NO_BUILT_IN for q in questions if q.signal is not Signal.QUERY},
            own=own,
        )

    def statement(self, question: Question) -> str:
        """As :meth:`skep.ports.Metrics.statement` says."""
        written = own_promql(question) if question.signal is Signal.QUERY else _NO_BUILT_IN
        return "" if isinstance(written, Gap) else written

    def _ask(self, queries: Mapping[_Key, str]) -> dict[_Key, Answer]:
        if not queries:
            return {}
        self._lay_lines()
        ends_at_s = time.monotonic() + self._timeout_s
        order = sorted(queries, key=self._slow.__contains__)
        with ThreadPoolExecutor(max_workers=min(self._line_count, len(order))) as askers:
            answers = dict(
                zip(order, askers.map(lambda key: self._ask_one(queries[key], ends_at_s), order), strict=True)
            )
        self._slow = {key for key, answer in answers.items() if isinstance(answer, _SlowGap)}
        return {key: answer.gap if isinstance(answer, _SlowGap) else answer for key, answer in answers.items()}

    def _ask_one(self, query: str, ends_at_s: float) -> "Answer | _SlowGap":
        line = self._lines.get()
        try:
            within_s = ends_at_s - time.monotonic()
            if within_s < _LEAST_S:
                return _TIME_IS_UP
            # It is told too, so that it does not go on working for nobody.
            form = {"query": query, "timeout": f"{math.ceil(within_s * 1000)}ms"}
            return self._understood(line.exchange("POST", "/api/v1/query", within_s=within_s, form=form))
        except TooSlow as error:
            return _SlowGap(gap=self._unreachable(error))
        except Temporary as error:
            return self._unreachable(error)
        finally:
            self._lines.put(line)

    def _understood(self, answer: HttpAnswer) -> Answer:
        try:
            with foreign_json():
                document = _DECODER.decode(answer.body)
        except msgspec.DecodeError:
            document = _Document()
        if answer.status == HTTPStatus.OK and document.status == "success" and document.data is not None:
            return _answer(document.data)
        return self._refused(answer, document)

    def _refused(self, answer: HttpAnswer, document: "_Document") -> Gap:
        words = plain_words(answer.body)
        if answer.status in (HTTPStatus.BAD_REQUEST, HTTPStatus.UNPROCESSABLE_ENTITY) and document.error:
            return Gap(reason=GapReason.REFUSED, detail=words)
        mend = _MENDS.get(answer.status)
        detail = f"Prometheus at {self._access.url} answered {answer.status}: {words}"
        is_refusal = HTTPStatus.BAD_REQUEST <= answer.status < HTTPStatus.INTERNAL_SERVER_ERROR
        return Gap(
            reason=GapReason.REFUSED if is_refusal else GapReason.UNREACHABLE,
            detail=f"{detail} ({mend})" if mend else detail,
        )

    def _unreachable(self, error: Temporary) -> Gap:
        return Gap(reason=GapReason.UNREACHABLE, detail=f"Prometheus at {error}")

    def _lay_lines(self) -> None:
        """Lines of this process: a connection must not be shared with the one it was forked from."""
        if self._lines_of_process != os.getpid():
            self._lines = SimpleQueue()
            for _ in range(self._line_count):
                self._lines.put(
                    HttpLine(self._access.url, self._access.login, largest_answer_bytes=_LARGEST_ANSWER_BYTES)
                )
            self._lines_of_process = os.getpid()


def own_promql(question: Question) -> str | Gap:
    """An operator's query with ``$service`` replaced by the name of its service, as a string of PromQL.

    The query is judged once more, since whoever built the question may not have: ``read_prometheus_query`` lets
    nothing pass in which ``$service`` is anything but a parameter of its own.
    """
    try:
        query = read_prometheus_query(question.query or "")
    except UnitError as error:
        return Gap(reason=GapReason.REFUSED, detail=str(error))
    return query.replace(PLACEHOLDER, _string(question.service or ""))


def _string(text: str) -> str:
    """``text`` in double quotes; PromQL escapes as Go does, and whatever is not plain is written as its code point."""
    return '"' + "".join(char if char in _PLAIN else _escaped(char) for char in text) + '"'


_PLAIN = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-.:/ ")


def _escaped(char: str) -> str:
    code = ord(char)
    # Half a pair is no text at all: nothing that is stored can equal it, or the sign that stands in for it here.
    return "\\ufffd" if 0xD800 <= code <= 0xDFFF else f"\\U{code:08x}"  # noqa: PLR2004 - the surrogates of Unicode


def _key(question: Question) -> _Key:
    return question.service or "", question.metric or ""


@dataclass(frozen=True, slots=True, kw_only=True)
class _SlowGap:
    gap: Gap


# --- what it answers ------------------------------------------------------------------------------------------------


class _Data(msgspec.Struct):
    resultType: str = ""  # noqa: N815 - as Prometheus spells it
    result: Any = None  # its shape depends on the type


class _Document(msgspec.Struct):
    status: str = ""
    data: _Data | None = None
    error: str = ""


class _Sample(msgspec.Struct):
    metric: dict[str, str] = {}
    value: tuple[float, str] | None = None


_DECODER = msgspec.json.Decoder(_Document)


def _answer(data: _Data) -> Answer:
    """The one sample as a series, or why it is no value."""
    if data.resultType != "vector":
        mend = _MENDS_OF_TYPES.get(data.resultType, "write one that answers with a vector of one sample")
        detail = f"the query answers with a {first_words(data.resultType) or 'result of no type'}: {mend}"
        return Gap(reason=GapReason.REFUSED, detail=detail)
    try:
        samples = msgspec.convert(data.result, tuple[_Sample, ...])
    except msgspec.ValidationError as error:
        return Gap(
            reason=GapReason.REFUSED, detail=f"the store answered with a vector that is none: {first_words(str(error))}"
        )
    if not samples:
        return Gap(reason=GapReason.NO_DATA, detail="the query finds nothing: no series matches, or it has gone stale")
    if len(samples) > 1:
        detail = (
            f"the query answers with {len(samples)} samples, one is expected: put sum(…), avg(…) or max(…) around it"
        )
        return Gap(reason=GapReason.REFUSED, detail=detail)
    return _of_sample(samples[0])


_MENDS_OF_TYPES = {
    "scalar": "leave out scalar(…), which turns no data into a number",
    "matrix": "put rate(…) or avg_over_time(…) around the selector with a range",
    "string": "write one that answers with a number",
}


def _of_sample(sample: _Sample) -> Answer:
    if sample.value is None:
        return Gap(
            reason=GapReason.REFUSED, detail="the query answers with a histogram: take histogram_quantile(…) of it"
        )
    at_epoch_s, text = sample.value
    try:
        datetime.fromtimestamp(at_epoch_s, tz=UTC)
    except (ValueError, OverflowError, OSError):
        return Gap(reason=GapReason.REFUSED, detail=f"the store answered with an instant that is none: {at_epoch_s}")
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        detail = f"the query answers {first_words(text)}: divided by zero, or a quantile of nothing"
        return Gap(reason=GapReason.NOT_A_NUMBER, detail=detail)
    return (Series(source=_name(sample.metric), at_epoch_s=(at_epoch_s,), values=(value,)),)


def _name(metric: Mapping[str, str]) -> str:
    labels = ",".join(f"{label}={value}" for label, value in metric.items() if label != "__name__")
    return f"{metric.get('__name__', '')}{{{labels}}}"


def _newest(answers: Iterable[Answer]) -> datetime | None:
    """The store's own time: an instant query is evaluated at it."""
    instants = [series.at_epoch_s[-1] for answer in answers if isinstance(answer, tuple) for series in answer]
    return datetime.fromtimestamp(max(instants), tz=UTC) if instants else None
