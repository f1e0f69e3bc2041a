"""``python -m tests.bench.engine_stand_in SERVICES NODES SOCKET``: the reading half of an engine with a large Swarm.

In a process of its own, as an engine is, and with every list encoded beforehand, so that what is measured is skep and
not the making of answers. A service is called ``service-<number>`` and has three running replicas. From one answer to
the next a fiftieth of services and swarm tasks change their version, as if somebody had worked on them.
"""

import json
import sys
from collections.abc import Iterable, Iterator, Mapping
from http.server import BaseHTTPRequestHandler
from itertools import cycle, repeat
from pathlib import Path
from socketserver import ThreadingMixIn, UnixStreamServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

__all__ = ["REPLICAS", "node", "service", "service_name", "task_id", "tasks_of"]

REPLICAS = 3

#: The Swarm stands in one of these, one answer after the other; in each, another hundredth has another version.
_STATES = 3
_HUNDRED = 100

_SINCE = "2026-01-01T12:00:00.123456789Z"


def service_name(number: int) -> str:
    """By which the metrics know it."""
    return f"service-{number}"


def task_id(service_number: int, slot: int) -> str:
    """Of the length of real ones."""
    return f"{service_number:012d}task{slot:09d}"


def service(number: int, state: int = 0) -> dict[str, Any]:
    """As the engine lists it, with everything a real one has."""
    labels = {
        "com.docker.stack.image": "registry.example/shop/web:1.2.3",
        "com.docker.stack.namespace": f"stack-{number // 10}",
        "skep.enable": "true",
        "skep.min": "2",
        "skep.max": "20",
        "skep.cpu": "70%",
        "skep.requests": "50/s",
    }
    spec = {
        "Name": service_name(number),
        "Labels": labels,
        "TaskTemplate": {
            "ContainerSpec": {
                "Image": "registry.example/shop/web:1.2.3@sha256:" + "0" * 64,
                "Labels": {"com.docker.stack.namespace": f"stack-{number // 10}"},
                "Env": [f"VARIABLE_{place}=some value of it" for place in range(10)],
                "Privileges": {"CredentialSpec": None, "SELinuxContext": None},
                "StopGracePeriod": 10_000_000_000,
                "DNSConfig": {},
                "Isolation": "default",
            },
            "Resources": {
                "Limits": {"NanoCPUs": 500_000_000, "MemoryBytes": 256 << 20},
                "Reservations": {"NanoCPUs": 50_000_000, "MemoryBytes": 64 << 20},
            },
            "RestartPolicy": {"Condition": "any", "Delay": 5_000_000_000, "MaxAttempts": 0},
            "Placement": {"Platforms": [{"Architecture": "amd64", "OS": "linux"}]},
            "Networks": [{"Target": "ko6nqkrwpoumqfrlo0ljuc2ja", "Aliases": ["web"]}],
            "ForceUpdate": 0,
            "Runtime": "container",
        },
        "Mode": {"Replicated": {"Replicas": REPLICAS}},
        "UpdateConfig": {"Parallelism": 1, "FailureAction": "pause", "Monitor": 5_000_000_000, "Order": "stop-first"},
        "EndpointSpec": {"Mode": "vip"},
    }
    return {
        "ID": f"{number:025d}",
        "Version": {"Index": 1000 + number + _moved(number, state)},
        "CreatedAt": _SINCE,
        "UpdatedAt": _SINCE,
        "Spec": spec,
        "PreviousSpec": spec,
        "Endpoint": {"Spec": {"Mode": "vip"}, "VirtualIPs": [{"NetworkID": "ko6nq", "Addr": "10.0.1.2/24"}]},
    }


def tasks_of(number: int, *, nodes: int, state: int = 0) -> list[dict[str, Any]]:
    """The swarm tasks of one service, as the engine lists them."""
    template = service(number)["Spec"]["TaskTemplate"]
    return [
        {
            "ID": task_id(number, slot),
            "Version": {"Index": 2000 + number + _moved(number, state)},
            "CreatedAt": _SINCE,
            "UpdatedAt": _SINCE,
            "Labels": {},
            "Spec": template,
            "ServiceID": f"{number:025d}",
            "Slot": slot,
            "NodeID": f"node{(number * REPLICAS + slot) % nodes:021d}",
            "Status": {
                "Timestamp": _SINCE,
                "State": "running",
                "Message": "started",
                "ContainerStatus": {"ContainerID": "f" * 64, "PID": 4711, "ExitCode": 0},
                "PortStatus": {},
            },
            "DesiredState": "running",
            "NetworksAttachments": [
                {
                    "Network": {"ID": "ko6nq", "DriverState": {"Name": "overlay"}, "Spec": {"Name": "default"}},
                    "Addresses": ["10.0.1.3/24"],
                }
            ],
        }
        for slot in range(1, REPLICAS + 1)
    ]


def node(number: int) -> dict[str, Any]:
    """As the engine lists it."""
    plugins = [{"Type": "Network", "Name": name} for name in ("bridge", "host", "ipvlan", "macvlan", "overlay")]
    return {
        "ID": f"node{number:021d}",
        "Version": {"Index": 3000 + number},
        "CreatedAt": _SINCE,
        "UpdatedAt": _SINCE,
        "Spec": {"Labels": {"skep.pool": "workers"}, "Role": "worker", "Availability": "active"},
        "Description": {
            "Hostname": f"worker-{number}",
            "Platform": {"Architecture": "x86_64", "OS": "linux"},
            "Resources": {"NanoCPUs": 16_000_000_000, "MemoryBytes": 64 << 30},
            "Engine": {"EngineVersion": "20.10.24", "Plugins": plugins},
        },
        "Status": {"State": "ready", "Addr": f"10.1.{number // 250}.{number % 250}"},
    }


def _moved(number: int, state: int) -> int:
    return int(number % _HUNDRED == state)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    #: What is answered, in turn.
    lists: Mapping[str, Iterator[bytes]]
    nodes: int

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        path = parts.path.partition("/v1.41")[2] or parts.path
        is_nobody = path.startswith("/services/") and not path.rpartition("-")[2].isdecimal()
        filters = parse_qs(parts.query).get("filters", ["{}"])[0]
        # As a worker asks that wants to know no more than whether an engine answers.
        body = b'{"message": "service not found"}' if is_nobody else self._body(path, filters)
        self.send_response_only(404 if is_nobody else 200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _body(self, path: str, filters: str) -> bytes:
        """A list; or one service; or the swarm tasks of one service."""
        wanted = json.loads(filters).get("service")
        if path == "/tasks" and wanted:
            return json.dumps(tasks_of(int(wanted[0].rpartition("-")[2]), nodes=self.nodes)).encode()
        if path.startswith("/services/"):
            return json.dumps(service(int(path.rpartition("-")[2]))).encode()
        return next(self.lists[path])

    def log_message(self, *_: object) -> None:
        """Be silent."""

    def address_string(self) -> str:
        """A unix socket has none."""
        return ""


class _Server(ThreadingMixIn, UnixStreamServer):
    daemon_threads = True


def main(services: int, nodes: int, path: str) -> None:
    """Serve until the end of the process; the socket is there when every list is."""
    _Handler.nodes = nodes
    numbers, states = range(services), range(_STATES)
    _Handler.lists = {
        "/version": repeat(b'{"ApiVersion": "1.41"}'),
        "/services": cycle([_encoded(service(number, state) for number in numbers) for state in states]),
        "/tasks": cycle(
            [
                _encoded(task for number in numbers for task in tasks_of(number, nodes=nodes, state=state))
                for state in states
            ]
        ),
        "/nodes": repeat(_encoded(map(node, range(nodes)))),
    }
    Path(path).unlink(missing_ok=True)
    _Server(path, _Handler).serve_forever()


def _encoded(objects: Iterable[object]) -> bytes:
    return f"[{','.join(map(json.dumps, objects))}]".encode()


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3])
