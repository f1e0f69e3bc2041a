"""What comes through to an engine: tried with names that nobody has, so that nothing is changed."""

from collections.abc import Iterator
from datetime import timedelta

from skep.adapters.swarm.engine import Engine
from skep.core.checkup import EngineFacts, Permission

__all__ = ["DockerInspection"]

_TIMEOUT = timedelta(seconds=5)

#: No service and no node is called so: whatever comes through to the engine finds nothing.
_NOBODY = "skep.nobody"
_VERSION_OF_NOBODY = "?version=1"
#: An answer without anything in it is the smallest.
_NAMED_SO = '?filters={"name":["skep.nobody"]}'

_NEEDED = (
    ("GET", "/services", _NAMED_SO, "see services"),
    ("GET", f"/services/{_NOBODY}", "", "read a service before it changes it"),
    ("GET", "/tasks", _NAMED_SO, "see swarm tasks"),
    ("GET", "/nodes", _NAMED_SO, "see nodes"),
    ("POST", f"/services/{_NOBODY}/update", _VERSION_OF_NOBODY, "scale services"),
    ("POST", f"/nodes/{_NOBODY}/update", _VERSION_OF_NOBODY, "drain nodes"),
    ("DELETE", f"/nodes/{_NOBODY}", "", "remove nodes that are gone"),
)
#: Reading is enough to tell: who lists containers and secrets has a proxy that was not made for skep.
_NEEDLESS = (("GET", "/containers/json", "?limit=1"), ("GET", "/secrets", ""), ("GET", "/configs", ""))


class DockerInspection:
    """Implements :class:`skep.ports.Inspection`."""

    def __init__(self, endpoint: str | None = None, *, timeout: timedelta = _TIMEOUT) -> None:
        """Keep how to reach the engine; nothing is sent yet."""
        self._engine = Engine(endpoint, timeout=timeout)

    def look(self) -> EngineFacts:
        """As :meth:`skep.ports.Inspection.look` says."""
        version, api_version = self._engine.versions()
        return EngineFacts(
            endpoint=self._engine.endpoint,
            version=version,
            api_version=api_version,
            permissions=tuple(self._permissions()),
        )

    def _permissions(self) -> Iterator[Permission]:
        for method, path, query, purpose in _NEEDED:
            is_given = self._engine.lets_through(method, f"{path}{query}")
            yield Permission(request=_shown(method, path), purpose=purpose, is_given=is_given)
        for method, path, query in _NEEDLESS:
            is_given = self._engine.lets_through(method, f"{path}{query}")
            yield Permission(request=_shown(method, path), purpose="", is_given=is_given)


def _shown(method: str, path: str) -> str:
    return f"{method} {path.replace(_NOBODY, '…')}"
