"""`celery -A workers.app scale web=5` is `skep scale web=5`, and no worker's start waits for it."""

import subprocess
import sys
import tomllib
from importlib.metadata import EntryPoint

import click
import pytest

from cli.main import COMMANDS
from tests.house.tree import ROOT
from tests.servers import RedisServer

GROUP = "celery.commands"
# What Celery does with the entry point, which the environment of the tests need not have been installed with.
AT_CELERYS_PROMPT = """\
import sys
from celery.bin.celery import celery
from cli.celery_commands import scale
celery.add_command(scale, "scale")
celery(["-A", "workers.app", *sys.argv[1:]], prog_name="celery")
"""


def celery(*arguments: str, broker: str = "redis://127.0.0.1:1/0") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", AT_CELERYS_PROMPT, *arguments],
        cwd=ROOT,
        env={"SKEP_BROKER_URL": broker},
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_entry_points_are_commands() -> None:
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["entry-points"][GROUP]
    commands = {name: EntryPoint(name, where, GROUP).load() for name, where in declared.items()}
    assert {name: isinstance(command, click.Command) and command.name for name, command in commands.items()} == {
        "scale": "scale"
    }


def test_what_is_loaded_at_each_start_of_a_worker_imports_no_command() -> None:
    program = "import sys, cli.celery_commands\nprint(*sys.modules)"
    run = subprocess.run([sys.executable, "-c", program], cwd=ROOT, check=True, capture_output=True, text=True)
    assert set(run.stdout.split()) & {"cli.scale", "cli.desk", "rich", "msgspec"} == set()


def test_celery_lists_it() -> None:
    assert COMMANDS["scale"] in celery("--help").stdout


def test_it_has_the_help_of_skeps_own() -> None:
    shown = celery("scale", "--help").stdout
    assert "SERVICE=REPLICAS" in shown
    assert "--beyond-bounds" in shown


def test_what_is_typed_wrongly_is_told_as_there() -> None:
    run = celery("scale", "web=many")
    assert run.returncode == 2
    assert "the count of web" in run.stderr


@pytest.mark.redis
def test_an_order_is_given_to_the_same_workers(redis_server: RedisServer) -> None:
    run = celery("scale", "web=5", broker=redis_server.url)
    assert run.returncode == 1
    assert run.stderr.startswith("Error: No worker answered within 5 s.")
