"""The library's client, set up for those who write."""

from datetime import timedelta

from influxdb import InfluxDBClient

from skep.adapters.influx.access import InfluxAccess

__all__ = ["client_for_writing"]


def client_for_writing(access: InfluxAccess, timeout: timedelta) -> InfluxDBClient:
    """A client whose answers the caller reads, and which does not try again by itself; nothing is sent yet.

    Args:
        access: where InfluxDB is, and what opens it.
        timeout: the longest wait for a connection, and for each part of an answer.

    Raises:
        Permanent: if the URL is none.
    """
    address = access.address
    # Asked for JSON, because the library would ask for MessagePack; one try, because zero would mean for ever.
    headers = {"Accept": "application/json"}
    if access.token:
        headers["Authorization"] = f"Token {access.token}"
    return InfluxDBClient(
        host=address.host,
        port=address.port,
        path=address.path,
        ssl=address.is_tls,
        verify_ssl=access.ca_file or True,
        username=access.username,
        password=access.password,
        timeout=timeout.total_seconds(),
        retries=1,
        headers=headers,
    )
