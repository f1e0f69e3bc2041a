"""Take a lab away, whole or half: processes, namespaces, control groups, mounts, folders.

It is written against what may exist, not against what was recorded, because it also runs after a kill -9 at any
moment of `up` or `down`. Everything of a lab is thrown away, so nothing is asked to stop politely.
"""

from __future__ import annotations

import contextlib
import shutil
from datetime import timedelta
from pathlib import Path

from lab.real import cgroups, lock, network, processes, waiting
from lab.real.command import run
from lab.real.layout import DATA_ROOT, SUBNETS_LOCK, Layout

_PATIENCE = timedelta(seconds=30)


def remove(layout: Layout) -> None:
    """Leave nothing of the lab; no error when there is nothing.

    Raises:
        LabUnavailable: when something of it cannot be removed.
    """
    _end_processes(layout)
    _remove_network(layout)
    cgroups.remove(layout.cgroup)
    _remove_mounts(layout)
    _remove_folders(layout)


def remove_node(layout: Layout, hostname: str) -> None:
    """Leave nothing of one node, whose engine has ended."""
    network.unplug(layout.node_netns(hostname))
    cgroups.remove(layout.node_cgroup(hostname))
    for folder in (layout.node_run(hostname), layout.node_data(hostname)):
        _remove_folder(folder)


def _end_processes(layout: Layout) -> None:
    def none_left() -> bool:
        pids = _pids(layout)
        processes.kill(pids)
        return not pids

    # More than once, because a process may start another between our look and our signal.
    waiting.until(none_left, patience=_PATIENCE, what=f"the processes of lab {layout.name} to end")


def _pids(layout: Layout) -> set[int]:
    """Everything that runs for the lab: recorded, marked, in one of its networks, or in one of its containers."""
    networks = {network.inode(name) for name in network.namespaces(layout)} - {None}
    in_networks = {pid for pid in processes.all_pids() if network.inode_of_process(pid) in networks}
    recorded = {process.pid for process in processes.recorded(layout) if process.alive}
    return recorded | in_networks | {*processes.members(layout)} | {*cgroups.pids(layout.cgroup)}


def _remove_network(layout: Layout) -> None:
    network.remove_host_leg(layout)
    for name in network.namespaces(layout):
        network.unplug(name)


def _remove_mounts(layout: Layout) -> None:
    """A node's mounts vanish with its processes; this is for what a person mounted there."""
    below = (f"{layout.run}/", f"{layout.data}/")
    points = (line.split()[1] for line in Path("/proc/mounts").read_text().splitlines())
    for point in sorted((point for point in points if point.startswith(below)), reverse=True):
        run("umount", "--lazy", point)


def _remove_folders(layout: Layout) -> None:
    _remove_folder(layout.data)
    _remove_folder(layout.run)
    with contextlib.suppress(OSError):
        DATA_ROOT.rmdir()
    with lock.held(SUBNETS_LOCK):
        # Taken and released, because that removes what a killed run has left of it.
        pass


def _remove_folder(folder: Path) -> None:
    def removed() -> bool:
        # A layer's mount may be busy for a moment after the last process of its namespace is gone.
        shutil.rmtree(folder, ignore_errors=True)
        return not folder.exists()

    waiting.until(removed, patience=_PATIENCE, what=f"{folder} to be removed")
