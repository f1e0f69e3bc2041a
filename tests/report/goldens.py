"""Texts read by a person once, which must stay as they are: `GOLDEN=write pytest tests/report` takes new ones."""

import os
from pathlib import Path

__all__ = ["assert_golden"]

_FOLDER = Path(__file__).parent / "golden"


def assert_golden(name: str, text: str) -> None:
    """The text is that of `golden/NAME.txt`; it becomes it where new ones are taken."""
    path = _FOLDER / f"{name}.txt"
    if os.environ.get("GOLDEN") == "write":
        path.write_text(f"{text}\n", encoding="utf-8")
    assert f"{text}\n" == path.read_text(encoding="utf-8")
