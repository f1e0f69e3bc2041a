"""Swarmkit's scheduler: which nodes may take a swarm task, which one does, and its words where none may.

Filters in their order, and the order of nodes, are facts about swarmkit (manager/scheduler: filter.go, pipeline.go,
scheduler.go). This is written apart from skep's own model of placement, so that a mistake in one shows in the other.
"""

import heapq
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from ipaddress import ip_address, ip_network
from itertools import islice

from lab.emulator.needs import Constraint, Needs
from lab.emulator.things import Node, Template

__all__ = ["fits", "may_stay", "place", "why_nowhere"]

_FAILURES_THAT_PUT_LAST = 5
_FAILURES_COUNT_FOR = timedelta(minutes=5)


def place(
    template: Template, service_id: str, count: int, nodes: Collection[Node], now: datetime
) -> Iterator[Node | None]:
    """A node for each of so many swarm tasks, ``None`` from the first on that fits nowhere.

    The caller seats each one on its node before it asks for the next.
    """
    search = _Search(
        needs=template.needs,
        service_id=service_id,
        now=now,
        had={node.id: node.active.get(service_id, 0) for node in nodes},
    )
    chosen = search.over_branches(list(nodes), template.needs.spreads, count)
    for _ in range(count):
        yield next(chosen, None)


def fits(needs: Needs, node: Node, service_id: str) -> bool:
    """Whether every filter lets a swarm task through."""
    return all(passes(needs, node, service_id) for passes in _asked(needs))


def may_stay(needs: Needs, node: Node) -> bool:
    """Whether a node is one for a global service, leaving aside what is free on it."""
    return _meets_constraints(needs, node, "") and _has_platform(needs, node, "")


def why_nowhere(needs: Needs, service_id: str, nodes: Iterable[Node]) -> str:
    """Swarm's words: each node is counted by the first filter that it does not pass."""
    stopped = Counter(
        next((number for number, (passes, _) in enumerate(_FILTERS) if not passes(needs, node, service_id)), -1)
        for node in nodes
    )
    del stopped[-1]
    words = [_FILTERS[number][1](count) for number, count in stopped.most_common()]
    return f"no suitable node ({'; '.join(words)})" if words else "no suitable node"


# --- which of those that may ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class _Search:
    """The search for nodes for swarm tasks that are all alike.

    Attributes:
        had: how many of the service each node had when it began; the split over branches goes by these.
    """

    needs: Needs
    service_id: str
    now: datetime
    had: Mapping[str, int]

    def over_branches(self, nodes: list[Node], spreads: Sequence[str], count: int) -> Iterator[Node]:
        """Split over the values of the first label so that all have alike; what one has no room for, others take."""
        if not spreads:
            yield from islice(self._by_load(nodes), count)
            return
        branches = _grouped(nodes, spreads[0])
        had = {value: sum(self.had[node.id] for node in members) for value, members in branches.items()}
        open_branches, placed = dict(branches), 0
        while placed < count and open_branches:
            share, rest = divmod(sum(had[value] for value in open_branches) + count - placed, len(open_branches))
            for value, members in list(open_branches.items()):
                wanted = share - had[value] + (rest > 0)
                if had[value] > share or wanted == 0:
                    continue
                got = 0
                for node in self.over_branches(members, spreads[1:], wanted):
                    got += 1
                    yield node
                placed += got
                if got < wanted:
                    del open_branches[value]
                elif rest:
                    rest -= 1

    def _by_load(self, nodes: list[Node]) -> Iterator[Node]:
        """Those with the fewest swarm tasks of the service first, then those with the fewest of any."""
        fitting = nodes
        for passes in _asked(self.needs):
            fitting = [node for node in fitting if passes(self.needs, node, self.service_id)]
        queue = [(self._order(node), number, node) for number, node in enumerate(fitting)]
        heapq.heapify(queue)
        while queue:
            _, number, node = heapq.heappop(queue)
            yield node
            if fits(self.needs, node, self.service_id):
                heapq.heappush(queue, (self._order(node), number, node))

    def _order(self, node: Node) -> tuple[bool, int, int]:
        often_failed = bool(node.failures) and _often_failed(node, self.service_id, self.now)
        return often_failed, node.active.get(self.service_id, 0), node.active_total


def _grouped(nodes: Iterable[Node], descriptor: str) -> Mapping[str, list[Node]]:
    groups: defaultdict[str, list[Node]] = defaultdict(list)
    for node in nodes:
        groups[_value(node, descriptor) or ""].append(node)
    return groups


def _often_failed(node: Node, service_id: str, now: datetime) -> bool:
    failed = node.failures.get(service_id, ())
    return sum(now - at < _FAILURES_COUNT_FOR for at in failed) >= _FAILURES_THAT_PUT_LAST


def _asked(needs: Needs) -> list[Callable[[Needs, Node, str], bool]]:
    """The filters that can stop anything: among a thousand nodes the others would take most of the time."""
    asked: list[Callable[[Needs, Node, str], bool]] = [_is_ready, _has_room]
    if needs.plugins:
        asked.append(_has_plugins)
    if needs.constraints:
        asked.append(_meets_constraints)
    if needs.platforms:
        asked.append(_has_platform)
    if needs.host_ports:
        asked.append(_has_ports)
    if needs.max_per_node:
        asked.append(_has_few)
    return asked


# --- filters --------------------------------------------------------------------------------------------------------


def _is_ready(_: Needs, node: Node, __: str) -> bool:
    return node.takes_new


def _has_room(needs: Needs, node: Node, _: str) -> bool:
    return (
        needs.nano_cpus <= node.nano_cpus - node.used_nano_cpus
        and needs.memory_bytes <= node.memory_bytes - node.used_memory_bytes
        and (not needs.generic or _has_generic(needs, node))
    )


def _has_generic(needs: Needs, node: Node) -> bool:
    return all(amount <= _generic(node, kind) - node.used_generic[kind] for kind, amount in needs.generic)


def _generic(node: Node, kind: str) -> int:
    """How much of a kind a node has: amounts, and named ones counted."""
    has = 0
    for resource in node.description["Resources"].get("GenericResources") or ():
        discrete, named = resource.get("DiscreteResourceSpec"), resource.get("NamedResourceSpec")
        if discrete and discrete["Kind"] == kind:
            has += discrete["Value"]
        elif named and named["Kind"] == kind:
            has += 1
    return has


def _has_plugins(needs: Needs, node: Node, _: str) -> bool:
    if not needs.plugins:
        return True
    engine = node.description.get("Engine") or {}
    there = {(plugin["Type"], plugin["Name"]) for plugin in engine.get("Plugins") or ()}
    return all((kind, name) in there or (kind, f"{name}:latest") in there for kind, name in needs.plugins)


def _meets_constraints(needs: Needs, node: Node, _: str) -> bool:
    return all(_meets(constraint, node) for constraint in needs.constraints)


def _meets(constraint: Constraint, node: Node) -> bool:
    if constraint.key.lower() == "node.ip":
        return _is_in_network(node.address, constraint.value) is constraint.is_equal
    value = _value(node, constraint.key)
    if value is None:
        return False
    return (value.lower() == constraint.value.lower()) is constraint.is_equal


def _is_in_network(address: str, network: str) -> bool:
    try:
        return ip_address(address) in ip_network(network)
    except ValueError:
        return False


def _value(node: Node, key: str) -> str | None:
    """What a node has under the key of a constraint; empty for a label that it lacks, ``None`` for an unknown key."""
    platform = node.description.get("Platform") or {}
    plain = {
        "node.id": node.id,
        "node.hostname": node.hostname,
        "node.role": node.spec.get("Role") or "worker",
        "node.platform.os": platform.get("OS") or "",
        "node.platform.arch": platform.get("Architecture") or "",
    }
    if key.lower() in plain:
        return plain[key.lower()]
    for prefix, labels in (
        ("node.labels.", node.spec.get("Labels")),
        ("engine.labels.", (node.description.get("Engine") or {}).get("Labels")),
    ):
        if key.lower().startswith(prefix):
            return str((labels or {}).get(key[len(prefix) :], ""))
    return None


def _has_platform(needs: Needs, node: Node, _: str) -> bool:
    return _is_for(needs.platforms, node.platform)


@lru_cache
def _is_for(platforms: tuple[tuple[str, str], ...], is_platform: tuple[str, str]) -> bool:
    """Whether an image runs on a machine; one without a platform runs anywhere."""
    is_os, is_architecture = is_platform
    return not platforms or any(os in ("", is_os) and wanted in ("", is_architecture) for os, wanted in platforms)


def _has_ports(needs: Needs, node: Node, _: str) -> bool:
    return not any(node.used_ports[port] for port in needs.host_ports)


def _has_few(needs: Needs, node: Node, service_id: str) -> bool:
    return not needs.max_per_node or node.active[service_id] < needs.max_per_node


def _counted(one: str, many: str) -> Callable[[int], str]:
    return lambda count: one if count == 1 else many.format(count)


_FILTERS: tuple[tuple[Callable[[Needs, Node, str], bool], Callable[[int], str]], ...] = (
    (_is_ready, _counted("1 node not available for new tasks", "{} nodes not available for new tasks")),
    (_has_room, _counted("insufficient resources on 1 node", "insufficient resources on {} nodes")),
    (_has_plugins, _counted("missing plugin on 1 node", "missing plugin on {} nodes")),
    (
        _meets_constraints,
        _counted("scheduling constraints not satisfied on 1 node", "scheduling constraints not satisfied on {} nodes"),
    ),
    (_has_platform, _counted("unsupported platform on 1 node", "unsupported platform on {} nodes")),
    (_has_ports, _counted("host-mode port already in use on 1 node", "host-mode port already in use on {} nodes")),
    (_has_few, lambda _: "max replicas per node limit exceed"),
)
