"""A message is taken from its queue and written down as taken in one step, so that no worker's death can lose it."""

import logging
from queue import Empty
from time import monotonic
from typing import Any, ClassVar
from uuid import uuid4

from kombu import Message
from kombu.transport import redis as kombu_redis
from kombu.transport import virtual
from kombu.utils.json import dumps, loads

from workers.channel import LastingChannel
from workers.claim import Claim

__all__ = ["TakingChannel"]

_LOG = logging.getLogger(__name__)

_SHOWN_CHARACTERS = 200
_UNREADABLE = (ValueError, KeyError, TypeError, AttributeError)


class _TakenQoS(kombu_redis.QoS):
    """What a worker has in hand; what it took by a claim is written down already."""

    def append(self, message: Message, delivery_tag: str) -> None:
        if delivery_tag == getattr(self.channel, "claimed", None):
            virtual.QoS.append(self, message, delivery_tag)
        else:
            super().append(message, delivery_tag)


class TakingChannel(LastingChannel):
    """A channel that looks at the next message of its queue first, and takes it when it has read it.

    Kombu's own (5.7.0) takes a message by BRPOP and writes down afterwards, when it has read it, that it has it. A
    worker that is killed in between takes the message with it; and between may be long, since a worker that has its
    hands full leaves what Redis has sent it unread until a task ends. Here Redis shows the last message of the list
    (BLMOVE onto itself), which stays where it is: whoever is free takes it.

    Where Redis does not say in time whether the message was taken, it is put back when Redis answers again; else it
    would be handed out only after its visibility timeout, and an old order be carried out after newer ones.

    Redis blocks on one list only this way, so a worker of several queues, which carry no orders of people, waits as
    kombu does. Needs Redis 6.2, as kombu does.
    """

    QoS = _TakenQoS

    #: Of which nobody knows whether they came about; they outlive the channel, which is given up with its connection.
    in_doubt: ClassVar[list[Claim]] = []

    #: The tag of the message that is being handed on.
    claimed: str | None = None
    #: Whose next message is waited for; ``None`` while kombu's own way is gone.
    _awaited: str | None = None

    def _brpop_start(self, timeout: float | None = None) -> None:
        """Wait for the next message."""
        self._awaited = queue = self._only_queue()
        if queue is None:
            super()._brpop_start(timeout)  # type: ignore[misc]  # the stubs lack it
            return
        self._settle_doubts()
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
        claim = self._taken(queue, shown)
        self.claimed = claim.tag
        self.connection._deliver(claim.message, queue)  # noqa: SLF001  # as kombu's own does
        return True

    def _shown(self, **options: object) -> bytes | None:
        connection = self.client.connection
        try:
            shown: bytes | None = self.client.parse_response(connection, "BLMOVE", **options)
        except self.connection_errors:  # type: ignore[attr-defined]  # the stubs lack it
            connection.disconnect()
            raise
        return shown

    def _taken(self, queue: str, shown: bytes) -> Claim:
        """The message, which from now on is this worker's until it says that it is done.

        Raises:
            Empty: another was quicker, or nobody can read it, and it is thrown away.
        """
        try:
            claim = self._claim(queue, shown)
        except _UNREADABLE:
            self._throw_away(queue, shown)
            raise Empty from None
        self.in_doubt.append(claim)
        with self.conn_or_acquire() as client:
            is_ours = claim.take(client)
        self.in_doubt.remove(claim)
        if not is_ours:
            raise Empty
        return claim

    def _claim(self, queue: str, shown: bytes) -> Claim:
        message: dict[str, Any] = loads(shown)
        # Who cannot make a message of it now would die of it once it was taken, and again each time it is handed out.
        made = self.Message(message, channel=self)
        if not isinstance(made.delivery_tag, str):
            raise TypeError(f"the tag is {made.delivery_tag!r}, expected text")
        message["properties"]["claim"] = uuid4().hex
        came_by = made.delivery_info
        return Claim(
            queue=self._named(queue),
            index=self._named(self.unacked_index_key),
            hash=self._named(self.unacked_key),
            shown=shown,
            tag=made.delivery_tag,
            kept=dumps([message, came_by["exchange"], came_by["routing_key"]]),
            message=message,
        )

    def _settle_doubts(self) -> None:
        """Put back what may have been taken when Redis did not answer."""
        while self.in_doubt:
            with self.conn_or_acquire() as client:
                self.in_doubt[0].put_back(client)
            del self.in_doubt[0]

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
