"""gianarb/orbiter: the label ``orbiter``, whatever it says; told by a call when to take a step, without bounds."""

from datetime import timedelta

from skep.config.dialects.amounts import read_positive_count, read_seconds
from skep.config.dialects.dialect import Dialect, any_of
from skep.config.dialects.draft import Draft
from skep.config.dialects.pace import Pace, say_pace
from skep.config.dialects.switch import switch_on_by_presence

__all__ = ["ORBITER"]

_SWITCH = "orbiter"
_UP = "orbiter.up"
_DOWN = "orbiter.down"
_COOLDOWN = "orbiter.cooldown"

_SHORTEST = timedelta(seconds=1)


def _write(draft: Draft) -> None:
    switch_on_by_presence(draft, _SWITCH)
    cooldown = draft.read(_COOLDOWN, read_seconds, _SHORTEST)
    up, down = draft.read(_UP, read_positive_count, 1), draft.read(_DOWN, read_positive_count, 1)
    pace = Pace(every=max(cooldown, _SHORTEST), up_by=up, down_by=down, cooldown_up=cooldown, cooldown_down=cooldown)
    say_pace(draft, pace, most=None)
    draft.note(_SWITCH, "has no upper bound", instead="write skep.max")
    draft.note(
        _SWITCH,
        "is told by a call from outside when to take a step",
        instead="write what to scale by, as skep.requests, or let the caller use skep's webhook",
    )
    draft.note(
        _COOLDOWN,
        "runs from the last change of the service, a deploy as well",
        instead="skep's run from the last change of the count in the same direction",
    )


ORBITER = Dialect(name="orbiter", peer="gianarb/orbiter", sign=any_of(_SWITCH), write=_write, prefixes=("orbiter.",))
