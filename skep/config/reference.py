"""What the documentation has of the catalogue: tables of labels and of the keys of pools, and the schema of the file.

``python -m skep.config.reference`` writes it anew, tables between their markers, after a label was added or changed.
"""

import json
import re
from pathlib import Path

from skep.config.catalogue import CATALOGUE, Chapter, Label
from skep.config.pool_keys import POOL_KEYS, PoolKey, every_key
from skep.config.schema import policy_schema

__all__ = ["POLICIES", "SCHEMA", "label_table", "pool_table", "schema_text", "with_tables"]

#: Where it stands in the repository.
POLICIES = Path("docs") / "policies.md"
SCHEMA = Path("docs") / "policy.schema.json"

_POOLS = "pools"
_MADE = re.compile(r"<!-- (?:labels: (?P<chapter>[a-z ]+)|(?P<pools>pools)) -->\n.*?<!-- end -->", re.DOTALL)


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
    missing = {*Chapter, _POOLS} - {match["chapter"] or _POOLS for match in _MADE.finditer(text)}
    if missing:
        raise ValueError(f"no marker for {', '.join(sorted(missing))}")
    return _MADE.sub(_made, text)


def _made(match: re.Match[str]) -> str:
    if match["pools"]:
        return f"<!-- {_POOLS} -->\n\n{pool_table()}\n<!-- end -->"
    chapter = Chapter(match["chapter"])
    return f"<!-- labels: {chapter} -->\n\n{label_table(chapter)}\n<!-- end -->"


def pool_table() -> str:
    """The keys of a pool as a Markdown table."""
    rows = [("key", "value", "without it", "meaning"), ("---",) * 4, *map(_pool_row, every_key(POOL_KEYS))]
    return "".join(f"| {' | '.join(row)} |\n" for row in rows)


def _pool_row(key: PoolKey) -> tuple[str, str, str, str]:
    value = f"as `{key.example}`" if key.keys else key.form.words
    without = key.otherwise if key.default is None else f"`{key.default}`"
    return f"`{key.name}`", value, "" if key.keys and key.default is None and not key.is_list else without, key.meaning


def schema_text() -> str:
    """The JSON Schema of the policy file, as it is published."""
    return json.dumps(policy_schema(), indent=2, ensure_ascii=False) + "\n"


def _row(label: Label) -> tuple[str, str, str, str, str]:
    examples = ", ".join(f"`{example}`" for example in label.examples)
    return f"`{label.name}`", label.form.words, _without(label), examples, label.meaning


def _without(label: Label) -> str:
    if label.default is None:
        return label.otherwise
    return f"`{label.default}`" + (f" (`{label.setting}`)" if label.setting else "")


def _main() -> None:
    """Write what is made of the catalogue into the documentation below the current folder."""
    POLICIES.write_text(with_tables(POLICIES.read_text(encoding="utf-8")), encoding="utf-8")
    SCHEMA.write_text(schema_text(), encoding="utf-8")


if __name__ == "__main__":
    _main()
