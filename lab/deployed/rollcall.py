"""Which services of the stacks have the swarm tasks that they should, from what a manager answers."""

from collections.abc import Iterable, Mapping
from typing import Any

__all__ = ["complete", "ended", "lacking"]

#: What the lab's override files send where no node is.
_LEFT_OUT = "node.labels.skep.lab.never == true"
#: Swarm means one to be ready that it starts in place of one that ended, as soon as its pause is over.
_MEANT_TO_RUN = frozenset({"running", "ready"})
_ENDED_BY_ITSELF = frozenset({"complete", "failed", "rejected", "orphaned"})

_Raw = Mapping[str, Any]


def complete(services: Iterable[_Raw], tasks: Iterable[_Raw]) -> tuple[str, ...]:
    """The names of the services of which every swarm task runs that is meant to, and at least one."""
    meant = [task for task in tasks if task["DesiredState"] in _MEANT_TO_RUN]
    return tuple(
        service["Spec"]["Name"]
        for service in services
        if {task["Status"]["State"] for task in meant if task["ServiceID"] == service["ID"]} == {"running"}
    )


def lacking(services: Iterable[_Raw], tasks: Iterable[_Raw]) -> tuple[str, ...]:
    """A sentence for each other service that is not left out, with what its swarm tasks say."""
    known, all_tasks = tuple(services), tuple(tasks)
    there = complete(known, all_tasks)
    return tuple(
        f"{service['Spec']['Name']}: {_states(service, all_tasks) or 'no swarm tasks'}."
        for service in known
        if service["Spec"]["Name"] not in there and not _is_left_out(service)
    )


def ended(services: Iterable[_Raw], tasks: Iterable[_Raw]) -> tuple[str, ...]:
    """A phrase for each swarm task that ended although nobody told it to."""
    names = {service["ID"]: service["Spec"]["Name"] for service in services}
    return tuple(
        f"{names[task['ServiceID']]} {_state(task)}"
        for task in tasks
        if task["ServiceID"] in names and task["Status"]["State"] in _ENDED_BY_ITSELF
    )


def _is_left_out(service: _Raw) -> bool:
    return _LEFT_OUT in (service["Spec"]["TaskTemplate"].get("Placement", {}).get("Constraints") or ())


def _states(service: _Raw, tasks: Iterable[_Raw]) -> str:
    return ", ".join(_state(task) for task in tasks if task["ServiceID"] == service["ID"])


def _state(task: _Raw) -> str:
    status = task["Status"]
    return f"{status['State']} ({status['Err']})" if status.get("Err") else str(status["State"])
