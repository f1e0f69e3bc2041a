"""The quick start: its stack is one that Docker and skep understand, and its commands are those there are."""

import json
import re
import subprocess
from pathlib import Path

import jsonschema
import pytest
import yaml
from click.testing import CliRunner

from cli.main import COMMANDS, skep
from tests.entrypoints.test_compose import CLIENTS, SCHEMA
from tests.house.tree import ROOT

TEXT = (ROOT / "docs/quickstart.md").read_text(encoding="utf-8")
(HELLO,) = re.findall(r"```yaml\n(.*?)```", TEXT, re.DOTALL)
CONSOLE = "\n".join(re.findall(r"```console\n(.*?)```", TEXT, re.DOTALL))


def test_its_stack_is_one() -> None:
    jsonschema.Draft4Validator(json.loads(SCHEMA.read_text())).validate(yaml.safe_load(HELLO))


def test_skep_finds_nothing_wrong_with_it() -> None:
    result = CliRunner().invoke(skep, ["lint", "--strict", "-"], input=HELLO)
    assert (result.exit_code, result.output) == (0, "no findings\n")


@pytest.mark.skipif(not CLIENTS, reason="needs a Docker client; as root on Debian, `make system` installs it")
@pytest.mark.parametrize("client", CLIENTS)
def test_docker_stack_deploy_understands_it(tmp_path: Path, client: str) -> None:
    (tmp_path / "hello.yml").write_text(HELLO)
    done = subprocess.run(
        [client, "-H", "unix:///nobody", "stack", "deploy", "-c", "hello.yml", "hello"],
        cwd=tmp_path,
        env={"PATH": "/usr/bin:/bin", "DOCKER_CONFIG": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert "Cannot connect to the Docker daemon" in done.stderr
    assert "Ignoring" not in done.stderr + done.stdout


def test_its_commands_are_those_there_are() -> None:
    used = set(re.findall(r"^\$ skep (\w+)", CONSOLE, re.MULTILINE))
    assert used >= {"lint", "status", "explain", "history", "scale", "release", "pause", "resume"}
    assert used <= COMMANDS.keys()


def test_its_files_are_there() -> None:
    assert (ROOT / "docker-compose.local.yml").exists()
    assert (ROOT / "stacks/secrets").exists()
    linked = set(re.findall(r"\]\(([\w./-]+)", TEXT))
    assert [name for name in linked if not (ROOT / "docs" / name).exists()] == []
