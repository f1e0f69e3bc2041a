"""A service may speak in the labels of another autoscaler; skep hears its own words."""

from dataclasses import replace

from skep.config.in_force import settings_of
from skep.config.labels import LabelDefaults, read_labels
from skep.config.problem import Problems
from skep.core.cluster import Service
from skep.core.policy import ServicePolicy
from tests.builders import service

HPA = {
    "swarm.autoscaler.enabled": "true",
    "swarm.autoscaler.min": "2",
    "swarm.autoscaler.max": "9",
    "swarm.autoscaler.metric": "cpu",
    "swarm.autoscaler.target": "40",
}
SWARM_HPA_FOR_ALL = LabelDefaults(dialect="swarm-hpa")


def bounds(of: Service, defaults: LabelDefaults = LabelDefaults()) -> tuple[int, int] | None:  # noqa: B008 - a value
    read = read_labels(of, defaults=defaults)
    if read is None:
        return None
    assert isinstance(read, ServicePolicy), read
    return read.bounds.min_replicas, read.bounds.max_replicas


def test_without_a_word_about_it_labels_of_others_are_none_of_our_business() -> None:
    assert bounds(service(labels=HPA)) is None


def test_a_service_names_the_dialect_it_speaks() -> None:
    assert bounds(service(labels=HPA | {"skep.dialect": "swarm-hpa"})) == (2, 9)


def test_or_one_is_set_for_all() -> None:
    assert bounds(service(labels=HPA), SWARM_HPA_FOR_ALL) == (2, 9)


def test_labels_of_skep_beside_them_win() -> None:
    assert bounds(service(labels=HPA | {"skep.dialect": "swarm-hpa", "skep.max": "30"})) == (2, 30)


def test_who_speaks_skeps_own_language_is_understood_whatever_is_set_for_all() -> None:
    labels = {"skep.enable": "true", "skep.max": "7", "skep.requests": "5/s"}
    assert bounds(service(labels=labels), SWARM_HPA_FOR_ALL) == (1, 7)


def test_labels_of_containers_are_heard_where_the_peer_looks_there() -> None:
    of = replace(
        service(labels={"skep.dialect": "visualizer"}),
        container_labels=(
            ("visualizer.autoscale.min", "2"),
            ("visualizer.autoscale.max", "6"),
            ("visualizer.autoscale.up.cpu", "0.3"),
            ("visualizer.autoscale.down.cpu", "0.1"),
        ),
    )
    assert bounds(of) == (2, 6)


def test_a_value_that_is_wrong_there_is_a_problem_of_its_label() -> None:
    read = read_labels(service(labels=HPA | {"skep.dialect": "swarm-hpa", "swarm.autoscaler.max": "many"}))
    assert isinstance(read, Problems)
    assert read.problems[0].label == "swarm.autoscaler.max"


def test_a_dialect_that_nobody_speaks_is_a_problem_with_a_list_of_those_that_are_known() -> None:
    read = read_labels(service(labels=HPA | {"skep.dialect": "klingon"}))
    assert isinstance(read, Problems)
    assert 'skep.dialect is "klingon", expected one of swarm-hpa, ' in read.problems[0].sentence


def test_what_is_in_force_is_told_in_skeps_words() -> None:
    told = {s.label: s.text for s in settings_of(service(labels=HPA), SWARM_HPA_FOR_ALL)}
    assert (told["skep.max"], told["skep.cpu"]) == ("9", "0.4 cores")
