"""Let an order of a person stand, or end one that does."""

from datetime import timedelta

from celery import Task

from skep.core.orders import OrderKind
from skep.operations.orders import GivenOrder, give_order
from skep.report.sentences import order_line, result_text
from skep.wiring import label_defaults, settings, world
from tasks.persistence import PERSISTENT
from workers.app import app

__all__ = ["give"]


@app.task(name="order.give", **PERSISTENT)
def give(
    self: Task[..., str], *, kind: str, service_id: str, actor: str, reason: str = "", lasts_s: float | None = None
) -> str:
    """Carry out an order; doing it twice is doing it once.

    Args:
        self: the task.
        kind: ``hold``, ``release``, ``pause`` or ``resume``.
        service_id: whom it concerns, by id or name; ``*`` for a pause of everything, or its end.
        actor: who gave it.
        reason: why.
        lasts_s: for how long a hold or a pause stands; ``None`` until it is ended.

    Returns:
        The verdict in a line short enough for Flower's list, and the whole sentence in the next if it is longer.
    """
    given = GivenOrder(
        kind=OrderKind(kind),
        service_id=service_id,
        actor=actor,
        reason=reason,
        lasts=None if lasts_s is None else timedelta(seconds=lasts_s),
        task_id=self.request.id,
    )
    outcome = give_order(world(), given, defaults=label_defaults(), time_limit=settings().task_time_limit)
    line = order_line(
        verdict=outcome.verdict,
        service=outcome.service_name,
        kind=given.kind,
        replicas=outcome.replicas,
        lasts=given.lasts,
        reason=outcome.sentence if outcome.verdict == "refused" else reason,
    )
    return result_text(line, outcome.sentence)
