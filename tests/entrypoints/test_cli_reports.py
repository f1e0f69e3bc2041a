"""`skep status`, `skep explain` and `skep history`: whom they ask, and what they print where."""

import json
from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from click.testing import CliRunner, Result

from cli.main import skep
from skep.core.record import Entry
from skep.operations.ask import ServiceStatus
from skep.operations.explain import Account, Asked
from tests.fakes.desk import NOW, FakeQuestions, desk, service
from tests.report.examples import ENTRIES, GROWING
from tests.report.situations import AT, GROWN, SETTINGS, SINCE

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


def test_explain_asks_one_question_where_the_name_is_given_in_full() -> None:
    questions = FakeQuestions(services=(WEB,))
    assert run("explain", "shop_web", questions=questions).exit_code == 0
    assert questions.asked == [{"name": "shop_web", "at": None}]


def test_explain_tells_what_the_service_was_told_and_the_store_is_asked() -> None:
    account = Account(
        name="shop_web", service=WEB, settings=SETTINGS, asked=(Asked(about="cpu", statement="SELECT 1"),)
    )
    result = run("explain", "shop_web", questions=FakeQuestions(services=(WEB,), accounts={"shop_web": account}))
    assert "Elsewhere it is said: skep.cpu=70% (policy.yml:12:9)." in result.stdout
    assert "cpu: SELECT 1" in result.stdout


def test_explain_as_json_is_one_document_that_reads_back() -> None:
    document = json.loads(run("explain", "web", "--json").stdout)
    assert msgspec.convert(document, Account) == Account(name="shop_web", service=WEB)


@pytest.mark.parametrize(
    ("typed", "at"),
    [
        pytest.param("2h", NOW - timedelta(hours=2), id="how long ago"),
        pytest.param("14:01", NOW.replace(minute=1, second=0), id="a time of today"),
        pytest.param("14:02:14", NOW - timedelta(seconds=1), id="a time with seconds"),
        pytest.param("14:03", NOW.replace(day=22, minute=3, second=0), id="a time that comes later was yesterday"),
        pytest.param("2026-11-20T08:00", datetime(2026, 11, 20, 8, tzinfo=UTC), id="a date and time"),
        pytest.param("2026-11-20T08:00+01:00", datetime(2026, 11, 20, 7, tzinfo=UTC), id="with its offset"),
        pytest.param("2026-11-20", datetime(2026, 11, 20, tzinfo=UTC), id="the beginning of a day"),
    ],
)
def test_an_instant_of_the_past_may_be_typed_as(typed: str, at: datetime) -> None:
    questions = FakeQuestions(services=(WEB,))
    run("explain", "shop_web", "--at", typed, questions=questions)
    assert questions.asked == [{"name": "shop_web", "at": at}]


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        pytest.param("noon", '--at is "noon", expected an instant of the past', id="a word"),
        pytest.param("25:00", '--at is "25:00"', id="an hour that no day has"),
        pytest.param("2027-01-01T00:00Z", "lies ahead", id="the future"),
        pytest.param("0s", "lies ahead", id="now"),
    ],
)
def test_no_instant_of_the_past_is(typed: str, message: str) -> None:
    result = run("explain", "shop_web", "--at", typed)
    assert result.exit_code == 2
    assert message in result.stderr


def test_the_past_is_told_from_the_journal() -> None:
    account = Account(name="shop_web", service=WEB, at=AT, entry=GROWN, since=SINCE)
    questions = FakeQuestions(accounts={"shop_web": account})
    result = run("explain", "shop_web", "--at", "2h", questions=questions)
    assert result.stdout.startswith("This is what skep decided about shop_web at 12:00:30 UTC")
    assert "12:01:15 UTC, ada@desk: shop_web 7 → 9" in result.stdout


def test_a_past_that_the_journal_does_not_know_is_one_sentence() -> None:
    result = run("explain", "shop_web", "--at", "2h")
    assert (result.exit_code, result.stdout) == (1, "")
    assert "The journal has no decision about shop_web at 12:02:15 UTC or before" in result.stderr


def test_explain_of_a_service_that_never_was_gets_a_suggestion() -> None:
    assert "Did you mean shop_web?" in run("explain", "shop_wbe").stderr


# --- history -----------------------------------------------------------------------------------------------------


def test_history_asks_for_the_last_day_and_fifty_lines() -> None:
    questions = FakeQuestions(entries=ENTRIES)
    run("history", questions=questions)
    assert questions.asked == [{"service": None, "since": NOW - timedelta(hours=24), "until": None, "limit": 50}]


def test_history_goes_back_as_far_as_it_is_told() -> None:
    questions = FakeQuestions(entries=ENTRIES)
    run("history", "--since", "7d", "--limit", "3", questions=questions)
    assert questions.asked == [{"service": None, "since": NOW - timedelta(days=7), "until": None, "limit": 3}]


def test_history_tells_what_happened_about_an_instant() -> None:
    questions = FakeQuestions(entries=ENTRIES)
    run("history", "--at", "13:30", questions=questions)
    at = NOW.replace(hour=13, minute=30, second=0)
    expected = {"service": None, "since": at - timedelta(minutes=10), "until": at + timedelta(minutes=5), "limit": 50}
    assert questions.asked == [expected]


def test_what_came_long_after_the_instant_is_not_told() -> None:
    result = run("history", "landing", "--at", "20d")
    assert result.exit_code == 1
    assert "3 → 12" not in result.stdout


def test_an_instant_and_a_span_together_are_typed_wrongly() -> None:
    result = run("history", "--at", "13:30", "--since", "7d")
    assert result.exit_code == 2
    assert "--at and --since exclude each other" in result.stderr


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
