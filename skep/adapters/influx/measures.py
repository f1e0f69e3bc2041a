"""Where Telegraf writes each built-in signal, and how it comes out in base units: a measure for each.

Several signals may come of one measure: Traefik's histograms of durations tell both how long requests took and how
many were in flight.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum

from skep.adapters.influx.patterns import pattern_of
from skep.core.metrics.backends import Proxy
from skep.core.metrics.backends.haproxy import service_of_backend
from skep.core.metrics.backends.traefik import PROVIDERS, services_by_traefik_name
from skep.core.policy import Signal

__all__ = ["Measure", "Shape", "Tags", "measures_of"]

#: Tags of one group of points; absent or ``None`` where the points have no such tag.
Tags = Mapping[str, str | None]


class Shape(StrEnum):
    """What the points of a measure are."""

    SERIES = "series"
    HISTOGRAMS = "histograms"


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """What answers one signal, or several, for all services.

    Attributes:
        field: the field of a series.
        condition: what else must hold of the points.
        tags: what points are grouped by.
        service_of: the service a group belongs to; empty if none.
        source_of: the series within the service; empty if it cannot be told.
        filter_by_names: the condition that leaves the groups of these services, and perhaps a few more.
        divisor: stored value over base unit.
        offset: added to what comes out of that.
        selected: what is selected, where that is more than the field.
    """

    measurement: str
    field: str
    condition: str | None
    tags: tuple[str, ...]
    service_of: Callable[[Tags], str]
    source_of: Callable[[Tags], str]
    filter_by_names: Callable[[Collection[str]], str]
    divisor: float = 1.0
    offset: float = 0.0
    shape: Shape = Shape.SERIES
    selected: str = ""

    @property
    def columns(self) -> str:
        """What stands behind SELECT."""
        return self.selected or f'"{self.field}"'


def measures_of(proxy: Proxy, *, wanted: Collection[Signal], services: Collection[str]) -> Mapping[Signal, Measure]:
    """By signal, for one evaluation.

    Args:
        proxy: whose figures tell what clients ask for.
        wanted: the signals that will be asked for; more is selected for some.
        services: names of the services; Traefik's names are told apart by them.
    """
    if proxy is Proxy.HAPROXY:
        return {**_NODES, **_CONTAINERS, **_HAPROXY}
    return {**_NODES, **_CONTAINERS, **_traefik(services, has_buckets=Signal.LATENCY in wanted)}


# --- containers -----------------------------------------------------------------------------------------------------

_SERVICE = "com.docker.swarm.service.name"
_TASK = "com.docker.swarm.task.id"
_CONTAINER = "container_name"


def _by_service(names: Collection[str]) -> str:
    return f'"{_SERVICE}" =~ /^(?:{pattern_of(names)})$/'


def _task_id(tags: Tags) -> str:
    """By its own tag where Telegraf was told to include it, else the last part of ``<service>.<slot>.<task id>``."""
    return tags.get(_TASK) or (tags.get(_CONTAINER) or "").rpartition(".")[2]


def _service_of_container(tags: Tags) -> str:
    return tags.get(_SERVICE) or ""


def _container_measure(measurement: str, field: str, *, condition: str | None = None, divisor: float = 1.0) -> Measure:
    return Measure(
        measurement=measurement,
        field=field,
        condition=condition,
        tags=(_SERVICE, _CONTAINER, _TASK),
        service_of=_service_of_container,
        source_of=_task_id,
        filter_by_names=_by_service,
        divisor=divisor,
    )


#: ``usage_percent`` is 100 for one full core, whatever the limit.
_CONTAINERS: Mapping[Signal, Measure] = {
    Signal.CPU: _container_measure(
        "docker_container_cpu", "usage_percent", condition="\"cpu\" = 'cpu-total'", divisor=100.0
    ),
    Signal.MEMORY: _container_measure("docker_container_mem", "usage"),
}

# --- nodes ----------------------------------------------------------------------------------------------------------

_HOST = "host"


def _by_host(names: Collection[str]) -> str:
    return f'"{_HOST}" =~ /^(?:{pattern_of(names)})$/'


def _node(tags: Tags) -> str:
    return tags.get(_HOST) or ""


def _node_measure(
    measurement: str, field: str, *, condition: str | None = None, divisor: float, offset: float = 0.0
) -> Measure:
    """What Telegraf measures on the node that it runs on, told by its tag ``host``."""
    return Measure(
        measurement=measurement,
        field=field,
        condition=condition,
        tags=(_HOST,),
        service_of=_node,
        source_of=_node,
        filter_by_names=_by_host,
        divisor=divisor,
        offset=offset,
    )


#: A node tells how much of its processors is idle, in percent.
_NODES: Mapping[Signal, Measure] = {
    Signal.NODE_CPU: _node_measure("cpu", "usage_idle", condition="\"cpu\" = 'cpu-total'", divisor=-100.0, offset=1.0),
    Signal.NODE_MEMORY: _node_measure("mem", "used_percent", divisor=100.0),
}

# --- HAProxy --------------------------------------------------------------------------------------------------------


def _by_backend(names: Collection[str]) -> str:
    """Wider than ``service_of_backend``, which has the last word on what belongs to whom."""
    return f'"proxy" =~ /^(?:https-)?(?:{pattern_of(names)})(?:-be[0-9]+_[0-9]+)?$/'


def _proxy_instance(tags: Tags) -> str:
    return "/".join(tags.get(tag) or "" for tag in ("host", "server", "proxy"))


def _service_of_proxy(tags: Tags) -> str:
    return service_of_backend(tags.get("proxy") or "")


def _backend_measure(field: str, *, divisor: float = 1.0) -> Measure:
    """A field of HAProxy's backend rows alone: frontends and servers count the same requests once more."""
    return Measure(
        measurement="haproxy",
        field=field,
        condition="\"type\" = 'backend'",
        tags=("proxy", "server", "host"),
        service_of=_service_of_proxy,
        source_of=_proxy_instance,
        filter_by_names=_by_backend,
        divisor=divisor,
    )


#: ``stot`` counts requests on a backend, ``scur`` those in flight or queued there, and ``rtime`` is their mean time
#: until the answer begins, in milliseconds.
_HAPROXY: Mapping[Signal, Measure] = {
    Signal.REQUESTS: _backend_measure("stot"),
    Signal.INFLIGHT: _backend_measure("scur"),
    Signal.LATENCY: _backend_measure("rtime", divisor=1000.0),
}

# --- Traefik, by Telegraf's prometheus input in its first layout -----------------------------------------------------

_TRAEFIK_TAGS = ("service", "code", "method", "protocol", "url", "host")
_DURATIONS = "traefik_service_request_duration_seconds"
_WITHOUT_BUCKETS = '"sum", "count"'
_WITH_BUCKETS = r"/^(?:sum|count|[0-9.e+-]+)$/"


def _traefik(services: Collection[str], *, has_buckets: bool) -> Mapping[Signal, Measure]:
    owners = services_by_traefik_name(services)

    def measure(measurement: str, field: str, *, shape: Shape = Shape.SERIES, selected: str = "") -> Measure:
        return Measure(
            measurement=measurement,
            field=field,
            condition=None,
            tags=_TRAEFIK_TAGS,
            service_of=lambda tags: owners.get(tags.get("service") or "", ""),
            source_of=_traefik_instance,
            filter_by_names=_by_traefik_name,
            shape=shape,
            selected=selected,
        )

    selected = _WITH_BUCKETS if has_buckets else _WITHOUT_BUCKETS
    durations = measure(_DURATIONS, "sum", shape=Shape.HISTOGRAMS, selected=selected)
    return {
        Signal.REQUESTS: measure("traefik_service_requests_total", "counter"),
        Signal.INFLIGHT: durations,
        Signal.LATENCY: durations,
    }


def _by_traefik_name(names: Collection[str]) -> str:
    known = {name.rpartition("@")[0] for name in services_by_traefik_name(names)}
    return f'"service" =~ /^(?:{pattern_of(sorted(known))})@(?:{pattern_of(PROVIDERS)})$/'


def _traefik_instance(tags: Tags) -> str:
    return " ".join(tags.get(tag) or "" for tag in ("url", "host", "service", "method", "protocol", "code"))
