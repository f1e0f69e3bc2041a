"""The judge of pools in storms is judged: each broken promise is found, and a good run is found good."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from tests.faults.pooled import Fall, MachineOrder, PoolEvidence, pool_violations

AT = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
FIRST = MachineOrder(name="pool-1.1", asked=1, made=("node-6",), standing=0, needed=2)
SECOND = MachineOrder(name="pool-1.2", asked=1, made=("node-7",), standing=1, needed=2)
IN_PLACE = MachineOrder(name="pool-1.4", asked=1, made=("node-8",), standing=1, needed=1, replaced=("node-6",))
REFUSED = MachineOrder(name="pool-1.3", asked=1, made=(), standing=2, needed=2)
GOOD = PoolEvidence(
    orders=(FIRST, SECOND, REFUSED, IN_PLACE),
    most=2,
    joined=("node-6", "node-7"),
    falls=(),
    lost=("node-6",),
    torn=(),
    remains=(),
    replicas=0,
    looks_to_fit=8,
    looks_to_leave=20,
)


def test_a_run_in_which_all_promises_were_kept_has_no_violation() -> None:
    assert pool_violations(GOOD) == ()
    assert GOOD.left == ("node-6", "node-7")


@pytest.mark.parametrize(
    ("evidence", "sentence"),
    [
        pytest.param(
            replace(GOOD, orders=(replace(FIRST, made=("node-6", "node-7")),)),
            "pool-1.1 asked for 1, and made node-6, node-7",
            id="an order that was carried out twice",
        ),
        pytest.param(
            replace(GOOD, orders=(FIRST, replace(SECOND, needed=1))),
            "pool-1.2 made node-7 beside 1, and 1 were needed",
            id="a second order for one want",
        ),
        pytest.param(
            replace(GOOD, orders=(replace(FIRST, needed=0),)),
            "pool-1.1 made node-6 beside 0, and 0 were needed",
            id="an order that nothing asked for",
        ),
        pytest.param(
            replace(GOOD, orders=(replace(IN_PLACE, made=("node-8", "node-9"), asked=2),)),
            "pool-1.4 made node-8, node-9 beside 1, and 1 were needed",
            id="two in place of one that died",
        ),
        pytest.param(
            replace(GOOD, most=3), "there were 3 machines at once, and the pool may have 2", id="more than its bounds"
        ),
        pytest.param(
            replace(GOOD, falls=(Fall(at=AT, before=2, after=1),)),
            "jobs_web fell from 2 running replicas to 1 by a drain, at 12:00:00",
            id="an outage",
        ),
        pytest.param(
            replace(GOOD, torn=("jobs_web.2",)),
            "jobs_web.2 ran on a node that was removed",
            id="a node that went before what ran there",
        ),
        pytest.param(
            replace(GOOD, remains=("node-7",)), "node-7 is left though nothing needs it", id="a machine that is lost"
        ),
        pytest.param(
            replace(GOOD, replicas=1), "jobs_web was left with 1 replicas, and people ordered none", id="a surge left"
        ),
        pytest.param(replace(GOOD, joined=()), "no machine has ever joined", id="a pool that never moved"),
        pytest.param(
            replace(GOOD, looks_to_fit=136),
            "all replicas of jobs_web ran only 136 evaluations after the storm",
            id="machines that came too late",
        ),
        pytest.param(
            replace(GOOD, looks_to_leave=136),
            "the last machine left only 136 evaluations after it was needed",
            id="machines that went too late",
        ),
    ],
)
def test_a_broken_promise_is_told(evidence: PoolEvidence, sentence: str) -> None:
    assert sentence in pool_violations(evidence)


def test_a_machine_that_remains_has_not_left() -> None:
    assert replace(GOOD, remains=("node-7",)).left == ("node-6",)
