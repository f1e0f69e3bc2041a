"""What the processes use: memory, and computing time while no client does anything."""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from lab.demo.stack import ACTOR, BEAT, FLOWER, OBSERVER
from lab.real import Lab, influx_server, redis_server
from lab.real import processes as lab_processes
from tests.bench.figures import Figures
from tests.bench.no_op_stack import NO_OPS

__all__ = ["WATCHED", "Use", "cpu_s", "figures", "memory_bytes", "uses"]

WATCHED = (OBSERVER, ACTOR, BEAT, FLOWER, *NO_OPS.values(), redis_server.PROCESS, influx_server.PROCESS)

_MIB = 1 << 20
_PROC = Path("/proc")


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """Of a process with all that descend from it, its family.

    Attributes:
        rss_bytes: resident memory of the process itself.
        family_pss_bytes: proportional memory: what several processes share is divided among them.
        family_cpu_s: computing time since the processes began.
        members: how many processes there are.
    """

    rss_bytes: int
    family_pss_bytes: int
    family_cpu_s: float
    members: int


def figures(before: Mapping[str, Use], after: Mapping[str, Use], *, span: timedelta) -> Figures:
    """Memory at the end of a span, and computing time over it in percent of one core."""
    found: Figures = {"idle_span_s": span.total_seconds()}
    for name, use in after.items():
        found[f"rss_mib_{name}"] = use.rss_bytes / _MIB
        if use.members > 1:
            found[f"pss_mib_{name}_family"] = use.family_pss_bytes / _MIB
        found[f"idle_cpu_percent_{name}"] = _idle_cpu_percent(before[name], use, span)
    return found | _ratios(before, after, span)


def uses(lab: Lab) -> dict[str, Use]:
    """What each watched process of a lab has used until now, by its name."""
    pids = {process.name: process.pid for process in lab.processes()}
    return {name: _use(pids[name]) for name in WATCHED}


def cpu_s(stat: str) -> float:
    """Computing time by a ``/proc/PID/stat``, that of children who have ended included.

    The name in it may hold blanks and brackets; after it, the times are fields 14 to 17 of proc(5).
    """
    fields = stat.rpartition(")")[2].split()
    return sum(int(ticks) for ticks in fields[11:15]) / os.sysconf("SC_CLK_TCK")


def memory_bytes(rollup: str, name: str) -> int:
    """The size called ``name`` (``Rss``, ``Pss``) in a ``/proc/PID/smaps_rollup``."""
    sizes = dict(line.split(":", 1) for line in rollup.splitlines() if line.endswith(" kB"))
    return int(sizes[name].removesuffix("kB")) * 1024


def _use(pid: int) -> Use:
    family = tuple(_family(pid))
    rollups = {member: (_PROC / str(member) / "smaps_rollup").read_text() for member in family}
    return Use(
        rss_bytes=memory_bytes(rollups[pid], "Rss"),
        family_pss_bytes=sum(memory_bytes(rollup, "Pss") for rollup in rollups.values()),
        family_cpu_s=sum(cpu_s((_PROC / str(member) / "stat").read_text()) for member in family),
        members=len(family),
    )


def _family(pid: int) -> Iterator[int]:
    yield pid
    for child in lab_processes.children(pid):
        yield from _family(child)


def _idle_cpu_percent(before: Use, after: Use, span: timedelta) -> float:
    return 100 * (after.family_cpu_s - before.family_cpu_s) / span.total_seconds()


def _ratios(before: Mapping[str, Use], after: Mapping[str, Use], span: timedelta) -> Figures:
    """How much more each of skep's processes uses than one of the same size that does nothing."""
    found: Figures = {}
    for name, no_op in NO_OPS.items():
        found[f"ratio_no_op_{name}_pss"] = after[name].family_pss_bytes / after[no_op].family_pss_bytes
        idle_percent = _idle_cpu_percent(before[no_op], after[no_op], span)
        if idle_percent > 0:
            found[f"ratio_no_op_{name}_idle_cpu"] = _idle_cpu_percent(before[name], after[name], span) / idle_percent
    return found
