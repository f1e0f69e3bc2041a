"""The demo's live screen: one moment of the story as a picture of characters, readable from 80 columns on."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from lab.demo.moment import Moment, NodeSeen, Replicas
from lab.demo.script import Act, Fleet, Script
from lab.emulator.stores import REAL_STORES, Stores
from skep.core.record import Entry, EntryKind
from skep.report.words import one_line

__all__ = ["Stage", "clock", "load_text", "reason_of", "screen", "span_text"]

_FRAME = 4
_LABELS = 13
_FIGURES = 10
_NARROWEST_BAR = 16
_WIDEST_BAR = 90
_LEVELS = "▁▂▃▄▅▆▇█"
# The bar of a replica's load ends here: the surge is worth three to four times the target until skep has acted.
_BAR_ENDS_AT_TARGETS = 4
_SHOWN_ACTIONS = 6
# Where skep would act: beyond its tolerance.
_TOO_MUCH_RATIO = 1.1


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """What stays the same on the screen: what is played, on how many nodes at first, and how to look at Flower."""

    script: Script
    nodes: int
    flower: str
    is_emulated: bool = False
    stores: Stores = REAL_STORES


def screen(moments: Sequence[Moment], stage: Stage, *, width: int) -> RenderableType:
    """The last of `moments` in full, and the course of the load over all of them.

    Args:
        moments: the story so far, at least one.
        stage: what stays the same.
        width: characters per line; made for 80 and more.
    """
    now = moments[-1]
    nodes = len(now.nodes) or stage.nodes
    kind = "an emulated" if stage.is_emulated else "a real"
    metrics = "" if stage.stores.has_influx else f", metrics {stage.stores.metrics}"
    body = Group(_acts(now, stage.script), Text(), _figures(moments, stage.script, width), Text(), _doings(now))
    return Group(
        Panel(
            body,
            title=f"skep on {kind} Swarm of {nodes} {'node' if nodes == 1 else 'nodes'}{metrics}",
            title_align="left",
            subtitle=stage.flower,
            subtitle_align="left",
            border_style="dim",
            padding=(0, 1),
            width=width,
        )
    )


def clock(span: timedelta) -> str:
    """A span as a stop watch shows it: `1:07`."""
    minutes, seconds = divmod(int(span.total_seconds()), 60)
    return f"{minutes}:{seconds:02d}"


def load_text(load_rps: float) -> str:
    """A load with one decimal: `53.8/s`."""
    return f"{load_rps:.1f}/s"


def span_text(span: timedelta | None) -> str:
    """How long answers take: `12 ms`, `1.8 s`, and `-` where there were none."""
    if span is None:
        return "-"
    seconds = span.total_seconds()
    return f"{seconds * 1000:.0f} ms" if seconds < 1 else f"{seconds:.1f} s"


def reason_of(action: Entry) -> str:
    """Why skep did it, without the counts that are shown beside it."""
    opening, colon, reason = action.sentence.partition(": ")
    return one_line(reason if colon and opening.startswith(action.service_name) else action.sentence)


def _acts(now: Moment, script: Script) -> Text:
    """All acts on one line, the one that is on in bold with its time."""
    return Text("   ").join(_act(act, now, script) for act in script.acts)


def _act(act: Act, now: Moment, script: Script) -> Text:
    words = f"{act.name} {act.load.rate_rps:g}/s"
    if act == now.act:
        since = clock(now.elapsed - act.begins_after)
        until = "" if script.is_last(act) else f" of {clock(act.load.duration)}"
        return Text(f"▶ {words}  {since}{until}", style="bold")
    is_past = act.begins_after < now.act.begins_after
    return Text(f"{'✓' if is_past else ' '} {words}", style="dim")


def _figures(moments: Sequence[Moment], script: Script, width: int) -> Table:
    now = moments[-1]
    bar = min(max(width - _FRAME - _LABELS - _FIGURES, _NARROWEST_BAR), _WIDEST_BAR)
    table = Table.grid(padding=(0, 1))
    table.add_column(width=_LABELS - 1, style="dim")
    table.add_column(width=_FIGURES - 1, justify="right")
    table.add_column(no_wrap=True)
    loads_rps = [moment.load_rps for moment in moments]
    running = [moment.replicas.running for moment in moments]
    table.add_row("load", load_text(now.load_rps), Text(_course(loads_rps, script.surge_rps, bar), style="cyan"))
    table.add_row("replicas", "", Text(_course(running, script.max_replicas, bar), style="green"))
    table.add_row("per replica", load_text(now.load_per_replica_rps), _share_bar(now, script, bar))
    table.add_row("running", str(now.replicas.running), _running_cells(now.replicas, script))
    table.add_row("goal", str(now.replicas.goal), _goal_cells(now.replicas, script))
    if script.fleet is not None:
        table.add_row("nodes", str(len(now.nodes)), _node_cells(now, script.fleet))
    table.add_row("answers", span_text(now.p95), Text(f"for 95 of 100; {now.waiting} waiting", style="dim"))
    table.add_row("failed", _failed(now), Text(f"of {now.requests:,} requests", style="dim"))
    return table


def _course(values: Sequence[float], highest: float, width: int) -> str:
    """Values from the beginning until now as columns; one that stands for several values shows the highest."""
    cells = min(len(values), width)
    edges = [index * len(values) // cells for index in range(cells + 1)]
    peaks = [max(values[start:end]) for start, end in pairwise(edges)]
    top = max(highest, *peaks)
    return "".join(_LEVELS[round(peak / top * (len(_LEVELS) - 1))] for peak in peaks)


def _share_bar(now: Moment, script: Script, width: int) -> Text:
    """Each replica's share of the load as a bar, with a mark at its target."""
    words = f" target {script.target_rps}/s"
    room = max(width - len(words), _NARROWEST_BAR)
    share_ratio = now.load_per_replica_rps / script.target_rps
    filled = min(round(share_ratio / _BAR_ENDS_AT_TARGETS * room), room)
    mark = room // _BAR_ENDS_AT_TARGETS
    style = "green" if share_ratio <= _TOO_MUCH_RATIO else "bold red"
    bar = Text("━" * filled, style=style) + Text("╌" * (room - filled), style="dim")
    marked = bar[:mark] + Text("┃", style="bold") + bar[mark + 1 :]
    return marked + Text(words, style="dim")


def _running_cells(replicas: Replicas, script: Script) -> Text:
    starting = f"  {replicas.starting} starting" if replicas.starting else ""
    return (
        Text("■ " * replicas.running, style="green")
        + Text("□ " * replicas.starting, style="yellow")
        + Text("· " * (script.max_replicas - replicas.running - replicas.starting), style="dim")
        + Text(starting, style="yellow")
    )


def _goal_cells(replicas: Replicas, script: Script) -> Text:
    return (
        Text("■ " * replicas.goal)
        + Text("· " * (script.max_replicas - replicas.goal), style="dim")
        + Text(f"  min {script.min_replicas}, max {script.max_replicas}", style="dim")
    )


def _node_cells(now: Moment, fleet: Fleet) -> Text:
    """Each node by the last part of its name, with the replicas that serve there and how many more would fit."""
    return Text("  ").join(_node_cell(node, fleet) for node in now.nodes)


def _node_cell(node: NodeSeen, fleet: Fleet) -> Text:
    room = "" if node.state else "·" * (fleet.replicas_per_node - node.running)
    return (
        Text(f"{node.hostname.rpartition('-')[2]}:", style="dim")
        + Text("■" * node.running, style="green")
        + Text(room, style="dim")
        + Text(f" {node.state}" if node.running and node.state else node.state, style="yellow")
    )


def _failed(now: Moment) -> Text:
    return Text(f"{now.failed_requests:,}", style="bold red" if now.failed_requests else "bold green")


def _doings(now: Moment) -> Table:
    """What skep did, as sentences with their times, and what it thinks now."""
    table = Table.grid(padding=(0, 1))
    table.add_column(width=8, style="dim")
    table.add_column(width=6)
    table.add_column(ratio=1)
    for action in now.said.doings[-_SHOWN_ACTIONS:]:
        table.add_row(_local_time(action.at), _change(action), reason_of(action))
    table.add_row("now", "", _thinks(now))
    return table


def _change(action: Entry) -> Text:
    if action.kind is EntryKind.NODE:
        return Text("node", style="magenta")
    before, after = action.replicas_before, action.replicas_after
    return Text(f"{before} → {after}", style="bold green" if after > before else "bold cyan")


def _thinks(now: Moment) -> Text:
    if now.said.trouble:
        return Text(one_line(now.said.trouble), style="yellow")
    return Text(one_line(now.said.reason) or "skep has not decided yet", style="italic")


def _local_time(at: datetime) -> str:
    return f"{at.astimezone():%H:%M:%S}"
