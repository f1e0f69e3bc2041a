"""What the facts of a check-up mean: each fault is found, says what mends it, and hides nothing else."""

from dataclasses import replace
from datetime import timedelta

import pytest

from skep.core.checkup import (
    BoardFacts,
    Check,
    Checkup,
    Health,
    JournalFacts,
    MetricsFacts,
    NodeFacts,
    Permission,
    QueueFacts,
    judge,
)
from skep.core.foresight.metric_delay import MetricDelay
from tests.core.checkup_examples import ENGINE, MEMORY, METRICS, NOW, SWARM, WELL, seconds_ago, with_

LATE = timedelta(seconds=20)


def bad(checkup: Checkup) -> list[Check]:
    return [check for check in judge(checkup) if check.health in {Health.WARNING, Health.FAILURE}]


def metrics_of(*nodes: NodeFacts) -> MetricsFacts:
    return replace(METRICS, nodes=nodes)


def test_how_late_requests_are_seen_is_told_and_no_fault() -> None:
    delay = MetricDelay(typical=timedelta(seconds=8), longest=timedelta(seconds=13), evaluations=120)
    checkup = with_(memory=replace(MEMORY, requests_delay=delay))
    assert bad(checkup) == []
    assert "InfluxDB answers. A request is seen 8 s after it came, at most 13 s in 120 evaluations." in {
        check.found for check in judge(checkup)
    }


def test_where_all_is_well_nothing_is_wrong_and_everything_was_looked_at() -> None:
    checks = judge(WELL)
    assert bad(WELL) == []
    assert [check.about for check in checks] == [
        "broker",
        "queue act",
        "queue tick",
        "queue observe",
        "versions",
        "clocks",
        "docker",
        "permissions",
        "swarm",
        "metrics",
        "telegraf",
        "journal",
        "beat",
        "evaluations",
        "dashboards",
    ]
    assert {check.about for check in checks if check.health is Health.UNSEEN} == {"dashboards"}


FAULTS = {
    "nobody takes orders": (
        replace(WELL, queues=(QueueFacts(queue="act", workers=(), waiting=3),)),
        Health.FAILURE,
        "queue act",
        "No worker takes from it, and 3 messages wait.",
    ),
    "orders pile up": (
        replace(WELL, queues=(QueueFacts(queue="act", workers=("a@m1", "a@m2"), waiting=101),)),
        Health.WARNING,
        "queue act",
        "101 messages already wait; a@m1, a@m2 cannot keep up.",
    ),
    "another version": (
        replace(WELL, version="0.2.0"),
        Health.WARNING,
        "versions",
        "This command is skep 0.2.0, the worker 0.1.0.",
    ),
    "the clock here": (
        replace(WELL, examined_at=NOW + LATE),
        Health.WARNING,
        "clocks",
        "The clock of the worker is 20 s behind this machine's.",
    ),
    "the clock of the store": (
        with_(
            metrics=MetricsFacts(as_of=NOW + LATE, read_at=NOW, nodes=(NodeFacts(hostname="n", newest_at=NOW + LATE),))
        ),
        Health.WARNING,
        "clocks",
        "The clock of the metrics store is 20 s ahead of the worker's.",
    ),
    "no engine": (with_(engine="Docker does not answer"), Health.FAILURE, "docker", "Docker does not answer"),
    "an old engine": (
        with_(engine=replace(ENGINE, api_version="1.39", version="18.09")),
        Health.WARNING,
        "docker",
        "Docker 18.09 answers at tcp://socket-proxy:2375, API 1.39.",
    ),
    "a permission that is missing": (
        with_(
            engine=replace(ENGINE, permissions=(Permission(request="DELETE /x", purpose="remove it", is_given=False),))
        ),
        Health.FAILURE,
        "permissions",
        "DELETE /x does not come through to the engine, so skep cannot remove it.",
    ),
    "a permission that is needless": (
        with_(engine=replace(ENGINE, permissions=(Permission(request="GET /secrets", purpose="", is_given=True),))),
        Health.WARNING,
        "permissions",
        "Comes through, though skep never asks for it: GET /secrets.",
    ),
    "the socket itself": (
        with_(
            engine=replace(
                ENGINE,
                endpoint="unix:///var/run/docker.sock",
                permissions=(Permission(request="GET /secrets", purpose="", is_given=True),),
            )
        ),
        Health.WARNING,
        "permissions",
        "The worker holds all of unix:///var/run/docker.sock: nothing stands between it and what Docker can do.",
    ),
    "wrong labels": (
        with_(swarm=replace(SWARM, errors=1)),
        Health.FAILURE,
        "swarm",
        "12 services, 3 enabled; 2 of 2 nodes ready. Labels, policy file or metrics have 1 error.",
    ),
    "a node that is away": (
        with_(swarm=replace(SWARM, nodes=3)),
        Health.WARNING,
        "swarm",
        "12 services, 3 enabled; 2 of 3 nodes ready.",
    ),
    "no metrics": (
        with_(metrics="store unreachable: connection refused"),
        Health.FAILURE,
        "metrics",
        "store unreachable: connection refused",
    ),
    "a node without Telegraf": (
        with_(metrics=metrics_of(NodeFacts(hostname="node-2", newest_at=None))),
        Health.FAILURE,
        "telegraf",
        "node-2 reports nothing: the metrics store has no points of it.",
    ),
    "a late Telegraf": (
        with_(metrics=metrics_of(NodeFacts(hostname="node-2", newest_at=seconds_ago(46)))),
        Health.FAILURE,
        "telegraf",
        "node-2 reports late: its newest data is 46 s old, at most 45 s is allowed.",
    ),
    "a clock of a node": (
        with_(metrics=metrics_of(NodeFacts(hostname="node-2", newest_at=seconds_ago(-90)))),
        Health.FAILURE,
        "telegraf",
        "node-2 has a clock that is 90 s ahead of the store's: its data is not used.",
    ),
    "no Prometheus": (with_(prometheus="it is away"), Health.FAILURE, "prometheus", "it is away"),
    "a journal that cannot be written": (
        with_(journal=JournalFacts(waiting=12, lost=0, trouble="it is away")),
        Health.FAILURE,
        "journal",
        "The permanent journal cannot be written, 12 entries not yet in InfluxDB: it is away",
    ),
    "a journal with losses": (
        with_(journal=JournalFacts(waiting=0, lost=1)),
        Health.WARNING,
        "journal",
        "1 entry never reached InfluxDB.",
    ),
    "no memory": (with_(memory="Redis is out of reach"), Health.FAILURE, "memory", "Redis is out of reach"),
    "a beat that has stopped": (
        with_(memory=replace(MEMORY, measured_at=seconds_ago(121))),
        Health.FAILURE,
        "beat",
        "What beat enqueues each 30 s was last done 2 min ago.",
    ),
    "a beat that never was": (
        with_(memory=replace(MEMORY, measured_at=None)),
        Health.FAILURE,
        "beat",
        "Nothing that beat should enqueue has ever been done.",
    ),
    "no evaluations": (
        with_(memory=replace(MEMORY, decided_at=seconds_ago(61))),
        Health.FAILURE,
        "evaluations",
        "Services are decided each 15 s, and last were 61 s ago.",
    ),
    "orders that are not known": (
        with_(memory=replace(MEMORY, orders_unknown_since=seconds_ago(60))),
        Health.WARNING,
        "orders",
        "Redis is new, or lost its data 60 s ago, and what people had ordered is not read back yet: nothing acts.",
    ),
    "no boards": (
        replace(WELL, boards=BoardFacts(program="grafana", titles=("Other",), expected=("Swarm (HAProxy)",))),
        Health.WARNING,
        "dashboards",
        "grafana has none of skep's boards (Swarm (HAProxy)).",
    ),
}


@pytest.mark.parametrize(("checkup", "health", "about", "found"), FAULTS.values(), ids=FAULTS)
def test_a_fault_is_found_alone_and_with_its_mend(checkup: Checkup, health: Health, about: str, found: str) -> None:
    (check,) = bad(checkup)
    assert (check.health, check.about, check.found) == (health, about, found)
    assert check.mend


def test_what_was_never_done_is_no_failure_just_after_the_start() -> None:
    began = replace(MEMORY, measured_at=None, decided_at=None, orders_unknown_since=seconds_ago(10))
    assert {(check.about, check.health) for check in bad(with_(memory=began))} == {
        ("beat", Health.WARNING),
        ("evaluations", Health.WARNING),
        ("orders", Health.WARNING),
    }
    long_ago = replace(began, orders_unknown_since=seconds_ago(100))
    assert {check.health for check in bad(with_(memory=long_ago)) if check.about != "orders"} == {Health.FAILURE}


def test_a_worker_that_took_its_time_has_no_wrong_clock() -> None:
    """What was asked before it is judged by the clock of then."""
    later = with_(at=NOW + LATE, memory=replace(MEMORY, measured_at=NOW, decided_at=NOW))
    assert bad(replace(later, examined_at=NOW + LATE)) == []


def test_without_a_broker_nothing_else_is_told() -> None:
    (check,) = judge(replace(WELL, broker="out of reach"))
    assert (check.about, check.health, check.found) == ("broker", Health.FAILURE, "out of reach")


def test_without_an_answer_of_a_worker_the_broker_and_the_queues_are_told() -> None:
    checks = judge(replace(WELL, examination="nobody answers"))
    assert [check.health for check in checks] == [Health.WELL] * 4 + [Health.FAILURE]


def test_many_nodes_that_report_nothing_are_not_told_one_by_one() -> None:
    nodes = [NodeFacts(hostname=f"node-{number}", newest_at=None) for number in range(200)]
    found = [check.found for check in bad(with_(metrics=metrics_of(*nodes)))]
    assert len(found) == 6
    assert found[-1] == "The same holds for 195 nodes more."


def test_a_swarm_without_enabled_services_needs_no_decisions() -> None:
    checkup = with_(swarm=replace(SWARM, enabled=0), memory=replace(MEMORY, decided_at=None))
    assert bad(checkup) == []


def test_boards_that_are_loaded_and_a_prometheus_that_answers_are_well() -> None:
    boards = BoardFacts(
        program="chronograf", titles=("Swarm (Traefik)",), expected=("Swarm (HAProxy)", "Swarm (Traefik)")
    )
    told = {check.about: check.found for check in judge(replace(with_(prometheus=""), boards=boards))}
    assert told["dashboards"] == "chronograf has Swarm (Traefik)."
    assert told["prometheus"] == "Prometheus answers."
