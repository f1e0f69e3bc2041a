"""The course of skep's own numbers in InfluxDB 1.x: a measurement for each, with one field ``value``.

That is how Prometheus' numbers are commonly laid out there. Series of single services are left to Prometheus: the
journal has their states, and here they would be kept for ever.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Self

import requests
from influxdb.exceptions import InfluxDBClientError, InfluxDBServerError

from skep.adapters.influx.access import InfluxAccess
from skep.adapters.influx.client import client_for_writing
from skep.core.meters import Reading, meter_of
from skep.errors import Permanent, Temporary

__all__ = ["InfluxMeters"]

_LEFT_OUT = "service"
_PASSING = (HTTPStatus.NOT_FOUND, HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS)


class InfluxMeters:
    """Writes a point for each series, in one request."""

    def __init__(self, access: InfluxAccess, *, timeout: timedelta = timedelta(seconds=5)) -> None:
        """Keep where to; nothing is sent yet. Make it after a fork.

        Args:
            access: to the database of the journal, which the journal makes.
            timeout: the longest wait for a connection, and for each part of an answer.

        Raises:
            Permanent: if the URL is none.
        """
        self._access = access
        self._client = client_for_writing(access, timeout)

    def __enter__(self) -> Self:
        """The meters themselves; their connection is closed after the block."""
        return self

    def __exit__(self, *_of_error: object) -> None:
        """Close the connection."""
        self._client.close()

    def write(self, readings: Sequence[Reading], *, at: datetime) -> None:
        """Add a point of each.

        Raises:
            Temporary: InfluxDB is out of reach, in trouble, or has no such database yet.
            Permanent: it refuses us.
        """
        points = [_point(reading, at) for reading in readings if _is_kept(reading)]
        if not points:
            return
        place = f"InfluxDB at {self._access.url}"
        try:
            self._client.write_points(
                points,
                time_precision="s",
                database=self._access.database,
                retention_policy=self._access.retention_policy,
            )
        except InfluxDBClientError as error:
            kind = Temporary if error.code in _PASSING else Permanent
            raise kind(f"{place} refuses skep's own numbers: {error}") from error
        except InfluxDBServerError as error:
            raise Temporary(f"{place} is in trouble: {error}") from error
        except requests.RequestException as error:
            raise Temporary(f"{place} is out of reach: {error}") from error


def _is_kept(reading: Reading) -> bool:
    meter = meter_of(reading.meter)
    return meter is not None and _LEFT_OUT not in meter.labels


def _point(reading: Reading, at: datetime) -> dict[str, object]:
    meter = meter_of(reading.meter)
    names = () if meter is None else meter.labels
    return {
        "measurement": reading.meter,
        "time": int(at.timestamp()),
        "tags": {name: value for name, value in zip(names, reading.labels, strict=False) if value},
        "fields": {"value": float(reading.value)},
    }
