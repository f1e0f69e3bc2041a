"""A message is taken from its queue and written down as taken in one step, so that no worker's death can lose it."""

import logging
from queue import Empty
from time import monotonic
from typing import Any

from kombu.utils.json import dumps, loads

from workers.channel import LastingChannel

__all__ = ["TakingChannel"]

_LOG = logging.getLogger(__name__)

# All or nothing: what another was quicker to take is not written down again, or it would be handed out twice.
_TAKE = """
if redis.call('LREM', KEYS[1], -1, ARGV[1]) == 0 then return 0 end
redis.call('ZADD', KEYS[2], redis.call('TIME')[1], ARGV[2])
redis.call('HSET', KEYS[3], ARGV[2], ARGV[3])
return 1
"""
_SHOWN_CHARACTERS = 200
_UNREADABLE = (ValueError, KeyError, TypeError, AttributeError)


class TakingChannel(LastingChannel):
    """A channel that looks at the next message of its queue first, and takes it when it has read it.

    Kombu's own (5.7.0) takes a message by BRPOP and writes down afterwards, when it has read it, that it has it. A
    worker that is killed in between takes the message with it; and between may be long, since a worker that has its
    hands full leaves what Redis has sent it unread until a task ends. Here Redis shows the last message of the list
    (BLMOVE onto itself), which stays where it is: whoever is free takes it.

    Redis blocks on one list only this way, so a worker of several queues, which carry no orders of people, waits as
    kombu does. Needs Redis 6.2, as kombu does.
    """

    #: Whose next message is waited for; ``None`` while kombu's own way is gone.
    _awaited: str | None = None

    def _brpop_start(self, timeout: float | None = None) -> None:
        """Wait for the next message."""
        self._awaited = queue = self._only_queue()
        if queue is None:
            super()._brpop_start(timeout)  # type: ignore[misc]  # the stubs lack it
            return
        seconds = self.brpop_timeout if timeout is None else timeout
        connection = self.client.connection
        self._in_poll = connection
        self._brpop_sent_at = monotonic()
        connection.send_command("BLMOVE", self._named(queue), self._named(queue), "RIGHT", "RIGHT", seconds or 0)

    def _brpop_read(self, **options: object) -> bool:
        """Take what was waited for, and hand it on.

        Raises:
            Empty: nothing has come, another was quicker, or the queue is no longer this worker's to take from.
        """
        queue = self._awaited
        if queue is None:
            is_read: bool = super()._brpop_read(**options)  # type: ignore[misc]  # the stubs lack it
            return is_read
        try:
            shown = self._shown(**options)
        finally:
            self._in_poll = None
            self._flush_brpop_reauth()  # type: ignore[attr-defined]  # the stubs lack it
        if not shown or queue not in self.active_queues:
            raise Empty
        self.connection._deliver(self._taken(queue, shown), queue)  # noqa: SLF001  # as kombu's own does
        return True

    def _shown(self, **options: object) -> bytes | None:
        connection = self.client.connection
        try:
            shown: bytes | None = self.client.parse_response(connection, "BLMOVE", **options)
        except self.connection_errors:  # type: ignore[attr-defined]  # the stubs lack it
            connection.disconnect()
            raise
        return shown

    def _taken(self, queue: str, shown: bytes) -> dict[str, Any]:
        """The message, which from now on is this worker's until it says that it is done.

        Raises:
            Empty: another was quicker, or nobody can read it, and it is thrown away.
        """
        try:
            message, tag, kept = self._read(shown)
        except _UNREADABLE:
            self._throw_away(queue, shown)
            raise Empty from None
        keys = [self._named(key) for key in (queue, self.unacked_index_key, self.unacked_key)]
        with self.conn_or_acquire() as client:
            is_ours = client.execute_command("EVAL", _TAKE, len(keys), *keys, shown, tag, kept)
        if not is_ours:
            raise Empty
        return message

    def _read(self, shown: bytes) -> tuple[dict[str, Any], str, str]:
        """The message, its tag, and what is kept of it until it is acknowledged, as kombu keeps it."""
        message: dict[str, Any] = loads(shown)
        # Who cannot make a message of it now would die of it once it was taken, and again each time it is handed out.
        made = self.Message(message, channel=self)
        if not isinstance(made.delivery_tag, str):
            raise TypeError(f"the tag is {made.delivery_tag!r}, expected text")
        came_by = made.delivery_info
        return message, made.delivery_tag, dumps([message, came_by["exchange"], came_by["routing_key"]])

    def _throw_away(self, queue: str, shown: bytes) -> None:
        """It would be shown for ever, and nothing behind it would be."""
        with self.conn_or_acquire() as client:
            client.execute_command("LREM", self._named(queue), -1, shown)
        _LOG.error(
            "a message on the queue %s was thrown away: nobody can read it, expected one of Celery's: %r",
            queue,
            shown[:_SHOWN_CHARACTERS],
        )

    def _only_queue(self) -> str | None:
        """The queue it takes from, where there is one and its messages have one priority."""
        queues = list(self.active_queues)
        return queues[0] if len(queues) == 1 and len(self.priority_steps) == 1 else None

    def _named(self, key: str) -> str:
        """As Redis knows it."""
        return f"{self.global_keyprefix}{key}"
