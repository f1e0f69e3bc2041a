"""Traefik: what it calls a service is named by a label, or by itself after the Swarm service, in letters it likes."""

import re
from collections import Counter
from collections.abc import Collection, Mapping

__all__ = ["PROVIDERS", "normalized", "services_by_traefik_name"]

#: Behind the ``@``: the provider for Swarm services, and the one of Traefik 2 and of plain containers.
PROVIDERS = ("swarm", "docker")


def services_by_traefik_name(services: Collection[str]) -> Mapping[str, str]:
    """What Traefik may call these services, and whose each of those names is.

    A service is found under its own name, where the label ``traefik.http.services.<name>.loadbalancer.server.port``
    was written with it, and under the name that Traefik gives where no label does: every run of other characters
    than letters and digits becomes a hyphen, so that ``shop_web`` is ``shop-web``.

    Where two services come to the same name by that rule, it belongs to whose own name it is, else to none of them:
    requests of one must not be counted for another.
    """
    by_rule = Counter(normalized(service) for service in services)
    names = {normalized(service): service for service in services if by_rule[normalized(service)] == 1}
    names |= {service: service for service in services}
    return {f"{name}@{provider}": service for name, service in names.items() for provider in PROVIDERS}


def normalized(service: str) -> str:
    """The name that Traefik makes of a service's (its source: ``provider.Normalize``)."""
    return "-".join(run for run in _OTHER.split(service) if run)


_OTHER = re.compile(r"[\W_]+")
