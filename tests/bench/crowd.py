"""Services beside the one that is measured, each with one replica, so that an idle Swarm is like a real one."""

from datetime import timedelta

from docker import APIClient

from lab.real import waiting
from tests.bench.stage import Stage

__all__ = ["SERVICES", "gather"]

#: Enabled services there are in all, once the crowd has come.
SERVICES = 100
_LABELS = {"skep.enable": "true", "skep.min": "1", "skep.max": "4", "skep.cpu": "80%", "skep.window": "5s"}
_PATIENCE = timedelta(minutes=4)


def gather(stage: Stage) -> None:
    """Deploy as many services as are still lacking; returns when each has its replica.

    Raises:
        LabUnavailable: when they do not run within four minutes.
    """
    with stage.lab.client() as client:
        names = [f"crowd-{number}" for number in range(1, SERVICES)]
        template = client.inspect_service(stage.service)["Spec"]["TaskTemplate"]
        # Off every network: nobody calls them, and joining one takes most of a container's start.
        alone = {part: told for part, told in template.items() if part != "Networks"}
        for name in names:
            client.create_service(alone, name=name, labels=_LABELS, mode={"Replicated": {"Replicas": 1}})
        waiting.until(
            lambda: _running(client) >= {*names},
            every=timedelta(seconds=2),
            patience=_PATIENCE,
            what=f"{len(names)} services with one replica each",
        )


def _running(client: APIClient) -> set[str]:
    services = client.services(filters={"name": "crowd-"}, status=True)
    return {service["Spec"]["Name"] for service in services if service["ServiceStatus"]["RunningTasks"] == 1}
