"""Services, nodes and what is in flight on one screen, as a live view shows them."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from rich.text import Text

from skep.core.cluster import Availability
from skep.core.decision import Decision, Verdict
from skep.report.node_table import NodeStanding
from skep.report.standing import OLD_DECISION, Standing
from skep.report.task_table import TaskStanding, TaskState
from skep.report.words import age, elided, instant, one_line

__all__ = ["Order", "Overview", "View", "overview"]

_BAR = 10
#: Of nodes, which have two of them in a line, on a narrow screen.
_SHORT_BAR = 6
_LONGEST_NAME = 40
#: From this many characters per line on, the reason stands beside the service.
_WIDE = 120
#: Nodes get no more than this share of a screen, and tasks no more than these lines.
_SHARE_OF_NODES = 3
_MOST_TASKS = 5
_NOTHING = "-"
_QUIET = ("ask.", "evaluate.", "health.", "notify.", "reconcile")


class Order(StrEnum):
    """By what services are sorted; the most telling first."""

    LOAD = "load"
    REPLICAS = "replicas"
    HEADROOM = "headroom"
    NAME = "name"


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """What was seen at one instant.

    Attributes:
        trouble: why nothing newer is seen; empty if this is new.
    """

    at: datetime
    services: Sequence[Standing]
    nodes: Sequence[NodeStanding]
    tasks: Sequence[TaskStanding]
    trouble: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """How somebody looks at it.

    Attributes:
        first: how many services were scrolled past.
        height: lines of the screen; ``None`` for as many as there are.
        keys: what may be pressed; empty where nothing can be.
    """

    order: Order = Order.LOAD
    first: int = 0
    width: int = 80
    height: int | None = None
    keys: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Block:
    """Lines under a title; ``left_out`` says what of it there was no room for."""

    title: Text
    lines: Sequence[Text]


def overview(seen: Overview, view: View, *, now: datetime) -> Text:
    """All on one screen, no line longer than its width.

    Args:
        seen: what there is.
        view: how it is looked at.
        now: the present instant.
    """
    tasks = _tasks(seen.tasks, now, view.width)
    nodes = _nodes(seen.nodes, view.width)
    services = _services(seen.services, view, now)
    blocks = [services, nodes, tasks]
    if view.height is not None:
        blocks = _fitted(services, nodes, tasks, view)
    lines = [_heading(seen, now)]
    for block in blocks:
        lines += [Text(), block.title, *block.lines]
    if view.keys:
        lines += [Text(), Text(f"{view.keys}   sorted by {view.order}", style="dim")]
    for line in lines:
        line.truncate(view.width, overflow="ellipsis")
        line.rstrip()
    return Text("\n", no_wrap=True, overflow="crop").join(lines)


def _heading(seen: Overview, now: datetime) -> Text:
    if seen.trouble:
        return Text(one_line(seen.trouble), style="bold yellow")
    changing = sum(_state(service, now)[0] in {"growing", "shrinking"} for service in seen.services)
    acts = sum(not task.task.startswith(_QUIET) for task in seen.tasks)
    services, nodes = _counted(len(seen.services), "service"), _counted(len(seen.nodes), "node")
    words = f"{services}, {changing} changing, {nodes}, {acts} in flight"
    return Text.assemble(("skep  ", "bold"), f"{instant(seen.at, now)}  {words}")


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def _fitted(services: _Block, nodes: _Block, tasks: _Block, view: View) -> list[_Block]:
    """The blocks cut to the screen: tasks and nodes to their share, services to what is left."""
    height = view.height or 0
    tasks = _cut(tasks, 0, _MOST_TASKS)
    fixed = 2 + 3 * 2 + len(tasks.lines) + 1
    of_nodes = min(len(nodes.lines), max((height - fixed) // _SHARE_OF_NODES, 1))
    nodes = _cut(nodes, 0, of_nodes)
    return [_cut(services, view.first, max(height - fixed - len(nodes.lines), 1)), nodes, tasks]


def _cut(block: _Block, first: int, room: int) -> _Block:
    if len(block.lines) <= room:
        return block
    first = max(min(first, len(block.lines) - room + 1), 0)
    shown = block.lines[first : first + room - 1]
    left_out = len(block.lines) - len(shown)
    return _Block(title=block.title, lines=[*shown, Text(f"… and {left_out} more", style="dim")])


# --- services ----------------------------------------------------------------------------------------------------


def _services(services: Sequence[Standing], view: View, now: datetime) -> _Block:
    width = _name_width([service.name for service in services], "SERVICE", view.width, others=52)
    why = "  WHY" if view.width >= _WIDE else ""
    counts = f"{'RUN':>4} {'GOAL':>5} {'MAX':>5}"
    title = f"{'SERVICE':<{width}}  {counts}  {'LOAD':<{_BAR + 6}}  {'ROOM':>7}  {'STATE':<13}{why}"
    ordered = sorted(services, key=lambda service: (*_ORDERS[view.order](service), service.name))
    lines = [_service(service, width, view.width, now) for service in ordered]
    return _Block(title=Text(title, style="dim"), lines=lines or [Text("No service is enabled for skep.")])


def _name_width(names: Sequence[str], title: str, width: int, *, others: int) -> int:
    longest = max((len(name) for name in names), default=0)
    return max(min(longest, _LONGEST_NAME, width - others), len(title))


def _service(service: Standing, name_width: int, width: int, now: datetime) -> Text:
    load, room = _load(service), _room(service)
    state, style = _state(service, now)
    line = Text.assemble(
        (f"{elided(one_line(service.name), name_width):<{name_width}}", "bold"),
        f"  {service.running:>4} {_count(_goal(service)):>5} {_count(_most(service)):>5}  ",
        *_bar(load),
        f"  {_room_words(load, room):>7}  ",
        (f"{state:<13}", style),
    )
    if width >= _WIDE and service.decision is not None:
        line.append(f"  {one_line(service.decision.reason)}", style="dim")
    return line


def _bar(ratio: float | None, length: int = _BAR) -> Iterator[tuple[str, str]]:
    """A bar that is full at the target, and the share in percent beside it."""
    if ratio is None:
        yield f"{'':<{length}} {_NOTHING:>5}", "dim"
        return
    style = "green" if ratio <= _CALM else "yellow" if ratio <= 1 else "red"
    full = min(round(ratio * length), length)
    yield "█" * full, style
    yield "░" * (length - full), "dim"
    yield f" {min(ratio, 99.99):>5.0%}", ""


_CALM = 0.9


def _load(service: Standing) -> float | None:
    """The load of the metric that is nearest to its target, or furthest beyond it; ``None`` without any value."""
    proposals = service.decision.proposals if service.decision is not None else ()
    ratios = [p.value / p.target_value for p in proposals if p.value is not None and p.target_value > 0]
    return max(ratios, default=None)


def _room_words(load: float | None, room: float | None) -> str:
    """A share of next to nothing tells nobody anything: a service without load is idle."""
    if load is not None and load < _IDLE:
        return "idle"
    if room is None:
        return _NOTHING
    return "> 99x" if room >= _MUCH else f"{room:+.0%}"


#: Less than that of its target is shown as 0 %.
_IDLE = 0.005


def _room(service: Standing) -> float | None:
    """How much more load it could take by growing to its max; negative where even that does not carry it."""
    load, most = _load(service), _most(service)
    if load is None or most is None or not service.running or load <= 0:
        return None
    return min(most / (load * service.running) - 1, _MUCH)


_MUCH = 99.99


def _goal(service: Standing) -> int | None:
    if service.hold is not None:
        return service.hold.replicas
    return service.replicas if service.decision is None else service.decision.goal


def _most(service: Standing) -> int | None:
    return None if service.bounds is None else service.bounds.max_replicas


def _count(count: int | None) -> str:
    return _NOTHING if count is None else str(count)


def _state(service: Standing, now: datetime) -> tuple[str, str]:
    """What is most worth knowing of it, in a word or two, and the style of that."""
    decision = service.decision
    if service.problems:
        return "wrong labels", "red"
    if service.pause is not None:
        return "paused", "magenta"
    if service.hold is not None:
        return "held", "magenta"
    if decision is None or now - decision.at > OLD_DECISION:
        return "not decided", "yellow"
    return _decided(decision) or _moving(service, decision.goal)


def _decided(decision: Decision) -> tuple[str, str] | None:
    """What stands in the way of its count; ``None`` if nothing does."""
    if decision.verdict is Verdict.LEAVE_ALONE:
        return "left alone", "dim"
    if decision.waiting_for_room:
        return "without room", "red"
    if any(proposal.gap is not None for proposal in decision.proposals):
        return "gap", "yellow"
    return None


def _moving(service: Standing, goal: int) -> tuple[str, str]:
    replicas = service.replicas or 0
    if goal != replicas:
        return ("growing", "bold green") if goal > replicas else ("shrinking", "bold cyan")
    if service.running != replicas:
        return "starting", "yellow"
    return ("at max", "yellow") if goal == _most(service) else ("steady", "")


_ORDERS: dict[Order, Callable[[Standing], tuple[float, ...]]] = {
    Order.LOAD: lambda service: (-(_load(service) or 0.0),),
    Order.REPLICAS: lambda service: (-service.running,),
    Order.HEADROOM: lambda service: (_MUCH + 1 if (room := _room(service)) is None else room,),
    Order.NAME: lambda _service: (),
}


# --- nodes and tasks ---------------------------------------------------------------------------------------------


def _nodes(nodes: Sequence[NodeStanding], width: int) -> _Block:
    name_width = _name_width([node.hostname for node in nodes], "NODE", width, others=66)
    bar = _BAR if width >= _WIDE else _SHORT_BAR
    title = (
        f"{'NODE':<{name_width}}  {'TASKS':>5}  {'CPU USED':<{bar + 6}}  {'RESERVED':>8}  {'MEM USED':<{bar + 6}}"
        f"  {'RESERVED':>8}  STATE"
    )
    ordered = sorted(nodes, key=lambda node: (node.is_ready, node.drain is None, node.hostname))
    return _Block(title=Text(title, style="dim"), lines=[_node(node, name_width, bar) for node in ordered])


def _node(node: NodeStanding, name_width: int, bar: int) -> Text:
    state, style = _state_of_node(node)
    return Text.assemble(
        (f"{elided(one_line(node.hostname), name_width):<{name_width}}", "bold"),
        f"  {node.swarm_tasks:>5}  ",
        *_use(node.used.cpu_cores, node.capacity.cpu_cores, bar),
        f"  {_reserved(node.reserved.cpu_cores, node.capacity.cpu_cores):>8}  ",
        *_use(node.used.memory_bytes, node.capacity.memory_bytes, bar),
        f"  {_reserved(node.reserved.memory_bytes, node.capacity.memory_bytes):>8}  ",
        (state, style),
    )


def _use(amount: float | None, whole: float | None, length: int) -> Iterator[tuple[str, str]]:
    """A bar of what was measured; what nobody knows is not zero."""
    if amount is None or not whole:
        yield f"{'unknown':<{length + 6}}", "dim"
        return
    yield from _bar(amount / whole, length)


def _reserved(part: float | None, whole: float | None) -> str:
    return _NOTHING if not whole else f"{(part or 0) / whole:.0%}"


def _state_of_node(node: NodeStanding) -> tuple[str, str]:
    if not node.is_ready:
        return "down", "red"
    if node.drain is not None:
        return node.drain.phase, "yellow"
    return {Availability.PAUSE: ("cordoned", "yellow"), Availability.DRAIN: ("drained", "magenta")}.get(
        node.availability, ("manager" if node.is_manager else "active", "")
    )


def _tasks(tasks: Sequence[TaskStanding], now: datetime, width: int) -> _Block:
    """Orders alone: evaluations and questions come and go by the second."""
    orders = [task for task in tasks if not task.task.startswith(_QUIET)]
    name_width = _name_width([task.name for task in orders], "IN FLIGHT", width, others=52)
    title = f"{'IN FLIGHT':<{name_width}}  {'STATE':<8}  {'FOR':>6}  BY"
    return _Block(
        title=Text(title, style="dim"),
        lines=[_task(task, name_width, now) for task in orders] or [Text("nothing", style="dim")],
    )


def _task(task: TaskStanding, name_width: int, now: datetime) -> Text:
    why = f": {one_line(task.reason)}" if task.reason else ""
    return Text.assemble(
        (f"{elided(one_line(task.name), name_width):<{name_width}}", "bold"),
        (f"  {task.state.value:<8}", "green" if task.state is TaskState.RUNNING else ""),
        f"  {'' if task.begun_at is None else age(task.begun_at, now):>6}  {one_line(task.actor or _NOTHING)}{why}",
    )
