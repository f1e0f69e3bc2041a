"""Services, nodes, swarm tasks and events as the engine writes them (Engine API 1.41).

The text of a thing is made once for each change: a list of ten thousand services is then a matter of joining.
"""

from collections.abc import Iterable
from datetime import UTC, datetime

import msgspec

from lab.emulator.events import Event
from lab.emulator.needs import Document
from lab.emulator.things import Accessory, Mode, Node, Service, State, SwarmTask

__all__ = ["accessory_body", "event_body", "instant", "listed", "node_body", "service_body", "status_of", "task_body"]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_NS_PER_MICROSECOND = 1_000
_encode = msgspec.json.Encoder(enc_hook=str).encode


def instant(at: datetime) -> str:
    """With nanoseconds, as the engine has them."""
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%f}000Z"


def listed(bodies: Iterable[bytes]) -> bytes:
    """A list of what is text already."""
    return b"[" + b",".join(bodies) + b"]"


def service_body(service: Service) -> bytes:
    """A service."""
    if service.body is None:
        endpoint = service.spec.get("EndpointSpec") or {}
        ports = {"Ports": endpoint["Ports"]} if endpoint.get("Ports") else {}
        update = service.update_status or {}
        document: Document = {
            **_head(service),
            "Spec": service.spec,
            **({"PreviousSpec": service.previous_spec} if service.previous_spec is not None else {}),
            "Endpoint": {"Spec": endpoint, **ports},
            **({"UpdateStatus": {key: _text(value) for key, value in update.items()}} if update else {}),
            **({"JobStatus": {"JobIteration": {"Index": service.iteration}}} if _is_job(service) else {}),
        }
        service.body = _encode(document)
    return service.body


def status_of(service: Service, nodes: int) -> bytes:
    """A service with its `ServiceStatus`: how many swarm tasks run, are wanted, and are done."""
    live = service.live()
    wanted = service.replicas if service.mode is Mode.REPLICATED else len(live)
    if service.mode is Mode.GLOBAL_JOB:
        wanted = nodes
    if service.mode is Mode.REPLICATED_JOB:
        wanted = (service.spec["Mode"][Mode.REPLICATED_JOB] or {}).get("TotalCompletions") or 1
    counts = {
        "RunningTasks": sum(task.state is State.RUNNING for task in live),
        "DesiredTasks": wanted,
        "CompletedTasks": sum(task.state is State.COMPLETE for task in service.tasks.values()),
    }
    return service_body(service)[:-1] + b',"ServiceStatus":' + _encode(counts) + b"}"


def node_body(node: Node) -> bytes:
    """A node."""
    if node.body is None:
        document: Document = {
            **_head(node),
            "Spec": node.spec,
            "Description": node.description,
            "Status": {
                "State": "down" if node.is_down else "ready",
                **({"Message": "heartbeat failure"} if node.is_down else {}),
                "Addr": node.address,
            },
        }
        if node.is_manager:
            document["ManagerStatus"] = {
                **({"Leader": True} if node.is_leader else {}),
                "Reachability": "unreachable" if node.is_down else "reachable",
                "Addr": f"{node.address}:2377",
            }
        node.body = _encode(document)
    return node.body


def task_body(task: SwarmTask) -> bytes:
    """A swarm task."""
    if task.body is None:
        has_container = task.state in (State.STARTING, State.RUNNING, State.SHUTDOWN, State.COMPLETE, State.FAILED)
        document: Document = {
            **_head(task),
            "Labels": {},
            "Spec": task.template.body,
            "ServiceID": task.service_id,
            **({"Slot": task.slot} if task.slot else {}),
            **({"NodeID": task.node_id} if task.node_id else {}),
            "Status": {
                "Timestamp": instant(task.status_at),
                "State": task.state,
                "Message": task.message,
                **({"Err": task.err} if task.err else {}),
                **({"ContainerStatus": _container(task)} if has_container and task.node_id else {}),
                "PortStatus": {},
            },
            "DesiredState": task.desired,
        }
        task.body = _encode(document)
    return task.body


def accessory_body(accessory: Accessory) -> bytes:
    """A network, secret or config; nobody is told what is in a secret."""
    if accessory.kind == "network":
        created = instant(accessory.created_at)
        return _encode(
            {
                "Driver": "overlay",
                "IPAM": {},
                **accessory.spec,
                "Id": accessory.id,
                "Created": created,
                "Scope": "swarm",
            }
        )
    hidden = "Data" if accessory.kind == "secret" else ""
    return _encode({**_head(accessory), "Spec": {key: value for key, value in accessory.spec.items() if key != hidden}})


def event_body(event: Event) -> bytes:
    """An event, on a line of its own."""
    since = event.at - _EPOCH
    nanoseconds = (since.days * 86_400 + since.seconds) * 10**9 + since.microseconds * _NS_PER_MICROSECOND
    document = {
        "Type": event.kind,
        "Action": event.action,
        "Actor": {"ID": event.id, "Attributes": event.attributes},
        "scope": "swarm",
        "time": nanoseconds // 10**9,
        "timeNano": nanoseconds,
    }
    return _encode(document) + b"\n"


def _head(thing: Service | Node | SwarmTask | Accessory) -> Document:
    return {
        "ID": thing.id,
        "Version": {"Index": thing.version},
        "CreatedAt": instant(thing.created_at),
        "UpdatedAt": instant(thing.updated_at),
    }


def _container(task: SwarmTask) -> Document:
    return {"ContainerID": (task.id * 3)[:64], "PID": 4711 if task.state is State.RUNNING else 0, "ExitCode": 0}


def _is_job(service: Service) -> bool:
    return service.mode in (Mode.REPLICATED_JOB, Mode.GLOBAL_JOB)


def _text(value: object) -> object:
    return instant(value) if isinstance(value, datetime) else value
