"""AMEST/swarm-autoscaler: ``swarm.autoscale``, the median CPU in percent of the limit, one step per poll."""

from datetime import timedelta
from decimal import Decimal

from skep.config.dialects.amounts import CPU_SHARE, read_hundredths, read_positive_count
from skep.config.dialects.bounds import say_bounds
from skep.config.dialects.dialect import Dialect, any_of
from skep.config.dialects.draft import Draft
from skep.config.dialects.pace import Pace, say_pace
from skep.config.dialects.switch import is_on, is_true
from skep.config.dialects.thresholds import Threshold, say_thresholds
from skep.config.units import UnitError, read_count

__all__ = ["AMEST"]

_SWITCH = "swarm.autoscale"
_MIN = "swarm.autoscale.min"
_MAX = "swarm.autoscale.max"
_KEEPS_BOUNDS = "swarm.autoscale.disable-manual-replicas"
_UP = "swarm.autoscale.percentage-max"
_DOWN = "swarm.autoscale.percentage-min"
_DECREASE = "swarm.autoscale.decrease-mode"

#: AUTOSCALER_INTERVAL, the daemon's default.
_PACE = Pace(every=timedelta(minutes=5))


def _write(draft: Draft) -> None:
    if not is_on(draft, _SWITCH, exactly=True):
        return
    most = draft.read(_MAX, read_positive_count, 15)
    say_bounds(draft, draft.read(_MIN, read_count, 2), most, least_label=_MIN, most_label=_MAX)
    say_thresholds(draft, (_threshold(draft),))
    say_pace(draft, _PACE, most=most)
    draft.note(
        "AUTOSCALER_INTERVAL",
        "is a setting of the daemon, one step every 5m by default",
        instead="skep looks every 15s and takes as many steps in 5m as the peer",
    )
    if not is_true(draft.text(_KEEPS_BOUNDS) or ""):
        draft.note(
            _KEEPS_BOUNDS,
            "is not set, so that a count outside the bounds was left alone",
            instead="skep brings it back; skep scale SERVICE=N --beyond-bounds --for 2h keeps one for a while",
        )
    mode = draft.read(_DECREASE, _read_decrease_mode, "MEDIAN")
    statistic = "the median" if mode == "MEDIAN" else "the busiest"
    draft.note(
        _DECREASE,
        f"is {mode}: shrinks by {statistic} of the replicas, and grows by the median",
        instead="skep goes by the mean",
    )


def _threshold(draft: Draft) -> Threshold:
    return Threshold(
        measure=CPU_SHARE,
        up=draft.read(_UP, read_hundredths, Decimal("0.85")),
        down=draft.read(_DOWN, read_hundredths, Decimal("0.25")),
        label=_UP,
        down_label=_DOWN,
        is_given=True,
    )


def _read_decrease_mode(text: str) -> str:
    if text not in {"MEDIAN", "MAX"}:
        raise UnitError(text, "MEDIAN or MAX", "MEDIAN")
    return text


AMEST = Dialect(
    name="amest",
    peer="AMEST/swarm-autoscaler",
    sign=any_of(_SWITCH),
    write=_write,
    prefixes=("swarm.autoscale",),
)
