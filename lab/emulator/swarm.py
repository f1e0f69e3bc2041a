"""A Swarm that needs no engine: what can be asked of its managers, and what befalls its machines.

It has no clock and no thread. Whoever has one tells it how late it is, with :meth:`Swarm.advance`, and everything that
was due by then happens, each thing at its own instant.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from http import HTTPStatus
from typing import TypeVar

from lab.emulator.events import EventLog
from lab.emulator.needs import Document, WrongConstraint
from lab.emulator.orchestration import Orchestrator
from lab.emulator.refused import Refused, ambiguous, not_found, out_of_sequence
from lab.emulator.rollout import status
from lab.emulator.store import Delays, Store
from lab.emulator.things import Accessory, Mode, Node, Service, State, SwarmTask, Template, mode_of

__all__ = ["Swarm"]

_Thing = TypeVar("_Thing", Node, Service, SwarmTask)
_AVAILABILITIES = ("active", "pause", "drain")


class Swarm:
    """The whole of it."""

    def __init__(self, now: datetime, delays: Delays | None = None, *, seed: int = 0) -> None:
        self._store = Store(now, delays or Delays(), seed=seed)
        self._orchestrator = Orchestrator(self._store)
        self._accessories: dict[str, Accessory] = {}
        self._joined = 10
        self.id = self._store.new_id()

    # --- what is ----------------------------------------------------------------------------------------------------

    @property
    def now(self) -> datetime:
        """How late it was last told to be."""
        return self._store.now

    @property
    def index(self) -> int:
        """The version index of the last change."""
        return self._store.index

    @property
    def events(self) -> EventLog:
        """What happened."""
        return self._store.events

    @property
    def services(self) -> Iterable[Service]:
        """In the order in which they were made."""
        return self._store.services.values()

    @property
    def nodes(self) -> Iterable[Node]:
        """In the order in which they joined."""
        return self._store.nodes.values()

    @property
    def tasks(self) -> Iterable[SwarmTask]:
        """All of them, also those that ended and are kept to be looked at."""
        return self._store.tasks.values()

    def service(self, name: str) -> Service:
        """By id, name, or the beginning of an id.

        Raises:
            Refused: there is none, or more than one.
        """
        store = self._store
        return store.services.get(store.names.get(name, name)) or _found("service", name, store.services)

    def node(self, name: str) -> Node:
        """By id, host name, or the beginning of an id.

        Raises:
            Refused: there is none, or more than one.
        """
        nodes = self._store.nodes
        by_name = next((node for node in nodes.values() if node.hostname == name), None)
        return nodes.get(name) or by_name or _found("node", name, nodes)

    def task(self, name: str) -> SwarmTask:
        """By id, or the beginning of one.

        Raises:
            Refused: there is none, or more than one.
        """
        tasks = self._store.tasks
        return tasks.get(name) or _found("task", name, tasks)

    def service_of(self, task: SwarmTask) -> Service | None:
        """The service of a swarm task; ``None`` if it was removed and the swarm task has yet to end."""
        return self._store.services.get(task.service_id)

    # --- time -------------------------------------------------------------------------------------------------------

    def advance(self, now: datetime) -> None:
        """Let everything happen that is due by an instant; one of the past changes nothing."""
        store = self._store
        self._orchestrator.settle()
        while (due := store.next_due()) is not None and due <= now:
            store.now = max(store.now, due)
            for entry in store.due(now):
                task = store.tasks.get(entry.id)
                if task is not None and task.step == entry.number:
                    self._orchestrator.take(task, entry.step)
                elif entry.id in store.services:
                    store.unsettled[entry.id] = None
            self._orchestrator.settle()
        store.now = max(store.now, now)

    def next_due(self) -> datetime | None:
        """When something will happen by itself, if it will."""
        return self._store.next_due()

    # --- services ---------------------------------------------------------------------------------------------------

    def create_service(self, spec: Document) -> Service:
        """A new service.

        Raises:
            Refused: its name is missing or taken, or its spec is wrong.
        """
        name = spec.get("Name")
        if not name:
            raise _invalid("meta: name must be provided")
        if name in self._store.names:
            raise Refused(
                HTTPStatus.CONFLICT,
                f"rpc error: code = AlreadyExists desc = name conflicts with an existing object: service {name} "
                "already exists",
            )
        spec = {**spec, "Mode": spec.get("Mode") or {Mode.REPLICATED: {"Replicas": 1}}}
        try:
            service = self._store.add_service(spec, mode_of(spec))
        except WrongConstraint as error:
            raise _invalid(str(error)) from error
        self._store.tell(service, "create")
        return service

    def write_service(self, name: str, version: int, spec: Document) -> None:
        """Write a service anew.

        Args:
            name: or id.
            version: the index that was read with the spec.
            spec: the whole of it.

        Raises:
            Refused: it is gone, somebody wrote since, or the spec is wrong.
        """
        service = self.service(name)
        if version != service.version:
            raise out_of_sequence()
        if spec.get("Name", service.name) != service.name:
            raise Refused(
                HTTPStatus.NOT_IMPLEMENTED, "rpc error: code = Unimplemented desc = renaming services is not supported"
            )
        if mode_of(spec) is not service.mode:
            raise Refused(
                HTTPStatus.NOT_IMPLEMENTED, "rpc error: code = Unimplemented desc = service mode change is not allowed"
            )
        try:
            template = service.template if service.template.is_that_of(spec) else Template(spec)
        except WrongConstraint as error:
            raise _invalid(str(error)) from error
        self._write(service, spec, template)
        service.update_status = None

    def roll_back(self, name: str, version: int) -> None:
        """Return a service to its spec of before.

        Raises:
            Refused: it is gone, somebody wrote since, or there is nothing to return to.
        """
        service = self.service(name)
        if version != service.version:
            raise out_of_sequence()
        spec = service.previous_spec
        if spec is None:
            raise Refused(
                HTTPStatus.BAD_REQUEST,
                f"rpc error: code = FailedPrecondition desc = service {service.id} does not have a previous spec",
            )
        self._write(service, spec, service.template if service.template.is_that_of(spec) else Template(spec))
        service.update_status = status("rollback_started", "manually requested rollback", self.now, self.now)

    def remove_service(self, name: str) -> None:
        """Remove a service; its swarm tasks go when their containers have ended.

        Raises:
            Refused: it is gone.
        """
        store = self._store
        service = self.service(name)
        del store.services[service.id], store.names[service.name]
        store.index += 1
        store.tell(service, "remove")
        for task in list(service.tasks.values()):
            store.set_desired(task, State.REMOVE)

    def _write(self, service: Service, spec: Document, template: Template) -> None:
        replicas = service.replicas
        if template is not service.template:
            service.iteration += 1
        service.previous_spec, service.spec, service.template = service.spec, spec, template
        service.written += 1
        self._orchestrator.rollouts.forget(service)
        self._store.touch(service)
        self._store.unsettled[service.id] = None
        counts = (
            {"replicas__old": str(replicas), "replicas__new": str(service.replicas)}
            if service.mode is Mode.REPLICATED and service.replicas != replicas
            else {}
        )
        self._store.tell(service, "update", **counts)

    # --- nodes ------------------------------------------------------------------------------------------------------

    def join(
        self, hostname: str, description: Document, *, role: str = "worker", labels: Mapping[str, str] | None = None
    ) -> Node:
        """A machine joins.

        Args:
            hostname: by which people know it.
            description: what its engine says of itself: `Platform`, `Resources`, `Engine`.
            role: ``worker`` or ``manager``; the first manager leads.
            labels: of the node.
        """
        store = self._store
        self._joined += 1
        number = self._joined
        node = Node(
            id=store.new_id(),
            hostname=hostname,
            address=f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}",
            spec={"Labels": dict(labels or {}), "Role": role, "Availability": "active"},
            description={"Hostname": hostname, **description},
            created_at=store.now,
            updated_at=store.now,
            version=0,
        )
        node.is_leader = node.is_manager and not any(other.is_leader for other in self.nodes)
        store.nodes[node.id] = node
        store.touch(node)
        store.tell(node, "create")
        self._nodes_changed()
        return node

    def update_node(self, name: str, version: int, spec: Document) -> None:
        """Write a node anew.

        Raises:
            Refused: it is gone, somebody wrote since, or the spec is wrong.
        """
        store = self._store
        node = self.node(name)
        if version != node.version:
            raise out_of_sequence()
        if spec.get("Availability", "active") not in _AVAILABILITIES:
            raise _invalid(f"invalid Availability: {spec['Availability']!r}")
        if node.is_manager and spec.get("Role") != "manager" and sum(one.is_manager for one in self.nodes) == 1:
            raise Refused(
                HTTPStatus.BAD_REQUEST,
                "rpc error: code = FailedPrecondition desc = attempting to demote the last manager of the swarm",
            )
        was = node.availability
        node.spec = {"Labels": {}, **spec}
        store.touch(node)
        changed = {"availability__old": was, "availability__new": node.availability} if was != node.availability else {}
        store.tell(node, "update", **changed)
        if node.availability == "drain":
            self._orchestrator.leave(node)
        self._nodes_changed()

    def remove_node(self, name: str, *, force: bool = False) -> None:
        """Remove a node and whatever was on it.

        Raises:
            Refused: it is gone, a manager, or not down and not to be forced.
        """
        store = self._store
        node = self.node(name)
        if node.is_manager:
            raise Refused(
                HTTPStatus.BAD_REQUEST,
                f"rpc error: code = FailedPrecondition desc = node {node.id} is a cluster manager and is a member of "
                "the raft cluster. It must be demoted to worker before removal",
            )
        if not node.is_down and not force:
            raise Refused(
                HTTPStatus.BAD_REQUEST,
                f"rpc error: code = FailedPrecondition desc = node {node.id} is not down and can't be removed",
            )
        node.is_down = True
        self._orchestrator.leave(node)
        for task in [task for task in self.tasks if task.node_id == node.id]:
            store.delete_task(task)
        del store.nodes[node.id]
        store.index += 1
        store.tell(node, "remove")
        self._nodes_changed()

    def lose_node(self, name: str) -> None:
        """A machine loses its power.

        Raises:
            Refused: there is none of that name.
        """
        node = self.node(name)
        if not node.is_down:
            node.is_down = True
            for task in node.tasks.values():
                self._store.halt(task)
            self._store.touch(node)
            self._store.tell(node, "update", state__old="ready", state__new="down")
            self._orchestrator.leave(node)
            self._nodes_changed()

    def revive_node(self, name: str) -> None:
        """A machine is back; what is no longer wanted on it ends.

        Raises:
            Refused: there is none of that name.
        """
        node = self.node(name)
        if node.is_down:
            node.is_down = False
            self._store.touch(node)
            self._store.tell(node, "update", state__old="down", state__new="ready")
            for task in list(node.tasks.values()):
                self._store.step(task, "prepare" if task.is_live else "stop")
            self._nodes_changed()

    def change_leader(self) -> None:
        """Another manager leads, if there is another one that is up."""
        managers = [node for node in self.nodes if node.is_manager]
        leading = next((number for number, node in enumerate(managers) if node.is_leader), 0)
        others = [node for node in managers[leading + 1 :] + managers[:leading] if not node.is_down]
        if others:
            managers[leading].is_leader, others[0].is_leader = False, True
            for node in (managers[leading], others[0]):
                self._store.touch(node)

    def _nodes_changed(self) -> None:
        """Places may have come or gone, for global services and for whatever waits."""
        store = self._store
        store.has_room = True
        for service in self.services:
            if service.mode in (Mode.GLOBAL, Mode.GLOBAL_JOB):
                store.unsettled[service.id] = None

    # --- what services refer to -------------------------------------------------------------------------------------

    def accessories(self, kind: str) -> list[Accessory]:
        """All networks, secrets or configs."""
        return [accessory for accessory in self._accessories.values() if accessory.kind == kind]

    def accessory(self, kind: str, name: str) -> Accessory:
        """A network, secret or config by id or name.

        Raises:
            Refused: there is none.
        """
        for accessory in self.accessories(kind):
            if name in (accessory.id, accessory.name):
                return accessory
        raise not_found(kind, name)

    def create_accessory(self, kind: str, spec: Document) -> Accessory:
        """A new network, secret or config.

        Raises:
            Refused: its name is taken.
        """
        store = self._store
        accessory = Accessory(
            id=store.new_id(), kind=kind, spec=spec, created_at=self.now, updated_at=self.now, version=0
        )
        if any(other.name == accessory.name for other in self.accessories(kind)):
            raise Refused(
                HTTPStatus.CONFLICT,
                "rpc error: code = AlreadyExists desc = name conflicts with an existing object: "
                f"{kind} {accessory.name} already exists",
            )
        self._accessories[accessory.id] = accessory
        self._changed(accessory, "create")
        return accessory

    def write_accessory(self, kind: str, name: str, version: int, spec: Document) -> None:
        """Write the labels of a secret or config anew; nothing else of one changes.

        Raises:
            Refused: it is gone, somebody wrote since, or something else is to change.
        """
        accessory = self.accessory(kind, name)
        if version != accessory.version:
            raise out_of_sequence()
        labels = {"Labels": spec.get("Labels") or {}}
        if {**accessory.spec, **spec, **labels} != {**accessory.spec, **labels}:
            raise _invalid("only updates to Labels are allowed")
        accessory.spec = {**accessory.spec, **labels}
        self._changed(accessory, "update")

    def remove_accessory(self, kind: str, name: str) -> None:
        """Remove a network, secret or config, by id or name.

        Raises:
            Refused: it is gone.
        """
        accessory = self.accessory(kind, name)
        del self._accessories[accessory.id]
        self._changed(accessory, "remove")

    def _changed(self, accessory: Accessory, action: str) -> None:
        self._store.index += 1
        accessory.version, accessory.updated_at = self._store.index, self.now
        self._store.events.add(self.now, accessory.kind, action, accessory.id, {"name": accessory.name})


def _found(kind: str, name: str, by_id: Mapping[str, _Thing]) -> _Thing:
    alike = [thing for thing_id, thing in by_id.items() if name and thing_id.startswith(name)]
    if len(alike) > 1:
        raise ambiguous(kind, name, len(alike))
    if not alike:
        raise not_found(kind, name)
    return alike[0]


def _invalid(words: str) -> Refused:
    return Refused(HTTPStatus.BAD_REQUEST, f"rpc error: code = InvalidArgument desc = {words}")
