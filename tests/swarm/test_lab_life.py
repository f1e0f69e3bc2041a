"""The real lab comes up, changes, and goes without a trace, whatever kills whom."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import redis

from lab.real import Lab, LabStatus, LabUnavailable, direct, machine
from lab.real.layout import Layout
from tests.eventually import eventually
from tests.labs import lab_name
from tests.swarm.traces import content, living_processes, traces

pytestmark = pytest.mark.swarm

CHECKOUT = Path(__file__).parents[2]
NAME = lab_name("life")
OTHER_NAME = lab_name("life-too")
NOBODY = 65534


@pytest.fixture
def name() -> Iterator[str]:
    """The name of a lab that is not there before the test, nor after it."""
    Lab(NAME).down()
    assert traces(NAME) == []
    yield NAME
    Lab(NAME).down()


@pytest.fixture(scope="module")
def standing() -> Iterator[Lab]:
    """A lab of three nodes for those tests that leave it as they found it."""
    lab = Lab(OTHER_NAME)
    lab.down()
    try:
        lab.up()
        yield lab
    finally:
        lab.down()


def test_three_nodes_form_a_swarm_with_the_first_as_manager(standing: Lab) -> None:
    nodes = [(node.hostname, node.role, node.state) for node in standing.status().nodes]
    assert nodes == [("node-1", "manager", "ready"), ("node-2", "worker", "ready"), ("node-3", "worker", "ready")]


def test_every_engine_is_debians_and_answers_on_its_own_socket(standing: Lab) -> None:
    names = []
    for node in standing.status().nodes:
        with standing.client(node.hostname) as engine:
            names.append(engine.info()["Name"])
    assert names == ["node-1", "node-2", "node-3"]


def test_redis_answers_with_its_password_and_keeps_an_append_only_file(standing: Lab) -> None:
    with redis.Redis.from_url(standing.status().redis_url, decode_responses=True) as client:
        assert client.config_get("appendonly") == {"appendonly": "yes"}


def test_redis_refuses_those_without_the_password(standing: Lab) -> None:
    port = urlsplit(standing.status().redis_url).port or 0
    with redis.Redis(port=port) as client, pytest.raises(redis.AuthenticationError):
        client.ping()


def test_influxdb_has_the_collectors_database(standing: Lab) -> None:
    status = standing.status()
    with direct.session() as session:
        said = session.get(f"{status.influx_url}/query", params={"q": "SHOW DATABASES"}, timeout=5).json()
    assert [status.influx_database] in said["results"][0]["series"][0]["values"]


def test_the_password_is_not_in_the_text_of_a_status(standing: Lab) -> None:
    status = standing.status()
    assert status.redis_url.split("@")[0].rpartition(":")[2] not in repr(status)


def test_a_lab_that_is_up_is_left_alone(standing: Lab) -> None:
    before = standing.status()
    assert Lab(OTHER_NAME).up() == before


def test_another_process_finds_the_lab_by_its_name(standing: Lab) -> None:
    said = run_python(f"from lab.real import Lab; print(Lab.attach({OTHER_NAME!r}).status().influx_url)")
    assert said.strip() == standing.status().influx_url


def test_a_lab_that_is_not_there_is_said_to_be_not_there(name: str) -> None:
    with pytest.raises(LabUnavailable, match=f"no lab called '{name}'"):
        Lab.attach(name)


@pytest.mark.parametrize("wrong", ["", "Skep", "a b", "../etc", "-x", "a.b", "x" * 32])
def test_a_name_that_could_not_stand_in_a_path_is_refused(wrong: str) -> None:
    with pytest.raises(LabUnavailable, match="1 to 31 of a-z"):
        Lab(wrong)


def test_more_managers_than_nodes_are_refused() -> None:
    with pytest.raises(LabUnavailable, match="2 managers of 1 nodes"):
        Lab(nodes=1, managers=2)


def test_who_is_not_root_is_told_so_in_one_sentence() -> None:
    os.seteuid(NOBODY)
    try:
        with pytest.raises(LabUnavailable, match="needs root"):
            machine.require()
    finally:
        os.seteuid(0)


def test_a_machine_that_is_not_linux_is_told_so_in_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    with pytest.raises(LabUnavailable, match=r"needs Linux .*; this is darwin\.$"):
        machine.require()


def test_a_machine_without_debians_packages_is_told_which_are_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(machine._PACKAGE_OF, "/usr/bin/no-such-program", "no-such-package")
    monkeypatch.setenv("PATH", "/nonexistent")
    with pytest.raises(LabUnavailable, match="packages no-such-package, and there is no apt-get here"):
        machine.require()


def test_two_labs_stand_side_by_side_and_one_goes_alone(standing: Lab, name: str) -> None:
    before = standing.status()
    lab = Lab(name, nodes=1)
    assert lab.up().host_address != before.host_address
    lab.down()
    assert standing.status() == before


def test_the_lab_outlives_the_process_that_built_it(name: str) -> None:
    run_python(f"from lab.real import Lab; Lab({name!r}, nodes=1).up()")
    assert [node.state for node in Lab.attach(name).status().nodes] == ["ready"]


def test_three_managers_stay_a_swarm_when_one_dies(name: str) -> None:
    lab = Lab(name, nodes=3, managers=3)
    lab.up()
    lab.kill("node-1")
    eventually(lambda: states(lab.status()) == ["dead", "ready", "ready"], within_s=60, every_s=0.2)


def test_a_node_joins_a_standing_lab(name: str) -> None:
    lab = Lab(name, nodes=1)
    lab.up()
    added = lab.add()
    assert (added.hostname, added.role, added.state) == ("node-2", "worker", "ready")


def test_the_swarm_notices_a_dead_machine_and_knows_it_again_when_it_is_revived(name: str) -> None:
    lab = Lab(name, nodes=2)
    lab.up()
    lab.kill("node-2")
    assert states(lab.status()) == ["ready", "dead"]
    eventually(lambda: swarm_states(lab) == {"node-1": "ready", "node-2": "down"}, within_s=60, every_s=0.2)
    lab.revive("node-2")
    eventually(lambda: states(lab.status()) == ["ready", "ready"], within_s=60, every_s=0.2)


def test_killing_a_node_ends_its_containers_and_no_others(name: str) -> None:
    lab = Lab(name, nodes=2)
    lab.up()
    lab.deploy_web()
    assert {"node-1", "node-2"} <= nodes_of_containers(name)
    lab.kill("node-2")
    assert "node-2" not in nodes_of_containers(name)
    assert "node-1" in nodes_of_containers(name)


def test_a_removed_node_is_gone_and_its_number_is_not_given_again(name: str) -> None:
    lab = Lab(name, nodes=2)
    lab.up()
    lab.remove("node-2")
    assert [node.hostname for node in lab.status().nodes] == ["node-1"]
    assert not [trace for trace in traces(name) if "node-2" in trace]
    assert lab.add().hostname == "node-3"


def test_the_only_manager_cannot_be_removed(standing: Lab) -> None:
    with pytest.raises(LabUnavailable, match="the only manager"):
        standing.remove("node-1")


def test_a_node_that_is_not_there_is_named_beside_those_that_are(standing: Lab) -> None:
    with pytest.raises(LabUnavailable, match="no node called 'node-9'; it has node-1, node-2, node-3"):
        standing.kill("node-9")


def test_a_further_process_belongs_to_the_lab_until_it_is_ended(standing: Lab) -> None:
    standing.log("sleeper").unlink(missing_ok=True)
    standing.run("sleeper", ["sh", "-c", "echo $WORD; exec sleep 600"], env={"WORD": "hello"})
    try:
        assert "sleeper" in [process.name for process in standing.processes()]
        eventually(lambda: standing.log("sleeper").read_text() == "hello\n")
    finally:
        standing.end("sleeper")
    assert "sleeper" not in [process.name for process in standing.processes()]


def test_two_processes_of_one_name_are_refused(standing: Lab) -> None:
    standing.run("twin", ["sleep", "600"])
    try:
        with pytest.raises(LabUnavailable, match="already runs a process called 'twin'"):
            standing.run("twin", ["sleep", "600"])
    finally:
        standing.end("twin")


def test_a_stack_finds_the_engine_where_every_machine_has_it(standing: Lab) -> None:
    """The socket is at /var/run/docker.sock of each node, and it is that node's own engine."""
    ask = (
        "import socket; s = socket.socket(socket.AF_UNIX); s.connect('/var/run/docker.sock'); "
        "s.sendall(b'GET /info HTTP/1.0\\r\\n\\r\\n'); print(b''.join(iter(lambda: s.recv(65536), b'')).decode())"
    )
    mounts = ["--mount", "type=bind,source=/var/run/docker.sock,target=/var/run/docker.sock"]
    mounts += ["--mount", "type=bind,source=/usr,target=/usr,readonly"]
    place = ["--constraint", "node.hostname==node-2", "--restart-condition", "none", "--detach"]
    command = ["127.0.0.1:5/skep-lab/web:1", "/usr/bin/python3", "-c", ask]
    standing.docker("service", "create", "--name", "asking", "--no-resolve-image", *place, *mounts, *command)
    try:
        eventually(lambda: '"Name":"node-2"' in standing.docker("service", "logs", "asking"), every_s=0.2)
    finally:
        standing.docker("service", "rm", "asking")


def test_an_image_stands_in_on_every_node_and_on_those_added_later(name: str) -> None:
    lab = Lab(name, nodes=1)
    lab.up()
    lab.stand_in("127.0.0.1:5/redis:7.2", changes=['CMD ["redis-server"]'])
    lab.add()
    commands = []
    for hostname in ("node-1", "node-2"):
        with lab.client(hostname) as engine:
            commands.append(engine.inspect_image("127.0.0.1:5/redis:7.2")["Config"]["Cmd"])
    assert commands == [["redis-server"], ["redis-server"]]


def test_down_leaves_nothing_of_a_lab_with_services_and_further_processes(name: str) -> None:
    lab = Lab(name)
    lab.up()
    lab.run("sleeper", ["sleep", "600"])
    lab.deploy_web()
    lab.deploy_proxy()
    lab.add()
    lab.kill("node-2")
    assert traces(name)
    lab.down()
    assert traces(name) == []


def test_down_without_a_lab_is_no_error(name: str) -> None:
    Lab(name).down()
    assert traces(name) == []


MOMENTS: dict[str, Callable[[Layout], bool]] = {
    "its description is written": lambda layout: layout.state_file.exists(),
    "the switch is built": lambda layout: Path(f"/run/netns/{layout.bridge_netns}").exists(),
    "the first engine is started": lambda layout: (layout.processes / "engine-node-1.json").exists(),
    "an engine listens": lambda layout: layout.docker_socket("node-1").exists(),
    "the Swarm is made": lambda layout: (layout.node_data("node-1") / "swarm").exists(),
    "the collector is started": lambda layout: (layout.processes / "collector.json").exists(),
}


@pytest.mark.parametrize("moment", MOMENTS)
def test_down_leaves_nothing_of_a_half_lab_whose_builder_was_killed_when(moment: str, name: str) -> None:
    kill_when(MOMENTS[moment], name, "up")
    Lab(name).down()
    assert traces(name) == []


@pytest.mark.parametrize("moment", ["the first engine is started", "the Swarm is made"])
def test_up_builds_a_whole_lab_after_its_builder_was_killed_when(moment: str, name: str) -> None:
    kill_when(MOMENTS[moment], name, "up")
    assert states(Lab(name).up()) == ["ready", "ready", "ready"]


@pytest.mark.parametrize(
    "gone", [lambda layout: layout.docker_socket("node-1"), lambda layout: layout.data], ids=["sockets", "data"]
)
def test_down_can_be_killed_and_done_again(gone: Callable[[Layout], Path], name: str) -> None:
    Lab(name).up()
    kill_when(lambda layout: not gone(layout).exists(), name, "down")
    Lab(name).down()
    assert traces(name) == []


def test_a_lab_whose_redis_died_is_built_anew(name: str) -> None:
    lab = Lab(name, nodes=1)
    before = lab.up()
    os.kill(next(process.pid for process in before.processes if process.name == "redis"), signal.SIGKILL)
    eventually(lambda: "redis" not in [process.name for process in lab.processes()])
    after = lab.up()
    assert after.nodes[0].node_id != before.nodes[0].node_id
    with redis.Redis.from_url(after.redis_url) as client:
        assert client.ping()


def states(status: LabStatus) -> list[str]:
    return [node.state for node in status.nodes]


def swarm_states(lab: Lab) -> dict[str, str]:
    with lab.client() as manager:
        return {node["Description"]["Hostname"]: node["Status"]["State"] for node in manager.nodes()}


def nodes_of_containers(name: str) -> set[str]:
    """The nodes whose containers have processes, by the control groups these are in."""
    lines = [line for folder in living_processes() for line in content(folder / "cgroup").decode().splitlines()]
    return {line.split("/")[3] for line in lines if f"/skep-lab/{name}/" in line}


def run_python(program: str) -> str:
    done = subprocess.run([sys.executable, "-c", program], cwd=CHECKOUT, capture_output=True, text=True, check=True)
    return done.stdout


def kill_when(moment: Callable[[Layout], bool], name: str, doing: str) -> None:
    """Let another process do it, and kill it with -9 at that moment."""
    layout = Layout(name)
    program = f"from lab.real import Lab; Lab({name!r}).{doing}()"
    with subprocess.Popen([sys.executable, "-c", program], cwd=CHECKOUT) as doer:
        eventually(lambda: moment(layout) or doer.poll() is not None, within_s=60, every_s=0.0005)
        doer.kill()
