"""Where the store is, and what opens it."""

from dataclasses import dataclass, field
from urllib.parse import urlsplit

from skep.errors import Permanent

__all__ = ["Address", "InfluxAccess"]

_PORTS = {"http": 8086, "https": 8086}


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """A URL taken apart the way the influxdb package wants it."""

    is_tls: bool
    host: str
    port: int
    path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class InfluxAccess:
    """Where Telegraf's data is and how to log in.

    Attributes:
        url: as ``http://influxdb:8086``, without a login in it.
        database: the database; on 2.x the bucket by its DBRP mapping.
        retention_policy: only where it is not the database's default one; leave it out on 3 Core.
        username: for a login by name and password; on 2.x and 3 Core a token may stand as the password.
        password: that user's password.
        token: sent as ``Authorization: Token …`` instead of a login by name.
        ca_file: certificates to trust in place of the system's.
    """

    url: str
    database: str
    retention_policy: str | None = None
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    token: str | None = field(default=None, repr=False)
    ca_file: str | None = None

    @property
    def address(self) -> Address:
        """The URL, taken apart.

        Raises:
            Permanent: if it is not an address of HTTP, or holds a login.
        """
        parts = urlsplit(self.url)
        try:
            host, port = parts.hostname, parts.port
        except ValueError:
            host, port = None, None
        if parts.scheme not in _PORTS or not host or "@" in parts.netloc:
            given = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"
            raise Permanent(f"InfluxDB: {given!r} is no address; write it without a login: http://influxdb:8086")
        return Address(
            is_tls=parts.scheme == "https",
            host=f"[{host}]" if ":" in host else host,
            port=port or _PORTS[parts.scheme],
            path=parts.path.rstrip("/"),
        )
