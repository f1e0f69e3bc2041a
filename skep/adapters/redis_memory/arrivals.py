"""In which order the orders of people came in, and which of them were carried out last."""

from datetime import timedelta

import redis

from skep.adapters.redis_connection import redis_errors, text
from skep.adapters.redis_memory.kept import Kept

__all__ = ["Arrivals"]

#: No order of a person is tried for that long.
_ARE_KEPT = timedelta(hours=1)

#: The number of this order; the next one, where it has none.
_ARRIVE = """
local known = redis.call('GET', KEYS[1])
if known then
    return tonumber(known)
end
local number = redis.call('INCR', KEYS[2])
redis.call('SET', KEYS[1], number, 'EX', ARGV[1])
return number
"""

#: Who gave the later order that was carried out already; where there is none, this one counts as carried out from now.
_GO_AHEAD = """
local last, actor = string.match(redis.call('GET', KEYS[1]) or '', '^(%d+) (.*)$')
if last and tonumber(last) > tonumber(ARGV[1]) then
    return actor
end
redis.call('SET', KEYS[1], ARGV[1] .. ' ' .. ARGV[2], 'EX', ARGV[3])
return false
"""


class Arrivals(Kept):
    """A number for each order, and for each thing that is ordered that of the last one; the keys end by themselves."""

    def __init__(self, client: redis.Redis, *, prefix: str = "skep:") -> None:
        """Keep them under keys that begin with ``prefix``."""
        super().__init__(client, prefix=prefix)
        self._arrive = client.register_script(_ARRIVE)
        self._go_ahead = client.register_script(_GO_AHEAD)

    def arrive(self, task_id: str) -> int:
        """The number of a person's order in the order in which all of them came in; the same whenever it is asked."""
        with redis_errors(self._client):
            keys = [f"{self._arrived}{task_id}", self._arrivals]
            return int(self._arrive(keys=keys, args=[int(_ARE_KEPT.total_seconds())]))

    def go_ahead(self, subject: str, arrival: int, *, actor: str) -> str | None:
        """Who gave a later order about the same that was carried out; where nobody did, this one is carried out now."""
        with redis_errors(self._client):
            keys = [f"{self._carried_out}{subject}"]
            later = self._go_ahead(keys=keys, args=[arrival, actor, int(_ARE_KEPT.total_seconds())])
        return None if later is None else text(later)
