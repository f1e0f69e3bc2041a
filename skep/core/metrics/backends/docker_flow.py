"""docker-flow-proxy: a backend is named after its service, with the port and a number behind it."""

import re

__all__ = ["service_of_docker_flow_backend"]

_SUFFIX = re.compile(r"-be\d+_\d+$", re.ASCII)
_HTTPS_PREFIX = "https-"


def service_of_docker_flow_backend(backend: str) -> str | None:
    """The name of the service, or ``None`` where the backend's name is not of docker-flow-proxy's form.

    It names one ``<service>-be<port>_<n>``, with ``https-`` before it for HTTPS ports. A service with several
    destinations has several backends, whose loads add up. With the label ``com.df.aclName`` that name stands in the
    service's place, and nothing here can tell whose it is.
    """
    match = _SUFFIX.search(backend)
    if match is None or match.start() == 0:
        return None
    return backend[: match.start()].removeprefix(_HTTPS_PREFIX) or None
