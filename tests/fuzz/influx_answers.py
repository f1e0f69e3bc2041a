"""An answer of InfluxDB: series and gaps for each kind of metric, or one error that says it cannot be read."""

import json
from collections.abc import Iterable
from itertools import pairwise

import msgspec

from skep.adapters.influx.answers import Result, read_built_in, read_document, read_histograms, read_own
from skep.adapters.influx.measures import Shape, measures_of
from skep.core.metrics.backends import Proxy
from skep.core.metrics.series import Series
from skep.core.policy import Signal

__all__ = ["SEEDS", "look"]

_SIGNALS = (Signal.CPU, Signal.MEMORY, Signal.REQUESTS, Signal.INFLIGHT, Signal.LATENCY)
_MEASURES = tuple(
    measure for proxy in Proxy for measure in measures_of(proxy, wanted=_SIGNALS, services=["web"]).values()
)
_CONTAINER = {"com.docker.swarm.service.name": "web", "container_name": "web.1.web-task1", "host": "node-1"}
_BACKEND = {"proxy": "web", "sv": "BACKEND", "type": "backend", "host": "proxy-1", "server": "10.0.9.3:8404"}
_TRAEFIK = dict.fromkeys(("service", "url", "host"), "web@swarm")
_AT_MS = 1_772_366_400_000


def _answer(tags: dict[str, str], *columns: str) -> bytes:
    rows = [[_AT_MS + 5_000 * row, *(10.0 * row + place for place in range(len(columns)))] for row in range(4)]
    series = {"name": "x", "tags": tags, "columns": ["time", *columns], "values": rows}
    return json.dumps({"results": [{"statement_id": 0, "series": [series]}]}).encode()


SEEDS = {
    "containers": _answer(_CONTAINER, "usage_percent"),
    "memory": _answer(_CONTAINER, "usage"),
    "a proxy": _answer(_BACKEND, "stot", "scur", "rtime"),
    "histograms": _answer(_TRAEFIK, "sum", "count", "0.1", "0.3"),
    "an own query": _answer({}, "last"),
    "an error": b'{"results": [{"statement_id": 0, "error": "max-select-point limit exceeded"}]}',
    "nothing": b'{"results": [{"statement_id": 0}]}',
}


def look(data: bytes) -> None:
    """Read it as the answer to every question."""
    try:
        results = read_document(data).results or ()
    except msgspec.DecodeError:
        return
    for result in results:
        _read(result)


def _read(result: Result) -> None:
    own = read_own(result)
    if isinstance(own, tuple):
        _require_in_order(part for part in own if isinstance(part, Series))
    for measure in _MEASURES:
        if measure.shape is Shape.HISTOGRAMS:
            read_histograms(result, measure, {"web"})
            continue
        found = read_built_in(result, measure, {"web"})
        for series in found.values() if isinstance(found, dict) else ():
            _require_in_order(series)


def _require_in_order(found: Iterable[Series]) -> None:
    for series in found:
        assert len(series.at_epoch_s) == len(series.values) > 0
        assert all(before <= after for before, after in pairwise(series.at_epoch_s)), series
