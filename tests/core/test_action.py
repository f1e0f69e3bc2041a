"""Orders follow from a plan, and are looked at again before they are carried out."""

from dataclasses import replace
from datetime import timedelta

import pytest

from skep.core.action import AUTOSCALER, RefusalReason, ScaleOrder, review, scale_orders
from skep.core.cluster import Service, ServiceMode, UpdateState
from skep.core.decision import History, Hold, Pause
from skep.core.plan import Candidate, plan
from skep.core.policy import Bounds, OnRollout, ServicePolicy, Signal
from tests.builders import EVERY_15_S, NOW, ago, answers, counter, history, policy, service

BOUNDS = Bounds(min_replicas=1, max_replicas=20)
OWN = ScaleOrder(
    service_id="web-id",
    service_name="web",
    replicas=7,
    seen_replicas=3,
    evaluation=1,
    reason="requests 340/s on 3 replicas, target 50/s each",
    actor=AUTOSCALER,
)
PERSONS = replace(OWN, actor="ana@desk", seen_replicas=None, evaluation=None, reason="launch")
BUSY_PROXY = counter("proxy", [0, 1700, 3400])


def test_a_plan_orders_what_differs_and_nothing_else() -> None:
    candidates = [
        Candidate(service=service(3), policy=policy()),
        Candidate(service=service(3, name="calm"), policy=policy()),
    ]
    decided = plan(
        evaluation=5, now=NOW, interval=EVERY_15_S, candidates=candidates, answers=answers(Signal.REQUESTS, BUSY_PROXY)
    )
    assert scale_orders(decided) == (replace(OWN, evaluation=5),)


def test_a_dry_run_orders_nothing_but_decides_all_the_same() -> None:
    candidates = [Candidate(service=service(3), policy=policy(dry_run=True))]
    decided = plan(
        evaluation=5, now=NOW, interval=EVERY_15_S, candidates=candidates, answers=answers(Signal.REQUESTS, BUSY_PROXY)
    )
    assert decided.decisions[0].goal == 7
    assert scale_orders(decided) == ()


@pytest.mark.parametrize(
    ("past", "goal"),
    [
        pytest.param(history(), 8, id="nothing remembered: no shrinking within the first window"),
        pytest.param(history({3600: 2}), 8, id="a long pause is no memory"),
        pytest.param(history({200: 2}), 2, id="the window was seen"),
    ],
)
def test_shrinking_needs_a_window_that_was_seen(past: History, goal: int) -> None:
    silent = counter("proxy", [500, 500, 500])
    candidates = [Candidate(service=service(8), policy=policy(minimum=2), history=past)]
    decided = plan(
        evaluation=5, now=NOW, interval=EVERY_15_S, candidates=candidates, answers=answers(Signal.REQUESTS, silent)
    )
    assert decided.decisions[0].goal == goal


@pytest.mark.parametrize("count", [-1, 2**31, "7", 7.5, True, None])
def test_what_is_no_count_is_no_order(count: object) -> None:
    with pytest.raises(ValueError, match="expected a whole number from 0 to 2147483647"):
        replace(OWN, replicas=count)  # type: ignore[arg-type]


HOLD_AT_4 = Hold(replicas=4, until=ago(-60), actor="ana@desk")


@pytest.mark.parametrize(
    ("order", "found", "bounds", "hold", "reason"),
    [
        pytest.param(OWN, service(3), BOUNDS, None, None, id="nothing has changed"),
        pytest.param(OWN, service(7), BOUNDS, None, None, id="already there: twice is once"),
        pytest.param(OWN, service(5), BOUNDS, None, RefusalReason.STALE, id="somebody scaled meanwhile"),
        pytest.param(OWN, service(3), BOUNDS, HOLD_AT_4, RefusalReason.HELD, id="a person took hold meanwhile"),
        pytest.param(OWN, service(3), None, None, RefusalReason.DISABLED, id="the labels are gone"),
        pytest.param(
            OWN,
            service(3),
            Bounds(min_replicas=1, max_replicas=5),
            None,
            RefusalReason.OUT_OF_BOUNDS,
            id="the bounds moved",
        ),
        pytest.param(
            OWN,
            service(3, update_state=UpdateState.UPDATING, rolls_back_on_failure=True),
            BOUNDS,
            None,
            RefusalReason.ROLLOUT,
            id="a rollout began",
        ),
        pytest.param(
            PERSONS,
            service(3, update_state=UpdateState.PAUSED),
            BOUNDS,
            None,
            RefusalReason.ROLLOUT,
            id="not even a person resumes a failed rollout by scaling",
        ),
        pytest.param(PERSONS, service(5), BOUNDS, HOLD_AT_4, None, id="a person overrides what was before"),
        pytest.param(
            replace(PERSONS, replicas=30),
            service(3),
            BOUNDS,
            None,
            RefusalReason.OUT_OF_BOUNDS,
            id="a person is reminded of the bounds",
        ),
        pytest.param(
            replace(PERSONS, replicas=30, allow_beyond_bounds=True), service(3), BOUNDS, None, None, id="and may insist"
        ),
        pytest.param(PERSONS, service(3), None, None, None, id="a person may scale what skep does not"),
        pytest.param(PERSONS, service(None), BOUNDS, None, RefusalReason.NOT_SCALABLE, id="a global service"),
    ],
)
def test_an_order_is_reviewed_just_before_acting(
    order: ScaleOrder, found: Service, bounds: Bounds | None, hold: Hold | None, reason: RefusalReason | None
) -> None:
    under = None if bounds is None else policy(minimum=bounds.min_replicas, maximum=bounds.max_replicas)
    refusal = review(order, found, policy=under, now=NOW, hold=hold)
    assert (refusal.reason if refusal else None) is reason
    if refusal is not None:
        assert refusal.sentence.startswith("web")


@pytest.mark.parametrize(
    ("under", "pause", "reason"),
    [
        pytest.param(policy(dry_run=True), None, RefusalReason.DISABLED, id="a dry run from now on"),
        pytest.param(policy(), Pause(until=None, actor="ana"), RefusalReason.PAUSED, id="a pause"),
        pytest.param(policy(on_rollout=OnRollout.GROW), None, None, id="rollouts do not matter to its operator"),
        pytest.param(policy(), None, RefusalReason.ROLLOUT, id="but to others"),
    ],
)
def test_what_was_said_meanwhile_counts(
    under: ServicePolicy, pause: Pause | None, reason: RefusalReason | None
) -> None:
    found = service(3, update_state=UpdateState.UPDATING, rolls_back_on_failure=True)
    refusal = review(OWN, found, policy=under, now=NOW, hold=None, pause=pause)
    assert (refusal.reason if refusal else None) is reason


def test_a_job_has_no_count_to_change() -> None:
    job = replace(service(3), mode=ServiceMode.REPLICATED_JOB)
    refusal = review(PERSONS, job, policy=None, now=NOW, hold=None)
    assert refusal is not None
    assert refusal.sentence == "web is a replicated-job service without a count"


# --- orders of webhooks --------------------------------------------------------------------------------------------

CALLED = replace(OWN, actor="webhook:kapacitor", evaluation=None, reason="the queue is long")
BY_ADA = Hold(replicas=5, until=NOW + timedelta(hours=1), actor="ada@desk")


@pytest.mark.parametrize(
    ("order", "hold", "pause", "reason"),
    [
        pytest.param(CALLED, None, None, None, id="it stands"),
        pytest.param(CALLED, replace(BY_ADA, actor="webhook:other"), None, None, id="a count called for before"),
        pytest.param(CALLED, BY_ADA, None, RefusalReason.HELD, id="a person's hold"),
        pytest.param(CALLED, None, Pause(until=None, actor="ada@desk"), RefusalReason.PAUSED, id="a pause"),
        pytest.param(replace(CALLED, seen_replicas=2), None, None, RefusalReason.STALE, id="decided on another count"),
        pytest.param(replace(CALLED, replicas=21), None, None, RefusalReason.OUT_OF_BOUNDS, id="beyond the bounds"),
        pytest.param(
            replace(CALLED, replicas=21, allow_beyond_bounds=True),
            None,
            None,
            RefusalReason.OUT_OF_BOUNDS,
            id="only a person may insist",
        ),
    ],
)
def test_a_webhook_may_do_less_than_a_person(
    order: ScaleOrder, hold: Hold | None, pause: Pause | None, reason: RefusalReason | None
) -> None:
    refusal = review(order, service(3), policy=policy(maximum=20), now=NOW, hold=hold, pause=pause)
    assert (refusal.reason if refusal else None) == reason


def test_a_webhook_does_not_scale_what_skep_does_not() -> None:
    refusal = review(CALLED, service(3), policy=None, now=NOW, hold=None)
    assert refusal is not None
    assert refusal.reason is RefusalReason.DISABLED
