"""Moments of a demo, as a watcher would have seen them."""

from datetime import UTC, datetime, timedelta

from lab.demo.moment import Moment, NodeSeen, Replicas, Statement
from lab.demo.script import SHORT, Script
from lab.load import Summary
from skep.core.record import Entry, EntryKind

BEGAN = datetime(2026, 11, 23, 14, 0, tzinfo=UTC)

SURGE_S = SHORT.acts[1].begins_after.total_seconds()
CALM_S = SHORT.acts[2].begins_after.total_seconds()


def moment(
    after_s: float,
    *,
    running: int = 2,
    starting: int = 0,
    goal: int | None = None,
    load_rps: float | None = None,
    requests: int = 100,
    failed: int = 0,
    said: Statement | None = None,
    script: Script = SHORT,
    nodes: tuple[NodeSeen, ...] = (),
) -> Moment:
    """What was seen so many seconds after the first request."""
    elapsed = timedelta(seconds=after_s)
    act = script.act_at(elapsed)
    return Moment(
        at=BEGAN + elapsed,
        elapsed=elapsed,
        act=act,
        load_rps=act.load.rate_rps if load_rps is None else load_rps,
        replicas=Replicas(goal=running + starting if goal is None else goal, running=running, starting=starting),
        requests=requests,
        failed_requests=failed,
        waiting=3,
        p95=timedelta(milliseconds=80),
        said=said or Statement(),
        nodes=nodes,
    )


def action(before: int, after: int, *, after_s: float = 20.0, reason: str = "requests 29/s") -> Entry:
    """A change that skep made."""
    return Entry(
        kind=EntryKind.CHANGED,
        at=BEGAN + timedelta(seconds=after_s),
        service_id="id-web",
        service_name="demo_web",
        actor="skep",
        replicas_before=before,
        replicas_after=after,
        sentence=f"demo_web {before} → {after}: {reason}",
    )


def step(sentence: str, *, after_s: float = 20.0) -> Entry:
    """Something that skep did to a node."""
    return Entry(
        kind=EntryKind.NODE,
        at=BEGAN + timedelta(seconds=after_s),
        service_id="",
        service_name=f"node:{sentence.partition(' ')[0]}",
        actor="skep",
        replicas_before=0,
        replicas_after=0,
        sentence=sentence,
    )


def node(number: int, running: int = 1, state: str = "") -> NodeSeen:
    """A node of the lab."""
    return NodeSeen(hostname=f"node-{number}", running=running, state=state)


def load(*, sent: int = 1500, failed_by_kind: tuple[tuple[str, int], ...] = ()) -> Summary:
    """What became of all requests."""
    failed = sum(count for _, count in failed_by_kind)
    return Summary(
        duration=timedelta(seconds=90),
        sent=sent,
        ok=sent - failed,
        failed=failed,
        failed_by_kind=failed_by_kind,
        p50=timedelta(milliseconds=40),
        p95=timedelta(milliseconds=900),
        slowest=timedelta(seconds=3),
        ok_by_task=(),
    )
