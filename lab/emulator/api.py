"""The Docker Engine API of an emulated Swarm: a request in, an answer out.

The part that skep and the docker client's commands for services, nodes and events need. Under ``/emulator`` are the
calls that no engine has: what is wrong with it, and what befalls its machines.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from http import HTTPStatus
from typing import Any
from urllib.parse import unquote

import msgspec

from lab.emulator.documents import accessory_body, listed, node_body, service_body, status_of, task_body
from lab.emulator.faults import Fault
from lab.emulator.needs import Document
from lab.emulator.refused import Refused, not_found
from lab.emulator.selection import Filters, select_accessories, select_nodes, select_services, select_tasks
from lab.emulator.swarm import Swarm

__all__ = ["API_VERSION", "Answer", "Request", "answer", "fault_asked_for"]

API_VERSION = "1.41"
ENGINE_VERSION = "20.10.24+emulated"

_VERSION = re.compile(r"^/v(?P<version>\d+\.\d+)(?=/)")
_json = msgspec.json.encode


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What came in.

    Attributes:
        path: without query, still quoted.
        query: the last value of each key.
    """

    method: str
    path: str
    query: Mapping[str, str]
    body: bytes = b""

    @property
    def route(self) -> str:
        """The path without the API version.

        Raises:
            Refused: a version that this engine does not speak.
        """
        found = _VERSION.match(self.path)
        if found is None:
            return self.path
        if _number(found["version"]) > _number(API_VERSION):
            raise Refused(
                HTTPStatus.BAD_REQUEST,
                f"client version {found['version']} is too new. Maximum supported API version is {API_VERSION}",
            )
        return self.path[found.end() :]

    def document(self) -> Document:
        """The body.

        Raises:
            Refused: it is no JSON object.
        """
        try:
            return msgspec.json.decode(self.body, type=dict[str, Any])
        except msgspec.DecodeError as error:
            raise Refused(HTTPStatus.BAD_REQUEST, f"invalid JSON: {error}") from error

    def version(self) -> int:
        """The version index that a write was made for.

        Raises:
            Refused: there is none.
        """
        text = self.query.get("version", "")
        if not text.isdecimal():
            raise Refused(
                HTTPStatus.BAD_REQUEST,
                f"invalid version '{text}': strconv.ParseUint: parsing \"{text}\": invalid syntax",
            )
        return int(text)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What goes out."""

    status: HTTPStatus = HTTPStatus.OK
    body: bytes = b""


def answer(swarm: Swarm, request: Request) -> Answer:
    """Ask the Swarm.

    Raises:
        Refused: the engine does not do that.
    """
    route = request.route
    for method, pattern, call in _CALLS:
        if method == request.method and (found := pattern.fullmatch(route)):
            return call(swarm, request, *(unquote(part) for part in found.groups()))
    raise Refused(HTTPStatus.NOT_FOUND, "page not found")


def fault_asked_for(request: Request) -> tuple[Fault, timedelta | None]:
    """What a ``POST /emulator/fault`` wants, and for how long.

    Raises:
        Refused: it cannot be read.
    """
    asked = request.document()
    for_s = asked.pop("for_s", None)
    if "latency_s" in asked:
        asked["latency"] = timedelta(seconds=asked.pop("latency_s"))
    try:
        return Fault(**asked), None if for_s is None else timedelta(seconds=for_s)
    except TypeError as error:
        raise Refused(HTTPStatus.BAD_REQUEST, str(error)) from error


# --- the engine itself ----------------------------------------------------------------------------------------------


def _ping(_: Swarm, __: Request) -> Answer:
    return Answer(body=b"OK")


def _version(_: Swarm, __: Request) -> Answer:
    document = {
        "Version": ENGINE_VERSION,
        "ApiVersion": API_VERSION,
        "MinAPIVersion": "1.12",
        "Os": "linux",
        "Arch": "amd64",
        "GoVersion": "none",
        "GitCommit": "none",
        "KernelVersion": "emulated",
    }
    return Answer(body=_json(document))


def _info(swarm: Swarm, _: Request) -> Answer:
    """As the engine of the leading manager says it."""
    managers = [node for node in swarm.nodes if node.is_manager]
    here = next((node for node in managers if node.is_leader), None)
    if here is None:
        return Answer(body=_json({"Name": "emulated", "Swarm": {"LocalNodeState": "inactive"}}))
    document = {
        "ID": "EMUL:ATED",
        "Name": here.hostname,
        "ServerVersion": ENGINE_VERSION,
        "OperatingSystem": "skep's emulator",
        "OSType": "linux",
        "Architecture": "x86_64",
        "NCPU": here.nano_cpus // 10**9,
        "MemTotal": here.memory_bytes,
        "Swarm": {
            "NodeID": here.id,
            "NodeAddr": here.address,
            "LocalNodeState": "active",
            "ControlAvailable": True,
            "Error": "",
            "RemoteManagers": [{"NodeID": node.id, "Addr": f"{node.address}:2377"} for node in managers],
            "Nodes": sum(1 for _ in swarm.nodes),
            "Managers": len(managers),
            "Cluster": {"ID": swarm.id, "Version": {"Index": 10}, "Spec": {"Name": "default", "Labels": {}}},
        },
    }
    return Answer(body=_json(document))


def _swarm(swarm: Swarm, _: Request) -> Answer:
    document = {
        "ID": swarm.id,
        "Version": {"Index": 10},
        "Spec": {"Name": "default", "Labels": {}, "Orchestration": {"TaskHistoryRetentionLimit": 5}},
        "JoinTokens": {role: f"SWMTKN-1-{swarm.id}-{role.lower()}" for role in ("Worker", "Manager")},
    }
    return Answer(body=_json(document))


def _nothing(_: Swarm, __: Request) -> Answer:
    """An empty list: the emulator has no containers and no images."""
    return Answer(body=b"[]")


def _no_registry(_: Swarm, __: Request, image: str) -> Answer:
    raise Refused(HTTPStatus.NOT_FOUND, f"no registry holds {image}")


# --- services -------------------------------------------------------------------------------------------------------


def _services(swarm: Swarm, request: Request) -> Answer:
    chosen = select_services(swarm, Filters.read(request.query.get("filters")))
    if request.query.get("status", "").lower() in ("1", "true"):
        nodes = sum(1 for _ in swarm.nodes)
        return Answer(body=listed(status_of(service, nodes) for service in chosen))
    return Answer(body=listed(service_body(service) for service in chosen))


def _service(swarm: Swarm, _: Request, name: str) -> Answer:
    return Answer(body=service_body(swarm.service(name)))


def _create_service(swarm: Swarm, request: Request) -> Answer:
    return Answer(status=HTTPStatus.CREATED, body=_json({"ID": swarm.create_service(request.document()).id}))


def _update_service(swarm: Swarm, request: Request, name: str) -> Answer:
    if request.query.get("rollback") == "previous":
        swarm.roll_back(name, request.version())
    else:
        swarm.write_service(name, request.version(), request.document())
    return Answer(body=b'{"Warnings":null}')


def _remove_service(swarm: Swarm, _: Request, name: str) -> Answer:
    swarm.remove_service(name)
    return Answer()


def _tasks(swarm: Swarm, request: Request) -> Answer:
    chosen = select_tasks(swarm, Filters.read(request.query.get("filters")))
    return Answer(body=listed(task_body(task) for task in chosen))


def _task(swarm: Swarm, _: Request, name: str) -> Answer:
    return Answer(body=task_body(swarm.task(name)))


# --- nodes ----------------------------------------------------------------------------------------------------------


def _nodes(swarm: Swarm, request: Request) -> Answer:
    chosen = select_nodes(swarm, Filters.read(request.query.get("filters")))
    return Answer(body=listed(node_body(node) for node in chosen))


def _node(swarm: Swarm, _: Request, name: str) -> Answer:
    return Answer(body=node_body(swarm.node(name)))


def _update_node(swarm: Swarm, request: Request, name: str) -> Answer:
    swarm.update_node(name, request.version(), request.document())
    return Answer()


def _remove_node(swarm: Swarm, request: Request, name: str) -> Answer:
    swarm.remove_node(name, force=request.query.get("force", "").lower() in ("1", "true"))
    return Answer()


# --- networks, secrets, configs -------------------------------------------------------------------------------------


def _accessories(swarm: Swarm, request: Request, kinds: str) -> Answer:
    kind = kinds.removesuffix("s")
    chosen = select_accessories(swarm, kind, Filters.read(request.query.get("filters")))
    return Answer(body=listed(accessory_body(accessory) for accessory in chosen))


def _accessory(swarm: Swarm, _: Request, kinds: str, name: str) -> Answer:
    return Answer(body=accessory_body(swarm.accessory(kinds.removesuffix("s"), name)))


def _create_accessory(swarm: Swarm, request: Request, kinds: str) -> Answer:
    created = swarm.create_accessory(kinds.removesuffix("s"), request.document()).id
    return Answer(status=HTTPStatus.CREATED, body=_json({"ID": created, "Id": created}))


def _update_accessory(swarm: Swarm, request: Request, kinds: str, name: str) -> Answer:
    swarm.write_accessory(kinds.removesuffix("s"), name, request.version(), request.document())
    return Answer()


def _remove_accessory(swarm: Swarm, _: Request, kinds: str, name: str) -> Answer:
    swarm.remove_accessory(kinds.removesuffix("s"), name)
    return Answer(status=HTTPStatus.NO_CONTENT)


# --- what no engine has ---------------------------------------------------------------------------------------------


def _lose_node(swarm: Swarm, _: Request, name: str) -> Answer:
    swarm.lose_node(name)
    return Answer()


def _revive_node(swarm: Swarm, _: Request, name: str) -> Answer:
    swarm.revive_node(name)
    return Answer()


def _join_node(swarm: Swarm, request: Request) -> Answer:
    """``{"Hostname": "node-4", "Role": "worker", "Labels": {}, "Description": {…}}``."""
    asked = request.document()
    if "Hostname" not in asked:
        raise not_found("host name", "")
    node = swarm.join(
        asked["Hostname"], asked["Description"], role=asked.get("Role", "worker"), labels=asked.get("Labels")
    )
    return Answer(status=HTTPStatus.CREATED, body=node_body(node))


def _number(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))


_NAME = "([^/]+)"
_KINDS = "(networks|secrets|configs)"
_CALLS: tuple[tuple[str, re.Pattern[str], Callable[..., Answer]], ...] = tuple(
    (method, re.compile(pattern), call)
    for method, pattern, call in (
        ("GET", "/services", _services),
        ("GET", "/tasks", _tasks),
        ("GET", "/nodes", _nodes),
        ("GET", f"/services/{_NAME}", _service),
        ("POST", f"/services/{_NAME}/update", _update_service),
        ("POST", "/services/create", _create_service),
        ("DELETE", f"/services/{_NAME}", _remove_service),
        ("GET", f"/tasks/{_NAME}", _task),
        ("GET", f"/nodes/{_NAME}", _node),
        ("POST", f"/nodes/{_NAME}/update", _update_node),
        ("DELETE", f"/nodes/{_NAME}", _remove_node),
        ("GET", "/_ping", _ping),
        ("HEAD", "/_ping", _ping),
        ("GET", "/version", _version),
        ("GET", "/info", _info),
        ("GET", "/swarm", _swarm),
        ("GET", f"/{_KINDS}", _accessories),
        ("POST", f"/{_KINDS}/create", _create_accessory),
        ("GET", f"/{_KINDS}/{_NAME}", _accessory),
        ("POST", f"/{_KINDS}/{_NAME}/update", _update_accessory),
        ("DELETE", f"/{_KINDS}/{_NAME}", _remove_accessory),
        ("GET", "/(?:containers|images)/json", _nothing),
        ("GET", "/distribution/(.+)/json", _no_registry),
        ("POST", "/emulator/nodes", _join_node),
        ("POST", f"/emulator/nodes/{_NAME}/lose", _lose_node),
        ("POST", f"/emulator/nodes/{_NAME}/revive", _revive_node),
    )
)
