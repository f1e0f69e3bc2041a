"""Taking away what an adapter stands on, the same way for fakes and for real servers."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from tests.servers import Server

__all__ = ["Outage", "outage_of_fake", "outage_of_server"]


class _Fake(Protocol):
    def break_down(self) -> None: ...

    def come_back(self) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Outage:
    """What a test calls to have the world fail and recover."""

    begin: Callable[[], None]
    end: Callable[[], None]


def outage_of_fake(fake: _Fake) -> Outage:
    """The fake plays it."""
    return Outage(begin=fake.break_down, end=fake.come_back)


def outage_of_server(server: Server) -> Outage:
    """The server is stopped, and started again with its data."""
    return Outage(begin=server.stop, end=server.start)
