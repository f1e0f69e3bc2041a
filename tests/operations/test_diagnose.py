"""What an operator should know of a Swarm, read from the world."""

from datetime import timedelta

import pytest

from skep.config.labels import LabelDefaults
from skep.core.cluster import Service
from skep.errors import SkepError
from skep.operations.diagnose import diagnose
from tests.operations.conftest import Practice


def texts(practice: Practice) -> list[str]:
    found = diagnose(practice.world, defaults=LabelDefaults(), interval=timedelta(seconds=15))
    return [finding.text for finding in found]


def test_where_all_is_well_nothing_is_found(practice: Practice) -> None:
    practice.load(90)
    practice.evaluate()
    assert texts(practice) == []


def test_wrong_labels_are_found(practice: Practice) -> None:
    practice.swarm.label("web", {"skep.cpu": "lots"})
    (text,) = texts(practice)
    assert text.startswith('web: error: skep.cpu is "lots"')


def test_metrics_out_of_reach_are_found(practice: Practice) -> None:
    practice.metrics.break_down("connection refused")
    assert texts(practice) == ["error: the metrics cannot be read: store unreachable: connection refused"]


def test_a_permanent_store_out_of_reach_is_found(practice: Practice) -> None:
    practice.journal.lose_archive()
    assert texts(practice) == ["error: the journal cannot be read: the fake archive is out of reach"]


def test_decisions_that_have_stopped_are_found(practice: Practice) -> None:
    practice.load(90)
    practice.evaluate()
    practice.clock.advance(timedelta(minutes=3))
    assert texts(practice) == ["web: error: was last decided 3m ago: do beat and a worker on queue observe run?"]


def test_a_swarm_without_services_is_looked_at(practice: Practice) -> None:
    practice.swarm.remove("web")
    assert texts(practice) == []


def test_a_swarm_out_of_reach_is_trouble(practice: Practice) -> None:
    practice.swarm.break_down()
    with pytest.raises(SkepError):
        texts(practice)


def test_the_store_is_asked_for_one_service_only(practice: Practice) -> None:
    practice.swarm.add("api", replicas=1)
    texts(practice)
    (read,) = practice.metrics.reads
    services: tuple[Service, ...] = practice.swarm.read().services
    assert read[1] == (services[0].name,)
