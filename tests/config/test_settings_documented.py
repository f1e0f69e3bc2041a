"""The table of settings in the documentation is the one the code makes."""

from pathlib import Path

from skep.config.settings import settings_table

OPERATIONS = Path(__file__).parents[2] / "docs" / "operations.md"


def test_every_setting_stands_in_the_documentation() -> None:
    assert settings_table() in OPERATIONS.read_text(encoding="utf-8")
