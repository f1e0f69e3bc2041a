"""Whatever skep can say to people is explained in docs/sentences.md."""

from pathlib import Path

import pytest

from tests.house.spoken_words import ROOMS, phrases, spoken
from tests.house.tree import ROOT, files

TOLD = " ".join((ROOT / "docs/sentences.md").read_text(encoding="utf-8").split())

#: No sentences: they are compared, joined with others, or go into a log of Python's.
NOT_SAID = frozenset(
    {
        "the journal",  # which store a finding of `skep lint` is about
        "the metrics",
        "the orders of people cannot be rebuilt yet: %s",  # for the log
        "the policy asked about",  # a column of `skep simulate`
        "the policy asked about, which tunes itself",
    }
)


def sources() -> list[Path]:
    """The files in which sentences are made."""
    return [path for path in files() if path.suffix == ".py" and str(path).startswith(ROOMS)]


@pytest.mark.parametrize("path", sources(), ids=str)
def test_every_sentence_is_explained(path: Path) -> None:
    missing = [phrase for phrase in spoken(ROOT / path) if phrase not in NOT_SAID and f"`{phrase}`" not in TOLD]
    assert missing == [], "explain them in docs/sentences.md"


def test_what_is_explained_is_said() -> None:
    said = {phrase for path in sources() for phrase in phrases(ROOT / path)}
    explained = {part for number, part in enumerate(TOLD.split("`")) if number % 2 and "…" in part and " " in part}
    examples = {part for part in explained if part.startswith(("requests 640", "max is", "min is"))}
    assert explained - examples - said == set()


def test_sentences_are_found_where_they_are_put_together(tmp_path: Path) -> None:
    source = tmp_path / "guard.py"
    source.write_text(
        '"""A docstring is not said."""\n'
        "def guard(name, n):\n"
        '    """Neither is this one."""\n'
        "    if n < 0:\n"
        '        raise ValueError("a mistake in skep")\n'
        '    yield f"{name} cools down for {n:.0f} s"\n'
        '    return "one-word" if n else "nothing is active"\n'
    )
    assert sorted(spoken(source)) == ["nothing is active", "… cools down for … s"]
