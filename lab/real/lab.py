"""The lab: a real Docker Swarm on one Linux machine, with Redis, InfluxDB and a collector beside it."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import requests
from docker import APIClient
from docker.errors import DockerException

from lab.real import (
    cgroups,
    cleanup,
    deployments,
    direct,
    engine,
    images,
    influx_server,
    lock,
    machine,
    network,
    processes,
    redis_server,
    state,
    swarm,
    waiting,
)
from lab.real.collector import process as collector
from lab.real.deployments import WebService
from lab.real.errors import LabUnavailable
from lab.real.influx_server import Account, Accounts
from lab.real.layout import ALL_LABS_CGROUP, SUBNETS_LOCK, Layout
from lab.real.processes import Process
from lab.real.state import Image, LabState, Node, NodeSize, Order
from lab.real.status import LabStatus, NodeStatus

_EVERY_FIVE_SECONDS = timedelta(seconds=5)
# Smaller than the machine: three nodes of two cores would be a size that two cores cannot show.
_NODE_SIZE = NodeSize(cores=1.0, memory_bytes=2 * 1024**3)
_STOP_GRACE = timedelta(seconds=10)
# Without a leader a manager keeps a question for 20 s.
_STATUS_TIMEOUT = timedelta(seconds=4)
_DEPLOY_PATIENCE = timedelta(seconds=60)
_DEMO = "demo"


class Lab:
    """A lab by its name; nothing happens before `up`.

    Labs with different names stand side by side. All methods but `up`, `attach` and `down` need a lab that is up,
    and raise `LabUnavailable` where there is none.

    Args:
        name: 1 to 31 of a-z, 0-9 and '-'.
        nodes: how many nodes `up` makes, managers included.
        managers: how many of them are managers; the first nodes are.
        interval: how often the collector measures.
        influx_auth: whether InfluxDB asks for a password; `influx_accounts` then has an administrator, a writer (the
            collector) and a reader with only READ on the collector's database.
        node_size: what a node's use is measured against (see `lab/real/collector/node.py`).
    """

    def __init__(
        self,
        name: str = "skep",
        *,
        nodes: int = 3,
        managers: int = 1,
        interval: timedelta = _EVERY_FIVE_SECONDS,
        influx_auth: bool = False,
        node_size: NodeSize = _NODE_SIZE,
    ) -> None:
        if not 1 <= managers <= nodes:
            message = f"A lab needs 1 to NODES managers; {managers} managers of {nodes} nodes were asked for."
            raise LabUnavailable(message)
        self._layout = Layout(name)
        self._nodes_wanted = nodes
        self._managers_wanted = managers
        self._interval = interval
        self._influx_auth = influx_auth
        self._node_size = node_size

    @classmethod
    def attach(cls, name: str = "skep") -> Lab:
        """The lab called `name`, which must be up.

        Raises:
            LabUnavailable: when it is not.
        """
        lab = cls(name)
        lab._state()
        return lab

    @property
    def name(self) -> str:
        """The lab's name."""
        return self._layout.name

    @property
    def folder(self) -> Path:
        """State, sockets, configuration and logs."""
        return self._layout.run

    def up(self) -> LabStatus:
        """Build the lab, unless it is up; what a broken earlier run has left is removed first.

        A lab that is up keeps the settings it was built with. One that could not be built is left as it is, with its
        logs, until the next `up` or `down`.

        Raises:
            LabUnavailable: with one sentence that says what this machine lacks, or what did not start.
        """
        machine.require()
        with self._locked():
            if not self._is_up():
                cleanup.remove(self._layout)
                self._build()
        return self.status()

    def down(self) -> None:
        """Leave nothing of the lab; no error when there is none.

        Raises:
            LabUnavailable: when something of it cannot be removed.
        """
        machine.require_root()
        with self._locked():
            cleanup.remove(self._layout)

    def add(self, role: str = "worker", *, availability: str = "active", request_id: str | None = None) -> NodeStatus:
        """Let one more node join, with the next host name; returns it once the Swarm calls it ready.

        Args:
            role: "worker" or "manager".
            availability: with which it joins; "pause" keeps swarm tasks away from it.
            request_id: written down with the node, for `ordered`.
        """
        with self._locked():
            known = self._state()
            number = known.nodes_ever + 1
            node = Node(hostname=f"node-{number}", number=number, role=role)
            if request_id is not None:
                known = known.with_order(Order(request_id=request_id, hostname=node.hostname))
            # Written down before it is made, as in `up`.
            state.save(self._layout, known.with_node(node))
            self._start_engines((node,))
            self._furnish((node,))
            self._join((node,), availability=availability)
        return self._node_status(node.hostname)

    def ordered(self, request_id: str | None = None) -> tuple[str, ...]:
        """The host names ever added under a request id, or under any, also of nodes that are gone."""
        return tuple(order.hostname for order in self._state().orders if request_id in {None, order.request_id})

    @property
    def hostnames(self) -> tuple[str, ...]:
        """Of all machines that were made and not taken away, whether they live or not; no engine is asked."""
        return tuple(node.hostname for node in self._state().nodes)

    def kill(self, hostname: str) -> None:
        """Let a machine die: kill -9 of its engine and of all that runs on it; the Swarm is not told."""
        with self._locked():
            self._node(hostname)
            network.cut(self._layout.node_netns(hostname))
            engine.kill(self._layout, hostname)

    def revive(self, hostname: str) -> NodeStatus:
        """Start the engine of a node that was killed, as a machine that was switched on again."""
        with self._locked():
            self._node(hostname)
            if not engine.running(self._layout, hostname):
                network.mend(self._layout.node_netns(hostname))
                engine.start(self._layout, hostname)
                engine.wait_ready(self._layout, hostname)
        return self._node_status(hostname)

    def remove(self, hostname: str) -> None:
        """Take a node's machine away for good; its entry in the Swarm stays, as after any machine's end.

        Raises:
            LabUnavailable: when it is the only manager.
        """
        with self._locked():
            known, node = self._state(), self._node(hostname)
            if [node] == [other for other in known.nodes if other.role == "manager"]:
                message = f"{hostname} is the only manager of lab {self.name}; take the lab down instead."
                raise LabUnavailable(message)
            engine.kill(self._layout, hostname)
            cleanup.remove_node(self._layout, hostname)
            state.save(self._layout, known.without_node(hostname))

    def status(self) -> LabStatus:
        """What the lab looks like now."""
        known = self._state()
        manager_address = network.node_address(known.subnet, known.first_manager.number)
        return LabStatus(
            name=self.name,
            host_address=network.host_address(known.subnet),
            nodes=self._nodes_status(known),
            redis_url=self._redis_url(known, "127.0.0.1"),
            influx_url=f"http://{network.host_address(known.subnet)}:{known.influx_port}",
            influx_database=influx_server.DATABASE,
            proxy_url=f"http://{manager_address}:{deployments.PROXY_PORT}",
            stats_url=f"http://{manager_address}:{deployments.STATS_PORT}/stats",
            processes=self.processes(),
        )

    @property
    def redis_url_for_containers(self) -> str:
        """Redis as the lab's containers reach it; `status().redis_url` is for the host's processes."""
        known = self._state()
        return self._redis_url(known, network.host_address(known.subnet))

    @property
    def influx_accounts(self) -> Accounts | None:
        """The users of InfluxDB and their passwords; None where it asks for none."""
        return self._state().influx_accounts

    def client(self, hostname: str | None = None) -> APIClient:
        """A docker-py client of a node's engine; of a living manager's, when no node is named. Close it after use."""
        socket = self.status().manager_socket if hostname is None else self._node_socket(hostname)
        return engine.client(socket)

    def docker(self, *arguments: str, env: Mapping[str, str] | None = None) -> str:
        """Run Debian's `docker` client against a manager; returns what it printed."""
        return deployments.docker(self._swarm(), *arguments, env=env)

    def stand_in(self, name: str, *, changes: Sequence[str] = ()) -> None:
        """Let every node, also those added later, have an image of that name (see `lab/real/images.py`).

        Args:
            name: repository and tag below 127.0.0.1:5, for example `127.0.0.1:5/redis:7.2`.
            changes: Dockerfile instructions for its configuration, for example `ENTRYPOINT ["redis-server"]`.
        """
        with self._locked():
            known = self._state().with_image(Image(name=name, changes=tuple(changes)))
            state.save(self._layout, known)
            self._furnish(known.nodes)

    def deploy(self, stack: str, *files: Path, env: Mapping[str, str] | None = None) -> None:
        """`docker stack deploy` of Compose files, with `env` for the variables in them."""
        deployments.deploy(self._swarm(), stack, files, env)

    def deploy_web(
        self, labels: Mapping[str, str] | None = None, *, stack: str = _DEMO, service: WebService | None = None
    ) -> str:
        """Deploy the demo web service and wait until all its replicas run.

        Args:
            labels: labels of the service (`deploy.labels`), for example `{"skep.enable": "true"}`.
            stack: the stack it is part of.
            service: replicas, limits and price; see `WebService`.

        Returns:
            The service's name in Swarm: `STACK_web`.
        """
        service = service or WebService()
        deployments.deploy_web(self._swarm(), stack, service, labels or {})
        name = f"{stack}_web"
        self.wait_running(name, service.replicas)
        return name

    def deploy_proxy(self, *services: str, stack: str = _DEMO) -> str:
        """Deploy HAProxy on the first manager, in front of `services` (`demo_web`, when none is named).

        Returns:
            The proxy's URL once it reaches at least one replica of the first service: the service gets every request
            whose Host header is not the name of another.
        """
        services = services or (f"{_DEMO}_web",)
        known = self._state()
        deployments.deploy_proxy(self._swarm(), stack, services, known.first_manager.hostname)
        self.wait_running(f"{stack}_proxy", 1)
        url = self.status().proxy_url
        waiting.until(lambda: direct.answers(url), patience=_DEPLOY_PATIENCE, what=f"an answer from the proxy at {url}")
        return url

    def deploy_again(self, labels: Mapping[str, str], *, stack: str = _DEMO, service: WebService | None = None) -> None:
        """Deploy the web service and its proxy as one stack, over what runs there, and wait for nothing.

        Args:
            labels: of the web service; those it has besides are gone.
            stack: the stack that both are part of.
            service: as it was deployed before; its replicas are written over the present count.
        """
        known = self._state()
        name = f"{stack}_web"
        deployments.deploy_both(
            self._swarm(), stack, service or WebService(), labels, (name,), known.first_manager.hostname
        )

    def wait_running(self, service: str, replicas: int, *, patience: timedelta = _DEPLOY_PATIENCE) -> None:
        """Return when exactly `replicas` swarm tasks of `service` run.

        Raises:
            LabUnavailable: when they do not within `patience`.
        """
        with self.client() as manager:
            waiting.until(
                lambda: len(swarm.running_tasks(manager, service)) == replicas,
                patience=patience,
                what=f"{replicas} running replicas of {service}",
            )

    def scale(self, service: str, replicas: int) -> None:
        """Set a service's replicas the way a person does, with `docker service scale`; does not wait."""
        self.docker("service", "scale", "--detach", f"{service}={replicas}")

    def start_collector(self) -> None:
        """Start measuring (again); nothing happens while the collector runs."""
        known = self._state()
        if processes.find(self._layout, collector.PROCESS) is None:
            collector.start(self._layout, interval=timedelta(seconds=known.collector_interval_s))

    def stop_collector(self) -> None:
        """Stop measuring: metrics are lost from now on."""
        self.end(collector.PROCESS)

    def run(
        self,
        name: str,
        argv: Sequence[str],
        *,
        env: Mapping[str, str] | None = None,
        log: Path | None = None,
        folder: Path | None = None,
    ) -> Process:
        """Start a further process that belongs to the lab, outlives us, and ends with `end(name)` or `down`.

        Args:
            name: unique among the lab's living processes.
            argv: program and arguments.
            env: added to our own environment.
            log: where its output is appended; `logs/NAME.log` in the lab's folder, when not given.
            folder: its working directory.

        Raises:
            LabUnavailable: when a process of that name runs, or the program does not exist.
        """
        self._state()
        if processes.find(self._layout, name) is not None:
            message = f"Lab {self.name} already runs a process called {name!r}; end it first, or choose another name."
            raise LabUnavailable(message)
        try:
            return processes.start(self._layout, name, argv, env=env, log=log, folder=folder)
        except FileNotFoundError as error:
            message = f"The process {name!r} could not be started: {error}."
            raise LabUnavailable(message) from error

    def end(self, name: str, *, grace: timedelta = _STOP_GRACE) -> None:
        """Stop a process of the lab by SIGTERM, by kill -9 after `grace`; no error when it does not run."""
        processes.stop(self._layout, name, grace=grace)

    def processes(self) -> tuple[Process, ...]:
        """The lab's living processes: engines, stores, collector, and those started by `run`."""
        return processes.living(self._layout)

    def log(self, name: str) -> Path:
        """Where the output of the process called `name` goes, unless it was told otherwise."""
        return self._layout.logs / f"{name}.log"

    # Building.

    def _build(self) -> None:
        known = self._describe()
        cgroups.favour(ALL_LABS_CGROUP)
        network.build_switch(self._layout, known.subnet)
        self._start_engines_and_stores(known)
        self._make_swarm(known)
        collector.start(self._layout, interval=self._interval)
        state.save(self._layout, replace(known, complete=True))

    def _describe(self) -> LabState:
        """Choose what is free on this machine and write it down, before anything is made."""
        with lock.held(SUBNETS_LOCK):
            subnet = network.free_subnet(state.subnets_taken())
            numbers = range(1, self._nodes_wanted + 1)
            known = LabState(
                subnet=subnet,
                nodes=tuple(
                    Node(hostname=f"node-{n}", number=n, role="manager" if n <= self._managers_wanted else "worker")
                    for n in numbers
                ),
                nodes_ever=self._nodes_wanted,
                node_size=self._node_size,
                redis_port=network.free_port(),
                redis_password=secrets.token_urlsafe(18),
                influx_port=network.free_port(),
                influx_accounts=_new_accounts() if self._influx_auth else None,
                collector_interval_s=self._interval.total_seconds(),
                images=(Image(name=images.WEB), Image(name=images.PROXY)),
            )
            state.save(self._layout, known)
        return known

    def _start_engines_and_stores(self, known: LabState) -> None:
        """Start all first and wait then: they start side by side."""
        host = network.host_address(known.subnet)
        redis_server.start(
            self._layout, addresses=("127.0.0.1", host), port=known.redis_port, password=known.redis_password
        )
        authenticated = known.influx_accounts is not None
        influx_server.start(self._layout, address=host, port=known.influx_port, authenticated=authenticated)
        self._start_engines(known.nodes)
        self._furnish(known.nodes)
        redis_server.wait_ready(host, known.redis_port, known.redis_password)
        influx_server.wait_ready(host, known.influx_port)
        influx_server.prepare(host, known.influx_port, known.influx_accounts)

    def _start_engines(self, nodes: Sequence[Node]) -> None:
        known = self._any_state()
        for node in nodes:
            network.plug_in(self._layout, known.subnet, node.hostname, node.number)
            engine.start(self._layout, node.hostname)
        for node in nodes:
            engine.wait_ready(self._layout, node.hostname)

    def _furnish(self, nodes: Sequence[Node]) -> None:
        """Give every living node every image."""
        for node in nodes:
            if engine.running(self._layout, node.hostname):
                with engine.client(self._layout.docker_socket(node.hostname)) as client:
                    for image in self._any_state().images:
                        images.stand_in(client, image.name, changes=image.changes)

    def _make_swarm(self, known: LabState) -> None:
        first, *others = known.nodes
        with engine.client(self._layout.docker_socket(first.hostname)) as manager:
            swarm.init(manager, network.node_address(known.subnet, first.number))
            self._join(others)
            swarm.make_network(manager, deployments.NETWORK)

    def _join(self, nodes: Sequence[Node], *, availability: str = "active") -> None:
        known = self._any_state()
        founder = self._living_manager(known)
        founder_address = network.node_address(known.subnet, founder.number)
        with engine.client(self._layout.docker_socket(founder.hostname)) as manager:
            for node in nodes:
                with engine.client(self._layout.docker_socket(node.hostname)) as newcomer:
                    address = network.node_address(known.subnet, node.number)
                    swarm.join(manager, founder_address, newcomer, address, role=node.role, availability=availability)
            swarm.wait_ready(manager, {node.hostname for node in nodes})

    # Looking.

    def _is_up(self) -> bool:
        known = state.load(self._layout)
        if known is None or not known.complete:
            return False
        stores = all(processes.find(self._layout, name) for name in (redis_server.PROCESS, influx_server.PROCESS))
        managers = (node for node in known.nodes if node.role == "manager")
        return stores and any(engine.running(self._layout, node.hostname) for node in managers)

    def _state(self) -> LabState:
        known = state.load(self._layout)
        if known is None or not known.complete:
            message = f"There is no lab called {self.name!r} on this machine; `skep lab up` builds one."
            raise LabUnavailable(message)
        return known

    def _any_state(self) -> LabState:
        known = state.load(self._layout)
        if known is None:
            message = f"The lab {self.name!r} was taken down by somebody else."
            raise LabUnavailable(message)
        return known

    def _node(self, hostname: str) -> Node:
        nodes = self._state().nodes
        for node in nodes:
            if node.hostname == hostname:
                return node
        message = f"Lab {self.name} has no node called {hostname!r}; it has {', '.join(n.hostname for n in nodes)}."
        raise LabUnavailable(message)

    def _node_socket(self, hostname: str) -> Path:
        return self._layout.docker_socket(self._node(hostname).hostname)

    def _living_manager(self, known: LabState) -> Node:
        for node in known.nodes:
            if node.role == "manager" and engine.running(self._layout, node.hostname):
                return node
        message = f"No manager of lab {self.name} is alive."
        raise LabUnavailable(message)

    def _nodes_status(self, known: LabState) -> tuple[NodeStatus, ...]:
        members = {member.hostname: member for member in self._members(known)}
        return tuple(self._one_node_status(known, node, members.get(node.hostname)) for node in known.nodes)

    def _one_node_status(self, known: LabState, node: Node, member: swarm.Member | None) -> NodeStatus:
        alive = engine.running(self._layout, node.hostname)
        return NodeStatus(
            hostname=node.hostname,
            address=network.node_address(known.subnet, node.number),
            role=node.role,
            state=(member.state if member else "unknown") if alive else "dead",
            availability=member.availability if member else "unknown",
            node_id=member.node_id if member else "",
            docker_socket=self._layout.docker_socket(node.hostname),
        )

    def _members(self, known: LabState) -> tuple[swarm.Member, ...]:
        """What a living manager says; nothing, when none of them can say anything (two of three are dead)."""
        try:
            socket = self._layout.docker_socket(self._living_manager(known).hostname)
            with engine.client(socket, timeout=_STATUS_TIMEOUT) as manager:
                return swarm.members(manager)
        except (LabUnavailable, DockerException, requests.RequestException):
            return ()

    def _node_status(self, hostname: str) -> NodeStatus:
        return next(node for node in self.status().nodes if node.hostname == hostname)

    def _swarm(self) -> deployments.Swarm:
        manager = self._living_manager(self._state())
        socket = self._layout.docker_socket(manager.hostname)
        return deployments.Swarm(
            socket=socket, folder=self._layout.run / "deployments", seen_by_nodes=self._layout.data
        )

    def _redis_url(self, known: LabState, address: str) -> str:
        return f"redis://:{known.redis_password}@{address}:{known.redis_port}/0"

    def _locked(self) -> AbstractContextManager[None]:
        return lock.held(self._layout.lock_file)


def _new_accounts() -> Accounts:
    def account(user: str) -> Account:
        return Account(user=user, password=secrets.token_urlsafe(18))

    return Accounts(admin=account("admin"), writer=account("telegraf"), reader=account("skep"))
