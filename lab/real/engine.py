"""One Docker engine: a node of the lab is nothing else, in a network, mount and host-name namespace of its own."""

from __future__ import annotations

import socket
from datetime import timedelta
from pathlib import Path

import docker
from docker.errors import DockerException

from lab.real import cgroups, network, processes, waiting
from lab.real.errors import LabUnavailable
from lab.real.layout import NETNS_ROOT, Layout
from lab.real.processes import Process

_ENTER = Path(__file__).with_name("enter_node.sh")
_START_PATIENCE = timedelta(seconds=60)
_KILL_PATIENCE = timedelta(seconds=30)
_CALL_TIMEOUT = timedelta(seconds=30)
_PING_TIMEOUT_S = 3
_LOG_TAIL_CHARACTERS = 600


def start(layout: Layout, hostname: str) -> Process:
    """Start the engine of `hostname`, whose network must be plugged in; does not wait for it."""
    folder = layout.node_run(hostname)
    for needed in (folder, layout.node_data(hostname)):
        needed.mkdir(parents=True, exist_ok=True)
    # The machine's own /etc/docker/daemon.json is none of the lab's business.
    (folder / "daemon.json").write_text("{}")
    # A dead engine's pid files would stop the next one, should the kernel have given its pids to somebody else.
    (folder / "dockerd.pid").unlink(missing_ok=True)
    (folder / "exec" / "containerd" / "containerd.pid").unlink(missing_ok=True)
    # nsenter and not `ip netns exec`, which mounts a new /sys and thereby hides the cgroups from the engine.
    into_node = ("nsenter", f"--net={NETNS_ROOT / layout.node_netns(hostname)}", "unshare", "--mount", "--uts")
    become = ("sh", str(_ENTER), hostname, str(folder))
    return processes.start(layout, _process_name(hostname), (*into_node, *become, *_dockerd(layout, hostname)))


def wait_ready(layout: Layout, hostname: str) -> None:
    """Return when the engine answers.

    Raises:
        LabUnavailable: with the end of the engine's log, when it has died or does not answer within a minute.
    """
    path = layout.docker_socket(hostname)

    def answers_or_died() -> bool:
        return processes.find(layout, _process_name(hostname)) is None or answers(path)

    waiting.until(answers_or_died, patience=_START_PATIENCE, what=f"the engine of {hostname} to answer")
    if not running(layout, hostname):
        log = (layout.logs / f"{_process_name(hostname)}.log").read_text()
        message = f"The Docker engine of {hostname} did not start; its log ends: {log[-_LOG_TAIL_CHARACTERS:]}"
        raise LabUnavailable(message)


def running(layout: Layout, hostname: str) -> bool:
    """Whether the engine's process is there."""
    return processes.find(layout, _process_name(hostname)) is not None


def kill(layout: Layout, hostname: str) -> None:
    """Kill -9 the engine, its containerd, the shims and whatever runs in its containers: the machine died."""

    def none_left() -> bool:
        pids = _pids(layout, hostname)
        processes.kill(pids)
        return not pids

    # More than once, because an engine may start a container between our look and our signal.
    waiting.until(none_left, patience=_KILL_PATIENCE, what=f"everything on {hostname} to end")
    processes.forget(layout, _process_name(hostname))


def client(path: Path, *, timeout: timedelta = _CALL_TIMEOUT) -> docker.APIClient:
    """A client of the engine behind the socket at `path`, its API version negotiated.

    Raises:
        LabUnavailable: when the engine does not answer.
    """
    # Asked first, because a client that fails while it is being made never closes its connection.
    if not answers(path):
        message = f"The Docker engine at {path} does not answer."
        raise LabUnavailable(message)
    try:
        return docker.APIClient(base_url=f"unix://{path}", version="auto", timeout=int(timeout.total_seconds()))
    except DockerException as error:
        message = f"The Docker engine at {path} does not tell its version: {error}."
        raise LabUnavailable(message) from error


def answers(path: Path) -> bool:
    """Whether an engine behind the socket at `path` answers."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(_PING_TIMEOUT_S)
        try:
            connection.connect(str(path))
            connection.sendall(b"GET /_ping HTTP/1.0\r\n\r\n")
            return b" 200 " in connection.recv(64)
        except OSError:
            return False


def _pids(layout: Layout, hostname: str) -> set[int]:
    """The engine's side by its network namespace, the containers', which have namespaces of their own, by cgroup."""
    here = network.inode(layout.node_netns(hostname))
    in_network = {pid for pid in processes.all_pids() if here and network.inode_of_process(pid) == here}
    return in_network | {*cgroups.pids(layout.node_cgroup(hostname))}


def _process_name(hostname: str) -> str:
    return f"engine-{hostname}"


def _dockerd(layout: Layout, hostname: str) -> tuple[str, ...]:
    folder = layout.node_run(hostname)
    return (
        "dockerd",
        f"--host=unix://{layout.docker_socket(hostname)}",
        # Where stacks expect it, in the node's own /run (see enter_node.sh).
        "--host=unix:///run/docker.sock",
        f"--pidfile={folder / 'dockerd.pid'}",
        f"--exec-root={folder / 'exec'}",
        f"--data-root={layout.node_data(hostname)}",
        f"--config-file={folder / 'daemon.json'}",
        "--exec-opt=native.cgroupdriver=cgroupfs",
        f"--cgroup-parent=/{layout.node_cgroup(hostname)}",
        # Published ports by the kernel alone: a process per port would only cost memory here.
        "--userland-proxy=false",
        "--log-driver=json-file",
        "--log-opt=max-size=1m",
        "--log-level=warn",
    )
