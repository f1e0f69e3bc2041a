"""A Swarm of a given size, with services as people write them, all of them running."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from types import MappingProxyType

from lab.emulator.needs import Document
from lab.emulator.store import Delays
from lab.emulator.swarm import Swarm

__all__ = ["Founding", "found", "machine", "service_name"]

_MANAGERS = 3
_PLUGINS = (
    ("Log", "json-file"),
    ("Log", "local"),
    *(("Network", name) for name in ("bridge", "host", "ipvlan", "macvlan", "null", "overlay")),
    ("Volume", "local"),
)
_SERVICES_PER_STACK = 10
_SETTLING = timedelta(days=1)
_LABELS: Mapping[str, str] = MappingProxyType(
    {"skep.enable": "true", "skep.min": "2", "skep.max": "20", "skep.cpu": "70%", "skep.requests": "50/s"}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Founding:
    """How large a Swarm is, and how fast its containers are.

    Attributes:
        managers: among the nodes.
        replicas: of each service.
        cores: of each node.
        memory_bytes: of each node.
        labels: of each service.
    """

    services: int
    nodes: int
    managers: int = _MANAGERS
    replicas: int = 3
    cores: int = 16
    memory_bytes: int = 64 << 30
    labels: Mapping[str, str] = field(default_factory=lambda: _LABELS)
    delays: Delays = field(default_factory=Delays)
    seed: int = 0


def found(founding: Founding, now: datetime) -> Swarm:
    """The Swarm, as it is on the day after its services were made: whatever fits runs."""
    swarm = Swarm(now - _SETTLING, founding.delays, seed=founding.seed)
    for number in range(1, founding.nodes + 1):
        role = "manager" if number <= founding.managers else "worker"
        swarm.join(f"node-{number}", machine(founding.cores, founding.memory_bytes), role=role)
    for number in range(1, founding.services + 1):
        swarm.create_service(_spec(number, founding))
    swarm.advance(now)
    return swarm


def machine(cores: int = 16, memory_bytes: int = 64 << 30) -> Document:
    """What the engine of a machine says of itself."""
    return {
        "Platform": {"Architecture": "x86_64", "OS": "linux"},
        "Resources": {"NanoCPUs": cores * 10**9, "MemoryBytes": memory_bytes},
        "Engine": {
            "EngineVersion": "20.10.24+emulated",
            "Plugins": [{"Type": kind, "Name": name} for kind, name in _PLUGINS],
        },
    }


def service_name(number: int) -> str:
    """Stack and service: ten in each stack."""
    return f"stack-{(number - 1) // _SERVICES_PER_STACK + 1}_service-{number}"


def _spec(number: int, founding: Founding) -> Document:
    name = service_name(number)
    stack = name.partition("_")[0]
    return {
        "Name": name,
        "Labels": {
            "com.docker.stack.image": "registry.example/shop/web:1.2.3",
            "com.docker.stack.namespace": stack,
            **founding.labels,
        },
        "TaskTemplate": {
            "ContainerSpec": {
                "Image": "registry.example/shop/web:1.2.3@sha256:" + "0" * 64,
                "Labels": {"com.docker.stack.namespace": stack},
                "Env": [f"SERVICE={name}"],
                "StopGracePeriod": 10**10,
                "DNSConfig": {},
                "Isolation": "default",
            },
            "Resources": {
                "Limits": {"NanoCPUs": 5 * 10**8, "MemoryBytes": 256 << 20},
                "Reservations": {"NanoCPUs": 5 * 10**7, "MemoryBytes": 64 << 20},
            },
            "RestartPolicy": {"Condition": "any", "Delay": 5 * 10**9, "MaxAttempts": 0},
            "Placement": {"Platforms": [{"Architecture": "amd64", "OS": "linux"}]},
            "ForceUpdate": 0,
            "Runtime": "container",
        },
        "Mode": {"Replicated": {"Replicas": founding.replicas}},
        "UpdateConfig": {"Parallelism": 1, "FailureAction": "pause", "Monitor": 5 * 10**9, "Order": "stop-first"},
        "RollbackConfig": {"Parallelism": 1, "FailureAction": "pause", "Monitor": 5 * 10**9, "Order": "stop-first"},
        "EndpointSpec": {"Mode": "vip"},
    }
