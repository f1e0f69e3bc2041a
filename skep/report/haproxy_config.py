"""A configuration of plain HAProxy for the services of a Swarm, whose replicas it finds by Docker's DNS.

Scaling changes only what DNS answers. So nothing is reloaded, no counter starts over, and each replica has a row of its
own in the statistics. A backend is named as skep reads it back: after its service, or in docker-flow-proxy's form where
a service has several destinations.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from skep.config.routes import Route

__all__ = ["haproxy_config"]

_HEAD = """\
# Made by `skep haproxy`; make it anew when a service comes, goes, or changes its labels. Runs on HAProxy 2.6 and later.

global
    log stdout format raw local0 info
    maxconn 4000
    # Asked to stop, it lets requests end, but not longer than its container lives.
    hard-stop-after 55s

resolvers docker
    nameserver engine 127.0.0.11:53
    # The names of more than about 30 replicas do not fit into the 512 bytes of plain DNS.
    accepted_payload_size 8192
    # Each second: Docker takes a stopping swarm task out of its DNS a moment before it tells it to stop.
    timeout resolve 1s
    timeout retry   1s
    resolve_retries 3
    hold valid      1s
    # An address that is gone from the answer is gone; requests in flight there end in peace.
    hold obsolete   0s
    # No answer, or an error, says nothing about the replicas: go on with those known.
    hold timeout    30s
    hold refused    30s
    hold other      30s
    hold nx         5s

defaults
    mode http
    log global
    option httplog
    option dontlog-normal
    option forwardfor
    timeout http-request    10s
    timeout http-keep-alive 30s
    timeout connect 3s
    timeout client  65s
    timeout server  65s
    timeout queue   30s
    # What is repeated: a connection that could not be made, at another replica; never a request that was sent.
    retries 5
    option redispatch 1

# For Telegraf and the health check; not published.
frontend statistics
    bind :8404
    http-request return status 200 content-type text/plain string "alive" if { path /alive }
    stats enable
    stats uri /stats

frontend web
    bind :8080
"""


def haproxy_config(routes: Sequence[Route]) -> str:
    """The whole configuration; what no route asks for is answered with 404."""
    lines = [_HEAD.rstrip(), *_rules(routes)]
    for backend, same in groupby(sorted(routes, key=_backend), key=_backend):
        lines += ["", f"backend {backend}", *_servers(next(same))]
    lines += [
        "",
        f"backend {_NOBODY}",
        '    http-request return status 404 content-type text/plain string "no service for this address"',
    ]
    return "\n".join(lines) + "\n"


#: No service can have this name.
_NOBODY = "no:service"


def _rules(routes: Iterable[Route]) -> Iterator[str]:
    """The more a route says, the earlier it is asked: a domain before none, the longer path before the shorter."""
    rules = [
        (domain, path, _backend(route))
        for route in routes
        for domain in route.domains or ("",)
        for path in route.paths or ("",)
    ]
    for domain, path, backend in sorted(rules, key=_rank):
        yield " ".join((f"    use_backend {backend} if", *_conditions(domain, path)))
    yield f"    default_backend {_NOBODY}"


def _rank(rule: tuple[str, str, str]) -> tuple[bool, bool, int, int, tuple[str, str, str]]:
    domain, path, _ = rule
    return not domain, domain.startswith("*"), -len(domain), -len(path), rule


def _conditions(domain: str, path: str) -> Iterator[str]:
    host = "req.hdr(host),field(1,:),lower"
    if domain.startswith("*"):
        yield f"{{ {host} -m end {domain.removeprefix('*')} }}"
    elif domain:
        yield f"{{ {host} {domain} }}"
    if path:
        yield f"{{ path_beg {path} }}"


def _backend(route: Route) -> str:
    return route.service if route.number is None else f"{route.service}-be{route.port}_{route.number}"


def _servers(route: Route) -> Iterator[str]:
    yield "    balance leastconn"
    # More than it may grow to: while a node is emptied some run twice.
    slots = route.most_replicas + max(2, route.most_replicas // 4)
    yield (
        f"    server-template replica- {slots} tasks.{route.service}:{route.port}"
        " check resolvers docker resolve-prefer ipv4 init-addr none"
    )
