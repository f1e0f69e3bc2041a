"""Whoever makes machines."""

from collections.abc import Sequence
from typing import Protocol

from skep.core.machines import Deletion, Increase, PoolMachines

__all__ = ["NodeProvider"]


class NodeProvider(Protocol):
    """What makes and takes away the machines of one pool.

    Joining the Swarm, draining and removing the node are not its business. Whoever orders holds the lock of the pool;
    a message delivered twice is covered by the request id, and by named machines. A no of the provider is an answer;
    an exception means that it could not be asked.
    """

    def describe(self) -> PoolMachines:
        """What there is and what may be had. Only looks.

        Raises:
            Temporary: the provider is out of reach, or busy (as for all methods here).
            Permanent: it refuses us, or is set up wrongly (as for all methods here).
        """

    def target(self) -> int:
        """How many machines the provider has been asked to have: ``describe().target``, perhaps at less cost."""

    def increase(self, machines: int, *, request_id: str) -> Increase:
        """Order so many machines more, once per request id.

        Delivered again under the same id it orders what is still missing of that request, which is nothing after a
        success, whatever became of the other machines meanwhile. What cannot be had in full is had in part. New
        machines are told by :meth:`describe`.

        Args:
            machines: 1 or more.
            request_id: names this order among all orders for the pool; any text.

        Raises:
            ValueError: fewer than one machine, or an empty id; a mistake in skep.
        """

    def delete(self, machine_ids: Sequence[str]) -> Deletion:
        """Take away these machines, each of which lowers the target by one; others of the pool stay.

        A machine that is not of this pool, is unknown or is going already counts as gone. ``REQUESTED`` machines may
        be given back, too.
        """
