"""A program of the operator's: what it is asked, how it may answer, and what becomes of one that misbehaves."""

import json
import os
import signal
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from skep.adapters.node_providers.command import CommandProvider
from skep.adapters.node_providers.command_language import schema
from skep.config.providers import CommandOptions
from skep.config.providers.user_data import UserDataOptions
from skep.core.machines import Deletion, Increase, Machine, MachineState, PoolMachines, Refusal, RefusalKind
from skep.errors import Permanent, Temporary
from tests.adapters.provider_stage import join_token
from tests.eventually import eventually

SCHEMA_FILE = Path(__file__).parents[2] / "docs/command-provider.schema.json"
IMPATIENT = timedelta(seconds=1)
PATIENT = timedelta(seconds=30)

Program = Callable[..., CommandProvider]


@pytest.fixture
def program(tmp_path: Path) -> Program:
    """Makes a provider of a few lines of Python."""

    def make(lines: str, **options: Any) -> CommandProvider:
        file = tmp_path / "program.py"
        file.write_text(lines)
        argv = (sys.executable, "-S", "-E", str(file), "--zone", "a b;$HOME")
        return CommandProvider("web", CommandOptions(argv=argv, timeout=PATIENT, **options), join_token=join_token)

    return make


def answering(answer: object) -> str:
    return f"print({json.dumps(answer)!r})"


# --- what it is asked -----------------------------------------------------------------------------------------------

TELLS_ALL = """
import json, os, sys
from pathlib import Path
told = {"argv": sys.argv[1:], "env": dict(os.environ), "folder": os.getcwd(), "asked": json.load(sys.stdin)}
Path(__file__).with_name("told.json").write_text(json.dumps(told))
"""


def told(folder: Path) -> Any:
    return json.loads((folder / "told.json").read_text())


def test_the_word_comes_last_and_nothing_goes_through_a_shell(program: Program, tmp_path: Path) -> None:
    program(TELLS_ALL + answering({"target": 0})).describe()
    assert told(tmp_path)["argv"] == ["--zone", "a b;$HOME", "describe"]
    assert told(tmp_path)["asked"] == {"protocol": 1, "pool": "web"}


def test_an_order_is_asked_with_its_name(program: Program, tmp_path: Path) -> None:
    program(TELLS_ALL + answering({"ordered": 2})).increase(2, request_id="évaluation 7")
    asked = {"protocol": 1, "pool": "web", "machines": 2, "request_id": "évaluation 7"}
    assert told(tmp_path)["argv"][-1] == "increase"
    assert told(tmp_path)["asked"] == asked


def test_a_deletion_is_asked_by_ids(program: Program, tmp_path: Path) -> None:
    program(TELLS_ALL + answering({"gone": ["a", "b"]})).delete(["a", "b"])
    assert told(tmp_path)["argv"][-1] == "delete"
    assert told(tmp_path)["asked"] == {"protocol": 1, "pool": "web", "machine_ids": ["a", "b"]}


def test_nothing_to_delete_runs_nothing(program: Program) -> None:
    assert program("raise SystemExit(1)").delete([]) == Deletion(gone=())


def test_it_finds_its_own_environment_and_not_that_of_skep(
    program: Program, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SKEP_REDIS_PASSWORD", "hunter2")
    variables = (("API_URL", "https://cloud.example.com"), ("API_TOKEN_FILE", "/run/secrets/cloud_token"))
    program(TELLS_ALL + answering({"target": 0}), env=variables, folder=str(tmp_path)).describe()
    env = told(tmp_path)["env"]
    assert "hunter2" not in str(env)
    assert env.keys() - {"LC_CTYPE"} == {"PATH", "LANG", "HOME", "API_URL", "API_TOKEN_FILE"}
    assert dict(variables).items() <= env.items()
    assert told(tmp_path)["folder"] == str(tmp_path)


def test_user_data_comes_with_an_order_and_not_by_the_command_line(program: Program, tmp_path: Path) -> None:
    (tmp_path / "template").write_text("join @SKEP_JOIN_TOKEN@ @SKEP_MANAGERS@ as @SKEP_HOSTNAME@")
    user_data = UserDataOptions(template_file=str(tmp_path / "template"), managers=("10.0.0.2:2377", "10.0.0.3:2377"))
    program(TELLS_ALL + answering({"ordered": 1}), user_data=user_data).increase(1, request_id="r1")
    text = told(tmp_path)["asked"]["user_data"]
    assert text == f"join {join_token().reveal()} 10.0.0.2:2377 10.0.0.3:2377 as @SKEP_HOSTNAME@"
    assert join_token().reveal() not in str(told(tmp_path)["argv"]) + str(told(tmp_path)["env"])


# --- how it may answer ----------------------------------------------------------------------------------------------

EVERYTHING = {
    "target": 3,
    "minimum": 1,
    "maximum": 5,
    "machines": [
        {
            "id": "m1",
            "state": "running",
            "hostname": "web-1",
            "addresses": ["10.0.0.7", "203.0.113.7"],
            "node_id": "node1",
            "created_at": "2026-03-01T13:00:00+01:00",
            "detail": "in zone a",
        },
        {"id": "m2", "state": "requested"},
    ],
    "shortfall": {"kind": "no capacity", "reason": "zone a has none left"},
    "cautions": ["the image is from last year"],
    "stay_joined": True,
}


def test_everything_may_be_said_of_a_pool(program: Program) -> None:
    assert program(answering(EVERYTHING)).describe() == PoolMachines(
        target=3,
        minimum=1,
        maximum=5,
        machines=(
            Machine(
                id="m1",
                state=MachineState.RUNNING,
                hostname="web-1",
                addresses=("10.0.0.7", "203.0.113.7"),
                node_id="node1",
                created_at=datetime(2026, 3, 1, 12, tzinfo=UTC),
                detail="in zone a",
            ),
            Machine(id="m2", state=MachineState.REQUESTED),
        ),
        shortfall=Refusal(kind=RefusalKind.NO_CAPACITY, reason="zone a has none left"),
        cautions=("the image is from last year",),
        stay_joined=True,
    )


def test_a_no_is_an_answer(program: Program) -> None:
    refusal = {"kind": "quota", "reason": "2 of 2 machines"}
    assert program(answering({"ordered": 1, "refusal": refusal})).increase(2, request_id="r1") == Increase(
        ordered=1, refusal=Refusal(kind=RefusalKind.QUOTA, reason="2 of 2 machines")
    )
    refusal = {"kind": "protected", "reason": "b is locked"}
    assert program(answering({"gone": ["a", "z"], "refusal": refusal})).delete(["a", "b"]) == Deletion(
        gone=("a",), refusal=Refusal(kind=RefusalKind.PROTECTED, reason="b is locked")
    )


def test_a_program_that_does_not_read_is_no_trouble(program: Program) -> None:
    provider = program(answering({"gone": []}))
    with pytest.raises(Permanent, match="not all machines are gone, and it is not said why"):
        provider.delete([f"machine-{number}" for number in range(100_000)])


def test_a_long_answer_is_read_to_its_end(program: Program) -> None:
    machines = [{"id": f"machine-{number}", "state": "running"} for number in range(5_000)]
    assert len(program(answering({"target": 5_000, "machines": machines})).describe().machines) == 5_000


@pytest.mark.parametrize(
    ("word", "answer", "words"),
    [
        pytest.param("describe", "{", "Input data was truncated", id="half an answer"),
        pytest.param("describe", "", "Input data was truncated", id="no answer"),
        pytest.param("describe", "{}", "missing required field `target`", id="an answer without what it is for"),
        pytest.param("describe", '{"target": -1}', "`int` >= 0", id="fewer than no machines"),
        pytest.param("describe", '{"target": 1, "machnies": []}', "unknown field `machnies`", id="a misspelt field"),
        pytest.param(
            "describe", '{"target": 1, "machines": [{"id": "a", "state": "up"}]}', "'up' - at", id="an unknown state"
        ),
        pytest.param(
            "describe",
            '{"target": 1, "machines": [{"id": "a", "state": "running", "created_at": "2026-03-01T12:00:00"}]}',
            "timezone component - at",
            id="an instant without its offset",
        ),
        pytest.param(
            "describe",
            '{"target": 2, "machines": [{"id": "a", "state": "running"}, {"id": "a", "state": "running"}]}',
            "several machines have the same id",
            id="two machines with one id",
        ),
        pytest.param("increase", '{"ordered": 3}', "3 machines are ordered where 2 were wanted", id="too many"),
        pytest.param(
            "increase", '{"ordered": 1}', "1 machines are ordered where 2 were wanted", id="too few, no reason"
        ),
        pytest.param(
            "increase",
            '{"ordered": 0, "refusal": {"kind": "no", "reason": ""}}',
            "Invalid enum value 'no'",
            id="an unknown no",
        ),
        pytest.param(
            "increase", '{"\x7frdered": 1}', "unknown field ` rdered`", id="a field that no terminal should see"
        ),
        pytest.param("delete", '{"gone": ["a"]}', "not all machines are gone", id="not all, no reason"),
    ],
)
def test_an_answer_that_is_none_is_told_with_its_fault(program: Program, word: str, answer: str, words: str) -> None:
    provider = program(f"print({answer!r})")
    asked: dict[str, Callable[[], object]] = {
        "describe": provider.describe,
        "increase": lambda: provider.increase(2, request_id="r1"),
        "delete": lambda: provider.delete(["a", "b"]),
    }
    with pytest.raises(Permanent, match=f"^pool web, {sys.executable} {word}: ") as fault:
        asked[word]()
    assert words in str(fault.value)


# --- what becomes of one that misbehaves ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("lines", "kind", "sentence"),
    [
        pytest.param("import sys; sys.exit(75)", Temporary, "it did not say why", id="its trouble passes"),
        pytest.param("import sys; sys.exit(1)", Permanent, "exit code 1: it did not say why", id="it fails silently"),
        pytest.param("import sys; sys.exit('no key')", Permanent, "exit code 1: no key", id="it fails with a word"),
        pytest.param(
            r"import sys; sys.stderr.write('a\n\x1b[31mb\tc' + 'x' * 400); sys.exit(2)",
            Permanent,
            f"exit code 2: …{'x' * 300}",
            id="it fails with too many words",
        ),
        pytest.param(
            "import os, signal; os.kill(os.getpid(), signal.SIGKILL)",
            Temporary,
            "it was killed by signal 9",
            id="somebody kills it",
        ),
        pytest.param(
            "while True: print('x' * 100_000)", Permanent, "it prints more than 4194304 bytes", id="it never stops"
        ),
        pytest.param(
            "import sys\nwhile True: sys.stderr.write('x' * 100_000)",
            Permanent,
            "it prints more than 4194304 bytes",
            id="it never stops complaining",
        ),
    ],
)
def test_its_end_says_whether_a_person_is_needed(
    program: Program, lines: str, kind: type[Exception], sentence: str
) -> None:
    with pytest.raises(kind) as fault:
        program(lines).describe()
    assert str(fault.value).startswith(f"pool web, {sys.executable} describe: {sentence}")


STARTS_A_CHILD = """#!/bin/sh
sleep 1000 &
echo "$$ $!" > "${0%/*}/pids"
"""


def shell_program(folder: Path, lines: str, timeout: timedelta) -> CommandProvider:
    file = folder / "program"
    file.write_text(STARTS_A_CHILD + lines)
    file.chmod(0o755)
    return CommandProvider("web", CommandOptions(argv=(str(file),), timeout=timeout), join_token=join_token)


def pids(folder: Path) -> list[int]:
    return [int(pid) for pid in (folder / "pids").read_text().split()]


def test_one_that_hangs_is_killed_with_all_that_it_started(tmp_path: Path) -> None:
    with pytest.raises(Temporary, match="no answer within 1s, so it was killed"):
        shell_program(tmp_path, "wait", IMPATIENT).describe()
    eventually(lambda: not any(map(is_running, pids(tmp_path))))


def test_one_that_leaves_a_child_behind_is_not_waited_for(tmp_path: Path) -> None:
    """The child keeps the pipe open; it belongs to the program, and goes on."""
    provider = shell_program(tmp_path, """echo '{"target": 0}'""", PATIENT)
    assert provider.describe() == PoolMachines(target=0)
    _, child = pids(tmp_path)
    assert is_running(child)
    os.kill(child, signal.SIGKILL)


def is_running(pid: int) -> bool:
    """Whether a process is there and no zombie."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


@pytest.mark.parametrize(
    ("program_file", "words"),
    [
        pytest.param("missing", "No such file", id="there is none"),
        pytest.param("plain", "Permission denied", id="it may not be run"),
        pytest.param("broken", "Exec format error", id="it is none"),
    ],
)
def test_one_that_cannot_be_run_needs_a_person(tmp_path: Path, program_file: str, words: str) -> None:
    (tmp_path / "plain").write_text("")
    (tmp_path / "broken").write_text("hello")
    (tmp_path / "broken").chmod(0o755)
    options = CommandOptions(argv=(str(tmp_path / program_file),))
    with pytest.raises(Permanent, match=f"it cannot be run: .*{words}"):
        CommandProvider("web", options, join_token=join_token).describe()


# --- its documentation ----------------------------------------------------------------------------------------------


def test_the_documented_schema_is_the_one_that_is_checked() -> None:
    assert json.loads(SCHEMA_FILE.read_text()) == json.loads(json.dumps(schema()))


def test_the_schema_takes_what_is_good_and_refuses_what_is_not() -> None:
    described = {"$ref": "#/$defs/Described", **schema()}
    jsonschema.validate(EVERYTHING, described)
    for bad in ({}, {"target": -1}, {"target": 0, "machnies": []}, {"target": 0, "machines": [{"id": ""}]}):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(bad, described)
