"""What the brain needs of the world, as protocols: adapters implement them, and fakes in tests."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Protocol

from skep.core.action import ScaleOrder
from skep.core.capacity.backoff import PoolEvent
from skep.core.capacity.node_memory import NodeMemory
from skep.core.checkup import EngineFacts
from skep.core.cluster import Availability, Cluster, Node, Resources, Service
from skep.core.decision import Decision, History, Hold, Pause, Recommendation, ScaleEvent
from skep.core.foresight.following import Followed
from skep.core.foresight.replay import Tuned
from skep.core.machines import Deletion, Increase, PoolMachines
from skep.core.meters import Reading, Readings
from skep.core.metrics.series import Answers, Question
from skep.core.notices import Failure, Message, NoticeState
from skep.core.outside import Sighting
from skep.core.plan import Knowledge
from skep.core.policy import Signal
from skep.core.pools import PoolPolicy
from skep.core.record import Entry

if TYPE_CHECKING:  # what was learned needs numpy, which nothing but learning does
    from skep.core.foresight.study import Study

__all__ = [
    "Acts",
    "Backlog",
    "Clock",
    "Dashboards",
    "Excerpt",
    "Fleet",
    "Gathered",
    "Inspection",
    "Journal",
    "Lessons",
    "Locks",
    "Memory",
    "MeterArchive",
    "Meters",
    "Metrics",
    "NodeHandle",
    "NodeProvider",
    "NoticeMemory",
    "Notifier",
    "OutOfSequence",
    "PendingOrder",
    "Recollection",
    "ServiceHandle",
    "Shards",
    "Share",
    "Swarm",
    "Wants",
    "World",
]


class Clock(Protocol):
    """The only source of time."""

    def now(self) -> datetime:
        """The present instant, aware, in UTC."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceHandle:
    """One service as just read, and the raw spec that a write must send back unchanged but for its count.

    Attributes:
        service: without its swarm tasks.
        raw: the engine's own answer; belongs to the adapter that made it and is opaque to everyone else.
    """

    service: Service
    raw: object


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeHandle:
    """One node as just read, and the raw spec that a write must send back unchanged but for what it is to change.

    Attributes:
        raw: the engine's own answer; belongs to the adapter that made it and is opaque to everyone else.
    """

    node: Node
    raw: object


class OutOfSequence(Exception):
    """Somebody changed the service or node since it was read; read and check again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PendingOrder:
    """An order that a worker began to carry out.

    Attributes:
        replicas_before: the count just before the post.
        at: when it began.
        task_id: under which the history shows it.
        hold_for: for how long the person who gave it wants the count to hold, where one did.
    """

    order: ScaleOrder
    replicas_before: int
    at: datetime
    task_id: str | None = None
    hold_for: timedelta | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Recollection:
    """All that an evaluation needs of the memory, by service id.

    Attributes:
        histories: of the services asked for; those without memory are absent.
        holds: of all services, also expired ones.
        pauses: of all services, and of everything under ``ALL_SERVICES``; also expired ones.
        decisions: the latest of every service.
        sightings: every service as it was seen last.
        pending: orders begun and not finished.
        orders_unknown_since: since when the orders of people may have been forgotten; ``None`` if they are known.
        choices: the rule last chosen for each service whose policy tunes itself.
        followed: what the evaluation before has kept of those.
    """

    histories: Mapping[str, History]
    holds: Mapping[str, Hold]
    pauses: Mapping[str, Pause]
    decisions: Mapping[str, Decision]
    sightings: Mapping[str, Sighting]
    pending: Mapping[str, PendingOrder]
    orders_unknown_since: datetime | None
    choices: Mapping[str, Tuned]
    followed: Mapping[str, Followed]


@dataclass(frozen=True, slots=True, kw_only=True)
class Acts:
    """What is remembered of what was done and ordered: all of the memory that others than evaluations write.

    An evaluation whose services are dealt out recalls it before it reads the Swarm, and the rest afterwards: whatever
    skep is known to have posted can then be seen in the Swarm.

    Attributes:
        service_ids: all services that something was decided about.
        events: of the services among them that were scaled of late.
        holds, pauses, pending, orders_unknown_since: as in :class:`Recollection`.
    """

    service_ids: tuple[str, ...]
    events: Mapping[str, tuple[ScaleEvent, ...]]
    holds: Mapping[str, Hold]
    pauses: Mapping[str, Pause]
    pending: Mapping[str, PendingOrder]
    orders_unknown_since: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """One worker's part of an evaluation.

    Attributes:
        number: from 0.
        of: how many shares there are.
        cluster: the services of this share, without surges; nodes in the first share only.
        gone: ids of services that are no more, and which nobody else forgets.
        acts: as far as they concern these services.
        knowledge: whether the orders of people are known.
        measures_nodes: whether a plan for nodes follows.
    """

    evaluation: int
    now: datetime
    number: int
    of: int
    cluster: Cluster
    gone: tuple[str, ...]
    acts: Acts
    knowledge: Knowledge
    measures_nodes: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Wants:
    """What a share contributes to the one plan for all nodes.

    Attributes:
        goals: what was decided and is to be carried out, by service id.
        replicas_use: what a replica of each service uses at most times, by service id.
        nodes_use: what each node uses, by its id; from the first share.
    """

    goals: Mapping[str, int]
    replicas_use: Mapping[str, Resources]
    nodes_use: Mapping[str, Resources]


@dataclass(frozen=True, slots=True, kw_only=True)
class Gathered:
    """An evaluation all of whose shares are handed in.

    Attributes:
        cluster: the whole of it, without surges.
        wants: of each share, in their order.
    """

    evaluation: int
    now: datetime
    cluster: Cluster
    knowledge: Knowledge
    wants: tuple[Wants, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolRecollection:
    """What is remembered of a pool whose policy tunes itself.

    Attributes:
        choice: the rule last chosen for it; ``None`` where none was.
        followed: what the evaluation before has kept of it.
    """

    choice: Tuned | None = None
    followed: Followed | None = None


class Swarm(Protocol):
    """The Docker Swarm."""

    def read(self) -> Cluster:
        """The whole Swarm in three list calls: services, live swarm tasks, nodes.

        Raises:
            Temporary: the engine does not answer, or has no leader.
            Permanent: this engine is no manager, or refuses us.
        """

    def read_service(self, service: str) -> ServiceHandle | None:
        """One service by id or name; ``None`` if there is none.

        Raises:
            Temporary, Permanent: as for :meth:`read`.
        """

    def set_replicas(self, handle: ServiceHandle, replicas: int) -> None:
        """Post the spec of ``handle`` with only its count replaced, carrying the version it was read at.

        Raises:
            OutOfSequence: the service was changed since.
            Temporary, Permanent: as for :meth:`read`.
        """

    def read_nodes(self) -> tuple[Node, ...]:
        """All nodes, in one list call.

        Raises:
            Temporary, Permanent: as for :meth:`read`.
        """

    def read_node(self, node: str) -> NodeHandle | None:
        """One node by id or host name; ``None`` if there is none.

        Raises:
            Permanent: several nodes have that host name.
            Temporary, Permanent: as for :meth:`read`.
        """

    def update_node(
        self,
        handle: NodeHandle,
        *,
        availability: Availability | None = None,
        labels: Mapping[str, str | None] | None = None,
    ) -> None:
        """Post the spec of ``handle`` with only these replaced, carrying the version it was read at.

        Args:
            handle: the node as it was read.
            availability: the new one; ``None`` leaves it.
            labels: those to set, and with ``None`` those to take away; all others stay.

        Raises:
            OutOfSequence: the node was changed since, also by Swarm itself.
            Permanent: there is no such node any more.
            Temporary, Permanent: as for :meth:`read`.
        """

    def count_occupants(self, node_id: str) -> int:
        """How many containers of swarm tasks a node still has, also those that are being ended.

        Raises:
            Temporary, Permanent: as for :meth:`read`.
        """

    def remove_node(self, handle: NodeHandle, *, force: bool = False) -> None:
        """Take a node out of the Swarm; nothing is done where it is gone already.

        Args:
            handle: the node as it was read.
            force: also one that is not down: its engine is not told, and what runs there runs on.

        Raises:
            Permanent: it is not down, and was not forced; or it is a manager.
            Temporary, Permanent: as for :meth:`read`.
        """


class Inspection(Protocol):
    """The way to the engine, looked at without changing anything."""

    def look(self) -> EngineFacts:
        """Versions, and which kinds of requests come through.

        Raises:
            Temporary, Permanent: nobody answers.
        """


class NodeProvider(Protocol):
    """What makes and takes away the machines of one pool.

    Joining the Swarm, draining and removing the node are not its business. Whoever orders holds the lock of the pool;
    a message delivered twice is covered by the request id, and by named machines. A no of the provider is an answer;
    an exception means that it could not be asked.
    """

    def describe(self) -> PoolMachines:
        """What there is and what may be had. Only looks.

        Raises:
            Temporary: the provider is out of reach, or busy (as for all methods here).
            Permanent: it refuses us, or is set up wrongly (as for all methods here).
        """

    def target(self) -> int:
        """How many machines the provider has been asked to have: ``describe().target``, perhaps at less cost."""

    def increase(self, machines: int, *, request_id: str) -> Increase:
        """Order so many machines more, once per request id.

        Delivered again under the same id it orders what is still missing of that request, which is nothing after a
        success, whatever became of the other machines meanwhile. What cannot be had in full is had in part. New
        machines are told by :meth:`describe`.

        Args:
            machines: 1 or more.
            request_id: names this order among all orders for the pool; any text.

        Raises:
            ValueError: fewer than one machine, or an empty id; a mistake in skep.
        """

    def delete(self, machine_ids: Sequence[str]) -> Deletion:
        """Take away these machines, each of which lowers the target by one; others of the pool stay.

        A machine that is not of this pool, is unknown or is going already counts as gone. ``REQUESTED`` machines may
        be given back, too.
        """


class Metrics(Protocol):
    """The metrics store."""

    def read(
        self,
        questions: Sequence[Question],
        *,
        services: Sequence[str],
        nodes: Sequence[str] = (),
        is_share: bool = False,
    ) -> Answers:
        """Answer all questions, with gaps where there is no answer.

        Never raises for a store that is down, slow or wrong: that is a gap in every answer. Built-in signals
        travel in one request, operators' own queries in a second one.

        Args:
            questions: what is wanted.
            services: names of the services that built-in signals are wanted for.
            nodes: host names of the nodes that signals of nodes are wanted for.
            is_share: these are a share of the services that the store knows, and others ask for the rest meanwhile: it
                pays to have the rest left out, however many these are.
        """

    def ahead(self) -> AbstractContextManager[None]:
        """In the block, the store may be asked already for what the block before has read, while other things are done.

        A read in the block takes the answer if it asks for the same, and is then as of an instant within the block and
        before the read. Whatever else it asks for, it gets what it would have got without.
        """

    def statement(self, question: Question) -> str:
        """What the store is asked, for people to see and to try: never sent from here.

        Args:
            question: of a built-in signal, whose statement serves all services, narrowed to its ``service``; or of an
                operator's own query, with ``$service`` filled in.

        Returns:
            The statement; empty where none is ever sent, because it is refused before.
        """


class Locks(Protocol):
    """Mutual exclusion between workers; an optimisation, since Swarm's version index is the fence."""

    def hold(self, name: str, *, ttl: timedelta) -> AbstractContextManager[bool]:
        """Try once, without waiting; the block runs either way and is told whether the lock is held.

        The lock ends with the block or after ``ttl``, and only its owner releases it.

        Raises:
            Temporary: the store of locks is out of reach.
        """

    def claim(self, name: str, *, ttl: timedelta) -> bool:
        """Take ``name`` for ``ttl`` and never give it back early: whether this caller was the first.

        For what must happen once per period however many ask for it.

        Raises:
            Temporary: the store of locks is out of reach.
        """


class Memory(Protocol):
    """What skep remembers between evaluations. Each kind of memory has one writer."""

    def next_evaluation(self) -> tuple[int, datetime]:
        """A new evaluation id, greater than every one before, and the store's own time.

        Monotonic without clocks of ours: ``max(last + 1, the store's time in milliseconds)``, atomically.

        Raises:
            Temporary: the store is out of reach (as for all methods here).
        """

    def recall(self, service_ids: Sequence[str] | None = None) -> Recollection:
        """All that an evaluation needs, in one round trip.

        The first call after everything was lost notes since when the orders of people are unknown.

        Args:
            service_ids: whose histories are wanted; all that are remembered where ``None``.
        """

    def recall_acts(self) -> Acts:
        """All that others than evaluations write, in two round trips. As to orders of people, as :meth:`recall`."""

    def recall_share(self, service_ids: Sequence[str], acts: Acts) -> Recollection:
        """All that an evaluation needs of these services and nothing of others, in one round trip.

        Args:
            service_ids: whose.
            acts: what was recalled before; taken over as it is.
        """

    def histories(self, service_ids: Sequence[str]) -> Mapping[str, History]:
        """What is remembered of each service; those without memory are absent. One round trip."""

    def holds(self, service_ids: Sequence[str]) -> Mapping[str, Hold]:
        """Holds of people, also expired ones not yet swept. One round trip."""

    def decisions(self, service_ids: Sequence[str] | None = None) -> Mapping[str, Decision]:
        """The latest decision per service id; of all services where ``service_ids`` is ``None``."""

    def names(self) -> Mapping[str, str]:
        """The name of each service of which a decision is remembered, by its id, in the order of names.

        For those who show a few services out of many: that costs far less than all decisions. One round trip, or two
        where services have come or gone since it was last asked.
        """

    def remember(
        self,
        *,
        recommendations: Mapping[str, Sequence[Recommendation]],
        decisions: Sequence[Decision],
        sightings: Mapping[str, Sighting] | None = None,
        followed: Mapping[str, Followed] | None = None,
        ages: Mapping[Signal, timedelta] | None = None,
        forget: Iterable[str] = (),
    ) -> None:
        """Written by the evaluation: what to keep of each service, in one round trip.

        Args:
            recommendations: per service id, replaces what was remembered.
            decisions: the latest of each service.
            sightings: each service as it was seen.
            followed: the rule of each service whose policy tunes itself.
            ages: how old the newest points of a signal were.
            forget: ids of services that are gone or no longer enabled.
        """

    def ages(self, signal: Signal) -> Sequence[timedelta]:
        """How old the newest points of a signal were in the last evaluations, newest first. One round trip."""

    def add_event(self, service_id: str, event: ScaleEvent, *, keep: timedelta) -> None:
        """Written by whoever scaled: add one event and drop those older than ``keep``."""

    def begin(self, service_id: str, pending: PendingOrder) -> None:
        """Note that an order is about to be posted, so that a killed worker's change is never unrecorded."""

    def finish(self, service_id: str) -> None:
        """The order of this service is posted and recorded, or was given up."""

    def pending(self) -> Mapping[str, PendingOrder]:
        """Orders begun and not finished, by service id."""

    def put_hold(self, service_id: str, hold: Hold) -> None:
        """Set or replace a hold."""

    def release_hold(self, service_id: str) -> None:
        """Remove a hold, if there is one."""

    def pauses(self) -> Mapping[str, Pause]:
        """All pauses, by service id or ``ALL_SERVICES``; also expired ones."""

    def put_pause(self, service_id: str, pause: Pause) -> None:
        """Set or replace a pause, of one service or of all."""

    def release_pause(self, service_id: str) -> None:
        """Remove a pause, if there is one."""

    def sweep_orders(self, *, ended_before: datetime) -> None:
        """Remove the holds and pauses that ended before then; one that is given meanwhile stays."""

    def orders_unknown_since(self) -> datetime | None:
        """Since when the orders of people may have been forgotten; ``None`` if they are known. As :meth:`recall`."""

    def recall_nodes(self) -> NodeMemory:
        """What the evaluation of nodes remembers; nothing, if that was lost. One round trip."""

    def remember_nodes(self, memory: NodeMemory) -> None:
        """Written by the evaluation of nodes: replaces what was remembered."""

    def pool_events(self) -> Mapping[str, tuple[PoolEvent, ...]]:
        """What happened to each pool of late, by its name, oldest first. One round trip."""

    def recall_pools(self, pools: Sequence[str]) -> "Mapping[str, PoolRecollection]":
        """Of each pool, the rule last chosen and what the evaluation before has kept of it. One round trip."""

    def remember_pools(
        self, loads: Mapping[str, float], followed: Mapping[str, Followed], *, at: datetime, most: int
    ) -> None:
        """Written by the evaluation of nodes, in one round trip.

        Args:
            loads: of each pool whose policy tunes itself, in machines of its own.
            followed: what is kept of their rules.
            at: the evaluation.
            most: so many loads of each pool are kept.
        """

    def forget_pools(self, pools: Sequence[str]) -> None:
        """Their policies do not tune themselves any more: drop their loads, and what is kept of their rules."""

    def pool_loads(self, pool: str, *, last: int) -> Sequence[tuple[datetime, float]]:
        """The last loads of a pool, oldest first. One round trip."""

    def add_pool_event(self, pool: str, event: PoolEvent, *, keep: timedelta) -> None:
        """Written by whoever acted on a pool: add one event and drop those older than ``keep``.

        The same event twice is one event.
        """

    def note_orders_known(self) -> None:
        """The orders of people have been rebuilt: what is remembered of them is all there is."""


class Shards(Protocol):
    """Where the shares of one evaluation are handed out and in; there is never more than one evaluation in it."""

    def begin(self, shares: Sequence[Share], *, cluster: Cluster | None, ttl: timedelta) -> bool:
        """Hand out the shares of a new evaluation, of which the first counts as taken. One round trip.

        Whatever is left of the evaluation before is void from now on.

        Args:
            shares: all of them, in their order.
            cluster: the whole, for the plan that follows; ``None`` where none does.
            ttl: after this whoever took a share has been killed.

        Returns:
            Whether it has begun; nothing has changed where a share of the evaluation before is still being decided.

        Raises:
            Temporary: the store is out of reach (as for all methods here).
        """

    def take(self, evaluation: int, number: int, *, ttl: timedelta) -> Share | None:
        """Take a share, which is possible once; ``None`` where it was taken before, or its evaluation is over."""

    def hand_in(self, evaluation: int, number: int, wants: Wants) -> bool:
        """A share is decided: whether it was the last one. Said to one only, and once."""

    def give_up(self, evaluation: int, number: int) -> None:
        """A share that was taken will not be handed in, so nobody need wait for it; done to one that was, nothing."""

    def gather(self, evaluation: int) -> Gathered | None:
        """What was handed in, once all of it was, and once only; ``None`` where not all was, or it is over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Backlog:
    """What the permanent store of the journal does not have.

    Attributes:
        waiting: entries still to be forwarded.
        lost: entries pushed out before they were, or refused there, since this was first counted.
    """

    waiting: int
    lost: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Excerpt:
    """What was found in the journal.

    Attributes:
        entries: the newest first.
        missing: why what is older than these could not be read, as a sentence; empty where nothing is missing.
    """

    entries: tuple[Entry, ...]
    missing: str = ""


class Journal(Protocol):
    """The record of what was done and why."""

    def append(self, entries: Sequence[Entry]) -> None:
        """Add entries, oldest first.

        Raises:
            Temporary: the store is out of reach.
        """

    def read(
        self,
        *,
        service: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        limit: int = 100,
        with_states: bool = True,
    ) -> tuple[Entry, ...]:
        """The newest entries first.

        Args:
            service: name of one service, or all.
            since: none older than this.
            until: none younger than this, to the millisecond.
            limit: at most so many.
            with_states: false leaves out the regular states, which would outnumber all else.

        Raises:
            Temporary: the store is out of reach.
        """

    def excerpt(
        self,
        *,
        service: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        limit: int = 100,
        with_states: bool = True,
    ) -> Excerpt:
        """As :meth:`read`, and whether something is missing because the permanent store is out of reach.

        Raises:
            Temporary: the store is out of reach.
        """

    def courses(self, services: Sequence[str], *, since: datetime, every: timedelta) -> Excerpt:
        """How services fared, in as many round trips for many as for one.

        Args:
            services: their names.
            since: none older than this.
            every: of each service only the last entry in each span of this length.

        Raises:
            Temporary: the store is out of reach.
        """

    def orders(self) -> tuple[Entry, ...]:
        """All entries with orders of people that may still stand, oldest first, from the permanent store.

        Raises:
            Temporary: the permanent store is out of reach, so nobody can say.
            Permanent: it refuses us.
        """

    def forward(self, *, limit: int = 1000) -> int:
        """Carry entries that wait for the permanent store there; how many were carried.

        Raises:
            Temporary: the permanent store is still out of reach.
        """

    def backlog(self) -> Backlog:
        """How many entries wait for the permanent store, and how many never reached it.

        Raises:
            Temporary: the store is out of reach.
        """


class Notifier(Protocol):
    """One way by which people are told something while they are not looking."""

    def tell(self, message: Message) -> None:
        """Hand a message over; whoever took it tells it on.

        Raises:
            Temporary: nobody takes it now; it may be sent again.
            Permanent: it will never be taken like this: a wrong address, or refused credentials.
        """


class NoticeMemory(Protocol):
    """What was told, so that nobody is told twice; one writer at a time."""

    def recall(self) -> NoticeState:
        """What is remembered; a beginning, if that was lost.

        Raises:
            Temporary: the store is out of reach (as for all methods here).
        """

    def remember(self, state: NoticeState) -> None:
        """Replace what was remembered."""

    def note_failure(self, failure: Failure) -> None:
        """Written by any worker: keep a failure until the next looks; old ones go."""

    def failures(self) -> tuple[Failure, ...]:
        """The failures of late, in any order."""


class Lessons(Protocol):
    """What was learned of services whose policies tune themselves; one writer at a time. Evaluations read choices only.

    Choices go by :meth:`Memory.recall` to whoever follows them.
    """

    def looked_at(self) -> Mapping[str, datetime]:
        """When the rules of each service were looked at last. One round trip.

        Raises:
            Temporary: the store is out of reach (as for all methods here).
        """

    def recall(self, service_ids: Sequence[str]) -> "Mapping[str, Study]":
        """What was learned of each; what cannot be read, as of another version, is absent. One round trip."""

    def remember(
        self, studies: "Mapping[str, Study]", choices: Mapping[str, Tuned], *, looked_at: Mapping[str, datetime]
    ) -> None:
        """Replace what was known of these services, and note when they were looked at. One round trip."""

    def forget(self, service_ids: Iterable[str]) -> None:
        """These are gone, or do not tune themselves any more."""


class Meters(Protocol):
    """The numbers that skep tells about itself, shared by all its processes."""

    def count(self, counts: Sequence[Reading]) -> None:
        """Add to counters. Never raises: what is counted is more important than that it is."""

    def put(self, gauges: Sequence[Reading], *, at: datetime) -> None:
        """Replace all gauges.

        Raises:
            Temporary: the store is out of reach (as for all that follow).
        """

    def drop(self, gone: Sequence[Reading]) -> None:
        """Forget the series of counters that nobody will add to any more."""

    def read(self) -> Readings:
        """All that can be read now; nothing, where that was lost."""


class MeterArchive(Protocol):
    """Where the course of skep's own numbers is kept."""

    def write(self, readings: Sequence[Reading], *, at: datetime) -> None:
        """Add a point of each.

        Raises:
            Temporary: the store is out of reach.
            Permanent: it refuses us.
        """


class Dashboards(Protocol):
    """A program that shows dashboards, as far as boards are kept in it; boards are its own JSON."""

    def titles(self) -> tuple[str, ...]:
        """The titles of all boards, in their order.

        Raises:
            Temporary: it is out of reach, or in trouble.
            Permanent: it refuses us, or is not what we took it for.
        """

    def dump(self, title: str) -> Mapping[str, Any] | None:
        """The board of that title, bare; ``None`` if there is none.

        Raises:
            Temporary, Permanent: as for :meth:`titles`; permanent too where several have that title.
        """

    def load(self, board: Mapping[str, Any]) -> bool:
        """Replace the board of the same title, or make it; whether it is new.

        Raises:
            Temporary, Permanent: as for :meth:`dump`.
        """

    def bare(self, board: Mapping[str, Any]) -> Mapping[str, Any]:
        """The board without what the program itself adds to one: two bare boards are equal if they show the same."""


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """Everything outside that an operation works with."""

    clock: Clock
    swarm: Swarm
    metrics: Metrics
    locks: Locks
    memory: Memory
    journal: Journal


@dataclass(frozen=True, slots=True, kw_only=True)
class Fleet:
    """All pools of nodes, and who makes their machines.

    Attributes:
        pools: as the policy file has them now; none, and nothing is ever done to a node.
        provider_of: the provider of a pool; raises :class:`~skep.errors.Permanent` where it is set up wrongly.
    """

    pools: tuple[PoolPolicy, ...]
    provider_of: Callable[[PoolPolicy], NodeProvider]

    def pool(self, name: str) -> PoolPolicy | None:
        """The pool of that name; ``None`` where the policy file does not have it (any more)."""
        return next((pool for pool in self.pools if pool.name == name), None)
