"""What stands in Redis, and the values that it means."""

import math
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from itertools import starmap

import msgspec

from skep.adapters.redis_connection import Stored, text
from skep.core.decision import Hold, Pause, Recommendation, ScaleEvent
from skep.core.foresight.following import Followed
from skep.core.foresight.replay import Tuned

__all__ = [
    "choice_in",
    "events_in",
    "followed_in",
    "hold_in",
    "instant_in",
    "load_in",
    "pairs",
    "pause_in",
    "recommendations_in",
    "span_in",
]

#: Recommendations and events are stored as ``[[seconds since 1970, count], ...]``: ten thousand services with a
#: window each are read and written at every tick.
_PAIRS = msgspec.json.Decoder(list[tuple[float, int]])
_CHOICE = msgspec.json.Decoder(Tuned)
_FOLLOWED = msgspec.json.Decoder(Followed)
_HOLD = msgspec.json.Decoder(Hold)
_PAUSE = msgspec.json.Decoder(Pause)


def pairs(moments: Iterable[tuple[datetime, int]]) -> bytes:
    """As recommendations and events are stored: instants with what was recommended, or by how much it changed."""
    return msgspec.json.encode([(_epoch_s(at), count) for at, count in moments])


#: All services have instants of the same evaluations.
_epoch_s = lru_cache(maxsize=8192)(datetime.timestamp)


def recommendations_in(raw: Stored) -> tuple[Recommendation, ...]:
    """In the order in which they stand there.

    Raises:
        msgspec.DecodeError, ValueError, OverflowError, OSError, RecursionError: it cannot be read (as for all here).
    """
    return tuple(starmap(_recommendation, _PAIRS.decode(raw)))


def events_in(raw: Stored) -> tuple[ScaleEvent, ...]:
    """In the order in which they stand there."""
    return tuple(ScaleEvent(at=_instant(at), change=count) for at, count in _PAIRS.decode(raw))


def choice_in(raw: Stored) -> Tuned:
    """A rule that was chosen; one with a flaw cannot be gone on from."""
    choice = _CHOICE.decode(raw)
    if flaw := choice.flaw:
        raise ValueError(flaw)
    return choice


def followed_in(raw: Stored) -> Followed:
    """What is kept of a rule; one with a flaw cannot be gone on from."""
    followed = _FOLLOWED.decode(raw)
    _require_zone(followed.at)
    if flaw := followed.tuned.flaw:
        raise ValueError(flaw)
    return followed


def hold_in(raw: Stored) -> Hold:
    """A hold whose end, if it has one, can be compared with now."""
    hold = _HOLD.decode(raw)
    _require_zone(hold.until)
    return hold


def pause_in(raw: Stored) -> Pause:
    """A pause whose end, if it has one, can be compared with now."""
    pause = _PAUSE.decode(raw)
    _require_zone(pause.until)
    return pause


def load_in(raw: Stored) -> tuple[datetime, float]:
    """When it was, and how many machines of a pool were loaded."""
    at, load_text = text(raw).split()
    load = float(load_text)
    if not math.isfinite(load) or load < 0:
        raise ValueError(f"a load of {load}")
    return _instant(float(at)), load


def span_in(raw: Stored) -> timedelta:
    """From seconds."""
    return timedelta(seconds=float(raw))


def instant_in(answer: Stored | None) -> datetime | None:
    """From seconds since 1970; ``None`` if there are none."""
    return None if answer is None else _instant(float(answer))


def _require_zone(*instants: datetime | None) -> None:
    """What cannot be compared with now would end the evaluation of all services."""
    if any(instant is not None and instant.tzinfo is None for instant in instants):
        raise ValueError("an instant without its offset from UTC")


@lru_cache(maxsize=8192)
def _recommendation(at_epoch_s: float, replicas: int) -> Recommendation:
    """Made once: all services have those of the same evaluations, and mostly of the same few counts."""
    return Recommendation(at=_instant(at_epoch_s), replicas=replicas)


def _instant(epoch_s: float) -> datetime:
    return datetime.fromtimestamp(epoch_s, UTC)
