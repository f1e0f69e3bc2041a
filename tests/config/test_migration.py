"""From services with labels of another autoscaler to what their owner has to write."""

from collections.abc import Mapping

import pytest

from skep.config.dialects import find_dialect
from skep.config.migration import LabelledService, Migration, translate_services
from tests.builders import service

AMEST = {"swarm.autoscale": "true", "swarm.autoscale.max": "9"}


def migrated(
    labels: Mapping[str, str], *, container_labels: Mapping[str, str] | None = None, dialect: str | None = None
) -> tuple[Migration, ...]:
    """What becomes of a service ``web`` with half a core."""
    labelled = LabelledService(service=service(labels=labels), container_labels=tuple((container_labels or {}).items()))
    return translate_services([labelled], dialect=find_dialect(dialect) if dialect else None)


def only(labels: Mapping[str, str], *, container_labels: Mapping[str, str] | None = None) -> Migration:
    (migration,) = migrated(labels, container_labels=container_labels)
    return migration


def test_a_service_is_translated_from_the_dialect_it_speaks() -> None:
    migration = only(AMEST)
    assert (migration.service, migration.dialect, migration.problems) == ("web", "amest", ())
    assert dict(migration.native)["skep.max"] == "9"


@pytest.mark.parametrize(
    ("labels", "dialect"),
    [
        pytest.param({"traefik.enable": "true"}, None, id="labels of no autoscaler"),
        pytest.param(AMEST, "swarm-hpa", id="labels of another than was asked for"),
    ],
)
def test_a_service_is_passed_over_with(labels: dict[str, str], dialect: str | None) -> None:
    assert migrated(labels, dialect=dialect) == ()


def test_a_service_of_two_autoscalers_is_left_to_a_person() -> None:
    migration = only({**AMEST, "sablier.enable": "true"})
    assert (migration.dialect, migration.native) == (None, ())
    assert migration.problems[0].sentence == (
        "web: skep.dialect is missing, expected the labels of one autoscaler, and here are those of amest and sablier, "
        "for example --from amest"
    )


def test_a_person_can_choose_between_two() -> None:
    (migration,) = migrated({**AMEST, "sablier.enable": "true"}, dialect="amest")
    assert migration.dialect == "amest"


def test_labels_in_the_wrong_place_are_translated_and_that_is_told() -> None:
    migration = only({}, container_labels=AMEST)
    assert dict(migration.native)["skep.max"] == "9"
    assert migration.notes[0].sentence == (
        "swarm.autoscale stands under labels, and AMEST/swarm-autoscaler looks only under deploy.labels; "
        "the service was never scaled by it, and would be by these labels"
    )


def test_what_skep_would_miss_is_a_problem() -> None:
    problems = [problem.label for problem in only({"orbiter": "true"}).problems]
    assert problems == ["skep.max", "skep.requests"]


def test_what_is_written_already_is_not_written_again_and_counts() -> None:
    migration = only({"orbiter": "true", "skep.max": "7", "skep.requests": "50/s"})
    assert migration.problems == ()
    assert {"skep.max", "skep.requests"}.isdisjoint(dict(migration.native))


def test_a_problem_of_the_dialect_is_not_told_a_second_time_as_something_missing() -> None:
    (problem,) = only({**AMEST, "swarm.autoscale.max": "many"}).problems
    assert problem.label == "swarm.autoscale.max"


def test_a_dialect_without_anything_to_write_has_no_problem() -> None:
    migration = only({"swarm.cronjob.enable": "true"})
    assert (migration.native, migration.problems) == ((), ())
