"""Posting one JSON document to an address that may be a secret: in no error is more of it than its host."""

from datetime import timedelta
from http import HTTPStatus
from urllib.parse import urlsplit

from skep.adapters.foreign_words import plain_words
from skep.adapters.http_line import HttpLine, Login
from skep.errors import Permanent, Temporary

__all__ = ["post"]

_TIMEOUT = timedelta(seconds=5)
_LARGEST_ANSWER_BYTES = 1 << 16
_PASSING = (HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS)


def post(url: str, document: bytes, *, token: str | None = None) -> None:
    """Post, and wait until it was taken.

    Args:
        url: where to, with whatever stands behind the host.
        document: the JSON.
        token: sent as the bearer's, if there is one.

    Raises:
        Temporary: it is out of reach, too slow, in trouble, or wants to be left in peace for a while.
        Permanent: it refuses, or sends elsewhere.
    """
    parts = urlsplit(url)
    place = f"{parts.scheme}://{parts.netloc}"
    path = url.removeprefix(place) or "/"
    with HttpLine(place, Login(token=token), largest_answer_bytes=_LARGEST_ANSWER_BYTES) as line:
        answer = line.exchange("POST", path, within_s=_TIMEOUT.total_seconds(), json=document)
    if answer.status < HTTPStatus.MULTIPLE_CHOICES:
        return
    said = f"{place} answered {answer.status}: {plain_words(answer.body)}"
    if answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR or answer.status in _PASSING:
        raise Temporary(said)
    raise Permanent(said)
