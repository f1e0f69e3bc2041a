"""All placement constraints of a service must hold on the node.

Values are compared without regard to case, names of labels with it. A label that is not there is an empty text, so
that ``!=`` holds for it. A key or an operator that is not known is never satisfied.
"""

from collections.abc import Callable, Mapping
from contextlib import suppress
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from skep.core.capacity.applicant import Applicant
from skep.core.capacity.filters.filter import Filter, on_nodes
from skep.core.capacity.node_room import NodeRoom
from skep.core.requirements import Constraint, Operator

__all__ = ["CONSTRAINTS", "holds"]

_NODE_LABELS = "node.labels."
_ENGINE_LABELS = "engine.labels."
_ADDRESS = "node.ip"


def _passes(applicant: Applicant, node: NodeRoom) -> bool:
    return all(holds(constraint, node) for constraint in applicant.standard.constraints)


def holds(constraint: Constraint, node: NodeRoom) -> bool:
    """Whether the node satisfies the constraint."""
    if constraint.operator is Operator.UNKNOWN:
        return False
    key = constraint.key.lower()
    if key == _ADDRESS:
        return _holds_for_address(constraint, node.node.address)
    value = _value(key, constraint.key, node)
    if value is None:
        return False
    return (value.lower() == constraint.value.lower()) is (constraint.operator is Operator.EQUALS)


def _value(key: str, written: str, node: NodeRoom) -> str | None:
    """What the key names on that node; ``None`` where it names nothing that is known."""
    read = _ATTRIBUTES.get(key)
    if read is not None:
        return read(node)
    for prefix, labels in ((_NODE_LABELS, node.labels), (_ENGINE_LABELS, node.engine_labels)):
        if key.startswith(prefix) and len(key) > len(prefix):
            return labels.get(written[len(prefix) :], "")
    return None


_ATTRIBUTES: Mapping[str, Callable[[NodeRoom], str]] = {
    "node.id": lambda room: room.node.id,
    "node.hostname": lambda room: room.node.hostname,
    "node.role": lambda room: "manager" if room.node.is_manager else "worker",
    "node.platform.os": lambda room: room.node.platform.os,
    "node.platform.arch": lambda room: room.node.platform.architecture,
}


def _holds_for_address(constraint: Constraint, address: str) -> bool:
    """An address, or a network that it lies in; what is neither is never satisfied."""
    network = _network(constraint.value)
    if network is None:
        return False
    there = _address(address)
    return (there is not None and there in network) is (constraint.operator is Operator.EQUALS)


def _address(text: str) -> IPv4Address | IPv6Address | None:
    with suppress(ValueError):
        return ip_address(text)
    return None


def _network(text: str) -> IPv4Network | IPv6Network | None:
    with suppress(ValueError):
        return ip_network(text, strict=False)
    return None


CONSTRAINTS = Filter(
    is_asked=lambda applicant: bool(applicant.standard.constraints),
    passes=_passes,
    words=on_nodes("scheduling constraints not satisfied"),
    because="scheduling constraints not satisfied",
    is_lasting=True,
)
