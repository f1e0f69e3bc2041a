"""An HTTP interface that speaks JSON, asked by a person: trouble becomes one sentence that says what mends it."""

from collections.abc import Mapping
from datetime import timedelta
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

import msgspec

from skep.adapters.foreign_json import foreign_json
from skep.adapters.foreign_words import plain_words
from skep.adapters.http_line import HttpAnswer, HttpLine, Login
from skep.errors import Permanent, Temporary

__all__ = ["JsonApi", "quoted"]

_TIMEOUT = timedelta(seconds=5)
_MENDS: Mapping[int, str] = {
    HTTPStatus.UNAUTHORIZED: "it wants a login, or another one",
    HTTPStatus.FORBIDDEN: "this login may not do that",
}


class JsonApi:
    """One program's interface."""

    def __init__(self, program: str, url: str, login: Login) -> None:
        """Keep how to reach it; nothing is sent yet.

        Args:
            program: what people call it.
            url: without a slash at its end.
            login: what opens it.
        """
        self._program = program
        self._place = f"{program} at {url}"
        self._line = HttpLine(url, login)

    def ask(self, method: str, path: str, body: object = None) -> Any:  # noqa: ANN401 - whatever JSON holds
        """Ask and read the answer.

        Returns:
            ``None`` where there is no such thing (404).

        Raises:
            Temporary: it is out of reach, or in trouble.
            Permanent: it refuses, or does not speak JSON.
        """
        json = None if body is None else msgspec.json.encode(body)
        try:
            with self._line as line:
                answer = line.exchange(method, path, within_s=_TIMEOUT.total_seconds(), json=json)
        except Temporary as error:
            raise Temporary(f"{self._program} at {error}") from error
        if answer.status == HTTPStatus.NOT_FOUND:
            return None
        self._object_to(answer)
        try:
            with foreign_json():
                return msgspec.json.decode(answer.body) if answer.body else {}
        except msgspec.DecodeError:
            raise self.misunderstood(plain_words(answer.body)) from None

    def misunderstood(self, words: str) -> Permanent:
        """It answered something that the program would not."""
        return Permanent(f"{self._place} does not answer as it should: {words}. Is it there, or behind a path?")

    def refused(self, why: str) -> Permanent:
        """It cannot be done there, and why."""
        return Permanent(f"{self._place}: {why}")

    def _object_to(self, answer: HttpAnswer) -> None:
        if answer.status < HTTPStatus.MULTIPLE_CHOICES:
            return
        words = plain_words(answer.body)
        if answer.status < HTTPStatus.BAD_REQUEST:
            raise self.misunderstood(f"it sends elsewhere, to {answer.headers.get('Location', 'nowhere')}")
        said = f"{self._place} answered {answer.status}: {words}"
        if answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            raise Temporary(said)
        mend = _MENDS.get(answer.status)
        raise Permanent(f"{said} ({mend})" if mend else said)


def quoted(text: str) -> str:
    """``text`` as one part of a path or a query."""
    return quote(text, safe="")
