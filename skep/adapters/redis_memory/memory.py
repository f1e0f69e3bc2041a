"""The whole memory, put together from its parts."""

from skep.adapters.redis_memory.arrivals import Arrivals
from skep.adapters.redis_memory.begun import Begun
from skep.adapters.redis_memory.decisions import Decisions
from skep.adapters.redis_memory.evaluations import Evaluations
from skep.adapters.redis_memory.nodes import Nodes
from skep.adapters.redis_memory.pools import Pools
from skep.adapters.redis_memory.recalling import Recalling
from skep.adapters.redis_memory.remembering import Remembering

__all__ = ["RedisMemory"]


class RedisMemory(Evaluations, Recalling, Remembering, Decisions, Begun, Arrivals, Nodes, Pools):
    """Recommendations, decisions, holds and begun orders in one hash each, scale events in one key per service.

    However many services there are, reading or writing one kind of memory is one round trip. A value that cannot
    be read, such as one of another version, counts as absent and is logged once. After Redis lost its data all
    memory is absent; evaluation ids go on rising, because they are never below Redis' own clock.
    """
