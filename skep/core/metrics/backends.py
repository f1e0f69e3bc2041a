"""Which Swarm service a proxy's backend belongs to."""

import re

__all__ = ["service_of_backend"]

_DOCKER_FLOW_SUFFIX = re.compile(r"-be\d+_\d+$")
_DOCKER_FLOW_HTTPS_PREFIX = "https-"


def service_of_backend(backend: str) -> str:
    """The name of the service that an HAProxy backend leads to.

    Plain HAProxy as skep ships it names a backend after its service. docker-flow-proxy names it
    ``<service>-be<port>_<n>``, with ``https-`` before it for HTTPS ports; a service with several destinations
    has several backends, whose loads add up.
    """
    match = _DOCKER_FLOW_SUFFIX.search(backend)
    if match is None:
        return backend
    return backend[: match.start()].removeprefix(_DOCKER_FLOW_HTTPS_PREFIX)
