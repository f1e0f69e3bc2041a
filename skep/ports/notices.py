"""Telling people."""

from typing import Protocol

from skep.core.notices import Failure, Message, NoticeState

__all__ = ["NoticeMemory", "Notifier"]


class Notifier(Protocol):
    """One way by which people are told something while they are not looking."""

    def tell(self, message: Message) -> None:
        """Hand a message over; whoever took it tells it on.

        Raises:
            Temporary: nobody takes it now; it may be sent again.
            Permanent: it will never be taken like this: a wrong address, or refused credentials.
        """


class NoticeMemory(Protocol):
    """What was told, so that nobody is told twice; one writer at a time."""

    def recall(self) -> NoticeState:
        """What is remembered; a beginning, if that was lost.

        Raises:
            Temporary: the store is out of reach (as for all methods here).
        """

    def remember(self, state: NoticeState) -> None:
        """Replace what was remembered."""

    def note_failure(self, failure: Failure) -> None:
        """Written by any worker: keep a failure until the next looks; old ones go."""

    def failures(self) -> tuple[Failure, ...]:
        """The failures of late, in any order."""
