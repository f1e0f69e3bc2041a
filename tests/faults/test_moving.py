"""The judge of drains in storms is judged: each broken promise is found, and a good run is found good."""

from dataclasses import replace

import pytest

from tests.faults.moving import MovedEvidence, moved_violations

GOOD = MovedEvidence(
    counts=((3, 5), (5, 3), (3, 4), (4, 3)),
    writes=4,
    falls=(),
    outcomes={
        "drain.node.1": ("SUCCESS", "node-4 cordoned to be drained"),
        "drain.back.2": ("FAILURE", "out of reach"),
    },
    unfinished={},
)


def test_a_run_in_which_all_promises_were_kept_has_no_violation() -> None:
    assert moved_violations(GOOD) == ()


@pytest.mark.parametrize(
    ("evidence", "sentence"),
    [
        pytest.param(
            replace(GOOD, counts=((3, 2), (2, 3)), writes=2),
            "shop_web 3 → 2 is outside 3..12",
            id="fewer than its goal",
        ),
        pytest.param(
            replace(GOOD, counts=((3, 13), (13, 3)), writes=2),
            "shop_web 3 → 13 is outside 3..12",
            id="more than can move",
        ),
        pytest.param(
            replace(GOOD, counts=((3, 5), (4, 3)), writes=2), "shop_web 4 → 3 was written over 5", id="two writers"
        ),
        pytest.param(
            replace(GOOD, counts=((3, 5),), writes=1),
            "shop_web was left with a surge: 5 replicas",
            id="a surge that stays",
        ),
        pytest.param(
            replace(GOOD, writes=5),
            "shop_web was written 5 times, and its count changed 4 times",
            id="a write that changed nothing",
        ),
        pytest.param(
            replace(GOOD, falls=((3, 1),)), "shop_web fell from 3 running replicas to 1 by a drain", id="an outage"
        ),
        pytest.param(
            replace(GOOD, unfinished={"node-4": "draining"}), "node-4 was left draining", id="a drain left half done"
        ),
        pytest.param(
            replace(GOOD, outcomes={"drain.node.1": ("PENDING", "")}),
            "drain.node.1 was taken by the broker and never ended: PENDING",
            id="an order that was taken and forgotten",
        ),
    ],
)
def test_a_broken_promise_is_told(evidence: MovedEvidence, sentence: str) -> None:
    assert sentence in moved_violations(evidence)
