"""The summary tells what was measured, and what should have happened and did not."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from lab.demo.moment import Moment, Statement
from lab.demo.script import SHORT, SHORT_WITH_NODES
from lab.demo.summary import Outcome, course, headline, json_line, report, shortfalls, sum_up
from tests.demo.moments import CALM_S, SURGE_S, action, load, moment, node, step

ENOUGH = SHORT.enough_replicas
ACTIONS = (action(2, ENOUGH), action(ENOUGH, 2, after_s=80, reason="min is 2"))


def story() -> tuple[Moment, ...]:
    """A story as it should be: enough replicas 9.5 s after the surge began."""
    return (
        moment(1),
        moment(SURGE_S + 9, running=2, starting=ENOUGH - 2),
        moment(SURGE_S + 9.5, running=ENOUGH),
        moment(CALM_S + 20, running=3, goal=2),
        moment(CALM_S + 30, said=Statement(actions=ACTIONS)),
    )


def outcome() -> Outcome:
    return sum_up(story(), script=SHORT, load=load())


def test_the_time_to_capacity_runs_from_the_first_request_of_the_surge_until_enough_replicas_run() -> None:
    assert outcome().surge_to_capacity == timedelta(seconds=9.5)


def test_replicas_that_ran_only_after_the_surge_came_too_late() -> None:
    late = [moment(SURGE_S + 40, running=2), moment(CALM_S + 1, running=ENOUGH)]
    assert sum_up(late, script=SHORT, load=load()).surge_to_capacity is None


def test_the_last_line_has_exactly_the_figures_that_programs_read() -> None:
    assert json.loads(json_line(outcome(), SHORT)) == {
        "demo": {
            "engine": "real",
            "redis": "redis-server",
            "metrics": "InfluxDB",
            "peak_replicas": ENOUGH,
            "final_replicas": 2,
            "surge_to_capacity_s": 9.5,
            "requests": 1500,
            "failed_requests": 0,
            "actions": 2,
        }
    }


def test_a_time_that_never_came_is_null() -> None:
    never = replace(outcome(), surge_to_capacity=None)
    assert json.loads(json_line(never, SHORT))["demo"]["surge_to_capacity_s"] is None


def test_a_story_as_it_should_be_falls_short_of_nothing() -> None:
    assert shortfalls(outcome(), SHORT) == ()


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        pytest.param({"load": load(sent=0)}, "No request was sent.", id="no load"),
        pytest.param({"surge_to_capacity": None}, f"The surge needed {ENOUGH} replicas", id="not enough replicas"),
        pytest.param({"actions": ACTIONS[1:]}, "no growth", id="nothing grew"),
        pytest.param({"actions": ACTIONS[:1]}, "no shrinking", id="nothing shrank"),
        pytest.param({"final_replicas": 3}, "3 replicas run at the end, expected 2.", id="not small at the end"),
        pytest.param(
            {"load": load(failed_by_kind=(("status 503", 4), ("timeout", 1)))},
            "5 requests failed (4 x status 503, 1 x timeout).",
            id="failed requests",
        ),
    ],
)
def test_what_did_not_happen_is_said(changes: dict[str, object], sentence: str) -> None:
    (said,) = shortfalls(replace(outcome(), **changes), SHORT)  # type: ignore[arg-type]
    assert sentence in said


def test_the_headline_has_time_and_failures() -> None:
    assert headline(outcome(), SHORT) == (
        f"{ENOUGH} replicas ran 9.5 s after the surge began, 0 of 1,500 requests failed"
    )


def test_the_report_has_a_sentence_for_each_action() -> None:
    text = report(outcome(), SHORT)
    assert f"demo_web 2 → {ENOUGH}: requests 29/s" in text
    assert f"demo_web {ENOUGH} → 2: min is 2" in text
    assert "not what the demo is meant to show" not in text


def test_the_chart_gets_one_sample_per_moment_and_a_mark_per_action() -> None:
    drawn = course(story(), script=SHORT, actions=ACTIONS)
    assert drawn.running_replicas == (2, 2, ENOUGH, 3, 2)
    assert drawn.capacity_rps[0] == 2 * SHORT.target_rps
    assert [mark.text for mark in drawn.marks] == [f"2 → {ENOUGH}", f"{ENOUGH} → 2"]


def test_the_chart_gets_failures_where_they_happened() -> None:
    drawn = course([moment(1), moment(2, failed=3), moment(3, failed=3)], script=SHORT, actions=())
    assert drawn.failed_requests == (0, 3, 0)


# --- with nodes that come and go ------------------------------------------------------------------------------------


AT_FIRST = tuple(node(number) for number in (1, 2, 3))


def story_of_nodes(*at_the_end: int) -> Outcome:
    """Nodes 4 and 5 join, and those named are still there at the end; node 6 never serves."""
    steps = (step("node-4 joined pool workers", after_s=30), step("node-4 drains", after_s=90))
    moments = (
        moment(1, nodes=AT_FIRST),
        moment(SURGE_S + 9, running=10, nodes=(*AT_FIRST, node(4), node(5), node(6, running=0, state="joins"))),
        moment(
            CALM_S + 30,
            running=4,
            nodes=(*AT_FIRST, *(node(number, running=0) for number in at_the_end)),
            said=Statement(actions=(action(4, 10), action(10, 4, after_s=80)), steps=steps),
        ),
    )
    return sum_up(moments, script=SHORT_WITH_NODES, load=load())


def test_nodes_that_joined_and_served_are_counted_and_those_of_them_that_went() -> None:
    outcome = story_of_nodes(5)
    assert (outcome.nodes_added, outcome.nodes_removed) == (2, 1)
    figures = json.loads(json_line(story_of_nodes(), SHORT_WITH_NODES))["demo"]
    assert (figures["nodes_added"], figures["nodes_removed"], figures["failed_requests"]) == (2, 2, 0)


def test_a_story_of_nodes_falls_short_where_one_of_them_stays_or_none_came() -> None:
    assert shortfalls(story_of_nodes(), SHORT_WITH_NODES) == ()
    assert shortfalls(story_of_nodes(5), SHORT_WITH_NODES) == ("2 nodes joined, and 1 of them are gone at the end.",)
    (said,) = shortfalls(replace(story_of_nodes(), nodes_added=0, nodes_removed=0), SHORT_WITH_NODES)
    assert said.startswith("No node joined")


def test_the_report_tells_what_was_done_to_nodes_and_counts_in_its_order() -> None:
    text = report(story_of_nodes(), SHORT_WITH_NODES)
    told = ["demo_web 4 → 10", "node-4 joined pool workers", "demo_web 10 → 4", "node-4 drains"]
    assert sorted(told, key=text.index) == told
    assert "2 nodes came and 2 went" in text
