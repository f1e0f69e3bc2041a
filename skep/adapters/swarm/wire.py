"""What the engine sends, as far as it is used (docs.docker.com/reference/api/engine): any of it may be missing or null.

What is the same for thousands of swarm tasks or nodes stays raw, and is decoded once for each text.
"""

from typing import Annotated, TypeVar

import msgspec
from msgspec import Meta, field

__all__ = [
    "NOTHING",
    "Amounts",
    "ContainerSpec",
    "Endpoint",
    "EngineDescription",
    "GenericResource",
    "LogDriver",
    "Mode",
    "Mount",
    "NetworkAttachment",
    "Node",
    "NodeDescription",
    "NodeSpec",
    "NodeStatus",
    "Placement",
    "Platform",
    "Plugin",
    "Port",
    "RawService",
    "Requirements",
    "Service",
    "ServiceSpec",
    "Swarm",
    "Task",
    "TaskSpec",
    "TaskStatus",
    "TaskTemplate",
    "UpdateStatus",
    "read",
]

NOTHING = msgspec.Raw(b"")

_Kind = TypeVar("_Kind")


def read(text: bytes, decoder: msgspec.json.Decoder[_Kind | None]) -> _Kind | None:
    """What stayed raw; ``None`` where it is missing, null, or nothing that can be read: the rest is still good."""
    if not text:
        return None
    try:
        return decoder.decode(text)
    except msgspec.ValidationError:
        return None


class _Pascal(msgspec.Struct, rename="pascal", gc=False):
    """The engine's fields begin with a capital letter; JSON has no cycles that a collector would have to find."""


# --- resources -----------------------------------------------------------------------------------------------------


class Discrete(_Pascal):
    """So many of a kind."""

    kind: str = ""
    value: int = 0


class Named(_Pascal):
    """One of a kind that has a name."""

    kind: str = ""
    value: str = ""


class GenericResource(_Pascal):
    """One of the two."""

    discrete_resource_spec: Discrete | None = None
    named_resource_spec: Named | None = None


#: What the engine keeps in 64 bits; more could not be reckoned with.
_Whole = Annotated[int, Meta(ge=-(2**63), le=2**63 - 1)]


class Amounts(_Pascal):
    """What a node has, or what is reserved or allowed."""

    nano_cpus: _Whole | None = field(name="NanoCPUs", default=None)
    memory_bytes: _Whole | None = None
    generic_resources: list[GenericResource] | None = None


class Requirements(_Pascal):
    """What a replica may use at most, and what is set aside for it."""

    limits: Amounts | None = None
    reservations: Amounts | None = None


# --- services ------------------------------------------------------------------------------------------------------


class Driver(_Pascal):
    """The driver of a volume and its options."""

    name: str | None = None
    options: dict[str, str] | None = None


class VolumeOptions(_Pascal):
    """How a volume is made where there is none."""

    driver_config: Driver | None = None


class Mount(_Pascal):
    """Something mounted into a container."""

    type: str | None = None
    source: str | None = None
    target: str | None = None
    read_only: bool | None = None
    volume_options: VolumeOptions | None = None


class ContainerSpec(_Pascal):
    """What each container of a service is made of."""

    labels: dict[str, str] | None = None
    mounts: list[Mount] | None = None
    stop_grace_period: int | None = None


class RestartPolicy(_Pascal):
    """When an ended swarm task is replaced."""

    condition: str | None = None


class Spread(_Pascal):
    """The label to spread over."""

    spread_descriptor: str | None = None


class Preference(_Pascal):
    """A placement preference; Swarm knows one kind."""

    spread: Spread | None = None


class Platform(_Pascal):
    """What an image is made for, or what a machine is."""

    architecture: str | None = None
    os: str | None = field(name="OS", default=None)


class Placement(_Pascal):
    """Where replicas may be."""

    constraints: list[str] | None = None
    preferences: list[Preference] | None = None
    max_replicas: Annotated[int, Meta(ge=0)] | None = None
    platforms: list[Platform] | None = None


class LogDriver(_Pascal):
    """Who takes the logs."""

    name: str | None = None


class TaskTemplate(_Pascal):
    """What each swarm task of a service is made of."""

    container_spec: ContainerSpec | None = None
    resources: Requirements | None = None
    restart_policy: RestartPolicy | None = None
    placement: Placement | None = None
    log_driver: LogDriver | None = None


class Replicated(_Pascal):
    """So many replicas."""

    replicas: Annotated[int, Meta(ge=0)] | None = None


class Present(msgspec.Struct, gc=False):
    """Something whose presence is all that matters."""


class Mode(_Pascal):
    """How a service is spread: one of these, global where it is none of them."""

    replicated: Replicated | None = None
    replicated_job: Present | None = None
    global_job: Present | None = None


class UpdateConfig(_Pascal):
    """How a rollout goes."""

    failure_action: str | None = None


class Port(_Pascal):
    """A published port."""

    protocol: str | None = None
    published_port: int | None = None
    publish_mode: str | None = None


class Endpoint(_Pascal):
    """How a service is reached."""

    ports: list[Port] | None = None


class ServiceSpec(_Pascal):
    """What an operator asked for."""

    name: str
    labels: dict[str, str] | None = None
    task_template: TaskTemplate | None = None
    mode: Mode | None = None
    update_config: UpdateConfig | None = None
    endpoint_spec: Endpoint | None = None


class Version(_Pascal):
    """Swarm's fence against late writes."""

    index: int


class UpdateStatus(_Pascal):
    """Where the last rollout stands."""

    state: str | None = None


class Service(_Pascal):
    """A service."""

    spec: ServiceSpec
    version: Version
    id: str = field(name="ID")
    updated_at: str | None = None
    update_status: UpdateStatus | None = None


class RawService(_Pascal):
    """A service whose specs, this one and the one before, are left as the engine wrote them."""

    id: str = field(name="ID")
    spec: msgspec.Raw = NOTHING
    previous_spec: msgspec.Raw = NOTHING


# --- swarm tasks ---------------------------------------------------------------------------------------------------


class TaskStatus(_Pascal):
    """How far a swarm task has come."""

    timestamp: str | None = None
    state: str | None = None
    message: str | None = None
    err: str | None = None


class TaskSpec(_Pascal):
    """What this swarm task was made of."""

    resources: msgspec.Raw = NOTHING


class DriverState(_Pascal):
    """The driver that a network turned out to have."""

    name: str | None = None


class Network(_Pascal):
    """A network of the Swarm."""

    driver_state: DriverState | None = None


class NetworkAttachment(_Pascal):
    """A swarm task on a network."""

    network: Network | None = None


class Task(_Pascal):
    """A swarm task."""

    id: str = field(name="ID")
    version: Version | None = None
    service_id: str | None = field(name="ServiceID", default=None)
    node_id: str | None = field(name="NodeID", default=None)
    created_at: str | None = None
    slot: int | None = None
    status: TaskStatus | None = None
    desired_state: str | None = None
    spec: TaskSpec | None = None
    networks_attachments: msgspec.Raw = NOTHING
    assigned_generic_resources: list[GenericResource] | None = None


# --- nodes ---------------------------------------------------------------------------------------------------------


class NodeSpec(_Pascal):
    """What managers say of a node."""

    labels: dict[str, str] | None = None
    role: str | None = None
    availability: str | None = None


class Plugin(_Pascal):
    """A driver of an engine."""

    type: str | None = None
    name: str | None = None


class EngineDescription(_Pascal):
    """What the engine of a node says of itself."""

    engine_version: str | None = None
    labels: dict[str, str] | None = None
    plugins: msgspec.Raw = NOTHING


class NodeDescription(_Pascal):
    """What a node says of itself."""

    hostname: str | None = None
    platform: Platform | None = None
    resources: Amounts | None = None
    engine: EngineDescription | None = None


class NodeStatus(_Pascal):
    """How the managers see a node."""

    state: str | None = None
    addr: str | None = None


class ManagerStatus(_Pascal):
    """A manager's part in the quorum."""

    leader: bool | None = None
    reachability: str | None = None
    addr: str | None = None


class Node(_Pascal):
    """A node."""

    id: str = field(name="ID")
    version: Version | None = None
    created_at: str | None = None
    spec: NodeSpec | None = None
    description: NodeDescription | None = None
    status: NodeStatus | None = None
    manager_status: ManagerStatus | None = None


# --- the Swarm itself ----------------------------------------------------------------------------------------------


class JoinTokens(_Pascal):
    """By which machines join."""

    worker: str


class Swarm(_Pascal):
    """The inspected Swarm."""

    join_tokens: JoinTokens
