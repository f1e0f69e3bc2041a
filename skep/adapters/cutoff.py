"""An end to every exchange, however slowly the other side drips.

A socket's timeout starts anew with every byte that arrives, so it bounds no exchange as a whole. Here a watchdog
shuts the connection when the time is up, which ends any wait on it, in headers and body, with and without TLS.
"""

import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from threading import Timer
from typing import Any

from requests import PreparedRequest
from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool
from urllib3.connectionpool import ConnectionPool

__all__ = ["Cutoff", "CutoffAdapter"]


class Cutoff:
    """The watchdog over one connection with one exchange at a time.

    Attributes:
        is_cut: whether the latest exchange was ended by the watchdog.
    """

    is_cut = False
    _socket: socket.socket | None = None

    @contextmanager
    def within(self, seconds: float) -> Iterator[None]:
        """Cut whatever is exchanged in the block when ``seconds`` have passed."""
        self.is_cut = False
        watchdog = Timer(seconds, self._cut)
        watchdog.daemon = True
        watchdog.start()
        try:
            yield
        finally:
            watchdog.cancel()
            watchdog.join()

    def opened(self, connection: socket.socket) -> None:
        """Told of each new connection; refuses it if the time was up before it stood.

        Raises:
            TimeoutError: if so.
        """
        self._socket = connection
        if self.is_cut:
            connection.close()
            raise TimeoutError("connected too late")

    def _cut(self) -> None:
        self.is_cut = True
        if self._socket is not None:
            with suppress(OSError):
                self._socket.shutdown(socket.SHUT_RDWR)


class CutoffAdapter(Cutoff, HTTPAdapter):
    """One connection, one exchange at a time, each within a span of time."""

    def __init__(self) -> None:
        super().__init__(pool_connections=1, pool_maxsize=1)

    def get_connection_with_tls_context(
        self,
        request: PreparedRequest,
        verify: bool | str | None,  # noqa: FBT001 - the signature is that of requests
        proxies: Mapping[str, str] | None = None,
        cert: tuple[str, str] | str | None = None,
    ) -> ConnectionPool:
        """As in requests; the pool's new connections can be cut."""
        pool = super().get_connection_with_tls_context(request, verify, proxies, cert)
        if isinstance(pool, HTTPConnectionPool) and not issubclass(pool.ConnectionCls, _Cuttable):
            pool.ConnectionCls = _cuttable(pool.ConnectionCls, self)
        return pool


class _Cuttable:
    """Marks connection classes made by :func:`_cuttable`."""


def _cuttable(kind: type[Any], adapter: CutoffAdapter) -> type[Any]:
    """A connection class of ``kind``, plain or TLS, that tells ``adapter`` of its socket."""

    class Connection(kind, _Cuttable):  # type: ignore[misc] # the base is only known at run time
        def connect(self) -> None:
            super().connect()
            adapter.opened(self.sock)

    return Connection
