"""The socket proxy lets skep's calls through to Docker, and nothing else: its real configuration in a real HAProxy."""

import contextlib
import http.client
import shutil
import socket
import socketserver
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest

from skep.adapters.swarm.inspection import DockerInspection
from tests.eventually import eventually
from tests.servers import free_port

pytestmark = pytest.mark.skipif(
    shutil.which("haproxy") is None, reason="needs haproxy; as root on Debian, `make system` installs it"
)

CONFIGURATION = Path(__file__).parents[2] / "stacks/socket-proxy/haproxy.cfg"

SERVICE_ID = "9mnpnzenvg8p8tdbtq4wvbkcz"

ALLOWED = {
    "ping": ("GET", "/_ping"),
    "ping by HEAD": ("HEAD", "/_ping"),
    "version, which negotiation asks for without a version": ("GET", "/version"),
    "version": ("GET", "/v1.41/version"),
    "services": ("GET", "/v1.41/services?status=true"),
    "services by a filter": ("GET", "/v1.47/services?filters=%7B%22label%22%3A%5B%22skep.enable%22%5D%7D"),
    "one service by id": ("GET", f"/v1.41/services/{SERVICE_ID}"),
    "one service by name": ("GET", "/v1.41/services/shop_web-2.x"),
    "swarm tasks": ("GET", "/v1.41/tasks?filters=%7B%22desired-state%22%3A%5B%22running%22%5D%7D"),
    "nodes": ("GET", "/v1.41/nodes"),
    "update of a service": ("POST", f"/v1.41/services/{SERVICE_ID}/update?version=12"),
    "one node": ("GET", "/v1.41/nodes/abc"),
    "update of a node": ("POST", "/v1.41/nodes/abc/update?version=12"),
    "removal of a node": ("DELETE", "/v1.41/nodes/abc?force=true"),
}

FORBIDDEN = {
    "list containers": ("GET", "/v1.41/containers/json"),
    "list containers without a version": ("GET", "/containers/json"),
    "create a container": ("POST", "/v1.41/containers/create"),
    "start a container": ("POST", "/v1.41/containers/abc/start"),
    "read a container's files": ("GET", "/v1.41/containers/abc/archive?path=/"),
    "make an exec": ("POST", "/v1.41/containers/abc/exec"),
    "start an exec": ("POST", "/v1.41/exec/abc/start"),
    "pull an image": ("POST", "/v1.41/images/create?fromImage=x"),
    "build an image": ("POST", "/v1.41/build"),
    "list secrets": ("GET", "/v1.41/secrets"),
    "create a secret": ("POST", "/v1.41/secrets/create"),
    "list configs": ("GET", "/v1.41/configs"),
    "read the join tokens": ("GET", "/v1.41/swarm"),
    "leave the Swarm": ("POST", "/v1.41/swarm/leave"),
    "read the unlock key": ("GET", "/v1.41/swarm/unlockkey"),
    "create a service": ("POST", "/v1.41/services/create"),
    "remove a service": ("DELETE", f"/v1.41/services/{SERVICE_ID}"),
    "read a service's log": ("GET", f"/v1.41/services/{SERVICE_ID}/logs"),
    "post to the list of services": ("POST", "/v1.41/services"),
    "update a service by PUT": ("PUT", f"/v1.41/services/{SERVICE_ID}/update"),
    "read one swarm task's log": ("GET", "/v1.41/tasks/abc/logs"),
    "post to one node": ("POST", "/v1.41/nodes/abc"),
    "update a node by PUT": ("PUT", "/v1.41/nodes/abc/update"),
    "remove all nodes": ("DELETE", "/v1.41/nodes"),
    "remove what is below a node": ("DELETE", "/v1.41/nodes/abc/update"),
    "read what is below a node": ("GET", "/v1.41/nodes/abc/update"),
    "make the node leave": ("POST", "/v1.41/nodes/abc/leave"),
    "list volumes": ("GET", "/v1.41/volumes"),
    "list networks": ("GET", "/v1.41/networks"),
    "read the engine's information": ("GET", "/v1.41/info"),
    "follow events": ("GET", "/v1.41/events"),
    "open a session": ("POST", "/session"),
    "the root": ("GET", "/"),
    "no path at all": ("OPTIONS", "*"),
}

TRICKS = {
    "a way back up": ("GET", "/v1.41/services/../containers/json"),
    "a way back up at the end": ("GET", "/v1.41/services/.."),
    "a way back up, encoded": ("GET", "/v1.41/services/%2e%2e/containers/json"),
    "a way back up by a backslash": ("GET", "/v1.41/services/..\\containers/json"),
    "a way back up before an update": ("POST", "/v1.41/services/../containers/x/update"),
    "a second slash in front": ("GET", "//containers/json"),
    "a second slash in front of what is allowed": ("GET", "//v1.41/services"),
    "a second slash inside": ("GET", "/v1.41//containers/json"),
    "an encoded slash": ("GET", "/v1.41/services%2f..%2fcontainers%2fjson"),
    "an encoded slash in a name": ("GET", "/v1.41/services/x%2f..%2f..%2fcontainers%2fjson"),
    "an encoded letter": ("GET", "/v1.41/%63ontainers/json"),
    "an encoded question mark": ("POST", "/v1.41/services/create%3f/update"),
    "a forbidden path behind a semicolon": ("GET", "/v1.41/services;/../containers/json"),
    "the allowed path in the query": ("GET", "/v1.41/containers/json?/v1.41/services"),
    "a host in front": ("GET", "http://docker/v1.41/containers/json"),
    "a host in front of what is allowed": ("GET", "http://docker/v1.41/services"),
    "capitals": ("GET", "/V1.41/Services"),
    "a path that only begins as an allowed one": ("GET", "/v1.41/services-and-more"),
    "an allowed path behind another": ("GET", "/x/v1.41/services"),
    "a version that is none": ("GET", "/v1.x/services"),
}

# HAProxy itself refuses these before a rule is asked.
MALFORMED = {
    "CONNECT to a path": ("CONNECT", "/v1.41/services"),
    "a fragment": ("GET", "/v1.41/services#/../containers/json"),
    "a query in place of a path": ("GET", "http://docker?/v1.41/services"),
}


@dataclass
class Engine:
    """Stands in for Docker: answers 200 to everything on a unix socket, and remembers what reached it."""

    path: Path
    asked: list[tuple[str, str]] = field(default_factory=list)

    def serve(self) -> socketserver.BaseServer:
        asked = self.asked

        class Answer(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def handle_one_request(self) -> None:
                self.raw_requestline = self.rfile.readline(65537)
                if not self.raw_requestline or not self.parse_request():
                    self.close_connection = True
                    return
                asked.append((self.command, self.path))
                self.rfile.read(int(self.headers.get("Content-Length", 0)))
                body = b"" if self.command == "HEAD" else b'{"ApiVersion": "1.41"}'
                self.send_response(200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_unused: object) -> None:
                """Be quiet."""

            def address_string(self) -> str:
                return "unix"

        return socketserver.ThreadingUnixStreamServer(str(self.path), Answer)


@dataclass(frozen=True, slots=True)
class Proxy:
    port: int
    engine: Engine

    def status(self, method: str, path: str, headers: dict[str, str] | None = None) -> int:
        """The status of one request, sent exactly as written."""
        self.engine.asked.clear()
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        with contextlib.closing(connection):
            connection.putrequest(method, path, skip_accept_encoding=True)
            for name, value in (headers or {}).items():
                connection.putheader(name, value)
            connection.endheaders()
            return connection.getresponse().status


@pytest.fixture(scope="module")
def proxy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proxy]:
    """HAProxy with the shipped configuration; only its port and the socket behind it are this test's own."""
    folder = tmp_path_factory.mktemp("proxy")
    engine = Engine(folder / "docker.sock")
    port = free_port()
    configuration = folder / "haproxy.cfg"
    configuration.write_text(_moved(CONFIGURATION.read_text(), port, engine.path))
    with engine.serve() as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        with subprocess.Popen(["haproxy", "-db", "-f", str(configuration)], stdout=subprocess.DEVNULL) as process:
            try:
                eventually(lambda: listens(port))
                yield Proxy(port, engine)
            finally:
                process.kill()
        server.shutdown()


def _moved(configuration: str, port: int, engine: Path) -> str:
    assert "bind :2375\n" in configuration
    assert "unix@/var/run/docker.sock\n" in configuration
    return configuration.replace("bind :2375\n", f"bind 127.0.0.1:{port}\n").replace(
        "unix@/var/run/docker.sock\n", f"unix@{engine}\n"
    )


def listens(port: int) -> bool:
    """Whether anybody does, there on the loopback."""
    with socket.socket() as trial:
        return trial.connect_ex(("127.0.0.1", port)) == 0


@pytest.mark.parametrize(("method", "path"), ALLOWED.values(), ids=ALLOWED)
def test_what_skep_asks_for_reaches_docker_unchanged(proxy: Proxy, method: str, path: str) -> None:
    assert proxy.status(method, path) == 200
    assert proxy.engine.asked == [(method, path)]


@pytest.mark.parametrize(("method", "path"), FORBIDDEN.values(), ids=FORBIDDEN)
def test_anything_else_is_refused_and_never_reaches_docker(proxy: Proxy, method: str, path: str) -> None:
    assert proxy.status(method, path) == 403
    assert proxy.engine.asked == []


@pytest.mark.parametrize(("method", "path"), TRICKS.values(), ids=TRICKS)
def test_no_other_spelling_opens_a_forbidden_path(proxy: Proxy, method: str, path: str) -> None:
    assert proxy.status(method, path) == 403
    assert proxy.engine.asked == []


@pytest.mark.parametrize(("method", "path"), MALFORMED.values(), ids=MALFORMED)
def test_what_is_no_proper_request_never_reaches_docker(proxy: Proxy, method: str, path: str) -> None:
    assert proxy.status(method, path) in {400, 403}
    assert proxy.engine.asked == []


@pytest.mark.parametrize("protocol", ["h2c", "tcp", "websocket"])
def test_an_allowed_path_cannot_be_upgraded_to_a_tunnel(proxy: Proxy, protocol: str) -> None:
    upgrade = {"Connection": "Upgrade", "Upgrade": protocol, "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ=="}

    assert proxy.status("GET", "/v1.41/services", upgrade) == 403
    assert proxy.engine.asked == []


def test_every_call_on_one_connection_is_judged_by_itself(proxy: Proxy) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", proxy.port, timeout=5)
    statuses = []
    with contextlib.closing(connection):
        for path in ("/_ping", "/containers/json", "/_ping"):
            connection.request("GET", path)
            response = connection.getresponse()
            response.read()
            statuses.append(response.status)

    assert statuses == [200, 403, 200]


def test_this_haproxy_calls_the_shipped_configuration_valid_without_a_warning() -> None:
    done = subprocess.run(
        ["haproxy", "-c", "-f", str(CONFIGURATION)], capture_output=True, text=True, timeout=30, check=False
    )

    assert done.returncode == 0, done.stderr
    assert "[WARNING]" not in done.stderr


def test_a_check_up_finds_that_all_comes_through_that_is_needed_and_nothing_else(proxy: Proxy) -> None:
    permissions = DockerInspection(f"tcp://127.0.0.1:{proxy.port}").look().permissions
    assert [each.request for each in permissions if each.is_given is not bool(each.purpose)] == []
