"""One Docker engine: a node of the lab is nothing else, in a network, mount and host-name namespace of its own."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import docker
import requests
from docker.errors import DockerException

from lab.real import cgroups, network, processes, waiting
from lab.real.errors import LabUnavailable
from lab.real.layout import NETNS_ROOT, Layout
from lab.real.processes import Process

_ENTER = Path(__file__).with_name("enter_node.sh")
_START_PATIENCE = timedelta(seconds=60)
_CALL_TIMEOUT = timedelta(seconds=30)
_LOG_TAIL_CHARACTERS = 600


def start(layout: Layout, hostname: str) -> Process:
    """Start the engine of `hostname`, whose network must be plugged in; does not wait for it."""
    folder = layout.node_run(hostname)
    for needed in (folder, layout.node_data(hostname)):
        needed.mkdir(parents=True, exist_ok=True)
    # The machine's own /etc/docker/daemon.json is none of the lab's business.
    (folder / "daemon.json").write_text("{}")
    # A dead engine's pid file would stop the next one, should the kernel have given its pid to somebody else.
    (folder / "dockerd.pid").unlink(missing_ok=True)
    # nsenter and not `ip netns exec`, which mounts a new /sys and thereby hides the cgroups from the engine.
    into_node = ("nsenter", f"--net={NETNS_ROOT / layout.node_netns(hostname)}", "unshare", "--mount", "--uts")
    become = ("sh", str(_ENTER), hostname, str(folder))
    return processes.start(layout, _process_name(hostname), (*into_node, *become, *_dockerd(layout, hostname)))


def wait_ready(layout: Layout, hostname: str) -> None:
    """Return when the engine answers.

    Raises:
        LabUnavailable: with the end of the engine's log, when it has died or does not answer within a minute.
    """

    def answers_or_died() -> bool:
        return processes.find(layout, _process_name(hostname)) is None or _answers(layout, hostname)

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
    here = network.inode(layout.node_netns(hostname))
    engine_side = [pid for pid in processes.all_pids() if here and network.inode_of_process(pid) == here]
    processes.kill(engine_side)
    # The containers' processes live in network namespaces of their own and are found by their cgroup instead.
    processes.kill(cgroups.pids(layout.node_cgroup(hostname)))
    processes.forget(layout, _process_name(hostname))


def client(socket: Path, *, timeout: timedelta = _CALL_TIMEOUT) -> docker.APIClient:
    """A client of the engine behind `socket`, its API version negotiated.

    Raises:
        LabUnavailable: when the engine does not answer.
    """
    try:
        return docker.APIClient(base_url=f"unix://{socket}", version="auto", timeout=int(timeout.total_seconds()))
    except DockerException as error:
        message = f"The Docker engine at {socket} does not answer: {error}."
        raise LabUnavailable(message) from error


def _process_name(hostname: str) -> str:
    return f"engine-{hostname}"


def _answers(layout: Layout, hostname: str) -> bool:
    socket = layout.docker_socket(hostname)
    if not socket.exists():
        return False
    try:
        with client(socket) as engine:
            return bool(engine.ping())
    except (LabUnavailable, DockerException, requests.RequestException):
        return False


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
