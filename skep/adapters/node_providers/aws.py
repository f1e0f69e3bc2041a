"""Machines that are the instances of an Auto Scaling group of Amazon EC2.

The group makes and replaces instances; skep sets how many there are, and names those that go. Only instances of the
group are ever terminated. What is on order and not made yet appears as a machine of its own with an id that says its
place in the group, so that it can be given back like any other.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta

from skep.adapters.node_providers.aws_api import AwsApi, Group, Instance, Member
from skep.adapters.node_providers.aws_orders import Order, OrderBook
from skep.adapters.node_providers.ordering import check_order, digest_of
from skep.config.providers import AwsOptions
from skep.core.machines import Deletion, Increase, Machine, MachineState, PoolMachines, Refusal, RefusalKind

__all__ = ["AwsProvider"]

_TIMEOUT = timedelta(seconds=5)
_ON_ORDER = "on-order-"
_ON_ORDER_ID = re.compile(rf"{_ON_ORDER}([1-9][0-9]{{0,4}})", re.ASCII)

_STATES: Mapping[str, MachineState] = {
    "Pending": MachineState.STARTING,
    "Pending:Wait": MachineState.STARTING,
    "Pending:Proceed": MachineState.STARTING,
    "InService": MachineState.RUNNING,
    "Quarantined": MachineState.FAILED,
    "Terminating": MachineState.STOPPING,
    "Terminating:Wait": MachineState.STOPPING,
    "Terminating:Proceed": MachineState.STOPPING,
    "Terminating:Retained": MachineState.STOPPING,
    "Terminated": MachineState.STOPPING,
    "Detaching": MachineState.STOPPING,
    "Detached": MachineState.STOPPING,
}
# Such as Standby, in which a person has put an instance: nothing of ours, so nothing is done about it.
_OTHERWISE = MachineState.RUNNING
_UNHEALTHY = "Unhealthy"

_SHORTFALLS: Mapping[str, RefusalKind] = {
    "insufficient capacity": RefusalKind.NO_CAPACITY,
    "InsufficientInstanceCapacity": RefusalKind.NO_CAPACITY,
    "do not have sufficient": RefusalKind.NO_CAPACITY,
    "InstanceLimitExceeded": RefusalKind.QUOTA,
    "VcpuLimitExceeded": RefusalKind.QUOTA,
    "MaxSpotInstanceCountExceeded": RefusalKind.QUOTA,
    "vCPU capacity than your current vCPU limit": RefusalKind.QUOTA,
}


class AwsProvider:
    """Implements :class:`skep.ports.NodeProvider`; a machine's id is that of its instance."""

    def __init__(self, options: AwsOptions, *, timeout: timedelta = _TIMEOUT) -> None:
        """Keep which group; nothing is sent yet.

        Args:
            options: of the pool.
            timeout: for connecting, and for each wait for more of an answer.
        """
        self._options = options
        self._api = AwsApi(options, timeout=timeout)

    def close(self) -> None:
        """Give the connections back."""
        self._api.close()

    def describe(self) -> PoolMachines:
        """As :meth:`skep.ports.NodeProvider.describe` says."""
        group = self._api.group()
        instances = self._api.instances() if group.members else {}
        on_order = _on_order(group)
        return PoolMachines(
            target=group.desired,
            minimum=group.minimum,
            maximum=group.maximum,
            machines=(
                *(_machine(member, instances.get(member.id)) for member in group.members),
                *on_order,
            ),
            shortfall=_shortfall(self._api.latest_failure()) if on_order else None,
            cautions=tuple(_cautions(group, keeps_protected=self._options.keeps_protected)),
        )

    def target(self) -> int:
        """As :meth:`skep.ports.NodeProvider.target` says."""
        return self._api.group().desired

    def increase(self, machines: int, *, request_id: str) -> Increase:
        """As :meth:`skep.ports.NodeProvider.increase` says.

        What was ordered is remembered by a tag of the group, for its latest eight orders.
        """
        check_order(machines, request_id)
        group = self._api.group()
        digest = digest_of(request_id)
        book = OrderBook.read(group.order_book).settled(group.desired)
        ordered = book.machines(digest)
        more = min(machines - ordered, max(0, group.maximum - group.desired))
        if more > 0:
            self._carry_out(Order(digest=digest, machines=ordered, more=more, goal=group.desired + more), book)
            ordered += more
        else:
            self._write(book, over=group.order_book)
        return Increase(ordered=min(ordered, machines), refusal=_at_maximum(group) if ordered < machines else None)

    def delete(self, machine_ids: Sequence[str]) -> Deletion:
        """As :meth:`skep.ports.NodeProvider.delete` says.

        Giving back the machine at one place on order gives back those at all places behind it, too.
        """
        if not machine_ids:
            return Deletion(gone=())
        group = self._api.group()
        # Before the size says something else, because what it says of orders would be lost.
        self._write(OrderBook.read(group.order_book).settled(group.desired), over=group.order_book)
        size = self._give_back(group, machine_ids)
        refusals = {**_kept_on_order(group, machine_ids), **self._end(group, machine_ids, size)}
        gone = tuple(machine_id for machine_id in machine_ids if machine_id not in refusals)
        return Deletion(gone=gone, refusal=next(iter(refusals.values()), None))

    def _carry_out(self, order: Order, book: OrderBook) -> None:
        """Note the order, make the group larger, and note that it is done."""
        noted = book.with_order(order)
        self._api.write_order_book(str(noted))
        self._api.set_desired(order.goal)
        self._api.write_order_book(str(noted.settled(order.goal)))

    def _write(self, book: OrderBook, *, over: str) -> None:
        if str(book) != over:
            self._api.write_order_book(str(book))

    def _give_back(self, group: Group, machine_ids: Sequence[str]) -> int:
        """Take back what is on order from the first of these places on; the size that the group then has."""
        places = [place for machine_id in machine_ids if (place := _place(machine_id))]
        if not places:
            return group.desired
        goal = max(min(places) - 1, group.counted, group.minimum)
        if goal < group.desired:
            self._api.set_desired(goal)
        return min(goal, group.desired)

    def _end(self, group: Group, machine_ids: Sequence[str], size: int) -> Mapping[str, Refusal]:
        """End instances of a group that has this size now; why some of them stay."""
        members = {member.id: member for member in group.members if _state(member) is not MachineState.STOPPING}
        refusals = {}
        for machine_id in filter(members.__contains__, dict.fromkeys(machine_ids)):
            refusal = self._refusal(group, members[machine_id], size) or self._api.terminate(machine_id)
            if refusal is None:
                size -= 1
            else:
                refusals[machine_id] = refusal
        return refusals

    def _refusal(self, group: Group, member: Member, size: int) -> Refusal | None:
        """Why an instance is not to be ended, in a group that has this size."""
        if not member.counts:
            return _protected(f"{member.id} is {member.lifecycle_state}: a person has set it aside")
        if member.is_protected and self._options.keeps_protected:
            return _protected(f"{member.id} of Auto Scaling group {group.name} is protected from scale-in")
        return _at_minimum(group) if size <= group.minimum else None


def _state(member: Member) -> MachineState:
    if member.counts and member.health == _UNHEALTHY:
        return MachineState.FAILED
    return _STATES.get(member.lifecycle_state, _OTHERWISE)


def _machine(member: Member, instance: Instance | None) -> Machine:
    addresses = (instance.private_address, instance.public_address) if instance else ()
    return Machine(
        id=member.id,
        state=_state(member),
        hostname=instance.private_name.partition(".")[0] if instance else "",
        addresses=tuple(address for address in addresses if address),
        created_at=instance.launched_at if instance else None,
        detail=f"{member.lifecycle_state}, {member.health}".removesuffix(", "),
    )


def _on_order(group: Group) -> tuple[Machine, ...]:
    places = range(group.counted + 1, group.desired + 1)
    return tuple(Machine(id=f"{_ON_ORDER}{place}", state=MachineState.REQUESTED) for place in places)


def _place(machine_id: str) -> int:
    """The place in the group of a machine that is on order; 0 for any other."""
    match = _ON_ORDER_ID.fullmatch(machine_id)
    return int(match[1]) if match else 0


def _kept_on_order(group: Group, machine_ids: Sequence[str]) -> Mapping[str, Refusal]:
    """Why some places that are on order are not given back: the group must have so many."""
    return {
        machine_id: _at_minimum(group)
        for machine_id in machine_ids
        if group.counted < _place(machine_id) <= group.minimum
    }


def _shortfall(message: str | None) -> Refusal | None:
    if message is None:
        return None
    kind = next((kind for words, kind in _SHORTFALLS.items() if words.lower() in message.lower()), RefusalKind.FAILED)
    return Refusal(kind=kind, reason=message)


def _cautions(group: Group, *, keeps_protected: bool) -> Iterator[str]:
    """How the group might end an instance that runs swarm tasks by itself."""
    if not keeps_protected and not group.protects_new_instances:
        yield (
            f"Auto Scaling group {group.name} may end instances of its own choice: let it protect new instances from"
            " scale-in, which does not keep skep from ending those that it has drained"
        )
    if keeps_protected and group.rebalances_zones:
        yield (
            f"Auto Scaling group {group.name} may end instances of its own choice to balance its zones: suspend its"
            " process AZRebalance"
        )


def _at_maximum(group: Group) -> Refusal:
    reason = f"Auto Scaling group {group.name} may have {group.maximum} instances"
    return Refusal(kind=RefusalKind.AT_MAXIMUM, reason=reason)


def _at_minimum(group: Group) -> Refusal:
    reason = f"Auto Scaling group {group.name} must have {group.minimum} instances"
    return Refusal(kind=RefusalKind.AT_MINIMUM, reason=reason)


def _protected(reason: str) -> Refusal:
    return Refusal(kind=RefusalKind.PROTECTED, reason=reason)
