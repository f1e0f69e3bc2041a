"""The tables of labels in the documentation, made of the catalogue.

``python -m skep.config.reference`` writes them anew between their markers, after a label was added or changed.
"""

import re
from pathlib import Path

from skep.config.catalogue import CATALOGUE, Chapter, Label

__all__ = ["label_table", "with_tables"]

_MADE = re.compile(r"<!-- labels: (?P<chapter>[a-z ]+) -->\n.*?<!-- end -->", re.DOTALL)
_POLICIES = Path("docs") / "policies.md"


def label_table(chapter: Chapter) -> str:
    """The labels of one chapter as a Markdown table."""
    rows = [
        ("label", "value", "without it", "examples", "meaning"),
        ("---",) * 5,
        *(_row(label) for label in CATALOGUE if label.chapter is chapter and label.is_supported),
    ]
    return "".join(f"| {' | '.join(row)} |\n" for row in rows)


def with_tables(text: str) -> str:
    """The text with what stands between its markers made anew.

    Raises:
        ValueError: a marker names no chapter, or a chapter has no marker.
    """
    missing = set(Chapter) - {Chapter(match["chapter"]) for match in _MADE.finditer(text)}
    if missing:
        raise ValueError(f"no marker for {', '.join(sorted(missing))}")
    return _MADE.sub(lambda match: _between_markers(Chapter(match["chapter"])), text)


def _between_markers(chapter: Chapter) -> str:
    return f"<!-- labels: {chapter} -->\n\n{label_table(chapter)}\n<!-- end -->"


def _row(label: Label) -> tuple[str, str, str, str, str]:
    examples = ", ".join(f"`{example}`" for example in label.examples)
    return f"`{label.name}`", label.form.words, _without(label), examples, label.meaning


def _without(label: Label) -> str:
    if label.default is None:
        return label.otherwise
    return f"`{label.default}`" + (f" (`{label.setting}`)" if label.setting else "")


def _main() -> None:
    """Write what is made of the catalogue into the documentation below the current folder."""
    text = _POLICIES.read_text(encoding="utf-8")
    _POLICIES.write_text(with_tables(text), encoding="utf-8")


if __name__ == "__main__":
    _main()
