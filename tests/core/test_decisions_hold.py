"""What must be true of every decision, whatever the load, the past and the policy."""

from dataclasses import replace
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from skep.core.cluster import UpdateState
from skep.core.decision import Hold, Situation, decide
from skep.core.guards import GUARDS, OVERRIDES
from skep.core.metrics.series import Gap, GapReason
from skep.core.plan import Candidate, plan
from skep.core.policy import (
    DEFAULT_SCALE_DOWN,
    DirectionPolicy,
    OnDeploy,
    OnRollout,
    RateLimit,
    RateUnit,
    Select,
    ServicePolicy,
    Signal,
)
from skep.core.record import decision_from_json, decision_to_json
from skep.core.strategies.proposal import Proposal
from tests.builders import EVERY_15_S, NOW, ago, answers, counter, history, policy, proposal, service, situation

counts = st.integers(min_value=0, max_value=40)
ages = st.floats(min_value=0, max_value=900)
spans = st.integers(min_value=0, max_value=600).map(lambda s: timedelta(seconds=s))
rates = st.builds(
    RateLimit,
    amount=st.integers(1, 200),
    unit=st.sampled_from(RateUnit),
    period=st.integers(1, 1800).map(lambda s: timedelta(seconds=s)),
)
directions = st.builds(
    DirectionPolicy,
    window=spans,
    rates=st.lists(rates, max_size=3).map(tuple),
    select=st.sampled_from(Select),
    cooldown=spans,
)
gaps = st.builds(Gap, reason=st.sampled_from(GapReason), detail=st.just("…"))
proposals = st.one_of(
    st.builds(
        lambda n, ok, active: proposal(n, needed=n, may_shrink=ok, is_active=active and n > 0),
        counts,
        st.booleans(),
        st.booleans(),
    ),
    st.builds(lambda gap: proposal(gap=gap), gaps),
)


@st.composite
def policies(draw: st.DrawFn) -> ServicePolicy:
    low, high = sorted((draw(counts), draw(counts)))
    return policy(
        minimum=low,
        maximum=high,
        scale_up=draw(directions),
        scale_down=draw(directions),
        flaps_per_hour=draw(st.integers(1, 6)),
        on_deploy=draw(st.sampled_from(OnDeploy)),
        on_rollout=draw(st.none() | st.sampled_from(OnRollout)),
    )


@st.composite
def situations(draw: st.DrawFn) -> Situation:
    hold = st.builds(Hold, replicas=counts, until=ages.map(ago), actor=st.just("ana"), reason=st.just(""))
    return situation(
        *draw(st.lists(proposals, max_size=3)),
        of=service(
            draw(counts),
            pending=draw(st.integers(0, 2)),
            update_state=draw(st.sampled_from(UpdateState)),
            rolls_back_on_failure=draw(st.booleans()),
        ),
        under=draw(policies()),
        past=history(
            draw(st.dictionaries(ages, counts, max_size=6)),
            draw(st.dictionaries(ages, st.integers(-10, 10), max_size=6)),
        ),
        hold=draw(st.none() | hold),
        owed=draw(st.none() | counts),
        knows_orders=draw(st.booleans()),
    )


def goal(given: Situation) -> int:
    return decide(given, overrides=OVERRIDES, guards=GUARDS).goal


@given(situations())
def test_a_changed_count_lies_within_its_bounds_or_is_held_by_a_person(given: Situation) -> None:
    decision = decide(given, overrides=OVERRIDES, guards=GUARDS)
    if decision.changes_replicas and not any(step.by == "hold" for step in decision.steps):
        assert given.policy.bounds.contain(decision.goal)


@given(situations())
def test_every_decision_has_a_reason(given: Situation) -> None:
    decision = decide(given, overrides=OVERRIDES, guards=GUARDS)
    assert decision.reason.strip()
    assert all(step.reason.strip() for step in decision.steps)


@given(situations())
def test_deciding_twice_gives_the_same(given: Situation) -> None:
    assert decide(given, overrides=OVERRIDES, guards=GUARDS) == decide(given, overrides=OVERRIDES, guards=GUARDS)


@given(situations())
def test_a_decision_survives_its_json(given: Situation) -> None:
    decision = decide(given, overrides=OVERRIDES, guards=GUARDS)
    assert decision_from_json(decision_to_json(decision)) == decision


@given(situations(), gaps)
def test_a_gap_never_shrinks_a_service_within_its_bounds(given: Situation, gap: Gap) -> None:
    if not given.policy.bounds.contain(given.replicas) or given.hold is not None:
        return
    blinded = _with_proposals(given, (*given.proposals, proposal(gap=gap)))
    assert goal(blinded) >= given.replicas


@given(situations(), st.integers(1, 10))
def test_more_load_never_gives_fewer_replicas(given: Situation, more: int) -> None:
    heavier = tuple(_asking(p, (p.replicas or 0) + more) if p.gap is None else p for p in given.proposals)
    lighter = tuple(_asking(p, p.replicas or 0) if p.gap is None else p for p in given.proposals)
    assert goal(_with_proposals(given, heavier)) >= goal(_with_proposals(given, lighter))


def _asking(given: Proposal, replicas: int) -> Proposal:
    """The proposal of a total that needs so many replicas."""
    return replace(given, replicas=replicas, needed=float(replicas), is_active=replicas > 0)


def _with_proposals(given: Situation, proposed: tuple[Proposal, ...]) -> Situation:
    return replace(given, proposals=proposed)


@given(load_rps=st.floats(min_value=0, max_value=2000), start=st.integers(1, 40))
def test_a_constant_load_settles_and_stays(load_rps: float, start: int) -> None:
    """From any count, a constant load is followed to one count, which is then kept for ever."""
    replicas, seen = start, []
    past = history()
    under = policy(
        maximum=60,
        scale_down=DirectionPolicy(window=timedelta(0), rates=DEFAULT_SCALE_DOWN.rates),
    )
    steady = counter("proxy", [load_rps * 5 * n for n in range(8)])
    for _ in range(12):
        candidate = Candidate(service=service(replicas), policy=under, history=past)
        decided = plan(
            evaluation=1, now=NOW, interval=EVERY_15_S, candidates=[candidate], answers=answers(Signal.REQUESTS, steady)
        ).decisions[0]
        replicas = decided.goal
        seen.append(replicas)
    assert len(set(seen[-4:])) == 1
    assert replicas * 50 * 1.1 + 1e-6 >= min(load_rps, 60 * 50)
