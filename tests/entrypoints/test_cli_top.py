"""`skep top`: one look where there is no terminal, and a live view with keys where there is one."""

import json
import sys

import pytest
from click.testing import CliRunner

from cli.main import skep
from tests.entrypoints.terminal import Terminal
from tests.fakes.desk import FakeQuestions, FakeWorkforce, desk, service

pytestmark = pytest.mark.timeout(300)  # what a terminal shows is waited for, on machines that do much else

AT_A_TERMINAL = """\
from cli.desk import Desk
from cli.main import skep
from tests.fakes.desk import FakeOrders, FakeQuestions, FakeWorkforce, service
services = (service("zebra", replicas=9), service("ant", replicas=2))
questions = FakeQuestions(services=services, unanswered=frozenset({UNANSWERED}))
skep(prog_name="skep", obj=Desk(questions=questions, orders=FakeOrders(), workforce=FakeWorkforce()))
"""


def at_a_terminal(*, columns: int = 80, unanswered: str = "") -> Terminal:
    program = AT_A_TERMINAL.replace("UNANSWERED", unanswered)
    return Terminal([sys.executable, "-c", program, "top", "--every", "1s"], columns=columns)


def test_where_there_is_no_terminal_one_look_is_printed() -> None:
    asked = FakeQuestions(services=(service("web"), service("api")))
    result = CliRunner().invoke(skep, ["top", "--sort", "name"], obj=desk(questions=asked))
    assert result.exit_code == 0
    assert result.stdout.index("api") < result.stdout.index("web")
    assert "\x1b" not in result.stdout
    assert "q ends" not in result.stdout


def test_as_json_it_is_one_document() -> None:
    asked = FakeQuestions(services=(service("web"),))
    result = CliRunner().invoke(skep, ["top", "--json"], obj=desk(questions=asked, workforce=FakeWorkforce()))
    document = json.loads(result.stdout)
    assert [each["name"] for each in document["services"]] == ["web"]
    assert (document["nodes"], document["tasks"]) == ([], [])


@pytest.mark.parametrize("columns", [80, 160])
@pytest.mark.parametrize("key", ["q", "\x03"], ids=["q", "Ctrl-C"])
def test_a_key_ends_it_and_leaves_the_terminal_as_it_was(columns: int, key: str) -> None:
    with at_a_terminal(columns=columns) as terminal:
        terminal.wait_for("zebra")
        terminal.press(key)
        assert terminal.end() == 0
        assert "Traceback" not in terminal.output
        assert "\x1b[?1049l" in terminal.output, "the screen of before is shown again"
        assert "\x1b[?25h" in terminal.output, "the cursor is shown again"


def test_a_key_sorts_by_the_next_order() -> None:
    with at_a_terminal() as terminal:
        terminal.wait_for("sorted by load")
        terminal.press("s")
        terminal.wait_for("sorted by replicas")
        terminal.press("q")
        assert terminal.end() == 0


def test_what_goes_wrong_is_told_and_looked_past() -> None:
    with at_a_terminal(unanswered="1") as terminal:
        terminal.wait_for("nobody answers")
        terminal.wait_for("zebra")
        terminal.press("q")
        assert terminal.end() == 0
