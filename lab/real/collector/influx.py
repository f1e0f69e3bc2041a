"""Writes points to InfluxDB, and keeps what it could not write, as Telegraf does."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from http import HTTPStatus
from typing import Any

import requests
from influxdb import InfluxDBClient
from influxdb.exceptions import InfluxDBClientError, InfluxDBServerError

from lab.real import direct
from lab.real.collector.point import Point

_TIMEOUT_S = 5
# Telegraf's metric_buffer_limit: beyond it the oldest points are lost.
_KEPT_POINTS = 10_000
_BATCH_POINTS = 1_000
_LONGEST_ERROR = 300


class Outbox:
    """Points on their way to InfluxDB, oldest first."""

    def __init__(self, *, host: str, port: int, user: str, password: str, database: str) -> None:
        self._client = InfluxDBClient(
            host=host,
            port=port,
            username=user,
            password=password,
            database=database,
            timeout=_TIMEOUT_S,
            retries=1,
            session=direct.session(),
        )
        self._waiting: deque[Point] = deque(maxlen=_KEPT_POINTS)

    def send(self, points: Iterable[Point]) -> str:
        """Write what waits and `points`; returns why that failed, or nothing.

        What failed waits for the next time, except what InfluxDB calls malformed: it would be so again, and hold up
        everything after it.
        """
        self._waiting.extend(points)
        while self._waiting:
            batch = [self._waiting[index] for index in range(min(_BATCH_POINTS, len(self._waiting)))]
            try:
                self._client.write_points([_json(point) for point in batch], time_precision="n")
            except (requests.RequestException, InfluxDBClientError, InfluxDBServerError) as error:
                if getattr(error, "code", None) == HTTPStatus.BAD_REQUEST:
                    self._drop(batch)
                return f"InfluxDB did not take {len(batch)} points: {str(error)[:_LONGEST_ERROR]}"
            self._drop(batch)
        return ""

    def _drop(self, batch: list[Point]) -> None:
        for _ in batch:
            self._waiting.popleft()


def _json(point: Point) -> dict[str, Any]:
    return {
        "measurement": point.measurement,
        "tags": {name: value for name, value in point.tags.items() if value},
        "fields": dict(point.fields),
        "time": point.time_ns,
    }
