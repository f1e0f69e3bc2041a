"""What a swarm task asks of a node, read from the spec of its service."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

__all__ = ["Constraint", "Document", "Needs", "WrongConstraint", "platform", "read_constraint", "read_needs"]

#: JSON as Docker writes it.
Document = dict[str, Any]

_CONSTRAINT = re.compile(r"^\s*(?P<key>[^\s=!]+)\s*(?P<operator>==|!=)\s*(?P<value>.*?)\s*$")
_PLATFORM_NAMES: Mapping[str, str] = {"x86_64": "amd64", "aarch64": "arm64"}


class WrongConstraint(ValueError):
    """Swarm's words about a placement constraint that it cannot read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Constraint:
    """``node.labels.disk == ssd``."""

    key: str
    is_equal: bool
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Needs:
    """What a swarm task of a service needs.

    Attributes:
        generic: kinds with amounts.
        host_ports: protocol and port.
        platforms: operating system and architecture; either may be empty for "any".
        plugins: type and name of drivers.
        spreads: ``node.labels.zone``, outermost first.
        max_per_node: 0 for any number.
    """

    nano_cpus: int
    memory_bytes: int
    generic: tuple[tuple[str, int], ...]
    constraints: tuple[Constraint, ...]
    platforms: tuple[tuple[str, str], ...]
    plugins: frozenset[tuple[str, str]]
    host_ports: tuple[tuple[str, int], ...]
    spreads: tuple[str, ...]
    max_per_node: int


def read_needs(spec: Document) -> Needs:
    """The needs of a service.

    Raises:
        WrongConstraint: one of its constraints is none.
    """
    template: Document = spec.get("TaskTemplate") or {}
    reserved: Document = (template.get("Resources") or {}).get("Reservations") or {}
    placement: Document = template.get("Placement") or {}
    return Needs(
        nano_cpus=reserved.get("NanoCPUs") or 0,
        memory_bytes=reserved.get("MemoryBytes") or 0,
        generic=tuple(_generic(reserved)),
        constraints=tuple(read_constraint(text) for text in placement.get("Constraints") or ()),
        platforms=tuple(platform(sent) for sent in placement.get("Platforms") or ()),
        plugins=frozenset(_plugins(template)),
        host_ports=tuple(_host_ports(spec.get("EndpointSpec") or {})),
        spreads=tuple(
            preference["Spread"]["SpreadDescriptor"]
            for preference in placement.get("Preferences") or ()
            if preference.get("Spread")
        ),
        max_per_node=placement.get("MaxReplicas") or 0,
    )


def read_constraint(text: str) -> Constraint:
    """One placement constraint.

    Raises:
        WrongConstraint: it is none.
    """
    found = _CONSTRAINT.match(text)
    if found is None:
        raise WrongConstraint(f"constraint expected one operator from ==, !=: {text}")
    return Constraint(key=found["key"], is_equal=found["operator"] == "==", value=found["value"])


def platform(sent: Document) -> tuple[str, str]:
    """Operating system and architecture, which engines call differently from images."""
    architecture = sent.get("Architecture") or ""
    return (sent.get("OS") or "").lower(), _PLATFORM_NAMES.get(architecture, architecture)


def _generic(reserved: Document) -> Iterator[tuple[str, int]]:
    for resource in reserved.get("GenericResources") or ():
        if discrete := resource.get("DiscreteResourceSpec"):
            yield discrete["Kind"], discrete["Value"]


def _plugins(template: Document) -> Iterator[tuple[str, str]]:
    """The volume and log drivers that a node must have; ``local`` is everywhere."""
    for mount in (template.get("ContainerSpec") or {}).get("Mounts") or ():
        driver = ((mount.get("VolumeOptions") or {}).get("DriverConfig") or {}).get("Name")
        if mount.get("Type") == "volume" and driver and driver != "local":
            yield "Volume", driver
    log = (template.get("LogDriver") or {}).get("Name")
    if log and log != "none":
        yield "Log", log


def _host_ports(endpoint: Document) -> Iterator[tuple[str, int]]:
    for port in endpoint.get("Ports") or ():
        if port.get("PublishMode") == "host" and port.get("PublishedPort"):
            yield port.get("Protocol") or "tcp", port["PublishedPort"]
