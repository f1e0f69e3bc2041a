"""How often and by how much a peer changes a count, as native rates, windows and cooldowns.

Peers look every so many seconds and take a step. A step becomes a rate: so many replicas per interval. Most of their
cooldowns run from the last change in either direction; skep's run for each direction by itself. What they keep apart,
a growth and the shrinking after it, is kept apart by the stabilization window of shrinking: it is as long as the
interval and the cooldown, and longer where the peer itself looks at a longer time before it shrinks.
"""

from dataclasses import dataclass
from datetime import timedelta

from skep.config.dialects.draft import Draft
from skep.config.units import duration_text

__all__ = ["BETWEEN_ALERTS", "Pace", "say_pace"]

#: For peers that take a step for each alert: how often an alert is repeated is a setting of Alertmanager.
BETWEEN_ALERTS = timedelta(minutes=1)

_NONE = timedelta(0)
#: What rates and windows of skep can be at most.
_LONGEST_PERIOD = timedelta(minutes=30)
_LONGEST_WINDOW = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How a peer moves.

    Attributes:
        every: the time between two looks.
        up_by: replicas added at once; ``None`` for as many as it takes.
        down_by: the same for taking away.
        cooldown_up: the least time before the next growth.
        cooldown_down: the least time before the next shrinking, from a growth as well.
        up_window: for how long the peer has to see high use before it grows.
        down_window: for how long the peer has to see low use before it shrinks, where that is longer.
        grows: whether it ever adds replicas.
        shrinks: whether it ever takes some away.
    """

    every: timedelta
    up_by: int | None = 1
    down_by: int | None = 1
    cooldown_up: timedelta = _NONE
    cooldown_down: timedelta = _NONE
    up_window: timedelta = _NONE
    down_window: timedelta = _NONE
    grows: bool = True
    shrinks: bool = True


def say_pace(draft: Draft, pace: Pace, *, most: int | None) -> None:
    """Write ``skep.scale-up``, ``skep.scale-down`` and, where there is one, ``skep.cooldown``.

    Args:
        draft: written into.
        pace: of the peer.
        most: the most replicas: a rate of so many is no limit. ``None`` where that is not known.
    """
    window = min(max(pace.every, pace.cooldown_down, pace.down_window), _LONGEST_WINDOW)
    draft.say("skep.scale-up", _direction(pace.up_window, pace.up_by or most, pace.every) if pace.grows else "off")
    draft.say("skep.scale-down", _direction(window, pace.down_by or most, pace.every) if pace.shrinks else "off")
    if pace.cooldown_up or pace.cooldown_down:
        up, down = duration_text(pace.cooldown_up), duration_text(pace.cooldown_down)
        draft.say("skep.cooldown", f"up={up} down={down}")


def _direction(window: timedelta, by: int | None, every: timedelta) -> str:
    rate = f" rate={by}/{duration_text(min(every, _LONGEST_PERIOD))}" if by else ""
    return f"window={duration_text(window)}{rate}"
