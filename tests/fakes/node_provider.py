"""A provider in memory: machines that a test lets start, fail, or not be had."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import count

from skep.core.machines import Deletion, Increase, Machine, MachineState, PoolMachines, Refusal, RefusalKind
from skep.errors import SkepError, Temporary
from skep.ports import Clock
from tests.fakes.clock import FakeClock

__all__ = ["FakeNodeProvider"]


class FakeNodeProvider:
    """Implements :class:`skep.ports.NodeProvider`.

    Attributes:
        minimum, maximum: the provider's own limits.
        refusal: answered to orders instead of more machines, where a test sets it.
        new_machines: the state in which machines begin.
        orders: every order that was given, with its request id, also those delivered again.
    """

    def __init__(self, clock: Clock | None = None, *, minimum: int = 0, maximum: int | None = None) -> None:
        self.minimum = minimum
        self.maximum = maximum
        self.refusal: Refusal | None = None
        self.new_machines = MachineState.STARTING
        self.orders: list[tuple[int, str]] = []
        self._clock = clock or FakeClock()
        self._trouble: SkepError | None = None
        self._ever = count(1)
        self._ordered: dict[str, int] = {}
        self._machines: dict[str, Machine] = {}

    # --- the port ---------------------------------------------------------------------------------------------------

    def describe(self) -> PoolMachines:
        self._reach()
        return PoolMachines(
            target=len(self._machines),
            minimum=self.minimum,
            maximum=self.maximum,
            machines=tuple(self._machines.values()),
            shortfall=self.refusal,
        )

    def target(self) -> int:
        return self.describe().target

    def increase(self, machines: int, *, request_id: str) -> Increase:
        if machines < 1 or not request_id:
            raise ValueError("no order")
        self._reach()
        self.orders.append((machines, request_id))
        while self._ordered.get(request_id, 0) < machines:
            refusal = self._refusal()
            if refusal is not None:
                return Increase(ordered=self._ordered.get(request_id, 0), refusal=refusal)
            self._ordered[request_id] = self._ordered.get(request_id, 0) + 1
            self._make()
        return Increase(ordered=machines)

    def delete(self, machine_ids: Sequence[str]) -> Deletion:
        self._reach()
        for machine_id in machine_ids:
            if machine_id in self._machines and len(self._machines) <= self.minimum:
                refusal = Refusal(kind=RefusalKind.AT_MINIMUM, reason=f"{self.minimum} machines are the minimum")
                return Deletion(gone=tuple(gone for gone in machine_ids if gone not in self._machines), refusal=refusal)
            self._machines.pop(machine_id, None)
        return Deletion(gone=tuple(machine_ids))

    # --- what a test arranges ---------------------------------------------------------------------------------------

    def change(self, machine_id: str, state: MachineState, detail: str = "") -> None:
        """Something happens to a machine."""
        self._machines[machine_id] = replace(self._machines[machine_id], state=state, detail=detail)

    def end(self, machine_id: str) -> None:
        """A machine is gone, by nobody's order."""
        del self._machines[machine_id]

    def keep_quiet(self, machine_id: str) -> None:
        """Tell nothing by which a machine could be recognised as a node."""
        self._machines[machine_id] = replace(self._machines[machine_id], hostname="", addresses=())

    def start(self) -> None:
        """Let all machines that are on their way run."""
        for machine in self._machines.values():
            if machine.state in {MachineState.REQUESTED, MachineState.STARTING}:
                self.change(machine.id, MachineState.RUNNING)

    def break_down(self, trouble: SkepError | None = None) -> None:
        """Be out of reach until :meth:`come_back`, or answer everything with other trouble."""
        self._trouble = trouble or Temporary("the provider does not answer")

    def come_back(self) -> None:
        """Answer again."""
        self._trouble = None

    # --- inside -----------------------------------------------------------------------------------------------------

    def _reach(self) -> None:
        if self._trouble is not None:
            raise self._trouble

    def _refusal(self) -> Refusal | None:
        if self.maximum is not None and len(self._machines) >= self.maximum:
            return Refusal(kind=RefusalKind.AT_MAXIMUM, reason=f"{self.maximum} machines are the maximum")
        return self.refusal

    def _make(self) -> None:
        number = next(self._ever)
        self._machines[f"machine-{number}"] = Machine(
            id=f"machine-{number}",
            state=self.new_machines,
            hostname=f"machine-{number}",
            addresses=(f"10.1.0.{number}",),
            created_at=self._clock.now(),
        )
