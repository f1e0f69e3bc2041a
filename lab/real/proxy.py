"""The configuration of the lab's HAProxy: one backend per Swarm service, its servers found by Docker's DNS."""

from __future__ import annotations

from collections.abc import Sequence

PORT = 8080
STATS_PORT = 8404
STATS_PATH = "/stats;csv"

# At least the most replicas a demo service may have.
_SLOTS = 30

_HEAD = """\
global
    maxconn 4000
    nbthread 1

resolvers docker
    nameserver engine 127.0.0.11:53
    # The names of more than about 30 replicas do not fit into the 512 bytes of plain DNS.
    accepted_payload_size 8192
    # Ask each second: Docker takes a stopping swarm task out of its DNS two seconds before it sends SIGTERM.
    timeout resolve 1s
    timeout retry   1s
    resolve_retries 3
    hold valid      1s
    # An address that is gone from the answer is gone: no new request goes there, those in flight end in peace.
    hold obsolete   0s
    # No answer, or an error, says nothing about the replicas: go on with those known.
    hold timeout    30s
    hold refused    30s
    hold other      30s
    hold nx         5s

defaults
    mode http
    timeout connect 3s
    timeout client  65s
    timeout server  65s
    timeout queue   30s
    # What is retried: a connection that could not be made, at another replica. A replica is in the DNS a moment before
    # its program listens, and so may several be. A request that was sent is never repeated.
    retries 10
    option redispatch 1

frontend stats
    bind :{stats_port}
    http-request use-service prometheus-exporter if {{ path /metrics }}
    stats enable
    stats uri /stats

frontend web
    bind :{port}
{routes}
    default_backend {first}
"""

_ROUTE = "    use_backend {service} if {{ hdr(host) -i {service} }}"

_BACKEND = """
backend {service}
    balance leastconn
    # A check is a connection and no request: it asks whether the program listens. A request would ask whether it is
    # quick, and under full load all replicas would be taken for ill at once.
    default-server inter 1s fastinter 500ms downinter 500ms fall 3 rise 1
    # A refused request says the same at once: the replica does not listen yet, and gets nothing until its check passes.
    default-server observe layer4 error-limit 1 on-error mark-down
    server-template web 1-{slots} tasks.{service}:8000 check resolvers docker resolve-prefer ipv4 init-addr none
"""


def configuration(services: Sequence[str]) -> str:
    """The whole configuration for `services`, named as Swarm names them (`demo_web`).

    The first one gets every request whose Host header is not the name of another.
    """
    routes = "\n".join(_ROUTE.format(service=service) for service in services)
    head = _HEAD.format(port=PORT, stats_port=STATS_PORT, routes=routes, first=services[0])
    return head + "".join(_BACKEND.format(service=service, slots=_SLOTS) for service in services)
