"""The metrics store on InfluxDB."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from skep.adapters.influx.access import InfluxAccess
from skep.adapters.influx.answers import read_built_in, read_histograms
from skep.adapters.influx.conversation import Conversation, Outcome
from skep.adapters.influx.measures import Measure, Shape, measures_of
from skep.adapters.influx.own_queries import OwnQueries, key_of
from skep.adapters.influx.statements import built_in_statement, own_statement
from skep.adapters.influx.transport import Transport
from skep.adapters.influx.trouble import Fault, Trouble
from skep.core.metrics.backends import Proxy
from skep.core.metrics.series import Answer, Answers, Gap, Histogram, Question, Series
from skep.core.policy import Signal
from skep.ports import Clock

__all__ = ["Influx"]

_LONGEST_TIMEOUT = timedelta(seconds=5)
_LARGEST_ANSWER_BYTES = 128 << 20

_BuiltIn = Mapping[str, tuple[Series, ...]] | Gap


@dataclass(frozen=True, slots=True, kw_only=True)
class _Told:
    """What built-in signals say.

    Attributes:
        trouble: what the store has with whatever it is asked, if anything.
    """

    built_in: Mapping[Signal, _BuiltIn]
    durations: Mapping[str, tuple[Histogram, ...]] | Gap | None = None
    trouble: Trouble | None = None


class Influx:
    """Implements :class:`skep.ports.Metrics` on InfluxDB 1.x, 2.x and 3 Core, and only reads.

    Built-in signals take one request with a statement each (one for two that come of the same measure); operators' own
    queries take a second one. 3 Core takes one statement per request, which is found out at the first answer. After one
    timeout no further request is begun, so a read lasts two at most.

    Attributes:
        own_queries: which of operators' own queries are in quarantine, and why.
    """

    def __init__(
        self,
        access: InfluxAccess,
        *,
        clock: Clock,
        proxy: Proxy = Proxy.HAPROXY,
        timeout: timedelta = _LONGEST_TIMEOUT,
        largest_answer_bytes: int = _LARGEST_ANSWER_BYTES,
    ) -> None:
        """Keep how to reach the store; the first read makes the client.

        Args:
            access: where it is, and the login.
            clock: asked only while the store does not tell its own time.
            proxy: the one whose figures tell what clients ask for.
            timeout: for one request from its beginning to its last byte; at most 5 s.
            largest_answer_bytes: what a single answer may weigh.

        Raises:
            Permanent: if the URL in ``access`` is none.
        """
        timeout = min(timeout, _LONGEST_TIMEOUT)
        self.own_queries = OwnQueries()
        self._access = access
        self._clock = clock
        self._proxy = proxy
        self._timeout = timeout
        self._transport = Transport(access, timeout=timeout, largest_answer_bytes=largest_answer_bytes)

    def read(
        self,
        questions: Sequence[Question],
        *,
        services: Sequence[str],
        nodes: Sequence[str] = (),
        is_share: bool = False,
    ) -> Answers:
        """As :meth:`skep.ports.Metrics.read` says."""
        conversation = Conversation(self._transport, self._access, span=self._timeout)
        told = self._read_built_in(conversation, questions, frozenset(services), frozenset(nodes), is_share=is_share)
        own_questions = [question for question in questions if question.signal is Signal.QUERY]
        own: Mapping[tuple[str, str], Answer]
        if told.trouble is None:
            own = self.own_queries.read(conversation, own_questions)
        else:
            own = {key_of(question): told.trouble.gap for question in own_questions}
        return Answers(
            as_of=conversation.as_of or self._clock.now(),
            built_in=told.built_in,
            own=own,
            durations=told.durations,
        )

    def statement(self, question: Question) -> str:
        """As :meth:`skep.ports.Metrics.statement` says."""
        if question.signal is not Signal.QUERY:
            services = () if question.service is None else (question.service,)
            measure = measures_of(self._proxy, wanted=[question.signal], services=services)[question.signal]
            return built_in_statement(measure, window=question.window, services=services)
        written = own_statement(question)
        return "" if isinstance(written, Gap) else written

    def _read_built_in(
        self,
        conversation: Conversation,
        questions: Sequence[Question],
        services: Collection[str],
        nodes: Collection[str],
        *,
        is_share: bool,
    ) -> _Told:
        every = _windows(questions)
        windows = {signal: window for signal, window in every.items() if _about(signal, services, nodes)}
        nothing: dict[Signal, _BuiltIn] = {signal: {} for signal in every if signal not in windows}
        if not windows:
            return _Told(built_in=nothing)
        measures = measures_of(self._proxy, wanted=windows.keys(), services=services)
        about = {measures[signal]: _about(signal, services, nodes) for signal in windows}
        # 3 Core gets statements in the address, where thousands of names have no place.
        is_narrow = is_share and not self._transport.takes_one_statement
        spans = _spans(windows, measures)
        outcomes = dict(
            zip(
                spans,
                conversation.ask(
                    [
                        built_in_statement(
                            measure,
                            window=span,
                            services=about[measure],
                            is_narrow=is_narrow and about[measure] is services,
                        )
                        for measure, span in spans.items()
                    ]
                ),
                strict=True,
            )
        )
        return _Told(
            built_in=nothing
            | {
                signal: _series(outcomes[measures[signal]], measures[signal], about[measures[signal]])
                for signal in windows
                if measures[signal].shape is Shape.SERIES
            },
            durations=next(
                (
                    _histograms(outcome, measure, services)
                    for measure, outcome in outcomes.items()
                    if measure.shape is Shape.HISTOGRAMS
                ),
                None,
            ),
            trouble=_general(outcomes.values()),
        )


def _about(signal: Signal, services: Collection[str], nodes: Collection[str]) -> Collection[str]:
    return nodes if signal.is_of_nodes else services


def _series(outcome: Outcome, measure: Measure, services: Collection[str]) -> _BuiltIn:
    return outcome.gap if isinstance(outcome, Trouble) else read_built_in(outcome, measure, services)


def _histograms(
    outcome: Outcome, measure: Measure, services: Collection[str]
) -> Mapping[str, tuple[Histogram, ...]] | Gap:
    return outcome.gap if isinstance(outcome, Trouble) else read_histograms(outcome, measure, services)


def _general(outcomes: Iterable[Outcome]) -> Trouble | None:
    """The trouble that the store has with whatever it is asked; the last, if there are several."""
    troubles = [outcome for outcome in outcomes if isinstance(outcome, Trouble)]
    return next((each for each in reversed(troubles) if each.fault is Fault.STORE or each.is_shared), None)


def _spans(windows: Mapping[Signal, timedelta], measures: Mapping[Signal, Measure]) -> dict[Measure, timedelta]:
    """The longest window that each measure is wanted for."""
    spans: dict[Measure, timedelta] = {}
    for signal, window in windows.items():
        spans[measures[signal]] = max(window, spans.get(measures[signal], timedelta(0)))
    return spans


def _windows(questions: Sequence[Question]) -> dict[Signal, timedelta]:
    """The longest window that each built-in signal is wanted for: one statement serves all who ask."""
    windows: dict[Signal, timedelta] = {}
    for question in questions:
        if question.signal is not Signal.QUERY:
            windows[question.signal] = max(question.window, windows.get(question.signal, timedelta(0)))
    return windows
