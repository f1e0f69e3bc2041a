"""What this machine must offer before a lab can be built on it, and how it gets what it lacks."""

from __future__ import annotations

import contextlib
import os
import shutil
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

from lab.real.command import run, succeeds
from lab.real.errors import LabUnavailable

# Debian's package for each program the lab runs, on the host or in a container. Whole paths, because the containers
# see the machine's /usr and nothing of a person's PATH.
_PACKAGE_OF = {
    "/usr/sbin/dockerd": "docker.io",
    "/usr/bin/nsenter": "util-linux",
    "/usr/sbin/haproxy": "haproxy",
    "/usr/bin/redis-server": "redis-server",
    "/usr/bin/influxd": "influxdb",
    "/usr/bin/busybox": "busybox-static",
    "/usr/bin/python3": "python3",
    "/usr/sbin/iptables": "iptables",
    "/usr/bin/ip": "iproute2",
}
_CLIENT = "/usr/bin/docker"
_INSTALL_PATIENCE = timedelta(minutes=15)
_CGROUPS = Path("/sys/fs/cgroup")
_CONTROLLERS = ("cpu", "memory", "pids")
_DO_NOT_START = Path("/usr/sbin/policy-rc.d")
_DO_NOT_START_TEXT = "#!/bin/sh\n# Written by skep's lab while it installs packages.\nexit 101\n"
# Each kind of network device a lab needs, tried in a namespace that is gone when the shell ends.
_NETWORK_TRIAL = (
    "ip link add trial0 type veth peer name trial1 && ip link add trial2 type bridge"
    " && ip link add trial3 type vxlan id 1 dstport 4789 dev trial0"
)


def require() -> None:
    """Return when a lab can be built here; installs missing Debian packages.

    Raises:
        LabUnavailable: with one sentence that names what is missing.
    """
    _require_linux()
    require_root()
    _require_packages()
    _require_namespaces()
    _require_cgroups()


def missing_packages() -> tuple[str, ...]:
    """The Debian packages whose programs are not here."""
    missing = {package for program, package in _PACKAGE_OF.items() if not Path(program).exists()}
    if not missing and not Path(_CLIENT).exists():
        # Part of docker.io in Debian 12, a package of its own from Debian 13 on.
        missing = {"docker-cli"}
    return tuple(sorted(missing))


def _require_linux() -> None:
    if sys.platform != "linux":
        message = f"The lab needs Linux (network namespaces and control groups); this is {sys.platform}."
        raise LabUnavailable(message)


def require_root() -> None:
    """Return when we are root.

    Raises:
        LabUnavailable: when we are not.
    """
    if os.geteuid() != 0:
        message = "The lab needs root, because it makes network namespaces and runs Docker engines; try it with sudo."
        raise LabUnavailable(message)


def _require_packages() -> None:
    while missing := missing_packages():
        _get(missing)


def _get(missing: tuple[str, ...]) -> None:
    if shutil.which("apt-get") is None:
        message = (
            f"The lab needs the programs of the Debian packages {' '.join(missing)}, and there is no apt-get here."
        )
        raise LabUnavailable(message)
    try:
        _install(missing)
    except LabUnavailable as error:
        message = f"The lab needs the Debian packages {' '.join(missing)}, which could not be installed: {error}"
        raise LabUnavailable(message) from error
    if missing_packages() == missing:
        message = (
            f"The lab needs programs that the Debian packages {' '.join(missing)} should have brought, but did not."
        )
        raise LabUnavailable(message)


def _require_namespaces() -> None:
    if not succeeds("unshare", "--net", "--mount", "--uts", "true"):
        message = (
            "The lab needs to make network and mount namespaces, which this machine does not allow"
            " (in a container: start it with --privileged)."
        )
        raise LabUnavailable(message)
    if not succeeds("unshare", "--net", "sh", "-c", _NETWORK_TRIAL):
        message = "The lab needs veth, bridge and vxlan network devices, which this kernel does not offer."
        raise LabUnavailable(message)


def _require_cgroups() -> None:
    lacking = [controller for controller in _CONTROLLERS if controller not in _controllers()]
    if lacking:
        message = f"The lab needs the control group controllers {', '.join(lacking)} below {_CGROUPS}."
        raise LabUnavailable(message)


def _controllers() -> set[str]:
    with contextlib.suppress(OSError):
        return set((_CGROUPS / "cgroup.controllers").read_text().split())
    return {name for folder in _CGROUPS.glob("*") for name in folder.name.split(",")}


def _install(packages: tuple[str, ...]) -> None:
    apt_get = ("apt-get", "--yes", "--no-install-recommends", "-o", "DPkg::Lock::Timeout=300")
    quiet = {"DEBIAN_FRONTEND": "noninteractive"}
    with _services_not_started():
        if not _install_once(apt_get, packages, quiet):
            run(*apt_get, "update", env=quiet, patience=_INSTALL_PATIENCE)
            run(*apt_get, "install", *packages, env=quiet, patience=_INSTALL_PATIENCE)


def _install_once(apt_get: tuple[str, ...], packages: tuple[str, ...], quiet: dict[str, str]) -> bool:
    """With the package lists that are here: an update is slow, and often not needed."""
    try:
        run(*apt_get, "install", *packages, env=quiet, patience=_INSTALL_PATIENCE)
    except LabUnavailable:
        return False
    return True


@contextlib.contextmanager
def _services_not_started() -> Iterator[None]:
    """Install the programs without starting them as services of the machine: the lab runs its own.

    The way Debian offers for it: https://people.debian.org/~hmh/invokerc.d-policyrc.d-specification.txt
    """
    ours = not _DO_NOT_START.exists() or _DO_NOT_START.read_text() == _DO_NOT_START_TEXT
    if ours:
        _DO_NOT_START.write_text(_DO_NOT_START_TEXT)
        _DO_NOT_START.chmod(0o755)
    try:
        yield
    finally:
        if ours:
            _DO_NOT_START.unlink(missing_ok=True)
