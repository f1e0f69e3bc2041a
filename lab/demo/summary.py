"""What the demo has shown, in figures and sentences; everything in it was measured."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise

from lab.demo.moment import Moment
from lab.demo.screen import span_text
from lab.demo.script import Script
from lab.emulator.stores import REAL_STORES, Stores
from lab.load import Summary as LoadSummary
from skep.core.record import Entry
from skep.report.load_chart import LoadCourse, ScalingMark
from skep.report.words import one_line

__all__ = ["Outcome", "course", "headline", "json_line", "newcomers", "report", "shortfalls", "sum_up"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How the story went.

    Attributes:
        peak_replicas: the most that ran at once.
        final_replicas: how many ran at the end.
        surge_to_capacity: from the first request of the surge until as many replicas ran as carry it at their
            target; `None` where they never did.
        actions: the changes of the count that skep made, oldest first.
        steps: what skep did to nodes and pools, oldest first.
        nodes_added: how many nodes joined and served.
        nodes_removed: how many of them are gone at the end.
        is_emulated: whether there were no engines, and requests were counted instead of sent.
        stores: where Redis came from, and where metrics were kept.
    """

    peak_replicas: int
    final_replicas: int
    surge_to_capacity: timedelta | None
    load: LoadSummary
    actions: tuple[Entry, ...]
    steps: tuple[Entry, ...] = ()
    nodes_added: int = 0
    nodes_removed: int = 0
    is_emulated: bool = False
    stores: Stores = REAL_STORES


def sum_up(
    moments: Sequence[Moment],
    *,
    script: Script,
    load: LoadSummary,
    is_emulated: bool = False,
    stores: Stores = REAL_STORES,
) -> Outcome:
    """The outcome of a story seen in `moments` (at least one), and of all requests once the last was answered."""
    return Outcome(
        peak_replicas=max(moment.replicas.running for moment in moments),
        final_replicas=moments[-1].replicas.running,
        surge_to_capacity=_surge_to_capacity(moments, script),
        load=load,
        actions=moments[-1].said.actions,
        steps=moments[-1].said.steps,
        nodes_added=len(newcomers(moments)),
        is_emulated=is_emulated,
        stores=stores,
        nodes_removed=len(newcomers(moments) - {node.hostname for node in moments[-1].nodes}),
    )


def newcomers(moments: Sequence[Moment]) -> frozenset[str]:
    """The nodes that were not there at first and have served since, by host name."""
    first = {node.hostname for node in moments[0].nodes}
    served = {node.hostname for moment in moments for node in moment.nodes if node.running}
    return frozenset(served - first)


def _surge_to_capacity(moments: Sequence[Moment], script: Script) -> timedelta | None:
    _, surge, calm = script.acts
    for moment in moments:
        is_in_time = surge.begins_after <= moment.elapsed < calm.begins_after
        if is_in_time and moment.replicas.running >= script.enough_replicas:
            return moment.elapsed - surge.begins_after
    return None


def shortfalls(outcome: Outcome, script: Script) -> tuple[str, ...]:
    """What should have happened and did not, a sentence each; nothing when the demo has shown what it promises."""
    grew = any(action.replicas_after > action.replicas_before for action in outcome.actions)
    shrank = any(action.replicas_after < action.replicas_before for action in outcome.actions)
    expectations = (
        (outcome.load.sent > 0, "No request was sent."),
        (
            outcome.surge_to_capacity is not None,
            f"The surge needed {script.enough_replicas} replicas, and as long as it lasted there were fewer.",
        ),
        (grew, "skep's record has no growth in it."),
        (shrank, "skep's record has no shrinking in it."),
        (
            outcome.final_replicas == script.min_replicas,
            f"{outcome.final_replicas} replicas run at the end, expected {script.min_replicas}.",
        ),
        (
            script.fleet is None or outcome.nodes_added > 0,
            "No node joined, though the surge did not fit on those that were there.",
        ),
        (
            outcome.nodes_removed == outcome.nodes_added,
            f"{outcome.nodes_added} nodes joined, and {outcome.nodes_removed} of them are gone at the end.",
        ),
        (outcome.load.failed == 0, f"{outcome.load.failed} requests failed ({_kinds(outcome.load)})."),
    )
    return tuple(sentence for is_met, sentence in expectations if not is_met)


def _kinds(load: LoadSummary) -> str:
    return ", ".join(f"{count} x {kind}" for kind, count in load.failed_by_kind)


def headline(outcome: Outcome, script: Script) -> str:
    """The outcome in one line."""
    surge_to_capacity = outcome.surge_to_capacity
    growth = (
        f"never {script.enough_replicas} replicas"
        if surge_to_capacity is None
        else f"{script.enough_replicas} replicas ran {span_text(surge_to_capacity)} after the surge began"
    )
    if outcome.nodes_added:
        growth += f", {outcome.nodes_added} nodes came and {outcome.nodes_removed} went"
    return f"{growth}, {outcome.load.failed:,} of {outcome.load.sent:,} requests failed"


def report(outcome: Outcome, script: Script) -> str:
    """The outcome in full, for people."""
    summary = headline(outcome, script)
    doings = sorted((*outcome.actions, *outcome.steps), key=lambda entry: entry.at)
    lines = [
        f"{summary[0].upper()}{summary[1:]}.",
        _latencies(outcome.load),
        *((_emulated(outcome.stores),) if outcome.is_emulated else ()),
        "",
        f"What skep did, in {len(doings)} {'steps' if outcome.steps else 'actions'}:",
        "",
        *(f"    {doing.at.astimezone():%H:%M:%S}  {one_line(doing.sentence)}" for doing in doings),
        "",
    ]
    lacking = shortfalls(outcome, script)
    if lacking:
        lines += ["This is not what the demo is meant to show:", *(f"    {sentence}" for sentence in lacking), ""]
    return "\n".join(lines)


def _emulated(stores: Stores) -> str:
    return f"Emulated: {stores.sentence} The Swarm was a model without containers, and so were the requests."


def _latencies(load: LoadSummary) -> str:
    half, most, slowest = (span_text(span) for span in (load.p50, load.p95, load.slowest))
    return f"Half of the answers took at most {half}, 95 of 100 at most {most}, the slowest {slowest}."


def json_line(outcome: Outcome, script: Script) -> str:
    """The outcome for programs, on one line; spans in seconds, `null` for what never happened.

    Nodes are counted where the story is about them.
    """
    surge_to_capacity = outcome.surge_to_capacity
    figures: dict[str, object] = {
        "engine": "emulated" if outcome.is_emulated else "real",
        "redis": outcome.stores.redis,
        "metrics": outcome.stores.metrics,
        "peak_replicas": outcome.peak_replicas,
        "final_replicas": outcome.final_replicas,
        "surge_to_capacity_s": None if surge_to_capacity is None else round(surge_to_capacity.total_seconds(), 1),
        "requests": outcome.load.sent,
        "failed_requests": outcome.load.failed,
        "actions": len(outcome.actions),
    }
    if script.fleet is not None:
        figures |= {"nodes_added": outcome.nodes_added, "nodes_removed": outcome.nodes_removed}
    return json.dumps({"demo": figures})


def course(moments: Sequence[Moment], *, script: Script, actions: Sequence[Entry]) -> LoadCourse:
    """The story as the chart wants it: one sample per moment; at least two are needed."""
    failed = [moment.failed_requests for moment in moments]
    return LoadCourse(
        at=tuple(moment.at for moment in moments),
        requests_rps=tuple(moment.load_rps for moment in moments),
        capacity_rps=tuple(float(moment.replicas.running * script.target_rps) for moment in moments),
        goal_replicas=tuple(moment.replicas.goal for moment in moments),
        running_replicas=tuple(moment.replicas.running for moment in moments),
        failed_requests=tuple(now - before for before, now in pairwise((0, *failed))),
        marks=tuple(ScalingMark(at=a.at, text=f"{a.replicas_before} → {a.replicas_after}") for a in actions),
    )
