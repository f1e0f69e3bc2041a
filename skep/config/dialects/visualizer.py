"""yandeu/docker-swarm-visualizer: ``visualizer.autoscale.*`` on containers, CPU as a fraction of one core."""

from datetime import timedelta
from decimal import Decimal

from skep.config.dialects.amounts import CPU_CORES, read_decimal, read_positive_count
from skep.config.dialects.bounds import say_bounds
from skep.config.dialects.dialect import Dialect, Place, any_under
from skep.config.dialects.draft import Draft
from skep.config.dialects.pace import Pace, say_pace
from skep.config.dialects.thresholds import Threshold, say_thresholds

__all__ = ["VISUALIZER"]

_PREFIX = "visualizer.autoscale."
_MIN = "visualizer.autoscale.min"
_MAX = "visualizer.autoscale.max"
_UP = "visualizer.autoscale.up.cpu"
_DOWN = "visualizer.autoscale.down.cpu"

_EVERY = timedelta(seconds=10)


def _write(draft: Draft) -> None:
    draft.say("skep.enable", "true")
    least = draft.require(_MIN, read_positive_count, expected="the fewest replicas, 1 or more", example="1")
    most = draft.require(_MAX, read_positive_count, expected="the most replicas", example="20")
    say_bounds(draft, least, most, least_label=_MIN, most_label=_MAX)
    shrinks = draft.text(_DOWN) is not None
    up = draft.require(_UP, read_decimal, expected="the cores a replica uses when one more is needed", example="0.2")
    down = draft.read(_DOWN, read_decimal, Decimal(0))
    if up is not None:
        say_thresholds(
            draft,
            (Threshold(measure=CPU_CORES, up=up, down=down, label=_UP, down_label=_DOWN, is_given=True),),
        )
    draft.say("skep.window", "20s")
    say_pace(draft, Pace(every=_EVERY, shrinks=shrinks), most=most)
    draft.note(
        _UP,
        "gives each replica a vote, and more than half decide",
        instead="skep goes by the mean, in which a very busy replica counts for more",
    )


VISUALIZER = Dialect(
    name="visualizer",
    peer="yandeu/docker-swarm-visualizer",
    sign=any_under(_PREFIX),
    write=_write,
    prefixes=(_PREFIX,),
    places=(Place.CONTAINER,),
)
