"""What may be wrong with an engine on demand, and for how long."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from http import HTTPStatus
from random import Random

from lab.emulator.refused import Refused, not_leading

__all__ = ["NONE", "Dropped", "Fault", "Weather"]


class Dropped(Exception):
    """The connection ends without a word."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """What is wrong.

    Attributes:
        latency: each answer comes that much later.
        error_ratio: of the requests that are answered with 500, before anything is done.
        drop_ratio: of the connections that end before anything is done.
        lost_answer_ratio: of the connections that end after it was done: nobody learns that it was.
        is_stale: everything is read as it was when this fault began, as from a manager that lags behind.
        is_leaderless: the managers elect: 503 until the fault ends; another one leads then.
    """

    latency: timedelta = timedelta(0)
    error_ratio: float = 0.0
    drop_ratio: float = 0.0
    lost_answer_ratio: float = 0.0
    is_stale: bool = False
    is_leaderless: bool = False


NONE = Fault()


@dataclass(slots=True)
class Weather:
    """The fault of now, and the chance by which it strikes; the same seed strikes alike."""

    seed: int = 0
    fault: Fault = NONE
    until: datetime | None = None
    _random: Random = field(init=False)

    def __post_init__(self) -> None:
        """Begin the row of chances."""
        self._random = Random(self.seed)

    def turn(self, fault: Fault, until: datetime | None) -> None:
        """Another fault from now on; until an instant, or until the next one."""
        self.fault, self.until = fault, until

    def has_ended(self, now: datetime) -> bool:
        """Whether the time of the fault is over."""
        return self.until is not None and now >= self.until

    def strike_before(self) -> None:
        """What a request may meet before anything is done.

        Raises:
            Dropped: the connection ends.
            Refused: an error of the engine.
        """
        if self._random.random() < self.fault.drop_ratio:
            raise Dropped
        if self.fault.is_leaderless:
            raise not_leading()
        if self._random.random() < self.fault.error_ratio:
            raise Refused(HTTPStatus.INTERNAL_SERVER_ERROR, "rpc error: code = Unavailable desc = transport is closing")

    def strike_after(self) -> None:
        """What an answer may meet after all was done.

        Raises:
            Dropped: the connection ends.
        """
        if self._random.random() < self.fault.lost_answer_ratio:
            raise Dropped
