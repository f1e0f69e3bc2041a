"""A query of a label, for InfluxDB or Prometheus: one that only reads and names its service, or one sentence."""

from skep.config.own_query import read_own_query
from skep.config.prometheus_query import read_prometheus_query
from skep.config.units import UnitError

__all__ = ["SEEDS", "look"]

SEEDS = {
    "InfluxQL": b'SELECT mean("depth") FROM "queue" WHERE "service" = $service AND time > now() - 1m',
    "InfluxQL with all that can hide a statement": (
        b"SELECT last(x) FROM /q.*\\/x/ WHERE a = 'it\\'s' AND b = '$service' AND \"c\\\"\" =~ /\\$service/"
        b" AND time > now() - 90s GROUP BY time(10s), * fill(previous) LIMIT 1"
    ),
    "what writes": b"SELECT * INTO x FROM y; DROP DATABASE telegraf -- /* $service */",
    "PromQL": b'sum(rate(queue_depth{service=$service, x=~"a\\"b`"}[5m] offset 1m)) # $service',
}


def look(data: bytes) -> None:
    """Read it as both."""
    text = data.decode(errors="replace")
    try:
        query = read_own_query(text)
    except UnitError:
        pass
    else:
        assert query.upper().startswith("SELECT")
        assert "$service" in query
        assert ";" not in _without_literals(query)
    try:
        assert "$service" in read_prometheus_query(text)
    except UnitError:
        return


def _without_literals(query: str) -> str:
    """The statement up to the first mark that may begin a string, a name or a pattern, in which a semicolon is none."""
    return query[: min((at for mark in "'\"/" if (at := query.find(mark)) >= 0), default=len(query))]
