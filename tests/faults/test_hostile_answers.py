"""Whatever is answered about one service, the tick ends, and the others are decided as ever."""

import json
import math
from datetime import timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from skep.adapters.influx.answers import read_built_in, read_document, read_histograms, read_own
from skep.adapters.influx.measures import Shape, measures_of
from skep.adapters.prometheus import Prometheus, PrometheusAccess
from skep.adapters.swarm.decoding import ClusterReader
from skep.config.labels import LabelDefaults
from skep.core.action import ScaleOrder
from skep.core.cluster import Cluster
from skep.core.metrics.backends import Proxy
from skep.core.metrics.series import Answers, Gap, GapReason, Question
from skep.core.policy import Signal, Source
from skep.errors import Temporary
from skep.operations.evaluate import Pace, evaluate_services
from skep.ports import World
from tests.adapters.stand_in import Reply, StandIn
from tests.fakes.clock import FakeClock
from tests.fakes.journal import FakeJournal
from tests.fakes.locks import FakeLocks
from tests.fakes.memory import FakeMemory
from tests.fakes.metrics import FakeMetrics
from tests.fakes.swarm import FakeSwarm
from tests.faults.hostile import HOSTILE, broken

LABELS = {"skep.enable": "true", "skep.min": "1", "skep.max": "10", "skep.requests": "50/s", "skep.cpu": "0.5 cores"}
SHOP_GROWS = [("shop", 5)]
INTERVAL = timedelta(seconds=15)


def sent_service(name: str) -> dict[str, Any]:
    return {
        "ID": f"{name}-id",
        "Version": {"Index": 7},
        "CreatedAt": "2026-02-01T12:00:00Z",
        "UpdatedAt": "2026-02-01T12:00:00.123456789Z",
        "Spec": {
            "Name": name,
            "Labels": {**LABELS, "com.docker.stack.namespace": f"stack-of-{name}"},
            "TaskTemplate": {
                "ContainerSpec": {"Image": "x", "StopGracePeriod": 10**10, "Labels": {"a": "b"}, "Mounts": []},
                "Resources": {"Limits": {"NanoCPUs": 5 * 10**8}, "Reservations": {"NanoCPUs": 10**8}},
                "RestartPolicy": {"Condition": "any"},
                "Placement": {"Constraints": ["node.role==worker"], "MaxReplicas": 9},
            },
            "Mode": {"Replicated": {"Replicas": 2}},
            "UpdateConfig": {"FailureAction": "pause"},
            "EndpointSpec": {"Ports": [{"Protocol": "tcp", "PublishedPort": 80, "PublishMode": "ingress"}]},
        },
        "UpdateStatus": {"State": "completed"},
    }


def sent_task(name: str, slot: int) -> dict[str, Any]:
    return {
        "ID": f"{name}-task{slot}",
        "ServiceID": f"{name}-id",
        "NodeID": "node1",
        "Slot": slot,
        "Status": {"Timestamp": "2026-02-01T12:00:00.5Z", "State": "running", "Message": "started", "Err": ""},
        "DesiredState": "running",
        "Spec": {"Resources": {"Reservations": {"NanoCPUs": 10**8}}},
        "NetworksAttachments": [{"Network": {"DriverState": {"Name": "overlay"}}}],
    }


NODE: dict[str, Any] = {
    "ID": "node1",
    "Version": {"Index": 3},
    "CreatedAt": "2026-02-01T12:00:00Z",
    "Spec": {"Labels": {"skep.pool": "workers"}, "Role": "worker", "Availability": "active"},
    "Description": {
        "Hostname": "node-1",
        "Platform": {"Architecture": "x86_64", "OS": "linux"},
        "Resources": {"NanoCPUs": 4 * 10**9, "MemoryBytes": 8 << 30},
        "Engine": {"EngineVersion": "20.10", "Plugins": [{"Type": "Network", "Name": "overlay"}]},
    },
    "Status": {"State": "ready", "Addr": "10.0.0.1"},
}
WEB = {"service": sent_service("web"), "task": sent_task("web", 1), "node": NODE}


class SwarmAsSent(FakeSwarm):
    """What would be decoded of the given answers."""

    def __init__(self, web: dict[str, Any]) -> None:
        super().__init__()
        self._sent = (
            [web["service"], sent_service("shop")],
            [web["task"], sent_task("shop", 1), sent_task("shop", 2)],
            [web["node"]],
        )

    def read(self) -> Cluster:
        try:
            return ClusterReader().read(*(json.dumps(each).encode() for each in self._sent))
        except msgspec.DecodeError as error:
            raise Temporary(str(error)) from error


def tick(web: dict[str, Any] = WEB, answers: Answers | None = None) -> tuple[tuple[ScaleOrder, ...], FakeMemory]:
    """One evaluation in which the shop has the load of five replicas."""
    clock = FakeClock()
    metrics = FakeMetrics(clock)
    metrics.rate("shop", "proxy", 240)
    for slot in (1, 2):
        metrics.flat(Signal.CPU, "shop", f"shop-task{slot}", 0.1)
    memory = FakeMemory(clock)
    world = World(
        clock=clock,
        swarm=SwarmAsSent(web),
        metrics=metrics if answers is None else Told(answers, metrics),
        locks=FakeLocks(clock),
        memory=memory,
        journal=FakeJournal(),
    )
    done = evaluate_services(world, defaults=LabelDefaults(), pace=Pace(interval=INTERVAL, time_limit=2 * INTERVAL))
    return done.orders, memory


class Told(FakeMetrics):
    """The store's answers about the web beside those about the shop."""

    def __init__(self, about_web: Answers, rest: FakeMetrics) -> None:
        super().__init__()
        self._about_web, self._rest = about_web, rest

    def read(self, questions: Any, *, services: Any, nodes: Any = (), is_share: bool = False) -> Answers:
        rest = self._rest.read(questions, services=services, nodes=nodes, is_share=is_share)
        built_in = {
            signal: {**known, **about} if isinstance(known, dict) and isinstance(about, dict) else known
            for signal, known in rest.built_in.items()
            for about in [self._about_web.built_in.get(signal, {})]
        }
        return Answers(as_of=rest.as_of, built_in=built_in, own=self._about_web.own)


def goals_of(orders: tuple[ScaleOrder, ...], *, service: str) -> list[tuple[str, int]]:
    return [(order.service_name, order.replicas) for order in orders if order.service_id == f"{service}-id"]


def test_without_hostility_the_shop_grows() -> None:
    orders, memory = tick()
    assert goals_of(orders, service="shop") == SHOP_GROWS
    assert set(memory.decisions()) == {"web-id", "shop-id"}


#: What can be said in UTF-8.
TEXT = st.text(st.characters(codec="utf-8"))


@given(broken(WEB))
def test_an_odd_service_task_or_node_disturbs_no_other_service(web: dict[str, Any]) -> None:
    orders, _ = tick(web)
    assert goals_of(orders, service="shop") == SHOP_GROWS


@given(st.dictionaries(st.sampled_from(sorted(LABELS)) | TEXT.map("skep.".__add__), TEXT | st.just("9" * 10_000)))
def test_odd_labels_disturb_no_other_service(labels: dict[str, str]) -> None:
    web = {**WEB, "service": {**WEB["service"], "Spec": {**WEB["service"]["Spec"], "Labels": {**LABELS, **labels}}}}
    orders, _ = tick(web)
    assert goals_of(orders, service="shop") == SHOP_GROWS


# --- InfluxDB -------------------------------------------------------------------------------------------------------

NOW_MS = int(FakeClock().now().timestamp() * 1000)
REQUESTS = measures_of(Proxy.HAPROXY, wanted=[Signal.REQUESTS], services=["web"])[Signal.REQUESTS]
CPU = measures_of(Proxy.HAPROXY, wanted=[Signal.CPU], services=["web"])[Signal.CPU]


def group(values: list[Any]) -> dict[str, Any]:
    tags = {"com.docker.swarm.service.name": "web", "container_name": "web.1.web-task1"}
    return {"name": "docker_container_cpu", "tags": tags, "columns": ["time", CPU.field], "values": values}


POINTS = [[NOW_MS - 5000 * back, 10.0 + back] for back in reversed(range(12))]
ANSWER = {"results": [{"statement_id": 0, "series": [group(POINTS), group(POINTS)]}]}


def decoded(document: object) -> Any:
    try:
        return read_document(json.dumps(document).encode())
    except msgspec.DecodeError:
        return None


@given(broken(ANSWER), st.integers(min_value=0))
def test_an_odd_answer_of_influxdb_is_series_or_a_gap(document: Any, cut_at: int) -> None:
    text = json.dumps(document).encode()
    for body in (text, text[: cut_at % len(text)]):
        try:
            results = read_document(body).results or []
        except msgspec.DecodeError:
            continue
        for result in results:
            read_built_in(result, CPU, {"web"})
            read_own(result)


def test_a_group_of_another_shape_is_a_gap_of_its_own_statement_alone() -> None:
    odd, whole = decoded({"results": [{"series": [group(POINTS), 5]}, {"series": [group(POINTS)]}]}).results
    gap = read_built_in(odd, CPU, {"web"})
    assert isinstance(gap, Gap)
    assert gap.reason is GapReason.REFUSED
    assert not odd.is_partial
    assert not isinstance(read_built_in(whole, CPU, {"web"}), Gap)


HISTOGRAMS = measures_of(Proxy.TRAEFIK, wanted=[Signal.LATENCY], services=["web"])[Signal.LATENCY]
_ROWS = [[NOW_MS - 5000 * back, 100.0 - back, 50 - back, 10, 20] for back in reversed(range(5))]
DURATIONS = {
    "results": [
        {
            "series": [
                {
                    "name": "traefik",
                    "tags": dict.fromkeys(("service", "url", "host"), "web@swarm"),
                    "columns": ["time", "sum", "count", "0.1", "0.3"],
                    "values": _ROWS,
                }
            ]
        }
    ]
}


@given(broken(DURATIONS))
def test_an_odd_histogram_is_one_or_a_gap(document: Any) -> None:
    read = decoded(document)
    for result in (read.results or ()) if read is not None else ():
        read_histograms(result, HISTOGRAMS, {"web"})


def test_the_histogram_before_it_is_made_odd_can_be_read() -> None:
    assert HISTOGRAMS.shape is Shape.HISTOGRAMS
    (result,) = decoded(DURATIONS).results
    assert not isinstance(read_histograms(result, HISTOGRAMS, {"web"}), Gap)


@given(
    st.lists(
        st.tuples(st.integers(min_value=NOW_MS - 60_000, max_value=NOW_MS + 600_000), HOSTILE), min_size=1, max_size=12
    ),
    st.integers(min_value=1, max_value=3),
)
def test_odd_points_of_a_service_disturb_no_other_and_never_take_a_replica(
    points: list[tuple[int, Any]], copies: int
) -> None:
    document = {"results": [{"series": [group([list(point) for point in points])] * copies}]}
    read = decoded(document)
    found = {} if read is None else read_built_in(read.results[0], CPU, {"web"})
    answers = Answers(as_of=FakeClock().now(), built_in={Signal.CPU: found}, own={})
    orders, memory = tick(answers=answers)
    assert goals_of(orders, service="shop") == SHOP_GROWS
    decision = memory.decisions()["web-id"]
    assert 2 <= decision.goal <= 10


# --- Prometheus -----------------------------------------------------------------------------------------------------

SAMPLE = {
    "status": "success",
    "data": {"resultType": "vector", "result": [{"metric": {"job": "x"}, "value": [1_795_400_000.5, "42"]}]},
}
QUESTION = Question(
    signal=Signal.QUERY,
    window=timedelta(seconds=60),
    service="web",
    metric="depth",
    query="sum(depth{service=$service})",
    source=Source.PROMETHEUS,
)


@given(st.lists(broken(SAMPLE), min_size=1, max_size=5))
def test_an_odd_answer_of_prometheus_is_a_finite_value_or_a_gap(documents: list[Any]) -> None:
    replies = iter([Reply(body=json.dumps(document).encode()) for document in documents])
    with StandIn(lambda _: next(replies)) as server:
        store = Prometheus(PrometheusAccess(url=server.url), clock=FakeClock(), timeout=timedelta(seconds=5))
        for _ in documents:
            answers = store.read([QUESTION], services=["web"])
            answer = answers.of(signal=Signal.QUERY, service="web", metric="depth")
            assert isinstance(answer, Gap) or math.isfinite(answer[0].values[0])


@pytest.mark.parametrize("instant", [1e300, -1e300, 1e18])
def test_an_instant_that_no_calendar_has_is_a_gap(instant: float) -> None:
    sample = {"metric": {}, "value": [instant, "1"]}
    body = json.dumps({"status": "success", "data": {"resultType": "vector", "result": [sample]}}).encode()
    with StandIn(lambda _: Reply(body=body)) as server:
        store = Prometheus(PrometheusAccess(url=server.url), clock=FakeClock())
        answers = store.read([QUESTION], services=["web"])
    assert isinstance(answers.own["web", "depth"], Gap)
    assert answers.as_of == FakeClock().now()
