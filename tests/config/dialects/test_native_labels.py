"""At run time: the labels of a peer in place of skep's own."""

from dataclasses import replace

import pytest

from skep.config.dialects import native_labels
from skep.config.labels import read_labels
from skep.core.policy import Bounds, ServicePolicy
from tests.builders import service

BY_CPU = {
    "swarm.autoscaler.enabled": "true",
    "swarm.autoscaler.min": "2",
    "swarm.autoscaler.max": "20",
    "swarm.autoscaler.metric": "cpu",
    "swarm.autoscaler.target": "40",
}


def native(labels: dict[str, str], dialect: str = "swarm-hpa") -> dict[str, str]:
    """The labels by which the service is scaled, where nothing is wrong."""
    translation = native_labels(service(labels=labels), dialect)
    assert translation.problems == ()
    return dict(translation.native)


def only_problem(labels: dict[str, str], dialect: str = "swarm-hpa") -> str:
    """The one thing that is wrong."""
    (problem,) = native_labels(service(labels=labels), dialect).problems
    return problem.sentence


def test_a_service_is_scaled_by_the_labels_of_its_peer() -> None:
    subject = service(labels=BY_CPU)
    policy = read_labels(replace(subject, labels=native_labels(subject, "swarm-hpa").native))
    assert isinstance(policy, ServicePolicy)
    assert policy.bounds == Bounds(min_replicas=2, max_replicas=20)


def test_labels_of_its_own_stand_over_those_of_the_peer() -> None:
    labels = native({**BY_CPU, "skep.max": "30", "skep.requests": "50/s", "skep.dialect": "swarm-hpa"})
    assert (labels["skep.max"], labels["skep.requests"], labels["skep.min"]) == ("30", "50/s", "2")
    assert "skep.dialect" not in labels


@pytest.mark.parametrize(
    "labels",
    [
        pytest.param({"skep.enable": "true", "skep.max": "9"}, id="labels of its own alone"),
        pytest.param({"traefik.enable": "true"}, id="none of either"),
        pytest.param({"autoscale.enable": "true", "swarm.cronjob.enable": "true"}, id="those of other peers"),
    ],
)
def test_a_service_that_does_not_speak_the_dialect_of_all_has_its_own_labels(labels: dict[str, str]) -> None:
    assert native(labels) == {label: text for label, text in labels.items() if label.startswith("skep.")}


def test_a_service_that_names_a_dialect_has_to_speak_it() -> None:
    assert only_problem({"skep.dialect": "swarm-hpa"}) == (
        'web: skep.dialect is "swarm-hpa", expected labels of Aleksey512/swarm-hpa under deploy.labels, '
        "for example the service without skep.dialect"
    )


def test_a_dialect_that_does_not_exist_is_a_problem_that_names_all() -> None:
    assert "expected one of swarm-hpa, andrii, jcwimer" in only_problem(BY_CPU, "kubernetes")


def test_a_service_of_two_autoscalers_is_refused() -> None:
    problem = only_problem({**BY_CPU, "sablier.enable": "true"})
    assert "the labels of one autoscaler, not of Aleksey512/swarm-hpa and of Sablier" in problem


def test_what_is_wrong_in_the_dialect_is_told() -> None:
    assert only_problem({**BY_CPU, "swarm.autoscaler.min": "x"}).startswith('web: swarm.autoscaler.min is "x"')


def test_switched_off_by_a_label_of_its_own_nothing_is_wrong() -> None:
    assert native({**BY_CPU, "swarm.autoscaler.min": "x", "skep.enable": "off"})["skep.enable"] == "off"


def test_labels_of_containers_are_read_where_they_are_handed_over() -> None:
    labels = (
        ("visualizer.autoscale.min", "1"),
        ("visualizer.autoscale.max", "4"),
        ("visualizer.autoscale.up.cpu", "0.2"),
    )
    translation = native_labels(service(labels={}), "visualizer", container_labels=labels)
    assert dict(translation.native)["skep.cpu"] == "0.2 cores"


def test_the_answer_is_remembered() -> None:
    assert native_labels(service(labels=BY_CPU), "swarm-hpa") is native_labels(service(labels=BY_CPU), "swarm-hpa")
