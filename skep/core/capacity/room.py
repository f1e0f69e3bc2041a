"""A simulated Swarm: nodes, and what is left on each while swarm tasks come and go.

It is a workbench inside one calculation, never kept: what is tried can be undone.
"""

from bisect import bisect_left, insort
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager

from skep.core.capacity.applicant import Applicant, Standard
from skep.core.capacity.burden import Burden, burden
from skep.core.capacity.filters import FILTERS, READY, Filter
from skep.core.capacity.needs import NOTHING_MEASURED, Measured
from skep.core.capacity.node_room import NodeRoom
from skep.core.capacity.partition import Partition, partition
from skep.core.cluster import Node, Service, SwarmTask
from skep.core.requirements import SpreadOver

__all__ = ["NO_FAILURES", "Failures", "Room"]

#: How often replicas of a service have failed on a node lately, by the ids of both.
Failures = Mapping[tuple[str, str], int]
NO_FAILURES: Failures = {}

#: With so many failures within five minutes Swarm turns to other nodes first (swarmkit: ``maxFailures``).
_FAILURES_THAT_COUNT = 5


class Room:
    """Nodes with what runs on them.

    Swarm tasks that their nodes have yet to confirm (those of global services) are settled first, as Swarm does.

    Args:
        nodes: where Swarm would choose by chance between two, the earlier one is taken.
        services: with the swarm tasks they have.
        measured: what replicas use, beside what they reserve; with nothing, all goes as in Swarm itself.
        failures: of late.
    """

    def __init__(
        self,
        nodes: Iterable[Node],
        services: Iterable[Service],
        *,
        measured: Measured = NOTHING_MEASURED,
        failures: Failures = NO_FAILURES,
    ) -> None:
        self.nodes: list[NodeRoom] = []
        self._by_id: dict[str, NodeRoom] = {}
        #: Open nodes, those with the fewest swarm tasks first.
        self._by_tasks: list[tuple[int, int]] = []
        #: Indexes of the nodes where a service has swarm tasks.
        self._homes: defaultdict[str, set[int]] = defaultdict(set)
        self._lasting: dict[Standard, list[bool]] = {}
        self._partitions: dict[tuple[SpreadOver, ...], Partition] = {}
        self._applicants: dict[str, Applicant] = {}
        self._measured = measured
        self._failures = failures
        self._undo: list[Callable[[], None]] = []
        for node in nodes:
            self.add(node)
        self._fill(tuple(services))

    # --- what changes -----------------------------------------------------------------------------------------------

    def add(self, node: Node) -> NodeRoom:
        """One more node, with nothing on it."""
        added = NodeRoom(node, len(self.nodes))
        self.nodes.append(added)
        self._by_id[node.id] = added
        self._partitions.clear()
        if added.is_open:
            insort(self._by_tasks, (0, added.index))
        self._undo.append(lambda: self._remove(added))
        return added

    def open(self, node: NodeRoom) -> None:
        """The node takes new swarm tasks from now on."""
        if not node.is_open:
            self._set_open(node, is_open=True)
            self._undo.append(lambda: self._set_open(node, is_open=False))

    def close(self, node: NodeRoom) -> None:
        """The node takes no new swarm tasks from now on."""
        if node.is_open:
            self._set_open(node, is_open=False)
            self._undo.append(lambda: self._set_open(node, is_open=True))

    def take(self, node: NodeRoom, taken: Burden, *, counts: bool = True) -> None:
        """A swarm task comes to a node, whether there is room or not."""
        self._change(node, taken, node.take, counts=counts)
        self._undo.append(lambda: self._change(node, taken, node.give_back, counts=counts))

    def give_back(self, node: NodeRoom, taken: Burden) -> None:
        """A swarm task that was meant to run there leaves its node."""
        self._change(node, taken, node.give_back, counts=True)
        self._undo.append(lambda: self._change(node, taken, node.take, counts=True))

    @contextmanager
    def trial(self) -> Iterator[None]:
        """Whatever is done inside the block is undone after it."""
        mark = self.mark()
        try:
            yield
        finally:
            self.back_to(mark)

    def mark(self) -> int:
        """Where things stand now, for :meth:`back_to`."""
        return len(self._undo)

    def back_to(self, mark: int) -> None:
        """Undo all that was done since."""
        while len(self._undo) > mark:
            self._undo.pop()()

    # --- what is asked ----------------------------------------------------------------------------------------------

    def node(self, node_id: str) -> NodeRoom | None:
        """The node with that id."""
        return self._by_id.get(node_id)

    def applicant(self, service: Service) -> Applicant:
        """The service as one that looks for nodes here."""
        known = self._applicants.get(service.id)
        if known is None or known.service is not service:
            known = self._applicants[service.id] = Applicant.of(service, self._measured)
        return known

    def burden_of(self, service: Service, task: SwarmTask) -> Burden:
        """What one swarm task takes; nearly all of a service take the same."""
        if not task.generic and (task.reservations is None or task.reservations == service.reservations):
            return self.applicant(service).burden
        return burden(service, self._measured, task)

    def test(self, applicant: Applicant) -> Callable[[NodeRoom], bool]:
        """What tells whether a node would take one more swarm task of the applicant now."""
        lasting = self._lasting_answers(applicant)
        asked = (each for each in FILTERS if not each.is_lasting and each.is_asked(applicant))
        checks = tuple(each.passes for each in asked if each is not READY)

        def passes(node: NodeRoom) -> bool:
            return node.is_open and lasting[node.index] and all(check(applicant, node) for check in checks)

        return passes

    def could_ever_run(self, applicant: Applicant, node: NodeRoom) -> bool:
        """Whether the node would do by all that does not depend on what runs there."""
        return self._lasting_answers(applicant)[node.index]

    def preference(self, applicant: Applicant) -> Callable[[NodeRoom], tuple[int, int, int]]:
        """What Swarm orders nodes by, the best first: failures that count, replicas of the service, swarm tasks."""
        service_id, failing = applicant.service.id, self._failing(applicant)

        def order(node: NodeRoom) -> tuple[int, int, int]:
            return failing.get(node.index, 0), node.copies[service_id], node.tasks

        return order

    def parts(self, spreads: tuple[SpreadOver, ...]) -> Partition:
        """All nodes by the values of these labels."""
        known = self._partitions.get(spreads)
        if known is None:
            known = self._partitions[spreads] = partition(self.nodes, spreads)
        return known

    def copies(self, service: Service) -> Iterator[tuple[NodeRoom, int]]:
        """The nodes that have replicas of the service, and how many."""
        for index in sorted(self._homes.get(service.id, ())):
            yield self.nodes[index], self.nodes[index].copies[service.id]

    def best(self, applicant: Applicant, limit: int, parts: Partition) -> list[list[NodeRoom]]:
        """The best open nodes for the applicant in each part, best first, at most so many.

        Nearly all nodes have no replica of a service and have not failed it: among those the order is that of their
        swarm tasks, which is kept at hand.
        """
        passes, failing = self.test(applicant), self._failing(applicant)
        special = self._homes.get(applicant.service.id, set()) | failing.keys()
        found: list[list[NodeRoom]] = [[] for _ in parts.values]
        incomplete = len(found)
        for _, index in self._by_tasks:
            part = found[parts.part_of[index]]
            if len(part) < limit and index not in special and passes(self.nodes[index]):
                part.append(self.nodes[index])
                incomplete -= len(part) == limit
                if not incomplete:
                    return found
        order = self.preference(applicant)
        for node in sorted((self.nodes[index] for index in special), key=lambda node: (order(node), node.index)):
            part = found[parts.part_of[node.index]]
            if len(part) < limit and passes(node):
                part.append(node)
        return found

    def refusals(self, applicant: Applicant) -> dict[Filter, int]:
        """How many nodes are passed over for which filter, in the order of the filters."""
        asked = [each for each in FILTERS if each.is_asked(applicant)]
        counts = dict.fromkeys(asked, 0)
        for node in self.nodes:
            refused_by = next((each for each in asked if not each.passes(applicant, node)), None)
            if refused_by is not None:
                counts[refused_by] += 1
        return {each: count for each, count in counts.items() if count}

    # --- inside -----------------------------------------------------------------------------------------------------

    def _fill(self, services: Sequence[Service]) -> None:
        unconfirmed: list[tuple[Service, NodeRoom]] = []
        for service in services:
            for task in service.tasks:
                node = self._by_id.get(task.node_id or "")
                if node is None:
                    continue
                if task.takes_room:
                    self.take(node, self.burden_of(service, task), counts=task.is_wanted)
                elif task.is_unplaced:
                    unconfirmed.append((service, node))
        for service, node in unconfirmed:
            applicant = self.applicant(service)
            if self.test(applicant)(node):
                self.take(node, applicant.burden)
        self._undo.clear()

    def _change(self, node: NodeRoom, taken: Burden, change: Callable[..., None], *, counts: bool) -> None:
        before = (node.tasks, node.index)
        change(taken, counts=counts)
        if node.is_open and node.tasks != before[0]:
            del self._by_tasks[bisect_left(self._by_tasks, before)]
            insort(self._by_tasks, (node.tasks, node.index))
        if node.copies[taken.service_id]:
            self._homes[taken.service_id].add(node.index)
        else:
            self._homes[taken.service_id].discard(node.index)

    def _set_open(self, node: NodeRoom, *, is_open: bool) -> None:
        node.is_open = is_open
        if is_open:
            insort(self._by_tasks, (node.tasks, node.index))
        else:
            del self._by_tasks[bisect_left(self._by_tasks, (node.tasks, node.index))]

    def _remove(self, node: NodeRoom) -> None:
        """The node that was added last."""
        if node.is_open:
            self._set_open(node, is_open=False)
        self.nodes.pop()
        del self._by_id[node.node.id]
        self._partitions.clear()
        for answers in self._lasting.values():
            del answers[node.index :]

    def _lasting_answers(self, applicant: Applicant) -> list[bool]:
        """For each node whether it would do by all that lasts; services that ask the same share the answers."""
        answers = self._lasting.setdefault(applicant.standard, [])
        asked = [each for each in FILTERS if each.is_lasting and each.is_asked(applicant)]
        for node in self.nodes[len(answers) :]:
            answers.append(all(each.passes(applicant, node) for each in asked))
        return answers

    def _failing(self, applicant: Applicant) -> dict[int, int]:
        """The nodes where the service has failed so often that others are better, and how often."""
        if not self._failures:
            return {}
        counts = ((node.index, self._failures.get((applicant.service.id, node.node.id), 0)) for node in self.nodes)
        return {index: count for index, count in counts if count >= _FAILURES_THAT_COUNT}
