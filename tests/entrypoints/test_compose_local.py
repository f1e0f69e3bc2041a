"""The file for `docker compose up` on one machine runs the same programs with the same settings as the stacks."""

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from tests.entrypoints.stack_files import ROOT, TICK
from tests.entrypoints.test_compose import OURS, SCHEMA, STACK, WORKERS, read

LOCAL = ROOT / "docker-compose.local.yml"

local = read(LOCAL)["services"]
ours = read(STACK)["services"]
tick = read(TICK)["services"]


def test_the_compose_schema_accepts_it() -> None:
    jsonschema.Draft4Validator(json.loads(SCHEMA.read_text())).validate(read(LOCAL))


@pytest.mark.skipif(
    shutil.which("docker-compose") is None, reason="needs docker-compose; as root on Debian, `make system` installs it"
)
def test_docker_compose_reads_it_as_it_is_meant() -> None:
    done = subprocess.run(
        ["docker-compose", "--file", str(LOCAL), "config", "--services"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert set(done.stdout.split()) == set(local)


def test_nothing_in_it_is_for_a_swarm_alone() -> None:
    text = LOCAL.read_text()
    assert "{{" not in text
    assert "deploy:" not in text
    assert "overlay" not in text
    assert "external" not in text


@pytest.mark.parametrize("name", ours)
def test_a_part_of_skep_is_the_same_program_as_in_the_stack(name: str) -> None:
    assert _same(local[name], ours[name], "command", "user", "read_only", "cap_drop")
    assert local[name]["healthcheck"]["test"] == ours[name]["healthcheck"]["test"]


@pytest.mark.parametrize("name", OURS)
def test_a_part_of_skep_has_the_settings_and_secrets_of_the_stack(name: str) -> None:
    assert local[name]["environment"] == ours[name]["environment"]
    assert local[name]["secrets"] == ours[name]["secrets"]


@pytest.mark.parametrize("name", ["influxdb", "chronograf"])
def test_a_part_of_the_tick_stack_is_the_same_program(name: str) -> None:
    assert _same(local[name], tick[name], "image", "entrypoint", "command", "user", "secrets", "read_only", "cap_drop")


def test_telegraf_does_the_work_of_both_of_the_stack() -> None:
    for stack in ("telegraf", "telegraf-manager"):
        files = re.findall(r"(\w+\.conf)", json.dumps(tick[stack]["command"]))
        assert all(file in json.dumps(local["telegraf"]["command"]) for file in files)
    assert local["telegraf"]["environment"].keys() == tick["telegraf"]["environment"].keys()
    assert local["telegraf"]["image"] == tick["telegraf"]["image"]


@pytest.mark.parametrize("name", local)
def test_what_it_mounts_from_here_is_here(name: str) -> None:
    mounts = [mount.split(":")[0] for mount in local[name].get("volumes", ())]
    assert [mount for mount in mounts if mount.startswith("./") and not (ROOT / mount).exists()] == []


def test_only_pages_are_published_and_to_this_machine_alone() -> None:
    published = {name: service["ports"] for name, service in local.items() if "ports" in service}
    assert published == {"flower": ["127.0.0.1:5555:5555"], "chronograf": ["127.0.0.1:8888:8888"]}


def test_two_workers_have_two_names() -> None:
    assert len({local[name]["hostname"] for name in WORKERS}) == len(WORKERS)


def test_every_secret_is_made_by_the_script_that_makes_secrets() -> None:
    made = (ROOT / "stacks/secrets").read_text()
    for name, secret in read(LOCAL)["secrets"].items():
        assert name in made
        assert Path(secret["file"]) == Path("secrets") / name


def _same(one: dict[str, Any], other: dict[str, Any], *keys: str) -> bool:
    differing = [key for key in keys if one.get(key) != other.get(key)]
    assert differing == [], {key: (one.get(key), other.get(key)) for key in differing}
    return True
