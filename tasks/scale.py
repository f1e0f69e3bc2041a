"""Bring one service to a count."""

from datetime import timedelta

from celery import Task

from skep.core.action import ScaleOrder
from skep.operations.scale import scale_service
from skep.report.sentences import result_text, verdict_line
from skep.wiring import label_defaults, settings, world
from tasks.persistence import PERSISTENT
from workers.app import app

__all__ = ["enqueue", "service"]

#: An order of skep's own that nobody took within this time is void: evaluations since know better.
_EXPIRES = timedelta(seconds=30)


@app.task(name="scale.service", **PERSISTENT)
def service(  # noqa: PLR0913 - the message, field by field: it is what Flower shows and others may send
    self: Task[..., str],
    *,
    service_id: str,
    replicas: int,
    seen_replicas: int | None,
    evaluation: int | None,
    reason: str,
    actor: str,
    service_name: str | None = None,
    hold_s: float | None = None,
    allow_beyond_bounds: bool = False,
) -> str:
    """Carry out an order; doing it twice is doing it once.

    Returns:
        The verdict in a line short enough for Flower's list, and the whole sentence in the next if it is longer.
    """
    order = ScaleOrder(
        service_id=service_id,
        service_name=service_name or service_id,
        replicas=replicas,
        seen_replicas=seen_replicas,
        evaluation=evaluation,
        reason=reason,
        actor=actor,
        allow_beyond_bounds=allow_beyond_bounds,
    )
    outcome = scale_service(
        world(),
        order,
        defaults=label_defaults(),
        time_limit=settings().task_time_limit,
        hold_for=timedelta(seconds=hold_s) if hold_s else None,
        task_id=self.request.id,
    )
    line = verdict_line(
        verdict=outcome.verdict,
        service=outcome.service_name,
        before=outcome.replicas_before,
        after=outcome.replicas_after,
        reason=outcome.sentence if outcome.refusal else reason,
    )
    return result_text(line, outcome.sentence)


def enqueue(
    order: ScaleOrder, *, task_id: str | None = None, hold_for: timedelta | None = None, expires: timedelta = _EXPIRES
) -> None:
    """Send an order under a readable name, and an id that no other order has.

    Args:
        order: what to do.
        task_id: its id where it was sent before; else it is named after the evaluation that decided it.
        hold_for: for how long a person wants the count to hold.
        expires: after this nobody takes it any more.
    """
    service.apply_async(
        kwargs={
            "service_id": order.service_id,
            "service_name": order.service_name,
            "replicas": order.replicas,
            "seen_replicas": order.seen_replicas,
            "evaluation": order.evaluation,
            "reason": order.reason,
            "actor": order.actor,
            "hold_s": None if hold_for is None else hold_for.total_seconds(),
            "allow_beyond_bounds": order.allow_beyond_bounds,
        },
        shadow=f"scale.{order.service_name}",
        task_id=task_id or f"scale.{order.service_name}.{order.evaluation}",
        expires=expires.total_seconds(),
    )
