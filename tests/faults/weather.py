"""What breaks when, what clients send, and what people order meanwhile: all of it drawn from one seed."""

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from lab.load import Step

__all__ = ["Blow", "Fault", "HandOrder", "NodeOrder", "Tide", "Weather", "forecast"]

_CALM_BEFORE = timedelta(seconds=10)
_LASTS_S = (1.0, 20.0)
#: A drain takes about as long where nothing breaks, so that some are taken back before their end.
_TURN_S = 15.0
#: Long enough for a machine to join where nothing breaks, and too short for it where something does.
_FIRST_TIDE, _TIDE_LASTS_S = timedelta(seconds=3), (12.0, 30.0)
#: A machine that died is noticed, replaced and cleared away in about the same time.
_DEATHS_S = 45.0
_RATES_RPS = (4.0, 9.0, 18.0, 27.0, 36.0)


class Blow(StrEnum):
    """How something breaks."""

    #: kill -9, and started again as Swarm does it.
    KILL = "killed"
    #: SIGSTOP, then SIGCONT: it takes connections and answers nobody.
    FREEZE = "frozen"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One thing that breaks.

    Attributes:
        at: since the beginning.
        lasts: until it is started again, or goes on.
    """

    at: timedelta
    target: str
    blow: Blow
    lasts: timedelta

    def __str__(self) -> str:
        """A line for whoever follows the run."""
        return f"{self.target} {self.blow} for {self.lasts.total_seconds():.1f} s"


@dataclass(frozen=True, slots=True, kw_only=True)
class HandOrder:
    """A count that a person orders."""

    at: timedelta
    task_id: str
    replicas: int


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeOrder:
    """A node that a person has emptied, or takes back.

    Attributes:
        task: the name of its task.
    """

    at: timedelta
    task_id: str
    task: str
    hostname: str

    def __str__(self) -> str:
        """A line for whoever follows the run."""
        return f"{self.task} of {self.hostname}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tide:
    """A count that a person gives to a service whose replicas need machines that are not there."""

    at: timedelta
    replicas: int

    def __str__(self) -> str:
        """A line for whoever follows the run."""
        return f"{self.replicas} replicas for nodes of the pool"


@dataclass(frozen=True, slots=True, kw_only=True)
class Weather:
    """Everything that happens to the system; the same for the same seed and duration.

    Attributes:
        deaths: when a machine of the pool dies, if one serves then.
    """

    seed: int
    duration: timedelta
    faults: tuple[Fault, ...]
    load: tuple[Step, ...]
    orders: tuple[HandOrder, ...]
    node_orders: tuple[NodeOrder, ...] = ()
    tides: tuple[Tide, ...] = ()
    deaths: tuple[timedelta, ...] = ()


def forecast(
    seed: int,
    *,
    duration: timedelta,
    targets: Mapping[str, tuple[Blow, ...]],
    counts: tuple[int, int],
    nodes: tuple[str, ...] = (),
    tide_counts: tuple[int, int] = (0, 0),
) -> Weather:
    """Draw the weather of one run.

    Nothing breaks in the first ten seconds; a target breaks again only once it works again; everything works again
    at the end.

    Args:
        seed: the run can be repeated by it.
        duration: of the run.
        targets: what may break, and how.
        counts: the fewest and the most replicas that people order.
        nodes: that people have emptied, one at a time.
        tide_counts: the fewest and the most replicas that need machines of a pool; high and low water take turns.
    """
    chance = random.Random(seed)  # no secret is made of it
    faults = tuple(_faults(chance, duration, targets))
    orders = tuple(
        HandOrder(at=at, task_id=f"scale.by-hand.{seed}.{number}", replicas=chance.randint(*counts))
        for number, at in enumerate(_moments(chance, duration, mean_s=6.0), 1)
    )
    return Weather(
        seed=seed,
        duration=duration,
        faults=faults,
        load=tuple(_load(chance, duration)),
        orders=orders,
        node_orders=tuple(_node_orders(chance, seed, duration, nodes)),
        tides=tuple(_tides(chance, duration, tide_counts)),
        deaths=tuple(_moments(chance, duration, mean_s=_DEATHS_S)) if any(tide_counts) else (),
    )


def _faults(chance: random.Random, duration: timedelta, targets: Mapping[str, tuple[Blow, ...]]) -> Iterator[Fault]:
    works_again = dict.fromkeys(targets, _CALM_BEFORE)
    for at in _moments(chance, duration, mean_s=5.0):
        target = chance.choice(sorted(targets))
        fault = Fault(
            at=at,
            target=target,
            blow=chance.choice(targets[target]),
            lasts=timedelta(seconds=chance.uniform(*_LASTS_S)),
        )
        if at >= works_again[target] and at + fault.lasts < duration:
            works_again[target] = at + fault.lasts + timedelta(seconds=3)
            yield fault


def _moments(chance: random.Random, duration: timedelta, *, mean_s: float) -> Iterator[timedelta]:
    """Instants that come by chance, so many seconds apart in the mean."""
    at = _CALM_BEFORE
    while (at := at + timedelta(seconds=chance.expovariate(1 / mean_s))) < duration:
        yield at


def _load(chance: random.Random, duration: timedelta) -> Iterator[Step]:
    passed = timedelta(0)
    while passed < duration:
        step = Step(duration=timedelta(seconds=chance.uniform(8.0, 25.0)), rate_rps=chance.choice(_RATES_RPS))
        passed += step.duration
        yield step


def _node_orders(chance: random.Random, seed: int, duration: timedelta, nodes: tuple[str, ...]) -> Iterator[NodeOrder]:
    """A node is emptied, and taken back when it is the next one's turn, or before it is empty."""
    if not nodes:
        return
    emptied = ""
    for number, at in enumerate(_moments(chance, duration, mean_s=_TURN_S), 1):
        hostname = emptied or chance.choice(nodes)
        task = "drain.back" if emptied else "drain.node"
        emptied = "" if emptied else hostname
        yield NodeOrder(at=at, task_id=f"{task}.{seed}.{number}", task=task, hostname=hostname)


def _tides(chance: random.Random, duration: timedelta, counts: tuple[int, int]) -> Iterator[Tide]:
    """More than half of what may be asked for, then less, and so on: machines come, and go."""
    fewest, most = counts
    middle = (fewest + most) // 2
    at, is_high = _FIRST_TIDE, True
    while most and at < duration:
        yield Tide(at=at, replicas=chance.randint(middle + 1, most) if is_high else chance.randint(fewest, middle))
        at, is_high = at + timedelta(seconds=chance.uniform(*_TIDE_LASTS_S)), not is_high
