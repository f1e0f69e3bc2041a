"""Real servers for tests: a Redis, an InfluxDB, a Prometheus, each in a folder of its own on a free port of loopback.

A pytest plugin, named in ``tests/conftest.py``. A server is started once per session, on first use, and every test
finds it running, answering and empty, whatever the test before did to it. Tests that use one carry its marker
(``redis``, ``influx``, ``prometheus``).
"""

import http.client
import json
import os
import shutil
import signal
import subprocess
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from lab.real.network import free_port

__all__ = [
    "InfluxServer",
    "PrometheusServer",
    "RedisServer",
    "free_port",
    "guarded_influx_server",
    "influx_server",
    "prometheus_server",
    "redis_server",
]

LOOPBACK = "127.0.0.1"
STARTS_WITHIN_S = 50.0
STOPS_WITHIN_S = 10.0
POLL_S = 0.01


class Server(ABC):
    """A program that a test may stop, restart, freeze and thaw.

    It dies with the thread that started it, even if the whole test run is killed: start it from the main thread.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.folder.mkdir(parents=True, exist_ok=True)
        self._log = folder / "log"
        self._process: subprocess.Popen[bytes] | None = None

    @abstractmethod
    def _command(self) -> list[str]:
        """The program with its arguments."""

    @abstractmethod
    def _answers(self) -> bool:
        """Whether it is ready to serve."""

    @abstractmethod
    def wipe(self) -> None:
        """Remove whatever a test may have left."""

    @property
    def pid(self) -> int:
        """Of the running program."""
        assert self._process is not None, "the server is stopped"
        return self._process.pid

    def start(self) -> None:
        """Start it, unless it runs, and wait until it answers."""
        if self._process is not None:
            return
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [*_dies_with_us(), *self._command()],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        self._wait_until_it_answers()

    def stop(self) -> None:
        """End it in order, as an operator would; it keeps its data."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """End it at once, as a failing machine would."""
        self._end(signal.SIGKILL)

    def restart(self) -> None:
        """Stop it in order and start it again, with its data, on the same port."""
        self.stop()
        self.start()

    def pause(self) -> None:
        """Freeze it: connections are still accepted by the kernel, but nothing is answered."""
        os.kill(self.pid, signal.SIGSTOP)
        os.waitid(os.P_PID, self.pid, os.WSTOPPED)

    def resume(self) -> None:
        """Thaw it, if it was frozen; nothing where it has ended."""
        if self._process is not None:
            self._process.send_signal(signal.SIGCONT)

    def make_ready(self) -> None:
        """Running, answering and empty, whatever was done to it."""
        self.resume()
        self.start()
        self.wipe()

    def _end(self, how: signal.Signals) -> None:
        if self._process is None:
            return
        self.resume()
        self._process.send_signal(how)
        try:
            self._process.wait(STOPS_WITHIN_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait(STOPS_WITHIN_S)
        self._process = None

    def _wait_until_it_answers(self) -> None:
        give_up_at = time.monotonic() + STARTS_WITHIN_S
        while not self._answers():
            assert self._process is not None
            if self._process.poll() is not None or time.monotonic() > give_up_at:
                self.kill()
                pytest.fail(f"{self._command()} did not start:\n{self._log.read_text(errors='replace')[-2000:]}")
            time.sleep(POLL_S)


class RedisServer(Server):
    """A ``redis-server`` that keeps its data over a restart (append-only file), as skep's stack runs it."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.port = free_port()
        self._client: redis.Redis | None = None

    @property
    def url(self) -> str:
        """For any Redis client; database 0, no password."""
        return f"redis://{LOOPBACK}:{self.port}/0"

    @property
    def client(self) -> redis.Redis:
        """For looking into the server from outside: one client, no retries, five seconds of patience."""
        if self._client is None:
            self._client = redis.Redis.from_url(self.url, socket_timeout=5, retry=Retry(NoBackoff(), 0))
        return self._client

    def lose_data(self) -> None:
        """Restart it with nothing remembered."""
        self.stop()
        shutil.rmtree(self.folder / "appendonlydir", ignore_errors=True)
        (self.folder / "appendonly.aof").unlink(missing_ok=True)  # where a Redis older than 7 keeps it
        self.start()

    def wipe(self) -> None:
        """Remove all data and scripts, and the limits that a test may have set."""
        self.client.config_set("maxmemory", 0)
        self.client.flushall()
        self.client.script_flush()

    def _command(self) -> list[str]:
        settings = {
            "bind": LOOPBACK,
            "port": str(self.port),
            "dir": str(self.folder),
            "appendonly": "yes",
            "save": "",
            "maxmemory-policy": "noeviction",
        }
        return ["redis-server", *(word for name, value in settings.items() for word in (f"--{name}", value))]

    def _answers(self) -> bool:
        try:
            return bool(self.client.ping())
        except redis.RedisError:
            return False

    def _end(self, how: signal.Signals) -> None:
        super()._end(how)
        if self._client is not None:
            self._client.close()


class InfluxServer(Server):
    """An ``influxd`` of the 1.x line.

    Attributes:
        admin: name of the user who may do everything, where a login is required.
        admin_password: that user's password.
    """

    admin = "admin"
    admin_password = "not-a-secret"

    def __init__(self, folder: Path, *, requires_login: bool = False) -> None:
        super().__init__(folder)
        self.host = LOOPBACK
        self.port = free_port()
        self.requires_login = requires_login
        self._internal_port = free_port()

    @property
    def url(self) -> str:
        """Without credentials: ``http://127.0.0.1:<port>``."""
        return f"http://{self.host}:{self.port}"

    def start(self) -> None:
        """Start it, and make sure that the admin exists where a login is required."""
        super().start()
        if self.requires_login:
            self.query(f"CREATE USER {self.admin} WITH PASSWORD '{self.admin_password}' WITH ALL PRIVILEGES")

    def query(self, statement: str, *, database: str | None = None) -> list[dict[str, Any]]:
        """Run InfluxQL as admin; the series of all results, each with ``name``, ``tags``, ``columns``, ``values``.

        Raises:
            AssertionError: if the server refuses the statement.
        """
        answer = json.loads(self._post("query", {"q": statement, "db": database}))
        errors = [result["error"] for result in answer["results"] if "error" in result]
        assert not errors, f"{statement}: {errors}"
        return [series for result in answer["results"] for series in result.get("series", ())]

    def write(self, lines: Iterable[str], *, database: str, precision: str = "ns") -> None:
        """Write lines of the line protocol, and make the database first if there is none."""
        self.query(f'CREATE DATABASE "{database}"')
        self._post("write", {"db": database, "precision": precision}, "\n".join(lines).encode())

    def databases(self) -> tuple[str, ...]:
        """The names of all databases but InfluxDB's own."""
        names = [row[0] for series in self.query("SHOW DATABASES") for row in series.get("values", ())]
        return tuple(name for name in names if name != "_internal")

    def wipe(self) -> None:
        """Remove all databases, and all users but the admin."""
        for name in self.databases():
            self.query(f"DROP DATABASE {_identifier(name)}")
        users = [row[0] for series in self.query("SHOW USERS") for row in series.get("values", ())]
        for name in users:
            if name != self.admin:
                self.query(f"DROP USER {_identifier(name)}")

    def _post(self, path: str, parameters: dict[str, str | None], body: bytes = b"") -> bytes:
        if self.requires_login:
            parameters = {**parameters, "u": self.admin, "p": self.admin_password}
        given = {name: value for name, value in parameters.items() if value is not None}
        url = f"{self.url}/{path}?{urllib.parse.urlencode(given)}"
        request = urllib.request.Request(url, data=body, method="POST")  # noqa: S310 - always http on the loopback
        try:
            with urllib.request.urlopen(request, timeout=20) as response:  # noqa: S310 - as above
                return bytes(response.read())
        except urllib.error.HTTPError as error:
            raise AssertionError(f"{path} {given}: {error.read().decode(errors='replace')}") from None

    def _command(self) -> list[str]:
        settings = self.folder / "influxdb.conf"
        settings.write_text(
            f"""
            reporting-disabled = true
            bind-address = "{LOOPBACK}:{self._internal_port}"
            [meta]
              dir = "{self.folder}/meta"
            [data]
              dir = "{self.folder}/data"
              wal-dir = "{self.folder}/wal"
              query-log-enabled = false
            [monitor]
              store-enabled = false
            [subscriber]
              enabled = false
            [continuous_queries]
              enabled = false
            [http]
              bind-address = "{LOOPBACK}:{self.port}"
              auth-enabled = {str(self.requires_login).lower()}
              log-enabled = false
            """
        )
        return ["influxd", "-config", str(settings)]

    def _answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}/ping", timeout=5) as response:  # noqa: S310 - as above
                return bool(response.status == http.HTTPStatus.NO_CONTENT)
        except (OSError, http.client.HTTPException):
            return False


class PrometheusServer(Server):
    """A ``prometheus`` that scrapes one target of its own: whatever a test exposes."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.port = free_port()
        self._exposition = _Exposition()

    @property
    def url(self) -> str:
        """``http://127.0.0.1:<port>``."""
        return f"http://{LOOPBACK}:{self.port}"

    def expose(self, *samples: str) -> None:
        """Let it scrape these samples, as ``depth{service="web"} 7``, and wait until it has."""
        generation = self._exposition.replace(samples)
        give_up_at = time.monotonic() + STARTS_WITHIN_S
        while self._value("exposition_generation") != generation:
            assert time.monotonic() < give_up_at, self._log.read_text(errors="replace")[-2000:]
            time.sleep(POLL_S)

    def start(self) -> None:
        """Start it and what it scrapes."""
        self._exposition.start()
        super().start()

    def wipe(self) -> None:
        """Let every series of a test go stale."""
        self.expose()

    def close(self) -> None:
        """End it and what it scrapes."""
        self.kill()
        self._exposition.stop()

    def _value(self, query: str) -> int | None:
        url = f"{self.url}/api/v1/query?{urllib.parse.urlencode({'query': query})}"
        with urllib.request.urlopen(url, timeout=5) as response:  # noqa: S310 - always http on the loopback
            result = json.loads(response.read())["data"]["result"]
        return int(result[0]["value"][1]) if result else None

    def _command(self) -> list[str]:
        settings = self.folder / "prometheus.yml"
        settings.write_text(
            json.dumps(
                {
                    "global": {"scrape_interval": "200ms", "scrape_timeout": "200ms"},
                    "scrape_configs": [
                        {
                            "job_name": "test",
                            "honor_labels": True,
                            "static_configs": [{"targets": [f"{LOOPBACK}:{self._exposition.port}"]}],
                        }
                    ],
                }
            )
        )
        return [
            "prometheus",
            f"--config.file={settings}",
            f"--storage.tsdb.path={self.folder / 'data'}",
            f"--web.listen-address={LOOPBACK}:{self.port}",
            "--log.level=error",
        ]

    def _answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}/-/ready", timeout=5) as response:  # noqa: S310 - as above
                return bool(response.status == http.HTTPStatus.OK)
        except (OSError, http.client.HTTPException):
            return False


class _Exposition:
    """What a Prometheus scrapes: a page of samples."""

    def __init__(self) -> None:
        self._page = b""
        self._generation = 0
        exposition = self

        class Page(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_response(http.HTTPStatus.OK)
                self.send_header("Content-Type", "text/plain; version=0.0.4")
                self.end_headers()
                with suppress(BrokenPipeError):  # on a busy machine it has given up this scrape and begun the next
                    self.wfile.write(exposition._page)

            def log_message(self, *_: object) -> None:
                """Be silent."""

        self._server = ThreadingHTTPServer((LOOPBACK, 0), Page)
        self._server.daemon_threads = True
        self._thread: threading.Thread | None = None

    @property
    def port(self) -> int:
        """On the loopback."""
        return int(self._server.server_address[1])

    def replace(self, samples: Iterable[str]) -> int:
        """Show these from now on; the generation that says so."""
        self._generation += 1
        lines = [*samples, f"exposition_generation {self._generation}", ""]
        self._page = "\n".join(lines).encode()
        return self._generation

    def start(self) -> None:
        """Serve, unless it does."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
            self._thread.start()

    def stop(self) -> None:
        """End."""
        if self._thread is not None:
            self._server.shutdown()
            self._thread.join()
        self._server.server_close()


def _dies_with_us() -> list[str]:
    """A prefix that makes Linux kill the program when the test run dies without cleaning up."""
    return ["setpriv", "--pdeathsig", "KILL"] if shutil.which("setpriv") else []


def _identifier(name: str) -> str:
    escaped = name.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


@pytest.fixture(scope="session")
def _redis_of_session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    server = RedisServer(tmp_path_factory.mktemp("redis"))
    yield server
    server.kill()


@pytest.fixture(scope="session")
def _influx_of_session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[InfluxServer]:
    server = InfluxServer(tmp_path_factory.mktemp("influx"))
    yield server
    server.kill()


@pytest.fixture(scope="session")
def _guarded_influx_of_session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[InfluxServer]:
    server = InfluxServer(tmp_path_factory.mktemp("guarded-influx"), requires_login=True)
    yield server
    server.kill()


@pytest.fixture(scope="session")
def _prometheus_of_session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PrometheusServer]:
    server = PrometheusServer(tmp_path_factory.mktemp("prometheus"))
    yield server
    server.close()


@pytest.fixture
def redis_server(_redis_of_session: RedisServer) -> RedisServer:
    """A real Redis, running and empty."""
    _redis_of_session.make_ready()
    return _redis_of_session


@pytest.fixture
def influx_server(_influx_of_session: InfluxServer) -> InfluxServer:
    """A real InfluxDB without a login, running and empty."""
    _influx_of_session.make_ready()
    return _influx_of_session


@pytest.fixture
def guarded_influx_server(_guarded_influx_of_session: InfluxServer) -> InfluxServer:
    """A real InfluxDB that wants a login, running and empty but for its admin."""
    _guarded_influx_of_session.make_ready()
    return _guarded_influx_of_session


@pytest.fixture
def prometheus_server(_prometheus_of_session: PrometheusServer) -> PrometheusServer:
    """A real Prometheus, running, with no series but its own."""
    _prometheus_of_session.make_ready()
    return _prometheus_of_session
