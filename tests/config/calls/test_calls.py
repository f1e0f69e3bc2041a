"""What programs post, and what it asks for."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skep.config.calls import CallError, Delivery, read_calls
from skep.core.call import Call

KAPACITOR_ALERT = {
    "id": "shop_web",
    "message": "shop_web has 812 requests in flight",
    "details": "",
    "time": "2026-03-01T12:00:00Z",
    "duration": 0,
    "level": "CRITICAL",
    "data": {
        "series": [
            {
                "name": "haproxy",
                "tags": {"proxy": "shop_web"},
                "columns": ["time", "inflight"],
                "values": [["2026-03-01T12:00:00Z", 812.5]],
            }
        ]
    },
    "previousLevel": "OK",
    "recoverable": True,
}
SWARM_AUTOSCALE_POINTS = {
    "series": [
        {
            "name": "scale_events",
            "tags": {"service_name": "shop_web"},
            "columns": ["time", "old", "new"],
            "values": [["2026-03-01T11:59:00Z", 2, 3], ["2026-03-01T12:00:00Z", 3, 7]],
        }
    ]
}


def alertmanager(*alerts: dict[str, Any], status: str = "firing", **group: str) -> dict[str, Any]:
    """The body that Alertmanager posts."""
    return {
        "version": "4",
        "groupKey": '{}:{alertname="Busy"}',
        "status": status,
        "receiver": "skep",
        "groupLabels": group,
        "commonLabels": group,
        "commonAnnotations": {},
        "externalURL": "http://alertmanager:9093",
        "alerts": list(alerts),
    }


def alert(*, status: str = "firing", summary: str = "", **labels: str) -> dict[str, Any]:
    """One alert in it."""
    return {"status": status, "labels": labels, "annotations": {"summary": summary} if summary else {}}


BUSY_WEB = alert(alertname="Busy", service="shop_web", summary="more than 500 in flight")


@pytest.mark.parametrize(
    ("delivery", "calls"),
    [
        pytest.param(
            Delivery(body={"service": "web", "replicas": 7, "reason": "the advert"}),
            [Call(service="web", replicas=7, reason="the advert")],
            id="plain: a count",
        ),
        pytest.param(
            Delivery(body={"service": "web", "scale": "down", "by": "2"}),
            [Call(service="web", step=-2)],
            id="plain: a step",
        ),
        pytest.param(
            Delivery(query={"service": "web", "scale": "up"}),
            [Call(service="web", step=1)],
            id="plain: in the query, without a body",
        ),
        pytest.param(
            Delivery(body=KAPACITOR_ALERT),
            [Call(service="shop_web", step=1, reason="shop_web has 812 requests in flight")],
            id="kapacitor: an alert",
        ),
        pytest.param(
            Delivery(body={**KAPACITOR_ALERT, "data": {"series": [{"tags": {"proxy": "web-be8080_0"}}]}}),
            [Call(service="web", step=1, reason="shop_web has 812 requests in flight")],
            id="kapacitor: a backend of docker-flow-proxy's leads to its service",
        ),
        pytest.param(
            Delivery(body=KAPACITOR_ALERT, query={"service": "api", "scale": "down", "by": "3"}),
            [Call(service="api", step=-3, reason="shop_web has 812 requests in flight")],
            id="kapacitor: the endpoint's address counts more",
        ),
        pytest.param(Delivery(body={**KAPACITOR_ALERT, "level": "OK"}), [], id="kapacitor: an alert that is over"),
        pytest.param(
            Delivery(body=SWARM_AUTOSCALE_POINTS),
            [Call(service="shop_web", replicas=7, reason="points of scale_events")],
            id="kapacitor: points of swarmAutoscale, of which the newest counts",
        ),
        pytest.param(
            Delivery(body=alertmanager(BUSY_WEB)),
            [Call(service="shop_web", step=1, reason="alert Busy: more than 500 in flight")],
            id="alertmanager: an alert",
        ),
        pytest.param(
            Delivery(body=alertmanager(BUSY_WEB, {**BUSY_WEB, "status": "resolved"}, BUSY_WEB)),
            [Call(service="shop_web", step=1, reason="alert Busy: more than 500 in flight")],
            id="alertmanager: several about one service are one step",
        ),
        pytest.param(
            Delivery(body=alertmanager(alert(instance="a"), service="web", scale="down", by="2")),
            [Call(service="web", step=-2, reason="an alert")],
            id="alertmanager: labels of the group",
        ),
        pytest.param(
            Delivery(body=alertmanager(alert(status="resolved", service="web"), status="resolved")),
            [],
            id="alertmanager: a group that is over",
        ),
        pytest.param(
            Delivery(path="/v1/scale-service", body=alertmanager(alert(), service="web", scale="up", by="3")),
            [Call(service="web", step=3, reason="an alert")],
            id="docker-scaler: alerts",
        ),
        pytest.param(
            Delivery(path="/v1/scale-service", query={"service": "web", "scale": "down", "by": "1"}),
            [Call(service="web", step=-1, reason="a call of docker-scaler's")],
            id="docker-scaler: a query",
        ),
        pytest.param(
            Delivery(path="/v1/orbiter/handle/autoswarm/web/up"),
            [Call(service="web", step=1, reason="a call of orbiter's")],
            id="orbiter: the direction in the address",
        ),
        pytest.param(
            Delivery(path="/v1/orbiter/handle/autoswarm/web", body={"direction": False}, query={"by": "2"}),
            [Call(service="web", step=-2, reason="a call of orbiter's")],
            id="orbiter: the direction in the body",
        ),
    ],
)
def test_each_program_is_understood(delivery: Delivery, calls: list[Call]) -> None:
    assert list(read_calls(delivery)) == calls


@pytest.mark.parametrize(
    "body",
    [
        pytest.param({**KAPACITOR_ALERT, "message": "busy\x1b[2J" + "x" * 1000}, id="the message of an alert"),
        pytest.param(
            {"series": [{**SWARM_AUTOSCALE_POINTS["series"][0], "name": "a\x7fb" + "x" * 1000}]}, id="a measurement"
        ),
    ],
)
def test_a_reason_is_one_readable_line_whatever_was_sent(body: dict[str, Any]) -> None:
    (call,) = read_calls(Delivery(body=body))
    assert call.reason.isprintable()
    assert len(call.reason) <= 200


@pytest.mark.parametrize(
    ("delivery", "problems"),
    [
        pytest.param(Delivery(), ["nothing here tells what is wanted, expected an alert"], id="nothing at all"),
        pytest.param(Delivery(body=[1, 2]), ["nothing here tells what is wanted"], id="a list"),
        pytest.param(
            Delivery(body={"service": "web"}),
            ["scale of the body is missing, expected up or down, or a count in replicas"],
            id="no wish",
        ),
        pytest.param(
            Delivery(body={"service": "", "scale": "sideways", "by": 0}),
            [
                "service of the body is missing, expected the name of a service",
                'scale of the body is "sideways", expected up or down',
                'by of the body is "0", expected a whole number from 1',
            ],
            id="everything wrong, told at once",
        ),
        pytest.param(
            Delivery(body={"service": "web", "replicas": 7, "scale": "up"}),
            ['replicas of the body is "7", expected either a count or a step, not both'],
            id="a count and a step",
        ),
        pytest.param(
            Delivery(body={"service": "web", "replicas": -1}),
            ['replicas of the body is "-1", expected a whole number from 0'],
            id="a negative count",
        ),
        pytest.param(
            Delivery(body=alertmanager(BUSY_WEB, alert(alertname="Other"))),
            ["service of alert 2 is missing"],
            id="one alert of two without a service",
        ),
        pytest.param(
            Delivery(path="/v1/scale-service", body=alertmanager(alert(service="web"))),
            ["scale of alert 1 is missing"],
            id="docker-scaler wants a direction",
        ),
        pytest.param(
            Delivery(path="/v1/scale-nodes", query={"scale": "up"}),
            ["/v1/scale-nodes: nodes are not scaled by webhooks"],
            id="nodes",
        ),
        pytest.param(
            Delivery(path="/v1/orbiter/handle/autoswarm/web"),
            ["direction of the body is missing, expected true for up"],
            id="orbiter without a direction",
        ),
        pytest.param(
            Delivery(path="/v1/orbiter/autoscaler"),
            ['the path is "/v1/orbiter/autoscaler", expected the address of one service'],
            id="another address of orbiter's",
        ),
        pytest.param(Delivery(path="/elsewhere"), ["nothing here tells what is wanted at /elsewhere"], id="elsewhere"),
    ],
)
def test_what_is_wrong_is_told_with_what_is_expected(delivery: Delivery, problems: list[str]) -> None:
    with pytest.raises(CallError) as refused:
        read_calls(delivery)
    assert [told[: len(problem)] for told, problem in zip(refused.value.problems, problems, strict=True)] == problems


KEYS = st.sampled_from(
    ["service", "replicas", "scale", "by", "level", "series", "alerts", "data", "tags", "columns", "values", "labels",
     "groupLabels", "status", "direction", "proxy", "id", "new"]
)  # fmt: skip
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=6),
    max_leaves=20,
)
PATHS = st.sampled_from(["", "/v1/scale-service", "/v1/orbiter/handle/a/web", "/v1/orbiter/handle/a/web/up"])


@given(PATHS, st.dictionaries(KEYS, st.text(max_size=10), max_size=3), JSON)
def test_whatever_comes_in_is_understood_or_objected_to(path: str, query: dict[str, str], body: object) -> None:
    calls, problems = understood(Delivery(path=path, query=query, body=body))
    assert all(problems)
    assert all(call.service for call in calls)
    assert len({call.service for call in calls}) == len(calls)


def understood(delivery: Delivery) -> tuple[tuple[Call, ...], tuple[str, ...]]:
    """What is asked for, or what is wrong."""
    try:
        return read_calls(delivery), ()
    except CallError as error:
        return (), error.problems
