"""The console command as a whole: help, versions, what it imports, and how trouble ends."""

import subprocess
import sys
from collections.abc import Sequence
from importlib.metadata import version

import click
import pytest
from click.testing import CliRunner

from cli.main import COMMANDS, skep
from skep.core.record import Entry
from skep.errors import Temporary
from skep.operations.ask import ServiceStatus
from tests.entrypoints.terminal import Terminal
from tests.fakes.desk import FakeQuestions, desk
from tests.house.tree import ROOT

SLOW = {"celery", "docker", "influxdb", "kombu", "matplotlib", "msgspec", "numpy", "redis", "requests", "rich"}
STRANGERS = {"docker", "influxdb", "matplotlib", "numpy", "requests"}


def imported_by(arguments: list[str]) -> set[str]:
    """The top-level modules that a run of the command has imported."""
    return {name.partition(".")[0] for name in all_imported_by(arguments)}


def all_imported_by(arguments: list[str]) -> set[str]:
    """All modules that a run of the command has imported."""
    program = (
        "import sys\n"
        "from click.testing import CliRunner\n"
        "from cli.main import skep\n"
        f"CliRunner().invoke(skep, {arguments!r})\n"
        "print(*sys.modules)\n"
    )
    run = subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT,
        env={"SKEP_BROKER_URL": "redis://127.0.0.1:1/0"},
        check=True,
        capture_output=True,
        text=True,
    )
    return set(run.stdout.split())


@pytest.mark.parametrize(
    "arguments", [[], ["--help"], ["--version"], ["frob"]], ids=["nothing", "help", "version", "?"]
)
def test_nothing_slow_is_imported_before_a_command_is_known(arguments: list[str]) -> None:
    assert imported_by(arguments) & SLOW == set()


@pytest.mark.parametrize(
    "arguments",
    [["scale"], ["scale", "web=many"], ["status", "--help"], ["lint", "docker-compose.yml"]],
    ids=["no order", "a bad order", "help", "a file to look at"],
)
def test_what_needs_no_worker_does_not_wait_for_celery(arguments: list[str]) -> None:
    assert imported_by(arguments) & {"celery", "kombu", "redis"} == set()


@pytest.mark.parametrize("arguments", [["status"], ["scale", "web=5"]], ids=["a question", "an order"])
def test_speaking_to_workers_needs_no_library_of_theirs(arguments: list[str]) -> None:
    assert imported_by(arguments) & STRANGERS == set()


@pytest.mark.parametrize("arguments", [["status"], ["history"], ["nodes"]], ids=lambda arguments: arguments[0])
def test_a_question_does_not_wait_for_what_reads_files_and_looks_for_mistakes(arguments: list[str]) -> None:
    unneeded = {"skep.adapters", "skep.config.lint", "skep.config.policy_file", "tasks"}
    allowed = {"skep.adapters", "skep.adapters.clock"}
    found = all_imported_by(arguments)
    assert found & (unneeded - allowed) == set()
    assert {name for name in found if name.startswith("skep.adapters")} <= allowed


def test_the_list_of_commands_says_what_each_says_of_itself() -> None:
    context = click.Context(skep)
    commands = {name: skep.get_command(context, name) for name in COMMANDS}
    assert {name: command and command.get_short_help_str(limit=200) for name, command in commands.items()} == COMMANDS


def test_the_documents_have_every_command() -> None:
    text = (ROOT / "docs/cli.md").read_text(encoding="utf-8")
    assert [name for name in COMMANDS if f"`skep {name}" not in text] == []


def test_the_version_is_that_of_the_package() -> None:
    assert CliRunner().invoke(skep, ["--version"]).stdout == f"skep {version('skep')}\n"


def test_it_can_be_run_as_a_module() -> None:
    run = subprocess.run(
        [sys.executable, "-m", "cli", "--version"], cwd=ROOT, check=True, capture_output=True, text=True
    )
    assert run.stdout == f"skep {version('skep')}\n"


class Troubled(FakeQuestions):
    """Questions that end in trouble."""

    def __init__(self, trouble: Exception) -> None:
        super().__init__()
        self._trouble = trouble

    def status(self, names: Sequence[str] | None = None) -> tuple[ServiceStatus, ...]:
        del names
        raise self._trouble

    def history(self, **_question: object) -> tuple[Entry, ...]:
        raise self._trouble


@pytest.mark.parametrize(
    ("trouble", "message"),
    [
        pytest.param(Temporary("the Swarm has no leader"), "Error: the Swarm has no leader\n", id="expected"),
        pytest.param(
            KeyError("web"), "Error: KeyError: 'web' (skep --debug shows where)\n", id="a mistake in skep itself"
        ),
    ],
)
def test_trouble_ends_in_one_sentence_and_1(trouble: Exception, message: str) -> None:
    result = CliRunner().invoke(skep, ["status"], obj=desk(questions=Troubled(trouble)))
    assert (result.exit_code, result.stdout, result.stderr) == (1, "", message)


def test_with_debug_trouble_shows_where_it_came_from() -> None:
    result = CliRunner().invoke(skep, ["--debug", "status"], obj=desk(questions=Troubled(KeyError("web"))))
    assert result.exit_code == 1
    assert "Traceback" in result.stderr


@pytest.mark.parametrize("columns", [50, 80])
def test_what_went_wrong_is_told_in_lines_that_fit_on_the_terminal(columns: int) -> None:
    command = (sys.executable, "-m", "cli", "status")
    with Terminal(command, columns=columns, environment={"SKEP_BROKER_URL": "redis://127.0.0.1:1/0"}) as terminal:
        terminal.wait_for("SKEP_BROKER_URL.")
        lines = terminal.output.split("\r\n")
    assert lines[0].startswith("Error: The broker at")
    assert len([line for line in lines if line]) > 1
    assert max(map(len, lines)) <= columns


#: What workers think with; a question needs the shapes of its answer and no more.
OF_WORKERS = ("skep.ports", "skep.core.capacity", "skep.config.labels", "skep.config.dialects", "skep.operations.ask")


def test_a_question_does_not_wait_for_what_only_workers_think_with() -> None:
    imported = all_imported_by(["status"])
    assert "celery" in imported
    assert [name for name in imported if name.startswith(OF_WORKERS)] == []
