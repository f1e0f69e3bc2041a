"""Every vector of the other autoscalers gives the same answer here, or differs for a reason that is known by rule."""

import json
from collections import Counter
from pathlib import Path

import pytest

from tests.conformance.drivers import DRIVERS
from tests.conformance.judging import Verdict, judge
from tests.conformance.vector import Vector, load

FOLDER = Path(__file__).parent / "vectors"
VECTORS = load(FOLDER)


@pytest.mark.parametrize("vector", [pytest.param(vector, id=f"{vector.family}: {vector.name}") for vector in VECTORS])
def test_the_core_answers_as_the_other_or_differs_for_a_known_reason(vector: Vector) -> None:
    outcome = judge(vector)
    assert outcome.verdict is not Verdict.FAILED, f"{outcome.wanted} wanted, got {outcome.trouble or outcome.got}"
    assert (outcome.deviation is not None) is (outcome.verdict is Verdict.DEVIATES)


def test_no_vector_deviates_that_did_not_before() -> None:
    deviating = {f"{vector.family}: {vector.name}" for vector in VECTORS if judge(vector).verdict is Verdict.DEVIATES}
    assert deviating == {
        "hpa: request_sum: named-container-only",
        "hpa: request_sum: pod-level-on-but-unset-falls-back-to-sum",
        "hpa: request_sum: restartable-init-container-counts-plain-init-does-not",
        "hpa: scale_event_log: no-behavior-keeps-old-entry-up",
        "hpa: scale_event_log: no-behavior-stores-nothing-up",
        "kapacitor: derived_semantics: cache/external-scale-unseen",
        "kapacitor: validation: max-below-min-not-rejected",
        "kapacitor: validation: min-zero",
        "kapacitor: validation: neither-name-nor-tag",
        "nomad: pick_across_groups: groups-down-beats-none",
    }


@pytest.mark.parametrize("family", sorted(path.name for path in FOLDER.iterdir()))
def test_no_vector_is_left_out(family: str) -> None:
    index = json.loads((FOLDER / family / "index.json").read_text(encoding="utf-8"))
    assert Counter(vector.group for vector in VECTORS if vector.family == family) == index["groups"]


def test_every_group_has_a_driver_and_every_driver_a_group() -> None:
    assert {vector.group for vector in VECTORS} == DRIVERS.keys()


@pytest.mark.parametrize("family", sorted(path.name for path in FOLDER.iterdir()))
def test_every_family_says_where_it_comes_from(family: str) -> None:
    text = (FOLDER / family / "README.md").read_text(encoding="utf-8")
    assert "https://github.com/" in text
    assert any(licence in text for licence in ("Apache-2.0", "MIT", "MPL-2.0"))
