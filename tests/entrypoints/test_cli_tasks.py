"""`skep tasks`: what it shows and cancels, and how it ends."""

import json
from datetime import timedelta

import pytest
from click.testing import CliRunner, Result

from cli.main import skep
from skep.report.task_table import TaskStanding, TaskState
from tests.fakes.desk import NOW, FakeWorkforce, desk

RUNNING = TaskStanding(
    id="scale.web.1795442535000",
    name="scale.web",
    task="scale.service",
    queue="act",
    state=TaskState.RUNNING,
    worker="actor@manager-1",
    begun_at=NOW - timedelta(seconds=2),
    actor="autoscaler",
    reason="requests 412/s on 3 replicas, target 50/s each",
)
RETRYING = TaskStanding(
    id="drain.worker-3.20261123T140215Z-3fa2c1",
    name="drain.worker-3",
    task="drain.node",
    queue="act",
    state=TaskState.RETRYING,
    worker="actor@manager-2",
    due_at=NOW + timedelta(seconds=4),
    actor="ada@desk",
    reason="by hand",
)
QUEUED = TaskStanding(
    id="scale.api.20261123T140215Z-3fa2c1",
    name="scale.api",
    task="scale.service",
    queue="act",
    state=TaskState.QUEUED,
    void_at=NOW + timedelta(seconds=96),
    actor="ada@desk",
    reason="the advert runs at eight",
)
QUIET = TaskStanding(
    id="0b0e", name="evaluate.services", task="evaluate.services", queue="tick", state=TaskState.QUEUED, void_at=NOW
)
ALL = (RUNNING, RETRYING, QUEUED, QUIET)


def run(*arguments: str, workforce: FakeWorkforce | None = None, columns: int = 80) -> Result:
    at_desk = desk(workforce=workforce or FakeWorkforce(standing=ALL))
    return CliRunner().invoke(skep, ["tasks", *arguments], obj=at_desk, env={"COLUMNS": str(columns)})


def test_each_task_is_shown_with_who_ordered_it_and_where_it_is() -> None:
    shown = run().stdout
    for words in (
        "autoscaler: requests 412/s on 3 replicas",
        "at actor@manager-1",
        "at actor@manager-2, tried again in 4 s",
        "ada@desk: the advert runs at eight",
        "void in 1 min 36 s",
        "void: nobody will carry it out",
        "1 running, 1 retrying, 2 queued",
    ):
        assert words in shown


@pytest.mark.parametrize("columns", [80, 160])
def test_no_line_is_longer_than_the_screen_and_every_id_can_be_copied(columns: int) -> None:
    lines = run(columns=columns).stdout.splitlines()
    assert max(len(line) for line in lines) <= columns
    assert all(any(task.id in line for line in lines) for task in ALL)


def test_where_nothing_is_to_do_it_says_so() -> None:
    assert run(workforce=FakeWorkforce()).stdout == "Nothing is queued, and nothing is running.\n"


def test_as_json_it_is_one_document() -> None:
    tasks = json.loads(run("--json").stdout)["tasks"]
    assert [(task["id"], task["state"]) for task in tasks] == [(task.id, task.state) for task in ALL]


@pytest.mark.parametrize(
    ("task_id", "code", "words"),
    [
        pytest.param(QUEUED.id, 0, "is cancelled: nobody will carry it out", id="queued"),
        pytest.param(RETRYING.id, 0, "is cancelled: nobody will carry it out", id="tried again later"),
        pytest.param(RUNNING.id, 1, "is running and cannot be cancelled", id="running"),
        pytest.param("scale.web.1", 1, "is neither queued nor running", id="ended or never was"),
    ],
)
def test_what_has_not_begun_can_be_cancelled(task_id: str, code: int, words: str) -> None:
    workforce = FakeWorkforce(standing=ALL)
    result = run("cancel", task_id, "--as", "ada", workforce=workforce)
    assert result.exit_code == code
    assert f"{task_id} {words}" in result.output
    assert workforce.cancelled == ([(task_id, "ada")] if code == 0 else [])


@pytest.mark.parametrize(
    "arguments", [("cancel", QUEUED.id, "--json"), ("--json", "cancel", QUEUED.id)], ids=["behind", "before"]
)
def test_what_became_of_it_is_one_document(arguments: tuple[str, ...]) -> None:
    assert json.loads(run(*arguments).stdout)["outcome"] == "cancelled"
