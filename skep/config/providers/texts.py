"""What several providers read from their options: paths, addresses, names."""

import re
from collections.abc import Callable
from urllib.parse import urlsplit

from skep.config.units import UnitError

__all__ = ["read_absolute_path", "read_api_url", "read_line", "read_manager_address", "word_reader"]

_LONGEST_LINE = 500
_HIGHEST_PORT = 65_535


def read_absolute_path(text: str) -> str:
    """Read the path of a file or folder, from the root on.

    Raises:
        UnitError: anything else.
    """
    path = text.strip()
    if not path.startswith("/") or not path.isprintable() or len(path) > _LONGEST_LINE:
        raise UnitError(text, "an absolute path", "/run/secrets/cloud_token")
    return path


def read_line(text: str) -> str:
    """Read any text on one line, also an empty one.

    Raises:
        UnitError: several lines, unprintable characters, or more than 500 of them.
    """
    if (text and not text.isprintable()) or len(text) > _LONGEST_LINE:
        raise UnitError(text, f"one line of at most {_LONGEST_LINE} printable characters", "text")
    return text


def word_reader(pattern: str, *, expected: str, example: str) -> Callable[[str], str]:
    """A reader of names that match ``pattern`` as a whole; spaces around them are ignored."""
    compiled = re.compile(pattern, re.ASCII)

    def read(text: str) -> str:
        if len(text) > _LONGEST_LINE or not compiled.fullmatch(text.strip()):
            raise UnitError(text, expected, example)
        return text.strip()

    return read


def read_manager_address(text: str) -> str:
    """Read where a manager lets nodes join: ``10.0.0.2:2377``, ``manager-1:2377`` or ``[fd00::2]:2377``.

    Raises:
        UnitError: anything else.
    """
    address = text.strip()
    match = _HOST_AND_PORT.fullmatch(address)
    if match is None or not 1 <= int(match["port"]) <= _HIGHEST_PORT:
        raise UnitError(text, "the address of a manager with its port", "10.0.0.2:2377")
    return address


_HOST_AND_PORT = re.compile(r"(?:[A-Za-z0-9.-]{1,253}|\[[0-9A-Fa-f:]{2,39}\]):(?P<port>[0-9]{1,5})")


def read_api_url(text: str) -> str:
    """Read the address of an API: ``https://`` or ``http://``, without user and query, and without a slash at its end.

    Raises:
        UnitError: anything else.
    """
    url = text.strip().rstrip("/")
    if not _is_api_url(url):
        raise UnitError(text, "the address of an API without user and query", "https://api.example.com/v1")
    return url


def _is_api_url(url: str) -> bool:
    if len(url) > _LONGEST_LINE or not _URL_CHARACTERS.fullmatch(url):
        return False
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return False
    leads_on = parts.query or parts.fragment or "@" in parts.netloc
    return parts.scheme in {"http", "https"} and bool(parts.hostname) and port != 0 and not leads_on


_URL_CHARACTERS = re.compile(r"[!-~]+")
