"""What each page shows, as HTML: values in, HTML out."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import quote, urlencode

from audit.scaling.charts import chart, leading, load_sparkline, sparkline
from audit.scaling.cluster_map import map_of_cluster
from audit.scaling.html import Html, joined, link, tag
from skep.core.capacity.node_memory import NodeReport
from skep.core.decision import Decision, Hold, Pause, Verdict
from skep.core.policy import Unit
from skep.core.pool_report import PoolReport
from skep.core.record import Entry, EntryKind
from skep.core.record import state as regular_entry
from skep.operations.cluster_map import ClusterMap
from skep.operations.node_status import NodeStatus
from skep.report.pool_tuning import pool_tuning_lines
from skep.report.shadow import shadow_lines
from skep.report.words import age, moment, until_text

__all__ = ["HistoryFilter", "Standing", "history_page", "nodes_page", "overview_page", "service_page", "state_of"]

_COUNTS = frozenset({"Now", "Goal", "Min", "Max", "Nodes", "Joining", "Tasks"})
_PERCENT = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How one service stands, as far as the memory and the journal know.

    Attributes:
        course: its entries of the last 24 hours, the newest first.
    """

    decision: Decision
    hold: Hold | None = None
    pause: Pause | None = None
    course: tuple[Entry, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryFilter:
    """What of the history is wanted, as it was typed; empty is everything."""

    service: str = ""
    node: str = ""
    actor: str = ""
    outcome: str = ""
    since: str = ""
    until: str = ""

    @property
    def query(self) -> dict[str, str]:
        """For an address: what was given."""
        given = {
            "service": self.service,
            "node": self.node,
            "actor": self.actor,
            "outcome": self.outcome,
            "since": self.since,
            "until": self.until,
        }
        return {name: value for name, value in given.items() if value}


def state_of(standing: Standing, now: datetime) -> tuple[str, str]:
    """A word (``steady``, ``growing``, ``shrinking``, ``held``, ``paused``, ``no data``, ``error``), and a sentence."""
    if standing.decision.verdict is Verdict.INVALID:
        return "error", f"error: {standing.decision.reason}"
    return _ordered_state(standing, now) or _decided_state(standing.decision)


def _ordered_state(standing: Standing, now: datetime) -> tuple[str, str] | None:
    """What a person has ordered."""
    if standing.pause is not None:
        until = "until it is resumed" if standing.pause.until is None else until_text(standing.pause.until, now)
        return "paused", f"paused {until} by {_who_and_why(standing.pause)}"
    if standing.hold is not None:
        until = "until it is released" if standing.hold.until is None else until_text(standing.hold.until, now)
        return "held", f"held at {standing.hold.replicas} {until} by {_who_and_why(standing.hold)}"
    return None


def _who_and_why(order: Hold | Pause) -> str:
    return f"{order.actor} ({order.reason})" if order.reason else order.actor


def _decided_state(decision: Decision) -> tuple[str, str]:
    """What skep decided by itself."""
    if decision.proposals and all(proposal.gap is not None for proposal in decision.proposals):
        return "no data", f"no data: {decision.reason}"
    if decision.goal > decision.replicas:
        return "growing", f"growing to {decision.goal}: {decision.reason}"
    if decision.goal < decision.replicas:
        return "shrinking", f"shrinking to {decision.goal}: {decision.reason}"
    if any(step.by != "bounds" for step in decision.steps):
        return "held", f"held because {decision.reason}"
    return "steady", f"steady: {decision.reason}"


def overview_page(
    standings: Sequence[Standing],
    *,
    total: int,
    page: int,
    page_size: int,
    search: str,
    notes: Sequence[str],
    now: datetime,
    base: str,
) -> Html:
    """One row per service of this page."""
    rows = [_service_row(standing, now, base) for standing in standings]
    found = f"{total:,} service{'' if total == 1 else 's'}{f' like “{search}”' if search else ''}"
    return joined(
        _header(base, "overview", "Services", f"{found} at {now:%H:%M:%S %Z}"),
        _notes(notes),
        tag(
            "form",
            tag("label", "Find a service ", _input("search", search)),
            tag("button", "Find", type="submit", class_="btn btn-sm btn-outline-primary"),
            method="get",
            role="search",
        ),
        _table(
            "Services",
            ("Service", "Now", "Goal", "Min", "Max", "Replicas, 24 h", "Main metric", "State"),
            rows,
            "No service has been evaluated yet. Put the label skep.enable on one; its first decision comes in seconds.",
        ),
        _pager(f"{base}/scaling", {"search": search} if search else {}, page, (total + page_size - 1) // page_size),
    )


def service_page(
    name: str,
    *,
    standing: Standing | None,
    entries: Sequence[Entry],
    span: timedelta,
    explanation: str,
    notes: Sequence[str],
    now: datetime,
    base: str,
) -> Html:
    """A service's load, replicas, decisions, and why it has what it has."""
    state = state_of(standing, now)[1] if standing is not None else "not evaluated lately"
    address = f"{base}/scaling/service/{quote(name, safe='')}"
    spans = [
        tag("a", text, href=f"{address}?hours={hours}", **({"aria_current": "true"} if hours == _hours(span) else {}))
        for text, hours in (("1 h", 1), ("6 h", 6), ("24 h", 24), ("7 d", 168), ("30 d", 720))
    ]
    told = [entry for entry in entries if entry.kind is not EntryKind.STATE][:50]
    return joined(
        _header(base, "overview", name, state),
        _notes(notes),
        tag(
            "section",
            tag("h2", "Course"),
            tag("p", *[part for each in spans for part in (each, " ")], class_="spans"),
            chart(_with_latest(entries, standing), start=now - span, end=now),
        ),
        tag("section", tag("h2", "Why"), tag("div", explanation or "No decision is known.", class_="prose")),
        tag(
            "section",
            tag("h2", "Decisions"),
            _entries_table(told, now, base),
            tag("p", link("Everything that was done to it", f"{base}/scaling/history?{urlencode({'service': name})}")),
        ),
    )


def nodes_page(
    nodes: Sequence[NodeStatus] | None,
    *,
    report: NodeReport | None,
    lying: ClusterMap | None = None,
    page: int = 1,
    page_size: int = 1,
    notes: Sequence[str],
    now: datetime,
    base: str,
) -> Html:
    """Pools, every node with what is done to it and why it stays, and the map."""
    pools = () if report is None else report.pools
    pool_rows = [
        tag(
            "tr",
            tag("th", pool.name, scope="row"),
            _number(pool.nodes, "nodes"),
            _number(pool.min_nodes, "min"),
            _number(pool.max_nodes, "max"),
            _number(pool.joining, "joining"),
            tag("td", pool.use or "not known"),
            tag(
                "td",
                "; ".join(pool.notes),
                *(tag("div", line, class_="quiet") for line in _tuning_of(pool)),
            ),
        )
        for pool in pools
    ]
    halt = (f"Nothing is done to any node: {report.halt}",) if report is not None and report.halt else ()
    no_pools = "No evaluation has looked at pools yet." if report is None else "The policy file has no pools."
    when = "no evaluation of nodes yet" if report is None else f"evaluated {age(report.at, now)} ago"
    return joined(
        _header(base, "nodes", "Nodes", when),
        _notes((*halt, *notes)),
        tag("p", *_marks(lying), class_="spans"),
        tag("h2", "Pools", id="pools"),
        _table("Pools", ("Pool", "Nodes", "Min", "Max", "Joining", "Use", "Notes"), pool_rows, no_pools),
        tag("h2", "Nodes", id="nodes"),
        _nodes_table(nodes, report, now),
        *_map_of(lying, f"{base}/scaling/nodes", page, page_size),
    )


def _tuning_of(pool: PoolReport) -> Iterator[str]:
    """What the rule expects of a pool whose policy tunes itself, and what it is worth."""
    return iter(()) if pool.tuning is None else pool_tuning_lines(pool.tuning)


def history_page(
    entries: Sequence[Entry],
    *,
    wanted: HistoryFilter,
    page: int,
    has_more: bool,
    notes: Sequence[str],
    now: datetime,
    base: str,
) -> Html:
    """What was done, by whom and why."""
    kinds = [("", "any")] + [(str(kind), str(kind)) for kind in EntryKind if kind is not EntryKind.STATE]
    options = [
        tag("option", text, value=value, **({"selected": ""} if value == wanted.outcome else {}))
        for value, text in kinds
    ]
    fields = [
        tag("label", title, _input(name, getattr(wanted, name)))
        for title, name in (
            ("Service ", "service"),
            ("Node ", "node"),
            ("Actor ", "actor"),
            ("Since ", "since"),
            ("Until ", "until"),
        )
    ]
    address = f"{base}/scaling/history"
    as_file = {**wanted.query, "page": str(page)}
    return joined(
        _header(base, "history", "History", "the newest first; times are UTC"),
        _notes(notes),
        tag(
            "form",
            *fields,
            tag("label", "Outcome ", tag("select", *options, name="outcome", class_="form-select form-select-sm")),
            tag("button", "Show", type="submit", class_="btn btn-sm btn-outline-primary"),
            method="get",
            role="search",
        ),
        _entries_table(entries, now, base),
        _pager(address, wanted.query, page, page + 1 if has_more else page),
        tag(
            "p",
            "This page as ",
            link("CSV", f"{address}/csv?{urlencode(as_file)}"),
            " or ",
            link("JSON", f"{address}/json?{urlencode(as_file)}"),
        ),
    )


# --- pieces -----------------------------------------------------------------------------------------------------


def _header(base: str, active: str, title: str, subtitle: str) -> Html:
    tabs = [
        tag("a", text, href=f"{base}{path}", **({"aria_current": "page"} if name == active else {}))
        for name, text, path in (
            ("overview", "Services", "/scaling"),
            ("nodes", "Nodes", "/scaling/nodes"),
            ("history", "History", "/scaling/history"),
        )
    ]
    return joined(
        tag("nav", *tabs, class_="scaling-tabs", aria_label="Scaling"),
        tag("h1", title),
        tag("p", subtitle, class_="quiet"),
    )


def _notes(notes: Sequence[str]) -> Html:
    return joined(*[tag("p", note, class_="note", role="status") for note in notes])


def _input(name: str, value: str) -> Html:
    hint = {"placeholder": "14:03, or 2h"} if name in {"since", "until"} else {}
    return tag("input", name=name, value=value, type="text", class_="form-control form-control-sm", **hint)


def _table(name: str, titles: Sequence[str], rows: Sequence[Html], empty: str) -> Html:
    """A table in a region that can be scrolled by keyboard; ``name`` is what a screen reader calls both."""
    if not rows:
        return tag("p", empty, class_="empty")
    head = tag("thead", tag("tr", *[_head(title) for title in titles]))
    return tag(
        "div",
        tag("table", head, tag("tbody", *rows), class_="table"),
        class_="table-responsive",
        tabindex="0",
        role="region",
        aria_label=name,
    )


def _head(title: str) -> Html:
    return tag("th", title, scope="col", **({"class_": "number"} if title in _COUNTS else {}))


def _number(count: int | None, label: str = "") -> Html:
    return tag("td", "-" if count is None else count, class_="number", data_label=label)


def _service_row(standing: Standing, now: datetime, base: str) -> Html:
    decision, (word, sentence) = standing.decision, state_of(standing, now)
    course = _with_latest(standing.course, standing)
    name, bounds, main = decision.service_name, decision.bounds, leading(decision.proposals)
    goal = standing.hold.replicas if standing.hold is not None else decision.goal
    measured = "-"
    if main is not None:
        value = "no value" if main.value is None else main.unit.text(main.value)
        measured = f"{main.metric} {value}, target {main.unit.text(main.target_value)}"
    return tag(
        "tr",
        tag("th", link(name, f"{base}/scaling/service/{quote(name, safe='')}"), scope="row"),
        _number(decision.replicas, "now"),
        _number(goal, "goal"),
        _number(None if bounds is None else bounds.min_replicas, "min"),
        _number(None if bounds is None else bounds.max_replicas, "max"),
        tag("td", sparkline(course, start=now - timedelta(hours=24), end=now)),
        tag("td", load_sparkline(course, start=now - timedelta(hours=24), end=now), tag("div", measured)),
        tag(
            "td",
            tag("span", word, class_=f"state {word.replace(' ', '-')}"),
            " ",
            sentence.removeprefix(f"{word}: "),
            *(tag("div", line, class_="quiet") for line in shadow_lines(decision.tuning)),
            class_="why",
        ),
    )


def _marks(lying: ClusterMap | None) -> Sequence[Html]:
    """Links to the parts of the page, which may be long."""
    parts = (("pools", "Pools"), ("nodes", "Nodes"), *((("map", "Where swarm tasks lie"),) if lying else ()))
    return [part for name, title in parts for part in (link(title, f"#{name}"), Html(" "))]


def _nodes_table(nodes: Sequence[NodeStatus] | None, report: NodeReport | None, now: datetime) -> Html:
    """Nodes as they are now, or what the latest evaluation said of them."""
    if nodes is None:
        verdicts = [tag("tr", tag("td", verdict.sentence)) for verdict in (report.verdicts if report else ())]
        return _table(
            "Nodes", ("Why each stays, or could go, as the latest evaluation found",), verdicts, "No node is known."
        )
    titles = (
        "Node",
        "Pool",
        "State",
        "Tasks",
        "CPU used",
        "CPU reserved",
        "Memory used",
        "Memory reserved",
        "Why it stays, or could go",
    )
    return _table("Nodes", titles, [_node_row(node, now) for node in nodes], "No node is known.")


def _map_of(lying: ClusterMap | None, address: str, page: int, page_size: int) -> Sequence[Html]:
    """The map with what leads to its other pages."""
    if lying is None:
        return ()
    pager = _pager(address, {}, page, (lying.total + page_size - 1) // page_size)
    return (pager, map_of_cluster(lying, address=address, page=page, page_size=page_size), pager)


def _with_latest(entries: Sequence[Entry], standing: Standing | None) -> Sequence[Entry]:
    """Entries, the newest first, and what the latest decision saw; the journal has a state each five minutes only."""
    if standing is None or (entries and entries[0].at >= standing.decision.at):
        return entries
    return (regular_entry(standing.decision), *entries)


def _node_row(node: NodeStatus, now: datetime) -> Html:
    state = "ready" if node.is_ready else "not ready"
    if node.drain is not None:
        state = f"{node.drain.phase} for {age(node.drain.since, now)} by {node.drain.actor}"
        if node.drain.waits_for:
            state += f", waits for {node.drain.waits_for}"
    elif node.availability != "active":
        state = f"{state}, {node.availability}"
    role = " (manager)" if node.is_manager else ""
    return tag(
        "tr",
        tag("th", f"{node.hostname}{role}", scope="row"),
        tag("td", node.pool or "-"),
        tag("td", state),
        _number(node.swarm_tasks, "tasks"),
        tag("td", _used(node.used.cpu_cores, node.capacity.cpu_cores, Unit.CORES), data_label="CPU used"),
        tag("td", _share(node.reserved.cpu_cores, node.capacity.cpu_cores, Unit.CORES), data_label="CPU reserved"),
        tag("td", _used(node.used.memory_bytes, node.capacity.memory_bytes, Unit.BYTES), data_label="memory used"),
        tag(
            "td",
            _share(node.reserved.memory_bytes, node.capacity.memory_bytes, Unit.BYTES),
            data_label="memory reserved",
        ),
        tag("td", node.verdict or "no evaluation of nodes has looked at it", class_="why"),
    )


def _used(amount: float | None, whole: float | None, unit: Unit) -> str:
    """What was measured; what nobody knows is not zero."""
    return "unknown" if amount is None else _share(amount, whole, unit)


def _share(used: float | None, whole: float | None, unit: Unit) -> str:
    if not whole:
        return "-"
    # One unit is enough where both have it.
    return (
        f"{unit.text(used or 0).removesuffix(' cores')} of {unit.text(whole)} ({_PERCENT * (used or 0) / whole:.0f} %)"
    )


def _entries_table(entries: Sequence[Entry], now: datetime, base: str) -> Html:
    return _table(
        "What was done",
        ("When (UTC)", "Outcome", "Who", "What and why", "Task"),
        [
            tag(
                "tr",
                tag("td", moment(entry.at, now), class_="when"),
                tag("td", tag("span", str(entry.kind), class_=f"state {entry.kind}")),
                tag("td", entry.actor),
                tag("td", entry.sentence, class_="why"),
                tag("td", link("task", f"{base}/task/{quote(entry.task_id, safe='')}") if entry.task_id else ""),
            )
            for entry in entries
        ],
        "Nothing was scaled, ordered, refused or held back in that time.",
    )


def _pager(address: str, query: Mapping[str, str], page: int, pages: int) -> Html:
    if pages <= 1:
        return Html("")
    parts: list[Html] = []
    if page > 1:
        parts.append(link("← before", f"{address}?{urlencode({**query, 'page': page - 1})}"))
    parts.append(tag("span", f"page {page}"))
    if page < pages:
        parts.append(link("further →", f"{address}?{urlencode({**query, 'page': page + 1})}"))
    return tag("nav", *parts, class_="pager", aria_label="Pages")


def _hours(span: timedelta) -> int:
    return int(span.total_seconds() // 3600)
