"""Docker's own account of the counts of a service, from a stream of events."""

import threading
import time
from collections.abc import Mapping
from datetime import timedelta
from types import TracebackType
from typing import Any, Self

from docker import APIClient

from lab.real import waiting

__all__ = ["Events"]

_PATIENCE = timedelta(seconds=60)


class Events:
    """Follows a manager's events in its `with` block; choose one that is not going to be killed.

    Events come a moment after what they tell, but in order: each question makes and removes a Swarm config, and waits
    until the stream has told of that.
    """

    def __init__(self, questions: APIClient, following: APIClient) -> None:
        self._client = questions
        self._following = following
        self._seen: list[Mapping[str, Any]] = []
        self._thread = threading.Thread(target=self._follow, name="events", daemon=True)

    def __enter__(self) -> Self:
        """Begin to follow."""
        self._stream = self._following.events(since=int(time.time()) - 1, filters={"scope": "swarm"}, decode=True)
        self._thread.start()
        self._beginning = self._mark()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Follow no more."""
        self._stream.close()
        self._thread.join()

    def changes(self, service: str) -> tuple[tuple[int, int], ...]:
        """Every change of the service's count since the beginning, as (before, after)."""
        until = self._mark()
        told = [event["Actor"]["Attributes"] for event in self._seen[self._beginning : until] if _is_update(event)]
        return tuple(
            (int(attributes["replicas.old"]), int(attributes["replicas.new"]))
            for attributes in told
            if attributes["name"] == service and "replicas.new" in attributes
        )

    def _mark(self) -> int:
        """How many events were seen when everything up to now had been seen."""
        mark = self._client.create_config(name=f"mark-{time.monotonic_ns()}", data=b"seen")["ID"]
        self._client.remove_config(mark)

        def place() -> int:
            return next((n for n, event in enumerate(self._seen, 1) if event["Actor"]["ID"] == mark), 0)

        waiting.until(lambda: place() > 0, patience=_PATIENCE, what="Docker's events to tell of a mark")
        return place()

    def _follow(self) -> None:
        self._seen.extend(self._stream)


def _is_update(event: Mapping[str, Any]) -> bool:
    return (event["Type"], event["Action"]) == ("service", "update")
