"""The core decides as the Kubernetes HorizontalPodAutoscaler does, apart from deviations with a reason."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.conformance.hpa_driver import DRIVERS, deviation

VECTORS = Path(__file__).parent / "vectors" / "hpa"


def _vectors() -> Iterator[Any]:
    for path in sorted(VECTORS.glob("*.json")):
        for vector in json.loads(path.read_text()).get("vectors", ()):
            if vector["group"] in DRIVERS and vector.get("applies_to_swarm", True):
                yield pytest.param(vector, id=f"{vector['group']}: {vector['id']}")


@pytest.mark.parametrize("vector", list(_vectors()))
def test_the_core_answers_as_the_hpa(vector: dict[str, Any]) -> None:
    """Every vector gives the same count, unless a deviation is known by rule."""
    reason = deviation(vector)
    if reason is not None:
        pytest.skip(reason)
    answer = DRIVERS[vector["group"]](vector["input"])
    expected = {key: value for key, value in vector["expected"].items() if key in answer}
    assert answer == expected, vector.get("note", "")
    assert expected, "the vector must say something that the driver answers"
