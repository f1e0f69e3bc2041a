"""The three calls of the Hetzner Cloud API that skep makes, and what its answers mean.

The vendor's own library would repeat failed calls for up to a minute by itself, which is longer than a task may take,
and cannot be told not to (source: github.com/hetznercloud/hcloud-python, ``ClientBase.request``).
"""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Annotated, Any, Self, TypeVar

import msgspec
import requests
from msgspec import Meta
from urllib3.exceptions import HTTPError as Urllib3Error

from skep.adapters.foreign_json import foreign_json
from skep.adapters.foreign_words import first_words
from skep.config.secret import Secret
from skep.core.machines import Refusal, RefusalKind
from skep.errors import Permanent, Temporary

__all__ = ["POOL_LABEL", "HcloudApi", "Server"]

#: Says of a server whose it is: only servers with it are ever seen.
POOL_LABEL = "skep.pool"

# The API allows 3600 requests an hour and gives one back each second.
_AFTER_TOO_MANY = timedelta(seconds=30)
_PER_PAGE = 50
_MOST_PAGES = 100

_MAY_BE_RAISED = (requests.RequestException, Urllib3Error, OSError)

T = TypeVar("T")


# --- what the API answers: docs.hetzner.cloud -----------------------------------------------------------------------


class _Ipv4(msgspec.Struct):
    ip: str


class _PublicNet(msgspec.Struct):
    ipv4: _Ipv4 | None = None


class _PrivateNet(msgspec.Struct):
    ip: str | None = None


class Server(msgspec.Struct):
    """A server, as far as it matters."""

    id: int
    name: str
    status: str
    created: Annotated[datetime, Meta(tz=True)]
    public_net: _PublicNet = msgspec.field(default_factory=_PublicNet)
    private_net: tuple[_PrivateNet, ...] = ()


class _Pagination(msgspec.Struct):
    next_page: int | None = None


class _Meta(msgspec.Struct):
    pagination: _Pagination = msgspec.field(default_factory=_Pagination)


class _Servers(msgspec.Struct):
    servers: tuple[Server, ...]
    meta: _Meta = msgspec.field(default_factory=_Meta)


class _Error(msgspec.Struct):
    code: str
    message: str = ""


class _Failure(msgspec.Struct):
    error: _Error


# What the provider says no for, and what passes by itself (source: github.com/hetznercloud/hcloud-go, hcloud/error.go).
_REFUSALS: Mapping[str, RefusalKind] = {
    "resource_limit_exceeded": RefusalKind.QUOTA,
    "resource_unavailable": RefusalKind.NO_CAPACITY,
    "placement_error": RefusalKind.NO_CAPACITY,
    "protected": RefusalKind.PROTECTED,
}
_PASSING = frozenset(
    {"bad_gateway", "conflict", "locked", "maintenance", "rate_limit_exceeded", "server_error", "service_error"}
    | {"timeout", "unavailable", "unknown_error"}
)
_TOO_MANY = "rate_limit_exceeded"
_THERE_ALREADY = "uniqueness_error"
_NOT_THERE = "not_found"


class _Refused(Exception):
    """An answer of the API that is an error; carries its code to whoever knows what it means there."""

    def __init__(self, code: str, sentence: str, status: int) -> None:
        super().__init__(sentence)
        self.code = code
        self.sentence = sentence
        self.status = status

    @property
    def refusal(self) -> Refusal | None:
        kind = _REFUSALS.get(self.code)
        return None if kind is None else Refusal(kind=kind, reason=self.sentence)

    @property
    def trouble(self) -> Temporary | Permanent:
        if self.code == _TOO_MANY:
            return Temporary(self.sentence, retry_after=_AFTER_TOO_MANY)
        passes = self.code in _PASSING or self.status >= HTTPStatus.INTERNAL_SERVER_ERROR
        return Temporary(self.sentence) if passes else Permanent(self.sentence)


# --- the calls ------------------------------------------------------------------------------------------------------


class HcloudApi:
    """A few requests in one session."""

    def __init__(self, endpoint: str, token: Secret, *, pool: str, timeout: timedelta) -> None:
        """Keep whom to ask; nothing is sent yet.

        Args:
            endpoint: without a slash at its end.
            token: with the right to write.
            pool: what :data:`POOL_LABEL` says of its servers.
            timeout: for connecting, and for each wait for more of an answer.
        """
        self._pool = pool
        self._endpoint = endpoint
        self._token = token
        self._timeout_s = timeout.total_seconds()
        self._session = requests.Session()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._session.close()

    def servers(self) -> tuple[Server, ...]:
        """All servers of the pool, oldest first; one that moved to the next page meanwhile is there once.

        Raises:
            Temporary, Permanent: as the port says.
        """
        servers = {server.id: server for server in self._pages()}
        return tuple(sorted(servers.values(), key=lambda server: (server.created, server.id)))

    def create(self, wish: Mapping[str, Any], user_data: Secret) -> Refusal | None:
        """Make a server, unless there is one of that name; or why there will be none.

        Raises:
            Temporary, Permanent: as the port says.
        """
        body = msgspec.json.encode({**wish, "user_data": user_data.reveal()})
        return self._order("POST", "/servers", body, fulfilled_by=_THERE_ALREADY)

    def delete(self, machine_id: str) -> Refusal | None:
        """Delete a server, if it is there; or why it stays.

        Raises:
            Temporary, Permanent: as the port says.
        """
        return self._order("DELETE", f"/servers/{machine_id}", None, fulfilled_by=_NOT_THERE)

    def _pages(self) -> Iterator[Server]:
        page: int | None = 1
        for _ in range(_MOST_PAGES):
            if page is None:
                return
            where = {"label_selector": f"{POOL_LABEL}=={self._pool}", "per_page": str(_PER_PAGE), "page": str(page)}
            try:
                answer = self._read("GET", "/servers", _Servers, where)
            except _Refused as refused:
                raise refused.trouble from None
            yield from answer.servers
            page = answer.meta.pagination.next_page

    def _order(self, method: str, path: str, body: bytes | None, *, fulfilled_by: str) -> Refusal | None:
        try:
            self._exchange(method, path, body=body)
        except _Refused as refused:
            if refused.code == fulfilled_by:
                return None
            if refused.refusal is None:
                raise refused.trouble from None
            return refused.refusal
        return None

    def _read(self, method: str, path: str, answer: type[T], where: Mapping[str, str]) -> T:
        content = self._exchange(method, path, where=where)
        try:
            with foreign_json():
                return msgspec.json.decode(content, type=answer)
        except msgspec.DecodeError as error:
            words = f"an answer that cannot be read: {first_words(str(error))}"
            raise Temporary(self._sentence(method, path, words)) from error

    def _exchange(
        self, method: str, path: str, *, where: Mapping[str, str] | None = None, body: bytes | None = None
    ) -> bytes:
        """The body of a good answer.

        Raises:
            _Refused: the answer is an error.
            Temporary: there is none.
        """
        try:
            answer = self._session.request(
                method,
                f"{self._endpoint}{path}",
                params=where,
                data=body,
                headers={"Content-Type": "application/json"} if body is not None else None,
                auth=self._authorize,
                timeout=self._timeout_s,
                allow_redirects=False,
            )
        except requests.Timeout:
            raise Temporary(self._sentence(method, path, f"no answer within {self._timeout_s:.3g} s")) from None
        except _MAY_BE_RAISED as error:
            # Without its chain: the request with its headers and user data hangs on it.
            raise Temporary(self._sentence(method, path, _innermost(error))) from None
        if HTTPStatus.OK <= answer.status_code < HTTPStatus.MULTIPLE_CHOICES:
            return answer.content
        code, words = _said(answer.content)
        sentence = self._sentence(method, path, f"{answer.status_code}: {words or code or 'it did not say why'}")
        raise _Refused(code, sentence, answer.status_code)

    def _authorize(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """Put in the token; as the session's own way, so that a .netrc of the machine cannot replace it."""
        request.headers["Authorization"] = f"Bearer {self._token.reveal()}"
        return request

    def _sentence(self, method: str, path: str, happened: str) -> str:
        return f"Hetzner at {self._endpoint}, {method} {path}: {happened}"


def _said(body: bytes) -> tuple[str, str]:
    """The code and the words of an error, empty where something else answered."""
    with suppress(msgspec.DecodeError), foreign_json():
        error = msgspec.json.decode(body, type=_Failure).error
        return error.code, first_words(error.message)
    return "", ""


def _innermost(error: BaseException) -> str:
    while (cause := error.__cause__ or error.__context__) is not None:
        error = cause
    return str(error) or type(error).__name__
