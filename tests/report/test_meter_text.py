"""skep's own numbers in Prometheus' text format, judged by Prometheus' own tool."""

import subprocess

import pytest

from skep.core.meters import METERS, Reading, Readings
from skep.report.meter_text import meter_table, meter_text
from tests.builders import NOW
from tests.house.tree import ROOT

HOSTILE = 'we"b\\\n'
READINGS = Readings(
    counters=(
        Reading(meter="skep_changes_total", labels=("up", "skep"), value=3.0),
        Reading(meter="skep_task_seconds_total", labels=("evaluate.services",), value=12.5),
        Reading(meter="skep_of_another_version_total", value=1.0),
        Reading(meter="skep_changes_total", labels=("up",), value=9.0),
    ),
    gauges=(
        Reading(meter="skep_replicas", labels=("web",), value=3.0),
        Reading(meter="skep_replicas", labels=(HOSTILE,), value=1.0),
        Reading(meter="skep_last_evaluation_timestamp_seconds", value=1772366400.123),
    ),
    measured_at=NOW,
)


def every_meter() -> Readings:
    """A reading of each."""
    return Readings(
        gauges=tuple(Reading(meter=m.name, labels=tuple(f"a {name}" for name in m.labels), value=1.0) for m in METERS)
    )


def test_each_meter_comes_with_its_meaning_and_what_is_none_is_left_out() -> None:
    assert meter_text(READINGS).splitlines() == [
        f"# HELP skep_last_evaluation_timestamp_seconds {METERS[0].meaning}",
        "# TYPE skep_last_evaluation_timestamp_seconds gauge",
        "skep_last_evaluation_timestamp_seconds 1772366400.123",
        "# HELP skep_replicas Replicas in the spec.",
        "# TYPE skep_replicas gauge",
        'skep_replicas{service="web"} 3',
        r'skep_replicas{service="we\"b\\\n"} 1',
        "# HELP skep_changes_total Scalings that were carried out.",
        "# TYPE skep_changes_total counter",
        'skep_changes_total{direction="up",by="skep"} 3',
        "# HELP skep_task_seconds_total Time that tasks took.",
        "# TYPE skep_task_seconds_total counter",
        'skep_task_seconds_total{task="evaluate.services"} 12.5',
    ]


def test_where_nothing_was_measured_nothing_is_told() -> None:
    assert meter_text(Readings()) == ""


@pytest.mark.prometheus
@pytest.mark.parametrize("readings", [READINGS, every_meter()], ids=["some", "all"])
def test_prometheus_tool_has_nothing_to_say_against_it(readings: Readings) -> None:
    done = subprocess.run(
        ["promtool", "check", "metrics"],
        input=meter_text(readings),
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert (done.returncode, done.stdout + done.stderr) == (0, "")


def test_every_meter_stands_in_the_documentation() -> None:
    assert meter_table() in (ROOT / "docs/monitoring.md").read_text(encoding="utf-8")
