"""Which Swarm service a proxy's figures belong to: one mapping per proxy, since each has names of its own."""

from enum import StrEnum

__all__ = ["Proxy"]


class Proxy(StrEnum):
    """The reverse proxy whose figures tell what clients ask for.

    ``HAPROXY`` is plain HAProxy as well as docker-flow-proxy, which is one inside.
    """

    HAPROXY = "haproxy"
    TRAEFIK = "traefik"
