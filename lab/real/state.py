"""What a lab knows about itself, written down before each thing is made, so that a half lab can be found again."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace

import msgspec

from lab.real.influx_server import Accounts
from lab.real.layout import RUN_ROOT, Layout


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeSize:
    """How big a node is said to be where its use is reported as a share of it."""

    cores: float
    memory_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """A machine of the lab; `number` gives its address, `role` is manager or worker."""

    hostname: str
    number: int
    role: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """A machine that was ordered under a request id; remembered when the machine is gone, so that it is made once."""

    request_id: str
    hostname: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Image:
    """An image every node has, also one that is added later."""

    name: str
    changes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class LabState:
    """The description of a lab; `complete` once `up` has come to its end."""

    subnet: int
    nodes: tuple[Node, ...]
    nodes_ever: int
    node_size: NodeSize
    redis_port: int
    redis_password: str
    influx_port: int
    influx_accounts: Accounts | None
    collector_interval_s: float
    images: tuple[Image, ...] = ()
    orders: tuple[Order, ...] = ()
    complete: bool = False

    @property
    def first_manager(self) -> Node:
        """The node that made the Swarm, or the first manager that is left."""
        return next(node for node in self.nodes if node.role == "manager")

    def with_node(self, node: Node) -> LabState:
        """The lab with one more node."""
        return replace(self, nodes=(*self.nodes, node), nodes_ever=max(self.nodes_ever, node.number))

    def with_order(self, order: Order) -> LabState:
        """The lab with one more order."""
        return replace(self, orders=(*self.orders, order))

    def without_node(self, hostname: str) -> LabState:
        """The lab with that node taken off; its number is not given again."""
        return replace(self, nodes=tuple(node for node in self.nodes if node.hostname != hostname))

    def with_image(self, image: Image) -> LabState:
        """The lab with one more image on every node."""
        return replace(self, images=(*(known for known in self.images if known.name != image.name), image))


def load(layout: Layout) -> LabState | None:
    """The lab's description, or None when there is no lab (or nothing readable is left of it)."""
    try:
        return msgspec.json.decode(layout.state_file.read_bytes(), type=LabState)
    except (OSError, msgspec.DecodeError):
        return None


def save(layout: Layout, state: LabState) -> None:
    """Write the description so that a reader sees the old one or the new one, never a part."""
    layout.run.mkdir(parents=True, exist_ok=True)
    fresh = layout.state_file.with_suffix(".new")
    # It holds passwords.
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(msgspec.json.encode(state))
    fresh.replace(layout.state_file)


def subnets_taken() -> set[int]:
    """The subnets of all labs of this machine, whole or half."""
    names = [folder.name for folder in RUN_ROOT.iterdir() if folder.is_dir()] if RUN_ROOT.is_dir() else []
    return {state.subnet for name in names if (state := load(Layout(name))) is not None}
