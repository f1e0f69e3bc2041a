"""`skep status --watch`: it looks again and again, on a terminal in one place and elsewhere line by line."""

import json
import re
import sys

import pytest
from click.testing import CliRunner, Result

from cli.main import skep
from skep.operations.ask import ServiceStatus
from tests.entrypoints.terminal import Terminal
from tests.fakes.desk import FakeQuestions, FakeTimer, desk, service

pytestmark = pytest.mark.timeout(300)  # what a terminal shows is waited for, on machines that do much else

LOOKS: list[tuple[ServiceStatus, ...]] = [(service("web", replicas=count),) for count in (3, 4, 5)]
AT_A_TERMINAL = """\
from cli.desk import Desk
from cli.main import skep
from tests.fakes.desk import FakeOrders, FakeQuestions, service
skep(prog_name="skep", obj=Desk(questions=FakeQuestions(services=(service("web"),)), orders=FakeOrders()))
"""


def watch(*options: str, questions: FakeQuestions | None = None, sleeps: int = 2) -> Result:
    asked = questions or FakeQuestions(services=LOOKS[0], later=LOOKS[1:])
    at_desk = desk(questions=asked, timer=FakeTimer(sleeps=sleeps))
    return CliRunner().invoke(skep, ["status", "--watch", *options], obj=at_desk, env={"FORCE_COLOR": "1"})


def test_each_look_is_printed_under_its_instant_and_the_interruption_is_no_failure() -> None:
    result = watch()
    assert result.exit_code == 0
    assert [line.split()[1] for line in result.stdout.splitlines() if "web" in line] == ["3", "4", "5"]
    assert result.stdout.count("14:02:15 UTC") == 3


def test_nothing_controls_a_screen_that_is_not_there() -> None:
    assert not any(control in watch().stdout for control in ("\x1b[?25l", "\x1b[2K", "\x1b[1A", "\x1b[2J"))


def test_as_json_each_look_is_one_line() -> None:
    looks = [json.loads(line) for line in watch("--json").stdout.splitlines()]
    assert [look["services"][0]["replicas"] for look in looks] == [3, 4, 5]


def test_a_question_that_nobody_answers_is_told_and_asked_again() -> None:
    result = watch(questions=FakeQuestions(services=LOOKS[0], unanswered=frozenset({2})))
    assert result.exit_code == 0
    assert result.stdout.count("nobody answers") == 1
    assert result.stdout.count("1 service") == 2


def test_a_first_question_that_nobody_answers_ends_it() -> None:
    result = watch(questions=FakeQuestions(unanswered=frozenset({1})))
    assert (result.exit_code, result.stderr) == (1, "Error: nobody answers\n")


def test_an_interval_without_watching_is_typed_wrongly() -> None:
    result = CliRunner().invoke(skep, ["status", "--every", "5s"], obj=desk())
    assert result.exit_code == 2
    assert "--every belongs to --watch" in result.stderr


@pytest.mark.parametrize("columns", [80, 160])
def test_a_terminal_shows_it_in_one_place_until_ctrl_c(columns: int) -> None:
    with Terminal([sys.executable, "-c", AT_A_TERMINAL, "status", "-w", "--every", "1s"], columns=columns) as terminal:
        terminal.wait_for("1 service", times=2)
        terminal.press("\x03")
        assert terminal.end() == 0
        assert "Traceback" not in terminal.output
        assert "\x1b[?25h" in terminal.output, "the cursor is shown again"


@pytest.mark.parametrize(
    ("environment", "has_colour"), [({}, True), ({"NO_COLOR": "1"}, False)], ids=["as it is", "NO_COLOR"]
)
@pytest.mark.parametrize("arguments", [["status"], ["top"], ["doctor"], ["tasks"]], ids=lambda arguments: arguments[0])
def test_colours_are_left_out_where_somebody_wants_none(
    arguments: list[str], environment: dict[str, str], has_colour: bool
) -> None:
    with Terminal([sys.executable, "-c", IN_COLOUR, *arguments], environment=environment) as terminal:
        if arguments == ["top"]:
            terminal.wait_for("sorted by")
            terminal.press("q")
        terminal.end()
    assert bool(COLOUR.search(terminal.output)) is has_colour


#: Foreground colours; bold and dim are no colours.
COLOUR = re.compile(r"\x1b\[(?:[0-9]+;)*3[0-7]m")
IN_COLOUR = """\
from dataclasses import replace
from cli.main import skep
from skep.core.checkup import BrokerFacts
from tests.core.checkup_examples import EXAMINATION, WELL
from tests.entrypoints.test_cli_tasks import ALL
from tests.fakes.desk import NOW, FakeQuestions, FakeWorkforce, desk, service
services = (service("web", replicas=3, running=1),)
questions = FakeQuestions(services=services, examination=replace(EXAMINATION, at=NOW))
workforce = FakeWorkforce(standing=ALL, facts=WELL.broker, listeners=WELL.queues)
skep(prog_name="skep", obj=desk(questions=questions, workforce=workforce))
"""
