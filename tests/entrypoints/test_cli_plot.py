"""`skep plot`: what it asks for, where it draws to, and how it ends."""

import json
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from cli.main import skep
from tests.core.chronicle_examples import day
from tests.fakes.desk import NOW, FakeQuestions, desk, service


def run(*arguments: str, questions: FakeQuestions | None = None) -> Result:
    asked = questions or FakeQuestions(services=(service("shop_web"), service("api")), chronicles={"shop_web": day()})
    return CliRunner().invoke(skep, ["plot", *arguments], obj=desk(questions=asked))


@pytest.mark.parametrize(("name", "begins"), [("a.png", b"\x89PNG"), ("a.html", b"<!doctype html>")])
def test_a_file_is_drawn_and_what_is_in_it_is_said(tmp_path: Path, name: str, begins: bytes) -> None:
    target = tmp_path / name
    result = run("web", "-o", str(target))
    assert result.exit_code == 0, result.output
    assert target.read_bytes().startswith(begins)
    assert result.stdout.startswith(f"{target}: 1 d, ")


def test_without_a_name_the_file_is_called_after_the_service(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert run("web").exit_code == 0
    assert (tmp_path / "shop_web.png").exists()


def test_the_journal_is_asked_as_far_back_as_was_said() -> None:
    questions = FakeQuestions(services=(service("shop_web"),), chronicles={"shop_web": day()})
    run("web", "--since", "7d", "--json", questions=questions)
    assert questions.asked[-1] == {"recount": "shop_web", "since": NOW - timedelta(days=7)}


def test_as_json_it_is_one_document_and_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    document = json.loads(run("web", "--json").stdout)
    assert (document["service"], len(document["moments"])) == ("shop_web", 288)
    assert list(tmp_path.iterdir()) == []


def test_a_service_that_is_gone_is_still_drawn(tmp_path: Path) -> None:
    questions = FakeQuestions(services=(service("api"),), chronicles={"shop_web": day()})
    assert run("shop_web", "-o", str(tmp_path / "a.png"), questions=questions).exit_code == 0


def test_a_service_of_which_nothing_is_known_is_one_sentence() -> None:
    result = run("api")
    assert result.exit_code == 1
    assert "The journal knows nothing of api in that time" in result.stderr


def test_a_service_that_never_was_gets_a_suggestion() -> None:
    result = run("shop_wbe")
    assert result.exit_code == 1
    assert "Did you mean shop_web?" in result.stderr


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("web", "-o", "web.pdf"), "expected a name that ends in .png or .html"),
        (("web", "-o", "web.png", "--json"), "Give either -o FILE or --json."),
    ],
    ids=["another kind of file", "a file and JSON"],
)
def test_a_wish_that_cannot_be_fulfilled_is_typed_wrongly(arguments: tuple[str, ...], words: str) -> None:
    result = run(*arguments)
    assert result.exit_code == 2
    assert words in result.stderr


def test_a_folder_that_is_not_there_is_one_sentence(tmp_path: Path) -> None:
    result = run("web", "-o", str(tmp_path / "nowhere" / "web.png"))
    assert result.exit_code == 1
    assert "cannot be written" in result.stderr
