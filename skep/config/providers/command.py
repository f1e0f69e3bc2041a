"""Options of the provider ``command``: a program of the operator's."""

from dataclasses import dataclass
from datetime import timedelta

from skep.config.providers.sheet import OptionProblems, Options, OptionSheet
from skep.config.providers.texts import read_absolute_path, read_line, word_reader
from skep.config.providers.user_data import UserDataOptions, read_user_data_options
from skep.config.units import UnitError, read_duration

__all__ = ["CommandOptions", "read_command_options"]

_ARGV = "command"
_TIMEOUT = timedelta(seconds=15)
_LEAST_TIMEOUT = timedelta(seconds=1)
_MOST_TIMEOUT = timedelta(minutes=5)

_read_variable = word_reader("[A-Za-z_][A-Za-z0-9_]{0,99}", expected="the name of a variable", example="API_URL")


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandOptions:
    """How to run the program.

    Attributes:
        argv: the program and its arguments, to which the word for what is wanted is added.
        timeout: it is killed after this.
        env: variables that it finds, beside a few that every program has.
        folder: where it runs.
        user_data: for the machines it makes; ``None`` where the program sees to that itself.
    """

    argv: tuple[str, ...]
    timeout: timedelta = _TIMEOUT
    env: tuple[tuple[str, str], ...] = ()
    folder: str = "/"
    user_data: UserDataOptions | None = None


def read_command_options(place: str, options: Options) -> CommandOptions | OptionProblems:
    """Read the options of a pool, or everything that is wrong with them.

    Args:
        place: whose options they are, as ``pool web, provider command``.
        options: as they stand in the policy file.
    """
    sheet = OptionSheet(place, options)
    read = CommandOptions(
        argv=_read_argv(sheet),
        timeout=sheet.text("timeout", _read_timeout, example="15s", default=_TIMEOUT),
        env=sheet.pairs(
            "env",
            _read_variable,
            read_line,
            expected="names of variables, each with one line of text; a secret as the path of a file",
            example="{API_URL: https://cloud.example.com, API_TOKEN_FILE: /run/secrets/cloud_token}",
        ),
        folder=sheet.text("folder", read_absolute_path, example="/srv/provider", default="/"),
        user_data=read_user_data_options(sheet, is_required=False),
    )
    problems = sheet.problems()
    return OptionProblems(problems=problems) if problems else read


def _read_argv(sheet: OptionSheet) -> tuple[str, ...]:
    expected = "the absolute path of a program, and its arguments, in a list"
    example = "[/usr/local/bin/machines, --zone, a]"
    argv = sheet.several(_ARGV, _read_argument, expected=expected, example=example, least=1)
    if argv and not argv[0].startswith("/"):
        sheet.object_to(_ARGV, expected=expected, example=example, part=argv[0])
    return argv


def _read_argument(text: str) -> str:
    if "\0" in text:
        raise UnitError(text, "a text without the character 0", "--zone")
    return text


def _read_timeout(text: str) -> timedelta:
    return read_duration(text, least=_LEAST_TIMEOUT, most=_MOST_TIMEOUT)
