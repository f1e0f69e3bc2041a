"""Whatever is wrong with the store, a read ends in time, says why in each gap, and never raises.

What 1.x does is shown on a real one elsewhere; here stands a server that misbehaves, or answers as 2.x and 3 Core are
documented to.
"""

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from itertools import takewhile
from typing import Any

import pytest

from skep.adapters.influx import Influx, InfluxAccess
from skep.adapters.influx.own_queries import OwnQueries
from skep.core.metrics.series import Answers, Gap, GapReason, Question, Series
from skep.core.policy import Signal
from skep.errors import Permanent
from tests.adapters.stand_in import Asked, Reply, StandIn
from tests.fakes.clock import FakeClock

WINDOW = timedelta(seconds=60)
IMPATIENT = timedelta(milliseconds=300)
CPU = Question(signal=Signal.CPU, window=WINDOW)
MEMORY = Question(signal=Signal.MEMORY, window=WINDOW)
OWN = 'SELECT last("{metric}") FROM "queue" WHERE "service" = $service AND time > now() - 1m'


def own(metric: str, service: str = "web") -> Question:
    query = OWN.format(metric=metric)
    return Question(signal=Signal.QUERY, window=WINDOW, service=service, metric=metric, query=query)


def group(values: list[list[Any]], *, service: str = "web", **more: Any) -> dict[str, Any]:
    """What InfluxDB's JSON holds for one container."""
    tags = {"com.docker.swarm.service.name": service, "container_name": f"{service}.1.task1"}
    return {
        "name": "docker_container_cpu",
        "tags": tags,
        "columns": ["time", "usage_percent"],
        "values": values,
        **more,
    }


def number(value: float) -> dict[str, Any]:
    """What it holds for an operator's own query."""
    return {"name": "queue", "columns": ["time", "last"], "values": [[1_795_400_000_000, value]]}


def document(*results: dict[str, Any]) -> bytes:
    return json.dumps({"results": [{"statement_id": at, **result} for at, result in enumerate(results)]}).encode()


def statements(asked: Asked) -> list[str]:
    return asked.parameters["q"].split(";\n")


Serve = Callable[[Callable[[Asked], Reply]], StandIn]


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Starts a server that answers as told; it ends with the test."""
    with ExitStack() as servers:
        yield lambda answer: servers.enter_context(StandIn(answer))


def influx(server: StandIn, *, timeout: timedelta = IMPATIENT, **access: str) -> Influx:
    return Influx(InfluxAccess(url=server.url, database="telegraf", **access), clock=FakeClock(), timeout=timeout)


def read_cpu(server: StandIn) -> Answers:
    return influx(server).read([CPU], services=["web"])


def gap_of(answers: Answers, signal: Signal = Signal.CPU) -> Gap:
    answer = answers.of(signal=signal, service="web", metric="")
    assert isinstance(answer, Gap)
    return answer


def series_of(answers: Answers, signal: Signal = Signal.CPU, metric: str = "") -> tuple[Series, ...]:
    answer = answers.of(signal=signal, service="web", metric=metric)
    assert isinstance(answer, tuple), answer
    return answer


# --- a store that misbehaves ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("reply", "reason", "words"),
    [
        pytest.param(Reply(is_silent=True), GapReason.UNREACHABLE, "within 0.3 s", id="it is silent"),
        pytest.param(Reply(drips=True), GapReason.UNREACHABLE, "within 0.3 s", id="the body drips"),
        pytest.param(Reply(drips_headers=True), GapReason.UNREACHABLE, "within 0.3 s", id="the headers drip"),
        pytest.param(
            Reply(body=document({}), breaks_off=True),
            GapReason.UNREACHABLE,
            "IncompleteRead",
            id="the connection breaks",
        ),
        pytest.param(Reply(body=document({})[:9]), GapReason.UNREACHABLE, "truncated", id="half a document"),
        pytest.param(Reply(body=b"<html>Hello</html>"), GapReason.UNREACHABLE, "<html>Hello", id="a web page"),
        pytest.param(Reply(body=b'{"results": "\xcd"}'), GapReason.UNREACHABLE, "results", id="no UTF-8"),
        pytest.param(Reply(body=b'{"results": 7}'), GapReason.UNREACHABLE, "Expected", id="JSON of another shape"),
        pytest.param(Reply(body=b"\xff\xfe\x00"), GapReason.UNREACHABLE, "not an answer", id="no text"),
        pytest.param(Reply(body=b"{}"), GapReason.REFUSED, "unanswered", id="no results"),
        pytest.param(Reply(body=b" " * 2_000), GapReason.REFUSED, "larger than 1,000 bytes", id="too large"),
        pytest.param(
            Reply(status=401, body=b'{"error":"authorization failed"}'),
            GapReason.REFUSED,
            "401: authorization failed (check the user",
            id="a wrong login",
        ),
        pytest.param(Reply(status=403, body=b"no"), GapReason.REFUSED, "right to read", id="no right to read"),
        pytest.param(
            Reply(status=404, body=b'{"code":"not found","message":"database not found"}'),
            GapReason.REFUSED,
            "404: database not found (check the name",
            id="no such database",
        ),
        pytest.param(Reply(status=500, body=b"boom"), GapReason.UNREACHABLE, "500: boom", id="its own fault"),
        pytest.param(
            Reply(status=503, body=b"<p>later"), GapReason.UNREACHABLE, "503: <p>later", id="a proxy before it"
        ),
        pytest.param(
            Reply(status=302, headers={"Location": "http://127.0.0.1:1/"}),
            GapReason.UNREACHABLE,
            "redirects",
            id="sent away",
        ),
        pytest.param(
            Reply(body=document({"error": "database not found: telegraf"})),
            GapReason.REFUSED,
            "database not found: telegraf",
            id="an error of the statement",
        ),
        pytest.param(
            Reply(body=document({"series": [group([[1, 2.0]], partial=True)]})),
            GapReason.REFUSED,
            "max-row-limit",
            id="rows cut off",
        ),
        pytest.param(
            Reply(body=document({"series": [group([[1, 2.0]])], "partial": True})),
            GapReason.REFUSED,
            "max-row-limit",
            id="a result cut off",
        ),
        pytest.param(
            Reply(body=document({"series": [group([["2026-11-23T15:22:01Z", 2.0]])]})),
            GapReason.REFUSED,
            "not as it was asked",
            id="times in words",
        ),
        pytest.param(
            Reply(body=document({"series": [group([[1, 2.0], [2]])]})),
            GapReason.REFUSED,
            "not as it was asked",
            id="rows of two lengths",
        ),
    ],
)
def test_a_store_that_misbehaves_is_a_gap_that_says_why(
    serve: Serve, reply: Reply, reason: GapReason, words: str
) -> None:
    store = serve(lambda _: reply)
    access = InfluxAccess(url=store.url, database="telegraf")
    metrics = Influx(access, clock=FakeClock(), timeout=IMPATIENT, largest_answer_bytes=1_000)
    gap = gap_of(metrics.read([CPU], services=["web"]))
    assert gap.reason is reason
    assert words in gap.detail


def test_nobody_listening_is_a_gap_for_every_question(serve: Serve) -> None:
    store = serve(lambda _: Reply())
    metrics = Influx(InfluxAccess(url="http://127.0.0.1:1", database="telegraf"), clock=FakeClock())
    answers = metrics.read([CPU, MEMORY, own("depth")], services=["web"])
    answer = answers.of(signal=Signal.QUERY, service="web", metric="depth")
    gaps = [gap_of(answers), gap_of(answers, Signal.MEMORY), answer]
    assert [gap.reason for gap in gaps if isinstance(gap, Gap)] == [GapReason.UNREACHABLE] * 3
    assert "Connection refused" in gap_of(answers).detail
    assert store.asked == []


def test_a_store_that_is_down_is_not_asked_a_second_time_for_own_queries(serve: Serve) -> None:
    store = serve(lambda _: Reply(status=503))
    influx(store).read([CPU, own("depth")], services=["web"])
    assert len(store.asked) == 1


def test_the_next_read_after_a_failure_finds_the_store_again(serve: Serve) -> None:
    replies = [Reply(drips=True), Reply(body=document({"series": [group([[1000, 50.0]])]}))]
    metrics = influx(serve(lambda _: replies.pop(0)))
    gap_of(metrics.read([CPU], services=["web"]))
    assert series_of(metrics.read([CPU], services=["web"]))[0].values == (0.5,)


def test_words_of_the_store_are_kept_short_and_on_one_line(serve: Serve) -> None:
    gap = gap_of(read_cpu(serve(lambda _: Reply(status=500, body=b"a\nb\x1b[2J " * 10_000))))
    assert len(gap.detail) < 500
    assert gap.detail.isprintable()


def test_no_question_is_no_request(serve: Serve) -> None:
    store = serve(lambda _: Reply())
    answers = influx(store).read([], services=["web"])
    assert (answers.built_in, answers.own, store.asked) == ({}, {}, [])


def test_an_address_that_is_none_is_told_at_once() -> None:
    with pytest.raises(Permanent, match="http://influxdb:8086"):
        Influx(InfluxAccess(url="influxdb:8086", database="telegraf"), clock=FakeClock())


def test_a_login_in_the_address_is_refused_without_being_repeated() -> None:
    with pytest.raises(Permanent, match="without a login") as refused:
        Influx(InfluxAccess(url="http://me:hunter2@influxdb:8086", database="telegraf"), clock=FakeClock())
    assert "hunter2" not in str(refused.value)


def test_secrets_are_not_shown() -> None:
    access = InfluxAccess(url="http://influxdb", database="telegraf", password="hunter2", token="hunter3")
    assert "hunter" not in repr(access)


# --- what is read ---------------------------------------------------------------------------------------------------


def test_the_stores_clock_is_the_middle_of_the_second_it_names(serve: Serve) -> None:
    date = {"Date": "Mon, 23 Nov 2026 15:22:01 GMT"}
    answers = read_cpu(serve(lambda _: Reply(body=document({}), says_date=False, headers=date)))
    assert answers.as_of == datetime(2026, 11, 23, 15, 22, 1, 500_000, tzinfo=UTC)


@pytest.mark.parametrize("date", [{}, {"Date": "yesterday"}], ids=["no date", "a date that is none"])
def test_our_clock_stands_in_where_the_store_does_not_tell_its_own(serve: Serve, date: dict[str, str]) -> None:
    answers = read_cpu(serve(lambda _: Reply(body=document({}), says_date=False, headers=date)))
    assert answers.as_of == FakeClock().now()


def test_an_error_tells_the_time_too(serve: Serve) -> None:
    date = {"Date": "Mon, 23 Nov 2026 15:22:01 GMT"}
    assert read_cpu(serve(lambda _: Reply(status=503, says_date=False, headers=date))).as_of.year == 2026


def cpu_series(serve: Serve, values: list[list[Any]]) -> tuple[Series, ...]:
    return series_of(read_cpu(serve(lambda _: Reply(body=document({"series": [group(values)]})))))


def test_values_come_in_cores_and_times_in_seconds(serve: Serve) -> None:
    assert cpu_series(serve, [[1000, 41.5], [2500, 63]]) == (
        Series(source="task1", at_epoch_s=(1.0, 2.5), values=(0.415, 0.63)),
    )


def test_nulls_are_no_points(serve: Serve) -> None:
    assert cpu_series(serve, [[1000, None], [2000, 50.0], [3000, None]])[0].at_epoch_s == (2.0,)


def test_a_group_of_nulls_only_is_no_data(serve: Serve) -> None:
    store = serve(lambda _: Reply(body=document({"series": [group([[1000, None]])]})))
    assert gap_of(read_cpu(store)).reason is GapReason.NO_DATA


def test_points_are_put_in_order(serve: Serve) -> None:
    assert cpu_series(serve, [[3000, 3.0], [1000, 1.0], [2000, 2.0]])[0].at_epoch_s == (1.0, 2.0, 3.0)


def test_the_same_instant_twice_does_no_harm(serve: Serve) -> None:
    assert cpu_series(serve, [[1000, 100.0], [1000, 100.0]])[0].values == (1.0, 1.0)


@pytest.mark.parametrize(
    "odd", [True, "12", {"a": 1}, 10**400], ids=["a bool", "a text", "an object", "beyond a float"]
)
def test_a_value_that_is_no_finite_number_stays_to_be_judged_by_the_core(serve: Serve, odd: object) -> None:
    values = cpu_series(serve, [[1000, odd], [2000, 50.0]])[0].values
    assert not 0 <= values[0] < 1e308
    assert values[1] == 0.5


def test_services_that_were_not_asked_for_are_left_out(serve: Serve) -> None:
    groups = [group([[1, 1.0]]), group([[1, 1.0]], service="other"), group([[1, 1.0]], service="")]
    answers = read_cpu(serve(lambda _: Reply(body=document({"series": groups}))))
    built_in = answers.built_in[Signal.CPU]
    assert isinstance(built_in, dict)
    assert set(built_in) == {"web"}


def test_a_task_is_known_by_its_label_where_telegraf_passes_it_on(serve: Serve) -> None:
    one = group([[1000, 1.0]])
    one["tags"] |= {"com.docker.swarm.task.id": "task9", "container_name": ""}
    assert series_of(read_cpu(serve(lambda _: Reply(body=document({"series": [one]})))))[0].source == "task9"


def test_one_task_under_two_sets_of_tags_is_one_series(serve: Serve) -> None:
    one, other = group([[1000, 1.0], [3000, 3.0]]), group([[2000, 2.0]])
    other["tags"]["com.docker.swarm.task.id"] = "task1"
    series = series_of(read_cpu(serve(lambda _: Reply(body=document({"series": [one, other]})))))
    assert [one.at_epoch_s for one in series] == [(1.0, 2.0, 3.0)]


def test_a_container_without_any_name_is_left_out(serve: Serve) -> None:
    one = group([[1000, 1.0]])
    one["tags"]["container_name"] = None
    assert gap_of(read_cpu(serve(lambda _: Reply(body=document({"series": [one]}))))).reason is GapReason.NO_DATA


def test_two_questions_on_one_signal_share_a_statement_over_the_longer_window(serve: Serve) -> None:
    store = serve(lambda _: Reply(body=document({})))
    longer = Question(signal=Signal.CPU, window=timedelta(seconds=300))
    influx(store).read([CPU, longer, CPU], services=["web"])
    assert [statement.count("now() - 300000ms") for statement in statements(store.asked[0])] == [1]


# --- own queries ----------------------------------------------------------------------------------------------------


def read_own(serve: Serve, *series: dict[str, Any]) -> object:
    store = serve(lambda _: Reply(body=document({"series": list(series)})))
    return influx(store).read([own("depth")], services=[]).of(signal=Signal.QUERY, service="web", metric="depth")


def test_an_own_query_gives_its_numbers_as_they_stand(serve: Serve) -> None:
    grouped = {**number(7), "tags": {"queue": "mail"}}
    assert read_own(serve, grouped) == (
        Series(source="queue{queue=mail}", at_epoch_s=(1_795_400_000.0,), values=(7.0,)),
    )


@pytest.mark.parametrize("odd", [True, "7"], ids=["a bool", "a text"])
def test_an_own_query_for_something_else_than_numbers_is_a_gap(serve: Serve, odd: object) -> None:
    gap = read_own(serve, {**number(0), "values": [[1, odd]]})
    assert isinstance(gap, Gap)
    assert gap.reason is GapReason.NOT_A_NUMBER


def test_an_own_query_for_two_values_is_a_gap_that_names_them(serve: Serve) -> None:
    gap = read_own(serve, {"name": "queue", "columns": ["time", "mean", "max"], "values": [[1, 2, 3]]})
    assert isinstance(gap, Gap)
    assert "mean, max" in gap.detail


def test_an_own_query_without_points_is_no_data(serve: Serve) -> None:
    gap = read_own(serve, {**number(0), "values": [[1, None]]})
    assert isinstance(gap, Gap)
    assert gap.reason is GapReason.NO_DATA


AS_1_X = {"X-Influxdb-Version": "1.8.10"}


def parser(asked: Asked) -> Reply:
    """As 1.x: one bad statement fails the whole request; a name of a metric says how bad."""
    wrong = next((text for text in statements(asked) if "wrong" in text), None)
    if wrong:
        return Reply(status=400, body=json.dumps({"error": f"error parsing query: {wrong}"}).encode(), headers=AS_1_X)
    if any("slow" in text for text in statements(asked)):
        return Reply(drips=True, headers=AS_1_X)
    if any("foreign" in text for text in statements(asked)):
        return Reply(status=403, body=b'{"error":"not authorized to read that database"}', headers=AS_1_X)
    return Reply(body=document(*({"series": [number(7)]} for _ in statements(asked))))


def answered(answers: Answers) -> set[str]:
    return {metric for (_, metric), answer in answers.own.items() if isinstance(answer, tuple)}


@pytest.mark.parametrize("culprit", ["wrong", "foreign"])
def test_one_refused_query_among_many_blinds_no_other(serve: Serve, culprit: str) -> None:
    names = [f"good{number}" for number in range(20)]
    metrics = influx(serve(parser), timeout=timedelta(seconds=5))
    answers = metrics.read([own(name) for name in [*names[:7], culprit, *names[7:]]], services=[])
    assert answered(answers) == set(names)
    assert answers.own["web", culprit] == metrics.own_queries.quarantine["web", culprit].gap


def test_a_refused_query_is_told_in_the_words_of_the_store(serve: Serve) -> None:
    gap = influx(serve(parser)).read([own("wrong")], services=[]).own["web", "wrong"]
    assert isinstance(gap, Gap)
    assert gap.reason is GapReason.REFUSED
    assert gap.detail.startswith("error parsing query: SELECT")


def test_a_refused_query_is_not_sent_again(serve: Serve) -> None:
    store = serve(parser)
    metrics = influx(store)
    questions = [own("good"), own("wrong")]
    metrics.read(questions, services=[])
    store.asked.clear()
    answers = metrics.read(questions, services=[])
    assert [len(statements(asked)) for asked in store.asked] == [1]
    assert isinstance(answers.own["web", "wrong"], Gap)


def test_a_refused_query_has_another_chance_when_its_text_changes(serve: Serve) -> None:
    metrics = influx(serve(parser))
    metrics.read([own("wrong")], services=[])
    mended = Question(
        signal=Signal.QUERY, window=WINDOW, service="web", metric="wrong", query=OWN.format(metric="right")
    )
    assert answered(metrics.read([mended], services=[])) == {"wrong"}
    assert metrics.own_queries.quarantine == {}


def test_a_refused_query_that_nobody_asks_for_any_more_is_forgotten(serve: Serve) -> None:
    metrics = influx(serve(parser))
    metrics.read([own("wrong")], services=[])
    metrics.read([], services=[])
    assert metrics.own_queries.quarantine == {}


def test_one_query_too_slow_is_found_within_a_few_evaluations(serve: Serve) -> None:
    """Each one may cost two timeouts, so the search goes on from one to the next while the innocent are answered."""
    names = [f"good{number}" for number in range(15)]
    metrics = influx(serve(parser), timeout=timedelta(milliseconds=500))
    questions = [own(name) for name in [*names, "slow"]]
    for _ in range(8):
        metrics.read(questions, services=[])
    answers = metrics.read(questions, services=[])
    assert answered(answers) == set(names)
    assert set(metrics.own_queries.quarantine) == {("web", "slow")}


def test_a_slow_query_has_a_second_chance_alone(serve: Serve) -> None:
    store = serve(parser)
    metrics = influx(store, timeout=timedelta(milliseconds=150))
    metrics.own_queries = OwnQueries(second_chance_after=timedelta(0))
    metrics.read([own("slow")], services=[])
    store.asked.clear()
    answers = metrics.read([own("good"), own("slow")], services=[])
    assert answered(answers) == {"good"}
    assert [len(statements(asked)) for asked in store.asked] == [1, 1]


def test_a_statement_that_hides_those_after_it_is_found(serve: Serve) -> None:
    """1.x stops at the first error, and in a longer request names it ``not executed``."""

    def as_1_6(asked: Asked) -> Reply:
        wanted = statements(asked)
        if len(wanted) == 1 and "text" in wanted[0]:
            return Reply(body=document({"error": "unsupported mean iterator type"}))
        good = list(takewhile(lambda text: "text" not in text, wanted))
        hidden = [{"error": "not executed"}] if len(good) < len(wanted) else []
        return Reply(body=document(*({"series": [number(7)]} for _ in good), *hidden))

    questions = [own("one"), own("text"), own("two"), own("three")]
    answers = influx(serve(as_1_6)).read(questions, services=[])
    assert answered(answers) == {"one", "two", "three"}
    gap = answers.own["web", "text"]
    assert isinstance(gap, Gap)
    assert gap.detail == "unsupported mean iterator type"


def test_results_that_a_row_limit_leaves_out_are_asked_again(serve: Serve) -> None:
    """1.x ends the list of results without a mark when the limit falls between two statements."""
    store = serve(lambda _: Reply(body=document({"series": [group([[1000, 50.0]])]})))
    answers = influx(store).read([CPU, CPU, MEMORY], services=["web"])
    assert len(store.asked) == 2
    assert series_of(answers)
    assert Signal.MEMORY in answers.built_in


# --- other generations ----------------------------------------------------------------------------------------------


def as_2_x(asked: Asked) -> Reply:
    """docs.influxdata.com, "/query 1.x compatibility API": login by token, errors with code and message."""
    headers = {"X-Influxdb-Build": "OSS", "X-Influxdb-Version": "v2.9.1"}
    if asked.headers.get("Authorization") != "Token secret":
        body = b'{"code":"unauthorized","message":"Unauthorized"}'
        return Reply(status=401, headers=headers, body=body)
    results = ({"series": [group([[1000, 50.0]])]} for _ in statements(asked))
    return Reply(headers=headers, body=document(*results))


def test_2_x_is_asked_with_a_token(serve: Serve) -> None:
    answers = influx(serve(as_2_x), token="secret").read([CPU], services=["web"])
    assert series_of(answers)[0].values == (0.5,)


def test_2_x_says_that_the_token_is_wrong(serve: Serve) -> None:
    gap = gap_of(influx(serve(as_2_x), token="guess").read([CPU], services=["web"]))
    assert "401: Unauthorized (check the user and its password, or the token)" in gap.detail
    assert "guess" not in gap.detail


def as_3_core(
    asked: Asked, *, words: str = "must provide only one InfluxQl statement per query", status: int = 400
) -> Reply:
    """One statement per request, JSON only, and its version told to ``/ping`` alone."""
    assert asked.headers["Accept"] == "application/json"
    if asked.path == "/ping":
        headers = {"X-Influxdb-Build": "Core", "X-Influxdb-Version": "3.11.2"}
        return Reply(headers=headers, body=b'{"version":"3.11.2"}')
    if len(statements(asked)) > 1:
        return Reply(status=status, body=json.dumps({"error": words}).encode())
    return Reply(body=document({"series": [group([[1000, 50.0]])]}))


@pytest.mark.parametrize("status", [400, 500])
def test_3_core_is_recognised_by_its_words(serve: Serve, status: int) -> None:
    store = serve(lambda asked: as_3_core(asked, status=status))
    answers = influx(store).read([CPU, MEMORY], services=["web"])
    assert series_of(answers)
    assert Signal.MEMORY in answers.built_in
    assert [asked.path for asked in store.asked] == ["/query"] * 3


def test_3_core_is_recognised_by_ping_where_its_words_are_others(serve: Serve) -> None:
    store = serve(lambda asked: as_3_core(asked, words="bad request"))
    assert series_of(influx(store).read([CPU, MEMORY], services=["web"]))
    assert [asked.path for asked in store.asked] == ["/query", "/ping", "/query", "/query"]


def test_3_core_is_asked_one_by_one_from_then_on(serve: Serve) -> None:
    store = serve(as_3_core)
    metrics = influx(store)
    metrics.read([CPU, MEMORY], services=["web"])
    store.asked.clear()
    metrics.read([CPU, MEMORY], services=["web"])
    assert [len(statements(asked)) for asked in store.asked] == [1, 1]


def test_3_core_gets_long_statements_by_get_too(serve: Serve) -> None:
    store = serve(as_3_core)
    metrics = influx(store)
    metrics.read([CPU, MEMORY], services=["web"])
    store.asked.clear()
    metrics.read([CPU], services=[f"a-rather-long-name-of-a-service-{number}" for number in range(50)])
    assert [(asked.method, len(asked.parameters["q"]) > 1500) for asked in store.asked] == [("GET", True)]


def test_a_wrong_query_on_3_core_harms_only_itself(serve: Serve) -> None:
    def core(asked: Asked) -> Reply:
        return parser(asked) if len(statements(asked)) == 1 else as_3_core(asked)

    answers = influx(serve(core)).read([own("one"), own("wrong"), own("two")], services=[])
    assert answered(answers) == {"one", "two"}
