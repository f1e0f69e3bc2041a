"""What is played makes sense: the labels can be read, and the surge needs what the labels allow."""

from datetime import timedelta

import pytest

from lab.demo.script import LONG, LONG_WITH_NODES, SHORT, SHORT_WITH_NODES, Script, script_for
from skep.config import policy_file
from skep.config.clauses import PolicyFile
from skep.config.labels import read_labels
from skep.core.policy import ServicePolicy
from tests.builders import service

WITH_NODES = [
    pytest.param(SHORT_WITH_NODES, id="short, with nodes"),
    pytest.param(LONG_WITH_NODES, id="long, with nodes"),
]
SCRIPTS = [pytest.param(SHORT, id="short"), pytest.param(LONG, id="long"), *WITH_NODES]


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


@pytest.mark.parametrize("script", WITH_NODES)
def test_the_surge_fits_on_the_nodes_that_may_come_and_not_on_the_three_that_are_there(script: Script) -> None:
    fleet = script.fleet
    assert fleet is not None
    assert fleet.replicas_per_node * 3 < script.enough_replicas
    assert script.max_replicas <= fleet.replicas_per_node * (3 + fleet.most_machines)
    assert (
        fleet.reservation_ratio * fleet.replicas_per_node < 1 < fleet.reservation_ratio * (fleet.replicas_per_node + 1)
    )


@pytest.mark.parametrize("script", WITH_NODES)
def test_the_policy_file_is_right_in_the_eyes_of_skep(script: Script) -> None:
    assert script.fleet is not None
    file = policy_file.read(script.fleet.policy("demo"), "policy.yml")
    assert isinstance(file, PolicyFile)
    (pool,) = file.pools
    assert (pool.bounds.max_replicas, pool.provider) == (script.fleet.most_machines, "lab")


def test_options_choose_the_script() -> None:
    chosen = [script_for(short=short, nodes=nodes) for nodes in (False, True) for short in (False, True)]
    assert chosen == [LONG, SHORT, LONG_WITH_NODES, SHORT_WITH_NODES]


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
