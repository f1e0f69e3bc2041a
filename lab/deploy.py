"""The skep stack on a lab: the very `docker-compose.yml` that operators deploy, with the lab's stand-in images."""

import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from types import MappingProxyType

import requests
from docker import APIClient

from lab.real import Lab, LabUnavailable, direct, swarm, waiting
from lab.real.command import run
from lab.real.images import REGISTRY
from lab.real.layout import Layout

__all__ = ["FLOWER_PORT", "STACK", "Deployment", "deploy", "evaluation", "remove", "run_inside"]

STACK = "skep"
FLOWER_PORT = 5555

_CHECKOUT = Path(__file__).resolve().parents[1]
_COMPOSE = _CHECKOUT / "docker-compose.yml"
_OVERRIDE = Path(__file__).parent / "real/stacks/skep.lab.yml"
_MAKE_SECRETS = _CHECKOUT / "stacks/secrets"

_IMAGE = f"{REGISTRY}/skep:0.1.0"
_NEED_REDIS = frozenset(f"{STACK}_{name}" for name in ("beat", "observer", "actor", "flower"))
_METRICS_NETWORK = "metrics"
_NAMESPACE = f"com.docker.stack.namespace={STACK}"
_START_PATIENCE = timedelta(minutes=3)
_REMOVAL_PATIENCE = timedelta(minutes=2)
_CALL_TIMEOUT_S = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployment:
    """The skep stack, up on a lab: every replica runs and is healthy, beat ticks, Flower answers.

    Attributes:
        services: names as Swarm has them (`skep_beat`), with the replicas that run.
        flower_url: of Flower on the node that keeps its data.
        secrets: the folder of the passwords: `flower_password`, `redis_password`, `influx_password`.
    """

    services: Mapping[str, int]
    flower_url: str
    flower_user: str
    flower_password: str = field(repr=False)
    secrets: Path


def deploy(lab: Lab, *, settings: Mapping[str, str] = MappingProxyType({})) -> Deployment:
    """Deploy the skep stack with `docker stack deploy` and wait until it works.

    Args:
        lab: which must be up.
        settings: variables for `docker-compose.yml`, for example `{"SKEP_INTERVAL": "5s"}`.

    Raises:
        LabUnavailable: when it is refused, or does not work within a few minutes; the sentence says what is missing.
    """
    _furnish(lab)
    secrets = _make_secrets(lab)
    variables = {**_variables(lab, secrets), **settings}
    lab.deploy(STACK, _COMPOSE, _OVERRIDE, env=variables)
    deployment = Deployment(
        services=_expected_replicas(lab),
        flower_url=f"http://{_state_node_address(lab)}:{variables['SKEP_FLOWER_PORT']}",
        flower_user="skep",
        flower_password=(secrets / "flower_password").read_text(),
        secrets=secrets,
    )
    _wait_until_it_works(lab, deployment)
    return deployment


def remove(lab: Lab) -> None:
    """Remove the stack and wait until no container and no network of it is left; its volumes stay.

    Raises:
        LabUnavailable: when something is left after two minutes.
    """
    # Redis last: without it a worker looks for it until it is killed.
    _remove_services(lab, _NEED_REDIS)
    lab.docker("stack", "rm", STACK)
    waiting.until(lambda: not _remains(lab), patience=_REMOVAL_PATIENCE, what=f"the end of the stack {STACK}")


def evaluation(lab: Lab) -> int:
    """The id of the last evaluation that the deployed workers began; 0 before the first."""
    ask = 'REDISCLI_AUTH="$(cat /run/secrets/redis_password)" redis-cli --raw GET skep:evaluation'
    return int(run_inside(lab, f"{STACK}_redis", "sh", "-c", ask).strip() or 0)


def run_inside(lab: Lab, service: str, *argv: str) -> str:
    """Run a program in a container of `service` and return what it printed.

    Raises:
        LabUnavailable: when no replica of it runs, or the program fails; with its last words.
    """
    hostname, container = _container(lab, service)
    with lab.client(hostname) as engine:
        execution = engine.exec_create(container, list(argv))["Id"]
        printed = engine.exec_start(execution).decode(errors="replace")
        status = engine.exec_inspect(execution)["ExitCode"]
    if status != 0:
        message = f"`{' '.join(argv)}` in {service} on {hostname} ended with {status}: {printed.strip()[-500:]}"
        raise LabUnavailable(message)
    return str(printed)


# --- before ---------------------------------------------------------------------------------------------------------


def _furnish(lab: Lab) -> None:
    """What an operator has done before: images at hand, the state node labelled, the network of the metrics made."""
    for image in _images():
        lab.stand_in(image)
    lab.docker("node", "update", "--label-add", "skep.state=true", _state_node(lab))
    with lab.client() as manager:
        swarm.make_network(manager, _METRICS_NETWORK)


def _images() -> set[str]:
    """The images of the stack under the names that the lab gives them."""
    public = re.findall(r"image: \$\{SKEP_REGISTRY:-\}(\S+)", _COMPOSE.read_text())
    return {_IMAGE, *(f"{REGISTRY}/{image}" for image in public)}


def _make_secrets(lab: Lab) -> Path:
    """The passwords, made by the script that operators use; InfluxDB's is that of the lab's reader."""
    folder = Layout(lab.name).run / "secrets"
    folder.mkdir(mode=0o700, exist_ok=True)
    if lab.influx_accounts is not None:
        (folder / "influx_password").write_text(lab.influx_accounts.reader.password)
    run(str(_MAKE_SECRETS), str(folder))
    return folder


def _variables(lab: Lab, secrets: Path) -> dict[str, str]:
    """The variables of `docker-compose.yml` and of the lab's override."""
    status = lab.status()
    return {
        "SKEP_REGISTRY": f"{REGISTRY}/",
        "SKEP_IMAGE": _IMAGE,
        "SKEP_SECRETS": str(secrets),
        # Each node has an engine of its own, and Swarm fills in where it is.
        "SKEP_DOCKER_SOCKET": str(Layout(lab.name).docker_socket("{{.Node.Hostname}}")),
        "SKEP_METRICS_NETWORK": _METRICS_NETWORK,
        "SKEP_INFLUX_URL": status.influx_url,
        "SKEP_INFLUX_DATABASE": status.influx_database,
        # The routing mesh needs IPVS, which many kernels lack.
        "SKEP_FLOWER_PORT_MODE": "host",
        "SKEP_FLOWER_PORT": str(FLOWER_PORT),
        "SKEP_LAB_CHECKOUT": str(_CHECKOUT),
        "SKEP_LAB_VENV": sys.prefix,
        "SKEP_LAB_PYTHON": str(_python()),
    }


def _python() -> Path:
    """What the virtual environment's Python needs of the one it was made from."""
    base = Path(sys.base_prefix)
    # The whole of /usr is mounted anyway, and one container cannot mount two things at one place.
    return base / "lib" if base == Path("/usr") else base


def _state_node(lab: Lab) -> str:
    return lab.status().nodes[0].hostname


def _state_node_address(lab: Lab) -> str:
    return lab.status().nodes[0].address


# --- after ----------------------------------------------------------------------------------------------------------


def _expected_replicas(lab: Lab) -> dict[str, int]:
    managers = sum(node.role == "manager" for node in lab.status().nodes)
    with lab.client() as manager:
        services = manager.services(filters={"label": _NAMESPACE})
    return {
        service["Spec"]["Name"]: managers
        if "Global" in service["Spec"]["Mode"]
        else service["Spec"]["Mode"]["Replicated"]["Replicas"]
        for service in services
    }


def _wait_until_it_works(lab: Lab, deployment: Deployment) -> None:
    # Swarm calls a swarm task running once its container is healthy.
    for service, replicas in deployment.services.items():
        lab.wait_running(service, replicas, patience=_START_PATIENCE)
    first = evaluation(lab)
    waiting.until(
        lambda: evaluation(lab) > first, patience=_START_PATIENCE, what="an evaluation by the deployed workers"
    )
    waiting.until(
        lambda: _flower_lets_in(deployment),
        patience=_START_PATIENCE,
        what=f"Flower at {deployment.flower_url} to let in {deployment.flower_user}",
    )


def _flower_lets_in(deployment: Deployment) -> bool:
    credentials = (deployment.flower_user, deployment.flower_password)
    try:
        with direct.session() as session:
            return session.get(deployment.flower_url, auth=credentials, timeout=_CALL_TIMEOUT_S).ok
    except requests.RequestException:
        return False


def _container(lab: Lab, service: str) -> tuple[str, str]:
    """Host name and container of a running replica."""
    hostnames = {node.node_id: node.hostname for node in lab.status().nodes}
    with lab.client() as manager:
        for task in manager.tasks(filters={"service": service, "desired-state": "running"}):
            if task["Status"]["State"] == "running":
                return hostnames[task["NodeID"]], task["Status"]["ContainerStatus"]["ContainerID"]
    message = f"No replica of {service} runs."
    raise LabUnavailable(message)


def _remove_services(lab: Lab, names: frozenset[str]) -> None:
    with lab.client() as manager:
        for service in manager.services(filters={"label": _NAMESPACE}):
            if service["Spec"]["Name"] in names:
                manager.remove_service(service["ID"])
    waiting.until(
        lambda: names.isdisjoint(_services_with_containers(lab)),
        patience=_REMOVAL_PATIENCE,
        what=f"the end of {', '.join(sorted(names))}",
    )


def _services_with_containers(lab: Lab) -> set[str]:
    """The services of the stack that have a container, running or not, on any node that lives."""
    found = set()
    for engine in _engines(lab):
        for container in engine.containers(all=True, filters={"label": _NAMESPACE}):
            found.add(container["Labels"]["com.docker.swarm.service.name"])
    return found


def _remains(lab: Lab) -> bool:
    """Whether a container or a network of the stack is left on any node that lives."""
    return bool(_services_with_containers(lab)) or any(
        engine.networks(filters={"label": _NAMESPACE}) for engine in _engines(lab)
    )


def _engines(lab: Lab) -> Iterator[APIClient]:
    for node in lab.status().nodes:
        if node.state != "dead":
            with lab.client(node.hostname) as engine:
                yield engine
