"""`skep status`, `skep explain` and `skep history`: whom they ask, and what they print where."""

import json
from datetime import timedelta

import msgspec
import pytest
from click.testing import CliRunner, Result

from cli.main import skep
from skep.core.record import Entry
from skep.operations.ask import ServiceStatus
from tests.fakes.desk import NOW, FakeQuestions, desk, service
from tests.report.examples import ENTRIES, GROWING

WEB = service(
    "shop_web", replicas=GROWING.replicas, bounds=GROWING.bounds, decision=GROWING.decision, running=GROWING.running
)
DB = service("db", replicas=1, is_enabled=False)
FEED = service("feed", problems=('feed: skep.max is "many", expected a whole number, for example 20',))


def run(*arguments: str, questions: FakeQuestions | None = None, columns: int | None = 80) -> Result:
    at_desk = desk(questions=questions or FakeQuestions(services=(FEED, WEB, DB), entries=ENTRIES))
    env = {"COLUMNS": None if columns is None else str(columns)}
    return CliRunner().invoke(skep, arguments, obj=at_desk, env=env)


# --- status ------------------------------------------------------------------------------------------------------


def test_status_shows_all_enabled_services_and_what_is_wrong_with_labels() -> None:
    result = run("status")
    assert result.exit_code == 0
    assert "shop_web" in result.stdout
    assert 'skep.max is "many"' in result.stdout
    assert "db" not in result.stdout


def test_status_shows_a_service_that_is_named_also_when_it_is_not_enabled() -> None:
    result = run("status", "db")
    assert 'the label skep.enable is not "true"' in result.stdout
    assert "shop_web" not in result.stdout


def test_status_without_any_service_says_which_labels_to_add() -> None:
    result = run("status", questions=FakeQuestions())
    assert result.exit_code == 0
    assert 'skep.enable: "true"' in result.stdout


@pytest.mark.parametrize("columns", [80, 160])
def test_no_line_is_longer_than_the_screen(columns: int) -> None:
    for command in (["status"], ["history"], ["explain", "shop_web"]):
        assert max(len(line) for line in run(*command, columns=columns).stdout.splitlines()) <= columns


def test_where_there_is_no_screen_reasons_stand_beside_their_services() -> None:
    assert "WHY" in run("status", columns=None).stdout


def test_status_as_json_is_one_document_that_reads_back() -> None:
    document = json.loads(run("status", "--json").stdout)
    assert msgspec.convert(document["services"], tuple[ServiceStatus, ...]) == (FEED, WEB)


def test_colour_is_left_out_where_output_is_no_terminal() -> None:
    assert "\x1b" not in run("status").stdout


# --- names -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["shop_web", "web", "id-of-shop_web"], ids=["whole name", "without stack", "id"])
def test_a_service_is_found_by(name: str) -> None:
    assert run("explain", name).stdout.startswith("shop_web has 3 replicas")


def test_a_name_that_two_stacks_share_is_asked_back() -> None:
    questions = FakeQuestions(services=(service("blog_web"), WEB))
    result = run("explain", "web", questions=questions)
    assert result.exit_code == 1
    assert '"web" could be blog_web or shop_web: give the whole name.' in result.stderr


@pytest.mark.parametrize(
    ("name", "suggestion"),
    [
        pytest.param("shop_wbe", "Did you mean shop_web?", id="a slip in the whole name"),
        pytest.param("wbe", "Did you mean shop_web?", id="a slip in the name without the stack"),
        pytest.param("zzz", "Enabled are feed, shop_web.", id="nothing like it"),
    ],
)
def test_an_unknown_name_gets_a_suggestion(name: str, suggestion: str) -> None:
    result = run("status", name)
    assert result.exit_code == 1
    assert result.stdout == ""
    assert f'There is no service called "{name}". {suggestion}' in result.stderr


def test_an_unknown_name_where_nothing_is_enabled_says_so() -> None:
    result = run("explain", "web", questions=FakeQuestions())
    assert "No service is enabled for skep; `skep status` says how to enable one." in result.stderr


# --- explain -----------------------------------------------------------------------------------------------------


def test_explain_as_json_is_the_service_with_its_decision() -> None:
    document = json.loads(run("explain", "web", "--json").stdout)
    assert msgspec.convert(document, ServiceStatus) == WEB


# --- history -----------------------------------------------------------------------------------------------------


def test_history_asks_for_the_last_day_and_fifty_lines() -> None:
    questions = FakeQuestions(entries=ENTRIES)
    run("history", questions=questions)
    assert questions.asked == [{"service": None, "since": NOW - timedelta(hours=24), "limit": 50}]


def test_history_goes_back_as_far_as_it_is_told() -> None:
    questions = FakeQuestions(entries=ENTRIES)
    run("history", "--since", "7d", "--limit", "3", questions=questions)
    assert questions.asked == [{"service": None, "since": NOW - timedelta(days=7), "limit": 3}]


def test_history_of_one_service_takes_its_name_without_the_stack() -> None:
    result = run("history", "web")
    assert "3 → 7" in result.stdout
    assert "landing" not in result.stdout


def test_history_of_a_service_that_is_gone_is_still_told() -> None:
    assert "3 → 12" in run("history", "landing").stdout


def test_history_of_a_service_that_never_was_gets_a_suggestion() -> None:
    result = run("history", "shop_wbe")
    assert result.exit_code == 1
    assert "Did you mean shop_web?" in result.stderr


def test_history_without_entries_says_so() -> None:
    assert "Nothing was scaled" in run("history", questions=FakeQuestions()).stdout


def test_history_as_json_is_one_document_that_reads_back() -> None:
    document = json.loads(run("history", "--json").stdout)
    assert msgspec.convert(document["entries"], tuple[Entry, ...]) == ENTRIES
