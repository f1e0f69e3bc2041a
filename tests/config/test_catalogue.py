"""The catalogue says of each label what the readers do."""

from datetime import timedelta

import pytest

from skep.config.catalogue import CATALOGUE, Label, closest, label_called, meant
from skep.config.labels import read_labels
from skep.config.own_metrics import METRIC_FIELDS
from skep.config.settings import SETTINGS
from skep.core.policy import ServicePolicy
from tests.builders import service

#: But the label that has another autoscaler's labels read, which are tested in test_spoken.py.
SUPPORTED = [label for label in CATALOGUE if label.is_supported and label.name != "skep.dialect"]
ENOUGH = {
    "skep.enable": "true",
    "skep.max": "20",
    "skep.requests": "50/s",
    "skep.metric.jobs.query": "SELECT last(v) FROM m WHERE service = $service AND time > now() - 1m",
    "skep.metric.jobs.target": "30",
    "skep.metric.jobs.kind": "total",
}


def in_force(label: Label) -> str:
    """The label with a name of an operator's own."""
    return label.name.replace("<name>", "jobs")


def with_example(label: Label, text: str) -> dict[str, str]:
    """Enough labels for a policy, this one among them, with what it needs beside it."""
    companions = {}
    if in_force(label) == "skep.metric.jobs.kind" and text != "total":
        companions = {"skep.metric.jobs.target": "70%" if text == "utilization" else "30"}
    if in_force(label) == "skep.metric.jobs.target" and text == "70%":
        companions = {"skep.metric.jobs.kind": "utilization"}
    if in_force(label) == "skep.metric.jobs.source" and text == "prometheus":
        companions = {"skep.metric.jobs.query": "sum(jobs{service=$service})"}
    return {**ENOUGH, **companions, in_force(label): text}


@pytest.mark.parametrize(
    ("label", "text"),
    [pytest.param(label, text, id=f"{label.name}: {text}") for label in SUPPORTED for text in label.examples],
)
def test_every_example_is_read_by_the_real_readers(label: Label, text: str) -> None:
    label.read(text)
    assert isinstance(read_labels(service(labels=with_example(label, text))), ServicePolicy)


@pytest.mark.parametrize("label", [pytest.param(label, id=label.name) for label in SUPPORTED if label.default])
def test_the_default_is_what_holds_without_the_label(label: Label) -> None:
    """To say it changes nothing."""
    without = {name: text for name, text in ENOUGH.items() if name != in_force(label)}
    said = {**without, in_force(label): label.default or ""}
    assert read_labels(service(labels=said)) == read_labels(service(labels=without))


def test_every_label_has_an_example() -> None:
    assert [label.name for label in CATALOGUE if not label.examples] == []


def test_no_label_is_there_twice() -> None:
    names = [label.name for label in CATALOGUE]
    assert len(set(names)) == len(names)


def test_every_field_of_an_own_metric_is_there() -> None:
    assert tuple(label.key for label in CATALOGUE if label.is_of_metric) == METRIC_FIELDS


def test_a_default_that_a_setting_changes_is_that_of_the_setting() -> None:
    defaults = {setting.name: setting.default for setting in SETTINGS}
    changeable = [label for label in CATALOGUE if label.setting is not None]
    assert changeable
    assert all(label.default == defaults[label.setting or ""] for label in changeable)


@pytest.mark.parametrize(
    ("name", "found"),
    [
        pytest.param("skep.max", "skep.max", id="a label"),
        pytest.param("skep.metric.jobs.query", "skep.metric.<name>.query", id="of a metric"),
        pytest.param("skep.metric.a.b.query", "skep.metric.<name>.query", id="of a metric with a bad name"),
        pytest.param("skep.schedule.office", "skep.schedule.<name>", id="a schedule"),
        pytest.param("skep.maximum", None, id="none"),
        pytest.param("skep.metric.jobs", None, id="a metric without a field"),
    ],
)
def test_a_label_is_found_whatever_the_operators_own_names(name: str, found: str | None) -> None:
    label = label_called(name)
    assert (label.name if label else None) == found


@pytest.mark.parametrize(
    ("name", "suggestion"),
    [
        pytest.param("skep.cpuu", "skep.cpu", id="a letter too many"),
        pytest.param("skep.scale_down", "skep.scale-down", id="an underscore"),
        pytest.param("skep.metric.jobs.qurey", "skep.metric.jobs.query", id="a field"),
        pytest.param("skep.metrics.jobs.target", "skep.metric.jobs.target", id="metrics, as in a file"),
        pytest.param("skep.schedules.office", "skep.schedule.office", id="schedules, as in a file"),
        pytest.param("skep.schedules.", None, id="a schedule without a name"),
        pytest.param("skep.metric.jobs.", None, id="an empty field"),
        pytest.param("skep.xyzzy", None, id="nothing like it"),
        pytest.param("skep.", None, id="nothing at all"),
        pytest.param(f"skep.{'cpu' * 1000}", None, id="too long to look at"),
    ],
)
def test_what_is_misspelt_gets_a_suggestion(name: str, suggestion: str | None) -> None:
    assert meant(name) == suggestion


def test_the_closest_word_is_found_in_any_case() -> None:
    assert closest("Tolerence", ["tolerance", "flaps"]) == "tolerance"


def test_a_schedule_says_that_a_service_may_sleep_and_recommendations_are_kept_for_long_enough() -> None:
    labels = {**ENOUGH, "skep.scale-down": "window=0s", "skep.cooldown": "down=20m"}
    asleep_at_night = {**labels, "skep.schedule.night": "22:00-06:00 UTC min=0"}
    policy, other = read_labels(service(labels=asleep_at_night)), read_labels(service(labels=labels))
    assert isinstance(policy, ServicePolicy)
    assert isinstance(other, ServicePolicy)
    assert (policy.longest_window, other.longest_window) == (timedelta(minutes=20), timedelta(0))
