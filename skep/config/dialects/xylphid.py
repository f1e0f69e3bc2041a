"""xylphid/swarm-autoscaler: ``io.xylphid.autoscaling``, and everything else fixed."""

from datetime import timedelta
from decimal import Decimal

from skep.config.dialects.amounts import CPU_CORES, MEMORY_SHARE
from skep.config.dialects.dialect import Dialect, Place, any_of
from skep.config.dialects.draft import Draft
from skep.config.dialects.pace import Pace, say_pace
from skep.config.dialects.switch import is_on
from skep.config.dialects.thresholds import Threshold, say_thresholds

__all__ = ["XYLPHID"]

_SWITCH = "io.xylphid.autoscaling"

_HALF = Decimal("0.5")
_THRESHOLDS = tuple(
    Threshold(measure=measure, up=_HALF, down=_HALF, label=_SWITCH, down_label=_SWITCH, is_given=False)
    for measure in (CPU_CORES, MEMORY_SHARE)
)
_PACE = Pace(
    every=timedelta(minutes=1),
    cooldown_up=timedelta(minutes=5),
    cooldown_down=timedelta(minutes=2),
    down_window=timedelta(minutes=5),
)


def _write(draft: Draft) -> None:
    if not is_on(draft, _SWITCH):
        return
    draft.say("skep.min", "1")
    say_thresholds(draft, _THRESHOLDS)
    draft.say("skep.window", "5m")
    say_pace(draft, _PACE, most=None)
    draft.note(_SWITCH, "has no upper bound", instead="write skep.max")
    draft.note(
        _SWITCH,
        "has fixed thresholds of 50 %, and does not say of what",
        instead="these are half a core, and half of the memory limit",
    )


XYLPHID = Dialect(
    name="xylphid",
    peer="xylphid/swarm-autoscaler",
    sign=any_of(_SWITCH),
    write=_write,
    prefixes=("io.xylphid.",),
    # Its code reads containers, its README sets a label of the service.
    places=(Place.CONTAINER, Place.SERVICE),
)
