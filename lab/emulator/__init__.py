"""A Swarm of any size without an engine: Docker's API at a unix socket, for practice and tests."""

from lab.emulator.faults import Fault
from lab.emulator.founding import Founding, found, machine
from lab.emulator.server import EmulatedEngine, wall_clock
from lab.emulator.store import Delays
from lab.emulator.swarm import Swarm

__all__ = ["Delays", "EmulatedEngine", "Fault", "Founding", "Swarm", "found", "machine", "wall_clock"]
