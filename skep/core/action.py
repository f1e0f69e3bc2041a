"""What is to be done: absolute, addressed, and checked again at the moment of acting."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from skep.core.bounds import Bounds
from skep.core.call import comes_by_webhook
from skep.core.cluster import Service, ServiceMode, UpdateState
from skep.core.decision import Decision, Hold, Pause, plural
from skep.core.guards.rollout import untouchable
from skep.core.plan import Plan
from skep.core.policy import ServicePolicy
from skep.core.strategies.proposal import LARGEST_COUNT

__all__ = ["AUTOSCALER", "OUTSIDE", "Refusal", "RefusalReason", "ScaleOrder", "review", "scale_orders"]

#: The actor of every change that skep decides by itself.
AUTOSCALER = "skep"
#: The actor of every change that was made past skep.
OUTSIDE = "outside"


@dataclass(frozen=True, slots=True, kw_only=True)
class ScaleOrder:
    """An order to bring one service to a count.

    Attributes:
        replicas: the absolute count; repeating the order changes nothing.
        seen_replicas: the count it was decided on, and drops the order once the spec has moved on; ``None`` for
            a person's order, which means the count whatever it is now.
        evaluation: the evaluation that decided it; ``None`` for an order of a person or of a webhook.
        allow_beyond_bounds: a person insisted on a count outside the bounds.
    """

    service_id: str
    service_name: str
    replicas: int
    seen_replicas: int | None
    evaluation: int | None
    reason: str
    actor: str
    allow_beyond_bounds: bool = False

    def __post_init__(self) -> None:
        """Refuse what is no count, because an order may have come as a message from anywhere.

        Raises:
            ValueError: if ``replicas`` is not a whole number from 0 to 2147483647.
        """
        is_count = isinstance(self.replicas, int) and not isinstance(self.replicas, bool)
        if not is_count or not 0 <= self.replicas <= LARGEST_COUNT:
            raise ValueError(f"replicas is {self.replicas!r}, expected a whole number from 0 to {LARGEST_COUNT}")

    @property
    def is_manual(self) -> bool:
        """Whether somebody else than skep gave the order: a person, or a program by a webhook."""
        return self.evaluation is None

    @property
    def comes_by_webhook(self) -> bool:
        """Whether a program gave it, which may do less than a person."""
        return comes_by_webhook(self.actor)


class RefusalReason(StrEnum):
    """Why an order is not carried out."""

    NOT_SCALABLE = "not scalable"
    STALE = "stale"
    HELD = "held"
    PAUSED = "paused"
    OUT_OF_BOUNDS = "out of bounds"
    ROLLOUT = "rollout"
    DISABLED = "disabled"
    BUSY = "busy"
    OVERTAKEN = "overtaken"
    GONE = "gone"


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """An order not carried out, as a value: refusing is normal."""

    reason: RefusalReason
    sentence: str


def scale_orders(plan: Plan) -> tuple[ScaleOrder, ...]:
    """The orders that follow from a plan: one for each service whose goal differs and that may be touched."""
    return tuple(_order(d) for d in plan.decisions if d.changes_replicas and d.inaction is None)


def _order(decision: Decision) -> ScaleOrder:
    return ScaleOrder(
        service_id=decision.service_id,
        service_name=decision.service_name,
        replicas=decision.goal,
        seen_replicas=decision.replicas,
        evaluation=decision.evaluation,
        reason=decision.reason,
        actor=AUTOSCALER,
    )


_STUCK = (UpdateState.PAUSED, UpdateState.ROLLBACK_STARTED, UpdateState.ROLLBACK_PAUSED)


def review(
    order: ScaleOrder,
    service: Service,
    *,
    policy: ServicePolicy | None,
    now: datetime,
    hold: Hold | None,
    pause: Pause | None = None,
) -> Refusal | None:
    """Look again, just before acting, at everything that may have changed since the order was given.

    Args:
        order: what is to be done.
        service: the service as read a moment ago, under its lock.
        policy: what its operator wants now; ``None`` where skep does not scale it or its labels are wrong.
        now: the present instant.
        hold: a person's hold in force now.
        pause: a person's pause in force now, which binds skep and webhooks, and no person.

    Returns:
        ``None`` if the order stands.
    """
    name = service.name
    if service.mode is not ServiceMode.REPLICATED:
        return Refusal(
            reason=RefusalReason.NOT_SCALABLE, sentence=f"{name} is a {service.mode} service without a count"
        )
    if service.update_state in _STUCK:
        return Refusal(
            reason=RefusalReason.ROLLOUT,
            sentence=f"{name} left alone: its rollout is {service.update_state.replace('_', ' ')}",
        )
    if order.is_manual and not order.comes_by_webhook:
        return _review_manual(order, name, None if policy is None else policy.bounds_at(now).bounds)
    if pause is not None:
        return Refusal(reason=RefusalReason.PAUSED, sentence=f"{name} dropped: paused by {pause.actor}")
    if policy is None:
        return Refusal(reason=RefusalReason.DISABLED, sentence=f"{name} left alone: no longer enabled")
    # The count that a program had ordered before stands in nobody's way: the next call replaces it.
    binding = None if order.comes_by_webhook and hold is not None and comes_by_webhook(hold.actor) else hold
    return _review_policy(service, policy) or _review_own(order, service, policy.bounds_at(now).bounds, binding)


def _review_manual(order: ScaleOrder, name: str, bounds: Bounds | None) -> Refusal | None:
    if bounds is None or order.allow_beyond_bounds or bounds.contain(order.replicas):
        return None
    return Refusal(
        reason=RefusalReason.OUT_OF_BOUNDS,
        sentence=(
            f"{name}={order.replicas} refused: bounds are {bounds.min_replicas}..{bounds.max_replicas}"
            " (--beyond-bounds insists)"
        ),
    )


def _review_policy(service: Service, policy: ServicePolicy) -> Refusal | None:
    """What the operator has written since."""
    if policy.dry_run:
        return Refusal(reason=RefusalReason.DISABLED, sentence=f"{service.name} left alone: a dry run from now on")
    rollout = untouchable(service, policy)
    if rollout is None:
        return None
    return Refusal(reason=RefusalReason.ROLLOUT, sentence=f"{service.name} left alone: {rollout}")


def _review_own(order: ScaleOrder, service: Service, bounds: Bounds, hold: Hold | None) -> Refusal | None:
    name = service.name
    if service.replicas not in {order.seen_replicas, order.replicas}:
        return Refusal(
            reason=RefusalReason.STALE,
            sentence=f"{name} dropped: decided on {order.seen_replicas}, is {service.replicas} now",
        )
    if hold is not None and hold.replicas != order.replicas:
        return Refusal(
            reason=RefusalReason.HELD,
            sentence=f"{name} dropped: held at {plural(hold.replicas)} by {hold.actor}",
        )
    if hold is None and not bounds.contain(order.replicas):
        return Refusal(
            reason=RefusalReason.OUT_OF_BOUNDS,
            sentence=f"{name} dropped: bounds are {bounds.min_replicas}..{bounds.max_replicas} now",
        )
    return None
