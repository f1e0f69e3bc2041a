"""`skep lab`: what it asks of the lab, and what it shows of it."""

import json
from pathlib import Path
from typing import Self

import pytest
from click.testing import CliRunner, Result

from cli.main import skep
from lab.real import LabStatus, LabUnavailable, NodeStatus

RUN = Path("/run/skep-lab/skep")


def node(number: int, *, role: str = "worker", state: str = "ready") -> NodeStatus:
    return NodeStatus(
        hostname=f"node-{number}",
        address=f"198.18.0.{10 + number}",
        role=role,
        state=state,
        availability="active",
        node_id=f"id-of-node-{number}",
        docker_socket=RUN / f"node-{number}" / "docker.sock",
    )


class FakeLab:
    """A lab of names only; remembers what was asked of it."""

    asked: list[str]
    nodes: tuple[NodeStatus, ...]

    def __init__(self, name: str = "skep", *, nodes: int = 3, managers: int = 1) -> None:
        self.name = name
        self.asked.append(f"{name}: {nodes} nodes, {managers} of them managers")

    @classmethod
    def attach(cls, name: str = "skep") -> Self:
        if name == "gone":
            raise LabUnavailable("There is no lab called 'gone' on this machine; `skep lab up` builds one.")
        return cls(name)

    def up(self) -> LabStatus:
        self.asked.append("up")
        return self.status()

    def down(self) -> None:
        self.asked.append("down")

    def add(self, role: str) -> None:
        self.asked.append(f"add {role}")

    def kill(self, hostname: str) -> None:
        self.asked.append(f"kill {hostname}")

    def status(self) -> LabStatus:
        return LabStatus(
            name=self.name,
            host_address="198.18.0.1",
            nodes=self.nodes,
            redis_url="redis://:geheim@127.0.0.1:40001/0",
            influx_url="http://198.18.0.1:40002",
            influx_database="telegraf",
            proxy_url="http://198.18.0.11:80",
            stats_url="http://198.18.0.11:8404/stats",
            processes=(),
        )


@pytest.fixture(autouse=True)
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What has been asked of the lab."""
    monkeypatch.setattr(FakeLab, "asked", [], raising=False)
    monkeypatch.setattr(FakeLab, "nodes", (node(1, role="manager"), node(2, state="dead")), raising=False)
    monkeypatch.setattr("cli.lab.Lab", FakeLab)
    return FakeLab.asked


def run(*arguments: str) -> Result:
    return CliRunner().invoke(skep, ["lab", *arguments], env={"COLUMNS": "100"})


@pytest.mark.parametrize(
    ("arguments", "calls"),
    [
        (["up"], ["skep: 3 nodes, 1 of them managers", "up"]),
        (["up", "--name", "b", "--nodes", "5", "--managers", "3"], ["b: 5 nodes, 3 of them managers", "up"]),
        (["down"], ["skep: 3 nodes, 1 of them managers", "down"]),
        (["add"], ["skep: 3 nodes, 1 of them managers", "add worker"]),
        (["add", "--role", "manager"], ["skep: 3 nodes, 1 of them managers", "add manager"]),
        (["kill", "node-2"], ["skep: 3 nodes, 1 of them managers", "kill node-2"]),
        (["status"], ["skep: 3 nodes, 1 of them managers"]),
    ],
    ids=["up", "up with nodes", "down", "add", "add a manager", "kill", "status"],
)
def test_a_command_asks_the_lab_for(asked: list[str], arguments: list[str], calls: list[str]) -> None:
    assert run(*arguments).exit_code == 0
    assert asked == calls


def test_status_shows_nodes_and_how_to_reach_them_but_no_password() -> None:
    result = run("status")
    assert [line.split()[:4] for line in result.stdout.splitlines()[1:3]] == [
        ["node-1", "manager", "ready", "active"],
        ["node-2", "worker", "dead", "active"],
    ]
    assert "docker -H unix:///run/skep-lab/skep/node-1/docker.sock service ls" in result.stdout
    assert "geheim" not in result.output


def test_status_as_json_is_one_document_with_all_addresses() -> None:
    document = json.loads(run("status", "--json").stdout)
    assert document["redis_url"] == "redis://:geheim@127.0.0.1:40001/0"
    assert [node["state"] for node in document["nodes"]] == ["ready", "dead"]


def test_down_as_json_is_one_document() -> None:
    assert json.loads(run("down", "--json").stdout) == {"name": "skep", "is_up": False}


def test_what_the_lab_cannot_do_is_one_sentence_and_1() -> None:
    result = run("status", "--name", "gone")
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == "Error: There is no lab called 'gone' on this machine; `skep lab up` builds one.\n"
