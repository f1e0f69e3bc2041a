"""What skep itself says it did and thinks: asked of its workers, the way its command line asks."""

import threading
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from types import TracebackType
from typing import Any, Self, TypeVar

import msgspec
from celery import Celery

from lab.demo.moment import Statement
from skep.config.settings import Settings
from skep.core.record import Entry, EntryKind
from skep.operations.ask import ServiceStatus

__all__ = ["Witness"]

_PAUSE = timedelta(seconds=1)
_PATIENCE = timedelta(seconds=5)
_MOST_ENTRIES = 300

Answer = TypeVar("Answer")


class Witness:
    """Asks skep again and again, in a thread of its own, so that a slow answer never holds up whoever looks.

    Use it as a context manager.

    Args:
        settings: skep's; says where its broker is.
        service: the name of the service it is asked about.
        since: actions before this are not of interest.
    """

    def __init__(self, settings: Settings, *, service: str, since: datetime) -> None:
        self._client = _client(settings)
        self._service = service
        self._since = since
        self._said = Statement()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._ask_on, name="witness", daemon=True)

    def __enter__(self) -> Self:
        """Start asking."""
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Ask no more."""
        self._over.set()
        self._thread.join()
        self._client.close()

    @property
    def statement(self) -> Statement:
        """What skep last said; never waits."""
        return self._said

    def ask(self) -> Statement:
        """Ask now, and wait for the answer; where there is none, what was said before and the trouble."""
        try:
            entries = self._entries()
            return Statement(
                actions=tuple(entry for entry in entries if self._is_change(entry)),
                steps=tuple(entry for entry in entries if entry.kind is EntryKind.NODE),
                reason=self._reason(),
            )
        except Exception as error:  # noqa: BLE001 - Celery hands over whatever a worker raised; all of it is shown
            return replace(self._said, trouble=f"skep does not answer ({type(error).__name__}: {error})")

    def _ask_on(self) -> None:
        while not self._over.is_set():
            self._said = self.ask()
            self._over.wait(_PAUSE.total_seconds())

    def _entries(self) -> tuple[Entry, ...]:
        """What was done to services, nodes and pools, oldest first."""
        question = {"since": self._since.isoformat(), "limit": _MOST_ENTRIES}
        return self._answer("ask.history", question, tuple[Entry, ...])[::-1]

    def _is_change(self, entry: Entry) -> bool:
        return entry.kind is EntryKind.CHANGED and entry.service_name == self._service

    def _reason(self) -> str:
        found = self._answer("ask.status", {"names": [self._service]}, tuple[ServiceStatus, ...])
        decision = found[0].decision if found else None
        return decision.reason if decision else ""

    def _answer(self, task: str, question: Mapping[str, Any], form: type[Answer]) -> Answer:
        asked = self._client.send_task(
            task, kwargs=dict(question), queue="observe", expires=_PATIENCE.total_seconds(), ignore_result=False
        )
        said: Sequence[Mapping[str, Any]] = asked.get(timeout=_PATIENCE.total_seconds())
        asked.forget()
        return msgspec.convert(said, form)


def _client(settings: Settings) -> Celery:
    client = Celery("skep-demo", broker=settings.broker_url.reveal(), backend=settings.result_url.reveal())
    prefix = {"global_keyprefix": settings.redis_prefix}
    client.conf.update(
        broker_transport_options={"socket_timeout": 5, "socket_connect_timeout": 3, **prefix},
        result_backend_transport_options=prefix,
        task_serializer="json",
        accept_content=["json"],
    )
    return client
