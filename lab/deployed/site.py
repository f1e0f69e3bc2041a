"""Three stacks on a lab, deployed by the commands of the README with the lab's override files beside."""

import json
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import requests
from influxdb import InfluxDBClient

from lab.deploy import FLOWER_PORT, evaluation, run_inside
from lab.deployed import image, rollcall
from lab.deployed.image import BuiltImage
from lab.real import Lab, WebService, direct, waiting
from lab.real.command import run
from lab.real.deployments import NETWORK, PROXY_PORT, STATS_PORT
from lab.real.errors import LabUnavailable
from lab.real.images import REGISTRY
from lab.real.layout import Layout
from skep.config.routes import read_routes
from skep.report.haproxy_config import haproxy_config

__all__ = ["SERVICE", "STACKS", "Site"]

SERVICE = "demo_web"
#: Stack by stack the file that is deployed, in the order of the README, with what the lab changes about it.
STACKS: Mapping[str, tuple[str, str]] = {
    "tick": ("stacks/tick.yml", "tick.lab.yml"),
    "proxy": ("stacks/haproxy.yml", "haproxy.lab.yml"),
    "skep": ("docker-compose.yml", "image.lab.yml"),
}

_CHECKOUT = Path(__file__).resolve().parents[2]
_OVERRIDES = Path(__file__).parents[1] / "real/stacks"
_PUBLIC_IMAGES = ("redis:7.4.11-alpine", "haproxy:3.2.24-alpine", "influxdb:1.12.4-alpine")
_COLLECTOR = "collector-of-stacks"
_INFLUX_PORT = 8086
#: One replica is worth so few requests that none is ever busy, and windows are short, so that a story takes a minute.
_LABELS: Mapping[str, str] = {
    "com.df.notify": "true",
    "com.df.port": "8000",
    "com.df.servicePath": "/",
    "skep.enable": "true",
    "skep.min": "2",
    "skep.max": "8",
    "skep.requests": "5/s",
    "skep.window": "10s",
    "skep.max-age": "10s",
    "skep.scale-down": "window=20s",
}
_WEB = WebService(cost=timedelta(milliseconds=1))
_PATIENCE = timedelta(minutes=4)
_CALL_TIMEOUT_S = 5


@dataclass(kw_only=True)
class Site:
    """A lab of three managers and two workers with the three stacks on it, and a service that skep may scale.

    The data is kept on the first worker, the proxy runs on the second, and the service on both: what happens to
    managers is then seen in what skep does and nowhere else.
    """

    lab: Lab
    built: BuiltImage
    secrets: Path = field(init=False)

    def raise_it(self) -> None:
        """Bring everything up from nothing and wait until it works.

        Raises:
            LabUnavailable: with what is missing, when it does not work within a few minutes.
        """
        self.lab.up()
        # The stacks bring their own.
        self.lab.stop_collector()
        self._furnish()
        self._deploy_web()
        self._deploy_tick()
        self._deploy_proxy()
        self.deploy_skep(self.built.name)
        self._wait_for_skep()

    @property
    def url(self) -> str:
        """Where clients send their requests."""
        return f"http://{self._address(self._proxy_node)}:{PROXY_PORT}"

    @property
    def flower_url(self) -> str:
        """Flower, on the node that keeps its data."""
        return f"http://{self._address(self.state_node)}:{FLOWER_PORT}"

    @property
    def state_node(self) -> str:
        """The node that keeps Redis', Flower's and InfluxDB's data."""
        return self._workers[0]

    @property
    def second_image(self) -> str:
        """Another name of the same image: for Swarm a new version of skep."""
        return self.built.name + ".1"

    def password(self, name: str) -> str:
        """A password of the deployment, by the name of its file."""
        return (self.secrets / name).read_text()

    def deploy_skep(self, image_name: str) -> None:
        """`docker stack deploy -c docker-compose.yml skep`, with an image of that name; waits for nothing."""
        self._deploy("skep", {"SKEP_IMAGE": image_name})

    def leader(self) -> str:
        """The host name of the manager that leads."""
        with self.lab.client() as manager:
            return next(
                str(node["Description"]["Hostname"])
                for node in manager.nodes()
                if node.get("ManagerStatus", {}).get("Leader")
            )

    def running(self, service: str = SERVICE) -> int:
        """How many swarm tasks of a service run and are meant to."""
        with self.lab.client() as manager:
            tasks = manager.tasks(filters={"service": service, "desired-state": "running"})
        return sum(task["Status"]["State"] == "running" for task in tasks)

    def services_running(self) -> int:
        """How many services of the three stacks have every swarm task running that they should, and at least one."""
        return len(rollcall.complete(*self._of_stacks()))

    def lacking(self) -> tuple[str, ...]:
        """A sentence for each service that should run here and does not, with what its swarm tasks say."""
        return rollcall.lacking(*self._of_stacks())

    def ended(self) -> tuple[str, ...]:
        """A phrase for each swarm task of the three stacks that ended although nobody told it to."""
        return rollcall.ended(*self._of_stacks())

    def updating(self) -> tuple[str, ...]:
        """The services of the skep stack whose rollout is not over."""
        with self.lab.client() as manager:
            services = manager.services(filters={"label": "com.docker.stack.namespace=skep"})
        return tuple(
            service["Spec"]["Name"]
            for service in services
            if service.get("UpdateStatus", {}).get("State", "completed") != "completed"
        )

    def images(self) -> frozenset[str]:
        """The images of beat, observer, actor and flower as their specs name them."""
        with self.lab.client() as manager:
            services = manager.services(filters={"label": "com.docker.stack.namespace=skep"})
        return frozenset(
            service["Spec"]["TaskTemplate"]["ContainerSpec"]["Image"]
            for service in services
            if service["Spec"]["Name"] not in {"skep_redis", "skep_socket-proxy"}
        )

    def skep(self, *arguments: str) -> str:
        """The command line as people run it: inside a container of an observer."""
        return run_inside(self.lab, "skep_observer", "skep", *arguments)

    @contextmanager
    def influx(self) -> Iterator[InfluxDBClient]:
        """The deployed InfluxDB, as the user that Chronograf is."""
        with InfluxDBClient(
            host=self._address(self.state_node),
            port=_INFLUX_PORT,
            username="chronograf",
            password=self.password("influx_chronograf_password"),
            timeout=_CALL_TIMEOUT_S,
            retries=1,
            session=direct.session(),
        ) as client:
            yield client

    def redis(self, *arguments: str) -> tuple[str, ...]:
        """Lines that `redis-cli` answers inside the container of Redis."""
        script = 'export REDISCLI_AUTH="$(cat /run/secrets/redis_password)"; exec redis-cli --raw "$@"'
        return tuple(run_inside(self.lab, "skep_redis", "sh", "-c", script, "redis-cli", *arguments).split("\n"))

    # --- what an operator does ---------------------------------------------------------------------------------------

    def _furnish(self) -> None:
        for public in _PUBLIC_IMAGES:
            self.lab.stand_in(f"{REGISTRY}/{public}")
        for node in self.lab.status().nodes:
            if node.role == "manager" or node.hostname == self.state_node:
                image.load(node.docker_socket, self.built, also_as=self.second_image)
        self.lab.docker("node", "update", "--label-add", "skep.state=true", self.state_node)
        self.secrets = Layout(self.lab.name).run / "secrets"
        run(str(_CHECKOUT / "stacks/secrets"), str(self.secrets))

    def _deploy_web(self) -> None:
        self.lab.deploy_web(_LABELS, service=_WEB)
        self.lab.docker("service", "update", "--detach", "--constraint-add", "node.role==worker", SERVICE)

    def _deploy_tick(self) -> None:
        self._deploy("tick")
        self.lab.wait_running("tick_influxdb", 1, patience=_PATIENCE)
        influx = f"http://{self._address(self.state_node)}:{_INFLUX_PORT}"
        waiting.until(
            lambda: direct.answers(f"{influx}/ping"), patience=_PATIENCE, what=f"the deployed InfluxDB at {influx}"
        )
        stats = f"http://{self._address(self._proxy_node)}:{STATS_PORT}/stats"
        argv = ("-m", "lab.real.collector", self.lab.name, "--interval", "2", "--influx", influx, "--stats", stats)
        password = {"INFLUX_PASSWORD": self.password("influx_telegraf_password")}
        self.lab.run(_COLLECTOR, (sys.executable, *argv), env=password, folder=_CHECKOUT)

    def _deploy_proxy(self) -> None:
        with self.lab.client() as manager:
            routes, problems = read_routes([manager.inspect_service(SERVICE)])
        if problems:
            raise LabUnavailable(problems[0].sentence)
        config = Layout(self.lab.name).run / "haproxy.cfg"
        config.write_text(haproxy_config(routes))
        self._deploy("proxy", {"HAPROXY_CONFIG": str(config), "HAPROXY_CONFIG_VERSION": "lab"})
        waiting.until(lambda: direct.answers(self.url), patience=_PATIENCE, what=f"the deployed proxy at {self.url}")

    def _deploy(self, stack: str, settings: Mapping[str, str] | None = None) -> None:
        file, override = STACKS[stack]
        variables = {**self._variables(), **(settings or {})}
        self.lab.deploy(stack, _CHECKOUT / file, _OVERRIDES / override, env=variables)

    def _variables(self) -> dict[str, str]:
        return {
            "SKEP_REGISTRY": f"{REGISTRY}/",
            "SKEP_SECRETS": str(self.secrets),
            # Each node has an engine of its own, and Swarm fills in where it is.
            "SKEP_DOCKER_SOCKET": str(Layout(self.lab.name).docker_socket("{{.Node.Hostname}}")),
            "SKEP_INTERVAL": "2s",
            "SKEP_RECONCILE_INTERVAL": "5s",
            # The routing mesh needs IPVS, which many kernels lack.
            "SKEP_FLOWER_PORT_MODE": "host",
            "HAPROXY_PORT_MODE": "host",
            "HAPROXY_PORT": str(PROXY_PORT),
            "SKEP_PROXY_NETWORK": NETWORK,
            "PROXY_NODE": self._proxy_node,
        }

    # --- until it works ----------------------------------------------------------------------------------------------

    def _wait_for_skep(self) -> None:
        for name, replicas in {
            "redis": 1,
            "beat": 1,
            "observer": 3,
            "actor": 3,
            "flower": 1,
            "socket-proxy": 3,
        }.items():
            self.lab.wait_running(f"skep_{name}", replicas, patience=_PATIENCE)
        first = evaluation(self.lab)
        waiting.until(
            lambda: evaluation(self.lab) > first, patience=_PATIENCE, what="an evaluation by deployed workers"
        )
        waiting.until(self._is_decided, patience=_PATIENCE, what=f"a decision about {SERVICE} from what was measured")
        waiting.until(self._flower_lets_in, patience=_PATIENCE, what="Flower to let in whoever has the password")
        try:
            waiting.until(lambda: not self.lacking(), patience=_PATIENCE, what="every swarm task of the three stacks")
        except waiting.WaitedInVainError as error:
            raise LabUnavailable(" ".join((str(error), *self.lacking()))) from error

    def _is_decided(self) -> bool:
        try:
            services = json.loads(self.skep("status", "--json"))["services"]
        except LabUnavailable:
            # Workers that have just begun may not answer in time.
            return False
        decisions = [service["decision"] for service in services if service["name"] == SERVICE]
        return any(decision and "no data" not in decision["reason"] for decision in decisions)

    def _flower_lets_in(self) -> bool:
        try:
            with direct.session() as session:
                login = ("skep", self.password("flower_password"))
                return session.get(self.flower_url, auth=login, timeout=_CALL_TIMEOUT_S).ok
        except requests.RequestException:
            return False

    # --- who is where ------------------------------------------------------------------------------------------------

    def _of_stacks(self) -> tuple[list[Mapping[str, Any]], list[Mapping[str, Any]]]:
        """The services of the three stacks, and all swarm tasks."""
        with self.lab.client() as manager:
            services = manager.services()
            tasks = manager.tasks()
        return [service for service in services if service["Spec"]["Name"].partition("_")[0] in STACKS], tasks

    @property
    def _workers(self) -> tuple[str, ...]:
        return tuple(node.hostname for node in self.lab.status().nodes if node.role == "worker")

    @property
    def _proxy_node(self) -> str:
        return self._workers[1]

    def _address(self, hostname: str) -> str:
        return next(node.address for node in self.lab.status().nodes if node.hostname == hostname)
