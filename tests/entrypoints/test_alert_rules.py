"""The alerts about skep itself: each fires where it should, and asks for numbers that there are."""

import re
import subprocess

import pytest

from skep.core.meters import METERS
from tests.house.tree import ROOT

RULES = ROOT / "stacks/prometheus/skep.rules.yml"
TICK = ROOT / "stacks/kapacitor/skep.tick"
NAMES = {meter.name for meter in METERS}
#: Kept in InfluxDB, which has no series of single services.
KEPT = {meter.name for meter in METERS if "service" not in meter.labels}


def promtool(*arguments: str) -> tuple[int, str]:
    done = subprocess.run(
        ["promtool", *arguments], capture_output=True, text=True, timeout=60, check=False, cwd=ROOT / "tests/data"
    )
    return done.returncode, done.stdout + done.stderr


@pytest.mark.prometheus
def test_prometheus_takes_the_rules() -> None:
    code, told = promtool("check", "rules", str(RULES))
    assert code == 0, told


@pytest.mark.prometheus
def test_each_alert_fires_where_it_should_and_none_where_skep_is_well() -> None:
    code, told = promtool("test", "rules", "skep.rules.test.yml")
    assert code == 0, told


def test_rules_ask_for_meters_that_there_are() -> None:
    assert set(re.findall(r"\bskep_[a-z_]+", RULES.read_text())) <= NAMES


def test_kapacitor_asks_for_what_is_kept_in_influxdb() -> None:
    asked = set(re.findall(r'"(skep_[a-z_]+)"', TICK.read_text()))
    assert asked
    assert asked <= KEPT
