"""Queries of one's own in PromQL: one sample is a value, everything else a gap with a reason."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skep.adapters.http_line import Login
from skep.adapters.prometheus import Prometheus, PrometheusAccess, own_promql
from skep.core.metrics.series import Answer, Gap, GapReason, Question, Series
from skep.core.policy import Signal, Source
from tests.adapters.stand_in import Asked, Reply, StandIn
from tests.fakes.clock import FakeClock

PATIENT = timedelta(seconds=5)
IMPATIENT = timedelta(milliseconds=300)
AT_S = 1_795_400_000.5

Serve = Callable[[Callable[[Asked], Reply]], StandIn]


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Starts a server that answers as told; it ends with the test."""
    with ExitStack() as servers:
        yield lambda answer: servers.enter_context(StandIn(answer))


def question(query: str = "sum(depth{service=$service})", *, service: str = "web", metric: str = "depth") -> Question:
    return Question(
        signal=Signal.QUERY,
        window=timedelta(seconds=60),
        service=service,
        metric=metric,
        query=query,
        source=Source.PROMETHEUS,
    )


def prometheus(
    server: StandIn, *, login: Login | None = None, path: str = "", lines: int = 8, timeout: timedelta = PATIENT
) -> Prometheus:
    access = PrometheusAccess(url=f"{server.url}{path}", login=login or Login())
    return Prometheus(access, clock=FakeClock(), timeout=timeout, lines=lines)


def success(kind: str, result: object) -> Reply:
    return Reply(body=json.dumps({"status": "success", "data": {"resultType": kind, "result": result}}).encode())


def sample(value: str, **labels: str) -> dict[str, object]:
    return {"metric": labels, "value": [AT_S, value]}


def answer_to(server: StandIn, asked: Question | None = None, *, timeout: timedelta = PATIENT) -> Answer:
    answers = prometheus(server, timeout=timeout).read([asked or question()], services=[])
    return answers.of(signal=Signal.QUERY, service="web", metric="depth")


def gap_of(server: StandIn, *, timeout: timedelta) -> Gap:
    gap = answer_to(server, timeout=timeout)
    assert isinstance(gap, Gap), gap
    return gap


# --- what is asked --------------------------------------------------------------------------------------------------


def test_one_sample_is_the_value_at_the_instant_of_the_store(serve: Serve) -> None:
    server = serve(lambda _: success("vector", [sample("12.5", __name__="depth", queue="jobs")]))
    answers = prometheus(server).read([question()], services=[])
    assert answers.own == {("web", "depth"): (Series(source="depth{queue=jobs}", at_epoch_s=(AT_S,), values=(12.5,)),)}
    assert answers.as_of == datetime.fromtimestamp(AT_S, tz=UTC)


def test_it_is_an_instant_query_whose_evaluation_ends_when_nobody_waits_any_more(serve: Serve) -> None:
    server = serve(lambda _: success("vector", []))
    answer_to(server)
    (asked,) = server.asked
    assert (asked.method, asked.path) == ("POST", "/api/v1/query")
    assert asked.parameters["query"] == 'sum(depth{service="web"})'
    assert 0 < float(asked.parameters["timeout"].removesuffix("ms")) <= PATIENT.total_seconds() * 1000


def test_a_path_in_the_address_stands_before_that_of_the_api(serve: Serve) -> None:
    server = serve(lambda _: success("vector", []))
    prometheus(server, path="/prometheus").read([question()], services=[])
    assert server.asked[0].path == "/prometheus/api/v1/query"


@pytest.mark.parametrize(
    ("login", "header"),
    [
        pytest.param(Login(), None, id="nobody"),
        pytest.param(Login(username="skep", password="secret"), "Basic c2tlcDpzZWNyZXQ=", id="a user"),
        pytest.param(Login(token="t0ken"), "Bearer t0ken", id="a token"),
    ],
)
def test_the_login_is_sent(serve: Serve, login: Login, header: str | None) -> None:
    server = serve(lambda _: success("vector", []))
    prometheus(server, login=login).read([question()], services=[])
    assert server.asked[0].headers.get("Authorization") == header


def test_built_in_signals_are_not_for_prometheus(serve: Serve) -> None:
    server = serve(lambda _: success("vector", []))
    answers = prometheus(server).read([Question(signal=Signal.CPU, window=timedelta(seconds=60))], services=["web"])
    assert isinstance(answers.of(signal=Signal.CPU, service="web", metric=""), Gap)
    assert server.asked == []


@pytest.mark.parametrize(
    ("query", "written"),
    [
        pytest.param("up{job=$service}", 'up{job="web"}', id="bare"),
        pytest.param('up{job="$service"}', 'up{job="web"}', id="in double quotes"),
        pytest.param("up{job='$service'}", 'up{job="web"}', id="in single quotes"),
        pytest.param("up{job=$service} / up{job!=$service}", 'up{job="web"} / up{job!="web"}', id="twice"),
    ],
)
def test_the_service_is_a_string_of_its_own(query: str, written: str) -> None:
    assert own_promql(question(query)) == written


@pytest.mark.parametrize(
    "query",
    [
        pytest.param('up{job="a $service"}', id="part of a string"),
        pytest.param("up{job=~`$service.*`}", id="part of a pattern"),
        pytest.param("up # $service", id="in a comment"),
        pytest.param("up", id="no service at all"),
        pytest.param("", id="nothing"),
    ],
)
def test_a_query_in_which_the_service_is_no_parameter_is_not_sent(serve: Serve, query: str) -> None:
    server = serve(lambda _: success("vector", []))
    gap = answer_to(server, question(query))
    assert isinstance(gap, Gap)
    assert gap.reason is GapReason.REFUSED
    assert server.asked == []


def test_the_query_is_shown_as_it_would_be_sent() -> None:
    store = Prometheus(PrometheusAccess(url="http://prometheus:9090"), clock=FakeClock())
    assert store.statement(question()) == 'sum(depth{service="web"})'
    assert store.statement(question("up")) == ""
    assert store.statement(Question(signal=Signal.CPU, window=timedelta(seconds=60))) == ""


@given(name=st.text())
def test_no_name_ends_its_string(name: str) -> None:
    written = own_promql(question("up{job=$service}", service=name))
    assert isinstance(written, str)
    inside = written.removeprefix('up{job="').removesuffix('"}')
    assert '"' not in inside
    assert "\n" not in inside
    assert inside.isascii()


# --- what it answers ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("reply", "reason", "words"),
    [
        pytest.param(success("vector", []), GapReason.NO_DATA, "finds nothing", id="nothing"),
        pytest.param(success("vector", [sample("NaN")]), GapReason.NOT_A_NUMBER, "answers NaN", id="no number"),
        pytest.param(success("vector", [sample("+Inf")]), GapReason.NOT_A_NUMBER, "answers +Inf", id="infinite"),
        pytest.param(success("vector", [sample("many")]), GapReason.NOT_A_NUMBER, "answers many", id="a word"),
        pytest.param(
            success("vector", [sample("1", job="a"), sample("2", job="b")]),
            GapReason.REFUSED,
            "2 samples, one is expected: put sum(…)",
            id="two samples",
        ),
        pytest.param(success("scalar", [AT_S, "7"]), GapReason.REFUSED, "leave out scalar(…)", id="a scalar"),
        pytest.param(success("matrix", []), GapReason.REFUSED, "rate(…)", id="a range"),
        pytest.param(success("string", [AT_S, "x"]), GapReason.REFUSED, "a number", id="a string"),
        pytest.param(
            success("vector", [{"metric": {}, "histogram": [AT_S, {"count": "7"}]}]),
            GapReason.REFUSED,
            "histogram_quantile(…)",
            id="a native histogram",
        ),
        pytest.param(success("vector", {"a": 1}), GapReason.REFUSED, "that is none", id="a vector of another shape"),
        pytest.param(success("", None), GapReason.REFUSED, "result of no type", id="a result without a type"),
        pytest.param(
            Reply(status=400, body=b'{"status":"error","errorType":"bad_data","error":"1:5: parse error: unexpected"}'),
            GapReason.REFUSED,
            "1:5: parse error: unexpected",
            id="a query that cannot be read",
        ),
        pytest.param(
            Reply(status=422, body=b'{"status":"error","errorType":"execution","error":"many-to-many matching"}'),
            GapReason.REFUSED,
            "many-to-many matching",
            id="a query that cannot be carried out",
        ),
        pytest.param(
            Reply(status=503, body=b'{"status":"error","errorType":"timeout","error":"query timed out"}'),
            GapReason.UNREACHABLE,
            "503: query timed out",
            id="a query that takes it too long",
        ),
        pytest.param(Reply(status=401, body=b"Unauthorized"), GapReason.REFUSED, "check SKEP_PROM", id="a wrong login"),
        pytest.param(Reply(status=404, body=b"nothing here"), GapReason.REFUSED, "is there a path", id="a wrong path"),
        pytest.param(
            Reply(status=302, headers={"Location": "http://127.0.0.1:1/"}),
            GapReason.UNREACHABLE,
            "answered 302",
            id="sent away",
        ),
        pytest.param(Reply(body=b"<html>Hello"), GapReason.UNREACHABLE, "200: <html>Hello", id="a web page"),
        pytest.param(Reply(body=b'{"status": "\xcd"}'), GapReason.UNREACHABLE, "200: ", id="no UTF-8"),
        pytest.param(Reply(body=b"[" * 200_000), GapReason.UNREACHABLE, "200: [[", id="lists without end"),
        pytest.param(Reply(is_silent=True), GapReason.UNREACHABLE, "no whole answer within", id="silent"),
        pytest.param(Reply(drips=True), GapReason.UNREACHABLE, "no whole answer within", id="dripping"),
        pytest.param(Reply(body=b"{}", breaks_off=True), GapReason.UNREACHABLE, "IncompleteRead", id="broken off"),
        pytest.param(Reply(body=b" " * (2 << 20)), GapReason.UNREACHABLE, "larger than", id="too large"),
    ],
)
def test_whatever_is_not_one_number_is_a_gap_that_says_why(
    serve: Serve, reply: Reply, reason: GapReason, words: str
) -> None:
    never_ends = reply.is_silent or reply.drips
    gap = gap_of(serve(lambda _: reply), timeout=IMPATIENT if never_ends else PATIENT)
    assert gap.reason is reason
    assert words in gap.detail


def test_a_store_that_is_not_there_is_a_gap(serve: Serve) -> None:
    server = serve(lambda _: success("vector", []))
    url = server.url
    server.__exit__(None, None, None)
    gap = Prometheus(PrometheusAccess(url=url), clock=FakeClock()).read([question()], services=[]).own["web", "depth"]
    assert isinstance(gap, Gap)
    assert gap.reason is GapReason.UNREACHABLE
    assert "refused" in gap.detail


def test_the_login_is_in_no_gap(serve: Serve) -> None:
    server = serve(lambda _: Reply(status=401, body=b"no"))
    metrics = prometheus(server, login=Login(username="skep", password="s3cret"))
    assert "s3cret" not in str(metrics.read([question()], services=[]))
    assert "s3cret" not in repr(Login(username="skep", password="s3cret", token="s3cret"))


# --- several at once ------------------------------------------------------------------------------------------------


def questions(count: int) -> list[Question]:
    return [question(f"depth{{n='{n}', service=$service}}", metric=f"depth{n}") for n in range(count)]


def test_several_are_under_way_at_once_but_no_more_than_there_are_lines(serve: Serve) -> None:
    both_are_there = threading.Barrier(2, timeout=20)

    def answer(_: Asked) -> Reply:
        both_are_there.wait()
        return success("vector", [sample("1")])

    server = serve(answer)
    access = PrometheusAccess(url=server.url)
    answers = Prometheus(access, clock=FakeClock(), lines=2).read(questions(4), services=[])
    assert all(isinstance(one, tuple) for one in answers.own.values())


def test_a_wrong_one_blinds_nobody_else(serve: Serve) -> None:
    def answer(asked: Asked) -> Reply:
        is_wrong = "n='1'" in asked.parameters["query"]
        return (
            Reply(status=400, body=b'{"status":"error","error":"no"}') if is_wrong else success("vector", [sample("1")])
        )

    answers = prometheus(serve(answer)).read(questions(3), services=[])
    assert [isinstance(one, Gap) for one in answers.own.values()] == [False, True, False]


def test_one_that_was_slow_is_asked_last_the_next_time(serve: Serve) -> None:
    def answer(asked: Asked) -> Reply:
        is_slow = "n='0'" in asked.parameters["query"]
        return Reply(is_silent=True) if is_slow else success("vector", [sample("1")])

    metrics = prometheus(serve(answer), lines=1, timeout=timedelta(seconds=1))
    first = metrics.read(questions(3), services=[])
    assert [isinstance(one, Gap) for one in first.own.values()] == [True, True, True]
    second = metrics.read(questions(3), services=[])
    gaps = {key for key, one in second.own.items() if isinstance(one, Gap)}
    assert gaps == {("web", "depth0")}


@pytest.mark.parametrize(
    ("kind", "result"),
    [
        pytest.param("vector\x1b[2J", [], id="its type"),
        pytest.param("vector", [{"metric": {}, "value": [1772366400, "12\x1b[2J"]}], id="its value"),
    ],
)
def test_nothing_that_could_disturb_a_terminal_is_told(serve: Serve, kind: str, result: list[object]) -> None:
    answer = answer_to(serve(lambda _: success(kind, result)))
    assert isinstance(answer, Gap)
    assert answer.detail.isprintable()
