"""What the lab can deploy on its Swarm: the demo web service and the proxy in front of it."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from lab.real import proxy
from lab.real.command import run
from lab.real.errors import LabUnavailable

NETWORK = "proxy"
PROXY_PORT = 80
STATS_PORT = 8404

_HERE = Path(__file__).parent
_STACKS = _HERE / "stacks"
_CLIENTS = ("/usr/bin/docker", "docker")
_DEPLOY_PATIENCE = timedelta(minutes=2)


@dataclass(frozen=True, slots=True, kw_only=True)
class WebService:
    """How the demo web service is deployed; the defaults let eight busy replicas fit into one core.

    With these, a replica is worth about 12 requests per second before its CPU limit holds it back.
    """

    replicas: int = 2
    cpu_limit_cores: float = 0.125
    cpu_reservation_cores: float = 0.05
    memory_limit: str = "64M"
    memory_reservation: str = "24M"
    cost: timedelta = timedelta(milliseconds=8)
    linger: timedelta = timedelta(seconds=3)
    stop_grace: timedelta = timedelta(seconds=75)


@dataclass(frozen=True, slots=True, kw_only=True)
class Swarm:
    """The Swarm to deploy on: its manager's socket, a folder for a deployment's files, and one that all nodes see."""

    socket: Path
    folder: Path
    seen_by_nodes: Path


def docker(swarm: Swarm, *arguments: str, env: Mapping[str, str] | None = None) -> str:
    """Run Debian's Docker client against the manager and return what it printed.

    Raises:
        LabUnavailable: with the client's own words, when it fails.
    """
    client = next((path for path in _CLIENTS if Path(path).exists()), _CLIENTS[-1])
    # Its own configuration folder: a person's contexts and credentials are none of the lab's business.
    own = {"DOCKER_CONFIG": str(swarm.folder / "docker-client"), **(env or {})}
    return run(client, "--host", f"unix://{swarm.socket}", *arguments, env=own, patience=_DEPLOY_PATIENCE)


def deploy(swarm: Swarm, stack: str, files: Sequence[Path], env: Mapping[str, str] | None = None) -> None:
    """Deploy Compose files as `stack`, with `env` for the variables in them.

    Raises:
        LabUnavailable: with the client's own words, when it refuses.
    """
    compose = [argument for file in files for argument in ("--compose-file", str(file))]
    # No registry to ask for digests.
    docker(swarm, "stack", "deploy", "--resolve-image", "never", *compose, stack, env=env)


def deploy_web(swarm: Swarm, stack: str, service: WebService, labels: Mapping[str, str]) -> None:
    """Deploy the demo web service as `STACK_web`, with `labels` on the service (not on its containers)."""
    files, variables = _web(swarm, stack, service, labels)
    deploy(swarm, stack, files, variables)


def deploy_both(
    swarm: Swarm, stack: str, service: WebService, labels: Mapping[str, str], services: Sequence[str], node: str
) -> None:
    """Deploy the demo web service and the proxy before it in one go, as an operator deploys a whole stack."""
    web_files, web_variables = _web(swarm, stack, service, labels)
    proxy_files, proxy_variables = _proxy(swarm, stack, services, node)
    deploy(swarm, stack, (*web_files, *proxy_files), {**web_variables, **proxy_variables})


_Files = tuple[tuple[Path, ...], dict[str, str]]


def _program(swarm: Swarm) -> Path:
    """The folder of the web service's program, under a path that does not depend on where the checkout is.

    `docker service update` sorts mounts by their source, whatever it was asked for: in a checkout whose path comes
    before `/usr` it made a rollout of each change of the count.
    """
    folder = swarm.seen_by_nodes / "webservice"
    shutil.copytree(_HERE / "webservice", folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__"))
    return folder


def _web(swarm: Swarm, stack: str, service: WebService, labels: Mapping[str, str]) -> _Files:
    variables = {
        "WEB_REPLICAS": str(service.replicas),
        "WEB_CPU_LIMIT": f"{service.cpu_limit_cores:g}",
        "WEB_CPU_RESERVATION": f"{service.cpu_reservation_cores:g}",
        "WEB_MEMORY_LIMIT": service.memory_limit,
        "WEB_MEMORY_RESERVATION": service.memory_reservation,
        "WEB_COST_MS": f"{service.cost / timedelta(milliseconds=1):g}",
        "WEB_LINGER_S": f"{service.linger.total_seconds():g}",
        "WEB_STOP_GRACE": f"{service.stop_grace.total_seconds():g}s",
        "WEB_PROGRAM_FOLDER": str(_program(swarm)),
        "PROXY_NETWORK": NETWORK,
    }
    extra = _write(swarm, f"{stack}-labels.json", _labels_file(labels))
    return (_STACKS / "web.yml", extra), variables


def deploy_proxy(swarm: Swarm, stack: str, services: Sequence[str], node: str) -> None:
    """Deploy HAProxy as `STACK_proxy` on `node`, in front of `services`; the first one is the default.

    Raises:
        LabUnavailable: when there is no service to stand in front of.
    """
    if not services:
        message = "The proxy needs at least one service to stand in front of, for example 'demo_web'."
        raise LabUnavailable(message)
    files, variables = _proxy(swarm, stack, services, node)
    deploy(swarm, stack, files, variables)


def _proxy(swarm: Swarm, stack: str, services: Sequence[str], node: str) -> _Files:
    text = proxy.configuration(services)
    variables = {
        "PROXY_CONFIG_FILE": str(_write(swarm, f"{stack}-haproxy.cfg", text)),
        "PROXY_CONFIG_DIGEST": hashlib.sha256(text.encode()).hexdigest()[:12],
        "PROXY_PORT": str(PROXY_PORT),
        "PROXY_STATS_PORT": str(STATS_PORT),
        "PROXY_NODE": node,
        "PROXY_NETWORK": NETWORK,
    }
    return (_STACKS / "proxy.yml",), variables


def _labels_file(labels: Mapping[str, str]) -> str:
    # A dollar would be taken for a variable of the Compose file.
    escaped = {name: value.replace("$", "$$") for name, value in labels.items()}
    return json.dumps({"version": "3.8", "services": {"web": {"deploy": {"labels": escaped}}}}, indent=2)


def _write(swarm: Swarm, name: str, text: str) -> Path:
    swarm.folder.mkdir(parents=True, exist_ok=True)
    path = swarm.folder / name
    path.write_text(text)
    return path
