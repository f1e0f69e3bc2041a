"""Measure skep itself: how services, drains and pools stand, and how long they have stood so."""

from collections.abc import Sequence
from contextlib import suppress
from datetime import timedelta

from skep.core.cluster import Node
from skep.core.meters import Elapsed, Reading, gauges, of_gone_services, seconds_passed
from skep.errors import SkepError, Temporary
from skep.operations.limits import ARCHIVING, lock_ttl
from skep.ports import MeterArchive, Meters, World

__all__ = ["measure"]

#: So many looks in a row may fail before the time between is no longer counted as watched.
_MISSED_LOOKS = 5


def measure(world: World, meters: Meters, archive: MeterArchive, *, interval: timedelta, time_limit: timedelta) -> None:
    """Measure once, for Prometheus to be read and for InfluxDB to be kept.

    What cannot be measured is left out: without an engine there are no drains. Two workers never count the same time.

    Args:
        world: everything outside.
        meters: where the numbers are kept together.
        archive: where their course is kept.
        interval: between two looks.
        time_limit: after this a look has been killed, so its lock may go.

    Raises:
        Temporary: memory or journal are out of reach.
        Permanent: the memory refuses us, or the archive does; what was measured can be read all the same.
    """
    with world.locks.hold("loop:measure", ttl=lock_ttl(time_limit)) as is_ours:
        if not is_ours:
            return
        now = world.clock.now()
        decisions = tuple(world.memory.decisions().values())
        before = meters.read()
        elapsed = Elapsed(since=before.measured_at, now=now, longest=_MISSED_LOOKS * interval)
        measured = gauges(decisions, nodes=_nodes(world), pool_events=world.memory.pool_events(), now=now)
        meters.count(seconds_passed(decisions, elapsed))
        meters.drop(of_gone_services(before.counters, decisions))
        meters.put((*measured, *_of_journal(world)), at=now)
        readings = meters.read()
        # A point that is missing shows by itself.
        with suppress(Temporary), world.locks.hold(ARCHIVING, ttl=lock_ttl(time_limit)) as is_its_turn:
            if is_its_turn:
                archive.write((*readings.gauges, *readings.counters), at=now)


def _of_journal(world: World) -> tuple[Reading, ...]:
    backlog = world.journal.backlog()
    return (
        Reading(meter="skep_journal_waiting_entries", value=backlog.waiting),
        Reading(meter="skep_journal_lost_entries_total", value=backlog.lost),
    )


def _nodes(world: World) -> Sequence[Node]:
    with suppress(SkepError):
        return world.swarm.read_nodes()
    return ()
