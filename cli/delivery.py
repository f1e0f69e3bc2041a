"""Orders on their way: sent, judged by a worker, and waited for."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace

from cli.convergence import Display, await_convergence
from cli.desk import Desk, ManualOrder
from cli.endings import ExitCode
from cli.patience import Deadline

__all__ = ["Delivery", "await_running", "await_verdicts", "exit_code", "send"]

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One order and what became of it, as ``--json`` writes it.

    Attributes:
        verdict: ``scaled``, ``already``, ``refused``, ``failed``, or ``queued`` where no worker has judged it yet.
        has_converged: whether as many replicas run as were ordered; ``None`` where nobody waited for it.
    """

    service: str
    service_id: str
    replicas: int
    task_id: str
    verdict: str
    sentence: str
    has_converged: bool | None = None

    @property
    def was_carried_out(self) -> bool:
        """Whether the spec has the count that was ordered."""
        return self.verdict in {"scaled", "already"}

    @property
    def exit_code(self) -> ExitCode:
        """How a command with this order alone ends."""
        if self.verdict == "queued" or self.has_converged is False:
            return ExitCode.TIMED_OUT
        return ExitCode.DONE if self.was_carried_out else ExitCode.REFUSED


def exit_code(deliveries: Sequence[Delivery]) -> ExitCode:
    """How a command with all these orders ends: a refusal weighs more than an order that is merely late."""
    codes = {delivery.exit_code for delivery in deliveries}
    return next((code for code in (ExitCode.REFUSED, ExitCode.TIMED_OUT) if code in codes), ExitCode.DONE)


def send(desk: Desk, orders: Sequence[ManualOrder], say: Say) -> None:
    """Send all orders, and tell each id as soon as it is on its way."""
    for order in orders:
        desk.orders.send(order)
        say(f"{order.service_name} → {order.replicas}: queued as {order.task_id}")


def await_verdicts(desk: Desk, orders: Sequence[ManualOrder], deadline: Deadline, say: Say) -> tuple[Delivery, ...]:
    """Wait for what workers say to each order, and pass it on."""
    deliveries: list[Delivery] = []
    for order in orders:
        delivery = _judged(desk, order, deadline)
        say(delivery.sentence)
        deliveries.append(delivery)
    return tuple(deliveries)


def _judged(desk: Desk, order: ManualOrder, deadline: Deadline) -> Delivery:
    outcome = desk.orders.outcome(order.task_id, within=deadline.left)
    if outcome is None:
        verdict, sentence = "queued", f"{order.service_name}: no verdict yet, it stays queued as {order.task_id}"
    else:
        verdict, sentence = outcome.verdict, outcome.sentence
    return Delivery(
        service=order.service_name,
        service_id=order.service_id,
        replicas=order.replicas,
        task_id=order.task_id,
        verdict=verdict,
        sentence=sentence,
    )


def await_running(
    desk: Desk,
    deliveries: Sequence[Delivery],
    deadline: Deadline,
    display: AbstractContextManager[Display],
) -> tuple[Delivery, ...]:
    """Wait until as many replicas run as were ordered, for the orders that were carried out."""
    wanted = {d.service_id: (d.service, d.replicas) for d in deliveries if d.was_carried_out}
    if not wanted:
        return tuple(deliveries)
    with display as shown:
        converged = await_convergence(desk, wanted, deadline=deadline, display=shown)
    return tuple(
        replace(d, has_converged=d.service_id in converged) if d.service_id in wanted else d for d in deliveries
    )
