"""What a drain would do to the services of a node, and what speaks against it."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from skep.core.capacity.vetoes.local_data import keeps_data
from skep.core.cluster import Availability, Cluster, Node, Service, ServiceMode, UpdateState

__all__ = ["JOBS", "STUCK", "Fate", "Forecast", "Ground", "Move", "Veto", "forecast", "tasks_here"]

JOBS = frozenset({ServiceMode.REPLICATED_JOB, ServiceMode.GLOBAL_JOB})
#: In these states any change of the service would make Swarm go on with a rollout that has failed.
STUCK = frozenset({UpdateState.PAUSED, UpdateState.ROLLBACK_STARTED, UpdateState.ROLLBACK_PAUSED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """What operators allow, by service id.

    Attributes:
        surgeable: an extra replica may run while a node is emptied.
        protected: never moved by skep.
        sharing: what they write to volumes is the same on every node.
    """

    surgeable: frozenset[str] = frozenset()
    protected: frozenset[str] = frozenset()
    sharing: frozenset[str] = frozenset()


class Fate(StrEnum):
    """What becomes of the swarm tasks of a service."""

    #: Others run before they end.
    SURGED = "surged"
    #: They end before others run.
    INTERRUPTED = "interrupted"
    #: They belong to the node and end with it.
    ENDED = "ended"


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """The swarm tasks of one service on the node."""

    service_id: str
    service_name: str
    replicas: int
    fate: Fate


@dataclass(frozen=True, slots=True, kw_only=True)
class Veto:
    """A reason against a drain.

    Attributes:
        is_about_interruption: a person may accept it with `--allow-interruption`.
    """

    sentence: str
    is_about_interruption: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """What a drain comes to: what moves, by name of the service, and what speaks against it."""

    moves: tuple[Move, ...]
    vetoes: tuple[Veto, ...]

    def objections(self, *, allows_interruption: bool) -> tuple[Veto, ...]:
        """What stands in the way."""
        return tuple(veto for veto in self.vetoes if not (allows_interruption and veto.is_about_interruption))


def forecast(node: Node, cluster: Cluster, ground: Ground, *, removes: bool = False) -> Forecast:
    """What a drain of the node would do now.

    Args:
        node: the one to be emptied.
        cluster: as it is.
        ground: what operators allow.
        removes: the node is to leave the Swarm, too.
    """
    here = [(service, tasks_here(service, node)) for service in sorted(cluster.services, key=lambda s: s.name)]
    affected = [(service, replicas) for service, replicas in here if replicas]
    moves = tuple(
        Move(service_id=s.id, service_name=s.name, replicas=replicas, fate=_fate(s, ground))
        for s, replicas in affected
        if s.mode not in JOBS
    )
    vetoes = (*_of_node(node, cluster, removes=removes), *(v for s, _ in affected for v in _of_service(s, ground)))
    return Forecast(moves=moves, vetoes=vetoes)


def tasks_here(service: Service, node: Node) -> int:
    """How many swarm tasks of a service the node is meant to run."""
    return sum(task.is_wanted and task.node_id == node.id for task in service.tasks)


def _fate(service: Service, ground: Ground) -> Fate:
    if service.mode is not ServiceMode.REPLICATED:
        return Fate.ENDED
    return Fate.SURGED if service.id in ground.surgeable else Fate.INTERRUPTED


def _of_node(node: Node, cluster: Cluster, *, removes: bool) -> Iterator[Veto]:
    if removes and node.is_manager:
        yield Veto(sentence=f"{node.hostname} is a manager, which skep never removes (docker node demote comes first)")
    others = (o for o in cluster.nodes if o.id != node.id and o.is_ready and o.availability is Availability.ACTIVE)
    if next(others, None) is None:
        yield Veto(sentence="no other node is ready to take its swarm tasks")


def _of_service(service: Service, ground: Ground) -> Iterator[Veto]:
    name = service.name
    if service.mode in JOBS:
        yield Veto(sentence=f"the job {name} runs here: wait for its end")
        return
    if service.mode is not ServiceMode.REPLICATED:
        return
    if service.id in ground.protected:
        yield Veto(sentence=f"{name} is protected (its label skep.protect)", is_about_interruption=True)
    kept = next(filter(keeps_data, service.requirements.mounts), None)
    if kept is not None and service.id not in ground.sharing:
        sentence = f"{name} has data here, in {kept.source}, which would be left behind (its label skep.shared-data)"
        yield Veto(sentence=sentence, is_about_interruption=True)
    if service.id not in ground.surgeable:
        sentence = f"{name} would be interrupted: it may not be surged (its label skep.surge)"
        yield Veto(sentence=sentence, is_about_interruption=True)
    elif service.update_state in STUCK:
        yield Veto(sentence=f"the rollout of {name} is {service.update_state.replace('_', ' ')}")
