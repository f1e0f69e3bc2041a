"""A line to one HTTP server, on which each exchange ends in time: in an answer, or in a sentence why there is none."""

from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, field
from http.client import HTTPException
from typing import Self

import requests
from requests.auth import HTTPBasicAuth
from urllib3.exceptions import HTTPError as Urllib3Error

from skep.adapters.cutoff import CutoffAdapter
from skep.adapters.foreign_words import innermost
from skep.errors import Temporary

__all__ = ["HttpAnswer", "HttpLine", "Login", "TooSlow"]

_CHUNK_BYTES = 1 << 16
_MAY_BE_RAISED = (requests.RequestException, Urllib3Error, HTTPException, OSError, ValueError)


@dataclass(frozen=True, slots=True, kw_only=True)
class Login:
    """What opens a server: a user with a password, a token that is sent as a bearer's, or nothing.

    Attributes:
        ca_file: certificates to trust in place of the system's.
    """

    username: str | None = None
    password: str | None = field(default=None, repr=False)
    token: str | None = field(default=None, repr=False)
    ca_file: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpAnswer:
    """What came back, whatever its status."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class TooSlow(Temporary):
    """Connected, but no whole answer in time."""


class HttpLine:
    """One connection, one exchange at a time; certificates are verified, and no redirect is followed.

    Neither a proxy nor a login of the environment is used: what is sent where is said by the caller alone.
    """

    def __init__(self, url: str, login: Login, *, largest_answer_bytes: int = 32 << 20) -> None:
        """Keep how to reach the server; nothing is sent yet.

        Args:
            url: what all paths are put behind, without a slash at its end.
            login: what opens it.
            largest_answer_bytes: what a single answer may weigh.
        """
        self._url = url
        self._largest_answer_bytes = largest_answer_bytes
        self._cutoff = CutoffAdapter()
        self._session = requests.Session()
        self._session.trust_env = False
        self._session.verify = login.ca_file or True
        self._session.headers.update({"Accept": "application/json", "Accept-Encoding": "identity"})
        if login.username is not None:
            self._session.auth = HTTPBasicAuth(login.username.encode(), (login.password or "").encode())
        elif login.token is not None:
            self._session.headers["Authorization"] = f"Bearer {login.token}"
        for scheme in ("http://", "https://"):
            self._session.mount(scheme, self._cutoff)

    def __enter__(self) -> Self:
        """The line itself; it is hung up after the block."""
        return self

    def __exit__(self, *_of_error: object) -> None:
        """Hang up."""
        self.close()

    def close(self) -> None:
        """Hang up; the next exchange connects anew."""
        self._session.close()

    def exchange(
        self,
        method: str,
        path: str,
        *,
        within_s: float,
        form: Mapping[str, str] | None = None,
        json: bytes | None = None,
    ) -> HttpAnswer:
        """Ask and wait for the whole answer.

        Args:
            method: of HTTP.
            path: put behind the URL.
            within_s: from the first byte out to the last byte in.
            form: fields of a form, as the body.
            json: a document, as the body instead.

        Raises:
            TooSlow: no whole answer in time.
            Temporary: no connection, one that broke, or an answer that would not end.
        """
        try:
            with (
                self._cutoff.within(within_s),
                closing(
                    self._session.request(
                        method,
                        f"{self._url}{path}",
                        data=form if json is None else json,
                        headers=None if json is None else {"Content-Type": "application/json"},
                        timeout=within_s,
                        allow_redirects=False,
                        stream=True,
                    )
                ) as answer,
            ):
                body = self._body(answer)
        except _MAY_BE_RAISED as error:
            raise self._failure(error, within_s) from error
        if self._cutoff.is_cut:  # what was cut may look whole, if it did not say how long it is
            raise self._too_slow(within_s)
        return HttpAnswer(status=answer.status_code, headers=answer.headers, body=body)

    def _body(self, answer: requests.Response) -> bytes:
        chunks: list[bytes] = []
        size_bytes = 0
        for chunk in answer.iter_content(_CHUNK_BYTES):
            chunks.append(chunk)
            size_bytes += len(chunk)
            if size_bytes > self._largest_answer_bytes:
                raise Temporary(f"{self._url}: the answer is larger than {self._largest_answer_bytes:,} bytes")
        return b"".join(chunks)

    def _failure(self, error: Exception, within_s: float) -> Temporary:
        if self._cutoff.is_cut or isinstance(error, requests.Timeout):
            return self._too_slow(within_s)
        return Temporary(f"{self._url}: {innermost(error)}")

    def _too_slow(self, within_s: float) -> TooSlow:
        return TooSlow(f"{self._url}: no whole answer within {within_s:.3g} s")
