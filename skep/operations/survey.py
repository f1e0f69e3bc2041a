"""Look at all that concerns nodes: the Swarm, what is used, what providers say, and what is remembered."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from skep.config.labels import LabelDefaults
from skep.core.action import AUTOSCALER
from skep.core.capacity.backoff import KEPT_FOR, PoolEvent, PoolEventKind
from skep.core.capacity.node_planning import NodesSeen, PoolSeen
from skep.core.capacity.node_use import NODE_QUESTIONS, measured_use, node_use
from skep.core.capacity.roster import POOL_LABEL
from skep.core.capacity.terms import Protection, ServiceTerms
from skep.core.capacity.want import wants
from skep.core.cluster import Cluster, Node, Resources, ServiceMode
from skep.core.decision import Decision, Verdict
from skep.core.metrics.series import Answers
from skep.core.orders import ALL_SERVICES
from skep.core.plan import Knowledge
from skep.core.pools import PoolPolicy
from skep.core.saga import DrainPhase, drain_of, surges_of, without_surges
from skep.errors import SkepError
from skep.operations.handling import handling_of, protection_of
from skep.ports import Fleet, World

__all__ = [
    "FILL_LABEL",
    "IDLE_LABEL",
    "Findings",
    "Use",
    "carried_out",
    "find_out",
    "is_everything_paused",
    "may_be_kept",
    "names_to_measure",
    "pool_seen",
    "survey",
    "use_of",
]

#: Since when a node has been idle, so that a lost memory does not begin to count anew.
IDLE_LABEL = "skep.node.idle-since"
#: Since when a node is being filled with replicas of others.
FILL_LABEL = "skep.node.fill-since"


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """What is used, as measured.

    Attributes:
        replicas: by a replica of each service at most times, by service id.
        nodes: by each node, by its id.
    """

    replicas: Mapping[str, Resources]
    nodes: Mapping[str, Resources]


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    """What an evaluation of services hands over to that of nodes.

    Attributes:
        cluster: without surges.
        goals: what was decided and is to be carried out, by service id.
        use: answers to :data:`NODE_QUESTIONS`, beside others; or what has been read out of them already.
        knowledge: whether the orders of people are known.
    """

    evaluation: int
    now: datetime
    cluster: Cluster
    goals: Mapping[str, int]
    use: Answers | Use
    knowledge: Knowledge = Knowledge.COMPLETE


def use_of(findings: Findings) -> Use:
    """What replicas and nodes use."""
    if isinstance(findings.use, Use):
        return findings.use
    return Use(
        replicas=measured_use(findings.cluster.services, findings.use),
        nodes=node_use(findings.cluster.nodes, findings.use),
    )


def carried_out(decisions: Iterable[Decision]) -> dict[str, int]:
    """The goals of decisions that are to be carried out, by service id."""
    return {d.service_id: d.goal for d in decisions if d.inaction is None and d.verdict is not Verdict.INVALID}


def names_to_measure(cluster: Cluster) -> tuple[str, ...]:
    """The services whose use tells what their replicas need of a node, enabled or not."""
    return tuple(service.name for service in cluster.services if service.mode in _MEASURED)


_MEASURED = frozenset({ServiceMode.REPLICATED, ServiceMode.GLOBAL})


def find_out(world: World) -> Findings:
    """Look at everything anew, outside of an evaluation: what was decided last is what is wanted.

    Raises:
        Temporary, Permanent: the Swarm or the memory is out of reach, or refuses us.
    """
    cluster = without_surges(world.swarm.read())
    answers = world.metrics.read(
        NODE_QUESTIONS, services=names_to_measure(cluster), nodes=[node.hostname for node in cluster.nodes]
    )
    decisions = world.memory.decisions()
    unknown_since = world.memory.orders_unknown_since()
    return Findings(
        evaluation=max((decision.evaluation for decision in decisions.values()), default=0),
        now=world.clock.now(),
        cluster=cluster,
        goals=carried_out(decisions.values()),
        use=answers,
        knowledge=Knowledge.COMPLETE if unknown_since is None else Knowledge.MISSING,
    )


def survey(world: World, findings: Findings, fleet: Fleet, *, defaults: LabelDefaults) -> NodesSeen:
    """All that a plan for nodes goes by.

    A provider that cannot be asked is trouble of its pool alone.

    Raises:
        Temporary: the memory is out of reach.
    """
    cluster, now, use = findings.cluster, findings.now, use_of(findings)
    events = _note_failed_removals(world, cluster.nodes, world.memory.pool_events())
    return NodesSeen(
        evaluation=findings.evaluation,
        now=now,
        cluster=cluster,
        pools=tuple(pool_seen(policy, fleet, events.get(policy.name, ())) for policy in fleet.pools),
        wants=wants(cluster, goals=findings.goals),
        measured=use.replicas,
        used=use.nodes,
        terms=_terms(cluster, defaults),
        protections=dict(_protections(cluster.nodes)),
        leaving=tuple(node.id for node in cluster.nodes if _is_leaving(node)),
        keepable=tuple(node.id for node in cluster.nodes if may_be_kept(node)),
        moving=tuple(sorted({surge.service_id for node in cluster.nodes for surge in surges_of(node)})),
        marks=_instants(cluster.nodes, IDLE_LABEL),
        filling=_instants(cluster.nodes, FILL_LABEL),
        memory=world.memory.recall_nodes(),
        growth_only=findings.knowledge is not Knowledge.COMPLETE,
    )


def is_everything_paused(world: World, now: datetime) -> bool:
    """Whether a person keeps skep's hands off everything.

    Raises:
        Temporary: the memory is out of reach.
    """
    pause = world.memory.pauses().get(ALL_SERVICES)
    return pause is not None and pause.is_in_force(now)


def pool_seen(policy: PoolPolicy, fleet: Fleet, events: tuple[PoolEvent, ...] = ()) -> PoolSeen:
    """A pool as its provider describes it, or why that cannot be asked."""
    try:
        described = fleet.provider_of(policy).describe()
    except SkepError as error:
        return PoolSeen(policy=policy, described=None, trouble=str(error), events=events)
    return PoolSeen(policy=policy, described=described, events=events)


def _terms(cluster: Cluster, defaults: LabelDefaults) -> dict[str, ServiceTerms]:
    """As those of a drain, so that what is found removable can be drained."""
    return {service.id: handling_of(service, defaults) for service in cluster.services}


def _protections(nodes: Iterable[Node]) -> Iterator[tuple[str, Protection]]:
    for node in nodes:
        said = protection_of(dict(node.labels))
        if said is not None:
            yield node.id, said


def _is_leaving(node: Node) -> bool:
    drain = drain_of(node)
    if drain is None or drain.phase is DrainPhase.RETURNING:
        return False
    return drain.removes or drain.phase is DrainPhase.DRAINING


def may_be_kept(node: Node) -> bool:
    """Whether skep itself is emptying a node to give its machine back, and has not come so far as to do that."""
    drain = drain_of(node)
    if drain is None or drain.phase is not DrainPhase.DRAINING or not node.is_ready:
        return False
    return drain.removes and drain.actor == AUTOSCALER


def _note_failed_removals(
    world: World, nodes: Iterable[Node], known: Mapping[str, tuple[PoolEvent, ...]]
) -> Mapping[str, tuple[PoolEvent, ...]]:
    """A drain of skep's own that is on its way back has failed: its pool is left in peace for a while."""
    events, now = dict(known), world.clock.now()
    for node in nodes:
        drain, pool = drain_of(node), dict(node.labels).get(POOL_LABEL)
        if drain is None or pool is None or drain.phase is not DrainPhase.RETURNING:
            continue
        if drain.removes and drain.actor == AUTOSCALER:
            of_drain = f"{node.id}.{drain.since.isoformat()}"
            failed = PoolEvent(
                kind=PoolEventKind.REMOVAL_FAILED,
                at=min(drain.deadline, now),
                reason=drain.reason,
                request_id=of_drain,
            )
            if of_drain not in {event.request_id for event in events.get(pool, ())}:
                world.memory.add_pool_event(pool, failed, keep=KEPT_FOR)
                events[pool] = (*events.get(pool, ()), failed)
    return events


def _instants(nodes: Iterable[Node], label: str) -> dict[str, datetime]:
    """The instants that nodes are labelled with; those that nobody can read are left out."""
    found: dict[str, datetime] = {}
    for node in nodes:
        try:
            instant = datetime.fromisoformat(dict(node.labels).get(label, ""))
        except ValueError:
            continue
        if instant.tzinfo is not None:
            found[node.id] = instant
    return found
