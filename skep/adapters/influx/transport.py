"""One request to InfluxDB and what came of it: bytes, or the trouble with it.

The influxdb package carries the request; its reading of answers and its habit of trying again are not used.
"""

import os
from collections.abc import Mapping
from contextlib import closing, suppress
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from http.client import HTTPException
from typing import Any
from urllib.parse import urlencode

import requests
from influxdb import InfluxDBClient
from influxdb.exceptions import InfluxDBClientError, InfluxDBServerError
from urllib3.exceptions import HTTPError as Urllib3Error

from skep.adapters.cutoff import CutoffAdapter
from skep.adapters.influx.access import InfluxAccess
from skep.adapters.influx.refusals import status_trouble, too_large, too_slow, unreachable
from skep.adapters.influx.trouble import StoreFailure, Trouble

__all__ = ["Transport"]

# Proxies on the way commonly allow a request line of 8 kB, and percent-encoding may triple what is sent.
_LONGEST_GET = 2_000
_CHUNK_BYTES = 1 << 16
_GENERATION_OF_CORE = "3"

_MAY_BE_RAISED = (requests.RequestException, Urllib3Error, HTTPException, OSError, ValueError)


class Transport:
    """A client made at first use, which is after any fork, and used for as long as it serves.

    Attributes:
        takes_one_statement: whether the store is known to accept a single statement per request, as 3 Core does.
    """

    def __init__(self, access: InfluxAccess, *, timeout: timedelta, largest_answer_bytes: int) -> None:
        """Keep how to reach the store; nothing is sent yet.

        Raises:
            Permanent: if the URL in ``access`` is none.
        """
        self.takes_one_statement = False
        self._access = access
        self._address = access.address
        self._timeout_s = timeout.total_seconds()
        self._largest_answer_bytes = largest_answer_bytes
        self._client: InfluxDBClient | None = None
        self._client_of_process = 0
        self._cutoff = CutoffAdapter()
        self._status = 0
        self._headers: Mapping[str, str] = {}
        self._version = ""  # as in "1.6.7" or "v2.7.1"
        self._has_pinged = False

    @property
    def store_clock(self) -> datetime | None:
        """The store's own time at its latest answer; ``None`` if it did not say.

        The header names a whole second, and the instant lies within it: its middle is off by half of one at most.
        """
        try:
            named = parsedate_to_datetime(self._headers["Date"])
        except (KeyError, ValueError):
            return None
        return named.replace(tzinfo=UTC) + timedelta(milliseconds=500)

    def query(self, statements: str) -> bytes:
        """Send statements in InfluxQL; the body of the answer.

        Raises:
            StoreFailure: whatever went wrong.
        """
        where = {"db": self._access.database, "epoch": "ms"}
        if self._access.retention_policy:
            where["rp"] = self._access.retention_policy
        # 3 Core documents GET only, and takes long ones.
        if len(statements) <= _LONGEST_GET or self.takes_one_statement:
            return self._exchange("query", method="GET", params={**where, "q": statements})
        return self._exchange("query", method="POST", params=where, data=urlencode({"q": statements}))

    def is_third_generation(self) -> bool:
        """Whether the store says that it is 3 Core or its kin, which name their version to ``/ping`` only."""
        if not self._version and not self._has_pinged:
            self._has_pinged = True
            with suppress(StoreFailure):
                self._exchange("ping", method="GET")
        return self._version.removeprefix("v").partition(".")[0] == _GENERATION_OF_CORE

    def _exchange(self, path: str, **request: Any) -> bytes:  # noqa: ANN401 - as the package takes it
        client = self._ready_client()
        self._status, self._headers = 0, {}
        try:
            with self._cutoff.within(self._timeout_s), closing(client.request(path, stream=True, **request)) as answer:
                body = self._body(answer)
        except (InfluxDBClientError, InfluxDBServerError) as error:
            raise StoreFailure(status_trouble(self._access, self._status, _body_of(error))) from None
        except _MAY_BE_RAISED as error:
            raise StoreFailure(self._failure(error)) from None
        if self._cutoff.is_cut:  # what was cut may look whole, if it did not say how long it is
            raise StoreFailure(too_slow(self._access, self._timeout_s))
        return body

    def _body(self, answer: requests.Response) -> bytes:
        chunks: list[bytes] = []
        size_bytes = 0
        for chunk in answer.iter_content(_CHUNK_BYTES):
            chunks.append(chunk)
            size_bytes += len(chunk)
            if size_bytes > self._largest_answer_bytes:
                raise StoreFailure(too_large(self._access, self._largest_answer_bytes))
        return b"".join(chunks)

    def _failure(self, error: Exception) -> Trouble:
        if self._cutoff.is_cut or isinstance(error, requests.ReadTimeout):
            return too_slow(self._access, self._timeout_s)
        return unreachable(self._access, error)

    def _ready_client(self) -> InfluxDBClient:
        """The client of this process: a connection must not be shared with the one it was forked from."""
        if self._client is None or self._client_of_process != os.getpid():
            self._client = self._new_client()
            self._client_of_process = os.getpid()
        return self._client

    def _new_client(self) -> InfluxDBClient:
        address = self._address
        self._cutoff = CutoffAdapter()
        session = requests.Session()
        session.trust_env = False  # a .netrc would replace the token, and a proxy of the environment is not meant here
        session.max_redirects = 0
        session.hooks["response"].append(self._remember)
        client = InfluxDBClient(
            host=address.host,
            port=address.port,
            path=address.path,
            ssl=address.is_tls,
            verify_ssl=self._access.ca_file or True,
            username=self._access.username,
            password=self._access.password,
            timeout=self._timeout_s,
            retries=1,
            session=session,
            headers=self._request_headers(),
        )
        session.mount(f"{'https' if address.is_tls else 'http'}://{address.host}", self._cutoff)
        return client

    def _request_headers(self) -> dict[str, str]:
        """What every request says.

        The package would ask for MessagePack, which 3 Core refuses. Compression costs the store more than the short
        way from it saves, and an answer of unknown size must not unfold. Only a POST has a body to have a type.
        """
        headers = {
            "Accept": "application/json",
            "Accept-Encoding": "identity",
            "Content-Type": "application/x-www-form-urlencoded",
        }
        if self._access.token:
            headers["Authorization"] = f"Token {self._access.token}"
        return headers

    def _remember(self, answer: requests.Response, *_args: object, **_kwargs: object) -> None:
        """The package turns answers into exceptions without status and headers, so they are kept on the way."""
        self._status, self._headers = answer.status_code, answer.headers
        self._version = answer.headers.get("X-Influxdb-Version", self._version)


def _body_of(error: InfluxDBClientError | InfluxDBServerError) -> bytes:
    content = error.content if isinstance(error, InfluxDBClientError) else error.args[0]
    return content if isinstance(content, bytes) else str(content).encode()
