"""Tab: commands, options and names, without importing what is not used, and silent where nobody answers."""

import os
import subprocess
import sys

import click
import pytest
from click.shell_completion import ShellComplete
from click.testing import CliRunner

from cli.main import COMMANDS, skep
from skep.core.cluster import Availability, Resources
from skep.operations.node_status import NodeStatus
from tests.fakes.desk import FakeQuestions, desk, service
from tests.house.tree import ROOT

NODE = NodeStatus(
    id="id",
    hostname="worker-3",
    is_manager=False,
    is_ready=True,
    availability=Availability.ACTIVE,
    pool=None,
    swarm_tasks=0,
    reserved=Resources(),
    capacity=Resources(),
)
SERVICES = (service("shop_web"), service("shop_api"), service("blog_web"))


def proposed(*typed: str, incomplete: str = "", questions: FakeQuestions | None = None) -> list[str]:
    asked = questions or FakeQuestions(services=SERVICES, nodes_now=(NODE,))
    completing = ShellComplete(skep, {"obj": desk(questions=asked)}, "skep", "_SKEP_COMPLETE")
    return [str(item.value) for item in completing.get_completions(list(typed), incomplete)]


def test_all_commands_are_proposed_with_what_they_say_of_themselves() -> None:
    items = ShellComplete(skep, {}, "skep", "_SKEP_COMPLETE").get_completions([], "")
    assert {str(item.value): item.help for item in items} == COMMANDS


@pytest.mark.parametrize(
    ("typed", "incomplete", "names"),
    [
        ((), "st", ["status"]),
        ((), "--deb", ["--debug"]),
        (("status",), "--w", ["--watch"]),
        (("status",), "shop_", ["shop_web", "shop_api"]),
        (("explain",), "a", ["api"]),
        (("scale",), "shop_w", ["shop_web="]),
        (("scale",), "shop_web=", []),
        (("pause",), "web", []),
        (("drain",), "w", ["worker-3"]),
        (("explain", "node"), "w", ["worker-3"]),
        (("plot",), "blog", ["blog_web"]),
        (("tasks",), "c", ["cancel"]),
        (("completion",), "z", ["zsh"]),
    ],
    ids=[
        "a command",
        "an option of all",
        "an option of one",
        "services",
        "a name without its stack",
        "a service to scale",
        "a count",
        "a name that two stacks share",
        "a node",
        "a node to explain",
        "a service to plot",
        "a command of a command",
        "a shell",
    ],
)
def test_what_may_stand_there_is_proposed(typed: tuple[str, ...], incomplete: str, names: list[str]) -> None:
    assert proposed(*typed, incomplete=incomplete) == names


def test_where_nobody_answers_nothing_is_proposed_and_nothing_is_said() -> None:
    assert proposed("status", questions=FakeQuestions(unanswered=frozenset({1}))) == []


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_script_of_a_shell_is_printed(shell: str) -> None:
    result = CliRunner().invoke(skep, ["completion", shell], prog_name="skep")
    assert result.exit_code == 0
    assert f"_SKEP_COMPLETE={shell}_complete" in result.stdout


def test_a_shell_gets_an_answer_from_the_command_itself() -> None:
    run = subprocess.run(
        [sys.executable, "-c", "from cli.main import main\nmain()"],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "_SKEP_COMPLETE": "bash_complete", "COMP_WORDS": "skep pl", "COMP_CWORD": "1"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert run.stdout == "plain,plot\n"


def test_every_command_takes_json() -> None:
    def leaves(command: click.Command, name: str) -> list[tuple[str, click.Command]]:
        if not isinstance(command, click.Group):
            return [(name, command)]
        context = click.Context(command)
        children = [(each, command.get_command(context, each)) for each in command.list_commands(context)]
        return [leaf for each, child in children if child is not None for leaf in leaves(child, f"{name} {each}")]

    without = [
        name for name, command in leaves(skep, "skep") if not any("--json" in param.opts for param in command.params)
    ]
    assert without == []
