"""How a Redis client is made, and what its answers and errors mean for skep."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import redis
from redis.backoff import NoBackoff
from redis.exceptions import (
    AuthenticationError,
    AuthorizationError,
    ClusterDownError,
    MasterDownError,
    ReadOnlyError,
    TryAgainError,
)
from redis.maint_notifications import MaintNotificationsConfig
from redis.retry import Retry

from skep.errors import Permanent, Temporary

__all__ = ["Stored", "connect", "redis_errors", "text"]

#: Redis answers with bytes; its library types say that it might have been asked for text.
Stored = bytes | str

_REFUSED = (AuthenticationError, AuthorizationError)
_PASSING = (
    redis.ConnectionError,
    redis.TimeoutError,
    ReadOnlyError,
    ClusterDownError,
    MasterDownError,
    TryAgainError,
)


def connect(url: str, *, patience: timedelta = timedelta(seconds=3)) -> redis.Redis:
    """A client that connects on first use, survives restarts of Redis, and gives up quickly.

    A command is sent once: whoever calls knows whether it may be repeated, and a write whose answer was lost is
    not doubled behind its back. A connection that broke while it was idle is noticed and replaced before use.
    Thread-safe; make it after a fork.

    Args:
        url: ``redis://``, ``rediss://`` or ``unix://``, with credentials and database.
        patience: the longest wait for a connection, and for each answer.

    Raises:
        ValueError: if the URL has another scheme.
    """
    return redis.Redis.from_url(
        url,
        socket_timeout=patience.total_seconds(),
        socket_connect_timeout=patience.total_seconds(),
        health_check_interval=15,
        retry=Retry(NoBackoff(), retries=0),
        # A server could announce maintenance and so stretch the timeouts.
        maint_notifications_config=MaintNotificationsConfig(enabled=False),
    )


@contextmanager
def redis_errors(client: redis.Redis) -> Iterator[None]:
    """Turn the library's errors inside the block into skep's.

    Raises:
        Temporary: Redis is out of reach, too slow, loading its data, or without a leader.
        Permanent: wrong credentials, a missing right, no memory left, or a key that holds something foreign.
    """
    try:
        yield
    except _REFUSED as error:
        raise Permanent(f"{_place(client)} refuses skep's credentials: {error}") from error
    except _PASSING as error:
        raise Temporary(f"{_place(client)} is out of reach: {error}") from error
    except redis.RedisError as error:
        raise Permanent(f"{_place(client)} refuses a command of skep: {error}") from error


def text(stored: Stored) -> str:
    """What Redis answered, as text; bytes that are none are shown as such."""
    return stored if isinstance(stored, str) else stored.decode(errors="replace")


def _place(client: redis.Redis) -> str:
    """Where Redis is, without credentials."""
    at = client.get_connection_kwargs()
    return f"Redis at {at['path']}" if "path" in at else f"Redis at {at.get('host')}:{at.get('port')}"
