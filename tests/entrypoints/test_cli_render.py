"""`skep render`: whose counts go into which file, where the file goes, and what is said about it."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from cli.main import skep
from tests.fakes.desk import FakeQuestions, desk, service

FILE = """\
services:
  web:  # the front
    image: shop/web
    deploy:
      replicas: 2
      labels: {skep.enable: "true"}
  api:
    deploy:
      labels:
        skep.enable: "true"
  new:
    deploy:
      labels: {skep.enable: "true"}
  db:
    image: postgres
"""
RENDERED = FILE.replace("replicas: 2", "replicas: 7").replace(
    "    deploy:\n      labels:\n        skep", "    deploy:\n      replicas: 5\n      labels:\n        skep"
)
SHOP = (service("shop_web", replicas=7), service("shop_api", replicas=5), service("blog_feed", replicas=9))
BOTH = (*SHOP, service("blog_web", replicas=4))


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv("COMPOSE_PROJECT_NAME", raising=False)
    path = tmp_path / "docker-compose.yml"
    path.write_text(FILE, encoding="utf-8")
    return path


def render(
    *arguments: object, questions: FakeQuestions | None = None, stdin: str | None = None, **environment: str
) -> Result:
    at_desk = desk(questions=questions or FakeQuestions(services=SHOP))
    return CliRunner().invoke(skep, ["render", *map(str, arguments)], obj=at_desk, input=stdin, env=environment)


# --- where it goes -----------------------------------------------------------------------------------------------


def test_the_file_goes_to_standard_output_and_what_was_done_to_standard_error(file: Path) -> None:
    result = render(file)
    assert (result.exit_code, result.stdout) == (0, RENDERED)
    assert result.stderr.splitlines() == [
        "shop_web: 2 → 7 replicas (line 5)",
        "shop_api: 5 replicas added (line 9)",
        "shop_new: not scaled by skep yet, left as it is",
    ]
    assert file.read_text(encoding="utf-8") == FILE


def test_the_file_may_come_from_standard_input(file: Path) -> None:
    assert render("-", stdin=FILE).stdout == RENDERED
    assert file.read_text(encoding="utf-8") == FILE


def test_a_file_may_be_written_over_itself_and_keeps_its_mode(file: Path) -> None:
    file.chmod(0o640)
    result = render(file, "-o", file)
    assert (result.exit_code, file.read_text(encoding="utf-8")) == (0, RENDERED)
    assert file.stat().st_mode & 0o777 == 0o640
    assert "shop_web: 2 → 7 replicas (line 5)" in result.stdout
    assert list(file.parent.iterdir()) == [file]


def test_what_was_rendered_is_rendered_to_the_same(file: Path) -> None:
    render(file, "-o", file)
    result = render(file)
    assert result.stdout == RENDERED
    assert "shop_web: 7 replicas already (line 5)" in result.stderr


def test_lines_keep_their_ends(file: Path) -> None:
    file.write_bytes(FILE.replace("\n", "\r\n").encode())
    output = file.with_name("rendered.yml")
    render(file, "-o", output)
    assert output.read_bytes() == RENDERED.replace("\n", "\r\n").encode()


def test_with_json_there_is_one_document_with_the_text_in_it(file: Path) -> None:
    document = json.loads(render(file, "--json").stdout)
    assert (document["stack"], document["output"], document["text"]) == ("shop", None, RENDERED)
    assert document["services"][0] == {"service": "web", "line": 5, "before": "2", "replicas": 7}


def test_a_folder_that_cannot_be_written_is_one_sentence(file: Path) -> None:
    result = render(file, "-o", file.parent / "nowhere" / "x.yml")
    assert result.exit_code == 1
    assert "cannot be written: No such file or directory." in result.stderr


# --- which stack -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "environment", "text"),
    [
        pytest.param(["--stack", "blog"], {}, FILE, id="by its option"),
        pytest.param([], {"COMPOSE_PROJECT_NAME": "blog"}, FILE, id="by the environment"),
        pytest.param([], {}, f"name: blog\n{FILE}", id="by the name in the file"),
        pytest.param([], {"STACK": "blog"}, f"name: ${{STACK:-shop}}\n{FILE}", id="by a variable in the file"),
        pytest.param(
            ["--stack", "blog"], {"COMPOSE_PROJECT_NAME": "shop"}, f"name: shop\n{FILE}", id="by its option first"
        ),
        pytest.param([], {"COMPOSE_PROJECT_NAME": "blog"}, f"name: shop\n{FILE}", id="by the environment then"),
    ],
)
def test_the_stack_is_told(file: Path, arguments: list[str], environment: dict[str, str], text: str) -> None:
    file.write_text(text, encoding="utf-8")
    result = render(file, *arguments, questions=FakeQuestions(services=BOTH), **environment)
    assert "blog_web: 2 → 4 replicas" in result.stderr


def test_the_only_stack_that_has_services_of_the_file_need_not_be_told(file: Path) -> None:
    assert "shop_web" in render(file).stderr


@pytest.mark.parametrize(
    ("arguments", "services", "message"),
    [
        pytest.param([], BOTH, "could be blog or shop: say which with --stack NAME.", id="two stacks"),
        pytest.param([], (service("x_y"),), "No stack has a service of", id="no stack"),
        pytest.param(
            ["--stack", "shp"],
            SHOP,
            "No service that skep scales is called shp_web or shp_api or shp_new or shp_db. Services of this file "
            "belong to shop: say so with --stack NAME.",
            id="a slip",
        ),
    ],
)
def test_a_stack_that_cannot_be_told_is_one_sentence_and_nothing_is_written(
    file: Path, arguments: list[str], services: tuple[object, ...], message: str
) -> None:
    result = render(file, *arguments, "-o", file, questions=FakeQuestions(services=services))  # type: ignore[arg-type]
    assert (result.exit_code, result.stdout) == (1, "")
    assert message in result.stderr
    assert file.read_text(encoding="utf-8") == FILE


# --- what cannot be rendered -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param("services:\n  web: {image: x}\n", ":2: services.web is", id="braces"),
        pytest.param("services:\n  web:\n    deploy: {mode: global}\n", ":3: services.web.deploy.mode is", id="global"),
        pytest.param("services: {web: [", ":1: the line is", id="no YAML"),
        pytest.param("volumes: {}\n", "services is missing", id="no services"),
        pytest.param("services: {}\n", "has no services.", id="an empty list of them"),
    ],
)
def test_what_cannot_be_written_is_told_with_file_and_line(file: Path, text: str, message: str) -> None:
    file.write_text(text, encoding="utf-8")
    result = render(file, "-o", file)
    assert result.exit_code == 1
    assert message in result.stderr
    assert file.read_text(encoding="utf-8") == text


def test_a_file_that_is_no_text_is_one_sentence(file: Path) -> None:
    file.write_bytes(b"services:\xff")
    assert "is no text in UTF-8: byte 10" in render(file).stderr
