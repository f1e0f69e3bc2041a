"""What a service requires of the node that runs it, and the words in which a node offers it.

The meaning is that of Swarm's own scheduler (source: moby/swarmkit, manager/scheduler and manager/constraint);
whether a node fulfils it is worked out in :mod:`skep.core.capacity`.
"""

from dataclasses import dataclass
from enum import StrEnum

__all__ = [
    "NO_REQUIREMENTS",
    "UNKNOWN_PLATFORM",
    "Constraint",
    "GenericResource",
    "HostPort",
    "LabelScope",
    "Mount",
    "MountKind",
    "Operator",
    "Platform",
    "Plugin",
    "PluginKind",
    "Requirements",
    "SpreadOver",
]


class Operator(StrEnum):
    """How a constraint compares; one that is not known is never satisfied."""

    EQUALS = "=="
    DIFFERS = "!="
    UNKNOWN = "?"


@dataclass(frozen=True, slots=True, kw_only=True)
class Constraint:
    """A placement constraint such as ``node.labels.disk == ssd``.

    Attributes:
        key: what is compared; empty where the operator is not known.
        value: what it is compared with, case aside.
        text: as the operator of the Swarm wrote it.
    """

    key: str
    operator: Operator
    value: str
    text: str


class LabelScope(StrEnum):
    """Whose labels: those that managers give to a node, or those that its engine was started with."""

    NODE = "node"
    ENGINE = "engine"


@dataclass(frozen=True, slots=True, kw_only=True)
class SpreadOver:
    """A placement preference: as many replicas under each value of a label, nodes without it being one value more."""

    scope: LabelScope
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Platform:
    """What an image is made for, or a machine is; an empty field of an image fits any machine."""

    os: str = ""
    architecture: str = ""


#: A machine that told nothing of itself.
UNKNOWN_PLATFORM = Platform()


@dataclass(frozen=True, slots=True, kw_only=True)
class GenericResource:
    """Something else than processor and memory that a node has, or a swarm task takes.

    Attributes:
        amount: how many of the kind; 1 for one with a name.
        name: which one it is, where they are told apart, as graphics cards are; ``None`` where only counted.
    """

    kind: str
    amount: int = 1
    name: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HostPort:
    """A port of the node itself, which one swarm task at a time can have."""

    port: int
    protocol: str = "tcp"


class MountKind(StrEnum):
    """Where the data of a mount lies."""

    BIND = "bind"
    VOLUME = "volume"
    TMPFS = "tmpfs"
    NAMED_PIPE = "npipe"
    CLUSTER = "cluster"
    OTHER = "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mount:
    """Something mounted into the containers of a service.

    Attributes:
        source: a path of the node, or the name of a volume; empty for a volume made anew for each container.
        driver: of a volume; empty for the engine's own, which is ``local``.
        file_system: the option ``type`` of the engine's own driver (``nfs``); empty where nothing was said.
    """

    kind: MountKind
    source: str = ""
    target: str = ""
    is_read_only: bool = False
    driver: str = ""
    file_system: str = ""


class PluginKind(StrEnum):
    """What a plugin of an engine is for, in the engine's words."""

    VOLUME = "Volume"
    NETWORK = "Network"
    LOG = "Log"


@dataclass(frozen=True, slots=True, kw_only=True)
class Plugin:
    """A driver that an engine has, or that a service needs."""

    kind: PluginKind
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Requirements:
    """Everything besides processor and memory that decides where a service can run.

    Attributes:
        constraints: all of them must hold.
        spreads: the outermost first.
        platforms: one of them must be the node's; none is any.
        max_replicas_per_node: ``None`` is no limit.
        host_ports: published on the node itself.
        plugins: drivers of its volumes, networks and logs.
        generic: how many of each kind a replica reserves.
    """

    constraints: tuple[Constraint, ...] = ()
    spreads: tuple[SpreadOver, ...] = ()
    platforms: tuple[Platform, ...] = ()
    max_replicas_per_node: int | None = None
    host_ports: tuple[HostPort, ...] = ()
    mounts: tuple[Mount, ...] = ()
    plugins: tuple[Plugin, ...] = ()
    generic: tuple[GenericResource, ...] = ()


#: Any node will do.
NO_REQUIREMENTS = Requirements()
