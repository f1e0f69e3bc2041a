"""One evaluation of all services: read the Swarm and the metrics, decide, remember, and say what is to be done."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from skep.config.labels import LabelDefaults, Problems, read_labels
from skep.core.action import ScaleOrder, scale_orders
from skep.core.capacity.node_use import NODE_QUESTIONS
from skep.core.cluster import Cluster
from skep.core.decision import Decision, History, Recommendation, Verdict
from skep.core.foresight.following import Followed, acting_policy, followed_on, in_force
from skep.core.foresight.metric_delay import ages_seen
from skep.core.foresight.replay import Tuned
from skep.core.metrics.series import Answers
from skep.core.orders import binding_pause
from skep.core.outside import Sighting, owed_replicas, sight
from skep.core.plan import Candidate, Knowledge, Plan, invalid, plan, questions
from skep.core.policy import ServicePolicy, Tune
from skep.core.record import Entry, noteworthy, state
from skep.core.saga import without_surges
from skep.operations.limits import lock_ttl
from skep.operations.standing_orders import recall_with_orders
from skep.operations.strangers import Strangers, look_for_strangers
from skep.operations.survey import Findings, carried_out, names_to_measure
from skep.ports import Recollection, World

__all__ = ["EVALUATION", "TICK", "Evaluated", "Occasion", "Pace", "decide_services", "evaluate_services"]

#: The lock of whoever evaluates, and the claim of whoever does so first in half an interval.
EVALUATION = "loop:evaluate.services"
TICK = "tick:evaluate.services"
_STATE_EVERY = timedelta(minutes=5)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How often evaluations come and how long one may take.

    Attributes:
        interval: the time between two ticks of beat.
        time_limit: after this an evaluation has been killed, so its lock may go.
    """

    interval: timedelta
    time_limit: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluated:
    """What came of one evaluation of services.

    Attributes:
        orders: what is to be done.
        findings: for the evaluation of nodes that follows; ``None`` where nothing was evaluated.
    """

    orders: tuple[ScaleOrder, ...] = ()
    findings: Findings | None = None


def evaluate_services(world: World, *, defaults: LabelDefaults, pace: Pace, measures_nodes: bool = False) -> Evaluated:
    """Decide every enabled service once and return the orders that follow.

    Evaluations never overlap, and one that comes within half an interval of another does nothing: two beats, two
    workers or a message delivered twice are harmless.

    Args:
        world: everything outside.
        defaults: what labels mean where they are silent.
        pace: of evaluations.
        measures_nodes: ask the metrics store in the same request for what an evaluation of nodes needs.

    Raises:
        Temporary: the Swarm or the memory is out of reach. Nothing was decided.
        Permanent: they refuse us.
    """
    with world.locks.hold(EVALUATION, ttl=lock_ttl(pace.time_limit)) as is_ours:
        if not is_ours or not world.locks.claim(TICK, ttl=pace.interval / 2):
            return Evaluated()
        return _evaluate(world, defaults, pace.interval, measures_nodes=measures_nodes)


def _evaluate(world: World, defaults: LabelDefaults, interval: timedelta, *, measures_nodes: bool) -> Evaluated:
    evaluation, now = world.memory.next_evaluation()
    # First what is remembered, then what is: so whatever skep is known to have posted can be seen in the Swarm.
    known, orders = recall_with_orders(world, world.memory.recall, now)
    occasion = Occasion(
        evaluation=evaluation,
        now=now,
        known=known,
        orders=orders,
        cluster=without_surges(world.swarm.read()),
        measures_nodes=measures_nodes,
    )
    return decide_services(world, occasion, defaults=defaults, interval=interval)


@dataclass(frozen=True, slots=True, kw_only=True)
class Occasion:
    """What services are decided by, but for metrics.

    Attributes:
        known: what is remembered; of other services too where all of them are decided.
        orders: whether the orders of people are known.
        cluster: the services to be decided, and whoever else is in their stacks; without surges.
        measures_nodes: ask the metrics store in the same request for what an evaluation of nodes needs.
        is_share: whether others decide the rest meanwhile.
    """

    evaluation: int
    now: datetime
    known: Recollection
    orders: Knowledge
    cluster: Cluster
    measures_nodes: bool = False
    is_share: bool = False


def decide_services(world: World, occasion: Occasion, *, defaults: LabelDefaults, interval: timedelta) -> Evaluated:
    """Decide services, remember, record, and return the orders that follow. Nobody else may decide them meanwhile.

    Args:
        world: everything outside.
        occasion: what to go by.
        defaults: what labels mean where they are silent.
        interval: from one evaluation to the next.

    Raises:
        Temporary: the memory is out of reach.
        Permanent: it refuses us.
    """
    evaluation, now, known, cluster = occasion.evaluation, occasion.now, occasion.known, occasion.cluster
    policies, problems = _read_policies(cluster, defaults)
    strangers = look_for_strangers(world, cluster, known, enabled={*policies, *problems}, now=now)
    tuned = _tuned(policies, known, now)
    candidates = _candidates(cluster, policies, known, strangers, tuned, now)
    answers = _answers(world, occasion, candidates)
    decided = plan(
        evaluation=evaluation,
        now=now,
        interval=interval,
        candidates=candidates,
        answers=answers,
        orders=occasion.orders,
    )
    decided, followed = _with_tunings(decided, policies, known, tuned)
    refused = tuple(
        invalid(evaluation=evaluation, now=now, service=service, problems=problems[service.id])
        for service in cluster.services
        if service.id in problems
    )
    decisions = {decision.service_id: decision for decision in (*decided.decisions, *refused)}
    # Before what others did is taken for seen: written twice is better than never.
    world.journal.append(strangers.entries)
    world.memory.remember(
        recommendations=_recommendations(candidates, policies, decisions, interval),
        decisions=tuple(decisions.values()),
        sightings=_sightings(cluster, decisions, known, strangers),
        followed=followed,
        ages=ages_seen(decided.decisions, policies, as_of=answers.as_of),
        forget={*known.decisions, *known.sightings} - decisions.keys(),
    )
    world.journal.append(_entries(decisions.values(), known.decisions, now))
    findings = Findings(
        evaluation=evaluation,
        now=now,
        cluster=cluster,
        goals=carried_out(decided.decisions),
        use=answers,
        knowledge=occasion.orders,
    )
    return Evaluated(orders=scale_orders(decided), findings=findings)


def _answers(world: World, occasion: Occasion, candidates: Sequence[Candidate]) -> Answers:
    asked, names = questions(candidates), [candidate.service.name for candidate in candidates]
    if not occasion.measures_nodes:
        return world.metrics.read(asked, services=names, is_share=occasion.is_share)
    return world.metrics.read(
        (*NODE_QUESTIONS, *asked),
        services=list(dict.fromkeys([*names, *names_to_measure(occasion.cluster)])),
        nodes=[node.hostname for node in occasion.cluster.nodes],
        is_share=occasion.is_share,
    )


def _read_policies(
    cluster: Cluster, defaults: LabelDefaults
) -> tuple[dict[str, ServicePolicy], dict[str, tuple[str, ...]]]:
    """Policies and the problems of wrong labels, both by service id; services not enabled are in neither."""
    policies: dict[str, ServicePolicy] = {}
    problems: dict[str, tuple[str, ...]] = {}
    for service in cluster.services:
        read = read_labels(service, defaults=defaults)
        if isinstance(read, ServicePolicy):
            policies[service.id] = read
        elif isinstance(read, Problems):
            problems[service.id] = tuple(problem.sentence for problem in read.problems)
    return policies, problems


def _tuned(policies: Mapping[str, ServicePolicy], known: Recollection, now: datetime) -> dict[str, Tuned]:
    """The rules that are followed or look on, by service id."""
    in_question = (
        (service_id, in_force(policy, known.choices.get(service_id), known.followed.get(service_id), now=now))
        for service_id, policy in policies.items()
    )
    return {service_id: tuned for service_id, tuned in in_question if tuned is not None}


def _candidates(
    cluster: Cluster,
    policies: Mapping[str, ServicePolicy],
    known: Recollection,
    strangers: Strangers,
    tuned: Mapping[str, Tuned],
    now: datetime,
) -> list[Candidate]:
    return [
        Candidate(
            service=service,
            policy=acting_policy(policies[service.id], tuned.get(service.id)),
            history=known.histories.get(service.id) or strangers.histories.get(service.id) or History(),
            hold=strangers.holds.get(service.id),
            pause=binding_pause(strangers.pauses, service.id, now=now),
            previous=known.decisions.get(service.id),
            outside=strangers.changes.get(service.id),
            owed_replicas=owed_replicas(strangers.seen.get(service.id), strangers.changes.get(service.id)),
            foreseen=tuned.get(service.id) if policies[service.id].tune is Tune.AUTO else None,
        )
        for service in cluster.services
        if service.id in policies
    ]


def _with_tunings(
    decided: Plan, policies: Mapping[str, ServicePolicy], known: Recollection, tuned: Mapping[str, Tuned]
) -> tuple[Plan, dict[str, Followed]]:
    """Each decision with what its rule has to do with it, and what to keep of the rules, by service id."""
    decisions: list[Decision] = []
    followed: dict[str, Followed] = {}
    for decision in decided.decisions:
        service_id = decision.service_id
        rule = tuned.get(service_id)
        if rule is None:
            decisions.append(decision)
            continue
        before = known.followed.get(service_id)
        tuning, followed[service_id] = followed_on(rule, decision, policies[service_id], before=before)
        decisions.append(replace(decision, tuning=tuning))
    return replace(decided, decisions=tuple(decisions)), followed


def _recommendations(
    candidates: Sequence[Candidate],
    policies: Mapping[str, ServicePolicy],
    decisions: Mapping[str, Decision],
    interval: timedelta,
) -> dict[str, tuple[Recommendation, ...]]:
    """What to keep for the longest window: that of the operator's policy too, to which a rule may give way any time."""
    return {
        candidate.service.id: candidate.history.remembering(
            decisions[candidate.service.id],
            window=max(candidate.policy.longest_window, policies[candidate.service.id].longest_window),
            interval=interval,
        )
        for candidate in candidates
    }


def _sightings(
    cluster: Cluster, decisions: Mapping[str, Decision], known: Recollection, strangers: Strangers
) -> dict[str, Sighting]:
    nothing = History()
    return {
        service.id: sight(
            service,
            seen=strangers.seen.get(service.id),
            change=strangers.changes.get(service.id),
            goal=_held_right(decisions[service.id]),
            last_change_at=max((e.at for e in known.histories.get(service.id, nothing).events), default=None),
        )
        for service in cluster.services
        if service.id in decisions
    }


def _held_right(decision: Decision) -> int | None:
    """The goal to come back to after a deploy; none where nothing was decided or somebody has ordered otherwise."""
    is_held = any(step.by == "hold" for step in decision.steps)
    return None if decision.verdict is Verdict.INVALID or is_held else decision.goal


def _entries(decisions: Iterable[Decision], before: Mapping[str, Decision], now: datetime) -> tuple[Entry, ...]:
    decided = tuple(decisions)
    states = tuple(state(d) for d in decided if _state_is_due(before.get(d.service_id), now))
    return (*noteworthy(decided, before), *states)


def _state_is_due(previous: Decision | None, now: datetime) -> bool:
    """Whether a full five minutes of the clock lie between the last decision and now."""
    every_s = _STATE_EVERY.total_seconds()
    return previous is None or previous.at.timestamp() // every_s != now.timestamp() // every_s
