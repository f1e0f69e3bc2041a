"""A desk without workers: questions answered and orders judged on the spot, and time that passes only by waiting."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from cli.desk import Cancellation, Desk, FillOrder, ManualOrder, NodeOrder, Outcome, StandingOrder
from cli.endings import Failed
from skep.config.finding import Finding
from skep.config.migration import Migration
from skep.core.capacity.rebalance import Move
from skep.core.checkup import BrokerFacts, Examination, QueueFacts
from skep.core.chronicle import Chronicle
from skep.core.decision import Decision, Hold, Pause
from skep.core.foresight.advice import Advice
from skep.core.foresight.past_load import PastLoad
from skep.core.orders import OrderKind
from skep.core.policy import Bounds
from skep.core.pool_report import PoolReport
from skep.core.record import Entry
from skep.core.saga import Forecast
from skep.operations.ask import ServiceStatus
from skep.operations.explain import Account
from skep.operations.explain_node import NodeAccount
from skep.operations.node_status import NodeStatus
from skep.report.task_table import TaskStanding, TaskState
from tests.fakes.clock import FakeClock

__all__ = ["NOW", "FakeOrders", "FakeQuestions", "FakeTimer", "FakeWorkforce", "desk", "service"]

NOW = datetime(2026, 11, 23, 14, 2, 15, tzinfo=UTC)


def service(
    name: str,
    *,
    replicas: int | None = 3,
    running: int | None = None,
    is_enabled: bool = True,
    bounds: Bounds | None = None,
    problems: tuple[str, ...] = (),
    decision: Decision | None = None,
    hold: Hold | None = None,
    pause: Pause | None = None,
) -> ServiceStatus:
    """A service that stands as it should unless said otherwise."""
    return ServiceStatus(
        id=f"id-of-{name}",
        name=name,
        replicas=replicas,
        running=(replicas or 0) if running is None else running,
        is_enabled=is_enabled,
        bounds=bounds or (Bounds(min_replicas=1, max_replicas=20) if is_enabled and not problems else None),
        problems=problems,
        decision=decision,
        hold=hold,
        pause=pause,
    )


@dataclass(kw_only=True)
class FakeQuestions:
    """Implements :class:`cli.desk.Questions`.

    Attributes:
        services: how they stand.
        later: how they stand in later answers, one set for each; the last stays.
        entries: the journal, newest first.
        accounts: what explains each service, by name or id; others are explained by how they stand alone.
        advices: what the history of each service suggests, by name or id.
        past_loads: the requests of each service, by name or id.
        moves_of: which replicas would move, by pool.
        node_accounts: what explains each node, by host name.
        findings: what an operator should know.
        migrations: what becomes of services with labels of other autoscalers.
        nodes_now: how nodes stand.
        pools_now: how pools stand.
        nodes_later: how they stand in later answers, one set for each; the last stays.
        forecasts: what a drain would do, by the id of its node.
        channels: what is wrong with each way to tell people.
        examination: what a worker sees; none, and nobody answers.
        chronicles: what the journal tells of each service, by name.
        unanswered: which questions about services nobody answers, the first being 1.
    """

    services: tuple[ServiceStatus, ...] = ()
    later: list[tuple[ServiceStatus, ...]] = field(default_factory=list)
    entries: tuple[Entry, ...] = ()
    accounts: dict[str, Account] = field(default_factory=dict)
    advices: dict[str, Advice] = field(default_factory=dict)
    past_loads: dict[str, PastLoad] = field(default_factory=dict)
    moves_of: dict[str, tuple[Move, ...]] = field(default_factory=dict)
    node_accounts: dict[str, NodeAccount] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()
    migrations: tuple[Migration, ...] = ()
    nodes_now: tuple[NodeStatus, ...] = ()
    pools_now: tuple[PoolReport, ...] = ()
    nodes_later: list[tuple[NodeStatus, ...]] = field(default_factory=list)
    forecasts: dict[str, Forecast] = field(default_factory=dict)
    channels: dict[str, str | None] = field(default_factory=dict)
    unanswered: frozenset[int] = frozenset()
    examination: Examination | None = None
    chronicles: dict[str, Chronicle] = field(default_factory=dict)
    asked: list[dict[str, object]] = field(default_factory=list)

    def status(self, names: Sequence[str] | None = None) -> tuple[ServiceStatus, ...]:
        self.asked.append({"names": names})
        if len(self.asked) in self.unanswered:
            raise Failed("nobody answers")
        services = self.services
        if self.later:
            self.services = self.later.pop(0)
        return tuple(s for s in services if (s.is_enabled if names is None else s.name in names or s.id in names))

    def history(
        self, *, service: str | None, since: datetime | None, limit: int, until: datetime | None = None
    ) -> tuple[Entry, ...]:
        self.asked.append({"service": service, "since": since, "until": until, "limit": limit})
        told = (e for e in self.entries if until is None or e.at <= until)
        return tuple(e for e in told if service in (None, e.service_name))[:limit]

    def explain(self, name: str, *, at: datetime | None) -> Account | None:
        self.asked.append({"name": name, "at": at})
        found = [s for s in self.services if name in (s.name, s.id)]
        return self.accounts.get(name) or next((Account(name=s.name, service=s, at=at) for s in found), None)

    def advice(self, name: str) -> Advice | None:
        return self.advices.get(name)

    def past_load(self, name: str) -> PastLoad | None:
        return self.past_loads.get(name)

    def explain_node(self, name: str) -> NodeAccount | None:
        self.asked.append({"node": name})
        return self.node_accounts.get(name)

    def lint(self) -> tuple[Finding, ...]:
        self.asked.append({"lint": True})
        return self.findings

    def migrate(self, *, dialect: str | None) -> tuple[Migration, ...]:
        self.asked.append({"dialect": dialect})
        return self.migrations

    def nodes(self) -> tuple[NodeStatus, ...]:
        self.asked.append({"nodes": True})
        found = self.nodes_now
        if self.nodes_later:
            self.nodes_now = self.nodes_later.pop(0)
        return found

    def pools(self) -> tuple[PoolReport, ...]:
        return self.pools_now

    def recount(self, service: str, *, since: datetime) -> Chronicle:
        self.asked.append({"recount": service, "since": since})
        nothing = Chronicle(service=service, since=since, until=NOW, moments=(), happenings=())
        return self.chronicles.get(service, nothing)

    def examine(self) -> Examination:
        self.asked.append({"examine": True})
        if self.examination is None:
            raise Failed("No worker answered within 20 s.")
        return self.examination

    def moves(self, pool: str) -> tuple[Move, ...] | None:
        self.asked.append({"pool": pool})
        return self.moves_of.get(pool)

    def foresee(self, node_id: str, *, removes: bool) -> Forecast | None:
        self.asked.append({"node": node_id, "removes": removes})
        return self.forecasts.get(node_id)

    def try_channels(self, *, actor: str) -> dict[str, str | None]:
        self.asked.append({"actor": actor})
        return self.channels


@dataclass(kw_only=True)
class FakeOrders:
    """Implements :class:`cli.desk.Orders`: every order is carried out, unless its service is given an outcome.

    Attributes:
        outcomes: by service name; ``None`` for no verdict in time.
        sent: counts that were ordered.
        given: orders that go on standing, or end one that does.
        of_nodes: orders about nodes.
        of_pools: orders to fill the nodes of pools.
    """

    outcomes: dict[str, Outcome | None] = field(default_factory=dict)
    sent: list[ManualOrder] = field(default_factory=list)
    given: list[StandingOrder] = field(default_factory=list)
    of_nodes: list[NodeOrder] = field(default_factory=list)
    of_pools: list[FillOrder] = field(default_factory=list)
    waits: list[timedelta] = field(default_factory=list)

    def send(self, order: ManualOrder | StandingOrder | NodeOrder | FillOrder) -> None:
        if isinstance(order, ManualOrder):
            self.sent.append(order)
        elif isinstance(order, NodeOrder):
            self.of_nodes.append(order)
        elif isinstance(order, FillOrder):
            self.of_pools.append(order)
        else:
            self.given.append(order)

    def outcome(self, task_id: str, *, within: timedelta) -> Outcome | None:
        self.waits.append(within)
        orders: list[ManualOrder | StandingOrder | NodeOrder | FillOrder] = [
            *self.sent,
            *self.given,
            *self.of_nodes,
            *self.of_pools,
        ]
        order = next(order for order in orders if order.task_id == task_id)
        return self.outcomes.get(order.service_name, _carried_out(order))


def _carried_out(order: ManualOrder | StandingOrder | NodeOrder | FillOrder) -> Outcome:
    if isinstance(order, NodeOrder):
        verdict = "active" if order.gives_back else "cordoned"
        return Outcome(verdict=verdict, sentence=f"{order.hostname} {verdict}: {order.reason}")
    if isinstance(order, FillOrder):
        return Outcome(verdict="filled", sentence=f"{order.pool} filled: 2 nodes for an hour, {order.reason}")
    if isinstance(order, ManualOrder):
        return Outcome(verdict="scaled", sentence=f"{order.service_name} 3 → {order.replicas}: {order.reason}")
    verdict = _VERDICTS[order.kind]
    return Outcome(verdict=verdict, sentence=f"{order.service_name} {verdict}: {order.reason}")


_VERDICTS = {
    OrderKind.HOLD: "held",
    OrderKind.RELEASE: "released",
    OrderKind.PAUSE: "paused",
    OrderKind.RESUME: "resumed",
}


@dataclass(kw_only=True)
class FakeWorkforce:
    """Implements :class:`cli.desk.Workforce`: what is queued can be cancelled."""

    standing: tuple[TaskStanding, ...] = ()
    cancelled: list[tuple[str, str]] = field(default_factory=list)
    facts: BrokerFacts | None = None
    listeners: tuple[QueueFacts, ...] = ()

    def tasks(self) -> tuple[TaskStanding, ...]:
        return self.standing

    def broker(self) -> BrokerFacts:
        if self.facts is None:
            raise Failed("The broker at redis://nowhere cannot be reached.")
        return self.facts

    def queues(self) -> tuple[QueueFacts, ...]:
        return self.listeners

    def cancel(self, task_id: str, *, actor: str) -> Cancellation:
        state = next((task.state for task in self.standing if task.id == task_id), None)
        if state is None:
            return Cancellation.UNKNOWN
        if state is TaskState.RUNNING:
            return Cancellation.RUNNING
        self.cancelled.append((task_id, actor))
        return Cancellation.DONE


class FakeTimer:
    """Implements :class:`cli.desk.Timer`: time passes only while somebody sleeps, and so many times undisturbed."""

    def __init__(self, *, sleeps: int | None = None) -> None:
        self._now_s = 1000.0
        self._sleeps = sleeps

    def monotonic(self) -> float:
        return self._now_s

    def sleep(self, seconds: float, /) -> None:
        if self._sleeps == 0:
            raise KeyboardInterrupt
        if self._sleeps is not None:
            self._sleeps -= 1
        self._now_s += seconds


def desk(
    *,
    questions: FakeQuestions | None = None,
    orders: FakeOrders | None = None,
    workforce: FakeWorkforce | None = None,
    timer: FakeTimer | None = None,
) -> Desk:
    """A desk at which it is :data:`NOW`."""
    return Desk(
        questions=questions or FakeQuestions(),
        orders=orders or FakeOrders(),
        workforce=workforce or FakeWorkforce(),
        clock=FakeClock(NOW),
        timer=timer or FakeTimer(),
        zone=UTC,
    )
