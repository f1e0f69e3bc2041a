"""Progress on a terminal and elsewhere, and deadlines."""

import io
from datetime import timedelta

from rich.console import Console

from cli.convergence import Bars, Lines, Stage
from cli.patience import Deadline
from tests.fakes.desk import FakeTimer


def stage(running: int, *, replicas: int = 5) -> Stage:
    return Stage(name="shop_web", wanted=5, replicas=replicas, running=running)


def test_bars_on_a_terminal_fill_up_as_replicas_come() -> None:
    terminal = Console(file=io.StringIO(), force_terminal=True, width=80)
    with Bars(terminal) as bars:
        bars.show([stage(3)])
        bars.show([stage(4)])
        bars.show([stage(5)])
    shown = terminal.file.getvalue()  # type: ignore[attr-defined]
    assert "5 of 5 running" in shown


def test_bars_survive_a_step_back() -> None:
    terminal = Console(file=io.StringIO(), force_terminal=True, width=80)
    with Bars(terminal) as bars:
        bars.show([stage(4)])
        bars.show([stage(0)])
    assert "0 of 5 running" in terminal.file.getvalue()  # type: ignore[attr-defined]


def test_lines_are_said_once_for_each_change() -> None:
    said: list[str] = []
    with Lines(said.append) as lines:
        for running in (3, 3, 4, 4, 5):
            lines.show([stage(running)])
    assert said == ["shop_web: 3 of 5 running", "shop_web: 4 of 5 running", "shop_web: 5 of 5 running"]


def test_a_deadline_runs_down_to_nothing_and_not_below() -> None:
    timer = FakeTimer()
    deadline = Deadline(timer, timedelta(seconds=3))
    assert (deadline.left, deadline.has_passed) == (timedelta(seconds=3), False)
    timer.sleep(5)
    assert (deadline.left, deadline.has_passed) == (timedelta(0), True)
