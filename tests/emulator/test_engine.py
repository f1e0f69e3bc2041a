"""The emulated engine at its socket: what clients get, and its faults on demand."""

import json
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from docker import APIClient
from docker.errors import APIError

from cli.main import skep
from lab.emulator import Delays, EmulatedEngine, Fault, Founding, found, wall_clock
from lab.emulator.control import disturb, lose_node, revive_node
from lab.real.errors import LabUnavailable
from lab.real.events import Change, Events
from skep.adapters.swarm import DockerSwarm
from skep.errors import Temporary
from skep.ports import OutOfSequence
from tests.eventually import eventually

pytestmark = pytest.mark.filterwarnings(r"ignore:unclosed <socket\.socket fd=\d+, family=1\b:ResourceWarning")

WEB = "stack-1_service-1"
MOMENT = timedelta(milliseconds=20)
DOCKER = shutil.which("docker")


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[EmulatedEngine]:
    founding = Founding(services=4, nodes=5, delays=Delays(start=MOMENT, stop=MOMENT))
    with EmulatedEngine(found(founding, wall_clock()), tmp_path / "docker.sock") as engine:
        yield engine


@pytest.fixture
def client(engine: EmulatedEngine) -> Iterator[APIClient]:
    client = APIClient(engine.endpoint, version="auto", timeout=30)
    yield client
    client.close()


def docker(engine: EmulatedEngine, *arguments: str) -> str:
    assert DOCKER is not None
    command = [DOCKER, "-H", engine.endpoint, *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True, timeout=60).stdout


# --- clients --------------------------------------------------------------------------------------------------------


def test_a_founded_swarm_runs_as_it_was_ordered(client: APIClient) -> None:
    assert [service["Spec"]["Name"] for service in client.services()] == [f"stack-1_service-{n}" for n in (1, 2, 3, 4)]
    assert {task["Status"]["State"] for task in client.tasks()} == {"running"}
    assert [node["Spec"]["Role"] for node in client.nodes()] == ["manager"] * 3 + ["worker"] * 2


@pytest.mark.parametrize(
    ("filters", "count"),
    [
        pytest.param({"service": WEB}, 3, id="of a service by name"),
        pytest.param({"node": "node-1", "service": WEB}, 1, id="of a service on a node"),
        pytest.param({"desired-state": ["running", "ready"]}, 12, id="meant to live"),
        pytest.param({"desired-state": "shutdown"}, 0, id="meant to have ended"),
        pytest.param({"name": f"{WEB}.2"}, 1, id="by name"),
    ],
)
def test_swarm_tasks_are_listed_as_asked_for(client: APIClient, filters: dict[str, str], count: int) -> None:
    assert len(client.tasks(filters=filters)) == count


def test_an_unknown_filter_and_an_unknown_page_are_refused(client: APIClient) -> None:
    with pytest.raises(APIError, match="invalid filter 'colour'"):
        client.tasks(filters={"colour": "red"})
    with pytest.raises(APIError, match="page not found"):
        client.prune_volumes()


def test_events_are_heard_by_whoever_listens(engine: EmulatedEngine, client: APIClient) -> None:
    following = APIClient(engine.endpoint, version="auto", timeout=30)
    swarm = DockerSwarm(engine.endpoint)
    with Events(client, following) as events:
        for count in (5, 2):
            handle = swarm.read_service(WEB)
            assert handle is not None
            swarm.set_replicas(handle, count)
        assert events.changes(WEB) == (Change(3, 5), Change(5, 2))
    following.close()


@pytest.mark.skipif(DOCKER is None, reason="needs the docker client")
def test_dockers_own_client_works_with_it(engine: EmulatedEngine) -> None:
    assert f"{WEB}   replicated   3/3" in docker(engine, "service", "ls")
    docker(engine, "service", "scale", "--detach", f"{WEB}=5")
    eventually(lambda: f"{WEB}   replicated   5/5" in docker(engine, "service", "ls"), within_s=120)
    assert docker(engine, "service", "ps", "--quiet", WEB).count("\n") == 5
    docker(engine, "service", "update", "--detach", "--label-add", "a=b", WEB)
    assert " a=b" in docker(engine, "service", "inspect", "--pretty", WEB)
    docker(engine, "node", "update", "--availability", "drain", "node-5")
    assert "Drain" in docker(engine, "node", "ls")
    eventually(lambda: "Running" not in docker(engine, "node", "ps", "node-5"), within_s=120)
    docker(engine, "node", "rm", "--force", "node-5")
    assert "node-5" not in docker(engine, "node", "ls")
    assert "replicas.new=5, replicas.old=3" in docker(
        engine, "events", "--since", "10m", "--until", str(time.time() + 1)
    )


@pytest.mark.skipif(DOCKER is None, reason="needs the docker client")
def test_a_stack_is_deployed_and_removed(engine: EmulatedEngine, tmp_path: Path) -> None:
    file = tmp_path / "stack.yml"
    (tmp_path / "web.conf").write_text("a=b")
    file.write_text(
        """
        version: "3.8"
        services:
          web:
            image: shop/web:1
            networks: [inside]
            configs: [web]
            deploy: {replicas: 2, labels: {skep.enable: "true"}}
        networks: {inside: {}}
        configs: {web: {file: web.conf}}
        """
    )
    for _ in ("at first", "once more"):
        docker(engine, "stack", "deploy", "--compose-file", str(file), "shop")
    shown = ("service", "ls", "--filter", "name=shop", "--format", "{{.Name}} {{.Replicas}}")
    eventually(lambda: docker(engine, *shown) == "shop_web 2/2\n", within_s=50)
    assert "shop_inside" in docker(engine, "network", "ls")
    docker(engine, "stack", "rm", "shop")
    left = [docker(engine, kind, "ls", "--format", "{{.Name}}") for kind in ("service", "network", "config", "stack")]
    assert "shop" not in "".join(left)


# --- faults ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        pytest.param(Fault(error_ratio=1.0), "transport is closing", id="errors"),
        pytest.param(Fault(drop_ratio=1.0), "without response", id="dropped connections"),
        pytest.param(Fault(lost_answer_ratio=1.0), "without response", id="lost answers"),
        pytest.param(Fault(is_leaderless=True), "does not have a leader", id="no leader"),
    ],
)
def test_a_fault_is_temporary_trouble_until_it_is_over(engine: EmulatedEngine, fault: Fault, words: str) -> None:
    swarm = DockerSwarm(engine.endpoint)
    engine.disturb(fault)
    with pytest.raises(Temporary, match=words):
        swarm.read()
    engine.disturb(Fault())
    assert len(swarm.read().services) == 4


def test_an_engine_that_is_too_slow_is_temporary_trouble(engine: EmulatedEngine) -> None:
    swarm = DockerSwarm(engine.endpoint, timeout=timedelta(seconds=0.2))
    swarm.read_nodes()
    engine.disturb(Fault(latency=timedelta(seconds=3)))
    with pytest.raises(Temporary, match="no answer within"):
        swarm.read()


def test_a_write_whose_answer_is_lost_was_made(engine: EmulatedEngine) -> None:
    swarm = DockerSwarm(engine.endpoint)
    handle = swarm.read_service(WEB)
    assert handle is not None
    engine.disturb(Fault(lost_answer_ratio=1.0))
    with pytest.raises(Temporary):
        swarm.set_replicas(handle, 7)
    engine.disturb(Fault())
    after = swarm.read_service(WEB)
    assert after is not None
    assert after.service.replicas == 7


def test_what_is_read_stale_cannot_be_written(engine: EmulatedEngine) -> None:
    swarm = DockerSwarm(engine.endpoint)
    engine.disturb(Fault(is_stale=True))
    first = swarm.read_service(WEB)
    assert first is not None
    swarm.set_replicas(first, 7)
    second = swarm.read_service(WEB)
    assert second == first
    with pytest.raises(OutOfSequence):
        swarm.set_replicas(first, 8)
    engine.disturb(Fault())
    now = swarm.read_service(WEB)
    assert now is not None
    assert now.service.replicas == 7


def test_another_manager_leads_after_an_election(engine: EmulatedEngine) -> None:
    swarm = DockerSwarm(engine.endpoint)

    def leader() -> str:
        return next(node.hostname for node in swarm.read_nodes() if node.manager and node.manager.is_leader)

    assert leader() == "node-1"
    disturb(engine.path, Fault(is_leaderless=True), timedelta(milliseconds=50))
    eventually(lambda: not trouble(swarm), within_s=60)
    assert leader() == "node-2"


def trouble(swarm: DockerSwarm) -> bool:
    try:
        swarm.read_nodes()
    except Temporary:
        return True
    return False


def test_a_machine_can_be_lost_and_come_back(engine: EmulatedEngine) -> None:
    swarm = DockerSwarm(engine.endpoint)
    lose_node(engine.path, "node-4")
    assert {node.hostname for node in swarm.read_nodes() if node.is_down} == {"node-4"}
    revive_node(engine.path, "node-4")
    assert all(node.is_ready for node in swarm.read_nodes())
    with pytest.raises(LabUnavailable, match="node-9 not found"):
        lose_node(engine.path, "node-9")


# --- the command ----------------------------------------------------------------------------------------------------


def test_a_fault_is_ordered_at_the_shell(engine: EmulatedEngine) -> None:
    swarm = DockerSwarm(engine.endpoint)
    socket = ["--socket", str(engine.path)]
    assert CliRunner().invoke(skep, ["lab", "disturb", "--errors", "1", "--for", "1h", *socket]).exit_code == 0
    assert trouble(swarm)
    assert CliRunner().invoke(skep, ["lab", "disturb", *socket]).exit_code == 0
    assert not trouble(swarm)


def test_programs_are_told_in_json(engine: EmulatedEngine) -> None:
    socket = ["--socket", str(engine.path)]
    for options, is_disturbed in ((["--stale"], True), ([], False)):
        asked = CliRunner().invoke(skep, ["lab", "disturb", "--json", *options, *socket])
        assert json.loads(asked.output) == {"docker_host": engine.endpoint, "is_disturbed": is_disturbed}


def test_a_fault_for_nobody_is_refused_in_one_sentence(tmp_path: Path) -> None:
    asked = CliRunner().invoke(skep, ["lab", "disturb", "--socket", str(tmp_path / "none.sock")])
    assert asked.exit_code == 1
    assert "No emulated Swarm answers" in asked.output


def test_the_command_serves_until_it_is_told_to_end(tmp_path: Path) -> None:
    socket = tmp_path / "docker.sock"
    options = ["--services", "3", "--nodes", "2", "--socket", str(socket)]
    command = [sys.executable, "-m", "cli", "lab", "emulate", *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == f"emulated: 3 services on 2 nodes at unix://{socket}\n"
            assert len(DockerSwarm(f"unix://{socket}").read().services) == 3
        finally:
            process.terminate()
    assert (process.returncode, socket.exists()) == (0, False)


def test_many_clients_at_once_are_answered(engine: EmulatedEngine) -> None:
    seen: list[int] = []

    def read() -> None:
        seen.append(len(DockerSwarm(engine.endpoint).read().services))

    threads = [threading.Thread(target=read) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert seen == [4] * 20
