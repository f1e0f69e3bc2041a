"""What cannot be read is said once."""

import pytest

from skep.adapters import unreadable
from skep.adapters.unreadable import Unreadable

ERROR = ValueError("no JSON")


def test_each_value_is_said_once(caplog: pytest.LogCaptureFixture) -> None:
    said = Unreadable()
    for what in ("hold of web", "hold of db", "hold of web"):
        said.note(what, ERROR)
    assert [record.getMessage() for record in caplog.records] == [
        "hold of web cannot be read and counts as absent: no JSON",
        "hold of db cannot be read and counts as absent: no JSON",
    ]


def test_what_was_said_is_forgotten_rather_than_kept_without_end(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(unreadable, "_MOST_REMEMBERED", 2)
    said = Unreadable()
    for what in ("one", "two", "three", "one", "one"):
        said.note(what, ERROR)
    assert [record.getMessage().split()[0] for record in caplog.records] == ["one", "two", "three", "one"]
