"""stefanod83/docker-autoscale: ``autoscale.enable``, pairs of thresholds for CPU and memory, seconds."""

from datetime import timedelta
from decimal import Decimal

from skep.config.dialects.amounts import (
    CPU_SHARE,
    MEMORY_SHARE,
    Measure,
    read_hundredths,
    read_positive_count,
    read_seconds,
)
from skep.config.dialects.bounds import say_bounds
from skep.config.dialects.dialect import Dialect, any_of
from skep.config.dialects.draft import Draft
from skep.config.dialects.pace import Pace, say_pace
from skep.config.dialects.switch import is_on
from skep.config.dialects.thresholds import Threshold, say_thresholds
from skep.config.units import read_count, read_flag

__all__ = ["STEFANOD83"]

_ENABLE = "autoscale.enable"
_MIN = "autoscale.min"
_MAX = "autoscale.max"
_COOLDOWN = "autoscale.cooldown"
_SHRINKS = "autoscale.scale_down.enable"
_PRE_STOP = ("autoscale.pre_stop.cmd", "autoscale.pre_stop.timeout", "autoscale.stop.timeout")
_MAILS = ("autoscale.notify.email.enable", "autoscale.notify.email.to")

_POLL = timedelta(seconds=15)


def _write(draft: Draft) -> None:
    if not is_on(draft, _ENABLE):
        return
    most = draft.read(_MAX, read_positive_count, 50)
    say_bounds(draft, draft.read(_MIN, read_count, 1), most, least_label=_MIN, most_label=_MAX)
    say_thresholds(draft, (_thresholds(draft, "cpu", CPU_SHARE), _thresholds(draft, "mem", MEMORY_SHARE)))
    cooldown = draft.read(_COOLDOWN, read_seconds, timedelta(minutes=2))
    shrinks = draft.read(_SHRINKS, read_flag, default=True)
    say_pace(draft, Pace(every=_POLL, cooldown_up=cooldown, cooldown_down=cooldown, shrinks=shrinks), most=most)
    draft.note(
        _COOLDOWN,
        "runs from the last change in either direction",
        instead="skep's runs for each direction, and shrinking waits as long after a growth",
    )
    for label in _PRE_STOP:
        draft.note_given(
            label,
            "prepares a container for its end, which skep does not",
            instead="handle the stop signal in the container and set stop_grace_period",
        )
    for label in _MAILS:
        draft.note_given(label, "is not for single services with skep", instead="see its notifications")


def _thresholds(draft: Draft, use: str, measure: Measure) -> Threshold:
    up, down = f"autoscale.{use}.max", f"autoscale.{use}.min"
    return Threshold(
        measure=measure,
        up=draft.read(up, read_hundredths, Decimal("0.8")),
        down=draft.read(down, read_hundredths, Decimal("0.2")),
        label=up,
        down_label=down,
        is_given=draft.text(up) is not None or draft.text(down) is not None,
    )


STEFANOD83 = Dialect(
    name="stefanod83",
    peer="stefanod83/docker-autoscale",
    sign=any_of(_ENABLE),
    write=_write,
    prefixes=("autoscale",),
)
