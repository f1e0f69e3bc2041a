"""From the engine's JSON to the values of the core.

Only what is used is decoded, straight into typed structures, and what has not changed since the last look is not
decoded again. The engine leaves out what is zero or empty, and may learn new words; neither stops a tick. One thing
that cannot be read at all is left out and named in the log: what skep does not see, it does not touch.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import msgspec

from skep.adapters.foreign_json import foreign_json
from skep.adapters.swarm import wire
from skep.adapters.swarm.familiar import Familiar
from skep.adapters.swarm.nodes import read_node
from skep.adapters.swarm.services import read_service, with_tasks
from skep.adapters.swarm.tasks import SeenTask, may_have_container, read_task
from skep.core.cluster import Cluster, Node, Service
from skep.core.requirements import Plugin

__all__ = ["ClusterReader", "decode_join_token", "decode_node", "decode_nodes", "decode_occupants", "decode_service"]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Together:
    """A service as it stands in its own list, and the whole of it."""

    service: Service
    networks: tuple[Plugin, ...]
    whole: Service


class ClusterReader:
    """Reads the whole Swarm, look after look; what has not changed since the last one is the same value again."""

    def __init__(self) -> None:
        """Nothing is known yet."""
        self._services = Familiar(read_service)
        self._tasks = Familiar(read_task)
        self._nodes = Familiar(read_node)
        self._together: dict[str, _Together] = {}

    @foreign_json()
    def read(self, services: bytes, tasks: bytes, nodes: bytes) -> Cluster:
        """The Swarm from the answers to the list calls.

        Raises:
            msgspec.DecodeError: if one of them is no list of JSON objects.
        """
        seen = _by_service(self._tasks.read(tasks))
        together = [self._put_together(each, seen.get(each.id, ())) for each in self._services.read(services)]
        self._together = {each.service.id: each for each in together}
        return Cluster(services=tuple([each.whole for each in together]), nodes=tuple(self._nodes.read(nodes)))

    def _put_together(self, service: Service, seen: Sequence[SeenTask]) -> _Together:
        tasks = tuple([each.task for each in seen])
        networks = seen[0].networks if seen else ()
        before = self._together.get(service.id)
        if before is None or (before.service, before.networks, before.whole.tasks) != (service, networks, tasks):
            return _Together(service=service, networks=networks, whole=with_tasks(service, tasks, networks))
        return before


def _by_service(seen: Iterable[SeenTask | None]) -> Mapping[str, list[SeenTask]]:
    of: defaultdict[str, list[SeenTask]] = defaultdict(list)
    for each in seen:
        if each is not None:
            of[each.task.service_id].append(each)
    return of


@foreign_json()
def decode_service(body: bytes) -> Service:
    """One inspected service, without its swarm tasks.

    Raises:
        msgspec.DecodeError: if it cannot be read.
    """
    return read_service(body)


@foreign_json()
def decode_nodes(body: bytes) -> tuple[Node, ...]:
    """All listed nodes.

    Raises:
        msgspec.DecodeError: if it is no list of JSON objects.
    """
    return tuple(Familiar(read_node).read(body))


def labelled_alike(before: bytes, after: bytes) -> bool:
    """Whether two lists of nodes tell of the same nodes with the same labels.

    Raises:
        msgspec.DecodeError: if one of them is no list of JSON objects.
    """
    if before == after:
        return True
    first, second = ({node.id: node.labels for node in decode_nodes(body)} for body in (before, after))
    return first == second


@foreign_json()
def decode_node(body: bytes) -> Node:
    """One inspected node.

    Raises:
        msgspec.DecodeError: if it cannot be read.
    """
    return read_node(body)


@foreign_json()
def decode_occupants(body: bytes) -> int:
    """How many of the listed swarm tasks may still have a container.

    Raises:
        msgspec.DecodeError: if it is no list of JSON objects.
    """
    return sum(Familiar(may_have_container).read(body))


@foreign_json()
def decode_join_token(body: bytes) -> str:
    """The token by which workers join, out of the inspected Swarm.

    Raises:
        msgspec.DecodeError: if there is none.
    """
    return msgspec.json.decode(body, type=wire.Swarm).join_tokens.worker
