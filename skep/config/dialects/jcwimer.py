"""jcwimer/docker-swarm-autoscaler and andrei-calin-dragomir's: ``swarm.autoscaler``, thresholds that are fixed."""

from datetime import timedelta
from decimal import Decimal

from skep.config.dialects.amounts import CPU_CORES, read_positive_count
from skep.config.dialects.bounds import say_bounds
from skep.config.dialects.dialect import Dialect, any_of
from skep.config.dialects.draft import Draft
from skep.config.dialects.pace import Pace, say_pace
from skep.config.dialects.switch import is_on
from skep.config.dialects.thresholds import Threshold, say_thresholds
from skep.config.units import read_count

__all__ = ["JCWIMER"]

_SWITCH = "swarm.autoscaler"
_MIN = "swarm.autoscaler.minimum"
_MAX = "swarm.autoscaler.maximum"

_THRESHOLDS = Threshold(
    measure=CPU_CORES,
    up=Decimal("0.85"),
    down=Decimal("0.25"),
    label=_SWITCH,
    down_label=_SWITCH,
    is_given=True,
)
_PACE = Pace(every=timedelta(minutes=1))


def _write(draft: Draft) -> None:
    if not is_on(draft, _SWITCH, exactly=True):
        return
    least = draft.require(_MIN, read_count, expected="the fewest replicas", example="2")
    most = draft.require(_MAX, read_positive_count, expected="the most replicas", example="20")
    say_bounds(draft, least, most, least_label=_MIN, most_label=_MAX)
    say_thresholds(draft, (_THRESHOLDS,))
    say_pace(draft, _PACE, most=most)
    draft.note(
        _SWITCH,
        "has fixed thresholds, in percent of one core, for the sum of the replicas on a node",
        instead="skep has them for each replica; where several share a node, write a lower skep.cpu",
    )
    draft.note(
        _SWITCH,
        "is the switch of andrei-calin-dragomir's autoscaler as well, whose thresholds are 80 and 25 unless set",
        instead="these are jcwimer's, 85 and 25",
    )


JCWIMER = Dialect(
    name="jcwimer",
    peer="jcwimer/docker-swarm-autoscaler",
    sign=any_of(_SWITCH),
    write=_write,
    prefixes=("swarm.autoscaler",),
)
