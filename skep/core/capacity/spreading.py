"""Swarm's spread: as many replicas of a service on each node, and under each value of a preferred label.

What is followed here step by step is ``scheduleTaskGroup`` of swarmkit (manager/scheduler/scheduler.go), with its
quirks, since what matters is what Swarm will do: of a group of equal swarm tasks only the best nodes are looked at, as
many as there are tasks; the first of them is filled until the next one is better, and after the last they take turns.
"""

from collections.abc import Callable, Iterable, Sequence

from skep.core.capacity.applicant import Applicant
from skep.core.capacity.node_room import NodeRoom
from skep.core.capacity.partition import Partition
from skep.core.capacity.room import Room

__all__ = ["spread"]


def spread(room: Room, applicant: Applicant, replicas: int) -> list[NodeRoom]:
    """Place so many replicas, as far as there is room.

    Args:
        room: changed by those that are placed.
        applicant: whose replicas they are.
        replicas: how many look for a node.

    Returns:
        The node of each that was placed, in the order of placing.
    """
    return _Spreading(room, applicant, replicas).run()


class _Spreading:
    """One group of equal swarm tasks that look for nodes."""

    def __init__(self, room: Room, applicant: Applicant, replicas: int) -> None:
        self._room = room
        self._applicant = applicant
        self._passes = room.test(applicant)
        self._preference = room.preference(applicant)
        self._replicas = replicas
        self._chosen: list[NodeRoom] = []

    def run(self) -> list[NodeRoom]:
        """Place them."""
        parts = self._room.parts(self._applicant.service.requirements.spreads)
        best = self._room.best(self._applicant, self._replicas, parts)
        self._on_branch(_tree(parts, best, self._room.copies(self._applicant.service)), self._replicas)
        return self._chosen

    def _on_branch(self, branch: "_Branch", replicas: int) -> int:
        """Place so many under a branch; returns how many found a node.

        The branches below get as many each, what they have already included. One that had no room for its share
        is left out, and the rest is shared anew among the others.
        """
        if not branch.below:
            return self._on_nodes(self._in_order(branch.best), replicas)
        placed, in_usable, usable, goes_on = 0, branch.tasks, list(branch.below.values()), True
        while placed != replicas and usable and goes_on:
            goes_on = False
            share, rest = divmod(in_usable + replicas - placed, len(usable))
            for each in tuple(usable):
                if each.tasks > share or (each.tasks == share and not rest):
                    continue
                goes_on = True
                wanted = share - each.tasks + (1 if rest else 0)
                found = self._on_branch(each, wanted)
                placed += found
                if found < wanted:
                    usable.remove(each)
                    in_usable -= each.tasks
                elif rest:
                    rest -= 1
        return placed

    def _in_order(self, nodes: Sequence[NodeRoom]) -> list[NodeRoom]:
        """Those that still have room, the best first."""
        return sorted(filter(self._passes, nodes), key=lambda node: (self._preference(node), node.index))

    def _on_nodes(self, nodes: Sequence[NodeRoom], replicas: int) -> int:
        """Place so many on nodes that all have room for one, best first; returns how many found a node."""
        wanted = min(replicas, self._replicas - len(self._chosen))
        if not nodes or not wanted:
            return 0
        full: set[int] = set()
        turn = placed = 0
        while True:
            node = nodes[turn % len(nodes)]
            self._room.take(node, self._applicant.burden)
            self._chosen.append(node)
            placed += 1
            if placed == wanted:
                return placed
            if turn + 1 >= len(nodes) or self._preference(nodes[turn + 1]) < self._preference(node):
                turn += 1
            next_turn = _next_with_room(nodes, turn, full, self._passes)
            if next_turn is None:
                return placed
            turn = next_turn


def _next_with_room(
    nodes: Sequence[NodeRoom], turn: int, full: set[int], passes: Callable[[NodeRoom], bool]
) -> int | None:
    """The first turn from this one on whose node has room; ``None`` if there is none left."""
    for later in range(turn, turn + len(nodes)):
        place = later % len(nodes)
        if place in full:
            continue
        if passes(nodes[place]):
            return later
        full.add(place)
    return None


class _Branch:
    """The nodes with the same values of the labels so far.

    Attributes:
        tasks: how many replicas of the service are under it, also on nodes that take nothing new.
        below: by the value of the next label.
        best: of a branch with nothing below, the nodes that were best when the group came.
    """

    __slots__ = ("below", "best", "tasks")

    def __init__(self) -> None:
        self.tasks = 0
        self.below: dict[str, _Branch] = {}
        self.best: list[NodeRoom] = []


def _tree(parts: Partition, best: Sequence[list[NodeRoom]], copies: Iterable[tuple[NodeRoom, int]]) -> _Branch:
    """All nodes of the Swarm by their labels; branches stand in the order of their values."""
    root = _Branch()
    paths = [_path(root, values) for values in parts.values]
    for path, nodes in zip(paths, best, strict=True):
        path[-1].best = nodes
    for node, replicas in copies:
        for branch in paths[parts.part_of[node.index]]:
            branch.tasks += replicas
    return root


def _path(root: _Branch, values: Iterable[str]) -> list[_Branch]:
    """The branches from the root to the one with those values, made where they are missing."""
    path = [root]
    for value in values:
        path.append(path[-1].below.setdefault(value, _Branch()))
    return path
