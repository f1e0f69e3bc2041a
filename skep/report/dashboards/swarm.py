"""The board of a Swarm: what its services do, what skep did about it, and how its nodes fare.

Names of measurements, tags and fields are Telegraf's, and those of the journal's database. Statements name their
database, so that either program may show both.
"""

from skep.core.metrics.backends import Proxy
from skep.report.dashboards.board import Annotation, Board, Cell, Kind, Statement, Unit, Variable

__all__ = ["swarm"]

_SERVICE_TAG = '"com.docker.swarm.service.name"'
_JOURNAL = '"skep".."skep_decisions"'
#: A journal's state is written every five minutes; one missed is no loss.
_LATELY = "time > now() - 11m"
_NOW = "time > now() - 2m"


def swarm(proxy: Proxy) -> Board:
    """The board, with the load as this proxy counts it."""
    return Board(
        key=f"skep-swarm-{proxy}",
        number=_NUMBERS[proxy],
        title=f"Swarm ({_TITLES[proxy]})",
        cells=(*_FIGURES, *_LOADS[proxy], *_REPLICAS, *_NODES, *_RECORD),
        variables=_VARIABLES,
        annotations=_ANNOTATIONS,
    )


_NUMBERS = {Proxy.HAPROXY: -7001, Proxy.TRAEFIK: -7002}
_TITLES = {Proxy.HAPROXY: "HAProxy", Proxy.TRAEFIK: "Traefik"}

_VARIABLES = (
    Variable(name="service", label="Services", database="telegraf", measurement="docker_swarm", tag="service_name"),
    Variable(name="node", label="Nodes", database="telegraf", measurement="mem", tag="host"),
)

_ANNOTATIONS = (
    Annotation(
        name="Scalings",
        statement=Statement(
            text=f'SELECT "sentence", "service", "by" FROM {_JOURNAL} WHERE "kind" = \'changed\''
            ' AND "service" =~ /^({service})$/ AND {time}'
        ),
        text="sentence",
        tags=("service", "by"),
    ),
)

# --- six figures ----------------------------------------------------------------------------------------------------


def _figure(place: int, name: str, text: str, *, note: str = "") -> Cell:
    return Cell(
        name=name,
        kind=Kind.NUMBER,
        unit=Unit.COUNT,
        statements=(Statement(text=text),),
        x=place * 2,
        y=0,
        width=2,
        height=2,
        note=note,
    )


def _latest_states(field: str, taken: str) -> str:
    """``taken`` over the latest state of every service that skep looks after."""
    return (
        f'SELECT {taken}("{field}") AS "services" FROM (SELECT last("{field}") AS "{field}" FROM {_JOURNAL}'
        f' WHERE "kind" = \'state\' AND {_LATELY} GROUP BY "service")'
    )


_FIGURES = (
    _figure(0, "Services managed", _latest_states("new", "count"), note="Services with skep.enable, in 11 minutes."),
    _figure(
        1,
        "Scalings in an hour",
        f'SELECT count("new") AS "scalings" FROM {_JOURNAL} WHERE "kind" = \'changed\' AND time > now() - 1h',
    ),
    _figure(2, "Services at their max", _latest_states("at_max", "sum"), note="The load may want more than they may."),
    _figure(3, "Services with a gap", _latest_states("blind", "sum"), note="At least one metric has no value."),
    _figure(
        4,
        "Swarm tasks missing",
        'SELECT sum("desired") - sum("running") AS "missing" FROM (SELECT last("tasks_desired") AS "desired",'
        f' last("tasks_running") AS "running" FROM "telegraf".."docker_swarm" WHERE {_NOW} GROUP BY "service_id")',
        note="Desired and not running: pending, starting, or failing.",
    ),
    _figure(
        5,
        "Nodes reporting",
        'SELECT count("idle") AS "nodes" FROM (SELECT last("usage_idle") AS "idle" FROM "telegraf".."cpu"'
        f' WHERE "cpu" = \'cpu-total\' AND {_NOW} GROUP BY "node_id")',
    ),
)

# --- graphs ---------------------------------------------------------------------------------------------------------


def _graph(
    name: str,
    unit: Unit,
    *statements: Statement,
    at: tuple[int, int],
    width: int = 4,
    kind: Kind = Kind.LINES,
    note: str = "",
) -> Cell:
    x, y = at
    return Cell(name=name, kind=kind, unit=unit, statements=statements, x=x, y=y, width=width, height=4, note=note)


def _summed(inner: str, *, field: str, source: str, condition: str, by: str, apart: str) -> str:
    """``inner`` of each source by itself, then the sum over all that share the tag ``by``."""
    return (
        f'SELECT sum("{field}") AS "{field}" FROM (SELECT {inner} AS "{field}" FROM "telegraf".."{source}"'
        f" WHERE {condition} AND {{time}} GROUP BY time({{every}}), {by}, {apart})"
        f" WHERE {{time}} GROUP BY time({{every}}), {by} fill(none)"
    )


# docker-flow-proxy puts more behind the name of the service, and perhaps something before it.
_BACKENDS = '"type" = \'backend\' AND "proxy" =~ /^(https-)?({service})(-be[0-9]+_[0-9]+)?$/'
_HAPROXY = (
    _graph(
        "Requests",
        Unit.PER_SECOND,
        Statement(
            text=_summed(
                'non_negative_derivative(last("stot"), 1s)',
                field="requests",
                source="haproxy",
                condition=_BACKENDS,
                by='"proxy"',
                apart='"server", "host"',
            ),
            alias="{proxy}",
        ),
        at=(0, 2),
    ),
    _graph(
        "In flight",
        Unit.COUNT,
        Statement(
            text=_summed(
                'mean("scur")',
                field="inflight",
                source="haproxy",
                condition=_BACKENDS,
                by='"proxy"',
                apart='"server", "host"',
            ),
            alias="{proxy}",
        ),
        at=(4, 2),
        note="Requests in flight or queued, as HAProxy counts them at the moment it is asked.",
    ),
    _graph(
        "Response time",
        Unit.MILLISECONDS,
        Statement(
            text=f'SELECT mean("rtime") AS "response" FROM "telegraf".."haproxy" WHERE {_BACKENDS} AND {{time}}'
            ' GROUP BY time({every}), "proxy" fill(none)',
            alias="{proxy}",
        ),
        at=(8, 2),
        note="The mean of the last 1,024 requests of each backend: without new ones it does not move.",
    ),
)

_TRAEFIK_SERVICES = '"service" =~ /^({service})@/'
_TRAEFIK_APART = '"code", "method", "protocol", "url", "host"'
_DURATIONS = "traefik_service_request_duration_seconds"
_TRAEFIK = (
    _graph(
        "Requests",
        Unit.PER_SECOND,
        Statement(
            text=_summed(
                'non_negative_derivative(last("counter"), 1s)',
                field="requests",
                source="traefik_service_requests_total",
                condition=_TRAEFIK_SERVICES,
                by='"service"',
                apart=_TRAEFIK_APART,
            ),
            alias="{service}",
        ),
        at=(0, 2),
    ),
    _graph(
        "In flight (derived: rate x mean duration)",
        Unit.COUNT,
        Statement(
            text=_summed(
                'non_negative_derivative(last("sum"), 1s)',
                field="inflight",
                source=_DURATIONS,
                condition=_TRAEFIK_SERVICES,
                by='"service"',
                apart=_TRAEFIK_APART,
            ),
            alias="{service}",
        ),
        at=(4, 2),
        note="Traefik has no such figure of a service. Seconds spent per second are the requests in flight on average;"
        " a request counts when it ends.",
    ),
    _graph(
        "Response time",
        Unit.SECONDS,
        Statement(
            text='SELECT sum("spent") / sum("done") AS "response" FROM (SELECT'
            ' non_negative_difference(last("sum")) AS "spent", non_negative_difference(last("count")) AS "done"'
            f' FROM "telegraf".."{_DURATIONS}" WHERE {_TRAEFIK_SERVICES} AND {{time}}'
            f' GROUP BY time({{every}}), "service", {_TRAEFIK_APART}) WHERE {{time}}'
            ' GROUP BY time({every}), "service" fill(none)',
            alias="{service}",
        ),
        at=(8, 2),
        note="The mean of the requests that ended in each step.",
    ),
)
_LOADS = {Proxy.HAPROXY: _HAPROXY, Proxy.TRAEFIK: _TRAEFIK}

_CONTAINERS = f"{_SERVICE_TAG} =~ /^({{service}})$/"
_REPLICAS = (
    _graph(
        "Replicas: desired, running, and what skep set",
        Unit.COUNT,
        Statement(
            text='SELECT last("tasks_desired") AS "desired", last("tasks_running") AS "running"'
            ' FROM "telegraf".."docker_swarm" WHERE "service_name" =~ /^({service})$/ AND {time}'
            ' GROUP BY time({every}), "service_name" fill(none)',
            alias="{service_name} {col}",
        ),
        Statement(
            text=f'SELECT last("new") AS "set" FROM {_JOURNAL} WHERE "kind" = \'changed\''
            ' AND "service" =~ /^({service})$/ AND {time} GROUP BY time({every}), "service" fill(none)',
            alias="{service} set by skep",
        ),
        at=(0, 6),
        kind=Kind.STEPS,
    ),
    _graph(
        "CPU",
        Unit.CORES,
        Statement(
            text=_summed(
                'mean("usage_percent") / 100',
                field="cores",
                source="docker_container_cpu",
                condition=f"\"cpu\" = 'cpu-total' AND {_CONTAINERS}",
                by=_SERVICE_TAG,
                apart='"container_name"',
            ),
            alias="{com.docker.swarm.service.name}",
        ),
        at=(4, 6),
        note="All replicas together, in cores: Telegraf does not know the limits of a service.",
    ),
    _graph(
        "Memory, of the limit",
        Unit.PERCENT,
        Statement(
            text='SELECT mean("usage_percent") AS "used" FROM "telegraf".."docker_container_mem"'
            f" WHERE {_CONTAINERS} AND {{time}} GROUP BY time({{every}}), {_SERVICE_TAG} fill(none)",
            alias="{com.docker.swarm.service.name}",
        ),
        at=(8, 6),
        note="The mean of the replicas; of the whole node where a service has no limit.",
    ),
)

_ON_NODES = '"host" =~ /^({node})$/ AND {time}'
_BY_NODE = 'GROUP BY time({every}), "host", "node_id" fill(none)'
_NODES = (
    _graph(
        "CPU of nodes",
        Unit.PERCENT,
        Statement(
            text='SELECT 100 - mean("usage_idle") AS "used" FROM "telegraf".."cpu" WHERE "cpu" = \'cpu-total\''
            f" AND {_ON_NODES} {_BY_NODE}",
            alias="{host}",
        ),
        at=(0, 10),
        width=3,
    ),
    _graph(
        "Memory of nodes",
        Unit.PERCENT,
        Statement(
            text='SELECT 100 - mean("available_percent") AS "used" FROM "telegraf".."mem"'
            f" WHERE {_ON_NODES} {_BY_NODE}",
            alias="{host}",
        ),
        at=(3, 10),
        width=3,
    ),
    _graph(
        "Pressure on nodes",
        Unit.PERCENT,
        Statement(
            text='SELECT max("avg10") AS "waiting" FROM "telegraf".."pressure" WHERE "type" = \'some\''
            f' AND {_ON_NODES} GROUP BY time({{every}}), "host", "resource" fill(none)',
            alias="{host} {resource}",
        ),
        at=(6, 10),
        width=3,
        note="The share of the last ten seconds in which something waited for it (PSI, from kernel 4.20 on).",
    ),
    _graph(
        "Disks, used",
        Unit.PERCENT,
        Statement(
            text=f'SELECT max("used_percent") AS "used" FROM "telegraf".."disk" WHERE {_ON_NODES}'
            ' GROUP BY time({every}), "host", "path" fill(none)',
            alias="{host} {path}",
        ),
        at=(9, 10),
        width=3,
    ),
    _graph(
        "Disk operations of nodes",
        Unit.PER_SECOND,
        Statement(
            text='SELECT sum("iops") AS "iops" FROM (SELECT non_negative_derivative(last("reads"), 1s)'
            ' + non_negative_derivative(last("writes"), 1s) AS "iops" FROM "telegraf".."diskio"'
            ' WHERE "name" =~ /^((s|v|xv)d[a-z]+|nvme[0-9]+n[0-9]+|mmcblk[0-9]+)$/'
            f' AND {_ON_NODES} GROUP BY time({{every}}), "host", "name") WHERE {{time}}'
            ' GROUP BY time({every}), "host" fill(none)',
            alias="{host}",
        ),
        at=(0, 14),
        note="Whole disks; partitions would count twice.",
    ),
    _graph(
        "Containers",
        Unit.COUNT,
        Statement(
            text='SELECT sum("running") AS "running", sum("stopped") AS "stopped" FROM (SELECT'
            ' last("n_containers_running") AS "running", last("n_containers_stopped") AS "stopped"'
            f' FROM "telegraf".."docker" WHERE {_ON_NODES} GROUP BY time({{every}}), "node_id")'
            " WHERE {time} GROUP BY time({every}) fill(none)",
            alias="{col}",
        ),
        at=(4, 14),
        note="On all nodes together.",
    ),
    _graph(
        "Network of nodes",
        Unit.BYTES_PER_SECOND,
        Statement(
            text='SELECT sum("bytes") AS "bytes" FROM (SELECT non_negative_derivative(last("rx_bytes"), 1s)'
            ' + non_negative_derivative(last("tx_bytes"), 1s) AS "bytes" FROM "telegraf".."docker_container_net"'
            f' WHERE "network" = \'total\' AND {_ON_NODES} GROUP BY time({{every}}), "host", "container_name")'
            ' WHERE {time} GROUP BY time({every}), "host" fill(none)',
            alias="{host}",
        ),
        at=(8, 14),
        note="Of all containers, received and sent.",
    ),
)

# --- what skep did --------------------------------------------------------------------------------------------------


def _entries(name: str, kinds: str, *, x: int, width: int) -> Cell:
    return Cell(
        name=name,
        kind=Kind.TABLE,
        unit=Unit.COUNT,
        statements=(
            Statement(
                text=f'SELECT "service", "old", "new", "actor", "sentence" FROM {_JOURNAL} WHERE {kinds}'
                ' AND "service" =~ /^({service})$/ AND {time} ORDER BY time DESC LIMIT 100'
            ),
        ),
        x=x,
        y=18,
        width=width,
        height=5,
    )


_RECORD = (
    _entries("What was scaled", "\"kind\" = 'changed'", x=0, width=6),
    _entries(
        "What was held back, refused, ordered, or done by others",
        "(\"kind\" = 'held' OR \"kind\" = 'refused' OR \"kind\" = 'ordered' OR \"kind\" = 'outside')",
        x=6,
        width=6,
    ),
)
