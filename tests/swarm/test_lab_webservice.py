"""The demo web program costs what it is told to cost, and stops without dropping a request.

It is run here as its container runs it, on a loopback port; no lab is needed.
"""

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from lab.real import webservice
from lab.real.network import free_port
from tests.eventually import eventually

PROGRAM = Path(webservice.__file__).with_name("server.py")
TASK = "demo_web.1.z9y8x7w6"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    status: int
    task: str
    content: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Web:
    """A running program."""

    process: subprocess.Popen[bytes]
    port: int

    def get(self, path: str) -> Answer:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            content = json.loads(answer.read())
            return Answer(status=answer.status, task=answer.headers["X-Swarm-Task"], content=content)
        finally:
            connection.close()

    def listens(self) -> bool:
        with socket.socket() as trial:
            return trial.connect_ex(("127.0.0.1", self.port)) == 0

    def stop(self) -> None:
        self.process.send_signal(signal.SIGTERM)


@contextmanager
def running(**settings: str) -> Iterator[Web]:
    port = free_port()
    env = {**os.environ, "PORT": str(port), "TASK_NAME": TASK, "NODE_NAME": "node-2", **settings}
    with subprocess.Popen([sys.executable, "-I", "-S", "-B", str(PROGRAM)], env=env) as process:
        web = Web(process=process, port=port)
        try:
            eventually(web.listens)
            yield web
        finally:
            process.kill()


@pytest.fixture(scope="module")
def web() -> Iterator[Web]:
    with running(COST_MS="3") as started:
        yield started


def test_an_answer_names_its_swarm_task_and_node(web: Web) -> None:
    answer = web.get("/")
    assert (answer.status, answer.task) == (200, TASK)
    assert (answer.content["task"], answer.content["node"]) == (TASK, "node-2")


def test_a_request_burns_the_cpu_time_it_costs(web: Web) -> None:
    assert web.get("/").content["cpu_ms"] >= 3.0


def test_a_request_may_ask_for_another_price(web: Web) -> None:
    assert web.get("/?cost=20").content["cpu_ms"] >= 20.0


@pytest.mark.parametrize("query", ["cost=much", "cost=-1", "cost=1e9", "cost=nan", "sleep=inf", "cost="])
def test_a_query_that_makes_no_sense_costs_the_usual_price(web: Web, query: str) -> None:
    answer = web.get(f"/?{query}")
    assert answer.status == 200
    assert 3.0 <= answer.content["cpu_ms"] < 3_000.0


def test_many_requests_at_once_are_all_answered(web: Web) -> None:
    statuses: list[int] = []
    clients = [threading.Thread(target=lambda: statuses.append(web.get("/").status)) for _ in range(40)]
    for client in clients:
        client.start()
    for client in clients:
        client.join()
    assert statuses == [200] * 40


def test_a_task_that_is_told_to_stop_goes_on_serving() -> None:
    with running(LINGER_S="600") as web:
        web.stop()
        assert [web.get("/").status for _ in range(20)] == [200] * 20
        assert web.process.poll() is None


def test_a_task_that_is_told_to_stop_finishes_what_is_in_flight_and_ends_well() -> None:
    with running(LINGER_S="0") as web:
        statuses: list[int] = []
        client = threading.Thread(target=lambda: statuses.append(web.get("/?sleep=1.5").status))
        client.start()
        # The handler's thread beside the main one and the one that waits for the signal.
        eventually(lambda: len(list(Path(f"/proc/{web.process.pid}/task").iterdir())) > 2)
        web.stop()
        client.join()
        assert statuses == [200]
        assert web.process.wait(timeout=30) == 0
