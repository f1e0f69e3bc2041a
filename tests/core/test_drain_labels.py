"""A drain is read from labels that anybody may have written."""

from datetime import UTC, datetime

import pytest

from skep.core.saga import LONGEST_DRAIN, drain_of
from tests.core.capacity.builders import node

BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    "since",
    [
        pytest.param("9999-12-31T23:59:59+00:00", id="the last second of the calendar"),
        pytest.param("0001-01-01T00:00:00+00:00", id="the first one"),
        pytest.param("2026-03-01T12:00:00", id="no offset"),
        pytest.param("yesterday", id="no instant"),
        pytest.param("", id="nothing"),
    ],
)
def test_a_drain_since_a_time_that_cannot_be_reckoned_with_began_long_ago(since: str) -> None:
    drain = drain_of(node("worker-3", labels={"skep.node.state": "draining", "skep.node.since": since}))
    assert drain is not None
    assert (drain.since, drain.deadline) == (BEGINNING, BEGINNING + LONGEST_DRAIN)
