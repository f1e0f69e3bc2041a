"""docker-py's client with an end to every exchange, however slowly the engine or a proxy before it drips.

Its own timeouts begin anew with every byte, also while it asks for the engine's version.
"""

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import requests
from docker import APIClient
from docker.transport import UnixHTTPAdapter
from docker.transport.unixconn import UnixHTTPConnection, UnixHTTPConnectionPool
from requests.adapters import BaseAdapter, HTTPAdapter

from skep.adapters.cutoff import Cutoff, CutoffAdapter

__all__ = ["BoundedClient"]

# An engine under load may take a while to begin, and then a while to send thousands of swarm tasks.
_WHOLE_ANSWER_PER_WAIT = 2
_PIECE_BYTES = 1 << 20


class BoundedClient(APIClient):
    """The client; a whole answer takes at most twice the timeout of a single wait."""

    def mount(self, prefix: str | bytes, adapter: BaseAdapter) -> None:
        """As for requests; what carries the exchanges is replaced by what can cut them."""
        super().mount(prefix, _bounded(adapter))


def _bounded(adapter: BaseAdapter) -> BaseAdapter:
    if isinstance(adapter, UnixHTTPAdapter):
        return _UnixAdapter(f"http+unix://{adapter.socket_path}", adapter.timeout)
    return _TcpAdapter() if type(adapter) is HTTPAdapter else adapter


class _TcpAdapter(CutoffAdapter):
    def send(self, request: requests.PreparedRequest, **how: Any) -> requests.Response:  # type: ignore[override] # noqa: ANN401 - handed on as it came
        return _whole(self, super().send, request, how)


class _UnixAdapter(Cutoff, UnixHTTPAdapter):
    """One connection, where docker-py would keep one for each path that was ever asked."""

    def get_connection(self, url: str | bytes, proxies: Mapping[str, str] | None = None) -> UnixHTTPConnectionPool:
        del url, proxies
        with self.pools.lock:
            pool = self.pools.get(self.socket_path)
            if pool is None:
                pool = self.pools[self.socket_path] = _UnixPool(self)
        return pool

    def send(self, request: requests.PreparedRequest, **how: Any) -> requests.Response:  # type: ignore[override] # noqa: ANN401 - handed on as it came
        return _whole(self, super().send, request, how)


class _UnixPool(UnixHTTPConnectionPool):
    def __init__(self, adapter: _UnixAdapter) -> None:
        super().__init__("http+docker://localhost", adapter.socket_path, adapter.timeout, maxsize=1)
        self._adapter = adapter

    def _new_conn(self) -> "_UnixConnection":  # type: ignore[override] # docker-py's own is no BaseHTTPConnection either
        return _UnixConnection(self._adapter)


class _UnixConnection(UnixHTTPConnection):
    def __init__(self, adapter: _UnixAdapter) -> None:
        super().__init__("http+docker://localhost", adapter.socket_path, adapter.timeout)
        self._adapter = adapter

    def connect(self) -> None:
        super().connect()
        if self.sock is not None:
            self._adapter.opened(self.sock)


_Send = TypeVar("_Send", bound=Callable[..., requests.Response])


def _whole(cutoff: Cutoff, send: _Send, request: requests.PreparedRequest, how: Mapping[str, Any]) -> requests.Response:
    """Send and read the answer to its end.

    Raises:
        requests.ReadTimeout: it did not end in time, whatever that looked like from inside.
        requests.RequestException: as for requests.
    """
    within_s = _WHOLE_ANSWER_PER_WAIT * how["timeout"]
    try:
        with cutoff.within(within_s):
            answer = send(request, **how)
            # Its own content reads pieces of 10 KiB, of which the swarm tasks of a large Swarm have thousands.
            answer._content = b"".join(answer.iter_content(_PIECE_BYTES))  # noqa: SLF001 - there is no other way
    except (requests.RequestException, OSError) as error:
        if cutoff.is_cut:
            raise _too_slow(within_s, request) from error
        raise
    if cutoff.is_cut:  # what was cut may look whole, if it did not say how long it is
        raise _too_slow(within_s, request)
    return answer


def _too_slow(within_s: float, request: requests.PreparedRequest) -> requests.ReadTimeout:
    return requests.ReadTimeout(f"no whole answer within {within_s:.3g} s", request=request)
