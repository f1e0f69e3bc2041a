"""Redis as a broker whose end no worker dies of."""

from typing import Any

from kombu.transport import redis as kombu_redis

__all__ = ["LastingChannel"]


class LastingChannel(kombu_redis.Channel):
    """A channel that says that its broker is lost, also where its connection was given up already.

    Celery gives up a lost connection before all of its channels are closed, and tasks that were begun through such a
    channel end later. Handing their messages back, and acknowledging them, both seek the address of the broker at a
    connection that is gone: an AttributeError, which nobody expects and of which the whole worker ends (kombu 5.7.0).
    A lost connection they expect. The message is not lost: nobody acknowledged it, and the broker hands it out again
    after its visibility timeout.
    """

    def close(self) -> None:
        """Close it, and its sockets also where the broker, who is gone, was to be told something first."""
        try:
            super().close()
        finally:
            self._disconnect_pools()  # type: ignore[attr-defined]  # the stubs lack it
            self._close_clients()  # type: ignore[attr-defined]  # the stubs lack it

    def _connparams(self, asynchronous: bool = False) -> dict[str, Any]:  # noqa: FBT001, FBT002  # kombu's signature
        """Where the broker is.

        Raises:
            ConnectionError: when the connection of this channel was given up.
        """
        if self.connection is None or self.connection.client is None:
            raise ConnectionError("the connection to the broker was given up")
        parameters: dict[str, Any] = super()._connparams(asynchronous)  # type: ignore[misc]  # the stubs lack it
        return parameters
