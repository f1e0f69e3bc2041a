"""bennetgallein/docker-swarm-scaler: ``balancer.enable``, whatever it says; CPU in percent of one core."""

from datetime import timedelta
from decimal import Decimal

from skep.config.dialects.amounts import CPU_CORES, read_hundredths, read_positive_count
from skep.config.dialects.bounds import say_bounds
from skep.config.dialects.dialect import Dialect, any_of
from skep.config.dialects.draft import Draft
from skep.config.dialects.pace import Pace, say_pace
from skep.config.dialects.switch import switch_on_by_presence
from skep.config.dialects.thresholds import Threshold, say_thresholds
from skep.config.units import read_count

__all__ = ["BENNETGALLEIN"]

_ENABLE = "balancer.enable"
_TARGET = "balancer.target"
_MIN = "balancer.scale.min.count"
_MAX = "balancer.scale.max.count"
_UP, _EARLIER_UP = "balancer.scale.threshold.cpu.upper", "balancer.scale.threshold.upper"
_DOWN, _EARLIER_DOWN = "balancer.scale.threshold.cpu.lower", "balancer.scale.threshold.lower"

_EVERY = timedelta(seconds=30)


def _write(draft: Draft) -> None:
    switch_on_by_presence(draft, _ENABLE)
    grows, shrinks = draft.text(_MAX) is not None, draft.text(_MIN) is not None
    most = draft.read(_MAX, read_positive_count, None)
    say_bounds(draft, draft.read(_MIN, read_count, None), most, least_label=_MIN, most_label=_MAX)
    say_thresholds(draft, (_threshold(draft),))
    say_pace(draft, Pace(every=_EVERY, grows=grows, shrinks=shrinks), most=most)
    if not grows:
        draft.note(
            _MAX,
            "is missing, so that the peer never grows the service",
            instead="skep.max has to be written all the same",
        )
    if not shrinks:
        draft.note(_MIN, "is missing, so that the peer never shrinks the service", instead="skep.scale-down is off")
    draft.note(
        _ENABLE,
        "has thresholds for the sum of the replicas on a node",
        instead="skep has them for each replica; where several share a node, write a lower skep.cpu",
    )
    draft.note_given(
        _TARGET, "says which of several autoscalers owns the service", instead="skep owns those with skep.enable"
    )


def _threshold(draft: Draft) -> Threshold:
    up = _EARLIER_UP if draft.text(_UP) is None and draft.text(_EARLIER_UP) is not None else _UP
    down = _EARLIER_DOWN if draft.text(_DOWN) is None and draft.text(_EARLIER_DOWN) is not None else _DOWN
    return Threshold(
        measure=CPU_CORES,
        up=draft.read(up, read_hundredths, Decimal("0.85")),
        down=draft.read(down, read_hundredths, Decimal("0.25")),
        label=up,
        down_label=down,
        is_given=True,
    )


BENNETGALLEIN = Dialect(
    name="bennetgallein",
    peer="bennetgallein/docker-swarm-scaler",
    sign=any_of(_ENABLE),
    write=_write,
    prefixes=("balancer.",),
)
