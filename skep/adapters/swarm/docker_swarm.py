"""The Swarm port on the Engine API: four list calls to see all, one call to change one count or one node."""

import re
from collections.abc import Mapping
from contextlib import suppress
from datetime import timedelta
from typing import Any

import msgspec
from docker.tls import TLSConfig

from skep.adapters.foreign_json import foreign_json
from skep.adapters.swarm.decoding import (
    ClusterReader,
    decode_join_token,
    decode_node,
    decode_nodes,
    decode_occupants,
    decode_service,
    labelled_alike,
)
from skep.adapters.swarm.engine import Engine, NotThere
from skep.config.secret import Secret
from skep.core.cluster import Availability, Cluster, Node, ServiceMode
from skep.errors import Permanent, Temporary
from skep.ports import NodeHandle, ServiceHandle

__all__ = ["DockerSwarm"]

_TIMEOUT = timedelta(seconds=5)
#: Where labels of nodes are written all the time, the last look has to do.
_LOOKS = 3

# The states that Swarm wants a task in while it is meant to live: `ready` while a restart is being delayed or a
# rollout stops the old one first, `complete` for jobs.
_LIVE = msgspec.json.encode({"desired-state": ["accepted", "complete", "ready", "running"]}).decode()

# What Swarm allows, and nothing that would lead to another path of the API (source: swarmkit, manager/controlapi).
_NAME_OR_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


class DockerSwarm:
    """Implements :class:`skep.ports.Swarm`."""

    def __init__(
        self, endpoint: str | None = None, *, timeout: timedelta = _TIMEOUT, tls: TLSConfig | None = None
    ) -> None:
        """Keep how to reach the engine; nothing is sent yet.

        Args:
            endpoint: ``unix:///var/run/docker.sock`` where left out, or as ``tcp://socket-proxy:2375``.
            timeout: for connecting, and for each wait for more of an answer.
            tls: for an engine that wants certificates.
        """
        self._engine = Engine(endpoint, timeout=timeout, tls=tls)
        self._reader = ClusterReader()

    def read(self) -> Cluster:
        """As :meth:`skep.ports.Swarm.read` says.

        The engine answers one list after the other, and what is written on nodes tells what counts are made of. Nodes
        are therefore listed before and after the rest, and all is read again where their labels differ.
        """
        nodes = self._engine.get("/nodes")
        try:
            return self._read_after(nodes, looks=_LOOKS)
        except msgspec.DecodeError as error:
            raise self._unreadable(error) from error

    def _read_after(self, nodes_before: bytes, *, looks: int) -> Cluster:
        services = self._engine.get("/services")
        tasks = self._engine.get("/tasks", {"filters": _LIVE})
        nodes = self._engine.get("/nodes")
        if looks > 1 and not labelled_alike(nodes_before, nodes):
            return self._read_after(nodes, looks=looks - 1)
        return self._reader.read(services, tasks, nodes)

    def read_service(self, service: str) -> ServiceHandle | None:
        """As :meth:`skep.ports.Swarm.read_service` says.

        The engine would also take the beginning of an id for a service, which names one by accident.
        """
        if not _NAME_OR_ID.fullmatch(service):
            return None
        try:
            body = self._engine.get(f"/services/{service}")
            decoded = decode_service(body)
            with foreign_json():
                raw = msgspec.json.decode(body)
        except NotThere:
            return None
        except msgspec.DecodeError as error:
            raise self._unreadable(error) from error
        return ServiceHandle(service=decoded, raw=raw) if service in (decoded.id, decoded.name) else None

    def set_replicas(self, handle: ServiceHandle, replicas: int) -> None:
        """As :meth:`skep.ports.Swarm.set_replicas` says."""
        service = handle.service
        if service.mode is not ServiceMode.REPLICATED:
            raise Permanent(f"{service.name} is a {service.mode} service, which has no count to set")
        if replicas < 0:
            raise Permanent(f"{service.name} cannot have {replicas} replicas; 0 or more are possible")
        self._engine.post(
            f"/services/{service.id}/update",
            {"version": str(service.version_index)},
            msgspec.json.encode(_with_replicas(handle.raw, replicas)),
        )

    def read_nodes(self) -> tuple[Node, ...]:
        """As :meth:`skep.ports.Swarm.read_nodes` says."""
        try:
            return decode_nodes(self._engine.get("/nodes"))
        except msgspec.DecodeError as error:
            raise self._unreadable(error) from error

    def read_node(self, node: str) -> NodeHandle | None:
        """As :meth:`skep.ports.Swarm.read_node` says; the beginning of an id names nobody here either."""
        if not _NAME_OR_ID.fullmatch(node):
            return None
        try:
            body = self._engine.get(f"/nodes/{node}")
            decoded = decode_node(body)
            with foreign_json():
                raw = msgspec.json.decode(body)
        except NotThere:
            return None
        except msgspec.DecodeError as error:
            raise self._unreadable(error) from error
        return NodeHandle(node=decoded, raw=raw) if node in (decoded.id, decoded.hostname) else None

    def update_node(
        self,
        handle: NodeHandle,
        *,
        availability: Availability | None = None,
        labels: Mapping[str, str | None] | None = None,
    ) -> None:
        """As :meth:`skep.ports.Swarm.update_node` says."""
        raw: Any = handle.raw
        self._engine.post(
            f"/nodes/{handle.node.id}/update",
            {"version": str(raw["Version"]["Index"])},
            msgspec.json.encode(_with_changes(raw["Spec"], availability, labels or {})),
        )

    def count_occupants(self, node_id: str) -> int:
        """As :meth:`skep.ports.Swarm.count_occupants` says."""
        of_node = msgspec.json.encode({"node": [node_id]}).decode()
        try:
            return decode_occupants(self._engine.get("/tasks", {"filters": of_node}))
        except msgspec.DecodeError as error:
            raise self._unreadable(error) from error

    def remove_node(self, handle: NodeHandle, *, force: bool = False) -> None:
        """As :meth:`skep.ports.Swarm.remove_node` says."""
        with suppress(NotThere):
            self._engine.delete(f"/nodes/{handle.node.id}", {"force": "true"} if force else {})

    def join_token(self) -> Secret:
        """The token by which a worker joins, as it is now; to be used at once and kept nowhere.

        It is no part of the port: only what makes machines wants it.

        Raises:
            Temporary, Permanent: as for :meth:`skep.ports.Swarm.read`.
        """
        body = self._engine.get("/swarm")
        try:
            return Secret(decode_join_token(body))
        except msgspec.DecodeError:
            # Without the error and its chain: they would hold the token's surroundings.
            raise Temporary(f"Docker at {self._engine.endpoint}: an answer without a join token for workers") from None

    def _unreadable(self, error: msgspec.DecodeError) -> Temporary:
        return Temporary(f"Docker at {self._engine.endpoint}: an answer that cannot be read: {error}")


def _with_changes(
    spec: Mapping[str, Any], availability: Availability | None, labels: Mapping[str, str | None]
) -> Mapping[str, Any]:
    """A node's spec in the engine's own words but for what was to be changed."""
    after = {**(spec.get("Labels") or {}), **labels}
    return {
        **spec,
        **({"Availability": availability.value} if availability else {}),
        **({"Labels": {label: value for label, value in after.items() if value is not None}} if labels else {}),
    }


def _with_replicas(raw: object, replicas: int) -> Mapping[str, Any]:
    """The spec in the engine's own words with one number replaced; the handle keeps what was read."""
    spec = raw["Spec"]  # type: ignore[index] # what read_service put there
    mode = spec["Mode"]
    return {**spec, "Mode": {**mode, "Replicated": {**mode["Replicated"], "Replicas": replicas}}}
