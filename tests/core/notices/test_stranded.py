"""What people are told of stranded replicas is what was decided about them."""

from dataclasses import replace
from datetime import timedelta

import pytest

from skep.core.decision import Hold, Situation, decide
from skep.core.guards import GUARDS, OVERRIDES
from skep.core.metrics.series import Gap, GapReason
from skep.core.notices import Topic, troubles
from tests.builders import NOW, policy, proposal, service, situation

STALE = Gap(reason=GapReason.STALE, detail="newest point is 95 s old")
HOLD = Hold(replicas=7, until=None, actor="alice")


def told(given: Situation) -> list[str]:
    """What is said of room once this is decided."""
    decision = decide(given, overrides=OVERRIDES, guards=GUARDS)
    found = troubles({decision.service_id: decision}, (), now=NOW, overdue_after=timedelta(minutes=5))
    return [trouble.sentence for trouble in found if trouble.topic is Topic.NO_ROOM]


@pytest.mark.parametrize(
    ("given", "ending"),
    [
        pytest.param(
            situation(proposal(7), of=service(7, pending=4, stranded=4)),
            "skep is about to ask for others instead",
            id="they are ended now",
        ),
        pytest.param(
            situation(proposal(4), of=service(4, pending=4, stranded=4), under=policy(minimum=4)),
            "skep is about to ask for others instead",
            id="others come first",
        ),
        pytest.param(
            situation(proposal(gap=STALE), of=service(7, pending=4, stranded=4)),
            "skep asks for others instead once every metric has a value",
            id="without a value",
        ),
        pytest.param(
            situation(proposal(7), of=service(7, pending=4, stranded=4), hold=HOLD),
            "skep asks for others instead once this is over: held at 7 replicas by alice until it is released",
            id="in a hold",
        ),
        pytest.param(
            situation(proposal(8), of=service(8, pending=8, stranded=4), under=policy(minimum=4)),
            "others were asked for and have no node either, so add one",
            id="the new ones wait for a node themselves",
        ),
        pytest.param(
            situation(proposal(4), of=service(4, pending=4, stranded=4), under=policy(minimum=4, maximum=4)),
            "max leaves no room for others, and too few have a node to end these first, so raise skep.max",
            id="max leaves no room for others",
        ),
    ],
)
def test_what_is_told_ends_with_what_skep_does_or_waits_for(given: Situation, ending: str) -> None:
    [sentence] = told(given)
    assert "Swarm will never start" in sentence
    assert sentence.endswith(f"because web was changed meanwhile: {ending}")


def test_a_surge_that_has_no_node_is_not_replaced() -> None:
    of_a_surge = replace(service(9, pending=2, stranded=2), replicas=7)
    assert told(situation(proposal(7), of=of_a_surge)) == ["web has 2 replicas that no node has room for"]


def test_those_that_wait_for_room_are_told_of_as_before() -> None:
    assert told(situation(proposal(7), of=service(7, pending=4))) == ["web has 4 replicas that no node has room for"]
