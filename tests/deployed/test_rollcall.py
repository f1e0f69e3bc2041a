"""A stack that does not come up says which service lacks what, and in the words of Swarm why."""

from collections.abc import Mapping
from typing import Any

import pytest

from lab.deployed import rollcall

NO_NODE = "no suitable node (scheduling constraints not satisfied on 5 nodes)"


def service(name: str, *constraints: str) -> Mapping[str, Any]:
    placement = {"Placement": {"Constraints": list(constraints)}} if constraints else {}
    return {"ID": f"id-of-{name}", "Spec": {"Name": name, "TaskTemplate": placement}}


def task(name: str, state: str, *, meant: str = "running", error: str = "") -> Mapping[str, Any]:
    status = {"State": state, **({"Err": error} if error else {})}
    return {"ServiceID": f"id-of-{name}", "DesiredState": meant, "Status": status}


RUNS = task("skep_actor", "running")
ENDED = task("skep_actor", "failed", meant="shutdown", error="task: non-zero exit (1)")


@pytest.mark.parametrize(
    ("tasks", "lacks"),
    [
        pytest.param([RUNS], (), id="nothing where all run"),
        pytest.param([RUNS, ENDED], (), id="nothing where another runs in place of the one that ended"),
        pytest.param([], ("skep_actor: no swarm tasks.",), id="all where Swarm has made none"),
        pytest.param(
            [RUNS, task("skep_actor", "starting")], ("skep_actor: running, starting.",), id="the one that still starts"
        ),
        pytest.param(
            [RUNS, ENDED, task("skep_actor", "ready", meant="ready")],
            ("skep_actor: running, failed (task: non-zero exit (1)), ready.",),
            id="the one that is about to be started again",
        ),
    ],
)
def test_a_service_lacks(tasks: list[Mapping[str, Any]], lacks: tuple[str, ...]) -> None:
    assert rollcall.lacking([service("skep_actor", "node.role == manager")], tasks) == lacks
    assert rollcall.complete([service("skep_actor")], tasks) == (() if lacks else ("skep_actor",))


def test_a_service_that_the_lab_sends_where_no_node_is_is_neither_complete_nor_lacking() -> None:
    telegraf = service("tick_telegraf", "node.labels.skep.lab.never == true")
    pending = task("tick_telegraf", "pending", error=NO_NODE)

    assert rollcall.lacking([telegraf], [pending]) == ()
    assert rollcall.complete([telegraf], [pending]) == ()


def test_a_swarm_task_that_ended_by_itself_is_told_apart_from_one_that_was_told_to() -> None:
    replaced = task("skep_actor", "shutdown", meant="shutdown")

    assert rollcall.ended([service("skep_actor")], [RUNS, replaced, ENDED, task("another", "failed")]) == (
        "skep_actor failed (task: non-zero exit (1))",
    )
