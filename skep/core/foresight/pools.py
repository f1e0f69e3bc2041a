"""A pool whose policy tunes itself: the rules of services, on the load of the pool in machines of its own.

A missing node is one that the load needs and that does not serve yet; its start delay is that of a machine, from the
order until it has joined. What is decided by it is a floor: it adds nodes and keeps them, and takes none away.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median

from skep.core.bounds import Bounds
from skep.core.capacity.ahead import Ahead
from skep.core.capacity.backoff import PoolEvent, PoolEventKind
from skep.core.demand import ServiceDemand
from skep.core.foresight.following import Followed, Moment, believed, continued, held, scored
from skep.core.foresight.replay import Tuned
from skep.core.foresight.terms import Terms
from skep.core.policy import MetricKind, MetricPolicy, Signal, Tune, Unit
from skep.core.pools import PoolPolicy
from skep.core.strategies.proposal import whole_replicas
from skep.core.strategies.tuning import Tuning

__all__ = [
    "ASSUMED_JOIN_DELAY",
    "LOAD",
    "PoolForesight",
    "PoolMoment",
    "followed_pool",
    "measured_join_delay",
    "pool_in_force",
    "pool_key",
    "pool_terms",
]

#: By what rules of pools are told from those of services.
LOAD = "nodes"
#: What is taken for the time from an order to a node while no machine has joined.
ASSUMED_JOIN_DELAY = timedelta(minutes=5)
_ONE_MACHINE = 1.0


def pool_key(name: str) -> str:
    """Under which what was learned of a pool is kept beside services, whose ids have no colon."""
    return f"pool:{name}"


def measured_join_delay(events: Sequence[PoolEvent]) -> timedelta | None:
    """The median time from the order of a machine until it had joined as a node.

    Which machine an order has become is not told, so whoever was ordered first is taken to have joined first.

    Args:
        events: of the pool, oldest first.

    Returns:
        The delay, or ``None`` where no machine that was ordered has joined of late.
    """
    ordered: list[datetime] = []
    delays: list[float] = []
    for event in events:
        if event.kind is PoolEventKind.GREW:
            ordered += [event.at] * event.machines
        elif event.kind is PoolEventKind.JOINED and ordered:
            delays.append((event.at - ordered.pop(0)).total_seconds())
        elif event.kind is PoolEventKind.NEVER_JOINED:
            del ordered[: event.machines]
    return timedelta(seconds=median(delays)) if delays else None


def pool_terms(policy: PoolPolicy, *, interval: timedelta, join_delay: timedelta) -> Terms:
    """The terms of a pool: one machine carries a load of one, and the load of now is seen at once.

    Args:
        policy: of the pool.
        interval: the time from one evaluation to the next.
        join_delay: from the order of a machine until it has joined.
    """
    return Terms.from_spans(
        target=_ONE_MACHINE,
        bounds=policy.bounds,
        interval=interval,
        start_delay=join_delay,
        metric_window=interval,
        metric_delay=timedelta(0),
    )


def pool_in_force(policy: PoolPolicy, choice: Tuned | None, before: Followed | None, *, now: datetime) -> Tuned | None:
    """The rule to follow or to look on with; ``None`` where none was chosen of late, or it is of another version."""
    return None if policy.tune is Tune.OFF else continued(choice, before, of=LOAD, now=now)


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolForesight:
    """Implements :class:`skep.core.capacity.ahead.Foresight` by a rule that was learned.

    Attributes:
        before: what the evaluation before has kept; too old a one is begun anew.
    """

    tuned: Tuned
    mode: Tune
    bounds: Bounds
    before: Followed | None = None

    def look(self, load_nodes: float, *, now: datetime) -> Ahead:
        """What the rule asks for by the load of now, and of late as far as it waits to shrink."""
        proposal = self.tuned.propose(ServiceDemand(metric=_METRIC, value=load_nodes, at=now), now=now)
        needed = self.bounds.clamp(proposal.replicas or 0)
        before = believed(self.before, now)
        needs = (*(before.needs if before is not None else ()), needed)
        return Ahead(
            nodes=self.bounds.clamp(held(needs, self.tuned)),
            needed=needed,
            acts=self.mode is Tune.AUTO,
            sentence=proposal.formula,
        )


_METRIC = MetricPolicy(
    name=LOAD, signal=Signal.QUERY, kind=MetricKind.TOTAL, unit=Unit.PLAIN, target_value=_ONE_MACHINE
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolMoment:
    """One pool in one evaluation.

    Attributes:
        load_nodes: what it carries, in machines of its own.
        machines: how many it has, those on their way included.
        serving: how many of them serve.
        ahead: what was expected.
    """

    at: datetime
    load_nodes: float
    machines: int
    serving: int
    ahead: Ahead


def followed_pool(foresight: PoolForesight, moment: PoolMoment, *, price: float) -> tuple[Tuning, Followed]:
    """What to say of a rule after an evaluation of nodes, and what to keep of it.

    Args:
        foresight: that was asked.
        moment: what was seen and expected.
        price: of a missing node, in idle ones.
    """
    tuned, before = foresight.tuned, believed(foresight.before, moment.at)
    kept = scored(
        Followed(tuned=tuned.advanced(moment.load_nodes, now=moment.at).without_peaks, at=moment.at),
        tuned,
        Moment(
            at=moment.at,
            need=moment.ahead.needed,
            demanded=max(whole_replicas(moment.load_nodes), foresight.bounds.min_replicas),
            acting_paid=moment.machines,
            acting_serving=moment.serving,
            is_floor=True,
        ),
        before=before,
    )
    tuning = Tuning(
        mode=foresight.mode,
        rule=tuned.rule.sentence,
        why=tuned.why,
        replicas=moment.ahead.nodes,
        comparison=kept.score.compared(price) if foresight.mode is Tune.SHADOW else None,
        delays=tuned.delays,
    )
    return tuning, kept
