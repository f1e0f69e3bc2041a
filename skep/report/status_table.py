"""How services stand, as a table: counts, each metric, and why it is so."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from textwrap import fill

from rich.text import Text

from skep.core.action import OUTSIDE
from skep.core.decision import Decision, Hold, InactionReason, Pause, plural
from skep.core.policy import Unit
from skep.core.strategies.proposal import Proposal
from skep.report.layout import Column, Row, Styled, lay_out
from skep.report.shadow import shadow_lines
from skep.report.standing import OLD_DECISION, Standing
from skep.report.without_room import fate_without_node
from skep.report.words import age, elided, joined, one_line, until_text

__all__ = ["status_table"]

_COLUMNS = (
    Column(title="SERVICE"),
    Column(title="NOW", is_number=True),
    Column(title="GOAL", is_number=True),
    Column(title="MIN", is_number=True),
    Column(title="MAX", is_number=True),
    Column(title="RUN", is_number=True),
    Column(title="METRIC"),
    Column(title="VALUE", is_number=True),
    Column(title="TARGET", is_number=True),
    Column(title="AGE", is_number=True),
)
_LONGEST_METRIC = 14
_NOTHING = "-"

_EMPTY = """\
No service is enabled for skep. Put labels on one that may scale, in its stack file:

    deploy:
      labels:
        skep.enable: "true"
        skep.min: "2"
        skep.max: "20"
        skep.requests: "50/s"    # per replica, counted at the proxy
        skep.cpu: "70%"          # of the replica's CPU limit

then deploy it again (docker stack deploy -c FILE STACK) and look here after the next evaluation."""


def status_table(services: Sequence[Standing], *, now: datetime, width: int) -> Text:
    """All services, one row each, and a line that sums up; above them a pause of everything.

    Args:
        services: in the order to show them; none gives a text that says how to enable one.
        now: the present instant; ages are counted to it.
        width: characters per line; from 120 on reasons stand beside the rows, below that under them.
    """
    if not services:
        return Text(_EMPTY)
    rows = [_row(service, now) for service in services]
    table = lay_out(_COLUMNS, rows, remarks_title="WHY", width=width)
    return Text("\n\n").join(
        [*_pause_of_all(services, now, width), table, Text(fill(_summary(services), width), style="dim")]
    )


def _pause_of_all(services: Sequence[Standing], now: datetime, width: int) -> Iterable[Text]:
    pause = next((s.pause for s in services if s.pause is not None and s.pause.covers_all), None)
    if pause is not None:
        yield Text(fill(f"Everything is {_paused(pause, now)}.", width), style="magenta")


def _row(service: Standing, now: datetime) -> Row:
    counts = _counts(service)
    proposals = service.decision.proposals if service.decision is not None else ()
    metrics = [_metric(proposal, now) for proposal in proposals] or [(Styled(), Styled(), Styled(), Styled())]
    blank = tuple(Styled() for _ in counts)
    lines = tuple((*(blank if index else counts), *metric) for index, metric in enumerate(metrics))
    return Row(lines=lines, remarks=tuple(_remarks(service, now)))


def _counts(service: Standing) -> tuple[Styled, ...]:
    bounds = service.bounds
    return (
        Styled(one_line(service.name), style="bold"),
        Styled(_NOTHING if service.replicas is None else str(service.replicas)),
        _goal(service),
        Styled(str(bounds.min_replicas) if bounds else _NOTHING),
        Styled(str(bounds.max_replicas) if bounds else _NOTHING),
        Styled(str(service.running), style="" if service.running == (service.replicas or 0) else "yellow"),
    )


def _goal(service: Standing) -> Styled:
    goal, replicas = _goal_of(service), service.replicas
    if goal is None or replicas is None:
        return Styled(_NOTHING)
    style = "" if goal == replicas else "bold green" if goal > replicas else "bold cyan"
    return Styled(str(goal), style=style)


def _goal_of(service: Standing) -> int | None:
    """The count that is right now: a person's hold, else the latest decision; ``None`` where nobody has a say."""
    if service.replicas is None:
        return None
    if service.hold is not None:
        return service.hold.replicas
    return service.decision.goal if service.decision is not None and service.is_enabled else None


def _metric(proposal: Proposal, now: datetime) -> tuple[Styled, Styled, Styled, Styled]:
    """Name, value, target and age."""
    name = Styled(elided(one_line(proposal.metric), _LONGEST_METRIC))
    target = Styled(_amount(proposal.unit, proposal.target_value))
    if proposal.value is None or proposal.at is None:
        return name, Styled("gap", style="yellow"), target, Styled()
    is_over = proposal.value > proposal.target_value
    value = Styled(_amount(proposal.unit, proposal.value), style="bold" if is_over else "")
    return name, value, target, Styled(age(proposal.at, now))


def _amount(unit: Unit, value: float) -> str:
    """The value with its unit, without words that the metric's name says already."""
    return unit.text(value).removesuffix(" in flight")


def _remarks(service: Standing, now: datetime) -> Iterable[Styled]:
    yield from (
        Styled(one_line(problem.removeprefix(f"{service.name}: ")), style="red") for problem in service.problems
    )
    if service.pause is not None and not service.pause.covers_all:
        yield Styled(_paused(service.pause, now), style="magenta")
    if service.hold is not None:
        yield Styled(_held(service.hold, now), style="magenta")
    if service.replicas is None:
        yield Styled("not a replicated service: it has no count to change", style="dim")
    elif not service.is_enabled:
        yield Styled('not scaled by skep: the label skep.enable is not "true"', style="dim")
    elif not service.problems:
        yield from _decided(service.decision, now, is_held=service.hold is not None)


def _paused(pause: Pause, now: datetime) -> str:
    until = "until resumed" if pause.until is None else until_text(pause.until, now)
    return f"paused by {one_line(pause.actor)} {until}{_because(pause.reason)}: nothing is done"


def _held(hold: Hold, now: datetime) -> str:
    until = "until released" if hold.until is None else until_text(hold.until, now)
    who = "somebody outside skep" if hold.actor == OUTSIDE else one_line(hold.actor)
    return f"held at {plural(hold.replicas)} by {who} {until}{_because(hold.reason)}"


def _because(reason: str) -> str:
    return f" ({one_line(reason)})" if reason else ""


def _decided(decision: Decision | None, now: datetime, *, is_held: bool) -> Iterable[Styled]:
    if decision is None:
        yield Styled("no evaluation has decided it yet; the first comes within seconds of its labels")
        return
    if now - decision.at > OLD_DECISION:
        text = f"decided {age(decision.at, now)} ago and not since: are beat and a worker on queue observe running?"
        yield Styled(text, style="yellow")
    if not is_held:
        yield Styled(one_line(decision.reason))
    waiting = decision.waiting_for_room
    if waiting and not any(step.by == "room" for step in decision.steps):
        yield Styled(f"{plural(waiting)} of it {fate_without_node(decision)}", style="yellow")
    yield from (Styled(line, style="dim") for line in shadow_lines(decision.tuning))
    if decision.inaction is not None:
        yield from _undone(decision.inaction.reason)


def _undone(reason: InactionReason) -> Iterable[Styled]:
    """Why it is not done, but for pauses, which are told as they are now."""
    if reason is InactionReason.DRY_RUN:
        yield Styled("dry run: decisions are recorded and nothing is done", style="dim")
    elif reason is InactionReason.ORDERS_UNKNOWN:
        yield Styled("nothing is done until the orders of people are known again", style="yellow")


def _summary(services: Sequence[Standing]) -> str:
    """``3 services: 1 changing, 1 held, 1 with wrong labels``; kinds without any are left out."""
    counted = (
        (sum(_is_changing(s) for s in services), "changing"),
        (sum(s.hold is not None for s in services), "held"),
        (sum(s.pause is not None for s in services), "paused"),
        (sum(_waits_for_room(s) for s in services), "waiting for room"),
        (sum(_has_gap(s) for s in services), "with a gap"),
        (sum(bool(s.problems) for s in services), "with wrong labels"),
    )
    kinds = joined(tuple(f"{count} {kind}" for count, kind in counted if count))
    total = "1 service" if len(services) == 1 else f"{len(services)} services"
    return f"{total}: {kinds}" if kinds else f"{total}, all as they should be"


def _is_changing(service: Standing) -> bool:
    if service.replicas is None:
        return False
    is_idle = service.pause is not None or (service.decision is not None and service.decision.inaction is not None)
    return service.running != service.replicas or (_goal_of(service) != service.replicas and not is_idle)


def _waits_for_room(service: Standing) -> bool:
    return service.decision is not None and service.decision.waiting_for_room > 0


def _has_gap(service: Standing) -> bool:
    return service.decision is not None and any(p.gap is not None for p in service.decision.proposals)
