"""A service on the nodes that are emptied while everything breaks: what was seen of it, and whether that is right."""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass

import requests
from celery.states import READY_STATES
from docker import APIClient
from docker.errors import DockerException

from lab.real import Lab, swarm
from tests.swarm.onlooker import Onlooker

__all__ = ["GOAL", "MOVED", "MovedEvidence", "Watch", "moved_violations"]

#: The service, which nobody scales, and its count.
MOVED, GOAL = "shop_web", 3
#: One of two nodes surges all that run there, the other one all that run then: 3, and 3, and 6.
_MOST = 4 * GOAL


@dataclass(frozen=True, slots=True, kw_only=True)
class MovedEvidence:
    """All that is known of the service and its nodes, a while after the storm.

    Attributes:
        counts: each change of its count that Docker told of, as before and after, in its order.
        writes: how often it was written.
        falls: how many ran before and after, each time that fewer than its goal ran although no node was lost.
        outcomes: state and result of each order about a node that the broker had taken, by task id.
        unfinished: the state that each node is still in, by its host name; none where its saga has ended.
    """

    counts: tuple[tuple[int, int], ...]
    writes: int
    falls: tuple[tuple[int, int], ...]
    outcomes: Mapping[str, tuple[str, str]]
    unfinished: Mapping[str, str]


def moved_violations(evidence: MovedEvidence) -> tuple[str, ...]:
    """Every way in which a promise about nodes was broken; empty where all were kept."""
    return (
        *_wrong_counts(evidence),
        *(f"{MOVED} fell from {before} running replicas to {after} by a drain" for before, after in evidence.falls),
        *(f"{hostname} was left {state}" for hostname, state in evidence.unfinished.items()),
        *(
            f"{task_id} was taken by the broker and never ended: {state}"
            for task_id, (state, _) in evidence.outcomes.items()
            if state not in READY_STATES
        ),
    )


def _wrong_counts(evidence: MovedEvidence) -> Iterator[str]:
    """The goal and what surges on two nodes, each written over the one before, and the goal alone in the end."""
    expected = GOAL
    for before, after in evidence.counts:
        if before != expected:
            yield f"{MOVED} {before} → {after} was written over {expected}"
        if not GOAL <= after <= _MOST:
            yield f"{MOVED} {before} → {after} is outside {GOAL}..{_MOST}"
        expected = after
    if expected != GOAL:
        yield f"{MOVED} was left with a surge: {expected} replicas"
    if evidence.writes != len(evidence.counts):
        yield f"{MOVED} was written {evidence.writes} times, and its count changed {len(evidence.counts)} times"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sight:
    running: int
    is_whole: bool


class Watch(Onlooker):
    """Counts running replicas for the length of a `with` block.

    Attributes:
        falls: as :class:`MovedEvidence` has them.
        looks: how often all nodes were seen ready.
    """

    def __init__(self, lab: Lab, hostname: str) -> None:
        """Say whose manager is asked."""
        super().__init__(lab, hostname, pause_s=0.1)
        self.falls: list[tuple[int, int]] = []
        self.looks = 0
        self._before: _Sight | None = None

    def look(self, client: APIClient) -> None:
        """Count once, and compare."""
        before, now = self._before, _look(client)
        if now is not None and before is not None and now.is_whole and before.is_whole:
            self.looks += 1
            if now.running < min(GOAL, before.running):
                self.falls.append((before.running, now.running))
        self._before = now


def _look(client: APIClient) -> _Sight | None:
    """How many run between two looks at the nodes; nothing while the managers elect."""
    with suppress(DockerException, requests.RequestException):
        was_whole = _is_whole(client)
        running = len(swarm.running_tasks(client, MOVED))
        return _Sight(running=running, is_whole=was_whole and _is_whole(client))
    return None


def _is_whole(client: APIClient) -> bool:
    return all(node["Status"]["State"] == "ready" for node in client.nodes())
