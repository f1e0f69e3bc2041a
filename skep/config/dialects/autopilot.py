"""Frodothedwarf/SwarmAutoPilot: ``autopilot.enabled`` on containers, bounds alone."""

from skep.config.dialects.amounts import read_positive_count
from skep.config.dialects.bounds import say_bounds
from skep.config.dialects.dialect import Dialect, Place, any_of
from skep.config.dialects.draft import Draft
from skep.config.dialects.switch import is_on

__all__ = ["AUTOPILOT"]

_ENABLED = "autopilot.enabled"
_MIN = "autopilot.scale_min"
_MAX = "autopilot.scale_max"


def _write(draft: Draft) -> None:
    if not is_on(draft, _ENABLED, exactly=True):
        return
    least = draft.require(_MIN, read_positive_count, expected="the fewest replicas, 1 or more", example="2")
    most = draft.read(_MAX, read_positive_count, 10_000_000)
    say_bounds(draft, least, most, least_label=_MIN, most_label=_MAX)
    draft.note_if_missing(_MAX, "is ten million unless set", instead="write as many as the cluster has room for")
    draft.note(
        "--cpu_scale_up_threshold, --cpu_scale_down_threshold",
        "are flags of its daemon, in shares of the CPU limit",
        instead='write the upper one as skep.cpu ("80%"), and the lower one into skep.tolerance',
    )


AUTOPILOT = Dialect(
    name="autopilot",
    peer="Frodothedwarf/SwarmAutoPilot",
    sign=any_of(_ENABLED),
    write=_write,
    prefixes=("autopilot.",),
    places=(Place.CONTAINER,),
)
