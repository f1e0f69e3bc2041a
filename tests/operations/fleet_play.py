"""A world with a pool of nodes, and whoever acts in it: a tick is an evaluation and all that follows from it."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta

from skep.config.labels import LabelDefaults
from skep.core.bounds import Bounds
from skep.core.capacity.node_memory import NodeReport
from skep.core.capacity.node_orders import NodeOrder, NodeOrderKind
from skep.core.cluster import Availability, Node, Resources
from skep.core.machines import Machine
from skep.core.policy import Signal
from skep.core.pools import Budget, PoolPolicy
from skep.core.saga import drain_of
from skep.operations.drain import drain_step
from skep.operations.evaluate import Pace, evaluate_services
from skep.operations.node_acts import NodeActRules, NodeOutcome, carry_out
from skep.operations.nodes import evaluate_nodes
from skep.operations.scale import scale_service
from skep.ports import Fleet, NodeProvider, World
from tests.fakes.clock import FakeClock
from tests.fakes.journal import FakeJournal
from tests.fakes.locks import FakeLocks
from tests.fakes.memory import FakeMemory
from tests.fakes.metrics import FakeMetrics
from tests.fakes.node_provider import FakeNodeProvider
from tests.fakes.scheduling_swarm import SchedulingSwarm
from tests.fakes.shards import FakeShards
from tests.operations.sharing import evaluate_in_shares

__all__ = ["MACHINE", "POOL", "TICK", "FleetPlay"]

TICK = timedelta(seconds=15)
TIME_LIMIT = timedelta(seconds=30)
GIB = 1 << 30
MACHINE = Resources(cpu_cores=4.0, memory_bytes=8 * GIB)
#: Four replicas fill a machine.
REPLICA = Resources(cpu_cores=1.0, memory_bytes=GIB)
LABELS = {
    "skep.enable": "true",
    "skep.min": "2",
    "skep.max": "40",
    "skep.requests": "50/s",
    "skep.scale-up": "window=0s rate=100/15s",
    "skep.scale-down": "window=0s rate=100/15s",
}
POOL = PoolPolicy(
    name="workers",
    bounds=Bounds(min_replicas=1, max_replicas=6),
    provider="hcloud",
    node_labels=(("tier", "web"),),
    budgets=(Budget(nodes=1),),
)


@dataclass
class FleetPlay:
    """One manager, and workers that are machines of the pool.

    Attributes:
        joins: whether machines join as soon as they run.
        shares: into so many each evaluation is dealt out.
        done: every outcome so far.
    """

    clock: FakeClock = field(default_factory=FakeClock)
    pools: tuple[PoolPolicy, ...] = (POOL,)
    joins: bool = True
    requests_per_second: float = 100.0
    shares: int = 1
    done: list[NodeOutcome] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.swarm = SchedulingSwarm(self.clock, workers=0)
        self.swarm.add_node("manager", is_manager=True, availability=Availability.DRAIN)
        self.provider = FakeNodeProvider(self.clock)
        self.metrics = FakeMetrics(self.clock)
        self.locks = FakeLocks(self.clock)
        self.memory = FakeMemory(self.clock)
        self.journal = FakeJournal()
        self.shards = FakeShards(self.clock)
        self.orders: tuple[NodeOrder, ...] = ()

    # --- what a test arranges ---------------------------------------------------------------------------------------

    def begin(self, *, workers: int, replicas: int = 2) -> None:
        """So many nodes in the pool for long, and web with replicas on them."""
        if workers:
            self.provider.increase(workers, request_id="before")
        self.provider.start()
        for machine in self.provider.describe().machines:
            self.join(machine, labels={"skep.pool": "workers", "tier": "web", "skep.node.machine": machine.id})
        self.swarm.add("web", replicas=replicas, labels=LABELS, reservations=REPLICA)
        self.requests_per_second = 50.0 * replicas
        self.swarm.settle()

    def join(self, machine: Machine, labels: Mapping[str, str] | None = None) -> None:
        """A machine becomes a node, cordoned unless it has been there for long."""
        availability = Availability.ACTIVE if labels else Availability.PAUSE
        self.swarm.add_node(machine.hostname, availability=availability, capacity=MACHINE, labels=labels)
        self.swarm.change_node(machine.hostname, address=machine.addresses[0], joined_at=self.clock.now())
        self.swarm.room[machine.hostname] = 4

    def lose(self, hostname: str) -> None:
        """The node is gone from one moment to the next."""
        self.swarm.change_node(hostname, is_ready=False, is_down=True)
        self.swarm.settle()

    def change_pool(self, policy: PoolPolicy) -> None:
        """The operator writes the policy file anew."""
        self.pools = (policy,)

    def busy_nodes(self, cpu_ratio: float) -> None:
        """Telegraf measures this on all workers up to now."""
        for node in self.workers:
            for signal in (Signal.NODE_CPU, Signal.NODE_MEMORY):
                self.metrics.flat(signal, node.hostname, node.hostname, cpu_ratio, points=24)

    # --- time -------------------------------------------------------------------------------------------------------

    def tick(self, times: int = 1) -> None:
        """So many evaluations with all that follows from them."""
        for _ in range(times):
            self.evaluate()
            for order in self.orders:
                self.act(order)
            self.let_others_work()

    def evaluate(self) -> None:
        """One evaluation; its orders for services are carried out, those for nodes are kept in ``orders``."""
        self.clock.advance(TICK)
        self.metrics.rate("web", "proxy", self.requests_per_second)
        pace = Pace(interval=TICK, time_limit=TIME_LIMIT)
        evaluated = (
            evaluate_services(self.world, defaults=LabelDefaults(), pace=pace, measures_nodes=bool(self.pools))
            if self.shares == 1
            else evaluate_in_shares(
                self.world, self.shards, count=self.shares, pace=pace, measures_nodes=bool(self.pools)
            )
        )
        for order in evaluated.orders:
            scale_service(self.world, order, defaults=LabelDefaults(), time_limit=TIME_LIMIT)
        self.orders = evaluate_nodes(
            self.world, evaluated.findings, self.fleet, defaults=LabelDefaults(), time_limit=TIME_LIMIT
        )

    def act(self, order: NodeOrder) -> NodeOutcome:
        """What the task of an order does."""
        outcome = carry_out(self.world, order, self.rules, task_id=f"nodes.{order.kind}.{order.evaluation}")
        self.done.append(outcome)
        return outcome

    def let_others_work(self) -> None:
        """Swarm, the provider, new machines, and the steps of drains."""
        self.swarm.settle()
        for node in self.swarm.read_nodes():
            if drain_of(node) is not None:
                drain_step(self.world, node.id, self.rules.drain_rules())
                self.swarm.settle()
        self.provider.start()
        if self.joins:
            self.join_all()

    def join_all(self) -> None:
        """Every machine that runs and is no node becomes one."""
        there = {node.hostname for node in self.swarm.read_nodes()}
        for machine in self.provider.describe().machines:
            if machine.hostname not in there:
                self.join(machine)

    def pass_time(self, span: timedelta) -> None:
        """So long nothing happens but ticks."""
        self.tick(round(span / TICK))

    # --- what a test looks at ---------------------------------------------------------------------------------------

    @property
    def world(self) -> World:
        return World(
            clock=self.clock,
            swarm=self.swarm,
            metrics=self.metrics,
            locks=self.locks,
            memory=self.memory,
            journal=self.journal,
        )

    @property
    def fleet(self) -> Fleet:
        def provider_of(_policy: PoolPolicy) -> NodeProvider:
            return self.provider

        return Fleet(pools=self.pools, provider_of=provider_of)

    @property
    def rules(self) -> NodeActRules:
        return NodeActRules(defaults=LabelDefaults(), fleet=self.fleet, time_limit=TIME_LIMIT)

    @property
    def workers(self) -> list[Node]:
        return [node for node in self.swarm.read_nodes() if not node.is_manager]

    @property
    def open_workers(self) -> list[str]:
        return sorted(node.hostname for node in self.workers if node.takes_tasks)

    @property
    def machines(self) -> list[str]:
        return sorted(machine.id for machine in self.provider.describe().machines)

    @property
    def report(self) -> NodeReport:
        report = self.memory.recall_nodes().report
        assert report is not None
        return report

    @property
    def told(self) -> list[str]:
        """What the journal says of nodes and pools."""
        return [entry.sentence for entry in self.journal.entries if entry.kind == "node"]

    def ordered(self, kind: NodeOrderKind) -> list[NodeOrder]:
        """The orders of the last evaluation of one kind."""
        return [order for order in self.orders if order.kind is kind]

    def labels(self, hostname: str) -> dict[str, str]:
        return dict(self.swarm.node(hostname).labels)

    def with_pool(self, **changes: object) -> "FleetPlay":
        """The same with another policy."""
        self.pools = (replace(POOL, **changes),)  # type: ignore[arg-type]  # fields of a pool
        return self
