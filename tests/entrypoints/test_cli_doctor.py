"""`skep doctor`: what it looks at, how it tells it, and how it ends."""

import json
from dataclasses import replace

import pytest
from click.testing import CliRunner, Result

from cli.main import skep
from skep.core.checkup import BrokerFacts, Examination, QueueFacts
from tests.core.checkup_examples import EXAMINATION, SWARM, WELL
from tests.fakes.desk import NOW, FakeQuestions, FakeWorkforce, desk

BROKER = BrokerFacts(address="redis://redis:6379/0", version="7.0.15", at=NOW)
HERE = replace(EXAMINATION, at=NOW)


def run(
    *arguments: str,
    examination: Examination | None = HERE,
    broker: BrokerFacts | None = BROKER,
    queues: tuple[QueueFacts, ...] = WELL.queues,
    columns: int = 80,
) -> Result:
    at_desk = desk(
        questions=FakeQuestions(examination=examination), workforce=FakeWorkforce(facts=broker, listeners=queues)
    )
    return CliRunner().invoke(skep, ["doctor", *arguments], obj=at_desk, env={"COLUMNS": str(columns)})


def test_where_all_is_well_it_ends_well() -> None:
    result = run()
    assert result.exit_code == 0
    assert "nothing is wrong" in result.stdout


def test_what_is_broken_is_told_with_its_mend_and_1() -> None:
    result = run(examination=replace(HERE, metrics="store unreachable: connection refused"))
    assert result.exit_code == 1
    assert "connection refused" in result.stdout
    assert "SKEP_INFLUX_URL" in result.stdout
    assert "1 failure" in result.stdout


@pytest.mark.parametrize(("options", "code"), [((), 0), (("--strict",), 1)], ids=["lenient", "strict"])
def test_a_warning_counts_where_that_is_wanted(options: tuple[str, ...], code: int) -> None:
    assert run(*options, examination=replace(HERE, swarm=replace(SWARM, nodes=3))).exit_code == code


def test_a_broker_out_of_reach_is_told_and_nobody_is_asked() -> None:
    result = run(broker=None)
    assert result.exit_code == 1
    assert "cannot be reached" in result.stdout


def test_where_no_worker_answers_the_queues_tell_why() -> None:
    result = run(examination=None, queues=(QueueFacts(queue="observe", workers=(), waiting=2),))
    assert result.exit_code == 1
    assert "No worker takes from it, and 2 messages wait." in result.stdout
    assert "No worker answered within 20 s." in result.stdout


def test_as_json_it_is_one_document() -> None:
    document = json.loads(run("--json", examination=replace(HERE, prometheus="it is away")).stdout)
    assert document["is_well"] is False
    assert [check["about"] for check in document["checks"] if check["health"] == "failure"] == ["prometheus"]


@pytest.mark.parametrize("columns", [80, 160])
def test_no_line_is_longer_than_the_screen(columns: int) -> None:
    lines = run(columns=columns, examination=replace(HERE, engine="Docker does not answer " * 8)).stdout.splitlines()
    assert max(len(line) for line in lines) <= columns


def test_dashboards_that_do_not_answer_are_told() -> None:
    result = run("--dashboards", "http://127.0.0.1:1", "--json")
    (boards,) = [check for check in json.loads(result.stdout)["checks"] if check["about"] == "dashboards"]
    assert (result.exit_code, boards["health"]) == (1, "failure")


def test_a_login_without_an_address_is_typed_wrongly() -> None:
    result = run("--user", "skep")
    assert result.exit_code == 2
    assert "belong to --dashboards URL" in result.stderr
