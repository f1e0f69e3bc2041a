"""Peers that take one step when use passes a threshold."""

import pytest

from skep.config.dialects import ServiceFacts
from skep.core.cluster import Resources
from tests.config.dialects.speaking import NO_LIMITS, ROOMY, labels_of, notes_of, problems_of

JCWIMER = {"swarm.autoscaler": "true", "swarm.autoscaler.minimum": "2", "swarm.autoscaler.maximum": "8"}
AMEST = {"swarm.autoscale": "true"}
STEFANOD83 = {"autoscale.enable": "true"}
SOKRATES = {
    "autoscale": "true",
    "autoscale.minimum_replicas": "1",
    "autoscale.maximum_replicas": "6",
    "autoscale.cpu_upscale_threshold": "80%",
    "autoscale.cpu_downscale_threshold": "20",
}
BENNETGALLEIN = {
    "balancer.enable": "true",
    "balancer.scale.min.count": "1",
    "balancer.scale.max.count": "5",
}
VISUALIZER = {
    "visualizer.autoscale.min": "1",
    "visualizer.autoscale.max": "9",
    "visualizer.autoscale.up.cpu": "0.2",
    "visualizer.autoscale.down.cpu": "0.1",
}
XYLPHID = {"io.xylphid.autoscaling": "true"}
CRISTIANEMOYANO = {"autoscaler.enabled": "true"}


@pytest.mark.parametrize(
    ("name", "labels", "native"),
    [
        pytest.param(
            "jcwimer",
            JCWIMER,
            {
                "skep.enable": "true",
                "skep.min": "2",
                "skep.max": "8",
                "skep.cpu": "0.85 cores",
                "skep.tolerance": "up=0% down=70.59%",
                "skep.scale-up": "window=0s rate=1/1m",
                "skep.scale-down": "window=1m rate=1/1m",
            },
            id="jcwimer: fixed thresholds of one core, a step a minute",
        ),
        pytest.param(
            "amest",
            AMEST,
            {
                "skep.enable": "true",
                "skep.min": "2",
                "skep.max": "15",
                "skep.cpu": "85%",
                "skep.tolerance": "up=0% down=70.59%",
                "skep.scale-up": "window=0s rate=1/5m",
                "skep.scale-down": "window=5m rate=1/5m",
            },
            id="amest: shares of the limit, a step every five minutes",
        ),
        pytest.param(
            "stefanod83",
            STEFANOD83,
            {
                "skep.enable": "true",
                "skep.min": "1",
                "skep.max": "50",
                "skep.cpu": "80%",
                "skep.memory": "80%",
                "skep.tolerance": "up=0% down=75%",
                "skep.scale-up": "window=0s rate=1/15s",
                "skep.scale-down": "window=2m rate=1/15s",
                "skep.cooldown": "up=2m down=2m",
            },
            id="stefanod83: CPU and memory, a cooldown in seconds",
        ),
        pytest.param(
            "sokrates",
            SOKRATES,
            {
                "skep.enable": "true",
                "skep.min": "1",
                "skep.max": "6",
                "skep.cpu": "0.8 cores",
                "skep.window": "2m",
                "skep.tolerance": "up=0% down=75%",
                "skep.scale-up": "window=0s rate=1/1m",
                "skep.scale-down": "window=5m rate=1/1m",
            },
            id="sokrates: shares of one core, a window for each direction",
        ),
        pytest.param(
            "bennetgallein",
            BENNETGALLEIN,
            {
                "skep.enable": "true",
                "skep.min": "1",
                "skep.max": "5",
                "skep.cpu": "0.85 cores",
                "skep.tolerance": "up=0% down=70.59%",
                "skep.scale-up": "window=0s rate=1/30s",
                "skep.scale-down": "window=30s rate=1/30s",
            },
            id="bennetgallein: shares of one core, a step every 30 seconds",
        ),
        pytest.param(
            "visualizer",
            VISUALIZER,
            {
                "skep.enable": "true",
                "skep.min": "1",
                "skep.max": "9",
                "skep.cpu": "0.2 cores",
                "skep.window": "20s",
                "skep.tolerance": "up=0% down=50%",
                "skep.scale-up": "window=0s rate=1/10s",
                "skep.scale-down": "window=10s rate=1/10s",
            },
            id="visualizer: fractions of one core",
        ),
        pytest.param(
            "xylphid",
            XYLPHID,
            {
                "skep.enable": "true",
                "skep.min": "1",
                "skep.cpu": "0.5 cores",
                "skep.memory": "50%",
                "skep.window": "5m",
                "skep.tolerance": "up=0% down=0%",
                "skep.scale-up": "window=0s rate=1/1m",
                "skep.scale-down": "window=5m rate=1/1m",
                "skep.cooldown": "up=5m down=2m",
            },
            id="xylphid: everything fixed, no upper bound",
        ),
        pytest.param(
            "cristianemoyano",
            CRISTIANEMOYANO,
            {
                "skep.enable": "true",
                "skep.min": "1",
                "skep.max": "3",
                "skep.cpu": "0.7 cores",
                "skep.tolerance": "up=0% down=50%",
                "skep.scale-up": "window=0s rate=1/1m",
                "skep.scale-down": "window=1m rate=1/1m",
                "skep.cooldown": "up=1m down=1m",
            },
            id="cristianemoyano: down below half, at most the present count",
        ),
    ],
)
def test_with_its_defaults(name: str, labels: dict[str, str], native: dict[str, str]) -> None:
    assert labels_of(name, labels) == native


@pytest.mark.parametrize(
    ("name", "labels", "native"),
    [
        pytest.param(
            "amest",
            {**AMEST, "swarm.autoscale.percentage-max": "90%", "swarm.autoscale.percentage-min": "45"},
            {"skep.cpu": "90%", "skep.tolerance": "up=0% down=50%"},
            id="percent with and without a sign",
        ),
        pytest.param(
            "stefanod83",
            {**STEFANOD83, "autoscale.scale_down.enable": "false"},
            {"skep.scale-down": "off"},
            id="never shrinking",
        ),
        pytest.param(
            "stefanod83",
            {**STEFANOD83, "autoscale.cooldown": "0"},
            {"skep.scale-down": "window=15s rate=1/15s"},
            id="without a cooldown the next look may shrink",
        ),
        pytest.param(
            "sokrates",
            {
                **SOKRATES,
                "autoscale.memory_upscale_threshold": "400MB",
                "autoscale.memory_downscale_threshold": "100 MB",
                "autoscale.cpu_upscale_time_duration": "90s",
            },
            {"skep.memory": "390625KiB", "skep.window": "1m30s"},
            id="MB as powers of 1000",
        ),
        pytest.param(
            "sokrates",
            {
                **SOKRATES,
                "autoscale.memory_upscale_threshold": "300MiB",
                "autoscale.memory_downscale_threshold": "104857600",
            },
            {"skep.memory": "300MiB"},
            id="MiB as powers of 1024, and bare bytes",
        ),
        pytest.param(
            "bennetgallein",
            {**BENNETGALLEIN, "balancer.scale.threshold.upper": "60", "balancer.scale.threshold.lower": "30"},
            {"skep.cpu": "0.6 cores", "skep.tolerance": "up=0% down=50%"},
            id="thresholds by their earlier names",
        ),
        pytest.param(
            "bennetgallein",
            {"balancer.enable": "false", "balancer.scale.max.count": "5"},
            {"skep.enable": "true", "skep.scale-down": "off"},
            id="a switch that says false, and a direction without its bound",
        ),
        pytest.param(
            "visualizer",
            {label: text for label, text in VISUALIZER.items() if label != "visualizer.autoscale.down.cpu"},
            {"skep.scale-down": "off"},
            id="nothing that votes for fewer",
        ),
        pytest.param(
            "cristianemoyano",
            {
                **CRISTIANEMOYANO,
                "autoscaler.metric": "memory",
                "autoscaler.memory.limit_bytes": "209715200",
                "autoscaler.memory.threshold": "50",
            },
            {"skep.memory": "100MiB", "skep.tolerance": "up=0% down=50%"},
            id="a share of bytes that the labels name",
        ),
    ],
)
def test_with_labels_of_its_own(name: str, labels: dict[str, str], native: dict[str, str]) -> None:
    translated = labels_of(name, labels)
    assert {label: translated[label] for label in native} == native


@pytest.mark.parametrize(
    ("name", "labels", "facts", "beginning"),
    [
        pytest.param(
            "jcwimer",
            JCWIMER,
            ServiceFacts(name="web", limits=Resources(cpu_cores=0.5)),
            'web: swarm.autoscaler is "true", expected a level that can be reached: 0.85 cores is more than',
            id="jcwimer: a limit below the fixed threshold",
        ),
        pytest.param(
            "jcwimer",
            {"swarm.autoscaler": "true", "swarm.autoscaler.minimum": "2"},
            ROOMY,
            "web: swarm.autoscaler.maximum is missing",
            id="jcwimer: no maximum",
        ),
        pytest.param(
            "amest",
            AMEST,
            NO_LIMITS,
            "web: deploy.resources.limits.cpus is missing, expected a limit, since swarm.autoscale.percentage-max "
            "of 85% is a share of it",
            id="amest: without a limit it means all cores of a node",
        ),
        pytest.param(
            "amest",
            {**AMEST, "swarm.autoscale.percentage-min": "90"},
            ROOMY,
            'web: swarm.autoscale.percentage-min is "90", expected no more than swarm.autoscale.percentage-max',
            id="amest: thresholds that cross",
        ),
        pytest.param(
            "amest",
            {**AMEST, "swarm.autoscale.decrease-mode": "MEAN"},
            ROOMY,
            'web: swarm.autoscale.decrease-mode is "MEAN", expected MEDIAN or MAX',
            id="amest: no mode",
        ),
        pytest.param(
            "stefanod83",
            {**STEFANOD83, "autoscale.mem.max": "80"},
            ServiceFacts(name="web", limits=Resources(cpu_cores=1.0)),
            "web: deploy.resources.limits.memory is missing",
            id="stefanod83: memory that was asked for, without a limit",
        ),
        pytest.param(
            "stefanod83",
            {**STEFANOD83, "autoscale.cooldown": "2m"},
            ROOMY,
            'web: autoscale.cooldown is "2m", expected a whole number',
            id="stefanod83: a cooldown with a unit",
        ),
        pytest.param(
            "sokrates",
            {label: text for label, text in SOKRATES.items() if "downscale" not in label},
            ROOMY,
            "web: autoscale.cpu_downscale_threshold is missing, expected a threshold beside "
            "autoscale.cpu_upscale_threshold",
            id="sokrates: one threshold of a pair",
        ),
        pytest.param(
            "sokrates",
            {label: text for label, text in SOKRATES.items() if "threshold" not in label},
            ROOMY,
            "web: autoscale.cpu_upscale_threshold is missing, expected a pair of thresholds, of CPU or of memory",
            id="sokrates: no pair at all",
        ),
        pytest.param(
            "sokrates",
            {**SOKRATES, "autoscale.cpu_upscale_threshold": "150"},
            ROOMY,
            'web: autoscale.cpu_upscale_threshold is "150", expected a percentage from 0 to 100',
            id="sokrates: more than a core",
        ),
        pytest.param(
            "sokrates",
            {
                **SOKRATES,
                "autoscale.memory_upscale_threshold": "400 megs",
                "autoscale.memory_downscale_threshold": "1MB",
            },
            ROOMY,
            'web: autoscale.memory_upscale_threshold is "400 megs", expected an amount of memory',
            id="sokrates: no amount",
        ),
        pytest.param(
            "visualizer",
            {label: text for label, text in VISUALIZER.items() if label != "visualizer.autoscale.up.cpu"},
            ROOMY,
            "web: visualizer.autoscale.up.cpu is missing",
            id="visualizer: nothing that votes for more",
        ),
        pytest.param(
            "cristianemoyano",
            {**CRISTIANEMOYANO, "autoscaler.metric": "latency"},
            ROOMY,
            'web: autoscaler.metric is "latency", expected cpu or memory',
            id="cristianemoyano: no metric",
        ),
    ],
)
def test_a_problem(name: str, labels: dict[str, str], facts: ServiceFacts, beginning: str) -> None:
    (problem,) = problems_of(name, labels, facts)
    assert problem.startswith(beginning)


@pytest.mark.parametrize(
    ("name", "labels", "part"),
    [
        pytest.param("jcwimer", JCWIMER, "for the sum of the replicas on a node", id="jcwimer: sums"),
        pytest.param("jcwimer", JCWIMER, "andrei-calin-dragomir", id="jcwimer: two autoscalers share its labels"),
        pytest.param("amest", AMEST, "a count outside the bounds was left alone", id="amest: bounds"),
        pytest.param(
            "amest", {**AMEST, "swarm.autoscale.decrease-mode": "MAX"}, "by the busiest of the", id="amest: the busiest"
        ),
        pytest.param(
            "stefanod83", {**STEFANOD83, "autoscale.pre_stop.cmd": "drain"}, "stop_grace_period", id="stefanod83: hooks"
        ),
        pytest.param(
            "stefanod83", {**STEFANOD83, "autoscale.minimum": "2"}, "is no label that", id="stefanod83: no such label"
        ),
        pytest.param(
            "sokrates",
            {**SOKRATES, "autoscale.scaling_conflict_resolution": "adhere_to_cpu"},
            "has no effect in the peer's own code",
            id="sokrates: conflicts",
        ),
        pytest.param(
            "sokrates",
            {**SOKRATES, "autoscale.additional_telegram_recipients_verbose_msgs": "42"},
            "is not for single services",
            id="sokrates: messages",
        ),
        pytest.param(
            "bennetgallein",
            {**BENNETGALLEIN, "balancer.enable": "false"},
            'is "false", and still switches the peer on',
            id="bennetgallein: presence",
        ),
        pytest.param("visualizer", VISUALIZER, "gives each replica a vote", id="visualizer: votes"),
        pytest.param("xylphid", XYLPHID, "write skep.max", id="xylphid: no upper bound"),
        pytest.param("xylphid", XYLPHID, "does not say of what", id="xylphid: of what"),
        pytest.param("cristianemoyano", CRISTIANEMOYANO, "the present count", id="cristianemoyano: maximum"),
        pytest.param(
            "cristianemoyano",
            {**CRISTIANEMOYANO, "autoscaler.memory.threshold": "50"},
            "has no effect, since autoscaler.metric is cpu",
            id="cristianemoyano: the other metric",
        ),
    ],
)
def test_what_is_lost_or_changed_is_noted(name: str, labels: dict[str, str], part: str) -> None:
    assert any(part in note for note in notes_of(name, labels))


@pytest.mark.parametrize(
    ("name", "labels"),
    [
        pytest.param("jcwimer", {**JCWIMER, "swarm.autoscaler": "false"}, id="jcwimer"),
        pytest.param("amest", {"swarm.autoscale": "True"}, id="amest, which takes nothing but true"),
        pytest.param("stefanod83", {"autoscale.enable": "no"}, id="stefanod83"),
        pytest.param("sokrates", {"autoscale": "false"}, id="sokrates"),
        pytest.param("xylphid", {"io.xylphid.autoscaling": ""}, id="xylphid"),
        pytest.param("cristianemoyano", {"autoscaler.enabled": "false"}, id="cristianemoyano"),
    ],
)
def test_a_service_that_is_switched_off_is_not_enabled(name: str, labels: dict[str, str]) -> None:
    assert labels_of(name, labels) == {"skep.enable": "false"}
