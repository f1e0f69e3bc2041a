"""What the lab deploys is what the README tells operators to deploy, and Docker's client reads it as it is meant."""

import json
import os
import re
import subprocess
from pathlib import Path

import jsonschema
import pytest
import yaml

from lab.deployed.site import STACKS
from tests.house.tree import ROOT

SCHEMA = ROOT / "tests/data/compose/config_schema_v3.8.json"
OVERRIDES = ROOT / "lab/real/stacks"
CLIENTS = [client for client in ("/usr/local/bin/docker", "/usr/bin/docker") if Path(client).exists()]
FILES = sorted(path for path in (ROOT / "stacks").glob("*.yml") if path.name != "alerts.yml")


def test_the_stacks_are_deployed_by_the_commands_of_the_readme_in_their_order() -> None:
    told = re.findall(r"^\$ docker stack deploy -c (\S+) (\w+)", (ROOT / "README.md").read_text(), re.MULTILINE)

    assert told == [(file, stack) for stack, (file, _) in STACKS.items()]


@pytest.mark.parametrize("stack", STACKS)
def test_an_override_of_the_lab_only_changes_services_that_the_stack_has(stack: str) -> None:
    file, override = STACKS[stack]
    there, changed = (set(yaml.safe_load(path.read_text())["services"]) for path in (ROOT / file, OVERRIDES / override))

    assert changed
    assert changed <= there


@pytest.mark.parametrize("stack", STACKS)
def test_the_compose_schema_accepts_an_override(stack: str) -> None:
    _, override = STACKS[stack]

    jsonschema.Draft4Validator(json.loads(SCHEMA.read_text())).validate(
        yaml.safe_load((OVERRIDES / override).read_text())
    )


@pytest.mark.parametrize(
    "files",
    [
        *((path,) for path in FILES),
        (ROOT / "stacks/tick.yml", ROOT / "stacks/alerts.yml"),
        *((ROOT / file, OVERRIDES / override) for file, override in STACKS.values()),
    ],
    ids=lambda files: " and ".join(path.name for path in files),
)
def test_docker_stack_config_accepts_it(files: tuple[Path, ...], tmp_path: Path) -> None:
    client = next((client for client in CLIENTS if "stack config" in _told(client, "stack", "config", "--help")), None)
    if client is None:
        pytest.skip("no Docker client here has `docker stack config`, which came after 20.10")
    arguments = [argument for path in files for argument in ("--compose-file", str(path))]

    done = _run(client, "stack", "config", *arguments, DOCKER_CONFIG=str(tmp_path), PROXY_NODE="node-5")

    assert (done.returncode, done.stderr) == (0, "")
    wanted = {name for path in files for name in yaml.safe_load(path.read_text())["services"]}
    assert set(yaml.safe_load(done.stdout)["services"]) == wanted


def _told(*argv: str) -> str:
    return _run(*argv).stdout


def _run(*argv: str, **variables: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        argv, env={**os.environ, **variables}, capture_output=True, text=True, timeout=60, check=False
    )
