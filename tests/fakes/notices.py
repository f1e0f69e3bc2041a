"""What was told, remembered as long as the test, and people who are told."""

from skep.core.notices import Failure, Message, NoticeState
from skep.errors import SkepError, Temporary

__all__ = ["FakeNoticeMemory", "FakeNotifier"]


class FakeNoticeMemory:
    """Implements :class:`skep.ports.NoticeMemory`."""

    def __init__(self) -> None:
        self._state = NoticeState()
        self._failures: list[Failure] = []
        self._is_down = False

    def break_down(self) -> None:
        """Be out of reach until :meth:`come_back`."""
        self._is_down = True

    def come_back(self) -> None:
        """Answer again."""
        self._is_down = False

    def recall(self) -> NoticeState:
        self._reach()
        return self._state

    def remember(self, state: NoticeState) -> None:
        self._reach()
        self._state = state

    def note_failure(self, failure: Failure) -> None:
        self._reach()
        self._failures.insert(0, failure)

    def failures(self) -> tuple[Failure, ...]:
        self._reach()
        return tuple(self._failures)

    def _reach(self) -> None:
        if self._is_down:
            raise Temporary("the fake memory of notices is out of reach")


class FakeNotifier:
    """Implements :class:`skep.ports.Notifier`.

    Attributes:
        told: every message that was taken.
        trouble: why none is taken now, if none is.
    """

    def __init__(self) -> None:
        self.told: list[Message] = []
        self.trouble: SkepError | None = None

    def tell(self, message: Message) -> None:
        if self.trouble is not None:
            raise self.trouble
        self.told.append(message)
