"""Plain HAProxy: a backend is named after its service."""

from skep.core.metrics.backends.docker_flow import service_of_docker_flow_backend

__all__ = ["service_of_backend"]


def service_of_backend(backend: str) -> str:
    """The name of the service that an HAProxy backend leads to.

    Plain HAProxy as skep ships it names a backend after its service, letter by letter: whatever Docker allows in the
    name of a service, HAProxy allows in that of a backend. A name of docker-flow-proxy's form is read as one of its.
    """
    return service_of_docker_flow_backend(backend) or backend
