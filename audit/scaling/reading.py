"""What the pages are drawn from: the memory and the journal, and a worker for what only workers see."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from celery import Celery

from audit.asking import ask
from audit.scaling.pages import HistoryFilter, Standing
from skep.config.units import UnitError, read_duration
from skep.core.capacity.node_memory import NodeReport
from skep.core.decision import Decision
from skep.core.orders import binding_pause
from skep.core.record import Entry, EntryKind, node_name
from skep.errors import SkepError
from skep.operations.ask import ServiceStatus
from skep.operations.cluster_map import ClusterMap
from skep.operations.explain import Account
from skep.operations.node_status import NodeStatus
from skep.ports import Excerpt, World
from skep.report.explanation import explain
from skep.report.words import age

__all__ = ["NODES_AT_ONCE", "PAGE_SIZE", "Found", "History", "Nodes", "Overview", "Reader", "Told"]

#: So many rows make a page.
PAGE_SIZE = 25
#: So many nodes make a page, with a column of the map for each.
NODES_AT_ONCE = 24
_MOST_PAGES = 200
_DAY = timedelta(hours=24)
#: A day in a cell of a table has room for no more than about a hundred points.
_COURSE_EVERY = timedelta(minutes=15)
#: What is young fills the cell by itself, and is told as it came.
_LATELY, _LATELY_EVERY = timedelta(hours=1), timedelta(seconds=15)
_MOST_FILTERED = 5_000
#: So many evaluations may be missed, and so long may be waited for one, before a page says so.
_MISSED = 5
_LEAST_SILENCE = timedelta(seconds=20)
#: The browser breaks lines.
_WIDTH = 10_000
#: A worker that is alive answers within a second; a page is not held up for longer.
_PATIENCE = timedelta(seconds=2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """The latest decisions of a few services out of those that are wanted, and what their reader should know."""

    decisions: tuple[Decision, ...]
    total: int
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """One page of services."""

    standings: tuple[Standing, ...]
    total: int
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """All of one service."""

    standing: Standing | None
    entries: tuple[Entry, ...]
    explanation: str
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Nodes:
    """The nodes of one page; ``None`` where no worker told of them."""

    nodes: tuple[NodeStatus, ...] | None
    report: NodeReport | None
    map: ClusterMap | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """One page of entries."""

    entries: tuple[Entry, ...]
    has_more: bool
    notes: tuple[str, ...] = ()


class Reader:
    """Reads for the pages; every trouble becomes a note on the page."""

    def __init__(self, world: World, app: Celery, *, interval: timedelta) -> None:
        self._world = world
        self._app = app
        self._silence_after = max(_MISSED * interval, _LEAST_SILENCE)

    def now(self) -> datetime:
        """The present instant."""
        return self._world.clock.now()

    def overview(self, *, search: str, page: int) -> Overview:
        """Services by name, those of one page with their course of a day."""
        try:
            found = self._decisions(lambda name: search in name, first=(page - 1) * PAGE_SIZE, count=PAGE_SIZE)
            standings, missing = self._standings(found.decisions)
        except SkepError as error:
            return Overview(standings=(), total=0, notes=(_out_of_reach(error),))
        return Overview(standings=standings, total=found.total, notes=_once(found.notes, self._silence(found), missing))

    def service(self, name: str, *, span: timedelta) -> Told:
        """How one service stands, what happened to it, and why."""
        since = self.now() - span
        try:
            found = self._decisions(lambda each: each == name, first=0, count=1)
            standings, _ = self._standings(found.decisions)
            told = self._world.journal.excerpt(service=name, since=since, limit=_MOST_FILTERED)
        except SkepError as error:
            return Told(standing=None, entries=(), explanation="", notes=(_out_of_reach(error),))
        standing = standings[0] if standings else None
        explanation, notes = self._explained(name, standing)
        return Told(
            standing=standing,
            entries=told.entries,
            explanation=explanation,
            notes=_once(found.notes, self._silence(found), notes, _missing(told)),
        )

    def nodes(self, *, page: int) -> Nodes:
        """Pools as the latest evaluation saw them; nodes, and a part of the map, as a worker sees them now."""
        notes: list[str] = []
        report: NodeReport | None = None
        nodes: tuple[NodeStatus, ...] | None = None
        lying: ClusterMap | None = None
        try:
            report = self._world.memory.recall_nodes().report
        except SkepError as error:
            notes.append(_out_of_reach(error))
        try:
            found = ask(self._app, "ask.nodes", {}, tuple[NodeStatus, ...], patience=_PATIENCE)
            nodes = found[(page - 1) * NODES_AT_ONCE : page * NODES_AT_ONCE]
            part = {"first": (page - 1) * NODES_AT_ONCE, "count": NODES_AT_ONCE}
            lying = ask(self._app, "ask.map", part, ClusterMap, patience=_PATIENCE)
        except SkepError as error:
            notes.append(f"{_no_answer(error)} What is shown is what the latest evaluation of nodes found out.")
        return Nodes(nodes=nodes, report=report, map=lying, notes=tuple(notes))

    def history(self, wanted: HistoryFilter, *, page: int) -> History:
        """One page of what was done, as far as it is wanted."""
        now = self.now()
        try:
            since, until = _instant(wanted.since, now), _instant(wanted.until, now)
            told = self._entries(wanted, since, until, limit=min(page, _MOST_PAGES) * PAGE_SIZE + 1)
        except ValueError as error:
            return History(entries=(), has_more=False, notes=(str(error),))
        except SkepError as error:
            return History(entries=(), has_more=False, notes=(_out_of_reach(error),))
        shown = told.entries[(page - 1) * PAGE_SIZE : page * PAGE_SIZE]
        return History(entries=shown, has_more=len(told.entries) > page * PAGE_SIZE, notes=_missing(told))

    def _decisions(self, is_wanted: Callable[[str], bool], *, first: int, count: int) -> Found:
        """The latest of the services with such names, by name: so many of them from the first on.

        As last recorded, where the memory has lost them. All others are not read: there may be ten thousand.
        """
        memory = self._world.memory
        names = memory.names()
        if names:
            wanted = [service_id for service_id, name in names.items() if is_wanted(name)]
            shown = memory.decisions(wanted[first : first + count])
            return Found(decisions=tuple(shown.values()), total=len(wanted))
        recorded: dict[str, Decision] = {}
        told = self._world.journal.excerpt(limit=_MOST_FILTERED)
        for entry in told.entries:
            if entry.decision is not None:
                recorded.setdefault(entry.service_id, entry.decision)
        lost = ("Redis remembers no decision: services are shown as the journal recorded them last.",)
        matching = sorted((d for d in recorded.values() if is_wanted(d.service_name)), key=lambda d: d.service_name)
        notes = _once(lost if recorded else (), _missing(told))
        return Found(decisions=tuple(matching[first : first + count]), total=len(matching), notes=notes)

    def _silence(self, found: Found) -> tuple[str, ...]:
        """A note where evaluations have stopped: all that is shown is as old as the latest."""
        latest = max((decision.at for decision in found.decisions), default=None)
        if latest is None or self.now() - latest < self._silence_after:
            return ()
        told = f"The latest evaluation was {age(latest, self.now())} ago: nothing is scaled by load."
        return (f"{told} skep doctor tells what does not work.",)

    def _standings(self, decisions: Sequence[Decision]) -> tuple[tuple[Standing, ...], tuple[str, ...]]:
        """How services stand, and notes on what is missing of their courses."""
        if not decisions:
            return (), ()
        now, memory = self.now(), self._world.memory
        holds, pauses = memory.holds([d.service_id for d in decisions]), memory.pauses()
        names = [decision.service_name for decision in decisions]
        lately = self._world.journal.courses(names, since=now - _LATELY, every=_LATELY_EVERY)
        earlier = self._world.journal.courses(names, since=now - _DAY, every=_COURSE_EVERY)
        courses: defaultdict[str, list[Entry]] = defaultdict(list)
        for entry in (*lately.entries, *(entry for entry in earlier.entries if entry.at < now - _LATELY)):
            courses[entry.service_name].append(entry)
        standings = tuple(
            Standing(
                decision=decision,
                hold=hold if (hold := holds.get(decision.service_id)) is not None and hold.is_in_force(now) else None,
                pause=binding_pause(pauses, decision.service_id, now=now),
                course=tuple(courses[decision.service_name]),
            )
            for decision in decisions
        )
        return standings, _missing(earlier)

    def _explained(self, name: str, standing: Standing | None) -> tuple[str, tuple[str, ...]]:
        now = self.now()
        try:
            shape: Any = Account | None
            account = ask(self._app, "ask.explain", {"name": name}, shape, patience=_PATIENCE)
        except SkepError as error:
            if standing is None:
                return "", (_no_answer(error),)
            told = f"{_no_answer(error)} Why is told from the latest decision."
            return explain(_status(standing), now, width=_WIDTH), (told,)
        if account is None or account.service is None:
            return "The Swarm has no such service.", ()
        return explain(account.service, now, settings=account.settings, asked=account.asked, width=_WIDTH), ()

    def _entries(self, wanted: HistoryFilter, since: datetime | None, until: datetime | None, *, limit: int) -> Excerpt:
        about = node_name(wanted.node) if wanted.node else wanted.service or None
        is_filtered = bool(wanted.actor or wanted.outcome)
        most = _MOST_FILTERED if is_filtered else limit
        told = self._world.journal.excerpt(service=about, since=since, until=until, limit=most, with_states=False)
        fitting = (entry for entry in told.entries if _is_wanted(entry, wanted))
        return Excerpt(entries=tuple(islice(fitting, limit)), missing=told.missing)


def _is_wanted(entry: Entry, wanted: HistoryFilter) -> bool:
    if wanted.actor and entry.actor != wanted.actor:
        return False
    return entry.kind is not EntryKind.STATE and (not wanted.outcome or entry.kind == wanted.outcome)


def _status(standing: Standing) -> ServiceStatus:
    decision = standing.decision
    return ServiceStatus(
        id=decision.service_id,
        name=decision.service_name,
        replicas=decision.replicas,
        running=decision.running,
        is_enabled=True,
        bounds=decision.bounds,
        problems=(),
        decision=decision,
        hold=standing.hold,
        pause=standing.pause,
    )


def _instant(text: str, now: datetime) -> datetime | None:
    """``14:03`` (the last time it was), ``2026-11-23T14:03`` or ``2h`` ago; nothing where nothing was typed.

    Raises:
        ValueError: what was typed is none of these.
    """
    typed = text.strip()
    if not typed:
        return None
    try:
        if len(typed) == len("14:03") and typed[2] == ":":
            at = _today_at(now, typed)
            return at if at <= now else at - _DAY
        if typed[:1].isdigit() and "-" in typed:
            given = datetime.fromisoformat(typed)
            return given if given.tzinfo is not None else given.replace(tzinfo=now.tzinfo)
        return now - read_duration(typed)
    except (ValueError, UnitError, OverflowError) as error:
        raise ValueError(
            f"The time {typed!r} cannot be read, expected a time of day, an instant or a span, "
            "for example 14:03, 2026-11-23T14:03 or 2h"
        ) from error


def _today_at(now: datetime, typed: str) -> datetime:
    """Today at a time of day such as ``14:03``."""
    return now.replace(hour=int(typed[:2]), minute=int(typed[3:]), second=0, microsecond=0)


def _no_answer(error: SkepError) -> str:
    return f"What only workers see cannot be told: {error}."


def _out_of_reach(error: SkepError) -> str:
    return f"What skep remembers cannot be read: {error}"


def _missing(told: Excerpt) -> tuple[str, ...]:
    """A note where only the recent part of the journal could be read."""
    if not told.missing:
        return ()
    return (f"The journal is told as far as Redis holds it; what is older is missing: {told.missing}",)


def _once(*notes: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(note for some in notes for note in some))
