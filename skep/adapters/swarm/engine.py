"""One request to a Docker engine: bytes, or the kind of trouble it is.

docker-py serves as the transport only: it finds the engine, speaks the engine's own API version (an older one strips
newer fields from every spec it is given) and keeps the connection. Its calls for services are not used: they read
specs with defaults filled in and write those back, whereupon Swarm replaces every running task.
"""

import os
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import timedelta
from http import HTTPStatus
from typing import TypeVar

import msgspec
import requests
from docker.errors import DockerException
from docker.tls import TLSConfig
from urllib3.exceptions import HTTPError as Urllib3Error

from skep.adapters.foreign_json import foreign_json
from skep.adapters.foreign_words import first_words
from skep.adapters.swarm.bounded import BoundedClient
from skep.errors import Permanent, Temporary
from skep.ports import OutOfSequence

__all__ = ["Engine", "NotThere"]

_Got = TypeVar("_Got")

#: A look at the Swarm takes three to seven reads, and is worth nothing if one of them is missing.
_MORE_TRIES = 2

_DEFAULT_ENDPOINT = "unix:///var/run/docker.sock"

_MAY_BE_RAISED = (requests.RequestException, Urllib3Error, DockerException, OSError, ValueError)

_CONFLICT = "update out of sequence"
# All but the first come with 503, as does "the swarm does not have a leader", which passes by itself
# (source: moby, daemon/cluster/errors.go).
_LASTING = ("client certificate", "not a swarm manager", "not part of a swarm", "needs to be unlocked", "have expired")
_VERSION_MOVED = ("client version", "api version")

_MENDS: Mapping[int, str] = {
    HTTPStatus.FORBIDDEN: (
        "in a socket proxy allow GET of services, tasks and nodes, POST of services and nodes, and DELETE of nodes"
    ),
    HTTPStatus.METHOD_NOT_ALLOWED: "in a socket proxy allow POST of services and nodes, and DELETE of nodes",
    HTTPStatus.NOT_FOUND: "is this the address of an engine?",
}
_KEPT_BACK = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.METHOD_NOT_ALLOWED})
_PASSING = frozenset({HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.CONFLICT, HTTPStatus.TOO_MANY_REQUESTS})


class NotThere(Permanent):
    """The engine knows no such thing."""


class _Flaw(Temporary):
    """An error or the end of a connection in place of an answer: the same request may be answered a moment later."""


class Engine:
    """The engine at one endpoint.

    Its client is made at first use, which is after any fork, and made anew after a failure. What is only read is tried
    again at once where an error or the end of a connection came in place of an answer. Nothing is written twice: an
    answer that was lost does not tell whether the write was done, and whoever wrote looks again.
    """

    def __init__(self, endpoint: str | None, *, timeout: timedelta, tls: TLSConfig | None = None) -> None:
        self.endpoint = endpoint or _DEFAULT_ENDPOINT
        self._timeout_s = timeout.total_seconds()
        self._tls = tls
        self._client: BoundedClient | None = None
        self._client_of_process = 0

    def get(self, path: str, parameters: Mapping[str, str] | None = None) -> bytes:
        """The body of an answer.

        Args:
            path: without the API version; names in it are quoted by the caller.
            parameters: of the query.

        Raises:
            NotThere: there is no such thing.
            Temporary: no answer, a broken one, or a Swarm without a leader.
            Permanent: this engine is no manager, or refuses us.
        """
        return self._tried(lambda: self._exchange("GET", path, parameters, None))

    def post(self, path: str, parameters: Mapping[str, str], body: bytes) -> None:
        """Send JSON.

        Raises:
            OutOfSequence: somebody wrote since the version in ``parameters`` was read.
            NotThere, Temporary, Permanent: as for :meth:`get`.
        """
        self._write("POST", path, parameters, body)

    def delete(self, path: str, parameters: Mapping[str, str]) -> None:
        """Take something away.

        Raises:
            NotThere, Temporary, Permanent: as for :meth:`get`.
        """
        self._write("DELETE", path, parameters, None)

    def versions(self) -> tuple[str, str]:
        """The engine's version, empty where it does not tell, and that of the API spoken with it.

        Raises:
            Temporary, Permanent: as for :meth:`get`.
        """
        body = self.get("/version")
        with foreign_json():
            told = msgspec.json.decode(body)
        version = told.get("Version") if isinstance(told, dict) else None
        return version if isinstance(version, str) else "", str(self._ready_client().api_version)

    def lets_through(self, method: str, path: str) -> bool:
        """Whether a request comes through to the engine, whatever that makes of it.

        Args:
            method: of HTTP.
            path: without the API version, with a query.

        Raises:
            Temporary, Permanent: nobody answers.
        """
        status, _ = self._answer(method, path, None, b"{}" if method == "POST" else None)
        return status not in _KEPT_BACK

    def _tried(self, read: Callable[[], _Got]) -> _Got:
        """What is read, at the third try at the latest, unless the tries take longer than one answer may."""
        began_s = time.monotonic()
        for _ in range(_MORE_TRIES):
            try:
                return read()
            except _Flaw:
                if time.monotonic() - began_s >= self._timeout_s:
                    raise
        return read()

    def _write(self, method: str, path: str, parameters: Mapping[str, str], body: bytes | None) -> None:
        """Once; but the question for the version that goes before it on a new connection is a read like any other."""
        self._tried(lambda: self._connected(f"{method} {path}"))
        self._exchange(method, path, parameters, body)

    def _connected(self, request: str) -> BoundedClient:
        try:
            return self._ready_client()
        except _MAY_BE_RAISED as error:
            self._forget_client()
            raise self._failure(request, error) from error

    def _exchange(self, method: str, path: str, parameters: Mapping[str, str] | None, body: bytes | None) -> bytes:
        status, content = self._answer(method, path, parameters, body)
        if HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
            return content
        raise self._refusal(f"{method} {path}", status, content)

    def _answer(
        self, method: str, path: str, parameters: Mapping[str, str] | None, body: bytes | None
    ) -> tuple[int, bytes]:
        """The status of whatever is answered, and its body."""
        client = self._connected(f"{method} {path}")
        try:
            answer = client.request(
                method,
                f"{client.base_url}/v{client.api_version}{path}",
                params=parameters,
                data=body,
                headers={"Content-Type": "application/json"} if body is not None else None,
                timeout=self._timeout_s,
                allow_redirects=False,
            )
            return answer.status_code, answer.content
        except _MAY_BE_RAISED as error:
            self._forget_client()
            raise self._failure(f"{method} {path}", error) from error

    def _ready_client(self) -> BoundedClient:
        """The client of this process, which asks the engine for its version when it is made."""
        if self._client is None or self._client_of_process != os.getpid():
            # A timeout of less than a whole second is one to requests, whatever the stubs say.
            timeout: int = self._timeout_s  # type: ignore[assignment]
            self._client = BoundedClient(base_url=self.endpoint, timeout=timeout, tls=self._tls or False)
            self._client_of_process = os.getpid()
        return self._client

    def _forget_client(self) -> None:
        if self._client is not None:
            self._client.close()
        self._client = None

    def _failure(self, request: str, error: Exception) -> Exception:
        """No answer. While the client is made, docker-py wraps what happened in an exception of its own."""
        cause = error.__cause__ if isinstance(error, DockerException) and error.__cause__ else error
        if isinstance(cause, requests.HTTPError) and cause.response is not None:
            return self._refusal("GET /version", cause.response.status_code, cause.response.content)
        innermost = _innermost(cause)
        if isinstance(innermost, PermissionError):
            return Permanent(self._sentence(request, "the socket may not be opened; run as a user or group that may"))
        if isinstance(cause, requests.Timeout):
            return Temporary(self._sentence(request, f"no answer within {self._timeout_s:.3g} s"))
        if isinstance(cause, ValueError | DockerException):
            return Permanent(self._sentence(request, f"{cause}; is this the address of an engine?"))
        return _Flaw(self._sentence(request, str(innermost) or type(innermost).__name__))

    def _refusal(self, request: str, status: int, body: bytes) -> Exception:
        """An answer that is an error, by what the engine said and, where it is not the engine's word, by the status."""
        message = _message(body)
        words = message if message is not None else first_words(body.decode(errors="replace"))
        said = words.lower()
        sentence = self._sentence(request, f"{status}: {words}", _MENDS.get(status))
        if _CONFLICT in said:
            return OutOfSequence(sentence)
        if any(mark in said for mark in _LASTING):
            return Permanent(self._sentence(request, words))
        if status == HTTPStatus.NOT_FOUND and message is not None:
            return NotThere(self._sentence(request, words))
        if status == HTTPStatus.BAD_REQUEST and any(mark in said for mark in _VERSION_MOVED):
            self._forget_client()  # the engine was replaced by one of another version: the next client asks again
            return Temporary(sentence)
        if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            return _Flaw(sentence)
        return Temporary(sentence) if status in _PASSING else Permanent(sentence)

    def _sentence(self, request: str, happened: str, mend: str | None = None) -> str:
        return f"Docker at {self.endpoint}, {request}: {happened}{f' ({mend})' if mend else ''}"


def _message(body: bytes) -> str | None:
    """The engine's own words; ``None`` if it is not an engine that answered."""
    with suppress(msgspec.DecodeError), foreign_json():
        document = msgspec.json.decode(body)
        if isinstance(document, dict) and isinstance(document.get("message"), str):
            return first_words(document["message"])
    return None


def _innermost(error: BaseException) -> BaseException:
    """What the system said, without the layers of libraries around it."""
    while (cause := error.__cause__ or error.__context__) is not None:
        error = cause
    return error
