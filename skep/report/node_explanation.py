"""How a node stands, and why it stays or could go, told the way a person would."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from skep.core.capacity.removal import NodeVerdict
from skep.core.cluster import Availability, Node
from skep.core.pool_report import PoolReport
from skep.core.record import Entry
from skep.core.saga import Drain
from skep.report.paragraphs import set_story
from skep.report.pool_tuning import pool_tuning_lines
from skep.report.words import age, instant, one_line

__all__ = ["explain_node"]

_GIB = 1 << 30
_AVAILABILITIES = {
    Availability.ACTIVE: "it takes swarm tasks",
    Availability.PAUSE: "it is cordoned",
    Availability.DRAIN: "it is drained",
}


def explain_node(  # noqa: PLR0913 - what is told, one by one; the account that has it all belongs to another room
    node: Node,
    *,
    drain: Drain | None,
    verdict: NodeVerdict | None,
    at: datetime | None,
    halt: str,
    pool: PoolReport | None,
    idle_since: datetime | None,
    entries: Sequence[Entry],
    now: datetime,
    width: int = 80,
) -> str:
    """All of it in words.

    Args:
        node: as it is now.
        drain: what is being done to it.
        verdict: of the latest evaluation of nodes.
        at: when that was; ``None`` where no pool is known.
        halt: why nothing is done to any node.
        pool: how its pool stands.
        idle_since: since when it has been idle.
        entries: what was done to it, the newest first.
        now: the present instant; instants are written in its time zone.
        width: characters per line.
    """
    paragraphs = (
        tuple(_how_it_stands(node, drain, now)),
        tuple(_why(node, verdict, at, halt, idle_since, now)),
        tuple(_of_pool(pool)),
        tuple(_what_was_done(entries, now)),
    )
    return set_story((paragraph for paragraph in paragraphs if paragraph), width)


def _how_it_stands(node: Node, drain: Drain | None, now: datetime) -> Iterator[str]:
    role = "manager" if node.is_manager else "worker"
    state = "ready" if node.is_ready else "down" if node.is_down else "not ready"
    yield f"{one_line(node.hostname)} is a {role}, {state}; {_AVAILABILITIES[node.availability]}."
    cores, memory_bytes = node.capacity.cpu_cores, node.capacity.memory_bytes
    if cores is not None and memory_bytes is not None:
        yield f"It has {cores:.3g} cores and {memory_bytes / _GIB:.3g} GiB of memory."
    if drain is not None:
        why = f": {one_line(drain.reason)}" if drain.reason else ""
        yield f"It has been {drain.phase} for {age(drain.since, now)}, by {one_line(drain.actor)}{why}."


def _why(
    node: Node, verdict: NodeVerdict | None, at: datetime | None, halt: str, idle_since: datetime | None, now: datetime
) -> Iterator[str]:
    if verdict is None:
        yield "No evaluation of nodes has looked at it: the policy file has no pools, or none has been evaluated yet."
        return
    if halt:
        yield f"Nothing is done to any node: {one_line(halt)}."
    if idle_since is not None:
        yield f"It has been idle for {age(idle_since, now)}."
    if not verdict.vetoes:
        yield f"{one_line(verdict.sentence)}."
    else:
        yield f"{one_line(node.hostname)} stays, because:"
        for veto in verdict.vetoes:
            until = "" if veto.until is None else f" (until {instant(veto.until, now)})"
            yield f"  - {one_line(veto.reason)}{until}"
    if at is not None:
        yield f"That was found {age(at, now)} ago, and is looked at anew at each evaluation and just before acting."


def _of_pool(pool: PoolReport | None) -> Iterator[str]:
    if pool is None:
        return
    joining = f", {pool.joining} on their way" if pool.joining else ""
    use = f"; mean use {pool.use}" if pool.use else "; its mean use is not known"
    yield f"Pool {pool.name}: {pool.nodes} nodes of {pool.min_nodes} to {pool.max_nodes}{joining}{use}."
    for note in pool.notes:
        yield f"  - {one_line(note)}"
    if pool.tuning is not None:
        yield from pool_tuning_lines(pool.tuning)


def _what_was_done(entries: Sequence[Entry], now: datetime) -> Iterator[str]:
    if entries:
        yield "What was done to it:"
    for entry in entries:
        yield f"  {instant(entry.at, now)}  {one_line(entry.sentence)}"
