"""The filters of the list calls: several values of a key are alternatives, several keys must all hold."""

from collections.abc import Iterable, Mapping
from http import HTTPStatus
from typing import Any

import msgspec

from lab.emulator.needs import Document
from lab.emulator.refused import Refused
from lab.emulator.swarm import Swarm
from lab.emulator.things import Accessory, Node, Service, SwarmTask

__all__ = ["Filters", "select_accessories", "select_nodes", "select_services", "select_tasks"]


class Filters:
    """What the ``filters`` of a query ask for."""

    def __init__(self, wanted: Mapping[str, frozenset[str]]) -> None:
        self._wanted = wanted

    @classmethod
    def read(cls, text: str | None) -> "Filters":
        """From a query: ``{"name": ["web"]}``, or ``{"name": {"web": true}}`` as docker's client writes it.

        Raises:
            Refused: it is neither.
        """
        try:
            sent = msgspec.json.decode(text or "{}", type=dict[str, dict[str, bool] | list[str]])
        except msgspec.DecodeError as error:
            raise Refused(HTTPStatus.BAD_REQUEST, f"invalid filter: {error}") from error
        return cls({key: frozenset(_values(values)) for key, values in sent.items()})

    def get(self, key: str) -> frozenset[str]:
        """All values asked for; none where anything will do."""
        return self._wanted.get(key, frozenset())

    def only(self, *keys: str) -> None:
        """See that nothing else is asked for.

        Raises:
            Refused: something is that the call does not know.
        """
        for key in self._wanted.keys() - set(keys):
            raise Refused(HTTPStatus.BAD_REQUEST, f"invalid filter '{key}'")

    def takes(self, key: str, *values: str) -> bool:
        """Whether one of the values is asked for, or nothing is."""
        wanted = self.get(key)
        return not wanted or any(value in wanted for value in values)

    def takes_beginning(self, key: str, *values: str) -> bool:
        """Whether one of the values begins as asked for, or nothing is asked for."""
        wanted = self.get(key)
        return not wanted or any(value.startswith(tuple(wanted)) for value in values)

    def takes_labels(self, key: str, labels: Mapping[str, str]) -> bool:
        """Whether every label is there, with its value where one was given."""
        for wanted in self.get(key):
            label, equals, value = wanted.partition("=")
            if label not in labels or (equals and labels[label] != value):
                return False
        return True


def select_services(swarm: Swarm, filters: Filters) -> Iterable[Service]:
    """Those that are asked for."""
    filters.only("id", "name", "label", "mode", "runtime")
    return [service for service in swarm.services if _is_wanted_service(service, filters)]


def select_nodes(swarm: Swarm, filters: Filters) -> Iterable[Node]:
    """Those that are asked for."""
    filters.only("id", "name", "label", "node.label", "role", "membership")
    return [node for node in swarm.nodes if _is_wanted_node(node, filters)]


def select_tasks(swarm: Swarm, filters: Filters) -> Iterable[SwarmTask]:
    """Those that are asked for."""
    filters.only("id", "name", "service", "node", "desired-state", "label", "runtime", "_up-to-date")
    wanted: Document = {
        "services": {swarm.service(name).id for name in filters.get("service")},
        "nodes": {swarm.node(_own(swarm) if name == "self" else name).id for name in filters.get("node")},
    }
    tasks: Iterable[SwarmTask] = swarm.tasks
    if wanted["services"]:
        tasks = [task for service in wanted["services"] for task in swarm.service(service).tasks.values()]
    states, is_plain = filters.get("desired-state"), not any(filters.get(key) for key in ("id", "name", "_up-to-date"))
    return [
        task
        for task in tasks
        if (not states or task.desired in states)
        and (not wanted["nodes"] or task.node_id in wanted["nodes"])
        and (is_plain or _is_wanted_task(swarm, task, filters))
    ]


def select_accessories(swarm: Swarm, kind: str, filters: Filters) -> Iterable[Accessory]:
    """Those networks, secrets or configs that are asked for."""
    filters.only("id", "name", "names", "label", "driver", "scope", "type")
    return [
        accessory
        for accessory in swarm.accessories(kind)
        if filters.takes_beginning("id", accessory.id)
        and filters.takes_beginning("name", accessory.name)
        and filters.takes("names", accessory.name)
        and filters.takes_labels("label", accessory.spec.get("Labels") or {})
    ]


def _is_wanted_service(service: Service, filters: Filters) -> bool:
    mode = {
        "Replicated": "replicated",
        "Global": "global",
        "ReplicatedJob": "replicated-job",
        "GlobalJob": "global-job",
    }
    return (
        filters.takes_beginning("id", service.id)
        and filters.takes_beginning("name", service.name)
        and filters.takes("mode", mode[service.mode])
        and filters.takes_labels("label", service.spec.get("Labels") or {})
    )


def _is_wanted_node(node: Node, filters: Filters) -> bool:
    return (
        filters.takes_beginning("id", node.id)
        and filters.takes_beginning("name", node.hostname)
        and filters.takes("role", "manager" if node.is_manager else "worker")
        and filters.takes("membership", "accepted")
        and filters.takes_labels("node.label", node.spec.get("Labels") or {})
        and filters.takes_labels("label", (node.description.get("Engine") or {}).get("Labels") or {})
    )


def _is_wanted_task(swarm: Swarm, task: SwarmTask, filters: Filters) -> bool:
    service = swarm.service_of(task)
    name = f"{service.name if service else task.service_id}.{task.place}"
    is_new = service is not None and task.template is service.template
    return (
        filters.takes_beginning("id", task.id)
        and filters.takes_beginning("name", name, f"{name}.{task.id}")
        and (not filters.get("_up-to-date") or is_new)
    )


def _own(swarm: Swarm) -> str:
    """The node that answers: the leader."""
    return next((node.id for node in swarm.nodes if node.is_leader), "")


def _values(values: Any) -> Iterable[str]:  # noqa: ANN401 - either form
    return values if isinstance(values, list) else [value for value, is_wanted in values.items() if is_wanted]
