"""Boards in Chronograf and Grafana: made once, replaced ever after, and trouble told in one sentence."""

import ssl
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from skep.adapters.chronograf import Chronograf
from skep.adapters.grafana import Grafana
from skep.adapters.http_line import Login
from skep.core.metrics.backends import Proxy
from skep.errors import Permanent, Temporary
from skep.operations.dashboards import differences, load
from skep.report.dashboards import chronograf_board, grafana_board, swarm
from tests.adapters.certificates import self_signed
from tests.adapters.dashboard_programs import ChronografStandIn, GrafanaStandIn
from tests.adapters.stand_in import Asked, Reply, StandIn
from tests.servers import free_port

Serve = Callable[[Callable[[Asked], Reply]], StandIn]

CHRONOGRAF_BOARD = chronograf_board(swarm(Proxy.HAPROXY))
GRAFANA_BOARD = grafana_board(swarm(Proxy.HAPROXY))
TITLE = "Swarm (HAProxy)"


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Starts a server that answers as told; it ends with the test."""
    with ExitStack() as servers:
        yield lambda answer: servers.enter_context(StandIn(answer))


# --- Chronograf -----------------------------------------------------------------------------------------------------


@pytest.fixture
def kept() -> ChronografStandIn:
    return ChronografStandIn()


@pytest.fixture
def chronograf(serve: Serve, kept: ChronografStandIn) -> Chronograf:
    return Chronograf(serve(kept).url, Login())


def test_chronograf_gets_a_board_once_however_often_it_is_loaded(
    chronograf: Chronograf, kept: ChronografStandIn
) -> None:
    loaded = [*load(chronograf, [CHRONOGRAF_BOARD]), *load(chronograf, [CHRONOGRAF_BOARD])]
    assert [(one.title, one.is_new) for one in loaded] == [(TITLE, True), (TITLE, False)]
    assert [board["name"] for board in kept.boards.values()] == [TITLE]


def test_a_board_of_chronograf_is_found_by_its_name_and_others_are_left_alone(
    chronograf: Chronograf, kept: ChronografStandIn
) -> None:
    kept.put("mine")
    number = kept.put(TITLE)
    chronograf.load(CHRONOGRAF_BOARD)
    assert len(kept.boards[number]["cells"]) == len(CHRONOGRAF_BOARD["cells"])
    assert chronograf.titles() == ("mine", TITLE)


def test_a_board_that_chronograf_serves_from_a_file_is_left_alone_beside_the_new_one(
    chronograf: Chronograf, kept: ChronografStandIn
) -> None:
    kept.put(TITLE, number=-7001)
    assert chronograf.load(CHRONOGRAF_BOARD) is True
    assert kept.boards["-7001"]["cells"] == []
    assert len(kept.boards) == 2


def test_what_chronograf_exports_is_unwrapped(chronograf: Chronograf, kept: ChronografStandIn) -> None:
    chronograf.load({"meta": {"chronografVersion": "1.11.4"}, "dashboard": CHRONOGRAF_BOARD})
    assert [board["name"] for board in kept.boards.values()] == [TITLE]


def test_what_was_loaded_into_chronograf_does_not_differ(chronograf: Chronograf) -> None:
    chronograf.load(CHRONOGRAF_BOARD)
    assert differences(chronograf, [CHRONOGRAF_BOARD]) == ()


def test_a_dump_of_chronograf_can_be_loaded_again(chronograf: Chronograf, kept: ChronografStandIn) -> None:
    chronograf.load(CHRONOGRAF_BOARD)
    before = dict(kept.boards)
    dumped = chronograf.dump(TITLE)
    assert dumped is not None
    assert chronograf.load(dumped) is False
    assert kept.boards == before


def test_two_boards_of_one_name_are_for_a_person_to_part(chronograf: Chronograf, kept: ChronografStandIn) -> None:
    kept.put(TITLE)
    kept.put(TITLE)
    with pytest.raises(Permanent, match=r"2 boards are called 'Swarm \(HAProxy\)' \(numbers 1, 2\)"):
        chronograf.load(CHRONOGRAF_BOARD)


@pytest.mark.parametrize("board", [{}, {"title": "one of Grafana's"}], ids=["nothing", "a board of another program"])
def test_a_board_without_a_name_is_not_loaded(
    chronograf: Chronograf, kept: ChronografStandIn, board: dict[str, str]
) -> None:
    with pytest.raises(Permanent, match="no name"):
        chronograf.load(board)
    assert kept.boards == {}


def test_a_path_before_chronografs_own_is_kept(serve: Serve) -> None:
    kept = ChronografStandIn(path="/graphs")
    Chronograf(f"{serve(kept).url}/graphs", Login()).load(CHRONOGRAF_BOARD)
    assert len(kept.boards) == 1


def test_a_user_of_chronograf_logs_in(serve: Serve) -> None:
    server = serve(ChronografStandIn(authorization="Basic c2tlcDpzZWNyZXQ="))
    assert Chronograf(server.url, Login(username="skep", password="secret")).titles() == ()
    with pytest.raises(Permanent, match="401: Unauthorized \\(it wants a login"):
        Chronograf(server.url, Login()).titles()


# --- Grafana --------------------------------------------------------------------------------------------------------


@pytest.fixture
def held() -> GrafanaStandIn:
    return GrafanaStandIn()


@pytest.fixture
def grafana(serve: Serve, held: GrafanaStandIn) -> Grafana:
    return Grafana(serve(held).url, Login())


def test_grafana_gets_a_board_once_however_often_it_is_loaded(grafana: Grafana, held: GrafanaStandIn) -> None:
    loaded = [*load(grafana, [GRAFANA_BOARD]), *load(grafana, [GRAFANA_BOARD])]
    assert [(one.title, one.is_new) for one in loaded] == [(TITLE, True), (TITLE, False)]
    assert list(held.boards) == [GRAFANA_BOARD["uid"]]


def test_a_board_without_a_uid_is_found_by_its_title(grafana: Grafana, held: GrafanaStandIn) -> None:
    board = {"title": "mine", "panels": []}
    assert grafana.load(board) is True
    assert grafana.load({**board, "panels": [{"id": 1}]}) is False
    assert [kept["panels"] for kept in held.boards.values()] == [[{"id": 1}]]


def test_what_was_loaded_into_grafana_does_not_differ(grafana: Grafana) -> None:
    grafana.load(GRAFANA_BOARD)
    assert differences(grafana, [GRAFANA_BOARD]) == ()


def test_a_title_that_is_only_part_of_another_is_not_found(grafana: Grafana) -> None:
    grafana.load(GRAFANA_BOARD)
    assert grafana.dump("Swarm") is None


def test_a_token_opens_grafana(serve: Serve) -> None:
    server = serve(GrafanaStandIn(authorization="Bearer t0ken"))
    assert Grafana(server.url, Login(token="t0ken")).titles() == ()
    with pytest.raises(Permanent, match="401: Invalid API key") as refused:
        Grafana(server.url, Login(token="s3cret")).titles()
    assert "s3cret" not in str(refused.value)


def test_a_board_without_a_title_is_not_loaded(grafana: Grafana, held: GrafanaStandIn) -> None:
    with pytest.raises(Permanent, match="no title"):
        grafana.load(CHRONOGRAF_BOARD)
    assert held.boards == {}


# --- both -----------------------------------------------------------------------------------------------------------

PROGRAMS = [pytest.param(Chronograf, id="chronograf"), pytest.param(Grafana, id="grafana")]


@pytest.mark.parametrize(
    ("reply", "error", "words"),
    [
        pytest.param(Reply(status=403, body=b'{"message":"no"}'), Permanent, "may not do that", id="no right"),
        pytest.param(Reply(status=422, body=b'{"message":"bad cell"}'), Permanent, "422: bad cell", id="it refuses"),
        pytest.param(Reply(status=404, body=b"nothing"), Permanent, "no list of dashboards", id="another program"),
        pytest.param(Reply(body=b"<html>Hello"), Permanent, "<html>Hello", id="a web page"),
        pytest.param(Reply(body=b'"text"'), Permanent, "no list of dashboards", id="JSON of another shape"),
        pytest.param(
            Reply(status=307, headers={"Location": "/login"}), Permanent, "sends elsewhere, to /login", id="sent away"
        ),
        pytest.param(Reply(status=503, body=b"later"), Temporary, "503: later", id="in trouble"),
        pytest.param(Reply(body=b"{}", breaks_off=True), Temporary, "IncompleteRead", id="broken off"),
    ],
)
@pytest.mark.parametrize("program", PROGRAMS)
def test_trouble_is_told_with_its_place(
    serve: Serve, program: type[Chronograf | Grafana], reply: Reply, error: type[Exception], words: str
) -> None:
    server = serve(lambda _: reply)
    with pytest.raises(error) as caught:
        program(server.url, Login()).titles()
    assert words in str(caught.value)
    assert f"{program.__name__} at {server.url}" in str(caught.value)


@pytest.mark.parametrize("program", PROGRAMS)
def test_nobody_there_is_temporary(program: type[Chronograf | Grafana]) -> None:
    with pytest.raises(Temporary, match="refused"):
        program(f"http://127.0.0.1:{free_port()}", Login()).titles()


@pytest.mark.parametrize("program", PROGRAMS)
def test_a_missing_board_is_a_difference(serve: Serve, program: type[Chronograf | Grafana]) -> None:
    stand_in = ChronografStandIn() if program is Chronograf else GrafanaStandIn()
    board = CHRONOGRAF_BOARD if program is Chronograf else GRAFANA_BOARD
    (difference,) = differences(program(serve(stand_in).url, Login()), [board])
    assert (difference.title, difference.is_missing) == (TITLE, True)


@pytest.mark.parametrize("program", PROGRAMS)
def test_a_change_by_hand_is_a_difference_that_shows_it(serve: Serve, program: type[Chronograf | Grafana]) -> None:
    stand_in = ChronografStandIn() if program is Chronograf else GrafanaStandIn()
    board = CHRONOGRAF_BOARD if program is Chronograf else GRAFANA_BOARD
    there = program(serve(stand_in).url, Login())
    there.load({**board, "refresh": "1h", "templates": []})
    (difference,) = differences(there, [board])
    assert not difference.is_missing
    assert any(line.startswith("+") for line in difference.lines)


# --- TLS ------------------------------------------------------------------------------------------------------------


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    return self_signed(tmp_path)


@pytest.fixture
def tls_server(certificate: Path) -> Iterator[str]:
    """A Grafana behind TLS with a certificate that nobody has signed."""
    server = StandIn(GrafanaStandIn())
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    server.wrap(context)
    with server:
        yield f"https://127.0.0.1:{server.port}"


def test_a_certificate_that_nobody_vouches_for_is_not_accepted(tls_server: str) -> None:
    with pytest.raises(Temporary, match="certificate verify failed"):
        Grafana(tls_server, Login(token="t0ken")).titles()


def test_a_certificate_that_is_trusted_is_accepted(tls_server: str, certificate: Path) -> None:
    assert Grafana(tls_server, Login(token="t0ken", ca_file=str(certificate))).titles() == ()
