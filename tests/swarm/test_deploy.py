"""`docker stack deploy -c docker-compose.yml skep` on a real Swarm: what comes up, what it does, what it does not tell.

Two managers and a worker, Debian's engine and client; the images are stand-ins, all else is what operators deploy.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from lab import deploy
from lab.deploy import STACK, Deployment, run_inside
from lab.real import Lab, direct
from tests.eventually import eventually
from tests.labs import lab_name

pytestmark = pytest.mark.swarm

MANAGERS = 2
CALL_TIMEOUT_S = 10
SCALES_WITHIN_S = 60.0


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    lab = Lab(lab_name("deploy"), nodes=3, managers=MANAGERS)
    lab.down()
    try:
        lab.up()
        yield lab
    finally:
        lab.down()


@pytest.fixture(scope="module")
def deployment(lab: Lab) -> Iterator[Deployment]:
    yield deploy.deploy(lab, settings={"SKEP_INTERVAL": "2s"})
    deploy.remove(lab)


@pytest.fixture(scope="module")
def web(lab: Lab, deployment: Deployment) -> str:
    """A service of two replicas that skep may scale."""
    del deployment
    return lab.deploy_web({"skep.enable": "true", "skep.min": "1", "skep.max": "4", "skep.requests": "50/s"})


# --- it works ------------------------------------------------------------------------------------------------------


def test_all_services_run_and_are_healthy(deployment: Deployment) -> None:
    assert deployment.services == {
        "skep_redis": 1,
        "skep_beat": 1,
        "skep_observer": MANAGERS,
        "skep_actor": MANAGERS,
        "skep_flower": 1,
        "skep_socket-proxy": MANAGERS,
    }


def test_workers_run_on_managers_only(lab: Lab, deployment: Deployment) -> None:
    managers = {node.node_id for node in lab.status().nodes if node.role == "manager"}

    for name in ("skep_observer", "skep_actor", "skep_socket-proxy"):
        assert {task["NodeID"] for task in _running_tasks(lab, name)} == managers
    assert deployment.services


def test_beat_ticks_and_the_deployed_workers_evaluate(lab: Lab, deployment: Deployment) -> None:
    del deployment
    seen = deploy.evaluation(lab)

    eventually(lambda: deploy.evaluation(lab) > seen, within_s=SCALES_WITHIN_S, every_s=0.5)


def test_a_service_with_labels_is_decided_about(lab: Lab, web: str) -> None:
    def is_decided() -> bool:
        answer = json.loads(run_inside(lab, "skep_observer", "skep", "status", "--json"))
        return any(service["name"] == web and service["decision"] for service in answer["services"])

    eventually(is_decided, within_s=SCALES_WITHIN_S, every_s=1.0)


def test_an_order_by_hand_is_carried_out_by_an_actor_and_shown_in_flower(
    lab: Lab, deployment: Deployment, web: str
) -> None:
    run_inside(lab, "skep_observer", "skep", "scale", f"{web}=3", "--wait")

    lab.wait_running(web, 3)
    eventually(lambda: f"scale.{web}" in _flower(deployment, "/api/tasks").text, within_s=SCALES_WITHIN_S, every_s=0.5)


# --- it keeps secrets ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("service", "expected"),
    [
        ("skep_redis", {"redis_password"}),
        ("skep_beat", {"redis_password"}),
        ("skep_observer", {"redis_password", "influx_password"}),
        ("skep_actor", {"redis_password", "influx_password"}),
        ("skep_flower", {"redis_password", "influx_password", "flower_password"}),
    ],
)
def test_a_container_has_the_passwords_it_needs_as_files(
    lab: Lab, deployment: Deployment, service: str, expected: set[str]
) -> None:
    assert set(run_inside(lab, service, "ls", "/run/secrets").split()) == expected
    for name in expected:
        assert run_inside(lab, service, "cat", f"/run/secrets/{name}") == (deployment.secrets / name).read_text()


def test_no_password_shows_in_what_docker_tells_of_containers_and_services(lab: Lab, deployment: Deployment) -> None:
    told = [json.dumps(container) for _, container in _containers(lab)]
    with lab.client() as manager:
        told += [json.dumps(manager.inspect_service(name)) for name in deployment.services]

    assert len(told) == sum(deployment.services.values()) + len(deployment.services)
    for password in _passwords(deployment):
        assert not any(password in text for text in told)


def test_no_password_shows_in_the_list_of_processes(lab: Lab, deployment: Deployment) -> None:
    for hostname, container in _containers(lab):
        with lab.client(hostname) as engine:
            processes = json.dumps(engine.top(container["Id"]))
        assert not any(password in processes for password in _passwords(deployment))


def test_no_password_shows_in_a_log(lab: Lab, deployment: Deployment) -> None:
    for hostname, container in _containers(lab):
        with lab.client(hostname) as engine:
            log = engine.logs(container["Id"]).decode(errors="replace")
        assert not any(password in log for password in _passwords(deployment))


def test_redis_answers_nobody_without_the_password(lab: Lab, deployment: Deployment) -> None:
    del deployment
    said = run_inside(lab, "skep_redis", "redis-cli", "ping")

    assert "NOAUTH" in said


@pytest.mark.parametrize("path", ["/", "/tasks", "/workers", "/broker", "/api/workers", "/api/tasks"])
def test_flower_lets_nobody_in_without_the_password(deployment: Deployment, path: str) -> None:
    with direct.session() as session:
        nobody = session.get(f"{deployment.flower_url}{path}", timeout=CALL_TIMEOUT_S)
        guessing = session.get(f"{deployment.flower_url}{path}", auth=("skep", "guess"), timeout=CALL_TIMEOUT_S)

    assert (nobody.status_code, guessing.status_code) == (401, 401)
    assert _flower(deployment, path).status_code == 200


# --- it can do no more than it must --------------------------------------------------------------------------------


def test_containers_have_a_read_only_root_limits_and_no_capability(lab: Lab, deployment: Deployment) -> None:
    del deployment
    for _, container in _containers(lab):
        host = container["HostConfig"]
        assert host["ReadonlyRootfs"] is True
        assert host["CapDrop"] == ["ALL"]
        assert host["Memory"] > 0
        assert host["NanoCpus"] > 0
        assert host["LogConfig"]["Config"]["max-size"] == "10m"


ASK_DOCKER = """
import sys, http.client
connection = http.client.HTTPConnection("socket-proxy", 2375, timeout=5)
connection.request(sys.argv[1], sys.argv[2])
print(connection.getresponse().status)
"""


@pytest.mark.parametrize("service", ["skep_observer", "skep_actor"])
@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/v1.41/services", 200),
        ("GET", "/v1.41/tasks", 200),
        ("GET", "/v1.41/nodes", 200),
        ("GET", "/v1.41/containers/json", 403),
        ("GET", "/v1.41/secrets", 403),
        ("GET", "/v1.41/swarm", 403),
        ("POST", "/v1.41/services/create", 403),
        ("GET", "/v1.41/services/../containers/json", 403),
    ],
)
def test_workers_reach_docker_for_what_they_do_and_no_more(
    lab: Lab, deployment: Deployment, service: str, method: str, path: str, status: int
) -> None:
    del deployment
    assert run_inside(lab, service, "python", "-c", ASK_DOCKER, method, path).split() == [str(status)]


def test_each_container_is_on_the_networks_it_needs(lab: Lab, deployment: Deployment) -> None:
    del deployment
    networks = {
        container["Config"]["Labels"]["com.docker.swarm.service.name"]: set(container["NetworkSettings"]["Networks"])
        for _, container in _containers(lab)
    }

    assert networks == {
        "skep_redis": {"skep_skep"},
        "skep_beat": {"skep_skep"},
        "skep_observer": {"skep_skep", "skep_socket-proxy", "metrics"},
        "skep_actor": {"skep_skep", "skep_socket-proxy", "metrics"},
        "skep_flower": {"skep_skep", "skep_flower", "metrics"},
        "skep_socket-proxy": {"skep_socket-proxy"},
    }


# --- looking -------------------------------------------------------------------------------------------------------


def _running_tasks(lab: Lab, service: str) -> list[Mapping[str, Any]]:
    with lab.client() as manager:
        tasks = manager.tasks(filters={"service": service, "desired-state": "running"})
    return [task for task in tasks if task["Status"]["State"] == "running"]


def _containers(lab: Lab) -> list[tuple[str, Mapping[str, Any]]]:
    """Every running container of the stack with the host name of its node, as `docker inspect` shows it."""
    found = []
    for node in lab.status().nodes:
        with lab.client(node.hostname) as engine:
            listed = engine.containers(filters={"label": f"com.docker.stack.namespace={STACK}"})
            found += [(node.hostname, engine.inspect_container(container["Id"])) for container in listed]
    return found


def _passwords(deployment: Deployment) -> list[str]:
    return [path.read_text() for path in deployment.secrets.iterdir()]


def _flower(deployment: Deployment, path: str) -> Any:
    with direct.session() as session:
        return session.get(
            f"{deployment.flower_url}{path}",
            auth=(deployment.flower_user, deployment.flower_password),
            timeout=CALL_TIMEOUT_S,
        )
