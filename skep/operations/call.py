"""What a call of a webhook comes to: an order of the same kind as a person's at the command line, or a refusal."""

from collections.abc import Mapping

from skep.core.action import Refusal, RefusalReason, ScaleOrder
from skep.core.call import Call, called_count, comes_by_webhook
from skep.core.decision import plural
from skep.operations.ask import ServiceStatus

__all__ = ["order_of_call"]


def order_of_call(call: Call, known: Mapping[str, ServiceStatus], *, actor: str) -> ScaleOrder | Refusal | None:
    """The order that a call comes to now.

    What can be seen from here is refused here, so that no action is enqueued for nothing; whoever carries the order
    out looks again.

    Args:
        call: what is wanted.
        known: how the services that were called for stand, by name and by id.
        actor: who called.

    Returns:
        ``None`` where the service has that count already, or its bounds let it go no further.
    """
    status = known.get(call.service)
    if status is None:
        return Refusal(reason=RefusalReason.GONE, sentence=f"{call.service} refused: no such service")
    refusal = _why_not(status)
    if refusal is not None:
        return refusal
    if status.replicas is None or status.bounds is None:
        sentence = f"{status.name} refused: it is a service without a count that skep scales"
        return Refusal(reason=RefusalReason.NOT_SCALABLE, sentence=sentence)
    replicas = called_count(call, replicas=status.replicas, bounds=status.bounds)
    if replicas == status.replicas:
        return None
    return ScaleOrder(
        service_id=status.id,
        service_name=status.name,
        replicas=replicas,
        seen_replicas=status.replicas,
        evaluation=None,
        reason=call.reason or f"{actor} called",
        actor=actor,
    )


def _why_not(status: ServiceStatus) -> Refusal | None:
    if not status.is_enabled:
        sentence = f'{status.name} refused: skep does not scale it, its label skep.enable is not "true"'
        return Refusal(reason=RefusalReason.DISABLED, sentence=sentence)
    if status.problems:
        sentence = f"{status.name} refused: its labels are wrong: {'; '.join(status.problems)}"
        return Refusal(reason=RefusalReason.DISABLED, sentence=sentence)
    if status.pause is not None:
        sentence = f"{status.name} refused: paused by {status.pause.actor}"
        return Refusal(reason=RefusalReason.PAUSED, sentence=sentence)
    if status.hold is not None and not comes_by_webhook(status.hold.actor):
        sentence = f"{status.name} refused: held at {plural(status.hold.replicas)} by {status.hold.actor}"
        return Refusal(reason=RefusalReason.HELD, sentence=sentence)
    return None
