"""What Telegraf would write about an emulated Swarm at one instant, in InfluxDB's line protocol.

Measurements, tags and fields are those that the lab's collector and the Telegrafs of the stacks write.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from lab.emulator.needs import Document
from lab.emulator.swarm import Swarm
from lab.emulator.things import Service, State

__all__ = ["NodeSight", "ServiceSight", "Sight", "lines", "look"]

_IDLE_CORES = 0.005
_CORES_S_PER_REQUEST = 0.007
_MEMORY_AT_REST_BYTES = 48 << 20
_MEMORY_BYTES_PER_RPS = 1 << 20
_QUICKEST_MS = 8.0
_NANO = 10**9
_BUSIEST = 0.98


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceSight:
    """A service, and where its replicas run.

    Attributes:
        limit_cores, limit_bytes: of a replica; ``None`` for none.
        containers: name and host of each running container.
    """

    name: str
    limit_cores: float | None
    limit_bytes: int | None
    containers: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeSight:
    """A node that is up."""

    id: str
    hostname: str
    cores: float
    memory_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """What there is to measure."""

    services: tuple[ServiceSight, ...]
    nodes: tuple[NodeSight, ...]


def look(swarm: Swarm) -> Sight:
    """What there is to measure just now."""
    up = [node for node in swarm.nodes if not node.is_down]
    hosts = {node.id: node.hostname for node in up}
    return Sight(
        services=tuple(_service(service, hosts) for service in swarm.services),
        nodes=tuple(
            NodeSight(id=node.id, hostname=node.hostname, cores=node.nano_cpus / _NANO, memory_bytes=node.memory_bytes)
            for node in up
        ),
    )


def lines(sight: Sight, rates_rps: Mapping[str, float], totals: Mapping[str, float], at: datetime) -> Iterator[str]:
    """The points of one instant.

    Args:
        sight: what there is.
        rates_rps: the load of each service by name.
        totals: how many requests each has had since it was first seen.
        at: the instant; points carry whole seconds.
    """
    at_s = int(at.timestamp())
    used_cores: defaultdict[str, float] = defaultdict(float)
    used_bytes: defaultdict[str, float] = defaultdict(float)
    for service in sight.services:
        rate_rps = rates_rps[service.name]
        share_rps = rate_rps / max(1, len(service.containers))
        cores = _up_to(_IDLE_CORES + share_rps * _CORES_S_PER_REQUEST, service.limit_cores)
        memory = int(_up_to(_MEMORY_AT_REST_BYTES + share_rps * _MEMORY_BYTES_PER_RPS, service.limit_bytes))
        for container, host in service.containers:
            used_cores[host] += cores
            used_bytes[host] += memory
            yield from _container(service, container, host, cores, memory, at_s)
        yield _backend(service, rate_rps, cores, totals[service.name], at_s)
    for node in sight.nodes:
        yield from _node(node, used_cores[node.hostname], used_bytes[node.hostname], at_s)


def _service(service: Service, hosts: Mapping[str, str]) -> ServiceSight:
    limits: Document = (service.template.document.get("Resources") or {}).get("Limits") or {}
    return ServiceSight(
        name=service.name,
        limit_cores=limits["NanoCPUs"] / _NANO if limits.get("NanoCPUs") else None,
        limit_bytes=limits.get("MemoryBytes") or None,
        containers=tuple(
            (f"{service.name}.{task.place}.{task.id}", hosts[task.node_id])
            for task in service.tasks.values()
            if task.state is State.RUNNING and task.node_id in hosts
        ),
    )


def _container(service: ServiceSight, container: str, host: str, cores: float, memory: int, at_s: int) -> Iterable[str]:
    tags = f"com.docker.swarm.service.name={_tag(service.name)},container_name={_tag(container)},host={_tag(host)}"
    limit = f",limit={service.limit_bytes}i" if service.limit_bytes else ""
    yield f"docker_container_cpu,cpu=cpu-total,{tags} usage_percent={cores * 100:.4f} {at_s}"
    yield f"docker_container_mem,{tags} usage={memory}i{limit} {at_s}"


def _backend(service: ServiceSight, rate_rps: float, cores: float, total: float, at_s: int) -> str:
    """As the proxy counts: an answer takes the longer, the busier its replica is."""
    busy = min(cores / service.limit_cores if service.limit_cores else cores, _BUSIEST)
    takes_ms = _QUICKEST_MS / (1 - busy)
    tags = f"host=proxy-1,proxy={_tag(service.name)},server=10.0.9.3:8404,sv=BACKEND,type=backend"
    in_flight = round(rate_rps * takes_ms / 1000)
    return f"haproxy,{tags} stot={int(total)}i,scur={in_flight}i,qcur=0i,rtime={round(takes_ms)}i {at_s}"


def _node(node: NodeSight, cores: float, memory: float, at_s: int) -> Iterable[str]:
    tags = f"host={_tag(node.hostname)},node_id={node.id}"
    used_percent = min(cores / node.cores * 100, 100.0)
    used = int(min(memory, node.memory_bytes))
    used_memory_percent = used / node.memory_bytes * 100
    yield f"cpu,cpu=cpu-total,{tags} usage_idle={100 - used_percent:.4f},usage_user={used_percent:.4f} {at_s}"
    yield (
        f"mem,{tags} total={node.memory_bytes}i,used={used}i,available={node.memory_bytes - used}i,"
        f"used_percent={used_memory_percent:.4f} {at_s}"
    )


def _up_to(value: float, limit: float | None) -> float:
    return value if limit is None else min(value, limit)


def _tag(value: str) -> str:
    """A value of a tag: commas, spaces and equals signs are escaped."""
    return value.replace("\\", "\\\\").replace(",", "\\,").replace(" ", "\\ ").replace("=", "\\=")
