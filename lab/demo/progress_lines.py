"""The story as plain lines, for a log: how it stands every few seconds, and each action when it was taken."""

from datetime import timedelta

from lab.demo.moment import Moment
from lab.demo.screen import clock, load_text, reason_of, span_text
from skep.core.record import Entry, EntryKind

__all__ = ["ProgressLines"]

_EVERY = timedelta(seconds=5)


class ProgressLines:
    """Turns moments into the lines that are due."""

    def __init__(self) -> None:
        self._next_due = timedelta()
        # Not their number: what two workers did at once comes in either order.
        self._told: list[Entry] = []

    def due(self, moment: Moment) -> tuple[str, ...]:
        """What is to be written now: actions not told yet, and the regular line when its time has come."""
        return (*self._actions(moment), *self._regular(moment))

    def _actions(self, moment: Moment) -> tuple[str, ...]:
        news = [doing for doing in moment.said.doings if doing not in self._told]
        self._told += news
        return tuple(f"{clock(moment.elapsed)}  skep {_doing(doing)}" for doing in news)

    def _regular(self, moment: Moment) -> tuple[str, ...]:
        if moment.elapsed < self._next_due:
            return ()
        self._next_due = moment.elapsed + _EVERY
        return (_line(moment),)


def _doing(doing: Entry) -> str:
    if doing.kind is EntryKind.NODE:
        return reason_of(doing)
    return f"{doing.replicas_before} → {doing.replicas_after}: {reason_of(doing)}"


def _line(moment: Moment) -> str:
    replicas = moment.replicas
    parts = (
        f"{clock(moment.elapsed)}  {moment.act.name}: {load_text(moment.load_rps)}",
        f"{load_text(moment.load_per_replica_rps)} per replica",
        f"{replicas.running} running of {replicas.goal}",
        f"answers within {span_text(moment.p95)}",
        *((f"{len(moment.nodes)} nodes",) if moment.nodes else ()),
        f"{moment.failed_requests} of {moment.requests} requests failed",
    )
    return ", ".join(parts)
