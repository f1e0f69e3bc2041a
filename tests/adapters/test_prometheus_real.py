"""Prometheus as it really is: names, values and refusals of a running one."""

from datetime import timedelta

import pytest

from skep.adapters.clock import SystemClock
from skep.adapters.prometheus import Prometheus, PrometheusAccess
from skep.core.metrics.series import Answer, Gap, GapReason, Question
from skep.core.policy import Signal, Source
from tests.servers import PrometheusServer

pytestmark = pytest.mark.prometheus

HOSTILE = [
    pytest.param("it's", id="a quote"),
    pytest.param('say "web"', id="double quotes"),
    pytest.param("back\\slash", id="a backslash"),
    pytest.param('"} or vector(9) #', id="an end of the selector"),
    pytest.param("two\nlines", id="two lines"),
    pytest.param(".*", id="a pattern that matches all"),
    pytest.param("жук 🐝", id="letters of the world"),
    pytest.param("$service", id="the placeholder itself"),
    pytest.param("`", id="a backtick"),
    pytest.param("nul\x00", id="a control character"),
    pytest.param("w" * 10_000, id="a very long name"),
]


def ask(server: PrometheusServer, query: str, *, service: str = "web") -> Answer:
    asked = Question(
        signal=Signal.QUERY,
        window=timedelta(seconds=60),
        service=service,
        metric="depth",
        query=query,
        source=Source.PROMETHEUS,
    )
    metrics = Prometheus(PrometheusAccess(url=server.url), clock=SystemClock())
    return metrics.read([asked], services=[]).of(signal=Signal.QUERY, service=service, metric="depth")


def value(answer: Answer) -> float:
    assert isinstance(answer, tuple), answer
    ((value,),) = (series.values for series in answer)
    return value


def gap(answer: Answer) -> Gap:
    assert isinstance(answer, Gap), answer
    return answer


def exposed(name: str) -> str:
    """A label value as the text format wants it."""
    return name.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def test_a_sum_over_series_is_one_value(prometheus_server: PrometheusServer) -> None:
    prometheus_server.expose('depth{service="web",shard="a"} 7', 'depth{service="web",shard="b"} 5')
    assert value(ask(prometheus_server, "sum(depth{service=$service})")) == 12.0


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_name_finds_its_own_series_and_no_other(prometheus_server: PrometheusServer, name: str) -> None:
    prometheus_server.expose('depth{service="web"} 1', f'depth{{service="{exposed(name)}"}} 3')
    assert value(ask(prometheus_server, "depth{service=$service}", service=name)) == 3.0


@pytest.mark.parametrize("name", ["", "half a pair\ud800"], ids=["no name", "half a pair"])
def test_a_name_that_cannot_be_stored_finds_nothing(prometheus_server: PrometheusServer, name: str) -> None:
    prometheus_server.expose('depth{service="web"} 1')
    assert gap(ask(prometheus_server, "depth{service=$service}", service=name)).reason is GapReason.NO_DATA


def test_a_target_that_no_longer_shows_a_series_leaves_a_gap(prometheus_server: PrometheusServer) -> None:
    prometheus_server.expose('depth{service="web"} 7')
    prometheus_server.expose()
    assert gap(ask(prometheus_server, "depth{service=$service}")).reason is GapReason.NO_DATA


@pytest.mark.parametrize(
    ("query", "reason", "words"),
    [
        pytest.param("depth{service=$service}", GapReason.REFUSED, "2 samples", id="several series"),
        pytest.param("scalar(sum(depth{service=$service}))", GapReason.REFUSED, "scalar(…)", id="a scalar"),
        pytest.param("depth{service=$service}[1m]", GapReason.REFUSED, "rate(…)", id="a range"),
        pytest.param(
            "sum(depth{service=$service}) * 0 / (sum(depth{service=$service}) * 0)",
            GapReason.NOT_A_NUMBER,
            "NaN",
            id="nothing by nothing",
        ),
        pytest.param("sum(absent_metric{service=$service})", GapReason.NO_DATA, "finds nothing", id="no such metric"),
        pytest.param("nosuch(depth{service=$service})", GapReason.REFUSED, "unknown function", id="no such function"),
        pytest.param("depth{service=$service", GapReason.REFUSED, "parse error", id="a bracket left open"),
        pytest.param(
            "depth{service=$service} * on(service) depth{service=$service}",
            GapReason.REFUSED,
            "many-to-many",
            id="a match of many with many",
        ),
    ],
)
def test_what_is_not_one_number_is_told_in_words(
    prometheus_server: PrometheusServer, query: str, reason: GapReason, words: str
) -> None:
    prometheus_server.expose('depth{service="web",shard="a"} 7', 'depth{service="web",shard="b"} 5')
    found = gap(ask(prometheus_server, query))
    assert found.reason is reason
    assert words in found.detail
