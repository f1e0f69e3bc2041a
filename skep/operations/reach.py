"""Whether the Swarm can be reached from here at all."""

from skep.errors import SkepError
from skep.ports import World

__all__ = ["reaches_swarm"]

#: No service can have this name: the answer is small, and comes from the leader.
_NOBODY = "skep.nobody"


def reaches_swarm(world: World) -> bool:
    """Whether this process' manager answers, and the Swarm has a leader; costs one small request."""
    try:
        world.swarm.read_service(_NOBODY)
    except SkepError:
        return False
    return True
