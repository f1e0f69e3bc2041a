"""All that is asked in one evaluation: in as few requests as the store allows, and within a span of time.

What a store does with several statements in one request (seen on 1.6.7, and unlike its documentation): it stops at
the first that fails, answers that one with ``not executed`` in place of the true error, and leaves out the rest. A
row limit ends the list of results likewise, without a mark. So only an unbroken row of results from the first on is
taken, and what is missing is asked again.
"""

import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import msgspec

from skep.adapters.influx.access import InfluxAccess
from skep.adapters.influx.answers import Result, read_document
from skep.adapters.influx.refusals import not_understood
from skep.adapters.influx.transport import Transport
from skep.adapters.influx.trouble import Fault, StoreFailure, Trouble
from skep.core.metrics.series import GapReason

__all__ = ["TIME_IS_UP", "Conversation", "Outcome"]

#: What came of one statement.
Outcome = Result | Trouble

TIME_IS_UP = Trouble(
    fault=Fault.STORE,
    reason=GapReason.UNREACHABLE,
    detail="not asked this time: what was asked before took all the time there is",
)
_NO_RESULT = Trouble(fault=Fault.QUERY, reason=GapReason.REFUSED, detail="the store left the statement unanswered")
_CUT_OFF = Trouble(
    fault=Fault.QUERY,
    reason=GapReason.REFUSED,
    detail="the store cut the answer off at its row limit: raise max-row-limit in influxdb.conf, or set it to 0",
)
_HIDDEN_ERROR = "not executed"


class Conversation:
    """Asks statements and gives one outcome for each, whatever happens.

    Attributes:
        as_of: the store's own time at its first answer; ``None`` while it has not told any.
    """

    def __init__(self, transport: Transport, access: InfluxAccess, *, span: timedelta) -> None:
        """Begin.

        Args:
            transport: carries the requests.
            access: for what is said about them.
            span: how long requests may be begun; each may then take its whole timeout, so that what is cut short
                was too slow by itself.
        """
        self.as_of: datetime | None = None
        self._transport = transport
        self._access = access
        self._ends_at_s = time.monotonic() + span.total_seconds()

    @property
    def is_over(self) -> bool:
        """Whether no further request is begun."""
        return time.monotonic() >= self._ends_at_s

    def ask(self, statements: Sequence[str]) -> list[Outcome]:
        """One outcome per statement, in their order."""
        outcomes: list[Outcome] = []
        while len(outcomes) < len(statements):
            rest = statements[len(outcomes) :]
            outcomes += self._ask_together(rest[:1] if self._transport.takes_one_statement else rest)
        return outcomes

    def _ask_together(self, statements: Sequence[str]) -> list[Outcome]:
        """In one request; the outcomes of the first statements, and always of one at least."""
        if self.is_over:
            return [TIME_IS_UP] * len(statements)
        try:
            results = self._results(statements)
        except StoreFailure as failure:
            if len(statements) == 1:
                return [failure.trouble]
            if self._wants_one_statement(failure.trouble):
                self._transport.takes_one_statement = True
                return self._ask_together(statements[:1])
            return [replace(failure.trouble, is_shared=True)] * len(statements)
        outcomes = _unbroken(results, of=len(statements))
        if outcomes or len(statements) == 1:
            return outcomes or [_NO_RESULT]
        return self._ask_together(statements[:1])

    def _results(self, statements: Sequence[str]) -> list[Result]:
        try:
            body = self._transport.query(";\n".join(statements))
        finally:
            self.as_of = self.as_of or self._transport.store_clock
        try:
            return read_document(body).results or []
        except msgspec.DecodeError as error:
            raise StoreFailure(not_understood(self._access, body, error)) from None

    def _wants_one_statement(self, trouble: Trouble) -> bool:
        """3 Core: it says so in words, or the whole request failed and it turns out to be one."""
        if "only one" in trouble.detail.lower():
            return True
        return trouble.fault is not Fault.STORE and self._transport.is_third_generation()


def _unbroken(results: Sequence[Result], *, of: int) -> list[Outcome]:
    """The outcomes up to the first that failed; without it, if its true error is hidden."""
    outcomes: list[Outcome] = []
    for place, result in enumerate(results[:of]):
        if result.statement_id not in (None, place) or (result.error == _HIDDEN_ERROR and of > 1):
            break
        outcomes.append(_outcome(result))
        if result.error is not None:
            break
    return outcomes


def _outcome(result: Result) -> Outcome:
    if result.error is not None:
        return Trouble(fault=Fault.QUERY, reason=GapReason.REFUSED, detail=result.error)
    return _CUT_OFF if result.is_partial else result
