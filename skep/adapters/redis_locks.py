"""Mutual exclusion between workers, kept in one Redis."""

import logging
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import redis

from skep.adapters.redis_connection import redis_errors
from skep.errors import SkepError

__all__ = ["RedisLocks"]

_LOG = logging.getLogger(__name__)

_RELEASE = """
if redis.call('GET', KEYS[1]) == ARGV[1] then
    return redis.call('DEL', KEYS[1])
end
return 0
"""


class RedisLocks:
    """Locks that end with their block, or after their time to live, and that only their owner releases.

    There is no thread that prolongs them: a holder that outlives its lock loses it. The fence that holds even
    then is Swarm's version index.
    """

    def __init__(self, client: redis.Redis, *, prefix: str = "skep:") -> None:
        """Keep locks under ``<prefix>lock:<name>``, claims under ``<prefix>claim:<name>``."""
        self._client = client
        self._prefix = prefix
        self._release_script = client.register_script(_RELEASE)

    @contextmanager
    def hold(self, name: str, *, ttl: timedelta) -> Iterator[bool]:
        """Try once, without waiting; the block runs either way and is told whether the lock is held.

        A release that fails is logged, not raised: what the block did is done, and the lock ends by itself.

        Args:
            name: what is locked, such as ``service:<id>``.
            ttl: the longest time the lock is held; at least a millisecond.

        Raises:
            ValueError: if ``ttl`` is shorter.
            Temporary: Redis is out of reach. If only its answer was lost, the lock stays taken until ``ttl``.
            Permanent: Redis refuses us.
        """
        key = f"{self._prefix}lock:{name}"
        owner = secrets.token_hex(16)
        is_held = self._take(key, owner, ttl)
        try:
            yield is_held
        finally:
            if is_held:
                self._release(key, owner)

    def claim(self, name: str, *, ttl: timedelta) -> bool:
        """Take ``name`` for ``ttl`` and never give it back early: whether this caller was the first.

        Locks and claims of the same name have nothing to do with each other.

        Args:
            name: what may happen once per ``ttl``.
            ttl: at least a millisecond.

        Raises:
            ValueError: if ``ttl`` is shorter.
            Temporary: Redis is out of reach. If only its answer was lost, nobody may claim it until ``ttl``.
            Permanent: Redis refuses us.
        """
        return self._take(f"{self._prefix}claim:{name}", "claimed", ttl)

    def _take(self, key: str, owner: str, ttl: timedelta) -> bool:
        ttl_ms = ttl // timedelta(milliseconds=1)
        if ttl_ms < 1:
            raise ValueError(f"it must be taken for at least a millisecond, not {ttl}; for example 35 seconds")
        with redis_errors(self._client):
            return bool(self._client.set(key, owner, nx=True, px=ttl_ms))

    def _release(self, key: str, owner: str) -> None:
        try:
            with redis_errors(self._client):
                was_ours = self._release_script(keys=[key], args=[owner])
        except SkepError as error:
            _LOG.warning("%s could not be released and ends by itself: %s", key, error)
            return
        if not was_ours:
            _LOG.warning("%s ended before its work did", key)
