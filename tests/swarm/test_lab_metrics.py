"""The lab's collector on the real thing: what stands in InfluxDB is what the engines and the proxy say."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest

from lab.load import Load, Step
from lab.real import Lab, NodeStatus, direct
from lab.real.collector import haproxy
from lab.real.influx_server import Account
from tests.eventually import eventually
from tests.labs import lab_name

pytestmark = pytest.mark.swarm

NAME = lab_name("metrics")
WRITTEN = {"cpu", "docker_container_cpu", "docker_container_mem", "docker_swarm", "haproxy", "mem"}


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    """A lab that is measured every second, behind passwords, with the demo service and its proxy."""
    lab = Lab(NAME, nodes=2, interval=timedelta(seconds=1), influx_auth=True)
    lab.down()
    try:
        lab.up()
        lab.deploy_web()
        lab.deploy_proxy()
        yield lab
    finally:
        lab.down()


@pytest.fixture
def newcomer(lab: Lab) -> Iterator[NodeStatus]:
    """A third node, on which nothing ever runs: whatever becomes of it, the replicas stay where they are."""
    added = lab.add(availability="pause")
    yield added
    lab.remove(added.hostname)


@contextmanager
def collector_stopped(lab: Lab) -> Iterator[None]:
    """Nothing is measured in this block."""
    lab.stop_collector()
    try:
        yield
    finally:
        lab.start_collector()


def test_every_measurement_is_written(lab: Lab) -> None:
    eventually(lambda: set(values(lab, "SHOW MEASUREMENTS")) >= WRITTEN)


def test_containers_of_both_nodes_are_measured_under_their_service(lab: Lab) -> None:
    query = (
        "SELECT last(usage_percent) FROM docker_container_cpu WHERE \"com.docker.swarm.service.name\" = 'demo_web' "
        "GROUP BY host, node_id"
    )
    nodes = {(node.hostname, node.node_id) for node in lab.status().nodes}
    eventually(lambda: {(tags["host"], tags["node_id"]) for tags in tags_of(lab, query)} == nodes)


def test_a_replica_at_its_cpu_limit_shows_as_its_limit_in_percent_of_a_core(lab: Lab) -> None:
    """The demo service's limit is an eighth of a core."""
    query = (
        "SELECT max(usage_percent) FROM docker_container_cpu WHERE time > now() - 5s AND "
        "\"com.docker.swarm.service.name\" = 'demo_web'"
    )
    flood = [Step(duration=timedelta(minutes=2), rate_rps=60)]
    with Load(f"{lab.status().proxy_url}/?cost=8", flood):
        eventually(lambda: any(10.0 <= value <= 15.0 for value in values(lab, query, column=1)), within_s=60)


def test_the_proxys_backend_is_named_after_the_service_and_counts_its_requests(lab: Lab) -> None:
    before = counted_by_the_proxy(lab)
    with Load(f"{lab.status().proxy_url}/?cost=0", [Step(duration=timedelta(seconds=1), rate_rps=30)]) as load:
        load.wait()
    query = "SELECT last(stot) FROM haproxy WHERE proxy = 'demo_web' AND \"type\" = 'backend'"
    eventually(lambda: values(lab, query, column=1) == [before + 30])


def counted_by_the_proxy(lab: Lab) -> int:
    """The requests for the service so far; the newest point may be older than the last of them."""
    url = lab.status().stats_url
    rows_of_proxy = haproxy.points(haproxy.read(url), hostname="", url=url, time_ns=0)
    backend = next(row for row in rows_of_proxy if (row.tags["proxy"], row.tags["type"]) == ("demo_web", "backend"))
    return int(backend.fields["stot"])


def test_a_service_has_its_running_and_desired_tasks(lab: Lab) -> None:
    query = "SELECT last(tasks_running), tasks_desired FROM docker_swarm WHERE service_name = 'demo_web'"
    eventually(lambda: [row[1:] for row in rows(lab, query)] == [[2, 2]])


def test_metrics_are_lost_while_the_collector_is_stopped_and_come_back(lab: Lab) -> None:
    newest = "SELECT last(usage_idle) FROM cpu"
    eventually(lambda: rows(lab, newest))
    with collector_stopped(lab):
        (lost_since,) = values(lab, newest)
        assert "collector" not in [process.name for process in lab.processes()]
    eventually(lambda: values(lab, newest)[0] > lost_since)


def test_the_others_are_measured_when_a_node_has_died_and_it_too_when_it_is_back(
    lab: Lab, newcomer: NodeStatus
) -> None:
    recent = "SELECT count(usage_idle) FROM cpu WHERE time > now() - 3s GROUP BY host"
    others = {"node-1", "node-2"}
    all_three = {*others, newcomer.hostname}
    eventually(lambda: {tags["host"] for tags in tags_of(lab, recent)} >= all_three)
    lab.kill(newcomer.hostname)
    eventually(lambda: {tags["host"] for tags in tags_of(lab, recent)} & all_three == others)
    lab.revive(newcomer.hostname)
    eventually(lambda: {tags["host"] for tags in tags_of(lab, recent)} >= all_three)


def test_a_node_that_joins_is_measured(lab: Lab, newcomer: NodeStatus) -> None:
    query = "SELECT last(usage_idle) FROM cpu GROUP BY node_id"
    eventually(lambda: newcomer.node_id in [tags["node_id"] for tags in tags_of(lab, query)])


def test_the_reader_can_only_read(lab: Lab) -> None:
    accounts = lab.influx_accounts
    assert accounts is not None
    assert write(lab, accounts.reader) == 403
    assert write(lab, accounts.writer) == 204
    assert "not authorized" in json.dumps(ask(lab, "DROP MEASUREMENT intruder", accounts.reader))


def test_who_has_no_account_is_refused(lab: Lab) -> None:
    assert write(lab, Account(user="skep", password="guess")) == 401


def write(lab: Lab, account: Account) -> int:
    status = lab.status()
    with direct.session() as session:
        return session.post(
            f"{status.influx_url}/write",
            params={"db": status.influx_database},
            auth=(account.user, account.password),
            data="intruder value=1",
            timeout=5,
        ).status_code


def ask(lab: Lab, query: str, account: Account | None = None) -> dict[str, Any]:
    accounts, status = lab.influx_accounts, lab.status()
    assert accounts is not None
    asking = account or accounts.reader
    with direct.session() as session:
        answer: dict[str, Any] = session.get(
            f"{status.influx_url}/query",
            params={"db": status.influx_database, "q": query, "epoch": "ns"},
            auth=(asking.user, asking.password),
            timeout=5,
        ).json()
    return answer


def rows(lab: Lab, query: str) -> list[list[Any]]:
    series = ask(lab, query)["results"][0].get("series", [])
    return [row for one in series for row in one["values"]]


def values(lab: Lab, query: str, *, column: int = 0) -> list[Any]:
    return [row[column] for row in rows(lab, query)]


def tags_of(lab: Lab, query: str) -> list[dict[str, str]]:
    return [one["tags"] for one in ask(lab, query)["results"][0].get("series", [])]
