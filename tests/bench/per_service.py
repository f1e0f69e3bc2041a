"""``python -m tests.bench.per_service SERVICES``: one round of a loop that asks for each service by itself.

Autoscalers for Docker Swarm commonly go from service to service, and ask the engine for it and its swarm tasks, then
the metrics store for its figures. Prints how long one round took, in seconds. Set up by ``SKEP_*`` variables.
"""

import sys
import time

import requests
from docker import APIClient

from skep.wiring import settings
from tests.bench.engine_stand_in import service_name

__all__: list[str] = []

_CPU = (
    'SELECT mean("usage_percent") FROM "docker_container_cpu" WHERE time > now() - 60s AND "cpu" = \'cpu-total\''
    ' AND "com.docker.swarm.service.name" = \'{name}\' GROUP BY "container_name"'
)
_REQUESTS = (
    'SELECT non_negative_derivative(last("stot"), 1s) FROM "haproxy" WHERE time > now() - 60s'
    " AND \"proxy\" = '{name}' GROUP BY time(10s)"
)


def main(services: int) -> None:
    """Ask once to make the connections, then go round."""
    docker, store = APIClient(base_url=settings().docker_host, version="1.41"), requests.Session()
    _ask(docker, store, service_name(0))
    started_s = time.perf_counter()
    for number in range(services):
        _ask(docker, store, service_name(number))
    sys.stdout.write(str(time.perf_counter() - started_s))


def _ask(docker: APIClient, store: requests.Session, name: str) -> None:
    docker.inspect_service(name)
    docker.tasks(filters={"service": name})
    for query in (_CPU, _REQUESTS):
        parameters = {"db": settings().influx.database, "q": query.format(name=name)}
        answer = store.get(f"{settings().influx.url}/query", params=parameters, timeout=5)
        if not answer.json()["results"][0].get("series"):
            raise SystemExit(f"The store has no points of {name}: {answer.text}")


if __name__ == "__main__":
    main(int(sys.argv[1]))
