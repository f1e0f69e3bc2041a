"""The socket proxies of Telegraf and Traefik let reading through to Docker, and nothing else."""

import shutil
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.entrypoints.test_socket_proxy import Engine, Proxy, listens
from tests.eventually import eventually
from tests.servers import free_port

pytestmark = pytest.mark.skipif(
    shutil.which("haproxy") is None, reason="needs haproxy; as root on Debian, `make system` installs it"
)

FOLDER = Path(__file__).parents[2] / "stacks/socket-proxy"

TELEGRAF = {
    "ping": "/_ping",
    "version": "/v1.47/version",
    "what the engine is": "/v1.47/info",
    "containers": "/v1.47/containers/json?filters=%7B%22status%22%3A%7B%22running%22%3Atrue%7D%7D",
    "the use of a container": "/v1.47/containers/4f5e6d7c8b9a/stats?stream=false",
    "the state of a container": "/v1.47/containers/4f5e6d7c8b9a/json",
    "services": "/v1.47/services",
    "swarm tasks": "/v1.47/tasks",
    "nodes": "/v1.47/nodes",
}
TRAEFIK = {
    "ping": "/_ping",
    "version": "/version",
    "services": "/v1.47/services",
    "swarm tasks of a service": "/v1.47/tasks?filters=%7B%22service%22%3A%7B%22x%22%3Atrue%7D%7D",
    "networks of the Swarm": "/v1.47/networks?filters=%7B%22scope%22%3A%7B%22swarm%22%3Atrue%7D%7D",
    "one node": "/v1.47/nodes/9mnpnzenvg8p8tdbtq4wvbkcz",
}
FORBIDDEN = {
    "update a service": ("POST", "/v1.47/services/x/update?version=1"),
    "create a container": ("POST", "/v1.47/containers/create"),
    "look at the processes of a container": ("GET", "/v1.47/containers/x/top"),
    "read the log of a container": ("GET", "/v1.47/containers/x/logs?stdout=1"),
    "read the files of a container": ("GET", "/v1.47/containers/x/archive?path=/"),
    "make an exec": ("POST", "/v1.47/containers/x/exec"),
    "list secrets": ("GET", "/v1.47/secrets"),
    "list configs": ("GET", "/v1.47/configs"),
    "read the join tokens": ("GET", "/v1.47/swarm"),
    "list images": ("GET", "/v1.47/images/json"),
    "remove a node": ("DELETE", "/v1.47/nodes/x"),
    "write where reading is allowed": ("POST", "/v1.47/services"),
    "another spelling": ("GET", "/v1.47/containers/../secrets"),
    "a second slash": ("GET", "//secrets"),
    "an encoded slash": ("GET", "/v1.47/containers%2fjson"),
    "a host in front": ("GET", "http://docker/v1.47/services"),
}


@pytest.fixture(scope="module", params=["telegraf", "traefik"])
def proxy(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Proxy]]:
    """HAProxy with a shipped configuration; only its ports and sockets are this test's own."""
    folder = tmp_path_factory.mktemp(request.param)
    engine = Engine(folder / "docker.sock")
    port = free_port()
    configuration = folder / "haproxy.cfg"
    text = (FOLDER / f"{request.param}.cfg").read_text()
    assert "unix@/var/run/docker.sock\n" in text
    text = text.replace("/var/run/docker.sock", str(engine.path)).replace("/run/docker-read", str(folder))
    text = text.replace(f"unix@{folder}/docker.sock mode", f"unix@{folder}/read.sock mode")
    text = text.replace("bind 127.0.0.1:2375", "bind :2375").replace("bind :2375", f"bind 127.0.0.1:{port}")
    configuration.write_text(text)
    with engine.serve() as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        with subprocess.Popen(["haproxy", "-db", "-f", str(configuration)], stdout=subprocess.DEVNULL) as process:
            try:
                eventually(lambda: listens(port))
                yield request.param, Proxy(port, engine)
            finally:
                process.kill()
        server.shutdown()


def test_what_the_program_reads_reaches_docker_unchanged(proxy: tuple[str, Proxy]) -> None:
    program, through = proxy
    for what, path in {"telegraf": TELEGRAF, "traefik": TRAEFIK}[program].items():
        assert through.status("GET", path) == 200, what
        assert through.engine.asked == [("GET", path)]


@pytest.mark.parametrize(("method", "path"), FORBIDDEN.values(), ids=FORBIDDEN)
def test_anything_else_is_refused_and_never_reaches_docker(proxy: tuple[str, Proxy], method: str, path: str) -> None:
    _, through = proxy
    assert through.status(method, path) == 403
    assert through.engine.asked == []


def test_an_allowed_path_cannot_be_upgraded_to_a_tunnel(proxy: tuple[str, Proxy]) -> None:
    _, through = proxy
    assert through.status("GET", "/v1.47/services", {"Connection": "Upgrade", "Upgrade": "tcp"}) == 403
    assert through.engine.asked == []


@pytest.mark.parametrize("program", ["telegraf", "traefik"])
def test_this_haproxy_calls_the_shipped_configuration_valid_without_a_warning(program: str) -> None:
    done = subprocess.run(
        ["haproxy", "-c", "-f", str(FOLDER / f"{program}.cfg")], capture_output=True, text=True, timeout=30, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "[WARNING]" not in done.stderr


def test_telegraf_reads_its_own_node_by_a_socket_that_it_may_open() -> None:
    assert "bind unix@/run/docker-read/docker.sock mode 666" in (FOLDER / "telegraf.cfg").read_text()
