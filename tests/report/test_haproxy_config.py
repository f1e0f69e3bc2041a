"""The configuration of plain HAProxy that `skep haproxy` writes, as a real HAProxy reads it and acts on it."""

import http.client
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing
from pathlib import Path

import pytest

from skep.config.routes import Route
from skep.core.metrics.backends.haproxy import service_of_backend
from skep.report.haproxy_config import haproxy_config
from tests.adapters.stand_in import Reply, StandIn
from tests.eventually import eventually
from tests.servers import free_port

pytestmark = pytest.mark.skipif(
    shutil.which("haproxy") is None, reason="needs haproxy; as root on Debian, `make system` installs it"
)

SHOP = Route(service="shop_web", port=8000, domains=("shop.example.org", "*.shop.example.org"), most_replicas=20)
DEMO = Route(service="go-demo_main", port=8080, paths=("/demo",), most_replicas=6)
API = Route(service="shop_web", port=9000, number=2, domains=("shop.example.org",), paths=("/api",))
ADMIN = Route(service="shop_web", port=9001, number=3, paths=("/demo/admin", "/admin"))


def check(configuration: str, folder: Path) -> str:
    """What HAProxy says of a configuration that it accepts."""
    path = folder / "haproxy.cfg"
    path.write_text(configuration)
    done = subprocess.run(["haproxy", "-c", "-f", str(path)], capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode == 0, done.stderr
    return done.stderr


@pytest.mark.parametrize(
    "routes",
    [
        pytest.param([], id="no service"),
        pytest.param([SHOP], id="one by its domains"),
        pytest.param([DEMO], id="one by its path"),
        pytest.param([SHOP, DEMO, API, ADMIN], id="several, and several destinations of one"),
        pytest.param([Route(service=f"service{n}", port=80, paths=(f"/{n}",)) for n in range(200)], id="many"),
    ],
)
def test_haproxy_calls_it_valid_without_a_warning(routes: list[Route], tmp_path: Path) -> None:
    assert "[WARNING]" not in check(haproxy_config(routes), tmp_path)


def test_the_order_of_services_makes_no_difference() -> None:
    assert haproxy_config([SHOP, DEMO, API]) == haproxy_config([API, DEMO, SHOP])


@pytest.mark.parametrize("route", [SHOP, DEMO, API], ids=["the only one", "another", "one of several"])
def test_a_backend_is_named_so_that_skep_finds_its_service(route: Route) -> None:
    (backend, _) = backends([route])
    assert service_of_backend(backend) == route.service


def backends(routes: Sequence[Route]) -> list[str]:
    lines = haproxy_config(routes).splitlines()
    return [line.removeprefix("backend ") for line in lines if line.startswith("backend ")]


@pytest.mark.parametrize(("most", "slots"), [(1, 3), (6, 8), (20, 25), (100, 125)])
def test_there_are_slots_for_all_replicas_and_for_those_of_a_surge(most: int, slots: int) -> None:
    route = Route(service="web", port=80, paths=("/",), most_replicas=most)
    assert f"server-template replica- {slots} tasks.web:80" in haproxy_config([route])


# --- as it acts -----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def proxy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """HAProxy with the four routes; instead of Docker's DNS each backend has one server that says its name."""
    routes = [SHOP, DEMO, API, ADMIN]
    port, statistics = free_port(), free_port()
    configuration = haproxy_config(routes).replace("bind :8080", f"bind 127.0.0.1:{port}")
    configuration = configuration.replace("bind :8404", f"bind 127.0.0.1:{statistics}")
    with ExitStack() as stack:
        lines = []
        for line in configuration.splitlines():
            if line.startswith("    server-template"):
                name = line.split()[3].removeprefix("tasks.")
                server = stack.enter_context(StandIn(lambda _, name=name: Reply(body=name.encode())))  # type: ignore[misc]
                lines.append(f"    server replica 127.0.0.1:{server.port}")
            else:
                lines.append(line)
        path = tmp_path_factory.mktemp("haproxy") / "haproxy.cfg"
        path.write_text("\n".join(lines) + "\n")
        process = stack.enter_context(subprocess.Popen(["haproxy", "-db", "-f", str(path)], stdout=subprocess.DEVNULL))
        stack.callback(process.kill)
        eventually(lambda: _is_alive(statistics))
        yield port


def _is_alive(port: int) -> bool:
    try:
        return ask(port, "any", "/alive") == (200, "alive")
    except OSError:
        return False


def ask(port: int, host: str, path: str) -> tuple[int, str]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    with closing(connection):
        connection.request("GET", path, headers={"Host": host})
        answer = connection.getresponse()
        return answer.status, answer.read().decode()


@pytest.mark.parametrize(
    ("host", "path", "answer"),
    [
        pytest.param("shop.example.org", "/", (200, "shop_web:8000"), id="a domain"),
        pytest.param("SHOP.example.org:8080", "/x", (200, "shop_web:8000"), id="in capitals, with a port"),
        pytest.param("eu.shop.example.org", "/", (200, "shop_web:8000"), id="below a domain"),
        pytest.param("shop.example.org", "/api/v1", (200, "shop_web:9000"), id="a path in a domain before the domain"),
        pytest.param("elsewhere.org", "/demo/x", (200, "go-demo_main:8080"), id="a path wherever"),
        pytest.param("elsewhere.org", "/demo/admin/x", (200, "shop_web:9001"), id="the longer path before the shorter"),
        pytest.param("badshop.example.org", "/", (404, "no service for this address"), id="the end of another domain"),
        pytest.param("elsewhere.org", "/", (404, "no service for this address"), id="nobody's"),
    ],
)
def test_a_request_goes_where_its_domain_and_path_say(
    proxy: int, host: str, path: str, answer: tuple[int, str]
) -> None:
    assert ask(proxy, host, path) == answer
