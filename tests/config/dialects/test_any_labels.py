"""Whatever a label says, a dialect translates it or says what is wrong, and skep reads what it wrote."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skep.config.dialects import DIALECTS, Dialect, ServiceFacts
from skep.config.labels import Problem, Problems, read_labels
from skep.core.cluster import Resources
from tests.builders import service
from tests.config.dialects.test_recognition import SIGNS

#: The labels that change what is written.
LABELS = sorted(
    {
        *(label for _, labels in SIGNS for label in labels),
        *("swarm.autoscaler.min", "swarm.autoscaler.max", "swarm.autoscaler.metric", "swarm.autoscaler.target"),
        *("swarm.autoscaler.source", "swarm.autoscaler.query", "swarm.autoscaler.rebalance"),
        *("swarm.autoscaler.min_replicas", "swarm.autoscaler.max_replicas", "swarm.autoscaler.cpu.threshold"),
        *("swarm.autoscaler.ram.threshold", "swarm.autoscaler.cooldown"),
        *("swarm.autoscaler.minimum", "swarm.autoscaler.maximum"),
        *("swarm.autoscale.min", "swarm.autoscale.max", "swarm.autoscale.percentage-max"),
        *("swarm.autoscale.percentage-min", "swarm.autoscale.decrease-mode"),
        *("autoscale.min", "autoscale.max", "autoscale.cpu.max", "autoscale.cpu.min", "autoscale.mem.max"),
        *("autoscale.mem.min", "autoscale.cooldown", "autoscale.scale_down.enable"),
        *("autoscale.minimum_replicas", "autoscale.maximum_replicas", "autoscale.cpu_upscale_threshold"),
        *("autoscale.cpu_downscale_threshold", "autoscale.cpu_upscale_time_duration"),
        *("autoscale.cpu_downscale_time_duration", "autoscale.memory_upscale_threshold"),
        *("autoscale.memory_downscale_threshold", "autoscale.scaling_conflict_resolution"),
        *("autoscale.scalingtarget", "autoscale.mininstances", "autoscale.maxinstances", "autoscale.interval"),
        *("autoscale.backoff", "autoscale.scaleupbackoff", "autoscale.scaledownbackoff"),
        *("com.df.scaleMax", "com.df.scaleUpBy", "com.df.scaleDownBy", "com.df.alertIf.1", "com.df.alertFor.1"),
        *("orbiter.up", "orbiter.down", "orbiter.cooldown"),
        *("balancer.scale.min.count", "balancer.scale.max.count", "balancer.scale.threshold.cpu.upper"),
        *("balancer.scale.threshold.cpu.lower", "balancer.scale.threshold.upper"),
        *("visualizer.autoscale.max", "visualizer.autoscale.up.cpu", "visualizer.autoscale.down.cpu"),
        *("autopilot.scale_min", "autopilot.scale_max"),
        *("autoscaler.metric", "autoscaler.cpu.threshold", "autoscaler.memory.threshold", "autoscaler.min"),
        *("autoscaler.max", "autoscaler.memory.limit_bytes"),
        *("scaler.per_node", "com.openfaas.scale.min", "com.openfaas.scale.factor"),
        *("sablier.idle.replicas", "sablier.active.replicas", "sablier.running-hours", "sablier.running-days"),
    }
)
HOSTILE = [
    "",
    " ",
    "-1",
    "NaN",
    "inf",
    "1e308",
    "0",
    "x" * 10_000,
    "9" * 10_000,
    "٣",
    "\x00\n\x1b[31m",
    "999999999999999",
]
PLAIN = ["true", "1", "2", "3", "20", "70", "70%", "0.2", "0.0000000001", "5m", "300MiB", "400MB", "cpu", "memory"]
WORDS = ["prometheus", "rabbitmq", "jobs", "09:00-18:00", "Mon,Tue", "@service_mem_limit:0.8", "a $SERVICE b", "MAX"]

VALUES = st.one_of(st.sampled_from([*HOSTILE, *PLAIN, *WORDS]), st.text(max_size=80))
ANY_LABELS = st.dictionaries(st.sampled_from(LABELS), VALUES, max_size=len(LABELS))
PLAIN_LABELS = st.dictionaries(st.sampled_from(LABELS), st.sampled_from(PLAIN + WORDS), min_size=len(LABELS) // 2)
AMOUNTS = st.sampled_from([(None, None), (0.25, None), (1.0, 512 << 20), (64.0, 1 << 40)])
EVERY_DIALECT = pytest.mark.parametrize("dialect", DIALECTS, ids=[dialect.name for dialect in DIALECTS])


def facts(amounts: tuple[float | None, int | None], replicas: int | None) -> ServiceFacts:
    cores, memory_bytes = amounts
    limits = Resources(cpu_cores=cores, memory_bytes=memory_bytes)
    return ServiceFacts(name="web", limits=limits, replicas=replicas)


def is_of_this_version(problem: Problem) -> bool:
    """Whether the label would be right in any version: the rest is for those that read more labels."""
    unsupported = ("not supported by this version", "SELECT")
    return not any(words in problem.expected for words in unsupported)


@EVERY_DIALECT
@given(labels=ANY_LABELS, amounts=AMOUNTS, replicas=st.none() | st.integers(0, 50))
def test_any_labels_are_translated_or_objected_to(
    dialect: Dialect, labels: dict[str, str], amounts: tuple[float | None, int | None], replicas: int | None
) -> None:
    translation = dialect.translate(labels, facts(amounts, replicas))
    assert all(label.startswith("skep.") and text.isprintable() for label, text in translation.native)
    sentences = [note.sentence for note in translation.notes]
    sentences += [problem.sentence for problem in translation.problems]
    assert all(len(sentence) < 700 and sentence.isprintable() for sentence in sentences)


@EVERY_DIALECT
@given(labels=ANY_LABELS | PLAIN_LABELS, amounts=AMOUNTS, replicas=st.none() | st.integers(0, 50))
def test_what_is_written_without_a_problem_skep_reads_or_misses_something(
    dialect: Dialect, labels: dict[str, str], amounts: tuple[float | None, int | None], replicas: int | None
) -> None:
    translation = dialect.translate(labels, facts(amounts, replicas))
    if translation.problems:
        return
    subject = replace(service(labels=dict(translation.native)), limits=facts(amounts, None).limits)
    policy = read_labels(subject)
    wrong = policy.problems if isinstance(policy, Problems) else ()
    assert [problem for problem in wrong if problem.given is not None and is_of_this_version(problem)] == []
