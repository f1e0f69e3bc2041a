"""How many empty machines of a pool some wants would fill, packed by the same simulation that Swarm's spread is."""

from collections.abc import Hashable, Iterable, Sequence

from skep.core.capacity.applicant import Applicant
from skep.core.capacity.everywhere import settle_everywhere
from skep.core.capacity.expanders import Option
from skep.core.capacity.fewest import fewest
from skep.core.capacity.filters import FILTERS, RESOURCES, Filter
from skep.core.capacity.needs import Measured
from skep.core.capacity.node_room import NodeRoom
from skep.core.capacity.placement import settle
from skep.core.capacity.pool import Pool
from skep.core.capacity.room import Room
from skep.core.capacity.sequence import largest_first, pending_either_way
from skep.core.capacity.template import copies
from skep.core.capacity.want import Want
from skep.core.cluster import Node, Service, ServiceMode
from skep.core.policy import Unit

__all__ = ["Estimates"]

_NANO_CPUS_PER_CORE = 1_000_000_000
_NOBODY_KNOWS = "nobody can tell what its machines are like"


class Estimates:
    """What machines of pools would hold, as if nothing else were there; services alike are judged once.

    Args:
        services: all of the Swarm; the global ones take their share of each machine.
        measured: what replicas use.
    """

    def __init__(self, services: Sequence[Service], measured: Measured) -> None:
        self._everywhere = tuple(service for service in services if service.mode is ServiceMode.GLOBAL)
        self._measured = measured
        self._empty: dict[Node, Room] = {}
        self._refusals: dict[tuple[str, Hashable], str | None] = {}

    def refusal(self, pool: Pool, service: Service) -> str | None:
        """Why not even an empty machine of the pool would do for the service; ``None`` if it would."""
        if pool.template is None:
            return _NOBODY_KNOWS
        room = self._one_empty(pool.template)
        applicant = room.applicant(service)
        key = (pool.name, applicant.kind)
        if key not in self._refusals:
            machine = room.nodes[0]
            refused_by = (each for each in FILTERS if each.is_asked(applicant) and not each.passes(applicant, machine))
            self._refusals[key] = next((_words(each, applicant, machine) for each in refused_by), None)
        return self._refusals[key]

    def option(self, pool: Pool, wants: Iterable[Want], most: int) -> Option | None:
        """As many machines as those wants need that the pool can help, or as many as there may be.

        Args:
            pool: whose machines they would be.
            wants: what finds no node.
            most: how many machines may be ordered.

        Returns:
            ``None`` where the pool helps nobody, or may not give any.
        """
        helped = [want for want in wants if self.refusal(pool, want.service) is None]
        if pool.template is None or not helped or most <= 0:
            return None
        template = pool.template

        def suffice(machines: int) -> bool:
            return not pending_either_way(helped, self._machines(template, machines))

        machines = fewest(suffice, least=self._least(template, helped), most=most)
        room = self._machines(template, machines)
        placed = settle(largest_first(helped, room), room).assigned
        return Option(
            pool=pool,
            machines=machines,
            helps=sum(assigned.replicas for assigned in placed),
            waste_ratio=_free_ratio(room),
        )

    def empty_machine(self, template: Node) -> NodeRoom:
        """A machine with nothing on it but the share of global services."""
        return self._one_empty(template).nodes[0]

    def _one_empty(self, template: Node) -> Room:
        if template not in self._empty:
            self._empty[template] = self._machines(template, 1)
        return self._empty[template]

    def _machines(self, template: Node, count: int) -> Room:
        room = Room((), (), measured=self._measured)
        for node in copies(template, count, name="new"):
            settle_everywhere(room, room.add(node), self._everywhere)
        return room

    def _least(self, template: Node, wants: Iterable[Want]) -> int:
        """Fewer machines than this cannot do, by the sums alone."""
        room = self._one_empty(template)
        (machine,) = room.nodes
        every = [(want.replicas, room.applicant(want.service).burden) for want in wants]
        cpus = sum(replicas * taken.nano_cpus for replicas, taken in every)
        memory = sum(replicas * taken.memory_bytes for replicas, taken in every)
        return max(1, _ceiling(cpus, machine.nano_cpus), _ceiling(memory, machine.memory_bytes))


def _words(refused_by: Filter, applicant: Applicant, machine: NodeRoom) -> str:
    """Why a machine would not do; with amounts where it is too small."""
    if refused_by is not RESOURCES:
        return refused_by.because
    wanted = applicant.burden
    return (
        f"{refused_by.because}: a replica needs {_amount(wanted.nano_cpus, wanted.memory_bytes, wanted.generic)}, "
        f"an empty machine has {_amount(machine.nano_cpus, machine.memory_bytes, machine.generic.items())}"
    )


def _amount(nano_cpus: int, memory_bytes: int, generic: Iterable[tuple[str, int]]) -> str:
    parts = [Unit.CORES.text(nano_cpus / _NANO_CPUS_PER_CORE), Unit.BYTES.text(memory_bytes)]
    return ", ".join([*parts, *(f"{amount} {kind}" for kind, amount in generic)])


def _ceiling(amount: int, of_each: int) -> int:
    return -(-amount // of_each) if of_each > 0 else 1


def _free_ratio(room: Room) -> float:
    """The share of processors and memory that is left, the mean of both."""
    cpus = [(node.nano_cpus, node.node.capacity.cpu_cores or 0.0) for node in room.nodes]
    memory = [(node.memory_bytes, node.node.capacity.memory_bytes or 0) for node in room.nodes]
    return (_ratio(cpus, _NANO_CPUS_PER_CORE) + _ratio(memory, 1)) / 2


def _ratio(left: Iterable[tuple[int, float]], units: int) -> float:
    every = list(left)
    total = sum(amount for _, amount in every) * units
    return sum(free for free, _ in every) / total if total else 0.0
