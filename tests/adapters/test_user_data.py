"""User data: what is filled into a template, what is never shown, and that the shipped one lets a machine join."""

import os
import subprocess
import traceback
from pathlib import Path
from typing import Any

import pytest
import yaml

from skep.adapters.node_providers.user_data import read_user_data
from skep.config.providers.user_data import UserDataOptions
from skep.config.secret import Secret
from skep.errors import Permanent, Temporary
from tests.adapters.provider_stage import join_token

SHIPPED = Path(__file__).parents[2] / "stacks/providers/cloud-init.yml"
MANAGERS = ("10.0.0.2:2377", "10.0.0.3:2377")
TOKEN = join_token().reveal()


def options(template: Path | str, **more: Any) -> UserDataOptions:
    return UserDataOptions(template_file=str(template), managers=MANAGERS, **more)


def template(folder: Path, text: str) -> Path:
    (folder / "template").write_text(text)
    return folder / "template"


def never() -> Secret:
    raise Temporary("the Swarm is out of reach")


def test_token_managers_and_name_are_filled_in(tmp_path: Path) -> None:
    text = "$HOME {{ v1.region }} @SKEP_JOIN_TOKEN@ @SKEP_MANAGERS@ @SKEP_HOSTNAME@ @SKEP_HOSTNAME@ root@SKEP"
    user_data = read_user_data(options(template(tmp_path, text)), join_token=join_token)
    filled_in = f"$HOME {{{{ v1.region }}}} {TOKEN} 10.0.0.2:2377 10.0.0.3:2377 web-1 web-1 root@SKEP"
    assert user_data.for_host("web-1").reveal() == filled_in
    assert user_data.for_any_host().reveal() == filled_in.replace("web-1", "@SKEP_HOSTNAME@")


def test_it_hides_itself(tmp_path: Path) -> None:
    user_data = read_user_data(options(template(tmp_path, "@SKEP_JOIN_TOKEN@")), join_token=join_token)
    assert TOKEN not in repr(user_data) + repr(user_data.for_host("web-1")) + str(user_data.for_any_host())


def test_a_template_without_a_place_for_the_token_asks_nobody_for_it(tmp_path: Path) -> None:
    user_data = read_user_data(options(template(tmp_path, "ask @SKEP_MANAGERS@")), join_token=never)
    assert user_data.for_any_host().reveal() == "ask 10.0.0.2:2377 10.0.0.3:2377"


def test_a_token_in_a_file_is_taken_instead_of_the_swarms(tmp_path: Path) -> None:
    (tmp_path / "token").write_text(f"{TOKEN}\n")
    from_file = options(template(tmp_path, "@SKEP_JOIN_TOKEN@"), join_token_file=str(tmp_path / "token"))
    assert read_user_data(from_file, join_token=never).for_any_host().reveal() == TOKEN


def test_a_token_that_is_rotated_is_read_anew(tmp_path: Path) -> None:
    (tmp_path / "token").write_text(TOKEN)
    from_file = options(template(tmp_path, "@SKEP_JOIN_TOKEN@"), join_token_file=str(tmp_path / "token"))
    read_user_data(from_file, join_token=never)
    rotated = TOKEN[:-1] + "x"
    (tmp_path / "token").write_text(rotated)
    assert read_user_data(from_file, join_token=never).for_any_host().reveal() == rotated


@pytest.mark.parametrize(
    "token",
    ["hunter2", f"{TOKEN}; reboot", f'{TOKEN}" $(reboot)', f"{TOKEN}\nreboot", "SWMTKN-1-short"],
    ids=["some password", "a token and a command", "a way out of quotes", "a second line", "half a token"],
)
def test_what_is_no_join_token_never_reaches_a_script_that_runs_as_root(tmp_path: Path, token: str) -> None:
    (tmp_path / "token").write_text(token)
    text = template(tmp_path, "@SKEP_JOIN_TOKEN@")
    for wrong, source in (
        (options(text), "the Swarm"),
        (options(text, join_token_file=str(tmp_path / "token")), str(tmp_path / "token")),
    ):
        with pytest.raises(Permanent, match=f"^{source}: ") as told:
            read_user_data(wrong, join_token=lambda: Secret(token))
        assert token not in "".join(traceback.format_exception(told.value))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        pytest.param(None, "the template for user data cannot be read: No such file or directory", id="none"),
        pytest.param(b"\xff\xfe\x00", "the template for user data is not text", id="no text"),
        pytest.param(b"x" * 70_000, "a template for user data has at most 65536 characters", id="far too long"),
        pytest.param(
            b"@SKEP_TOKEN@",
            "@SKEP_TOKEN@ is no placeholder, expected @SKEP_JOIN_TOKEN@, @SKEP_MANAGERS@, @SKEP_HOSTNAME@",
            id="a misspelt placeholder",
        ),
    ],
)
def test_a_template_that_is_none_is_told_with_its_path(tmp_path: Path, text: bytes | None, words: str) -> None:
    file = tmp_path / "template"
    if text is not None:
        file.write_bytes(text)
    with pytest.raises(Permanent) as told:
        read_user_data(options(file), join_token=join_token)
    assert str(told.value) == f"{file}: {words}"


# --- the shipped template -------------------------------------------------------------------------------------------

# Joins at the second manager only, and writes down how it was called.
DOCKER = """#!/bin/sh
echo "$*" >> "${0%/*}/calls"
[ "$7" = 10.0.0.3:2377 ]
"""


def test_the_shipped_template_lets_a_machine_join_cordoned_at_the_first_manager_that_answers(tmp_path: Path) -> None:
    document = yaml.safe_load(read_user_data(options(SHIPPED), join_token=join_token).for_host("web-1").reveal())
    assert document["hostname"] == "web-1"
    (script,) = document["write_files"]
    assert (script["owner"], script["permissions"]) == ("root:root", "0600")
    assert [script["path"] in " ".join(command) for command in document["runcmd"]] == [True]
    (tmp_path / "join").write_text(script["content"])
    (tmp_path / "docker").write_text(DOCKER)
    (tmp_path / "docker").chmod(0o755)
    subprocess.run(
        ["sh", str(tmp_path / "join")], check=True, env={"PATH": f"{tmp_path}{os.pathsep}{os.defpath}"}, timeout=30
    )
    asked = f"swarm join --availability pause --token {TOKEN}"
    assert (tmp_path / "calls").read_text().splitlines() == [f"{asked} {manager}" for manager in MANAGERS]
