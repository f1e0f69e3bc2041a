"""Filling a node that has just joined: replicas move there one by one, because Swarm moves nothing by itself.

A service gets one replica more, which Swarm puts on the node that has fewest of it, and then one less, which Swarm
takes from the node that has most: tried on a real Swarm, 2/2/2/0 becomes 2/1/2/1 with one start and one stop. It works
where the difference is at least two; otherwise Swarm would take back what it has just started.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from skep.core.capacity.breaker import halt
from skep.core.capacity.loads import loads, unknown
from skep.core.capacity.needs import need
from skep.core.capacity.node_room import NodeRoom
from skep.core.capacity.room import Room
from skep.core.capacity.shrinking import fullest
from skep.core.capacity.situation import Situation
from skep.core.capacity.spreading import spread
from skep.core.capacity.terms import UNSAID
from skep.core.capacity.vetoes.local_data import keeps_data
from skep.core.cluster import Node, RestartCondition, Service, ServiceMode, UpdateState

__all__ = ["Move", "rebalance"]

_AT_REST = frozenset({UpdateState.NONE, UpdateState.COMPLETED, UpdateState.ROLLBACK_COMPLETED})
#: With less between the fullest node and the emptiest, a replica more and one less change nothing.
_LEAST_DIFFERENCE = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """One replica of a service that should run on another node.

    Attributes:
        to_node_id: where Swarm would start one more.
        from_node_ids: the nodes from one of which it would take one away then.
        sentence: for an operator.
    """

    service_id: str
    service_name: str
    to_node_id: str
    from_node_ids: tuple[str, ...]
    sentence: str


def rebalance(situation: Situation, onto: Sequence[str], *, most: int, busy: Iterable[str] = ()) -> tuple[Move, ...]:
    """Which replicas should move onto nodes that have room, the most useful first.

    Args:
        situation: what is known; services are handled by their terms, as when a node is emptied.
        onto: ids of the nodes to fill.
        most: how many moves are left in the budget.
        busy: ids of services of which something is being moved already.
    """
    if most <= 0 or halt(situation.cluster.nodes, situation.gone) is not None:
        return ()
    return _Rebalancing(situation, onto, busy).moves(most)


class _Rebalancing:
    """One calculation: replicas are moved one after the other in the same room."""

    def __init__(self, situation: Situation, onto: Sequence[str], busy: Iterable[str]) -> None:
        nodes = sorted(situation.cluster.nodes, key=lambda node: (node.hostname, node.id))
        self._situation = situation
        self._room = Room(nodes, situation.cluster.services)
        self._loads = loads(situation)
        left_alone = set(busy) | {want.service.id for want in situation.wants}
        self._services = [
            service
            for service in sorted(situation.cluster.services, key=lambda service: service.name)
            if service.id not in left_alone and _may_move(service, situation)
        ]
        found = (self._room.node(node_id) for node_id in onto)
        self._onto = [node for node in found if node is not None and node.is_open]

    def moves(self, most: int) -> tuple[Move, ...]:
        """So many at most, no service twice: each move has to be seen to have worked first."""
        made: list[Move] = []
        while len(made) < most:
            options = [
                (self._difference(service, to), service, to)
                for service in self._services
                for to in self._onto
                if service.id not in {move.service_id for move in made}
            ]
            useful = sorted(
                (option for option in options if option[0] >= _LEAST_DIFFERENCE),
                key=lambda option: (-option[0], option[1].name, option[2].index),
            )
            move = next((done for _, service, to in useful if (done := self._try(service, to)) is not None), None)
            if move is None:
                break
            made.append(move)
        return tuple(made)

    def _difference(self, service: Service, to: NodeRoom) -> int:
        """By how many replicas the fullest node is ahead."""
        most = max((replicas for _, replicas in self._room.copies(service)), default=0)
        return most - to.copies[service.id]

    def _try(self, service: Service, to: NodeRoom) -> Move | None:
        """Move one replica in the simulation; ``None``, and nothing changed, where it would not get there."""
        room, applicant = self._room, self._room.applicant(service)
        sources = fullest({node.node.id: replicas for node, replicas in room.copies(service)})
        mark = room.mark()
        chosen = spread(room, applicant, 1)
        after = self._loads.plus([(to.node.id, need(service, self._situation.measured), 1)])
        if chosen != [to] or after.trouble(to.node) is not None:
            room.back_to(mark)
            return None
        source = room.node(sources[0])
        if source is not None:
            room.give_back(source, applicant.burden)
        self._loads = after
        return Move(
            service_id=service.id,
            service_name=service.name,
            to_node_id=to.node.id,
            from_node_ids=sources,
            sentence=f"{service.name}: one replica to {to.node.hostname}, from {_names(sources, room)}",
        )


def _may_move(service: Service, situation: Situation) -> bool:
    """Whether its operator allows it, and all its replicas run in peace."""
    terms = situation.terms.get(service.id, UNSAID)
    is_protected = terms.protection is not None and terms.protection.is_in_force(situation.now)
    return (
        service.mode is ServiceMode.REPLICATED
        and service.restart is not RestartCondition.NONE
        and service.update_state in _AT_REST
        and service.running_replicas == service.replicas == len(service.tasks)
        and terms.may_surge
        and not is_protected
        and (terms.shares_data or not any(map(keeps_data, service.requirements.mounts)))
        and not unknown(need(service, situation.measured))
    )


def _names(node_ids: Sequence[str], room: Room) -> str:
    nodes: list[Node] = [found.node for node_id in node_ids if (found := room.node(node_id)) is not None]
    return " or ".join(node.hostname for node in nodes)
