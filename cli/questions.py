"""Questions to the workers: only they reach the Swarm, the metrics and the journal."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, TypeVar

import msgspec

from cli.broker import Broker, NoResultYet
from cli.endings import Failed
from skep.operations.service_status import ServiceStatus
from workers.queues import OBSERVE

# A command waits for no other shapes than those of the answer that it asks for.
if TYPE_CHECKING:
    from skep.config.finding import Finding
    from skep.config.migration import Migration
    from skep.core.capacity.rebalance import Move
    from skep.core.checkup import Examination
    from skep.core.chronicle import Chronicle
    from skep.core.foresight.advice import Advice
    from skep.core.foresight.past_load import PastLoad
    from skep.core.pool_report import PoolReport
    from skep.core.record import Entry
    from skep.core.saga import Forecast
    from skep.operations.explain import Account
    from skep.operations.explain_node import NodeAccount
    from skep.operations.node_status import NodeStatus

__all__ = ["PATIENCE", "WorkerQuestions"]

#: A worker that is alive answers within a second.
PATIENCE = timedelta(seconds=5)

T = TypeVar("T")


class WorkerQuestions:
    """Implements :class:`cli.desk.Questions` by tasks named ``ask.*``."""

    def __init__(self, broker: Broker | None = None, *, patience: timedelta = PATIENCE) -> None:
        self._broker = broker or Broker()
        self._patience = patience

    def status(self, names: Sequence[str] | None = None) -> tuple[ServiceStatus, ...]:
        """How services stand."""
        answer = self._ask("ask.status", {"names": None if names is None else list(names)})
        return _read(answer, tuple[ServiceStatus, ...])

    def history(
        self, *, service: str | None, since: datetime | None, limit: int, until: datetime | None = None
    ) -> tuple[Entry, ...]:
        """What was done, the newest first."""
        from skep.core.record import Entry  # noqa: PLC0415 - see above

        question: dict[str, object] = {
            "service": service,
            "since": since.isoformat() if since else None,
            "limit": limit,
        }
        if until is not None:  # workers of the version before do not know it, and are not asked for it in vain
            question["until"] = until.isoformat()
        return _read(self._ask("ask.history", question), tuple[Entry, ...])

    def explain(self, name: str, *, at: datetime | None) -> Account | None:
        """All that tells why a service has the replicas it has."""
        from skep.operations.explain import Account  # noqa: PLC0415 - see above

        question = {"name": name, "at": at.isoformat() if at else None}
        answer = self._ask("ask.explain", question)
        return None if answer is None else _read(answer, Account)

    def advice(self, name: str) -> Advice | None:
        """What the history of a service suggests; a week is read and replayed, which takes its time."""
        from skep.core.foresight.advice import Advice  # noqa: PLC0415 - see above

        answer = self._ask("ask.tune", {"name": name}, within=4 * self._patience)
        return None if answer is None else _read(answer, Advice)

    def past_load(self, name: str) -> PastLoad | None:
        """The requests of a service of the last week, of which some time may be needed to read them."""
        from skep.core.foresight.past_load import PastLoad  # noqa: PLC0415 - see above

        answer = self._ask("ask.load", {"name": name}, within=4 * self._patience)
        return None if answer is None else _read(answer, PastLoad)

    def explain_node(self, name: str) -> NodeAccount | None:
        """All that tells how a node stands."""
        from skep.operations.explain_node import NodeAccount  # noqa: PLC0415 - see above

        answer = self._ask("ask.node", {"name": name})
        return None if answer is None else _read(answer, NodeAccount)

    def lint(self) -> tuple[Finding, ...]:
        """What an operator should know of the Swarm that runs."""
        from skep.config.finding import Finding  # noqa: PLC0415 - see above

        return _read(self._ask("ask.lint", {}), tuple[Finding, ...])

    def migrate(self, *, dialect: str | None) -> tuple[Migration, ...]:
        """The labels of other autoscalers in the Swarm that runs, in skep's words."""
        from skep.config.migration import Migration  # noqa: PLC0415 - see above

        return _read(self._ask("ask.migrate", {"dialect": dialect}), tuple[Migration, ...])

    def recount(self, service: str, *, since: datetime) -> Chronicle:
        """How a service stood since then, and what happened to it; a month of it takes its time."""
        from skep.core.chronicle import Chronicle  # noqa: PLC0415 - see above

        question = {"service": service, "since": since.isoformat()}
        return _read(self._ask("ask.recount", question, within=4 * self._patience), Chronicle)

    def examine(self) -> Examination:
        """All that a worker reaches; what does not answer it takes its time."""
        from skep.core.checkup import Examination  # noqa: PLC0415 - see above

        return _read(self._ask("ask.examine", {}, within=4 * self._patience), Examination)

    def nodes(self) -> tuple[NodeStatus, ...]:
        """How all nodes stand."""
        from skep.operations.node_status import NodeStatus  # noqa: PLC0415 - see above

        return _read(self._ask("ask.nodes", {}), tuple[NodeStatus, ...])

    def pools(self) -> tuple[PoolReport, ...]:
        """How all pools stand."""
        from skep.core.pool_report import PoolReport  # noqa: PLC0415 - see above

        return _read(self._ask("ask.pools", {}), tuple[PoolReport, ...])

    def moves(self, pool: str) -> tuple[Move, ...] | None:
        """The replicas that would move if the nodes of a pool were filled."""
        from skep.core.capacity.rebalance import Move  # noqa: PLC0415 - see above

        answer = self._ask("ask.rebalance", {"pool": pool})
        return None if answer is None else _read(answer, tuple[Move, ...])

    def foresee(self, node_id: str, *, removes: bool) -> Forecast | None:
        """What a drain would do now."""
        from skep.core.saga import Forecast  # noqa: PLC0415 - see above

        answer = self._ask("ask.drain", {"node": node_id, "removes": removes})
        return None if answer is None else _read(answer, Forecast)

    def try_channels(self, *, actor: str) -> Mapping[str, str | None]:
        """Send a test by every channel, each of which may take its time."""
        return _read(self._ask("notify.try", {"actor": actor}, within=4 * self._patience), dict[str, str | None])

    def _ask(self, task: str, question: Mapping[str, object], *, within: timedelta | None = None) -> object:
        task_id, patience = f"{task}.{secrets.token_hex(8)}", within or self._patience
        self._broker.send(task, question, queue=OBSERVE, task_id=task_id, expires=patience)
        try:
            answer = self._broker.result(task_id, within=patience)
        except NoResultYet as error:
            raise Failed(self._nobody_answers(patience)) from error
        self._broker.forget(task_id)
        if isinstance(answer, Exception):
            raise Failed(f"The worker could not answer: {answer}") from answer
        return answer

    def _nobody_answers(self, patience: timedelta) -> str:
        return (
            f"No worker answered within {patience.total_seconds():g} s. Check that one listens on queue "
            f"{OBSERVE} (docker service ps skep_observer) and that {self._broker.address} is its broker "
            "(SKEP_BROKER_URL)."
        )


def _read(answer: object, shape: type[T]) -> T:
    try:
        return msgspec.convert(answer, shape)
    except msgspec.ValidationError as error:
        raise Failed(
            f"The worker is of another version than this command, its answer cannot be read: {error}."
        ) from error
