"""One round of measuring: every engine and the proxy, side by side; who does not answer is left out."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from datetime import timedelta

import docker
import requests
from docker.errors import DockerException

from lab.real import deployments, network
from lab.real.collector import containers, haproxy, node, services
from lab.real.collector.engine import Engine
from lab.real.collector.point import Point
from lab.real.layout import Layout
from lab.real.state import LabState, Node, NodeSize

_TIMEOUT_S = 3
_ENGINES_AT_ONCE = 16
_CONTAINERS_AT_ONCE = 32
_UNREACHABLE = (DockerException, requests.RequestException, OSError, LookupError)


class Gathering:
    """Measures a lab again and again; keeps its connections and last counts from one round to the next."""

    def __init__(self, layout: Layout, complain: Callable[[str], None], *, stats_url: str | None = None) -> None:
        self._layout = layout
        self._stats_url = stats_url
        self._complain = complain
        self._engines: dict[str, Engine] = {}
        self._rounds = ThreadPoolExecutor(_ENGINES_AT_ONCE, thread_name_prefix="engine")
        # A pool of its own, because an engine's round waits for its containers.
        self._calls = ThreadPoolExecutor(_CONTAINERS_AT_ONCE, thread_name_prefix="container")

    def once(self, lab: LabState, *, patience: timedelta) -> tuple[Point, ...]:
        """All points of one round; what is not there after `patience` is left out of it."""
        time_ns = time.time_ns()
        known = {node.hostname for node in lab.nodes}
        for hostname in set(self._engines) - known:
            self._drop(hostname)
        questions = [self._rounds.submit(self._ask_node, member, lab.node_size, time_ns) for member in lab.nodes]
        questions.append(self._rounds.submit(self._ask_swarm, lab, time_ns))
        questions.append(self._rounds.submit(self._ask_proxy, lab, time_ns))
        answered, late = wait(questions, timeout=patience.total_seconds())
        if late:
            self._complain(f"{len(late)} of {len(questions)} did not answer in time.")
        return tuple(_points(question for question in questions if question in answered))

    def _ask_node(self, member: Node, size: NodeSize, time_ns: int) -> Sequence[Point]:
        try:
            engine = self._engine(member.hostname)
            identity, samples = engine.identity(), engine.samples()
        except _UNREACHABLE as error:
            self._drop(member.hostname)
            self._complain(f"{member.hostname} is left out: {error}")
            return ()
        of_containers = [
            measure(identity, sample) for sample in samples for measure in (containers.cpu, containers.memory)
        ]
        of_node = [measure(identity, samples, size, time_ns) for measure in (node.cpu, node.memory)]
        return (*of_containers, *of_node)

    def _ask_swarm(self, lab: LabState, time_ns: int) -> Sequence[Point]:
        """The first manager that answers, and only that one: a second would write each series again."""
        for member in (member for member in lab.nodes if member.role == "manager"):
            try:
                return services.points(member.hostname, *self._engine(member.hostname).swarm(), time_ns)
            except _UNREACHABLE as error:
                self._complain(f"{member.hostname} cannot tell about services: {error}")
        return ()

    def _ask_proxy(self, lab: LabState, time_ns: int) -> Sequence[Point]:
        place = lab.first_manager
        url = (
            self._stats_url or f"http://{network.node_address(lab.subnet, place.number)}:{deployments.STATS_PORT}/stats"
        )
        try:
            return haproxy.points(haproxy.read(url), hostname=place.hostname, url=url, time_ns=time_ns)
        except (requests.RequestException, LookupError) as error:
            self._complain(f"The proxy is left out: {error}")
            return ()

    def _engine(self, hostname: str) -> Engine:
        engine = self._engines.get(hostname)
        if engine is None:
            socket = self._layout.docker_socket(hostname)
            client = docker.APIClient(base_url=f"unix://{socket}", version="auto", timeout=_TIMEOUT_S)
            engine = self._engines.setdefault(hostname, Engine(client, self._calls))
        return engine

    def _drop(self, hostname: str) -> None:
        engine = self._engines.pop(hostname, None)
        if engine is not None:
            engine.close()


def _points(answers: Iterator[Future[Sequence[Point]]]) -> Iterator[Point]:
    for answer in answers:
        yield from answer.result()
