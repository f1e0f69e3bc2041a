"""Aleksey512/swarm-hpa."""

import pytest

from skep.config.dialects import ServiceFacts
from skep.core.cluster import Resources
from tests.config.dialects.speaking import NO_LIMITS, labels_of, notes_of, problems_of, translated

BY_CPU = {
    "swarm.autoscaler.enabled": "true",
    "swarm.autoscaler.min": "2",
    "swarm.autoscaler.max": "20",
    "swarm.autoscaler.metric": "cpu",
    "swarm.autoscaler.target": "70",
}
BY_QUERY = {
    **BY_CPU,
    "swarm.autoscaler.metric": "rps",
    "swarm.autoscaler.target": "12.5",
    "swarm.autoscaler.source": "prometheus",
    "swarm.autoscaler.query": 'avg(rate(http_requests_total{service="$SERVICE"}[1m]))',
}


def test_percent_of_a_core_become_cores_and_the_daemons_defaults_are_spelt_out() -> None:
    assert labels_of("swarm-hpa", BY_CPU) == {
        "skep.enable": "true",
        "skep.min": "2",
        "skep.max": "20",
        "skep.cpu": "0.7 cores",
        "skep.tolerance": "10%",
        "skep.scale-up": "window=0s rate=20/15s",
        "skep.scale-down": "window=3m rate=20/15s",
        "skep.cooldown": "up=3m down=3m",
    }


def test_memory_is_a_share_of_the_limit() -> None:
    labels = labels_of("swarm-hpa", {**BY_CPU, "swarm.autoscaler.metric": "memory"})
    assert (labels["skep.memory"], "skep.cpu" in labels) == ("70%", False)


def test_a_query_of_prometheus_is_carried_over_with_its_placeholder() -> None:
    labels = labels_of("swarm-hpa", BY_QUERY)
    assert {label: text for label, text in labels.items() if label.startswith("skep.metric.")} == {
        "skep.metric.rps.query": 'avg(rate(http_requests_total{service="$service"}[1m]))',
        "skep.metric.rps.target": "12.5",
        "skep.metric.rps.kind": "average",
        "skep.metric.rps.source": "prometheus",
    }


def test_a_query_on_several_lines_becomes_one() -> None:
    labels = {**BY_QUERY, "swarm.autoscaler.query": 'sum(\n  depth{service="$SERVICE"}\n)\n'}
    assert labels_of("swarm-hpa", labels)["skep.metric.rps.query"] == 'sum(   depth{service="$service"} )'


def test_a_query_named_like_a_metric_of_skeps_gets_another_name() -> None:
    labels = labels_of("swarm-hpa", {**BY_QUERY, "swarm.autoscaler.metric": "cpu"})
    assert "skep.metric.cpu-query.query" in labels


def test_a_query_without_a_source_is_taken_for_one_of_the_daemons_prometheus() -> None:
    labels = {label: text for label, text in BY_QUERY.items() if label != "swarm.autoscaler.source"}
    assert labels_of("swarm-hpa", labels)["skep.metric.rps.source"] == "prometheus"


@pytest.mark.parametrize(
    ("labels", "native"),
    [
        pytest.param({"swarm.autoscaler.enabled": "false"}, {"skep.enable": "false"}, id="switched off"),
        pytest.param(
            {**BY_CPU, "swarm.autoscaler.enabled": "false", "swarm.autoscaler.min": "none of your business"},
            {"skep.enable": "false"},
            id="switched off, whatever else is wrong",
        ),
        pytest.param({**BY_CPU, "swarm.autoscaler.enabled": "True"}, {"skep.enable": "false"}, id="True is not true"),
        pytest.param({"swarm.autoscaler.heal": "true"}, {"skep.enable": "false"}, id="healing alone"),
    ],
)
def test_a_service_that_the_peer_does_not_scale_is_not_enabled(labels: dict[str, str], native: dict[str, str]) -> None:
    assert labels_of("swarm-hpa", labels) == native


def test_a_true_that_is_none_is_told() -> None:
    (note,) = notes_of("swarm-hpa", {**BY_CPU, "swarm.autoscaler.enabled": "True"})
    assert note == (
        'swarm.autoscaler.enabled is "True", and nothing but "true" switches the peer on; '
        'write skep.enable: "true" if it is meant'
    )


def test_zero_replicas_become_one_where_nothing_could_wake_the_service() -> None:
    labels = {**BY_CPU, "swarm.autoscaler.min": "0"}
    assert labels_of("swarm-hpa", labels)["skep.min"] == "1"
    assert any(note.startswith("swarm.autoscaler.min is 0") for note in notes_of("swarm-hpa", labels))


@pytest.mark.parametrize(
    ("label", "value", "beginning"),
    [
        pytest.param(
            "swarm.autoscaler.min", "-1", 'web: swarm.autoscaler.min is "-1", expected a whole number', id="negative"
        ),
        pytest.param(
            "swarm.autoscaler.max",
            "1",
            'web: swarm.autoscaler.max is "1", expected no less than swarm.autoscaler.min, which is 2',
            id="bounds that cross",
        ),
        pytest.param(
            "swarm.autoscaler.target", "NaN", 'web: swarm.autoscaler.target is "NaN", expected a number', id="NaN"
        ),
        pytest.param(
            "swarm.autoscaler.target", "0", 'web: swarm.autoscaler.target is "0", expected a number above 0', id="zero"
        ),
        pytest.param(
            "swarm.autoscaler.target",
            "300",
            'web: swarm.autoscaler.target is "300", expected a level that can be reached: 3 cores is more than '
            "deploy.resources.limits.cpus of 2 cores",
            id="more than the limit",
        ),
        pytest.param(
            "swarm.autoscaler.metric",
            "rps",
            'web: swarm.autoscaler.metric is "rps", expected cpu or memory',
            id="a name without a query",
        ),
        pytest.param(
            "swarm.autoscaler.source",
            "prometheus",
            "web: swarm.autoscaler.query is missing, expected the PromQL",
            id="prometheus without a query",
        ),
        pytest.param(
            "swarm.autoscaler.query",
            'rate(cpu{id="$SERVICE_ID"}[1m])',
            'web: swarm.autoscaler.query is "rate(cpu{id="$SERVICE_ID"}[1m])", expected $SERVICE in place of',
            id="the id of the service",
        ),
        pytest.param(
            "swarm.autoscaler.query",
            "depth # of the queue\n/ 2",
            r'web: swarm.autoscaler.query is "depth # of the queue\n/ 2", expected a query without comments',
            id="a comment that would swallow the rest",
        ),
        pytest.param(
            "swarm.autoscaler.source",
            "graphite",
            'web: swarm.autoscaler.source is "graphite", expected dockerstats, agents or prometheus',
            id="no source",
        ),
    ],
)
def test_a_wrong_value_is_a_problem(label: str, value: str, beginning: str) -> None:
    (problem,) = problems_of("swarm-hpa", {**BY_CPU, label: value})
    assert problem.startswith(beginning)


def test_all_that_is_missing_is_told_at_once() -> None:
    problems = translated("swarm-hpa", {"swarm.autoscaler.enabled": "true"}).problems
    assert [problem.label.rpartition(".")[2] for problem in problems] == ["min", "max", "metric", "target"]


def test_a_share_of_a_limit_that_is_not_set_is_a_problem_of_the_limit() -> None:
    (problem,) = problems_of("swarm-hpa", {**BY_CPU, "swarm.autoscaler.metric": "memory"}, NO_LIMITS)
    assert problem == (
        "web: deploy.resources.limits.memory is missing, expected a limit, since swarm.autoscaler.target of 70% "
        "is a share of it, for example 512M"
    )


def test_cores_need_no_limit() -> None:
    assert labels_of("swarm-hpa", BY_CPU, NO_LIMITS)["skep.cpu"] == "0.7 cores"


def test_a_reservation_is_no_limit() -> None:
    facts = ServiceFacts(name="web", reservations=Resources(memory_bytes=1 << 30))
    assert problems_of("swarm-hpa", {**BY_CPU, "swarm.autoscaler.metric": "memory"}, facts)


@pytest.mark.parametrize("label", ["swarm.autoscaler.heal", "swarm.autoscaler.rebalance", "swarm.autoscaler.mim"])
def test_what_is_not_carried_over_is_noted(label: str) -> None:
    assert any(note.startswith(f"{label} ") for note in notes_of("swarm-hpa", {**BY_CPU, label: "true"}))
