"""Docker's own account of what happened to the services of a Swarm, whatever anybody else says about it."""

import threading
import time
from collections.abc import Mapping
from datetime import timedelta
from types import TracebackType
from typing import Any, NamedTuple, Self

from docker import APIClient

from lab.real import waiting

__all__ = ["Change", "Events"]

_PATIENCE = timedelta(seconds=60)


class Change(NamedTuple):
    """Somebody gave a service another count."""

    before: int
    after: int


class Events:
    """Follows the events of a Swarm from the beginning of its `with` block to the end.

    Events come a moment after what they tell. So each question is preceded by a mark, a Swarm config that is made and
    removed: the stream is in order, and whatever was done before the question is in it once the mark has been seen.

    Args:
        questions: a client of a manager's engine.
        following: another one of the same engine, which is busy with the stream from then on.

    Neither engine may be killed meanwhile.
    """

    def __init__(self, questions: APIClient, following: APIClient) -> None:
        self._client = questions
        self._following = following
        self._seen: list[Mapping[str, Any]] = []
        self._beginning = 0
        self._thread = threading.Thread(target=self._follow, name="events", daemon=True)

    def __enter__(self) -> Self:
        """Begin to follow; what happened before is none of our business."""
        # The engine tells of the last second too, so that nothing falls between the request and its beginning.
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

    def changes(self, service: str) -> tuple[Change, ...]:
        """Every change of the service's count up to now."""
        return tuple(
            Change(before=int(attributes["replicas.old"]), after=int(attributes["replicas.new"]))
            for attributes in self._updates(service)
            if "replicas.new" in attributes
        )

    def writes(self, service: str) -> int:
        """How often the service was written up to now, whatever was changed by it."""
        return len(self._updates(service))

    def _updates(self, service: str) -> list[Mapping[str, str]]:
        until = self._mark()
        return [
            event["Actor"]["Attributes"]
            for event in self._seen[self._beginning : until]
            if (event["Type"], event["Action"]) == ("service", "update")
            and event["Actor"]["Attributes"]["name"] == service
        ]

    def _mark(self) -> int:
        """How many events were seen when everything up to now had been seen."""
        mark = self._client.create_config(name=f"mark-{time.monotonic_ns()}", data=b"seen")["ID"]
        self._client.remove_config(mark)

        def events_until_the_mark() -> int:
            return next((n for n, event in enumerate(self._seen, 1) if event["Actor"]["ID"] == mark), 0)

        waiting.until(lambda: events_until_the_mark() > 0, patience=_PATIENCE, what="Docker's events to tell of a mark")
        return events_until_the_mark()

    def _follow(self) -> None:
        self._seen.extend(self._stream)
