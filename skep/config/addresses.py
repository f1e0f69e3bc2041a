"""Addresses of the stores and of the Docker engine: checked closely, and shown without the passwords in them."""

import re
from dataclasses import dataclass
from urllib.parse import SplitResult, quote, unquote, urlsplit

from skep.config.units import UnitError

__all__ = [
    "MailServer",
    "next_database",
    "read_dashboards_url",
    "read_docker_host",
    "read_influx_url",
    "read_mail_server",
    "read_post_url",
    "read_prometheus_url",
    "read_redis_url",
    "with_password",
    "without_password",
]

_LONGEST_ADDRESS = 500
_HIGHEST_PORT = 65_535


def read_redis_url(text: str) -> str:
    """Read ``redis://`` or, with TLS, ``rediss://``; a password, a port and a database number may be in it.

    Raises:
        UnitError: anything else.
    """
    address = _split(text, "redis", "rediss")
    if address is None or address.fragment or not _DATABASE_PATH.fullmatch(address.path):
        raise UnitError(text, "the address of a Redis, with a port from 1 to 65535", "redis://redis:6379/0")
    return address.geturl()


_DATABASE_PATH = re.compile(r"/?|/[0-9]{1,5}")


def with_password(redis_url: str, password: str) -> str:
    """The same address with a password, unless it has one; whatever characters the password is made of."""
    address = urlsplit(redis_url)
    if address.password:
        return redis_url
    credentials, _, place = address.netloc.rpartition("@")
    user = credentials.partition(":")[0]
    return address._replace(netloc=f"{user}:{quote(password, safe='')}@{place}").geturl()


def next_database(redis_url: str) -> str:
    """The same Redis, one database further on."""
    address = urlsplit(redis_url)
    number = int(address.path.strip("/") or 0)
    return address._replace(path=f"/{number + 1}").geturl()


def read_influx_url(text: str) -> str:
    """Read ``http://`` or ``https://`` with a host and perhaps a port, and nothing else.

    Raises:
        UnitError: anything else, also with a user in it: that would be seen in logs, and has settings of its own.
    """
    address = _split(text, "http", "https")
    if address is None or "@" in address.netloc or _leads_on(address):
        expected = "the address of an InfluxDB without user, path or query, with a port from 1 to 65535"
        raise UnitError(text, expected, "http://influxdb:8086")
    return f"{address.scheme}://{address.netloc}"


def read_prometheus_url(text: str) -> str:
    """Read ``http://`` or ``https://`` with a host, perhaps a port, and perhaps the path before ``/api/v1``.

    Raises:
        UnitError: anything else, also with a user in it: that would be seen in logs, and has settings of its own.
    """
    address = _split(text, "http", "https")
    path = address.path.rstrip("/") if address else ""
    if address is None or "@" in address.netloc or address.query or address.fragment or path.endswith("/api/v1"):
        expected = "the address of a Prometheus without user, query and /api/v1, with a port from 1 to 65535"
        raise UnitError(text, expected, "http://prometheus:9090")
    return f"{address.scheme}://{address.netloc}{path}"


def read_dashboards_url(text: str) -> str:
    """Read ``http://`` or ``https://`` with a host, perhaps a port, and perhaps a path that all others stand behind.

    Raises:
        UnitError: anything else, also with a user in it: that would be seen by others on the machine.
    """
    address = _split(text, "http", "https")
    if address is None or "@" in address.netloc or address.query or address.fragment:
        expected = "the address of Chronograf or Grafana without user and query, with a port from 1 to 65535"
        raise UnitError(text, expected, "http://localhost:8888")
    return f"{address.scheme}://{address.netloc}{address.path.rstrip('/')}"


def read_post_url(text: str) -> str:
    """Read ``http://`` or ``https://`` with whatever stands behind the host; there a secret may be.

    Raises:
        UnitError: anything else, also with a user in it. The error holds the text: do not show it.
    """
    address = _split(text, "http", "https")
    if address is None or "@" in address.netloc or address.fragment:
        expected = "an address that takes posts, without user, with a port from 1 to 65535"
        raise UnitError(text, expected, "https://chat.example.org/hooks/abc")
    return address.geturl()


@dataclass(frozen=True, slots=True, kw_only=True)
class MailServer:
    """Where mail is handed over.

    Attributes:
        user: who logs in; ``None`` where nobody has to.
        is_tls: TLS from the first byte; else it is begun later, where the server offers it.
    """

    host: str
    port: int
    user: str | None
    is_tls: bool


def read_mail_server(text: str) -> MailServer:
    """Read ``smtp://`` or, with TLS from the beginning, ``smtps://``, perhaps with a user and a port.

    An ``@`` in the user is written ``%40``.

    Raises:
        UnitError: anything else, also with a password in it: that has a setting of its own.
    """
    address = _split(text, "smtp", "smtps")
    if address is None or address.password is not None or _leads_on(address):
        expected = "the address of a mail server, perhaps with a user, without password and path"
        raise UnitError(text, expected, "smtp://skep%40example.org@mail.example.org:587")
    user = unquote(address.username) if address.username else None
    is_tls = address.scheme == "smtps"
    port = address.port or (465 if is_tls else 587 if user else 25)
    return MailServer(host=address.hostname or "", port=port, user=user, is_tls=is_tls)


def read_docker_host(text: str) -> str:
    """Read the address of a Docker engine: ``unix://``, ``tcp://``, ``http(s)://`` or ``ssh://``.

    Raises:
        UnitError: anything else.
    """
    if _SOCKET.fullmatch(text.strip()):
        return text.strip()
    address = _split(text, "tcp", "http", "https", "ssh")
    if address is None or address.password or _leads_on(address):
        expected = "a socket or the address of a Docker engine, with a port from 1 to 65535"
        raise UnitError(text, expected, "unix:///var/run/docker.sock or tcp://socket-proxy:2375")
    return f"{address.scheme}://{address.netloc}"


_SOCKET = re.compile(r"unix:///[!-~]{1,200}")


def without_password(text: str) -> str:
    """An address, or what was meant to be one, with everything hidden that could be a password."""
    return _QUERY.sub("?***", _CREDENTIALS.sub(r"\1***@", text))


_CREDENTIALS = re.compile(r"\A([A-Za-z+]*://)?.*@", re.DOTALL)
_QUERY = re.compile(r"\?.*", re.DOTALL)


def _split(text: str, *schemes: str) -> SplitResult | None:
    """The parts of an address with a host and a port that can be; ``None`` for anything else."""
    stripped = text.strip()
    if not _ADDRESS.fullmatch(stripped):
        return None
    try:
        address = urlsplit(stripped)
        port = address.port
    except ValueError:
        return None
    good = address.scheme in schemes and address.hostname and (port is None or 1 <= port <= _HIGHEST_PORT)
    return address if good else None


_ADDRESS = re.compile(rf"[!-~]{{1,{_LONGEST_ADDRESS}}}")


def _leads_on(address: SplitResult) -> bool:
    """Whether there is anything behind host and port."""
    return address.path not in {"", "/"} or bool(address.query or address.fragment)
