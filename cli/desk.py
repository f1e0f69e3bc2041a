"""What commands work with: workers who answer questions and carry out orders, and the time."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

import click

from skep.adapters.clock import SystemClock

# Shapes alone: what a command does not handle it must not wait for.
if TYPE_CHECKING:
    from datetime import datetime, timedelta, tzinfo

    from skep.config.finding import Finding
    from skep.config.migration import Migration
    from skep.core.capacity.rebalance import Move
    from skep.core.checkup import BrokerFacts, Examination, QueueFacts
    from skep.core.chronicle import Chronicle
    from skep.core.foresight.advice import Advice
    from skep.core.foresight.past_load import PastLoad
    from skep.core.orders import OrderKind
    from skep.core.pool_report import PoolReport
    from skep.core.record import Entry
    from skep.core.saga import Forecast
    from skep.operations.explain import Account
    from skep.operations.explain_node import NodeAccount
    from skep.operations.node_status import NodeStatus
    from skep.operations.service_status import ServiceStatus
    from skep.ports import Clock
    from skep.report.task_table import TaskStanding

__all__ = [
    "Cancellation",
    "Desk",
    "FillOrder",
    "ManualOrder",
    "NodeOrder",
    "Orders",
    "Outcome",
    "Questions",
    "StandingOrder",
    "Timer",
    "Workforce",
    "pass_desk",
]


class Questions(Protocol):
    """What workers are asked.

    Every question ends with :class:`click.ClickException` where nobody answers in time or the answer is trouble.
    """

    def status(self, names: Sequence[str] | None = None) -> tuple[ServiceStatus, ...]:
        """How services stand: those named, enabled or not, or all that are enabled. Unknown names are left out."""

    def history(
        self, *, service: str | None, since: datetime | None, limit: int, until: datetime | None = None
    ) -> tuple[Entry, ...]:
        """What was done, the newest first; nothing after ``until``, where that is given."""

    def explain(self, name: str, *, at: datetime | None) -> Account | None:
        """All that tells why a service, by its whole name or id, has the replicas it has; ``None`` if there is none.

        Args:
            name: whose.
            at: an instant of the past; ``None`` for now.
        """

    def advice(self, name: str) -> Advice | None:
        """What the history of a service, by its whole name or id, suggests; ``None`` if there is no such service."""

    def past_load(self, name: str) -> PastLoad | None:
        """The last week's requests of a service, by its whole name or id; ``None`` if there is no such service."""

    def explain_node(self, name: str) -> NodeAccount | None:
        """All that tells how a node stands, by its host name or id; ``None`` if there is none."""

    def lint(self) -> tuple[Finding, ...]:
        """What an operator should know of the Swarm that runs."""

    def migrate(self, *, dialect: str | None) -> tuple[Migration, ...]:
        """The labels of other autoscalers in the Swarm that runs, in skep's words: of one dialect, or of all."""

    def recount(self, service: str, *, since: datetime) -> Chronicle:
        """How a service stood since then, by its whole name, and what happened to it."""

    def examine(self) -> Examination:
        """All that a worker reaches, looked at."""

    def nodes(self) -> tuple[NodeStatus, ...]:
        """How all nodes stand."""

    def pools(self) -> tuple[PoolReport, ...]:
        """How pools stood at the latest evaluation of nodes; none where nobody has looked at any."""

    def moves(self, pool: str) -> tuple[Move, ...] | None:
        """The replicas that would move if the nodes of a pool were filled; ``None`` if there is no such pool."""

    def foresee(self, node_id: str, *, removes: bool) -> Forecast | None:
        """What a drain would do now; ``None`` if there is no such node."""

    def try_channels(self, *, actor: str) -> Mapping[str, str | None]:
        """Send a test by every channel; what was wrong with each, ``None`` where it was taken."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ManualOrder:
    """A person's order to bring a service to a count.

    Attributes:
        hold_for: for how long metrics have no say afterwards; ``None`` for no hold.
        task_id: under which Flower and the history show it; never used twice.
    """

    service_id: str
    service_name: str
    replicas: int
    reason: str
    actor: str
    hold_for: timedelta | None
    allow_beyond_bounds: bool
    task_id: str

    @property
    def words(self) -> str:
        """What is ordered, in a few words."""
        return f"{self.service_name} → {self.replicas}"


@dataclass(frozen=True, slots=True, kw_only=True)
class StandingOrder:
    """A person's order that goes on standing, or ends one that does.

    Attributes:
        service_id: :data:`skep.core.orders.ALL_SERVICES` for everything.
        lasts: for how long it stands; ``None`` until it is ended.
        task_id: under which Flower and the history show it; never used twice.
    """

    kind: OrderKind
    service_id: str
    service_name: str
    reason: str
    actor: str
    lasts: timedelta | None
    task_id: str

    @property
    def words(self) -> str:
        """What is ordered, in a few words."""
        return f"{self.kind} {self.service_name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeOrder:
    """A person's order to empty a node, or to give it back.

    Attributes:
        deadline: after so long a drain is given up; ``None`` leaves it to the node's pool.
        gives_back: the node is to be active again, and its drain is over.
        removes: the node is to leave the Swarm afterwards.
        allows_interruption: services that may not be surged are interrupted.
        task_id: under which Flower and the history show it; never used twice.
    """

    node_id: str
    hostname: str
    reason: str
    actor: str
    task_id: str
    deadline: timedelta | None = None
    gives_back: bool = False
    removes: bool = False
    allows_interruption: bool = False

    @property
    def verb(self) -> str:
        """The name of its command."""
        return "undrain" if self.gives_back else "drain"

    @property
    def service_name(self) -> str:
        """Whom it concerns."""
        return self.hostname

    @property
    def words(self) -> str:
        """What is ordered, in a few words."""
        return f"{self.verb} {self.hostname}"


@dataclass(frozen=True, slots=True, kw_only=True)
class FillOrder:
    """A person's order to fill the nodes of a pool.

    Attributes:
        task_id: under which Flower and the history show it; never used twice.
    """

    pool: str
    reason: str
    actor: str
    task_id: str

    @property
    def service_name(self) -> str:
        """Whom it concerns."""
        return self.pool

    @property
    def words(self) -> str:
        """What is ordered, in a few words."""
        return f"rebalance {self.pool}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of an order.

    Attributes:
        verdict: ``scaled``, ``held``, ``released``, ``paused``, ``resumed``, ``cordoned``, ``active``, ``already``,
            ``refused``, or ``failed`` where the worker met trouble.
    """

    verdict: str
    sentence: str


class Orders(Protocol):
    """The way for orders to workers, and for outcomes back."""

    def send(self, order: ManualOrder | StandingOrder | NodeOrder | FillOrder) -> None:
        """Enqueue an order.

        Raises:
            click.ClickException: the broker is out of reach.
        """

    def outcome(self, task_id: str, *, within: timedelta) -> Outcome | None:
        """What became of an order; ``None`` if that is not known in time."""


class Cancellation(StrEnum):
    """What became of the wish that a task be not carried out."""

    #: Nobody had begun it, and nobody will.
    DONE = "cancelled"
    #: A worker is at it: it ends within seconds, and what it does is whole.
    RUNNING = "running"
    #: It has ended, or never was.
    UNKNOWN = "unknown"


class Workforce(Protocol):
    """The workers themselves, and what waits for them in the broker."""

    def tasks(self) -> tuple[TaskStanding, ...]:
        """What has not ended: running first, then what is tried again, then what is queued, the next one first.

        Raises:
            click.ClickException: the broker is out of reach (as for all methods here).
        """

    def broker(self) -> BrokerFacts:
        """The broker itself."""

    def queues(self) -> tuple[QueueFacts, ...]:
        """Who listens on each queue, and how many messages wait there."""

    def cancel(self, task_id: str, *, actor: str) -> Cancellation:
        """See to it that a task which nobody has begun is never begun; whoever waits for it is told by whom."""


class Timer(Protocol):
    """Durations and pauses, as the module :mod:`time` has them."""

    def monotonic(self) -> float:
        """Seconds since some instant; never goes back."""

    def sleep(self, seconds: float, /) -> None:
        """Wait."""


def _ask_workers() -> Questions:
    from cli.questions import WorkerQuestions  # noqa: PLC0415 - no help text and no typing error waits for Celery

    return WorkerQuestions()


def _order_workers() -> Orders:
    from cli.orders import WorkerOrders  # noqa: PLC0415 - as above

    return WorkerOrders()


def _look_at_workers() -> Workforce:
    from cli.workforce import CeleryWorkforce  # noqa: PLC0415 - as above

    return CeleryWorkforce()


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """The outside of a command; tests put another in its place.

    Attributes:
        zone: in which instants are shown; ``None`` for that of this machine.
    """

    questions: Questions = field(default_factory=_ask_workers)
    orders: Orders = field(default_factory=_order_workers)
    workforce: Workforce = field(default_factory=_look_at_workers)
    clock: Clock = field(default_factory=SystemClock)
    timer: Timer = time
    zone: tzinfo | None = None

    def now(self) -> datetime:
        """The present instant, in the zone that is shown."""
        return self.clock.now().astimezone(self.zone)


pass_desk = click.make_pass_decorator(Desk, ensure=True)
