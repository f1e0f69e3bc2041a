"""The metrics store on InfluxDB."""

from collections.abc import Collection, Mapping, Sequence
from datetime import timedelta

from skep.adapters.influx.access import InfluxAccess
from skep.adapters.influx.answers import read_built_in
from skep.adapters.influx.conversation import Conversation
from skep.adapters.influx.own_queries import OwnQueries, key_of
from skep.adapters.influx.statements import MEASURES, built_in_statement, own_statement
from skep.adapters.influx.transport import Transport
from skep.adapters.influx.trouble import Fault, Trouble
from skep.core.metrics.series import Answer, Answers, Gap, Question, Series
from skep.core.policy import Signal
from skep.ports import Clock

__all__ = ["Influx"]

_LONGEST_TIMEOUT = timedelta(seconds=5)
_LARGEST_ANSWER_BYTES = 128 << 20

_BuiltIn = Mapping[str, tuple[Series, ...]] | Gap


class Influx:
    """Implements :class:`skep.ports.Metrics` on InfluxDB 1.x, 2.x and 3 Core, and only reads.

    Built-in signals take one request with one statement each; operators' own queries take a second one. 3 Core takes
    one statement per request, which is found out at the first answer. After one timeout
    no further request is begun, so a read lasts two at most.

    Attributes:
        own_queries: which of operators' own queries are in quarantine, and why.
    """

    def __init__(
        self,
        access: InfluxAccess,
        *,
        clock: Clock,
        timeout: timedelta = _LONGEST_TIMEOUT,
        largest_answer_bytes: int = _LARGEST_ANSWER_BYTES,
    ) -> None:
        """Keep how to reach the store; the first read makes the client.

        Args:
            access: where it is, and the login.
            clock: asked only while the store does not tell its own time.
            timeout: for one request from its beginning to its last byte; at most 5 s.
            largest_answer_bytes: what a single answer may weigh.

        Raises:
            Permanent: if the URL in ``access`` is none.
        """
        timeout = min(timeout, _LONGEST_TIMEOUT)
        self.own_queries = OwnQueries()
        self._access = access
        self._clock = clock
        self._timeout = timeout
        self._transport = Transport(access, timeout=timeout, largest_answer_bytes=largest_answer_bytes)

    def read(self, questions: Sequence[Question], *, services: Sequence[str], nodes: Sequence[str] = ()) -> Answers:
        """As :meth:`skep.ports.Metrics.read` says."""
        conversation = Conversation(self._transport, self._access, span=self._timeout)
        built_in, trouble = self._read_built_in(conversation, questions, frozenset(services), frozenset(nodes))
        own_questions = [question for question in questions if question.signal is Signal.QUERY]
        own: Mapping[tuple[str, str], Answer]
        if trouble is None:
            own = self.own_queries.read(conversation, own_questions)
        else:
            own = {key_of(question): trouble.gap for question in own_questions}
        return Answers(as_of=conversation.as_of or self._clock.now(), built_in=built_in, own=own)

    def statement(self, question: Question) -> str:
        """As :meth:`skep.ports.Metrics.statement` says."""
        if question.signal is not Signal.QUERY:
            services = () if question.service is None else (question.service,)
            return built_in_statement(question.signal, window=question.window, services=services)
        written = own_statement(question)
        return "" if isinstance(written, Gap) else written

    def _read_built_in(
        self,
        conversation: Conversation,
        questions: Sequence[Question],
        services: Collection[str],
        nodes: Collection[str],
    ) -> tuple[dict[Signal, _BuiltIn], Trouble | None]:
        """What built-in signals say, and the trouble, if any, that the store has with whatever it is asked."""
        windows = _windows(questions)
        about = {signal: nodes if signal.is_of_nodes else services for signal in windows}
        answers: dict[Signal, _BuiltIn] = {signal: {} for signal in windows if not about[signal]}
        asked = [signal for signal in windows if about[signal]]
        if not asked:
            return answers, None
        outcomes = conversation.ask(
            [built_in_statement(signal, window=windows[signal], services=about[signal]) for signal in asked]
        )
        general: Trouble | None = None
        for signal, outcome in zip(asked, outcomes, strict=True):
            if isinstance(outcome, Trouble):
                answers[signal] = outcome.gap
                general = outcome if outcome.fault is Fault.STORE or outcome.is_shared else general
            else:
                answers[signal] = read_built_in(outcome, MEASURES[signal], about[signal])
        return answers, general


def _windows(questions: Sequence[Question]) -> dict[Signal, timedelta]:
    """The longest window that each built-in signal is wanted for: one statement serves all who ask."""
    windows: dict[Signal, timedelta] = {}
    for question in questions:
        if question.signal is not Signal.QUERY:
            windows[question.signal] = max(question.window, windows.get(question.signal, timedelta(0)))
    return windows
