"""`skep notify`: what it tells, and how it ends."""

import json

from click.testing import CliRunner, Result

from cli.main import skep
from tests.fakes.desk import FakeQuestions, desk


def run(*arguments: str, channels: dict[str, str | None]) -> Result:
    return CliRunner().invoke(skep, ["notify", *arguments], obj=desk(questions=FakeQuestions(channels=channels)))


def test_every_channel_that_took_it_is_named() -> None:
    result = run(channels={"slack": None, "mail": None})
    assert (result.exit_code, result.stdout) == (0, "slack: sent\nmail: sent\n")


def test_the_trouble_of_a_channel_is_told_and_ends_with_1() -> None:
    result = run(channels={"slack": None, "mail": "the mail server mail:25 answered 550: no such user"})
    assert (result.exit_code, result.stdout) == (1, "slack: sent\n")
    assert result.stderr == "mail: the mail server mail:25 answered 550: no such user\n"


def test_without_a_channel_it_says_how_to_give_one() -> None:
    result = run(channels={})
    assert result.exit_code == 1
    assert "There is no channel" in result.stderr


def test_json_names_channels_with_their_trouble() -> None:
    result = run("--json", channels={"mail": "550"})
    assert json.loads(result.stdout) == {"channels": [{"channel": "mail", "trouble": "550"}]}
    assert result.exit_code == 1


def test_nobody_signs_as_a_program_that_calls() -> None:
    result = CliRunner().invoke(skep, ["hold", "web", "--as", "webhook:kapacitor"], obj=desk())
    assert result.exit_code == 2
    assert "is the name of a program that calls" in result.output
