"""AndriiDerevytskyi/Swarm-autoscaler."""

from dataclasses import replace

import pytest

from skep.config.dialects import ServiceFacts
from skep.core.cluster import Resources
from tests.config.dialects.speaking import NO_LIMITS, ROOMY, labels_of, notes_of, problems_of

ENABLED = {"swarm.autoscaler.enable": "true"}


def test_everything_has_a_default() -> None:
    assert labels_of("andrii", ENABLED) == {
        "skep.enable": "true",
        "skep.min": "1",
        "skep.max": "5",
        "skep.cpu": "0.8 cores",
        "skep.memory": "80%",
        "skep.tolerance": "up=0% down=0%",
        "skep.scale-up": "window=0s rate=5/15s",
        "skep.scale-down": "window=5m rate=1/15s",
        "skep.cooldown": "up=0s down=5m",
    }


def test_the_cooldown_is_in_minutes() -> None:
    labels = labels_of("andrii", {**ENABLED, "swarm.autoscaler.cooldown": "10"})
    assert (labels["skep.cooldown"], labels["skep.scale-down"]) == ("up=0s down=10m", "window=10m rate=1/15s")


def test_a_cooldown_longer_than_a_window_can_be_is_kept_as_a_cooldown() -> None:
    labels = labels_of("andrii", {**ENABLED, "swarm.autoscaler.cooldown": "90"})
    assert (labels["skep.cooldown"], labels["skep.scale-down"]) == ("up=0s down=1h30m", "window=1h rate=1/15s")


def test_without_a_cooldown_three_samples_come_before_shrinking() -> None:
    labels = labels_of("andrii", {**ENABLED, "swarm.autoscaler.cooldown": "0"})
    assert ("skep.cooldown" in labels, labels["skep.scale-down"]) == (False, "window=45s rate=1/15s")


def test_a_default_threshold_above_the_limit_is_left_out() -> None:
    facts = ServiceFacts(name="web", limits=Resources(cpu_cores=0.5, memory_bytes=1 << 30))
    assert "skep.cpu" not in labels_of("andrii", ENABLED, facts)
    assert any("never reached" in note for note in notes_of("andrii", ENABLED, facts))


def test_a_threshold_that_was_written_above_the_limit_is_a_problem() -> None:
    facts = ServiceFacts(name="web", limits=Resources(cpu_cores=0.5))
    (problem,) = problems_of("andrii", {**ENABLED, "swarm.autoscaler.cpu.threshold": "60"}, facts)
    assert problem == (
        'web: swarm.autoscaler.cpu.threshold is "60", expected a level that can be reached: 0.6 cores is more than '
        "deploy.resources.limits.cpus of 0.5 cores, for example skep.cpu: 80%"
    )


def test_a_service_without_limits_is_refused_as_the_peer_does() -> None:
    (problem,) = problems_of("andrii", ENABLED, NO_LIMITS)
    assert problem.startswith('web: swarm.autoscaler.enable is "true", expected a limit of CPU or memory')


def test_a_service_with_the_peers_own_name_is_left_alone() -> None:
    assert labels_of("andrii", ENABLED, replace(ROOMY, name="autoscaler_agent")) == {"skep.enable": "false"}


@pytest.mark.parametrize(
    ("label", "value"),
    [
        pytest.param("swarm.autoscaler.cooldown", "5m", id="a cooldown with a unit"),
        pytest.param("swarm.autoscaler.ram.threshold", "1e2", id="an exponent"),
        pytest.param("swarm.autoscaler.ram.threshold", "0", id="nothing"),
        pytest.param("swarm.autoscaler.min_replicas", "two", id="a word for a count"),
    ],
)
def test_a_wrong_value_is_a_problem(label: str, value: str) -> None:
    (problem,) = problems_of("andrii", {**ENABLED, label: value})
    assert problem.startswith(f'web: {label} is "{value}"')
