"""Flower as a process of its own, started as its container starts it."""

import base64
import http.client
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from lab.flower_command import FLOWER_COMMAND
from tests.eventually import eventually
from tests.house.tree import ROOT
from tests.servers import RedisServer, free_port

__all__ = ["PASSWORD", "Answer", "FlowerProcess", "flower_process", "run_skep", "worker_process"]

PASSWORD = "a-password-of-this-test"
_STARTS_WITHIN_S = 120.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came back."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """The body, read."""
        return json.loads(self.body)


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowerProcess:
    """Where one Flower listens.

    Attributes:
        log: what it wrote.
    """

    url: str
    log: Path

    def ask(
        self,
        path: str,
        *,
        method: str = "GET",
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        logs_in: bool = False,
    ) -> Answer:
        """One exchange, whatever its status."""
        told = dict(headers or {})
        if logs_in:
            told["Authorization"] = f"Basic {base64.b64encode(f'skep:{PASSWORD}'.encode()).decode()}"
        with closing(http.client.HTTPConnection(urlsplit(self.url).netloc, timeout=60)) as connection:
            connection.request(method, path, body=body, headers=told)
            answer = connection.getresponse()
            return Answer(status=answer.status, headers=dict(answer.headers), body=answer.read())


@contextmanager
def flower_process(redis_server: RedisServer, folder: Path, **settings: str) -> Iterator[FlowerProcess]:
    """A Flower that answers; it ends with the block."""
    port = free_port()
    environ = {
        **_environ(redis_server, folder),
        "SKEP_FLOWER_PASSWORD": PASSWORD,
        "FLOWER_PORT": str(port),
        "FLOWER_ADDRESS": "127.0.0.1",
        **settings,
    }
    log = folder / "flower.log"
    command = (sys.executable, "-m", *FLOWER_COMMAND)
    flower = FlowerProcess(url=f"http://127.0.0.1:{port}", log=log)
    with _process(command, environ, log):
        eventually(lambda: _is_up(flower), within_s=_STARTS_WITHIN_S, every_s=0.1)
        yield flower


@contextmanager
def worker_process(redis_server: RedisServer, folder: Path, **settings: str) -> Iterator[None]:
    """A worker on a Swarm in memory; it ends with the block."""
    command = (sys.executable, "-m", "tests.entrypoints.worker_in_memory")
    with _process(command, {**_environ(redis_server, folder), **settings}, folder / "worker.log"):
        yield


def run_skep(redis_server: RedisServer, *arguments: str) -> "subprocess.CompletedProcess[str]":
    """The console command as a process of its own, to its end."""
    return subprocess.run(
        [sys.executable, "-m", "cli", *arguments],
        cwd=ROOT,
        env={**os.environ, "SKEP_BROKER_URL": redis_server.url},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def _environ(redis_server: RedisServer, folder: Path) -> dict[str, str]:
    return {**os.environ, "SKEP_BROKER_URL": redis_server.url, "SKEP_STATE_DIR": str(folder)}


@contextmanager
def _process(command: tuple[str, ...], environ: Mapping[str, str], log: Path) -> Iterator[None]:
    with log.open("w") as told:
        process = subprocess.Popen(command, cwd=ROOT, env=dict(environ), stdout=told, stderr=told)
    try:
        yield
    finally:
        process.kill()
        process.wait()


def _is_up(flower: FlowerProcess) -> bool:
    try:
        return flower.ask("/healthcheck").status == 200
    except OSError:
        return False
