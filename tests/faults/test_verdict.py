"""The judge of the chaos runs is judged: each broken promise is found, and a good run is found good."""

from dataclasses import replace
from datetime import timedelta

import pytest

from skep.core.decision import Decision, Step, Verdict
from skep.core.metrics.series import Gap, GapReason
from skep.core.policy import Unit
from skep.core.record import Entry, EntryKind
from skep.core.strategies.proposal import Proposal
from tests.builders import NOW
from tests.faults.verdict import Blindness, Evidence, violations


def entry(before: int, after: int, task_id: str, *, kind: EntryKind = EntryKind.CHANGED, **more: object) -> Entry:
    told: dict[str, object] = {
        "kind": kind,
        "at": NOW,
        "service_id": "w",
        "service_name": "web",
        "actor": "skep",
        "replicas_before": before,
        "replicas_after": after,
        "sentence": f"web {before} → {after}: for a reason",
        "task_id": task_id,
    }
    return Entry(**(told | more))  # type: ignore[arg-type]  # a table of what varies


def shrink(**more: object) -> Decision:
    told: dict[str, object] = {
        "evaluation": 1,
        "at": NOW,
        "service_id": "w",
        "service_name": "web",
        "verdict": Verdict.SHRINK,
        "reason": "less load",
        "replicas": 4,
        "running": 4,
        "goal": 2,
    }
    return Decision(**(told | more))  # type: ignore[arg-type]  # a table of what varies


GAP = Proposal(
    metric="requests",
    unit=Unit.PER_SECOND,
    target_value=5.0,
    gap=Gap(reason=GapReason.STALE, detail="old"),
)
GOOD = Evidence(
    bounds=(2, 8),
    first=2,
    counts=((2, 4), (4, 2)),
    writes=2,
    entries=(entry(2, 4, "up"), entry(4, 2, "down", decision=shrink()), entry(2, 2, "no", kind=EntryKind.REFUSED)),
    outcomes={"up": ("SUCCESS", "web 2 → 4"), "no": ("SUCCESS", "refused web"), "same": ("SUCCESS", "web already 2")},
    rows={"up": ("SUCCESS", "web 2 → 4: for a reason"), "no": ("SUCCESS", "refused web: bounds are 2..8")},
)


def test_a_run_in_which_all_promises_were_kept_has_no_violation() -> None:
    assert violations(GOOD) == ()


@pytest.mark.parametrize(
    ("evidence", "sentence"),
    [
        pytest.param(replace(GOOD, bounds=(2, 3)), "2 → 4 is outside 2..3", id="a count outside its bounds"),
        pytest.param(
            replace(GOOD, first=3), "2 → 4 was written over 3", id="a count that was not seen before it was replaced"
        ),
        pytest.param(
            replace(GOOD, writes=3),
            "the service was written 3 times, and its count changed 2 times",
            id="a write that changed nothing",
        ),
        pytest.param(
            replace(GOOD, entries=GOOD.entries[1:], outcomes={}, rows={}),
            "2 → 4 happened, and the journal does not tell it",
            id="a change that nobody wrote down",
        ),
        pytest.param(
            replace(GOOD, entries=(*GOOD.entries, entry(2, 5, "dream"))),
            "2 → 5 is told by the journal, and did not happen",
            id="a change that was written down and not made",
        ),
        pytest.param(
            replace(GOOD, entries=(*GOOD.entries[:1], replace(GOOD.entries[1], task_id="up"))),
            "up was applied 2 times",
            id="an order that was carried out twice",
        ),
        pytest.param(
            replace(GOOD, outcomes={"waiting": ("PENDING", "None")}),
            "waiting was taken by the broker and never ended: PENDING",
            id="an order that was taken and forgotten",
        ),
        pytest.param(
            replace(GOOD, outcomes={"lost": ("SUCCESS", "web 2 → 3")}),
            "lost ended with 'web 2 → 3', and the journal does not know it",
            id="an order whose good end nobody wrote down",
        ),
        pytest.param(
            replace(GOOD, entries=(GOOD.entries[0], entry(4, 2, "down", decision=shrink(proposals=(GAP,))))),
            "without data: web 4 → 2: for a reason",
            id="a shrink by a decision that had a gap",
        ),
        pytest.param(
            replace(GOOD, blind=(Blindness(since=NOW - timedelta(seconds=1), until=NOW + timedelta(seconds=1)),)),
            "without data: web 4 → 2: for a reason",
            id="a shrink while the store of metrics was down",
        ),
        pytest.param(
            replace(GOOD, rows={"ghost": ("SUCCESS", "web 2 → 7: for a reason")}),
            "Flower shows 'web 2 → 7: for a reason' for ghost, and the journal knows no such change",
            id="a row in Flower of something that never was",
        ),
    ],
)
def test_a_broken_promise_is_told(evidence: Evidence, sentence: str) -> None:
    assert sentence in violations(evidence)


def test_a_shrink_that_bounds_demand_needs_no_metric() -> None:
    by_bounds = shrink(
        proposals=(GAP,), steps=(Step(by="bounds", replicas_before=4, replicas_after=2, reason="max is 2"),)
    )
    entries = (GOOD.entries[0], entry(4, 2, "down", decision=by_bounds), GOOD.entries[2])
    assert violations(replace(GOOD, entries=entries)) == ()
