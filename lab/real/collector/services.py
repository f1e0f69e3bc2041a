"""`docker_swarm`, as Telegraf's docker input writes it with `gather_services` on one manager."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from lab.real.collector.point import Field, Point

# What a job has besides running tasks is not written: nothing in the lab runs jobs.
_MODES = {"Replicated": "replicated", "Global": "global"}


def points(
    hostname: str, services: Sequence[Mapping[str, Any]], tasks: Sequence[Mapping[str, Any]], time_ns: int
) -> tuple[Point, ...]:
    """How many swarm tasks each service has running, and how many it should have.

    As in Telegraf, `tasks_running` counts by status alone: a swarm task that runs although it shall stop is counted.
    """
    running = Counter(task["ServiceID"] for task in tasks if task["Status"]["State"] == "running")
    meant = Counter(task["ServiceID"] for task in tasks if task["DesiredState"] != "shutdown")
    return tuple(
        Point(
            measurement="docker_swarm",
            tags={
                "host": hostname,
                "service_id": service["ID"],
                "service_mode": _MODES[mode],
                "service_name": service["Spec"]["Name"],
            },
            fields=_fields(service, running, meant),
            time_ns=time_ns,
        )
        for service in services
        for mode in service["Spec"]["Mode"]
        if mode in _MODES
    )


def _fields(service: Mapping[str, Any], running: Counter[str], meant: Counter[str]) -> Mapping[str, Field]:
    replicated = service["Spec"]["Mode"].get("Replicated")
    desired = replicated["Replicas"] if replicated else meant[service["ID"]]
    return {"tasks_running": running[service["ID"]], "tasks_desired": desired}
