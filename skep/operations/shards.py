"""One evaluation by several workers: the Swarm is read once, its services are dealt out, and their wants meet again."""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TypeVar

from skep.config.labels import LabelDefaults
from skep.core.action import ScaleOrder
from skep.core.cluster import Cluster
from skep.core.saga import without_surges
from skep.core.shares import deal
from skep.errors import SkepError
from skep.operations.evaluate import EVALUATION, TICK, Occasion, Pace, decide_services
from skep.operations.limits import lock_ttl
from skep.operations.standing_orders import recall_with_orders
from skep.operations.survey import Findings, Use, use_of
from skep.ports import Acts, Shards, Share, Wants, World

__all__ = ["Decided", "decide_share", "gather_findings", "share_out", "take_share"]

_Value = TypeVar("_Value")


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """What came of one share.

    Attributes:
        orders: what is to be done.
        plans_nodes: whether it was the last share, so that the plan for nodes can be made.
    """

    orders: tuple[ScaleOrder, ...] = ()
    plans_nodes: bool = False


def share_out(world: World, shards: Shards, *, pace: Pace, count: int, measures_nodes: bool) -> Share | None:
    """Begin an evaluation: read the Swarm and deal its services out.

    Evaluations do not overlap, as with one worker: nothing begins while a share of the one before is being decided, or
    within half an interval of its beginning.

    Args:
        world: everything outside.
        shards: where shares are handed out.
        pace: of evaluations.
        count: of shares.
        measures_nodes: whether a plan for nodes follows.

    Returns:
        The first share, which whoever called decides; the others wait to be taken. ``None`` where nothing has begun.

    Raises:
        Temporary: the Swarm or the memory is out of reach. Nothing was dealt out.
        Permanent: they refuse us.
    """
    with world.locks.hold(EVALUATION, ttl=lock_ttl(pace.time_limit)) as is_ours:
        if not is_ours or not world.locks.claim(TICK, ttl=pace.interval / 2):
            return None
        evaluation, now = world.memory.next_evaluation()
        # First what was done, then what is: so whatever skep is known to have posted can be seen in the Swarm.
        acts, knowledge = recall_with_orders(world, world.memory.recall_acts, now)
        cluster = without_surges(world.swarm.read())
        parts = deal(cluster, count, turn=evaluation)
        gone = _gone(world, cluster, parts, acts)
        shares = [
            Share(
                evaluation=evaluation,
                now=now,
                number=number,
                of=count,
                cluster=part,
                gone=gone[number],
                acts=_narrowed(acts, [service.id for service in part.services], gone[number]),
                knowledge=knowledge,
                measures_nodes=measures_nodes,
            )
            for number, part in enumerate(parts)
        ]
        has_begun = shards.begin(shares, cluster=cluster if measures_nodes else None, ttl=lock_ttl(pace.time_limit))
        return shares[0] if has_begun else None


def take_share(shards: Shards, *, evaluation: int, number: int, pace: Pace) -> Share | None:
    """A share that waits to be decided; ``None`` where another worker has it, or a newer evaluation has begun.

    Raises:
        Temporary, Permanent: the store of shares is out of reach, or refuses us.
    """
    return shards.take(evaluation, number, ttl=lock_ttl(pace.time_limit))


def decide_share(world: World, shards: Shards, share: Share, *, defaults: LabelDefaults, pace: Pace) -> Decided:
    """Decide the services of a share and return the orders that follow, which need not wait for other shares.

    Args:
        world: everything outside.
        shards: where what the share wants is handed in.
        share: taken, so that nobody else decides it.
        defaults: what labels mean where they are silent.
        pace: of evaluations.

    Raises:
        Temporary: the memory is out of reach.
        Permanent: it refuses us.
    """
    try:
        ids = [service.id for service in share.cluster.services]
        occasion = Occasion(
            evaluation=share.evaluation,
            now=share.now,
            known=world.memory.recall_share([*ids, *share.gone], share.acts),
            orders=share.knowledge,
            cluster=share.cluster,
            measures_nodes=share.measures_nodes,
            is_share=share.of > 1,
        )
        done = decide_services(world, occasion, defaults=defaults, interval=pace.interval)
        is_last = shards.hand_in(share.evaluation, share.number, _wants(done.findings, share))
    except BaseException:
        # The next evaluation need not wait until this share's time is over.
        with suppress(SkepError):
            shards.give_up(share.evaluation, share.number)
        raise
    return Decided(orders=done.orders, plans_nodes=is_last and share.measures_nodes)


def gather_findings(shards: Shards, evaluation: int) -> Findings | None:
    """What all shares found, for the evaluation of nodes; ``None`` where a share is missing or somebody else has it.

    Nothing is planned on half of it: a node that looks idle might be the one that the missing services want. The next
    evaluation makes up for it.

    Raises:
        Temporary, Permanent: the store of shares is out of reach, or refuses us.
    """
    gathered = shards.gather(evaluation)
    if gathered is None:
        return None
    return Findings(
        evaluation=evaluation,
        now=gathered.now,
        cluster=gathered.cluster,
        goals=_together(wants.goals for wants in gathered.wants),
        use=Use(
            replicas=_together(wants.replicas_use for wants in gathered.wants),
            nodes=_together(wants.nodes_use for wants in gathered.wants),
        ),
        knowledge=gathered.knowledge,
    )


def _gone(world: World, cluster: Cluster, parts: Sequence[Cluster], acts: Acts) -> list[tuple[str, ...]]:
    """For each share the services it has to forget: with whoever has a service of the same name now, made anew."""
    present = {service.id for service in cluster.services}
    gone = [service_id for service_id in acts.service_ids if service_id not in present]
    if not gone:
        return [()] * len(parts)
    holder = {service.name: number for number, part in enumerate(parts) for service in part.services}
    seen = world.memory.recall_share(gone, acts).sightings
    dealt: list[list[str]] = [[] for _ in parts]
    for service_id in gone:
        dealt[holder.get(seen[service_id].name, 0) if service_id in seen else 0].append(service_id)
    return [tuple(ids) for ids in dealt]


def _narrowed(acts: Acts, ids: Sequence[str], gone: Sequence[str]) -> Acts:
    """What concerns these services; pauses are few, and one may be of everything."""
    concerned = {*ids, *gone}
    return replace(
        acts,
        service_ids=(),
        events=_of(concerned, acts.events),
        holds=_of(concerned, acts.holds),
        pending=_of(concerned, acts.pending),
    )


def _of(ids: set[str], known: Mapping[str, _Value]) -> dict[str, _Value]:
    return {service_id: value for service_id, value in known.items() if service_id in ids}


def _together(parts: Iterable[Mapping[str, _Value]]) -> dict[str, _Value]:
    return {key: value for part in parts for key, value in part.items()}


def _wants(findings: Findings | None, share: Share) -> Wants:
    if findings is None or not share.measures_nodes:
        return Wants(goals={}, replicas_use={}, nodes_use={})
    use = use_of(findings)
    return Wants(goals=findings.goals, replicas_use=use.replicas, nodes_use=use.nodes)
