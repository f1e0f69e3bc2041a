"""Every `skep …` that a page of the documentation tells people to type is one that the command line understands."""

import re
import shlex
from collections.abc import Iterator, Sequence
from contextlib import suppress
from itertools import groupby
from pathlib import Path

import click
import pytest

from cli.main import COMMANDS, skep
from tests.house.tree import ROOT

PAGES = ("README.md", "CHANGELOG.md", *(str(page.relative_to(ROOT)) for page in sorted(ROOT.glob("docs/**/*.md"))))
#: Here a code span may be a sentence that skep says, and sentences too begin with its name.
SENTENCES = {"docs/sentences.md", "docs/monitoring.md", "docs/notifications.md"}
OPERATORS = {"|", "||", "&&", ";", "<", ">", "$(", ")"}
A_COMMAND = re.compile(r"(^|[|;&(]\s*)skep ")
A_FILE = re.compile(r"[\w./-]+\.(ya?ml|csv|json|html|png)|FILE|token|secrets/\w+")


def lines_to_type() -> Iterator[tuple[str, str]]:
    """Where it stands and what is typed, from all console blocks."""
    for page in PAGES:
        text = (ROOT / page).read_text(encoding="utf-8")
        for block in re.findall(r"```console\n(.*?)```", text, re.DOTALL):
            joined = block.replace("\\\n", " ")
            lines = [line.removeprefix("$ ") for line in joined.splitlines() if line.startswith("$ ")]
            yield from ((page, line) for line in lines if A_COMMAND.search(line))


def mentions() -> Iterator[tuple[str, str]]:
    """Where it stands and what is mentioned, from all code spans; a name alone may stand for a command."""
    for page in PAGES:
        text = re.sub(r"```.*?```", "", (ROOT / page).read_text(encoding="utf-8"), flags=re.DOTALL)
        spans = re.findall(r"`(skep [a-z-][^`\n]*)`", text)
        yield from ((page, span) for span in spans if page not in SENTENCES or span.split()[1] in COMMANDS)


def typed(line: str) -> Iterator[Sequence[str]]:
    """The arguments of each `skep` on a line, without what the shell does with what it reads and writes."""
    lexer = shlex.shlex(line, posix=True, punctuation_chars="();<>|&")
    lexer.whitespace_split, lexer.commenters = True, "#"
    for is_between, words in groupby(lexer, OPERATORS.__contains__):
        command = list(words)
        if not is_between and command[0] == "skep":
            yield command[1:]


def understand(command: click.Command, words: Sequence[str], parent: click.Context | None = None) -> None:
    """Read the words as the command would, without doing anything."""
    name = command.name or "skep"
    if isinstance(command, click.Group) and words:
        context = click.Context(command, info_name=name, parent=parent)
        found = command.get_command(context, words[0])
        if found is not None or parent is None:
            assert found is not None, f"there is no command {words[0]}"
            understand(found, words[1:], context)
            return
    command.make_context(name, list(words), parent=parent)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where people stand when they type: with whatever file a line names."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def make_files(folder: Path, words: Sequence[str]) -> None:
    for word in words:
        if A_FILE.fullmatch(word):
            file = folder / word
            file.parent.mkdir(parents=True, exist_ok=True)
            file.touch()


@pytest.mark.parametrize(("page", "line"), sorted(set(lines_to_type())))
def test_what_a_page_has_people_type_is_understood(folder: Path, page: str, line: str) -> None:
    for words in typed(line):
        make_files(folder, words)
        understand(skep, words)
    assert page


@pytest.mark.parametrize(("page", "span"), sorted(set(mentions())))
def test_what_a_page_mentions_is_understood_as_far_as_it_goes(folder: Path, page: str, span: str) -> None:
    for words in typed(re.sub(r"[][]|\.\.\.|…", "", span)):
        make_files(folder, words)
        # "`skep scale` writes a hold" says enough; an option that there is not, or a wrong value, does not pass.
        with suppress(click.MissingParameter, click.BadOptionUsage, click.exceptions.NoArgsIsHelpError):
            understand(skep, words)
    assert page
