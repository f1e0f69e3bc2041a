"""`skep simulate`: traces and policies from the command line, the table, and what is wrong in one sentence."""

import json
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from cli.main import skep
from skep.core.foresight.metric_delay import MetricDelay
from skep.core.foresight.past_load import PastLoad
from tests.core.foresight.courses import daily
from tests.fakes.desk import FakeQuestions, desk, service

SHORT = ("--history", "42h")


@pytest.fixture
def load(tmp_path: Path) -> Path:
    path = tmp_path / "load.csv"
    lines = [f"{300 * number},{rate:.4f}" for number, rate in enumerate(daily(2))]
    path.write_text("\n".join(("t_seconds,requests_per_second", *lines)), encoding="utf-8")
    return path


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(skep, ["simulate", *map(str, arguments)], env={"COLUMNS": "140"})


def test_policies_stand_side_by_side_cheapest_first(load: Path) -> None:
    result = run(load, *SHORT)
    assert result.exit_code == 0, result.output
    lines = result.output.splitlines()
    assert lines[0].startswith("load.csv: 23 h")
    assert "of history" in lines[0]
    names = [line.split("  ")[0] for line in lines[3:10]]
    assert names[0] == "oracle"
    assert {"yours", "HPA", "replay", "static peak", "steps 60 s", "margin"} == set(names[1:])
    hours = [float(line[13:].split()[0]) for line in lines[4:10]]
    assert hours == sorted(hours)


def test_json_has_every_figure_and_the_assumptions(load: Path) -> None:
    result = run(load, *SHORT, "--json", "--start-delay", "90s")
    document = json.loads(result.stdout)
    assert document["model"]["start_delay"] == "PT90S"
    policies = {policy["name"]: policy for policy in document["policies"]}
    assert policies["oracle"]["relative_hours"] == 1
    assert policies["replay"]["score"]["missing_time_ratio"] < policies["HPA"]["score"]["missing_time_ratio"]


def test_labels_are_the_policy_to_try(load: Path) -> None:
    result = run(load, *SHORT, "--json", "-l", "skep.requests=5/s", "-l", "skep.max=6", "-l", "skep.price=25")
    document = json.loads(result.stdout)
    assert document["model"]["capacity_rps"] == pytest.approx(5 / 0.7)
    assert document["model"]["bounds"] == {"min_replicas": 1, "max_replicas": 6}
    assert "replay w25" in {policy["name"] for policy in document["policies"]}


def test_labels_may_come_from_a_compose_file(load: Path, tmp_path: Path) -> None:
    compose = tmp_path / "compose.yml"
    compose.write_text(
        "services:\n  web:\n    image: web\n    deploy:\n      labels:\n        skep.enable: 'true'\n"
        "        skep.max: '9'\n        skep.requests: 4/s\n",
        encoding="utf-8",
    )
    result = run(load, *SHORT, "--json", "--compose", compose, "--service", "web", "-l", "skep.max=8")
    model = json.loads(result.stdout)["model"]
    assert (model["bounds"]["max_replicas"], model["capacity_rps"]) == (8, pytest.approx(4 / 0.7))


@pytest.mark.parametrize("ending", ["png", "html"])
def test_a_report_is_drawn(load: Path, tmp_path: Path, ending: str) -> None:
    pytest.importorskip("matplotlib")
    report = tmp_path / f"report.{ending}"
    assert run(load, *SHORT, "--report", report).exit_code == 0
    content = report.read_bytes()
    assert content.startswith(b"\x89PNG" if ending == "png" else b"<!doctype html>")


@pytest.mark.parametrize(
    ("arguments", "exit_code", "sentence"),
    [
        pytest.param([], 2, "Give the FILE of a trace", id="no trace"),
        pytest.param(["--trace", "moon"], 2, "There is no trace moon; there are aws_elb_2014", id="an unknown trace"),
        pytest.param(["LOAD", "--trace", "aws_elb_2014"], 2, "Give the FILE of a trace", id="two traces"),
        pytest.param(["LOAD", "-l", "skep.max"], 2, "expected LABEL=VALUE", id="a label without a value"),
        pytest.param(["LOAD", "-l", "skep.max=many"], 1, 'skep.max is "many"', id="a wrong label"),
        pytest.param(["LOAD", "-l", "skep.enable=false"], 1, "there is no policy to try", id="not enabled"),
        pytest.param(["LOAD", "-l", "skep.cpu=0.5 cores"], 1, "so cpu cannot be simulated", id="another metric"),
        pytest.param(["LOAD", "--service", "web"], 2, "--compose and --service go together", id="half a service"),
        pytest.param(["LOAD", "--target-share", "170%"], 2, "--target-share", id="more than all"),
        pytest.param(["LOAD", "--interval", "7s"], 1, "multiple of 5 s", id="an interval that cannot be simulated"),
        pytest.param(["LOAD", "--report", "x.pdf"], 2, "ends in .png or .html", id="a report of another kind"),
    ],
)
def test_what_is_wrong_is_told_in_a_sentence(load: Path, arguments: list[str], exit_code: int, sentence: str) -> None:
    result = run(*(load if argument == "LOAD" else argument for argument in arguments))
    assert result.exit_code == exit_code
    assert sentence in result.output


def test_a_broken_trace_tells_its_lines(tmp_path: Path) -> None:
    path = tmp_path / "broken.csv"
    path.write_text("t,r\n0,1\nx,2\n60,-1\n", encoding="utf-8")
    result = run(path)
    assert result.exit_code == 1
    assert "broken.csv, line 3" in result.output
    assert "broken.csv, line 4" in result.output


def test_a_service_that_the_file_does_not_have_is_named(load: Path, tmp_path: Path) -> None:
    compose = tmp_path / "compose.yml"
    compose.write_text("services:\n  web:\n    image: web\n", encoding="utf-8")
    result = run(load, "--compose", compose, "--service", "wep")
    assert (result.exit_code, "has no service wep; it has web" in result.output) == (1, True)


def test_a_service_that_runs_is_simulated_on_its_own_load_with_its_own_labels() -> None:
    past = PastLoad(
        service="shop_web",
        labels={"skep.max": "12", "skep.requests": "7/s", "skep.cpu": "70%", "skep.tune": "auto"},
        interval=timedelta(minutes=5),
        loads=tuple(daily(2)),
        start_delay=timedelta(seconds=45),
        metric_delay=MetricDelay(typical=timedelta(seconds=8), longest=timedelta(seconds=13), evaluations=40),
    )
    questions = FakeQuestions(services=(service("shop_web"),), past_loads={"id-of-shop_web": past})
    arguments = ["simulate", "--recorded", "web", "--history", "42h", "--json"]
    result = CliRunner().invoke(skep, arguments, obj=desk(questions=questions))
    assert result.exit_code == 0, result.output
    model = json.loads(result.stdout)["model"]
    assert model["bounds"]["max_replicas"] == 12
    assert model["start_delay"] == "PT45S"
    assert model["metric_delay"] == "PT10S"
    assert model["capacity_rps"] == pytest.approx(10.0)


def test_two_loads_at_once_are_refused(load: Path) -> None:
    result = CliRunner().invoke(skep, ["simulate", str(load), "--recorded", "web"], obj=desk(questions=FakeQuestions()))
    assert result.exit_code == 2
    assert "one load at a time" in result.output
