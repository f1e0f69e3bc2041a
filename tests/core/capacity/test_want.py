"""What of a Swarm has no node yet."""

import pytest

from skep.core.capacity.want import wants
from skep.core.cluster import RestartCondition, Service, ServiceMode, TaskState
from tests.core.capacity.builders import cluster, node, pending_task, service, task

STARTING = task("web", 1, "node-1", state=TaskState.STARTING)
RUNNING = task("web", 2, "node-1")
FAILED = task("web", 3, "node-1", state=TaskState.FAILED)
WAITING = pending_task("web", 4)
NEW = task("web", 5, None, state=TaskState.NEW)


@pytest.mark.parametrize(
    ("given", "goal", "surge", "expected"),
    [
        pytest.param(service(tasks=[STARTING, RUNNING]), None, 0, 0, id="all have a node"),
        pytest.param(service(tasks=[RUNNING, WAITING, NEW]), None, 0, 2, id="those that wait, and those just made"),
        pytest.param(service(tasks=[RUNNING]), 4, 0, 3, id="replicas that were just decided"),
        pytest.param(service(tasks=[RUNNING, WAITING]), 4, 0, 3, id="both"),
        pytest.param(service(tasks=[RUNNING, WAITING]), 1, 0, 0, id="what waits is no longer wanted"),
        pytest.param(service(tasks=[RUNNING, WAITING]), None, 1, 0, id="a surge asks for nothing"),
        pytest.param(service(tasks=[RUNNING, WAITING, NEW]), None, 1, 1, id="what waits beside a surge does"),
        pytest.param(service("web", 3, tasks=[RUNNING, FAILED]), None, 0, 0, id="what Swarm has not made again yet"),
        pytest.param(service("web", 0, tasks=[RUNNING]), None, 0, 0, id="what is being scaled away"),
        pytest.param(
            service("web", 3, tasks=[RUNNING], restart=RestartCondition.NONE),
            None,
            0,
            0,
            id="what ended and never starts again",
        ),
        pytest.param(
            service(tasks=[RUNNING, WAITING], mode=ServiceMode.REPLICATED_JOB), None, 0, 1, id="a job's tasks"
        ),
        pytest.param(
            service(tasks=[WAITING], mode=ServiceMode.GLOBAL), None, 0, 0, id="a global service wants nothing"
        ),
        pytest.param(service(tasks=[WAITING], mode=ServiceMode.GLOBAL_JOB), None, 0, 0, id="nor does a global job"),
    ],
)
def test_what_looks_for_a_node(given: Service, goal: int | None, surge: int, expected: int) -> None:
    found = wants(
        cluster([node()], given),
        goals={} if goal is None else {"web-id": goal},
        surges={"web-id": surge} if surge else {},
    )
    assert [(want.service.name, want.replicas) for want in found] == ([("web", expected)] if expected else [])
