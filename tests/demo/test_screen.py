"""The live screen shows the moment, fits the terminal, and is not disturbed by what others wrote."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from io import StringIO

import pytest
from rich.cells import cell_len
from rich.console import Console

from lab.demo.moment import Moment, Statement
from lab.demo.screen import Stage, clock, screen, span_text
from lab.demo.script import SHORT, SHORT_WITH_NODES
from tests.demo.moments import CALM_S, SURGE_S, action, moment, node, step

STAGE = Stage(script=SHORT, nodes=3, flower="Flower http://127.0.0.1:5555  user skep  password secret-secret-1")
ACTIONS = (action(2, 4), action(4, 6, reason="requests 29.2/s on 4 replicas, target 5/s each: " + "words " * 20))


def shown(moments: Sequence[Moment], *, width: int = 80) -> str:
    console = Console(file=StringIO(), width=width, force_terminal=True, color_system=None, legacy_windows=False)
    with console.capture() as captured:
        console.print(screen(moments, STAGE, width=width))
    return captured.get()


def line(text: str, label: str) -> str:
    return next(line for line in text.splitlines() if line.startswith(f"│ {label} "))


@pytest.mark.parametrize("width", [80, 100, 160, 300])
def test_no_line_is_wider_than_the_terminal(width: int) -> None:
    moments = [moment(second / 2, said=Statement(actions=ACTIONS, reason="reasons " * 30)) for second in range(300)]
    assert max(cell_len(line) for line in shown(moments, width=width).splitlines()) <= width


def test_the_first_moment_can_be_shown_before_there_is_any_load() -> None:
    assert "skep has not decided yet" in shown([moment(0, load_rps=0, requests=0)])


def test_load_is_shown_whole_and_per_running_replica() -> None:
    text = shown([moment(SURGE_S, running=4, load_rps=28)])
    assert "28.0/s" in line(text, "load")
    assert "7.0/s" in line(text, "per replica")
    assert "target 5/s" in line(text, "per replica")


def test_running_and_starting_replicas_are_told_apart() -> None:
    text = shown([moment(SURGE_S, running=2, starting=4)])
    assert "■ ■ □ □ □ □ · ·" in line(text, "running")
    assert "4 starting" in line(text, "running")
    assert "■ ■ ■ ■ ■ ■ · ·" in line(text, "goal")


def test_the_act_that_is_on_is_marked_with_its_time() -> None:
    text = shown([moment(SURGE_S + 7)])
    assert "✓ quiet 4/s" in text
    assert "▶ surge 29/s  0:07 of 0:45" in text


def test_the_last_act_has_no_end_in_advance() -> None:
    assert "▶ quiet again 4/s  0:07 " in shown([moment(CALM_S + 7)])


def test_actions_stand_with_their_counts_and_reasons() -> None:
    assert "2 → 4  requests 29/s" in shown([moment(SURGE_S + 9, said=Statement(actions=ACTIONS))])


def test_only_the_latest_actions_are_shown_so_that_the_screen_stays_small() -> None:
    many = tuple(action(count, count + 1) for count in range(30))
    assert "0 → 1 " not in shown([moment(SURGE_S, said=Statement(actions=many))])


def test_trouble_with_asking_skep_stands_where_its_reason_would_be() -> None:
    said = Statement(reason="as it should be", trouble="skep does not answer (TimeoutError: )")
    text = shown([moment(1, said=said)])
    assert "skep does not answer" in text
    assert "as it should be" not in text


def test_control_characters_in_a_reason_do_not_reach_the_terminal() -> None:
    assert "\x1b" not in shown([moment(1, said=Statement(reason="red \x1b[31m alert"))])


@pytest.mark.parametrize(
    ("span", "text"),
    [
        pytest.param(None, "-", id="no answer"),
        pytest.param(timedelta(milliseconds=12.4), "12 ms", id="milliseconds"),
        pytest.param(timedelta(seconds=1.84), "1.8 s", id="seconds"),
    ],
)
def test_latencies_are_written_as_people_say_them(span: timedelta | None, text: str) -> None:
    assert span_text(span) == text


def test_the_clock_counts_minutes_and_seconds() -> None:
    assert clock(timedelta(seconds=67.9)) == "1:07"


def test_nodes_are_shown_with_their_replicas_and_what_they_go_through() -> None:
    nodes = (node(1, 2), node(2, 1), node(4, 1, "leaves"), node(5, 0, "joins"))
    stage = replace(STAGE, script=SHORT_WITH_NODES)
    now = moment(SURGE_S, nodes=nodes, said=Statement(steps=(step("node-4 drains"),)), script=SHORT_WITH_NODES)
    console = Console(file=StringIO(), width=80, force_terminal=True, color_system=None, legacy_windows=False)
    with console.capture() as captured:
        console.print(screen([now], stage, width=80))
    text = captured.get()
    assert "1:■■  2:■·  4:■ leaves  5:joins" in line(text, "nodes")
    assert "node   node-4 drains" in text
