"""A small emulated Swarm on a clock that is turned by hand."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

from lab.emulator import Delays, Swarm, machine
from lab.emulator.things import LIVE, Node, State, SwarmTask

__all__ = ["NOON", "Given"]

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
_GIB = 1 << 30


class Given:
    """A Swarm with one manager, and workers with four cores and 8 GiB each; containers start and stop within 2 s."""

    def __init__(self, workers: int = 3) -> None:
        second = timedelta(seconds=1)
        self.swarm = Swarm(NOON, Delays(start=2 * second, stop=2 * second, job=5 * second))
        self.now = NOON
        self.swarm.join("node-1", machine(4, 8 * _GIB), role="manager")
        for number in range(2, workers + 2):
            self.swarm.join(f"node-{number}", machine(4, 8 * _GIB))

    def service(self, name: str, replicas: int = 1, **template: Any) -> str:
        """A service, and everything that follows at once."""
        container = {"ContainerSpec": {"Image": "shop:1"}, **template}
        spec = {"Name": name, "TaskTemplate": container, "Mode": {"Replicated": {"Replicas": replicas}}}
        return self.create(spec)

    def create(self, spec: dict[str, Any]) -> str:
        service = self.swarm.create_service(spec)
        self.swarm.advance(self.now)
        return service.id

    def write(self, name: str, **changes: Any) -> None:
        """Write a service's spec with some keys changed."""
        service = self.swarm.service(name)
        self.swarm.write_service(name, service.version, {**service.spec, **changes})
        self.swarm.advance(self.now)

    def image(self, name: str, image: str, **config: Any) -> None:
        """Write another image into a service."""
        template = self.swarm.service(name).spec["TaskTemplate"]
        container = {**template["ContainerSpec"], "Image": image}
        self.write(name, TaskTemplate={**template, "ContainerSpec": container}, UpdateConfig=config)

    def scale(self, name: str, replicas: int) -> None:
        self.write(name, Mode={"Replicated": {"Replicas": replicas}})

    def available(self, hostname: str, availability: str) -> None:
        node = self.swarm.node(hostname)
        self.swarm.update_node(hostname, node.version, {**node.spec, "Availability": availability})
        self.swarm.advance(self.now)

    def label(self, hostname: str, **labels: str) -> None:
        node = self.swarm.node(hostname)
        self.swarm.update_node(hostname, node.version, {**node.spec, "Labels": labels})
        self.swarm.advance(self.now)

    def lose(self, hostname: str) -> None:
        self.swarm.lose_node(hostname)
        self.swarm.advance(self.now)

    def after(self, seconds: float) -> None:
        """So much later."""
        self.now += timedelta(seconds=seconds)
        self.swarm.advance(self.now)

    def tasks(self, name: str) -> list[SwarmTask]:
        """Those of a service that are meant to live."""
        return [task for task in self.swarm.service(name).tasks.values() if task.desired in LIVE]

    def states(self, name: str) -> list[State]:
        return [task.state for task in self.tasks(name)]

    def places(self, name: str) -> dict[str, int]:
        """How many of a service are meant to live on each node."""
        return dict(Counter(self.node_of(task).hostname for task in self.tasks(name)))

    def node_of(self, task: SwarmTask) -> Node:
        return self.swarm.node(task.node_id)

    def errors(self, name: str) -> set[str]:
        return {task.err for task in self.tasks(name)}

    def rollout(self, name: str) -> str:
        return str((self.swarm.service(name).update_status or {}).get("State"))

    def images(self, name: str) -> Counter[str]:
        """Of the swarm tasks that run."""
        return Counter(task.template.image for task in self.tasks(name) if task.state is State.RUNNING)
