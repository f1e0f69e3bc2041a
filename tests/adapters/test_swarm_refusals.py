"""What an engine, or a proxy before it, refuses: whether it passes by itself, and what mends it."""

import gc
import json
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from typing import Protocol

import pytest

from skep.adapters.swarm import DockerSwarm
from skep.adapters.swarm.decoding import decode_node
from skep.core.cluster import Availability
from skep.errors import Permanent, Temporary
from skep.ports import NodeHandle, OutOfSequence, ServiceHandle
from tests.adapters.stand_in import Asked, Reply, StandIn

# docker-py forgets to close a unix socket to which it could not connect.
pytestmark = pytest.mark.filterwarnings(r"ignore:unclosed <socket\.socket fd=\d+, family=1\b:ResourceWarning")

WEB = {"ID": "webid", "Version": {"Index": 7}, "Spec": {"Name": "web", "Mode": {"Replicated": {"Replicas": 2}}}}
IMPATIENT = timedelta(milliseconds=300)

VERSION = Reply(body=b'{"ApiVersion": "1.41"}')

Engine = Callable[[Reply], StandIn]


class EngineInTurn(Protocol):
    def __call__(self, replies: Sequence[Reply], *, versions: Sequence[Reply] = ...) -> StandIn: ...


@pytest.fixture(autouse=True)
def _no_forgotten_socket() -> Iterator[None]:
    """One that docker-py could not connect is reported in its own test, and not in any that comes later."""
    yield
    gc.collect()


@pytest.fixture
def engine() -> Iterator[Engine]:
    """Starts an engine that knows one service and gives one reply to all else."""
    with ExitStack() as servers:

        def start(reply: Reply) -> StandIn:
            def answer(asked: Asked) -> Reply:
                if asked.path == "/version":
                    return VERSION
                if asked.method == "GET" and asked.path.endswith("/services/web"):
                    return Reply(body=json.dumps(WEB).encode())
                return reply

            return servers.enter_context(StandIn(answer))

        yield start


@pytest.fixture
def engines_in_turn() -> Iterator[EngineInTurn]:
    """Starts an engine that gives one reply after the other, and the last one for ever."""
    with ExitStack() as servers:

        def start(replies: Sequence[Reply], *, versions: Sequence[Reply] = (VERSION,)) -> StandIn:
            of_versions, of_all_else = list(versions), list(replies)

            def answer(asked: Asked) -> Reply:
                left = of_versions if asked.path == "/version" else of_all_else
                return left.pop(0) if len(left) > 1 else left[0]

            return servers.enter_context(StandIn(answer))

        yield start


def requests_of(server: StandIn) -> list[str]:
    """All but the questions for the version."""
    return [f"{asked.method} {asked.path}" for asked in server.asked if asked.path != "/version"]


def swarm(engine: StandIn) -> DockerSwarm:
    return DockerSwarm(f"tcp://127.0.0.1:{engine.port}", timeout=IMPATIENT)


def said(words: str, status: int) -> Reply:
    return Reply(status=status, body=json.dumps({"message": words}).encode())


NO_LEADER = (
    "The swarm does not have a leader. It's possible that too few managers are online."
    " Make sure more than half of the managers are online."
)
NO_MANAGER = "This node is not a swarm manager. Worker nodes can't be used to view or modify cluster state."
LOCKED = (
    'Swarm is encrypted and needs to be unlocked before it can be used. Please use "docker swarm unlock" to unlock it.'
)


@pytest.mark.parametrize(
    "reply",
    [
        pytest.param(said(NO_LEADER, 503), id="no leader"),
        pytest.param(
            said("rpc error: code = DeadlineExceeded desc = context deadline exceeded", 500), id="too slow inside"
        ),
        pytest.param(Reply(status=502, body=b"<html>"), id="a proxy without an engine"),
        pytest.param(Reply(status=429), id="too many requests"),
        pytest.param(Reply(is_silent=True), id="it is silent"),
        pytest.param(Reply(drips=True), id="the body drips"),
        pytest.param(Reply(drips_headers=True), id="the headers drip"),
        pytest.param(Reply(body=b"[]", breaks_off=True), id="it breaks off"),
        pytest.param(Reply(body=b"[{"), id="half an answer"),
        pytest.param(Reply(body=b'[{"ID": "\xcd"}]'), id="no UTF-8"),
        pytest.param(Reply(body=b"[" * 200_000), id="lists in lists without end"),
        pytest.param(Reply(status=500, body=b"[" * 200_000), id="an error of lists without end"),
        pytest.param(Reply(status=500, body=b'{"message": "\xcd"}'), id="an error that is no UTF-8"),
        pytest.param(
            said("client version 1.41 is too old. Minimum supported API version is 1.44", 400), id="another version now"
        ),
    ],
)
def test_this_passes_by_itself(engine: Engine, reply: Reply) -> None:
    with pytest.raises(Temporary, match=r"^Docker at tcp://127\.0\.0\.1:\d+"):
        swarm(engine(reply)).read()


@pytest.mark.parametrize(
    ("reply", "mend"),
    [
        pytest.param(
            Reply(status=403, body=b"<h1>403 Forbidden"), "GET of services, tasks and nodes", id="a socket proxy"
        ),
        pytest.param(said(NO_MANAGER, 503), "not a swarm manager", id="a worker"),
        pytest.param(said(LOCKED, 503), "needs to be unlocked", id="a locked Swarm"),
        pytest.param(Reply(status=404, body=b"nothing here"), "is this the address of an engine", id="a web server"),
        pytest.param(said("page not found", 404), "page not found", id="no such path"),
        pytest.param(Reply(status=406), "406", id="not acceptable"),
        pytest.param(Reply(status=301, headers={"Location": "/elsewhere"}), "301", id="sent away"),
        pytest.param(said("invalid filter", 400), "invalid filter", id="a wrong request"),
    ],
)
def test_this_needs_a_person(engine: Engine, reply: Reply, mend: str) -> None:
    with pytest.raises(Permanent, match=mend):
        swarm(engine(reply)).read()


def handle(of: DockerSwarm) -> ServiceHandle:
    found = of.read_service("web")
    assert found is not None
    return found


@pytest.mark.parametrize("status", [400, 409, 500])
def test_a_conflict_is_known_by_its_words_whatever_the_status(engine: Engine, status: int) -> None:
    reader = swarm(engine(said("rpc error: code = Unknown desc = update out of sequence", status)))
    with pytest.raises(OutOfSequence):
        reader.set_replicas(handle(reader), 3)


def test_a_proxy_that_forbids_writing_is_told(engine: Engine) -> None:
    reader = swarm(engine(Reply(status=403, body=b"Forbidden")))
    with pytest.raises(Permanent, match=r"POST /services/webid/update: 403: Forbidden \(.*POST of services"):
        reader.set_replicas(handle(reader), 3)


def test_a_write_sends_the_spec_as_it_was_read_but_for_the_count(engine: Engine) -> None:
    server = engine(Reply(body=b"{}"))
    spec = {
        "Name": "web",
        "Labels": {"a": "ж\u2028<&>"},
        "EndpointSpec": None,
        "TaskTemplate": {"Resources": {"Limits": {"NanoCPUs": 2**53 + 1}}, "Unheard": [1.5, 0.1, 1e-7, {"Of": None}]},
        "Mode": {"Replicated": {"Replicas": 2, "More": True}, "Another": {}},
    }
    reader = swarm(server)
    known = handle(reader)
    reader.set_replicas(ServiceHandle(service=known.service, raw={**WEB, "Spec": spec}), 5)
    written = server.asked[-1]
    assert (written.path, written.parameters) == ("/v1.41/services/webid/update", {"version": "7"})
    assert json.loads(written.body) == {**spec, "Mode": {"Replicated": {"Replicas": 5, "More": True}, "Another": {}}}
    assert "X-Registry-Auth" not in written.headers


def test_a_write_of_a_node_sends_its_spec_as_it_was_read_but_for_what_changes(engine: Engine) -> None:
    server = engine(Reply(body=b"{}"))
    spec = {"Name": "", "Role": "worker", "Availability": "drain", "Labels": None, "Unheard": [{"Of": None}, 0.1]}
    node = {"ID": "nodeid", "Version": {"Index": 9}, "Description": {"Hostname": "node-3"}, "Spec": spec}
    known = NodeHandle(node=decode_node(json.dumps(node).encode()), raw=node)
    swarm(server).update_node(known, availability=Availability.ACTIVE, labels={"a": "ж", "b": None})
    written = server.asked[-1]
    assert (written.path, written.parameters) == ("/v1.41/nodes/nodeid/update", {"version": "9"})
    assert json.loads(written.body) == {**spec, "Availability": "active", "Labels": {"a": "ж"}}
    assert node["Spec"] is spec
    assert spec["Labels"] is None


def test_the_join_token_of_workers_is_read_and_hides_itself(engine: Engine) -> None:
    tokens = {"JoinTokens": {"Worker": "SWMTKN-1-worker", "Manager": "SWMTKN-1-manager"}}
    token = swarm(engine(Reply(body=json.dumps(tokens).encode()))).join_token()
    assert token.reveal() == "SWMTKN-1-worker"
    assert "SWMTKN" not in repr(token)


@pytest.mark.parametrize(
    "body",
    [b"{}", b'{"JoinTokens": {"Manager": "SWMTKN-1-manager"}}', b'{"JoinTokens": {"Worker": 7}}', b"SWMTKN-1-x"],
    ids=["a Swarm without tokens", "no token for workers", "a token that is none", "no JSON"],
)
def test_an_answer_without_a_join_token_is_told_without_showing_it(engine: Engine, body: bytes) -> None:
    with pytest.raises(Temporary, match="without a join token") as told:
        swarm(engine(Reply(body=body))).join_token()
    assert "SWMTKN" not in "".join(traceback.format_exception(told.value))


def test_a_handle_is_not_changed_by_a_write(engine: Engine) -> None:
    reader = swarm(engine(Reply(body=b"{}")))
    known = handle(reader)
    before = json.dumps(known.raw)
    reader.set_replicas(known, 5)
    assert json.dumps(known.raw) == before


def test_the_version_is_asked_once_and_the_engines_own_is_spoken(engine: Engine) -> None:
    server = engine(Reply(body=b"[]"))
    reader = swarm(server)
    reader.read()
    reader.read()
    assert [asked.path for asked in server.asked] == [
        "/version",
        *["/v1.41/nodes", "/v1.41/services", "/v1.41/tasks", "/v1.41/nodes"] * 2,
    ]


def nodes(**labels: str) -> Reply:
    """One node."""
    node = {"ID": "n1", "Version": {"Index": 9}, "Spec": {"Labels": labels}, "Status": {"State": "ready"}}
    return Reply(body=json.dumps([node]).encode())


def services(replicas: int) -> Reply:
    return Reply(
        body=json.dumps([WEB | {"Spec": {"Name": "web", "Mode": {"Replicated": {"Replicas": replicas}}}}]).encode()
    )


NO_TASKS = Reply(body=b"[]")
SURGED = {"skep.node.surge": '{"webid": 1}'}


@pytest.mark.parametrize(
    ("replies", "replicas", "questions"),
    [
        pytest.param([nodes(), services(2), NO_TASKS, nodes()], 2, 4, id="labels that stay"),
        pytest.param(
            [nodes(**SURGED), services(3), NO_TASKS, nodes(), services(2), NO_TASKS, nodes()],
            2,
            7,
            id="a label that is taken away after the services were listed",
        ),
        pytest.param(
            [nodes(), services(2), NO_TASKS, nodes(**SURGED), services(3), NO_TASKS, nodes(**SURGED)],
            3,
            7,
            id="a label that is written after the services were listed",
        ),
        pytest.param(
            [nodes(a="1"), *(each for at in "234" for each in (services(int(at)), NO_TASKS, nodes(a=at)))],
            4,
            10,
            id="labels that never stay, of which the last have to do",
        ),
    ],
)
def test_services_and_the_labels_of_nodes_are_of_one_moment(
    engines_in_turn: EngineInTurn, replies: Sequence[Reply], replicas: int, questions: int
) -> None:
    server = engines_in_turn(replies)
    (service,) = swarm(server).read().services
    assert (service.replicas, len(requests_of(server))) == (replicas, questions)


FLAWS = [
    pytest.param(said("rpc error: code = Unavailable desc = transport is closing", 500), id="an error of the engine"),
    pytest.param(Reply(status=502, body=b"<html>"), id="a proxy without an engine"),
    pytest.param(Reply(body=b"[]", breaks_off=True), id="it breaks off"),
]


@pytest.mark.parametrize("flaw", FLAWS)
def test_a_read_is_tried_again_at_once(engines_in_turn: EngineInTurn, flaw: Reply) -> None:
    server = engines_in_turn([flaw, flaw, Reply(body=b"[]")])
    assert swarm(server).read().services == ()


@pytest.mark.parametrize("flaw", FLAWS)
def test_a_read_is_given_up_after_three_tries(engines_in_turn: EngineInTurn, flaw: Reply) -> None:
    server = engines_in_turn([flaw])
    with pytest.raises(Temporary):
        swarm(server).read_nodes()
    assert requests_of(server) == ["GET /v1.41/nodes"] * 3


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        pytest.param(Reply(is_silent=True), Temporary, id="silence, which has cost its time"),
        pytest.param(Reply(status=429), Temporary, id="too many requests"),
        pytest.param(said(NO_MANAGER, 503), Permanent, id="a worker"),
        pytest.param(Reply(status=403), Permanent, id="a socket proxy"),
    ],
)
def test_a_read_that_the_next_try_would_not_mend_is_not_tried_again(
    engines_in_turn: EngineInTurn, reply: Reply, kind: type[Exception]
) -> None:
    server = engines_in_turn([reply])
    with pytest.raises(kind):
        swarm(server).read_nodes()
    assert requests_of(server) == ["GET /v1.41/nodes"]


@pytest.mark.parametrize("flaw", FLAWS)
def test_a_write_is_sent_once_since_it_may_have_been_done(engine: Engine, flaw: Reply) -> None:
    server = engine(flaw)
    writer = swarm(server)
    with pytest.raises(Temporary):
        writer.set_replicas(handle(writer), 3)
    assert [asked.method for asked in server.asked].count("POST") == 1


def test_the_version_is_asked_again_before_a_write(engines_in_turn: EngineInTurn) -> None:
    flaw = said("rpc error: code = Unavailable desc = transport is closing", 500)
    server = engines_in_turn([Reply(body=b"{}")], versions=[flaw, flaw, Reply(body=b'{"ApiVersion": "1.41"}')])
    node = {"ID": "nodeid", "Version": {"Index": 9}, "Description": {"Hostname": "node-3"}, "Spec": {}}
    swarm(server).update_node(
        NodeHandle(node=decode_node(json.dumps(node).encode()), raw=node), availability=Availability.PAUSE
    )
    assert requests_of(server) == ["POST /v1.41/nodes/nodeid/update"]


def test_an_engine_of_another_version_is_asked_anew(engine: Engine) -> None:
    server = engine(said("client version 1.41 is too old. Minimum supported API version is 1.44", 400))
    reader = swarm(server)
    for _ in range(2):
        with pytest.raises(Temporary):
            reader.read()
    assert [asked.path for asked in server.asked] == ["/version", "/v1.41/nodes"] * 2


def test_only_live_tasks_are_asked_for(engine: Engine) -> None:
    server = engine(Reply(body=b"[]"))
    swarm(server).read()
    (asked,) = [asked for asked in server.asked if asked.path.endswith("/tasks")]
    assert json.loads(asked.parameters["filters"]) == {"desired-state": ["accepted", "complete", "ready", "running"]}


@pytest.mark.parametrize(
    ("endpoint", "kind"),
    [
        pytest.param("unix:///nowhere/docker.sock", Temporary, id="no such socket"),
        pytest.param("tcp://127.0.0.1:1", Temporary, id="nobody listens"),
        pytest.param("gopher://engine", Permanent, id="no address of an engine"),
    ],
)
def test_an_engine_that_is_not_there_is_told_by_its_address(endpoint: str, kind: type[Exception]) -> None:
    with pytest.raises(kind, match=endpoint):
        DockerSwarm(endpoint).read()


def test_something_that_is_no_engine_needs_a_person() -> None:
    with (
        StandIn(lambda _: Reply(body=b"<html>Hello")) as server,
        pytest.raises(Permanent, match="address of an engine"),
    ):
        swarm(server).read()


def test_a_socket_that_is_a_file_is_temporary_trouble(tmp_path: Path) -> None:
    (tmp_path / "docker.sock").touch()
    with pytest.raises(Temporary, match="refused"):
        DockerSwarm(f"unix://{tmp_path / 'docker.sock'}").read()
