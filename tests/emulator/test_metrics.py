"""What an emulated Swarm is measured at: the load, the lines, and a real InfluxDB filled with them."""

import math
from collections.abc import Iterator
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from click.testing import CliRunner

from cli.main import skep
from lab.emulator import EmulatedEngine, Founding, found, wall_clock
from lab.emulator.metrics.lines import lines, look
from lab.emulator.metrics.load import LoadModel, Replayed, Wave
from lab.emulator.metrics.writing import MetricsWriter
from lab.real.errors import LabUnavailable
from lab.traces import shipped
from skep.core.foresight.trace import Trace
from tests.emulator.given import NOON, Given
from tests.servers import InfluxServer

HOUR = timedelta(hours=1)
RECORDED = Trace(name="recorded", at_s=(0.0, 60.0, 120.0), rates_rps=(10.0, 20.0, 30.0))


@pytest.mark.parametrize(
    "load",
    [
        pytest.param(Wave(mean_rps=50, swing_ratio=0.8), id="a wave"),
        pytest.param(Replayed(trace=shipped("aws_elb_2014"), mean_rps=50), id="a recorded load"),
    ],
)
def test_a_load_keeps_its_mean_and_is_another_one_for_each_service(load: LoadModel) -> None:
    rates = [load.rate_rps(f"service-{number}", NOON) for number in range(400)]
    assert min(rates) >= 0
    assert len({round(rate, 3) for rate in rates}) > 100
    assert math.isclose(sum(rates) / len(rates), 50, rel_tol=0.25)


def test_a_recorded_load_is_drawn_straight_between_its_instants() -> None:
    load = Replayed(trace=RECORDED, mean_rps=20)
    rates = [load.rate_rps("web", NOON + timedelta(seconds=second)) for second in range(120)]
    steps = {round(after - before, 3) for before, after in pairwise(rates)}
    assert {round(10 / 60, 3)} < steps
    assert (min(rates) >= 10, max(rates) <= 30) == (True, True)


def test_a_steady_wave_has_no_busy_hour() -> None:
    steady = Wave(mean_rps=7, swing_ratio=0)
    assert {steady.rate_rps("web", NOON + hour * HOUR) for hour in range(24)} == {7.0}


def test_containers_that_run_are_measured_and_no_others() -> None:
    given = Given(workers=1)
    given.service("web", 2, Resources={"Limits": {"NanoCPUs": 5 * 10**8, "MemoryBytes": 256 << 20}})
    assert not [line for line in written(given, 10.0) if line.startswith("docker_container")]
    given.after(3)
    cpu = [line for line in written(given, 10.0) if line.startswith("docker_container_cpu")]
    assert {line.split(" ")[1] for line in cpu} == {"usage_percent=4.0000"}
    assert {tag.partition("=")[2] for line in cpu for tag in line.split(" ")[0].split(",") if "host=" in tag} == {
        "node-1",
        "node-2",
    }


def test_no_container_uses_more_than_its_limit() -> None:
    given = Given()
    given.service("web", 1, Resources={"Limits": {"NanoCPUs": 5 * 10**8, "MemoryBytes": 64 << 20}})
    given.after(3)
    cpu, memory = (line for line in written(given, 10_000.0) if line.startswith("docker_container"))
    assert (" usage_percent=50.0000 " in cpu, f" usage={64 << 20}i,limit={64 << 20}i " in memory) == (True, True)


def test_what_would_end_a_tag_is_escaped() -> None:
    given = Given()
    given.service("a b,c=d", 1)
    assert any("proxy=a\\ b\\,c\\=d," in line for line in written(given, 1.0))


def written(given: Given, rate_rps: float) -> list[str]:
    sight = look(given.swarm)
    names = [service.name for service in sight.services]
    return list(lines(sight, dict.fromkeys(names, rate_rps), dict.fromkeys(names, 100.0), given.now))


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[EmulatedEngine]:
    with EmulatedEngine(found(Founding(services=20, nodes=5), wall_clock()), tmp_path / "docker.sock") as engine:
        yield engine


@pytest.mark.influx
def test_influxdb_is_filled_with_the_past_and_the_present(engine: EmulatedEngine, influx_server: InfluxServer) -> None:
    load = Wave(mean_rps=40, swing_ratio=0)
    with MetricsWriter(engine, load, influx_server.url, every=timedelta(seconds=1), history=timedelta(seconds=30)):
        (counted,) = influx_server.query("SELECT count(usage_percent) FROM docker_container_cpu", database="telegraf")
        (rate,) = influx_server.query(
            "SELECT non_negative_derivative(last(stot), 1s) FROM haproxy WHERE proxy = 'stack-1_service-1' "
            "AND time > now() - 20s GROUP BY time(1s) fill(none)",
            database="telegraf",
        )
    assert counted["values"][0][1] >= 60 * 31
    assert {row[1] for row in rate["values"]} == {40}


def test_an_influxdb_out_of_reach_is_said_in_one_sentence(engine: EmulatedEngine) -> None:
    with (
        pytest.raises(LabUnavailable, match="does not answer"),
        MetricsWriter(engine, Wave(), "http://127.0.0.1:9"),
    ):
        pass


def test_a_file_that_is_no_trace_is_refused_at_the_shell(tmp_path: Path) -> None:
    file = tmp_path / "trace.csv"
    file.write_text("t_seconds,requests_per_second\n0,many\n")
    options = ["--influx", "http://127.0.0.1:9", "--trace", str(file), "--socket", str(tmp_path / "none.sock")]
    asked = CliRunner().invoke(skep, ["lab", "emulate", *options])
    assert (asked.exit_code, "trace.csv, line 2" in asked.output) == (1, True)
