"""The live view: everything on one screen, the most telling first, and no line longer than the screen."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from skep.core.cluster import Availability, Resources
from skep.operations.node_status import DrainStatus, NodeStatus
from skep.report.overview import Order, Overview, View, overview
from skep.report.task_table import TaskStanding, TaskState
from tests.report.examples import ALL, BLIND, GROWING, HELD, NOW, ROLLING_OUT, STEADY, WITHOUT_ROOM, Example

DRAIN = DrainStatus(phase="draining", since=NOW, deadline=NOW, actor="ada", reason="")


def node(
    hostname: str, *, drain: DrainStatus | None = None, is_ready: bool = True, used: Resources | None = None
) -> NodeStatus:
    return NodeStatus(
        id=hostname,
        hostname=hostname,
        is_manager=False,
        is_ready=is_ready,
        availability=Availability.ACTIVE,
        pool=None,
        swarm_tasks=3,
        reserved=Resources(cpu_cores=3.0, memory_bytes=1 << 30),
        capacity=Resources(cpu_cores=4.0, memory_bytes=8 << 30),
        drain=drain,
        used=used or Resources(),
    )


def task(name: str, state: TaskState = TaskState.QUEUED) -> TaskStanding:
    return TaskStanding(
        id=name, name=name, task=name, queue="act", state=state, actor="ada@desk", begun_at=NOW - timedelta(seconds=2)
    )


NODES = (
    node("worker-1", used=Resources(cpu_cores=1.0, memory_bytes=2 << 30)),
    node("worker-2", drain=DRAIN),
    node("worker-3", is_ready=False),
)
TASKS = (task("scale.web", TaskState.RUNNING), task("evaluate.services"))


def drawn(services: Sequence[Example] = ALL, *, view: View | None = None, trouble: str = "") -> list[str]:
    seen = Overview(at=NOW, services=services, nodes=NODES, tasks=TASKS, trouble=trouble)
    return overview(seen, view or View(), now=NOW).plain.splitlines()


def names(lines: Sequence[str]) -> list[str]:
    """The services that are shown, in their order."""
    start = next(number for number, line in enumerate(lines) if line.startswith("SERVICE"))
    end = next(number for number, line in enumerate(lines) if line.startswith("NODE"))
    return [line.split()[0] for line in lines[start + 1 : end] if line]


@pytest.mark.parametrize("width", [40, 80, 160])
def test_no_line_is_longer_than_the_screen(width: int) -> None:
    assert max(len(line) for line in drawn(view=View(width=width, keys="q ends"))) <= width


@pytest.mark.parametrize("height", [16, 24, 60])
def test_all_of_it_fits_on_the_screen_and_says_what_is_left_out(height: int) -> None:
    lines = drawn(ALL * 10, view=View(height=height, keys="q ends"))
    assert len(lines) <= height
    assert any("more" in line for line in lines)
    assert lines[-1].startswith("q ends")


def test_what_is_scrolled_past_makes_room_for_what_comes_after() -> None:
    at_first, later = (names(drawn(view=View(height=24, first=first))) for first in (0, 3))
    assert later[0] == at_first[3]


@pytest.mark.parametrize(
    ("order", "first"),
    [(Order.LOAD, "shop_web"), (Order.REPLICAS, "landing"), (Order.HEADROOM, "shop_web"), (Order.NAME, "beta")],
)
def test_the_most_telling_comes_first(order: Order, first: str) -> None:
    assert names(drawn(view=View(order=order)))[0] == first


@pytest.mark.parametrize(
    ("example", "state"),
    [
        (GROWING, "growing"),
        (STEADY, "steady"),
        (HELD, "held"),
        (BLIND, "gap"),
        (ROLLING_OUT, "left alone"),
        (WITHOUT_ROOM, "without room"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_the_state_of_a_service_is_told_in_a_word(example: Example, state: str) -> None:
    (line,) = [line for line in drawn([example]) if line.startswith(example.name)]
    assert line.endswith(state)


def test_load_is_what_the_busiest_metric_has_of_its_target_and_room_is_what_max_would_carry() -> None:
    (line,) = [line for line in drawn([GROWING]) if line.startswith("shop_web")]
    assert "275%" in line
    assert "+143%" in line


def test_nodes_in_trouble_come_first() -> None:
    lines = [line.split() for line in drawn() if line.startswith("worker-")]
    assert [(line[0], line[-1]) for line in lines] == [
        ("worker-3", "down"),
        ("worker-2", "draining"),
        ("worker-1", "active"),
    ]


def test_the_use_of_nodes_is_told_beside_what_is_reserved_and_what_is_unknown_is_not_zero() -> None:
    lines = {line.split()[0]: line for line in drawn() if line.startswith("worker-")}
    shares = [word for word in lines["worker-1"].split() if word.endswith("%")]
    assert shares == ["25%", "75%", "25%", "12%"]
    assert lines["worker-2"].count("unknown") == len(("processor", "memory"))


def test_a_service_without_load_is_idle() -> None:
    assert STEADY.decision is not None
    proposals = tuple(replace(proposal, value=0.0) for proposal in STEADY.decision.proposals)
    idle = replace(STEADY, decision=replace(STEADY.decision, proposals=proposals))
    (line,) = [line for line in drawn([idle]) if line.startswith(STEADY.name)]
    assert "  idle  " in line


def test_what_comes_and_goes_by_the_second_is_not_in_flight() -> None:
    lines = drawn()
    assert any(line.startswith("scale.web") for line in lines)
    assert not any(line.startswith("evaluate") for line in lines)
    assert "1 in flight" in lines[0]


def test_what_cannot_be_seen_any_more_is_told_above_what_was_seen_last() -> None:
    lines = drawn([GROWING], trouble="No worker answered within 5 s.")
    assert lines[0] == "No worker answered within 5 s."
    assert names(lines) == ["shop_web"]


def test_a_swarm_without_enabled_services_says_so() -> None:
    assert "No service is enabled for skep." in drawn([])
