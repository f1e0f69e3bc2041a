"""A day in the life of a service, played by the real operations on a world in memory, and told line by line.

Unlike a ``Story``, which plays the core alone, this has the operations read, decide, act and record as they do, so that
deploys, people, nodes and forgotten memory may be part of it.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from skep.config.labels import LabelDefaults
from skep.core.action import ScaleOrder
from skep.core.record import EntryKind
from skep.operations.evaluate import Pace, evaluate_services
from skep.operations.scale import scale_service
from skep.ports import World
from tests.builders import NOW
from tests.fakes.clock import FakeClock
from tests.fakes.journal import FakeJournal
from tests.fakes.locks import FakeLocks
from tests.fakes.memory import FakeMemory
from tests.fakes.metrics import FakeMetrics
from tests.fakes.swarm import FakeSwarm

__all__ = ["POLICY", "Play", "Timeline"]

POLICY: Mapping[str, str] = {"skep.enable": "true", "skep.min": "2", "skep.max": "12", "skep.requests": "50/s"}

_WEB = "web"
_TIME_LIMIT = timedelta(seconds=30)
_COLUMNS = f"{'time':>8}  {'load':>6}  {'spec':>4}  {'run':>3}  what is recorded"


class Play:
    """The world that a timeline changes: what clients, people and machines do."""

    def __init__(self, start: datetime) -> None:
        self.clock = FakeClock()
        self.clock.set(start)
        self.swarm = FakeSwarm(self.clock)
        self.metrics = FakeMetrics(self.clock)
        self.memory = FakeMemory(self.clock)
        self.journal = FakeJournal()
        self.world = World(
            clock=self.clock,
            swarm=self.swarm,
            metrics=self.metrics,
            locks=FakeLocks(self.clock),
            memory=self.memory,
            journal=self.journal,
        )

    def deploy(self, *, replicas: int, image: str = "a") -> None:
        """Somebody deploys the stack: its count is that of the file, and the image may be another."""
        self.swarm.change(_WEB, replicas=replicas, fingerprint=image)

    def set_by_docker(self, replicas: int) -> None:
        """Somebody runs ``docker service scale``."""
        self.swarm.change(_WEB, replicas=replicas)

    def set_by_hand(self, replicas: int, *, reason: str, hold_for: timedelta | None) -> None:
        """Somebody runs ``skep scale``."""
        order = ScaleOrder(
            service_id=f"{_WEB}-id",
            service_name=_WEB,
            replicas=replicas,
            seen_replicas=None,
            evaluation=None,
            reason=reason,
            actor="ana",
        )
        self.act(order, hold_for=hold_for)

    def act(self, order: ScaleOrder, *, hold_for: timedelta | None = None) -> None:
        """A worker carries an order out."""
        scale_service(
            self.world,
            order,
            defaults=LabelDefaults(),
            time_limit=_TIME_LIMIT,
            hold_for=hold_for,
            task_id=f"t{len(self.journal.entries)}",
        )

    @property
    def replicas(self) -> int:
        """The count in the spec."""
        return self.swarm.service(_WEB).replicas or 0

    @property
    def running(self) -> int:
        """How many serve."""
        return self.swarm.service(_WEB).running_replicas


Happening = Callable[[Play], None]


@dataclass(frozen=True, kw_only=True)
class Timeline:
    """What happens when.

    Attributes:
        load_rps: requests per second that clients bring, by second.
        happenings: what else happens, by second, just before the evaluation at that second or after it.
        start: the instant of second 0.
    """

    length: timedelta
    load_rps: Callable[[int], float]
    labels: Mapping[str, str] = field(default_factory=lambda: POLICY)
    happenings: Mapping[int, Happening] = field(default_factory=dict)
    replicas: int = 2
    start: datetime = NOW
    interval: timedelta = timedelta(seconds=15)

    def told(self) -> str:
        """A line for each thing that was recorded, with time, load and replicas at that moment."""
        return "\n".join([_COLUMNS, *self._lines()]) + "\n"

    def _lines(self) -> Iterator[str]:
        play = Play(self.start)
        play.swarm.add(_WEB, replicas=self.replicas, labels=self.labels, stack="shop")
        play.swarm.change(_WEB, fingerprint="a")
        due = dict(self.happenings)
        for second in range(0, int(self.length.total_seconds()), int(self.interval.total_seconds())):
            play.clock.set(self.start + timedelta(seconds=second))
            written = len(play.journal.entries)
            for at in sorted(at for at in due if at <= second):
                due.pop(at)(play)
            self._bring_load(play, second)
            pace = Pace(interval=self.interval, time_limit=_TIME_LIMIT)
            for order in evaluate_services(play.world, defaults=LabelDefaults(), pace=pace).orders:
                play.act(order)
            yield from self._recorded(play, second, written)

    def _bring_load(self, play: Play, second: int) -> None:
        total, values = 0.0, []
        for each in range(second - 60, second + 1, 5):
            total += 5 * self.load_rps(max(each, 0))
            values.append(total)
        play.metrics.requests(_WEB, "proxy", values)

    def _recorded(self, play: Play, second: int, written: int) -> Iterator[str]:
        clock = f"{play.clock.now():%H:%M:%S}"
        for entry in play.journal.entries[written:]:
            if entry.kind is not EntryKind.STATE:
                load = f"{self.load_rps(second):.0f}/s"
                yield f"{clock:>8}  {load:>6}  {play.replicas:>4}  {play.running:>3}  {entry.sentence}"
