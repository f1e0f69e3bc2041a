"""Traefik's figures, as Telegraf's prometheus input writes them to a real InfluxDB."""

import time
from collections.abc import Sequence
from datetime import timedelta

import pytest

from skep.adapters.clock import SystemClock
from skep.adapters.influx import Influx, InfluxAccess
from skep.adapters.influx.measures import measures_of
from skep.core.demand import ServiceDemand, measure
from skep.core.metrics.backends import Proxy
from skep.core.metrics.series import Answers, Gap, Histogram, Question
from skep.core.policy import MetricKind, MetricPolicy, Signal, Unit
from tests.builders import service
from tests.servers import InfluxServer

pytestmark = pytest.mark.influx

EVERY_S = 10
DURATIONS = "traefik_service_request_duration_seconds"
MAX_AGE = timedelta(seconds=45)
SIGNALS = (Signal.REQUESTS, Signal.INFLIGHT, Signal.LATENCY)


def requests_so_far(server: InfluxServer) -> int:
    """Requests to /query, by the server's own count, without the one that asks for it."""
    (httpd,) = server.query("SHOW STATS FOR 'httpd'")
    counts: dict[str, int] = dict(zip(httpd["columns"], httpd["values"][0], strict=True))
    return counts["queryReq"]


def lines(name: str, requests: Sequence[int], *, code: int = 200, each_s: float = 0.2, age_s: int = 0) -> list[str]:
    """Traefik's counters for one service at several instants; each request took ``each_s``."""
    tags = f"code={code},host=swarm-m1,method=GET,protocol=http,service={name},url=http://traefik:8080/metrics"
    now_ms = round((time.time() - age_s) * 1000)
    written = []
    for back, count in zip(reversed(range(len(requests))), requests, strict=True):
        at_ms = now_ms - back * EVERY_S * 1000
        buckets = ",".join(f"{bound}={count if each_s <= bound else 0}" for bound in (0.1, 0.3, 1.2, 5))
        written += [
            f"traefik_service_requests_total,{tags} counter={count} {at_ms}",
            f"{DURATIONS},{tags} +Inf={count},{buckets},count={count},sum={count * each_s} {at_ms}",
        ]
    return written


def read(server: InfluxServer, *signals: Signal, services: Sequence[str] = ("shop_web",)) -> Answers:
    metrics = Influx(InfluxAccess(url=server.url, database="telegraf"), clock=SystemClock(), proxy=Proxy.TRAEFIK)
    questions = [Question(signal=signal, window=timedelta(seconds=120)) for signal in signals or SIGNALS]
    return metrics.read(questions, services=services)


def demand(answers: Answers, metric: MetricPolicy, name: str = "shop_web") -> float:
    found = measure(service(name=name), metric, answers, max_age=MAX_AGE)
    assert isinstance(found, ServiceDemand), found
    return found.value


def metric(signal: Signal, percentile: float | None = None) -> MetricPolicy:
    return MetricPolicy(
        name=str(signal),
        signal=signal,
        kind=MetricKind.TOTAL,
        unit=Unit.PLAIN,
        target_value=1.0,
        percentile=percentile,
    )


def histograms(answers: Answers, name: str = "shop_web") -> tuple[Histogram, ...]:
    found = answers.durations_of(name)
    assert isinstance(found, tuple), found
    return found


@pytest.mark.parametrize("name", ["shop_web@swarm", "shop-web@swarm", "shop_web@docker"])
def test_requests_in_flight_and_latency_come_of_what_traefik_tells(influx_server: InfluxServer, name: str) -> None:
    influx_server.write(lines(name, [0, 100, 200, 300]), database="telegraf", precision="ms")
    answers = read(influx_server)
    assert demand(answers, metric(Signal.REQUESTS)) == pytest.approx(10.0)
    assert demand(answers, metric(Signal.INFLIGHT)) == pytest.approx(10.0 * 0.2)
    assert demand(answers, metric(Signal.LATENCY)) == pytest.approx(0.2)
    assert demand(answers, metric(Signal.LATENCY, percentile=0.95)) == pytest.approx(0.1 + 0.2 * 0.95)


def test_codes_add_up(influx_server: InfluxServer) -> None:
    influx_server.write(
        [*lines("shop_web@swarm", [0, 100, 200]), *lines("shop_web@swarm", [0, 20, 40], code=500, each_s=0.8)],
        database="telegraf",
        precision="ms",
    )
    answers = read(influx_server)
    assert demand(answers, metric(Signal.REQUESTS)) == pytest.approx(12.0)
    assert demand(answers, metric(Signal.LATENCY)) == pytest.approx((100 * 0.2 + 20 * 0.8) / 120)


def test_requests_of_another_service_are_not_counted(influx_server: InfluxServer) -> None:
    influx_server.write(
        [*lines("shop_web@swarm", [0, 100, 200]), *lines("shop_web2@swarm", [0, 900, 1800])],
        database="telegraf",
        precision="ms",
    )
    answers = read(influx_server, services=["shop_web", "shop_api"])
    assert demand(answers, metric(Signal.REQUESTS)) == pytest.approx(10.0)
    assert isinstance(answers.durations_of("shop_api"), Gap)


def test_without_latency_buckets_stay_in_the_store(influx_server: InfluxServer) -> None:
    influx_server.write(lines("shop_web@swarm", [0, 100]), database="telegraf", precision="ms")
    assert [each.bounds_s for each in histograms(read(influx_server, Signal.INFLIGHT))] == [()]
    assert [each.bounds_s for each in histograms(read(influx_server, Signal.LATENCY))] == [(0.1, 0.3, 1.2, 5.0)]


def test_points_from_before_a_change_of_buckets_are_left_out(influx_server: InfluxServer) -> None:
    before = lines("shop_web@swarm", [0, 100, 200], age_s=2 * EVERY_S)
    influx_server.write([line.replace(",1.2=", ",2.5=") for line in before], database="telegraf", precision="ms")
    influx_server.write(lines("shop_web@swarm", [300, 400]), database="telegraf", precision="ms")
    (histogram,) = histograms(read(influx_server, Signal.LATENCY))
    assert histogram.bounds_s == (0.1, 0.3, 1.2, 5.0)
    assert histogram.counts == (300.0, 400.0)


def test_all_signals_of_the_proxy_take_one_request(influx_server: InfluxServer) -> None:
    influx_server.query('CREATE DATABASE "telegraf"')
    before = requests_so_far(influx_server)
    read(influx_server)
    assert requests_so_far(influx_server) - before - 1 == 1


def test_in_flight_and_latency_come_of_one_statement() -> None:
    measures = measures_of(Proxy.TRAEFIK, wanted=SIGNALS, services=["shop_web"])
    assert measures[Signal.INFLIGHT] is measures[Signal.LATENCY]


def test_a_store_that_is_down_is_a_gap_of_every_signal(influx_server: InfluxServer) -> None:
    influx_server.stop()
    answers = read(influx_server)
    assert isinstance(answers.durations_of("shop_web"), Gap)
    assert isinstance(answers.of(signal=Signal.REQUESTS, service="shop_web", metric=""), Gap)
