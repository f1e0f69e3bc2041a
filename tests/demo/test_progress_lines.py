"""Where there is no terminal, the story comes as plain lines: regular ones, and one for each action."""

from lab.demo.moment import Statement
from lab.demo.progress_lines import ProgressLines
from tests.demo.moments import SURGE_S, action, moment, node, step


def test_a_line_tells_load_replicas_and_failures() -> None:
    (line,) = ProgressLines().due(moment(SURGE_S + 3, running=2, goal=6, requests=120, failed=4))
    assert line == (
        "0:15  surge: 29.0/s, 14.5/s per replica, 2 running of 6, answers within 80 ms, 4 of 120 requests failed"
    )


def test_regular_lines_come_every_five_seconds() -> None:
    lines = ProgressLines()
    told = [bool(lines.due(moment(second))) for second in range(12)]
    assert [second for second, is_told in enumerate(told) if is_told] == [0, 5, 10]


def test_an_action_is_told_at_once_and_only_once() -> None:
    lines = ProgressLines()
    lines.due(moment(1))
    said = Statement(actions=(action(2, 6),))
    assert lines.due(moment(2, said=said)) == ("0:02  skep 2 → 6: requests 29/s",)
    assert lines.due(moment(3, said=said)) == ()


def test_what_is_done_to_nodes_is_told_among_the_actions_and_nodes_are_counted() -> None:
    lines = ProgressLines()
    lines.due(moment(1))
    said = Statement(actions=(action(2, 6),), steps=(step("node-4 drains", after_s=10),))
    assert lines.due(moment(2, said=said)) == ("0:02  skep node-4 drains", "0:02  skep 2 → 6: requests 29/s")
    (regular,) = lines.due(moment(6, said=said, nodes=(node(1), node(2))))
    assert "2 nodes" in regular
