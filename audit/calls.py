"""Calls of webhooks on their way to the workers: ask how the services stand, and send the orders that follow."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from celery import Celery

from audit.asking import ask, reaching
from skep.adapters.clock import SystemClock
from skep.core.action import Refusal, ScaleOrder
from skep.core.call import Call
from skep.operations.ask import ServiceStatus
from skep.operations.call import order_of_call
from tasks.scale import enqueue
from workers.app import app as workers_app

__all__ = ["SentOrder", "Taken", "WorkerLine", "Workers", "take_calls"]

_PATIENCE = timedelta(seconds=5)


@dataclass(frozen=True, slots=True, kw_only=True)
class SentOrder:
    """An order that waits for a worker, under the id that Flower and the history show."""

    service: str
    replicas: int
    task_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What became of one delivery.

    Attributes:
        unchanged: services that have what was called for, or whose bounds let them go no further.
        refused: a sentence each.
    """

    orders: tuple[SentOrder, ...] = ()
    unchanged: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()


class Workers(Protocol):
    """Whoever knows the services and carries out orders."""

    def status(self, names: Sequence[str]) -> tuple[ServiceStatus, ...]:
        """How services stand, by name or id; unknown ones are left out.

        Raises:
            Temporary: nobody answers.
        """

    def send(self, order: ScaleOrder, *, hold_for: timedelta | None) -> str:
        """Enqueue an order; its task's id.

        Raises:
            Temporary: the broker is out of reach.
        """


def take_calls(calls: Sequence[Call], workers: Workers, *, actor: str, hold_for: timedelta | None) -> Taken:
    """Turn each call into an order and send it.

    Args:
        calls: at most one per service.
        workers: whoever knows the services.
        actor: who called.
        hold_for: for how long metrics have no say afterwards.

    Raises:
        Temporary: workers or broker are out of reach; what was sent before stays sent.
    """
    if not calls:
        return Taken()
    statuses = workers.status([call.service for call in calls])
    known = {key: status for status in statuses for key in (status.id, status.name)}
    orders: list[SentOrder] = []
    unchanged: list[str] = []
    refused: list[str] = []
    for call in calls:
        order = order_of_call(call, known, actor=actor)
        if order is None:
            unchanged.append(known[call.service].name)
        elif isinstance(order, Refusal):
            refused.append(order.sentence)
        else:
            task_id = workers.send(order, hold_for=hold_for)
            orders.append(SentOrder(service=order.service_name, replicas=order.replicas, task_id=task_id))
    return Taken(orders=tuple(orders), unchanged=tuple(unchanged), refused=tuple(refused))


class WorkerLine:
    """skep's workers, reached through their broker by the same tasks that the command line sends.

    May be used from several threads at once.
    """

    def __init__(self, app: Celery = workers_app, *, patience: timedelta = _PATIENCE) -> None:
        self._app = app
        self._patience = patience

    def status(self, names: Sequence[str]) -> tuple[ServiceStatus, ...]:
        """How services stand."""
        question = {"names": list(names)}
        return ask(self._app, "ask.status", question, tuple[ServiceStatus, ...], patience=self._patience)

    def send(self, order: ScaleOrder, *, hold_for: timedelta | None) -> str:
        """Enqueue an order."""
        stamp = f"{SystemClock().now():%Y%m%dT%H%M%SZ}-{secrets.token_hex(3)}"
        task_id = f"scale.{order.service_name}.{stamp}"
        with reaching(self._app):
            enqueue(order, task_id=task_id, hold_for=hold_for)
        return task_id
