"""The tables of labels in the documentation are those the catalogue makes."""

from pathlib import Path

import pytest

from skep.config.catalogue import CATALOGUE
from skep.config.reference import with_tables

POLICIES = Path(__file__).parents[2] / "docs" / "policies.md"


def test_the_documentation_has_the_tables_of_the_catalogue() -> None:
    text = POLICIES.read_text(encoding="utf-8")
    assert text == with_tables(text), "run python -m skep.config.reference"


def test_every_label_that_is_read_stands_in_the_documentation() -> None:
    text = POLICIES.read_text(encoding="utf-8")
    assert [label.name for label in CATALOGUE if (f"| `{label.name}` |" in text) is not label.is_supported] == []


def test_a_chapter_without_a_marker_is_missed() -> None:
    with pytest.raises(ValueError, match="no marker for bounds"):
        with_tables(POLICIES.read_text(encoding="utf-8").replace("labels: bounds", "no labels"))
