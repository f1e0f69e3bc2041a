"""`skep lint`: what it looks at, what it prints, and how it ends."""

import json
from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner, Result

from cli.main import skep
from skep.config.finding import Finding, Severity
from tests.fakes.desk import FakeQuestions, desk

GOOD = "services: {web: {image: x, deploy: {labels: {skep.enable: 'true', skep.max: '3', skep.requests: 50/s}}}}\n"
WRONG = GOOD.replace("'3'", "many")
DOUBTFUL = GOOD.replace("50/s", "50/s, skep.latency: p95 < 2s")

ERROR = Finding(severity=Severity.ERROR, sentence='skep.max is "many"', service="web", label="skep.max")
WARNING = Finding(severity=Severity.WARNING, sentence="has labels of skep", service="api")


def run(*arguments: str, questions: FakeQuestions | None = None, stdin: str | None = None) -> Result:
    return CliRunner().invoke(skep, ["lint", *arguments], obj=desk(questions=questions), input=stdin)


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name, text in (("good.yml", GOOD), ("wrong.yml", WRONG), ("doubtful.yml", DOUBTFUL)):
        (tmp_path / name).write_text(text, encoding="utf-8")
    (tmp_path / "policy.yml").write_text("services: {shop_web: {flaps: 9}, shop_api: {flaps: 8}}\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.usefixtures("files")
@pytest.mark.parametrize(
    ("arguments", "code", "summary"),
    [
        pytest.param(["good.yml"], 0, "no findings", id="a clean file"),
        pytest.param(["wrong.yml"], 1, "1 error", id="a wrong file"),
        pytest.param(["doubtful.yml"], 0, "1 warning", id="a doubtful file"),
        pytest.param(["doubtful.yml", "--strict"], 1, "1 warning", id="a doubtful file, strictly"),
        pytest.param(["wrong.yml", "doubtful.yml"], 1, "1 error, 1 warning", id="two files"),
        pytest.param(["wrong.yml", "wrong.yml"], 1, "1 error", id="a file twice"),
        pytest.param(["good.yml", "policy.yml"], 0, "1 warning", id="a policy file beside it"),
        pytest.param(["good.yml", "policy.yml", "--stack", "blog"], 0, "2 warnings", id="under another name"),
    ],
)
def test_it_ends_by_what_it_found(arguments: list[str], code: int, summary: str) -> None:
    result = run(*arguments)
    assert (result.exit_code, result.stderr) == (code, f"{summary}\n")


@pytest.mark.usefixtures("files")
def test_there_is_one_finding_per_line_with_its_place_first() -> None:
    assert run("wrong.yml").stdout == (
        'wrong.yml:1: web: error: skep.max is "many", expected a whole number from 1 to 2147483647, for example 2\n'
    )


def test_a_file_may_come_from_standard_input() -> None:
    assert run("-", stdin=WRONG).stdout.startswith("standard input:1: web: error: skep.max")


@pytest.mark.parametrize(
    "arguments", [["nowhere.yml"], ["."], ["--speed"]], ids=["no such file", "a folder", "no such option"]
)
def test_what_is_typed_wrongly_ends_with_2(arguments: list[str]) -> None:
    assert run(*arguments).exit_code == 2


def test_without_files_a_worker_looks_at_the_swarm() -> None:
    questions = FakeQuestions(findings=(ERROR, WARNING))
    result = run(questions=questions)
    assert questions.asked == [{"lint": True}]
    assert result.stdout == 'web: error: skep.max is "many"\napi: warning: has labels of skep\n'
    assert (result.exit_code, result.stderr) == (1, "1 error, 1 warning\n")


@pytest.mark.usefixtures("files")
def test_files_need_no_worker() -> None:
    questions = FakeQuestions()
    run("good.yml", questions=questions)
    assert questions.asked == []


def test_json_is_one_document_that_reads_back() -> None:
    result = run("--json", questions=FakeQuestions(findings=(ERROR, WARNING)))
    document = json.loads(result.stdout)
    assert msgspec.convert(document["findings"], tuple[Finding, ...]) == (ERROR, WARNING)
    assert (document["errors"], document["warnings"], result.exit_code) == (1, 1, 1)
