"""The lab's network: a switch in a namespace of its own, one leg of it on the host, one veth to each node.

The switch is not in the host's namespace, because a Docker engine of the host would put its firewall rules between
the nodes. Addresses come from 198.18.0.0/15, which is set aside for tests of network gear (RFC 2544) and therefore
collides neither with a machine's real networks nor with the pools Docker takes overlay networks from.
"""

from __future__ import annotations

import json
import secrets
import socket
from contextlib import suppress
from pathlib import Path

from lab.real.command import run, succeeds
from lab.real.errors import LabUnavailable
from lab.real.layout import NETNS_ROOT, Layout

#: Below the range from which Linux takes the ports of outgoing connections: a server that is down for a while, as in
#: storms, gets its own port back, whatever connects to whatever meanwhile.
_PORTS = range(12_000, 32_000)
_SUBNETS = range(1, 255)
_FIRST_NODE = 10
_MOST_NODES = 200
_SWITCH = "switch"
_HOST_PORT = "host"


def host_address(subnet: int) -> str:
    """The host's address in the lab, where containers reach Redis and InfluxDB."""
    return f"198.18.{subnet}.1"


def node_address(subnet: int, number: int) -> str:
    """The address of node `number` (from 1).

    Raises:
        LabUnavailable: beyond 200 nodes.
    """
    if not 1 <= number <= _MOST_NODES:
        message = f"A lab has at most {_MOST_NODES} nodes; there is no node {number}."
        raise LabUnavailable(message)
    return f"198.18.{subnet}.{_FIRST_NODE + number}"


def host_leg(subnet: int) -> str:
    """The name of the host's interface into the lab (at most 15 characters, says the kernel)."""
    return f"skep-lab{subnet}"


def free_subnet(taken: set[int]) -> int:
    """A subnet that neither another lab nor an address of this machine uses.

    Raises:
        LabUnavailable: when all 254 are taken.
    """
    used = taken | _subnets_of_this_machine()
    for subnet in _SUBNETS:
        if subnet not in used:
            return subnet
    message = "All 254 subnets of 198.18.0.0/16 are in use on this machine; take a lab down first."
    raise LabUnavailable(message)


def free_port() -> int:
    """A TCP port that nobody listens on, on any address of the host, and that no outgoing connection is given."""
    while True:
        port = secrets.choice(_PORTS)
        with suppress(OSError), socket.create_server(("", port)):
            return port


def build_switch(layout: Layout, subnet: int) -> None:
    """Make the switch's namespace, the switch, and the host's leg into it."""
    switch_ns, leg = layout.bridge_netns, host_leg(subnet)
    run("ip", "netns", "add", switch_ns)
    run("ip", "-n", switch_ns, "link", "set", "lo", "up")
    run("ip", "-n", switch_ns, "link", "add", _SWITCH, "type", "bridge")
    run("ip", "-n", switch_ns, "link", "set", _SWITCH, "up")
    run("ip", "link", "add", leg, "type", "veth", "peer", "name", _HOST_PORT, "netns", switch_ns)
    run("ip", "-n", switch_ns, "link", "set", _HOST_PORT, "master", _SWITCH, "up")
    # For a person who wonders what this interface is.
    run("ip", "link", "set", leg, "alias", f"{layout.netns_prefix}host")
    run("ip", "address", "add", f"{host_address(subnet)}/24", "dev", leg)
    run("ip", "link", "set", leg, "up")


def plug_in(layout: Layout, subnet: int, hostname: str, number: int) -> None:
    """Make a node's namespace and join it to the switch."""
    node_ns, switch_ns, port = layout.node_netns(hostname), layout.bridge_netns, f"node{number}"
    run("ip", "netns", "add", node_ns)
    run("ip", "-n", node_ns, "link", "set", "lo", "up")
    run("ip", "-n", node_ns, "link", "add", "eth0", "type", "veth", "peer", "name", port, "netns", switch_ns)
    run("ip", "-n", switch_ns, "link", "set", port, "master", _SWITCH, "up")
    run("ip", "-n", node_ns, "address", "add", f"{node_address(subnet, number)}/24", "dev", "eth0")
    run("ip", "-n", node_ns, "link", "set", "eth0", "up")


def unplug(netns: str) -> None:
    """Remove a namespace; the veths that end in it go with it, at both ends."""
    if (NETNS_ROOT / netns).exists():
        run("ip", "netns", "delete", netns)


def cut(netns: str) -> None:
    """Pull a node's cable: packets to it are lost, as with a machine that is off, not refused."""
    run("ip", "-n", netns, "link", "set", "eth0", "down")


def mend(netns: str) -> None:
    """Plug a cut cable in again."""
    run("ip", "-n", netns, "link", "set", "eth0", "up")


def remove_host_leg(layout: Layout) -> None:
    """Remove the host's interface now; with its namespace it would go too, but in the background, some time later.

    It is removed by its other end, in the lab's own namespace, so that it is certainly this lab's.
    """
    if (NETNS_ROOT / layout.bridge_netns).exists():
        succeeds("ip", "-n", layout.bridge_netns, "link", "delete", "dev", _HOST_PORT)


def namespaces(layout: Layout) -> tuple[str, ...]:
    """The names of the namespaces this lab has on the machine."""
    return tuple(sorted(path.name for path in NETNS_ROOT.glob(f"{layout.netns_prefix}*")))


def inode(netns: str) -> int | None:
    """What tells this namespace from all others; None when it does not exist."""
    return _inode(NETNS_ROOT / netns)


def inode_of_process(pid: int) -> int | None:
    """The network namespace a process is in; None when the process is gone."""
    return _inode(Path(f"/proc/{pid}/ns/net"))


def _inode(path: Path) -> int | None:
    try:
        return path.stat().st_ino
    except OSError:
        return None


def _subnets_of_this_machine() -> set[int]:
    addresses = (
        address["local"].split(".")
        for interface in json.loads(run("ip", "-json", "-4", "address", "show"))
        for address in interface.get("addr_info", ())
    )
    return {int(address[2]) for address in addresses if address[:2] == ["198", "18"]}
