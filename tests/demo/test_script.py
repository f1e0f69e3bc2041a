"""What is played makes sense: the labels can be read, and the surge needs what the labels allow."""

from datetime import timedelta

import pytest

from lab.demo.script import LONG, SHORT, Script
from skep.config.labels import read_labels
from skep.core.policy import ServicePolicy
from tests.builders import service

SCRIPTS = [pytest.param(SHORT, id="short"), pytest.param(LONG, id="long")]


@pytest.mark.parametrize("script", SCRIPTS)
def test_the_labels_are_right_in_the_eyes_of_skep(script: Script) -> None:
    policy = read_labels(service(2, labels=script.labels))
    assert isinstance(policy, ServicePolicy)
    assert policy.bounds.min_replicas == script.min_replicas


@pytest.mark.parametrize("script", SCRIPTS)
def test_the_surge_fits_within_the_bounds(script: Script) -> None:
    assert script.min_replicas < script.enough_replicas <= script.max_replicas


@pytest.mark.parametrize("script", SCRIPTS)
def test_one_replica_less_than_enough_is_beyond_the_tolerance_so_that_skep_does_not_stop_short(script: Script) -> None:
    assert script.surge_rps / (script.target_rps * (script.enough_replicas - 1)) > 1.1


@pytest.mark.parametrize("script", SCRIPTS)
def test_the_fewest_replicas_carry_the_quiet_load(script: Script) -> None:
    assert script.quiet_rps <= script.target_rps * script.min_replicas


@pytest.mark.parametrize(
    ("after", "act"),
    [
        pytest.param(timedelta(), "quiet", id="at first"),
        pytest.param(SHORT.quiet, "surge", id="when the surge begins"),
        pytest.param(SHORT.quiet + SHORT.surge, "quiet again", id="when it ends"),
        pytest.param(SHORT.length * 2, "quiet again", id="after everything"),
    ],
)
def test_each_instant_belongs_to_one_act(after: timedelta, act: str) -> None:
    assert SHORT.act_at(after).name == act
