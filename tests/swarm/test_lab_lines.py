"""The lab's collector writes what Telegraf writes: the same measurements, tags, fields and types as the sample lines.

These tests need no lab: the engine's and HAProxy's answers are stored ones (see tests/data/README.md).
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from lab.real import NodeSize
from lab.real.collector import containers, haproxy, node, services
from lab.real.collector.engine import CpuCount, Identity, Sample
from lab.real.collector.point import Field, Point

DATA = Path(__file__).parents[1] / "data"
MIB = 1024**2
IDENTITY = Identity(hostname="node-1", node_id="q1w2e3", server_version="20.10.24")
SIZE = NodeSize(cores=1.0, memory_bytes=1024 * MIB)
NOW_NS = 1_795_400_000_000_000_000
# What an engine says of a container's memory on a machine with cgroup v2.
MEMORY_V2 = {
    "usage": 30 * MIB,
    "limit": 64 * MIB,
    "stats": dict.fromkeys(
        ("active_anon", "active_file", "inactive_anon", "pgfault", "pgmajfault", "unevictable", "anon", "file"), 1
    )
    | {"inactive_file": 10 * MIB},
}
FIELD = re.compile(r'([^,=]+)=("[^"]*"|[^,]+)')
REPLICATED = {"ID": "s1", "Spec": {"Name": "demo_web", "Mode": {"Replicated": {"Replicas": 3}}}}
GLOBAL = {"ID": "s2", "Spec": {"Name": "tick_telegraf", "Mode": {"Global": {}}}}
JOB = {"ID": "s3", "Spec": {"Name": "migrate", "Mode": {"ReplicatedJob": {"MaxConcurrent": 1}}}}


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """What a line consists of, whatever its values: tag names, and each field with its type."""

    tags: frozenset[str]
    fields: Mapping[str, type]


def test_cpu_of_a_container_has_telegrafs_shape() -> None:
    assert shape(containers.cpu(IDENTITY, sample())) == sampled("docker_container_cpu")


def test_memory_of_a_container_has_telegrafs_shape() -> None:
    assert shape(containers.memory(IDENTITY, sample(memory_stats=MEMORY_V2))) == sampled("docker_container_mem")


def test_memory_on_cgroup_v1_has_the_keys_that_telegraf_takes_there_as_well() -> None:
    fields = containers.memory(IDENTITY, sample()).fields
    assert sampled("docker_container_mem").fields.keys() <= fields.keys()
    assert {"rss", "cache", "total_inactive_file", "hierarchical_memory_limit"} <= fields.keys()


def test_cpu_of_a_node_has_telegrafs_shape() -> None:
    assert shape(node.cpu(IDENTITY, (sample(),), SIZE, NOW_NS)) == sampled("cpu")


def test_memory_of_a_node_has_the_part_of_telegrafs_shape_that_a_lab_can_know() -> None:
    ours, telegrafs = shape(node.memory(IDENTITY, (sample(),), SIZE, NOW_NS)), sampled("mem")
    assert ours.tags == telegrafs.tags
    assert ours.fields.items() <= telegrafs.fields.items()


def test_a_service_has_telegrafs_shape() -> None:
    (point,) = services.points("node-1", [REPLICATED], [], NOW_NS)
    assert shape(point) == sampled("docker_swarm")


@pytest.mark.parametrize("row", ["frontend", "backend"])
def test_rows_of_haproxy_have_telegrafs_shape(row: str) -> None:
    (point,) = (point for point in proxy_points() if point.tags["type"] == row)
    assert shape(point) == sampled("haproxy", type=row)


def test_a_server_of_haproxy_has_telegrafs_shape_and_what_its_settings_add() -> None:
    """A limit of connections adds `slim`, a check by HTTP `check_code`, observing requests `hanafail`."""
    ours, telegrafs = shape(proxy_points()[1]), sampled("haproxy", type="server")
    assert ours.tags == telegrafs.tags
    assert ours.fields == {**telegrafs.fields, "slim": int, "check_code": int, "hanafail": int}


def test_a_core_is_a_hundred_percent_however_many_cores_the_machine_has() -> None:
    """Half of the time of two cores is one full core."""
    assert containers.cpu(IDENTITY, busy(container_s=1.0, machine_s=2.0)).fields["usage_percent"] == 100.0


def test_a_container_seen_once_has_counters_and_no_percentage() -> None:
    fields = containers.cpu(IDENTITY, sample(before=None)).fields
    assert "usage_percent" not in fields
    assert fields["usage_total"] == stored()["stats"]["cpu_stats"]["cpu_usage"]["total_usage"]


def test_a_container_whose_counter_fell_has_no_percentage() -> None:
    assert "usage_percent" not in containers.cpu(IDENTITY, busy(container_s=-1.0, machine_s=2.0)).fields


def test_memory_is_counted_without_the_page_cache_the_kernel_could_take_back() -> None:
    fields = containers.memory(IDENTITY, sample(memory_stats=MEMORY_V2)).fields
    assert (fields["usage"], fields["usage_percent"]) == (20 * MIB, 31.25)


def test_a_container_without_a_limit_has_no_share_of_it() -> None:
    fields = containers.memory(IDENTITY, sample(memory_stats={**MEMORY_V2, "limit": 0})).fields
    assert fields["usage_percent"] == 0.0


@pytest.mark.parametrize(
    ("reference", "image", "version"),
    [
        ("127.0.0.1:5/skep-lab/web:1", "127.0.0.1:5/skep-lab/web", "1"),
        ("127.0.0.1:5/web", "127.0.0.1:5/web", "unknown"),
        ("redis:7.2", "redis", "7.2"),
        ("redis", "redis", "unknown"),
        ("shop/web:2@sha256:96286b27b5", "shop/web", "2"),
    ],
)
def test_an_image_is_split_into_name_and_version(reference: str, image: str, version: str) -> None:
    plain = sample()
    named = replace(plain, container={**plain.container, "Image": reference})
    tags = containers.cpu(IDENTITY, named).tags
    assert (tags["container_image"], tags["container_version"]) == (image, version)


def test_the_time_is_the_engines_own_to_the_nanosecond() -> None:
    base = sample()
    timed = replace(base, stats={**base.stats, "read": "2026-11-23T02:13:20.412345679Z"})
    assert containers.cpu(IDENTITY, timed).time_ns == 1_795_400_000_412_345_679


def test_a_node_uses_what_its_containers_use_of_the_size_it_is_said_to_have() -> None:
    half_a_core = busy(container_s=0.5, machine_s=2.0)
    fields = node.cpu(IDENTITY, (half_a_core, half_a_core), NodeSize(cores=4.0, memory_bytes=MIB), NOW_NS).fields
    assert fields["usage_idle"] == 75.0
    assert number(fields["usage_user"]) + number(fields["usage_system"]) == 25.0


def test_a_node_without_containers_is_idle() -> None:
    assert node.cpu(IDENTITY, (), SIZE, NOW_NS).fields["usage_idle"] == 100.0
    assert node.memory(IDENTITY, (), SIZE, NOW_NS).fields["used_percent"] == 0.0


def test_a_node_is_never_more_than_full() -> None:
    point = node.cpu(IDENTITY, (busy(container_s=3.0, machine_s=2.0),), SIZE, NOW_NS)
    assert point.fields["usage_idle"] == 0.0


def test_running_is_counted_by_state_and_desired_is_what_the_service_says() -> None:
    tasks = [task("s1", "running"), task("s1", "running", desired="shutdown"), task("s1", "pending")]
    (point,) = services.points("node-1", [REPLICATED], tasks, NOW_NS)
    assert point.fields == {"tasks_running": 2, "tasks_desired": 3}


def test_desired_of_a_global_service_is_one_for_each_task_that_shall_not_stop() -> None:
    tasks = [task("s2", "running"), task("s2", "pending"), task("s2", "shutdown", desired="shutdown")]
    (point,) = services.points("node-1", [GLOBAL], tasks, NOW_NS)
    assert point.fields == {"tasks_running": 1, "tasks_desired": 2}


def test_jobs_are_left_out() -> None:
    assert services.points("node-1", [JOB], [], NOW_NS) == ()


def test_every_row_of_haproxy_is_written() -> None:
    rows = [(point.tags["proxy"], point.tags["sv"], point.tags["type"]) for point in proxy_points()]
    assert rows == [
        ("web", "FRONTEND", "frontend"),
        ("demo_web", "web1", "server"),
        ("demo_web", "web3", "server"),
        ("demo_web", "BACKEND", "backend"),
    ]


def test_a_number_that_influxdb_cannot_hold_is_left_out_of_its_row() -> None:
    text = "# pxname,svname,type,stot,check_duration\nweb,web1,2,7,18446744073709551615\n"
    (point,) = haproxy.points(text, hostname="node-1", url="http://198.18.1.11:8404/stats", time_ns=NOW_NS)
    assert point.fields == {"stot": 7}


def test_columns_of_haproxy_have_telegrafs_names() -> None:
    backend = proxy_points()[-1].fields
    assert (backend["stot"], backend["http_response.2xx"], backend["active_servers"]) == (21, 21, 2)
    assert not {"act", "bck", "hrsp_2xx", "cli_abrt", "srv_abrt"} & backend.keys()


def test_haproxy_is_named_by_host_and_port() -> None:
    assert {point.tags["server"] for point in proxy_points()} == {"198.18.1.11:8404"}


NO_TIME_YET = CpuCount(container_ns=0, machine_ns=0)


@cache
def stored() -> Mapping[str, Any]:
    loaded: Mapping[str, Any] = json.loads((DATA / "docker-20.10-container.json").read_text())
    return loaded


def sample(*, before: CpuCount | None = NO_TIME_YET, **stats: object) -> Sample:
    return Sample(container=stored()["container"], stats={**stored()["stats"], **stats}, before=before)


def busy(*, container_s: float, machine_s: float) -> Sample:
    """A container that used so much CPU while the machine (two cores) used so much in all."""
    cpu = stored()["stats"]["cpu_stats"]
    now = CpuCount(container_ns=cpu["cpu_usage"]["total_usage"], machine_ns=cpu["system_cpu_usage"])
    container_ns, machine_ns = int(container_s * 1e9), int(machine_s * 1e9)
    before = CpuCount(container_ns=now.container_ns - container_ns, machine_ns=now.machine_ns - machine_ns)
    return sample(before=before)


def task(service: str, state: str, *, desired: str = "running") -> dict[str, Any]:
    return {"ServiceID": service, "Status": {"State": state}, "DesiredState": desired}


def proxy_points() -> tuple[Point, ...]:
    text = (DATA / "haproxy-2.6.12-stats.csv").read_text()
    return haproxy.points(text, hostname="node-1", url="http://198.18.1.11:8404/stats", time_ns=NOW_NS)


def number(value: Field) -> float:
    assert isinstance(value, int | float)
    return value


def shape(point: Point) -> Shape:
    tags = frozenset(name for name, value in point.tags.items() if value)
    return Shape(tags=tags, fields={name: type(value) for name, value in point.fields.items()})


def sampled(measurement: str, **tags: str) -> Shape:
    """The shape of the sample lines of a measurement that carry these tags."""
    lines = [split(line) for line in (DATA / "telegraf-sample-lines.lp").read_text().splitlines()]
    chosen = [(has, fields) for name, has, fields in lines if name == measurement and tags.items() <= has.items()]
    fields = {name: type_of(value) for _, of_line in chosen for name, value in of_line.items()}
    return Shape(tags=frozenset(chosen[0][0]), fields=fields)


def split(line: str) -> tuple[str, dict[str, str], dict[str, str]]:
    """Measurement, tags and fields of a line; no sample has an escaped blank."""
    head, _, rest = line.partition(" ")
    measurement, *tags = head.split(",")
    return measurement, dict(tag.split("=", 1) for tag in tags), dict(FIELD.findall(rest.rpartition(" ")[0]))


def type_of(value: str) -> type:
    if value.startswith('"'):
        return str
    return int if value.endswith("i") else float
