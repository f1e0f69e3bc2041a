"""Real engines: a change of count leaves everything else alone, and what a lost manager looks like."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from lab.real import Lab
from skep.adapters.swarm import DockerSwarm
from skep.core.cluster import UpdateState
from skep.errors import Permanent, SkepError, Temporary
from skep.ports import ServiceHandle
from tests.adapters.swarm_stage import IMAGE, RealStage, Wanted, lab_of_engines, seen, settled
from tests.eventually import eventually

pytestmark = [
    pytest.mark.swarm,
    # docker-py forgets to close a unix socket to which it could not connect.
    pytest.mark.filterwarnings(r"ignore:unclosed <socket\.socket fd=\d+, family=1\b:ResourceWarning"),
]

MANAGERS = ("node-1", "node-2")


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    with lab_of_engines() as lab:
        yield lab


@pytest.fixture
def stage(lab: Lab, tmp_path: Path) -> Iterator[RealStage]:
    with lab.client() as client:
        stage = RealStage(lab, client, tmp_path)
        yield stage
        stage.clear()


def handle(stage: RealStage, name: str) -> ServiceHandle:
    found = stage.swarm.read_service(name)
    assert found is not None
    return found


def by_api(stage: RealStage) -> None:
    stage.create(Wanted(name="web", replicas=2))


def by_command(stage: RealStage) -> None:
    options = "--detach --name web --replicas 2 --stop-signal SIGKILL --limit-cpu 0.5 --reserve-memory 16M --label a=b"
    stage.lab.docker(
        "service", "create", *options.split(), "--update-failure-action", "rollback", IMAGE, "sleep", "1000000"
    )


def by_stack(stage: RealStage) -> None:
    file = Path(stage.proxy.endpoint.removeprefix("unix://")).with_name("stack.yml")
    file.write_text(
        f"""
        version: "3.8"
        services:
          web:
            image: {IMAGE}
            command: ["sleep", "1000000"]
            stop_grace_period: 1s
            environment: [A=1, "B=x y"]
            healthcheck: {{test: ["CMD", "true"], interval: 1s}}
            deploy:
              replicas: 2
              labels: {{skep.enable: "true"}}
              update_config: {{parallelism: 2, order: start-first, max_failure_ratio: 0.1}}
              restart_policy: {{condition: any, delay: 3s}}
              resources: {{limits: {{cpus: "0.25", memory: 32M}}}}
              placement: {{preferences: [{{spread: node.labels.zone}}]}}
        """
    )
    stage.lab.docker("stack", "deploy", "--compose-file", str(file), "shop")


@pytest.mark.parametrize(
    ("create", "name"),
    [
        pytest.param(by_api, "web", id="made through the API"),
        pytest.param(by_command, "web", id="made by docker service create"),
        pytest.param(by_stack, "shop_web", id="made by docker stack deploy"),
    ],
)
def test_a_change_of_count_keeps_every_running_task_and_every_other_word_of_the_spec(
    stage: RealStage, create: Any, name: str
) -> None:
    create(stage)
    before = {task.id for task in settled(stage.swarm, name, 2).tasks}
    spec = stage.spec(name)
    stage.swarm.set_replicas(handle(stage, name), 4)
    assert before < {task.id for task in settled(stage.swarm, name, 4).tasks}
    spec["Mode"]["Replicated"]["Replicas"] = 4
    assert stage.spec(name) == spec
    stage.swarm.set_replicas(handle(stage, name), 2)
    settled(stage.swarm, name, 2)
    assert seen(stage.swarm, name).update_state in {UpdateState.NONE, UpdateState.COMPLETED}


def test_a_read_is_four_requests_however_many_services_there_are(stage: RealStage) -> None:
    for number in range(12):
        stage.create(Wanted(name=f"web{number}", replicas=0))
    stage.swarm.read()
    stage.proxy.requests.clear()
    assert len(stage.swarm.read().services) == 12
    assert stage.proxy.requests == ["GET /nodes", "GET /services", "GET /tasks", "GET /nodes"]


def test_a_read_and_a_write_of_one_service_are_two_requests(stage: RealStage) -> None:
    service_id = stage.create(Wanted(name="web"))
    stage.swarm.read()
    stage.proxy.requests.clear()
    stage.swarm.set_replicas(handle(stage, "web"), 2)
    assert stage.proxy.requests == ["GET /services/web", f"POST /services/{service_id}/update"]


def test_a_replica_that_is_being_stopped_counts_no_more(stage: RealStage) -> None:
    """Its process ignores the polite signal, so that it goes on for the whole grace period."""
    stage.lab.docker("service", "create", "--detach", "--name", "web", "--replicas", "3", IMAGE, "sleep", "1000000")
    settled(stage.swarm, "web", 3)
    stage.swarm.set_replicas(handle(stage, "web"), 1)
    settled(stage.swarm, "web", 1)
    unwanted = [task for task in stage.client.tasks(filters={"service": "web"}) if task["DesiredState"] == "remove"]
    assert [task["Status"]["State"] for task in unwanted] == ["running", "running"]


def test_a_rollout_is_seen_while_it_goes_on(stage: RealStage) -> None:
    stage.create(Wanted(name="web", replicas=3, rolls_back_on_failure=True))
    settled(stage.swarm, "web", 3)
    stage.lab.docker("service", "update", "--detach", "--env-add", "A=1", "--update-delay", "60s", "web")
    eventually(lambda: seen(stage.swarm, "web").update_state is UpdateState.UPDATING)
    assert seen(stage.swarm, "web").rolls_back_on_failure


def test_a_worker_is_told_apart_from_trouble_that_passes(stage: RealStage) -> None:
    with pytest.raises(Permanent, match="not a swarm manager"):
        swarm_of(stage.lab, "node-3").read()


def test_any_manager_will_do(stage: RealStage) -> None:
    stage.create(Wanted(name="web"))
    assert {service.name for service in swarm_of(stage.lab, "node-2").read().services} == {"web"}


def test_a_swarm_without_a_leader_passes_once_its_managers_are_back(stage: RealStage) -> None:
    """Until the loss is noticed the old leader still answers, and then nothing is said for a while."""
    stage.create(Wanted(name="web"))
    with dead(stage.lab, "node-2"):
        eventually(lambda: "does not have a leader" in str(trouble(stage.swarm)), within_s=60, every_s=0.2)
        with pytest.raises(Temporary):
            stage.swarm.read_service("web")
    stage.swarm.set_replicas(handle(stage, "web"), 2)
    settled(stage.swarm, "web", 2)


def test_an_engine_that_restarts_is_found_again_by_the_same_client(stage: RealStage) -> None:
    swarm = swarm_of(stage.lab, "node-2")
    swarm.read()
    with dead(stage.lab, "node-2"), pytest.raises(Temporary):
        swarm.read()
    assert len(swarm.read().nodes) == 3


@contextmanager
def dead(lab: Lab, hostname: str) -> Iterator[None]:
    """A machine is dead for the length of the block; after it the Swarm is whole again."""
    lab.kill(hostname)
    try:
        yield
    finally:
        # The engine takes a dead containerd, whose entry init has yet to remove, for a living one.
        (socket_of(lab, hostname).parent / "exec" / "containerd" / "containerd.pid").unlink(missing_ok=True)
        lab.revive(hostname)
        eventually(lambda: all(is_whole(swarm_of(lab, manager)) for manager in MANAGERS), within_s=120, every_s=0.2)


def is_whole(swarm: DockerSwarm) -> bool:
    return trouble(swarm) is None and all(node.is_ready for node in swarm.read().nodes)


def swarm_of(lab: Lab, hostname: str) -> DockerSwarm:
    return DockerSwarm(f"unix://{socket_of(lab, hostname)}")


def socket_of(lab: Lab, hostname: str) -> Path:
    return lab.status().manager_socket.parents[1] / hostname / "docker.sock"


def trouble(swarm: DockerSwarm) -> SkepError | None:
    try:
        swarm.read()
    except SkepError as error:
        return error
    return None
