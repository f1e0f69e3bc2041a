"""A worker beside a manager that does not answer takes no orders, and takes them again once it does."""

import os
import socketserver
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest

from tests.eventually import eventually
from tests.servers import RedisServer

ROOT = Path(__file__).parents[2]
COMMAND = ("-m", "workers", "--pool=prefork", "--concurrency=1", "--without-mingle")


class Manager(socketserver.ThreadingUnixStreamServer):
    """Knows no service, as long as it answers at all."""

    daemon_threads = True

    def __init__(self, socket: Path) -> None:
        super().__init__(str(socket), _Answers)
        self.answers = threading.Event()
        self.answers.set()


class _Answers(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        manager = self.server
        assert isinstance(manager, Manager)
        manager.answers.wait()
        status, body = (
            (200, b'{"ApiVersion": "1.41"}') if self.path.endswith("/version") else (404, b'{"message": "no"}')
        )
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def address_string(self) -> str:
        """A unix socket's client has none."""
        return "client"

    def log_message(self, *_line: object) -> None:
        """Say nothing."""


@pytest.fixture
def manager(tmp_path: Path) -> Iterator[Manager]:
    with Manager(tmp_path / "docker.sock") as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.answers.set()
        server.shutdown()


@contextmanager
def worker(queues: str, redis_url: str, folder: Path) -> Iterator[Path]:
    """A real worker; gives its log."""
    log = folder / "log"
    environment = {
        **os.environ,
        "SKEP_BROKER_URL": redis_url,
        "SKEP_STATE_DIR": str(folder),
        "SKEP_DOCKER_HOST": f"unix://{folder / 'docker.sock'}",
    }
    with log.open("w") as lines:
        command = (sys.executable, *COMMAND, f"--queues={queues}", "--loglevel=INFO")
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=lines, stderr=lines)
    try:
        yield log
    finally:
        process.terminate()
        process.wait()


@pytest.mark.redis
@pytest.mark.timeout(300)  # a worker's start alone takes long on a busy machine
@pytest.mark.parametrize(
    ("queues", "left"),
    [
        pytest.param("act", "act", id="orders"),
        pytest.param("observe,tick", "tick", id="evaluations, but not questions"),
    ],
)
def test_work_is_left_to_others_while_the_manager_does_not_answer(
    queues: str, left: str, manager: Manager, redis_server: RedisServer, tmp_path: Path
) -> None:
    with worker(queues, redis_server.url, tmp_path) as log:
        eventually(lambda: " ready." in log.read_text(), within_s=120)
        manager.answers.clear()
        eventually(lambda: f"Canceling queue {left}" in log.read_text(), within_s=120)
        manager.answers.set()
        eventually(lambda: f"Started consuming from {left}" in log.read_text(), within_s=120)
    assert "queue observe" not in log.read_text()
