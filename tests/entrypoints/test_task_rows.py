"""Flower's rows read as sentences, for failures too."""

from dataclasses import dataclass

import pytest

from audit.task_rows import readable


@dataclass
class Row:
    """What Flower hands over."""

    result: str | None = None
    exception: str | None = None


@pytest.mark.parametrize(
    ("row", "shown"),
    [
        pytest.param(Row(result="'web 3 → 7: requests 412/s'"), "web 3 → 7: requests 412/s", id="quotes go"),
        pytest.param(
            Row(exception="Temporary('the engine does not answer')"),
            "FAILED: Temporary('the engine does not answer')",
            id="a failure shows its message",
        ),
        pytest.param(Row(), None, id="a running task has nothing to show yet"),
    ],
)
def test_a_row_reads_as_a_sentence(row: Row, shown: str | None) -> None:
    assert readable(row).result == shown
