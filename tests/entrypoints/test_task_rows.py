"""Flower's rows read as sentences, for failures too."""

from dataclasses import dataclass

import pytest

from audit.task_rows import readable


@dataclass
class Row:
    """What Flower hands over."""

    state: str | None = None
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
        pytest.param(
            Row(state="RETRY", exception="Temporary('web skipped')"),
            "RETRIED: Temporary('web skipped')",
            id="an attempt that will be followed by another shows its message",
        ),
        pytest.param(
            Row(state="SUCCESS", result="'web 3 → 7: by hand'", exception="Temporary('web skipped')"),
            "web 3 → 7: by hand",
            id="a task that did well at its second attempt shows its result",
        ),
        pytest.param(Row(), None, id="a running task has nothing to show yet"),
    ],
)
def test_a_row_reads_as_a_sentence(row: Row, shown: str | None) -> None:
    assert readable(row).result == shown
