"""Orders on their way: sent, judged by a worker, and waited for."""

import secrets
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from cli.convergence import Display, await_convergence
from cli.desk import Desk, FillOrder, ManualOrder, NodeOrder, Outcome, StandingOrder
from cli.endings import ExitCode
from cli.patience import Deadline

__all__ = [
    "VERDICT_PATIENCE",
    "CountDelivery",
    "Delivery",
    "await_running",
    "await_verdicts",
    "exit_code",
    "new_task_id",
    "send",
]

#: A worker that is alive gives its verdict within a second or two.
VERDICT_PATIENCE = timedelta(seconds=10)

_QUEUED = "queued"

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One order and what became of it, as ``--json`` writes it.

    Attributes:
        order: what was ordered, by the name of its command.
        verdict: what a worker said, such as ``scaled``, ``held``, ``already`` or ``refused``; ``failed`` where it met
            trouble, ``queued`` where none has judged it yet.
    """

    order: str
    service: str
    service_id: str
    task_id: str
    verdict: str
    sentence: str

    @property
    def was_carried_out(self) -> bool:
        """Whether it is now as it was ordered."""
        return self.verdict not in {"refused", "failed", _QUEUED}

    @property
    def is_late(self) -> bool:
        """Whether it may still become so."""
        return self.verdict == _QUEUED

    @property
    def exit_code(self) -> ExitCode:
        """How a command with this order alone ends."""
        if self.is_late:
            return ExitCode.TIMED_OUT
        return ExitCode.DONE if self.was_carried_out else ExitCode.REFUSED


@dataclass(frozen=True, slots=True, kw_only=True)
class CountDelivery(Delivery):
    """The delivery of a count.

    Attributes:
        has_converged: whether as many replicas run as were ordered; ``None`` where nobody waited for it.
    """

    replicas: int
    has_converged: bool | None = None

    @property
    def is_late(self) -> bool:
        """Whether it is not judged yet, or its replicas are not there yet."""
        return self.verdict == _QUEUED or self.has_converged is False


def exit_code(deliveries: Sequence[Delivery]) -> ExitCode:
    """How a command with all these orders ends: a refusal weighs more than an order that is merely late."""
    codes = {delivery.exit_code for delivery in deliveries}
    return next((code for code in (ExitCode.REFUSED, ExitCode.TIMED_OUT) if code in codes), ExitCode.DONE)


def new_task_id(verb: str, service: str, now: datetime) -> str:
    """Readable, in the order of time, and never used twice: ``scale.web.20261123T140215Z-3fa2c1``."""
    return f"{verb}.{service}.{now.astimezone(UTC):%Y%m%dT%H%M%SZ}-{secrets.token_hex(3)}"


def send(desk: Desk, orders: Sequence[ManualOrder | StandingOrder | NodeOrder | FillOrder], say: Say) -> None:
    """Send all orders, and tell each id as soon as it is on its way."""
    for order in orders:
        desk.orders.send(order)
        say(f"{order.words}: queued as {order.task_id}")


def await_verdicts(
    desk: Desk, orders: Sequence[ManualOrder | StandingOrder | NodeOrder | FillOrder], deadline: Deadline, say: Say
) -> tuple[Outcome, ...]:
    """Wait for what workers say to each order, and pass it on."""
    outcomes: list[Outcome] = []
    for order in orders:
        outcome = desk.orders.outcome(order.task_id, within=deadline.left)
        if outcome is None:
            sentence = f"{order.service_name}: no verdict yet, it stays queued as {order.task_id}"
            outcome = Outcome(verdict=_QUEUED, sentence=sentence)
        say(outcome.sentence)
        outcomes.append(outcome)
    return tuple(outcomes)


def await_running(
    desk: Desk,
    deliveries: Sequence[CountDelivery],
    deadline: Deadline,
    display: AbstractContextManager[Display],
) -> tuple[CountDelivery, ...]:
    """Wait until as many replicas run as were ordered, for the orders that were carried out."""
    wanted = {d.service_id: (d.service, d.replicas) for d in deliveries if d.was_carried_out}
    if not wanted:
        return tuple(deliveries)
    with display as shown:
        converged = await_convergence(desk, wanted, deadline=deadline, display=shown)
    return tuple(
        replace(d, has_converged=d.service_id in converged) if d.service_id in wanted else d for d in deliveries
    )
