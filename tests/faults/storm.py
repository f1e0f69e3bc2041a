"""A storm over a lab: everything breaks as the weather says, people go on ordering, clients go on asking."""

import logging
import os
import signal
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial

from kombu.exceptions import OperationalError
from redis.exceptions import RedisError

from lab.demo.stack import ACTOR, BEAT, FLOWER, OBSERVER, SkepProcesses
from lab.real import Lab, processes
from tests.faults.verdict import Blindness
from tests.faults.weather import Blow, Fault, HandOrder, NodeOrder, Tide, Weather
from tests.swarm.postbox import Postbox

__all__ = ["SECOND_ACTOR", "SECOND_OBSERVER", "TARGETS", "WORKERS", "Storm", "Suffered"]

_LOG = logging.getLogger(__name__)

SECOND_OBSERVER, SECOND_ACTOR = "observer-2", "actor-2"
_INFLUX, _REDIS, _COLLECTOR = "influxd", "redis", "collector"
_BOTH = (Blow.KILL, Blow.FREEZE)

#: What breaks, and how. The third manager's engine does not: it is the one that Docker's events are heard from. Nor do
#: those of the workers: a service that has lost its last node fell by that, and not by a drain.
TARGETS: Mapping[str, tuple[Blow, ...]] = {
    **dict.fromkeys((OBSERVER, SECOND_OBSERVER, ACTOR, SECOND_ACTOR, BEAT, FLOWER, _COLLECTOR, _INFLUX, _REDIS), _BOTH),
    "node-1": (Blow.FREEZE,),
    "node-2": (Blow.FREEZE,),
}
#: Nodes that people have emptied, and take back.
WORKERS = ("node-4", "node-5")

#: An evaluation asks for metrics a moment after it has looked at the clock, and waits that long for an answer.
_BEGUN_BEFORE, _PATIENCE_FOR_ANSWERS = timedelta(seconds=2), timedelta(seconds=12)


@dataclass(kw_only=True)
class Suffered:
    """What a storm did.

    Attributes:
        blind: when metrics were out of reach for certain.
        acknowledged: ids of the orders of counts of which the broker said that it has them.
        acknowledged_of_nodes: the same of orders to empty nodes, or to take them back.
    """

    blind: list[Blindness] = field(default_factory=list)
    acknowledged: list[str] = field(default_factory=list)
    acknowledged_of_nodes: list[str] = field(default_factory=list)


class Storm:
    """Breaks what stands on a lab, as the weather says.

    Args:
        lab: three managers.
        skep: its processes there.
        postbox: where people's orders go.
        order: the message of an order for so many replicas.
        tide: has so many replicas run on nodes of the pool; returns when the managers have taken it.
        lose: lets a machine of the pool die, if one serves.
    """

    def __init__(
        self,
        lab: Lab,
        skep: SkepProcesses,
        postbox: Postbox,
        *,
        order: Callable[[int], Mapping[str, object]],
        tide: Callable[[int], None],
        lose: Callable[[], None],
    ) -> None:
        self._lab = lab
        self._skep = skep
        self._postbox = postbox
        self._order = order
        self._tide = tide
        self._lose = lose
        self._starts: Mapping[str, Callable[[], object]] = {
            OBSERVER: skep.start_observer,
            ACTOR: skep.start_actor,
            BEAT: skep.start_beat,
            FLOWER: skep.start_flower,
            SECOND_OBSERVER: lambda: skep.start_observer(SECOND_OBSERVER),
            SECOND_ACTOR: lambda: skep.start_actor(SECOND_ACTOR),
            _COLLECTOR: lab.start_collector,
        }

    def rage(self, weather: Weather) -> Suffered:
        """Let everything happen at its time; at the end all that broke works again."""
        suffered = Suffered()
        mendings: dict[Fault, Callable[[], None]] = {}

        def strike(fault: Fault) -> None:
            _LOG.info("%s", fault)
            mendings[fault] = self._strike(fault, suffered)

        def mend(fault: Fault) -> None:
            mendings.pop(fault, lambda: None)()

        # The crowd is of one mind: what it asked for first, it gets first.
        with ThreadPoolExecutor(max_workers=8) as people, ThreadPoolExecutor(max_workers=1) as crowd:
            sent: list[Future[None]] = []

            def order_node(order: NodeOrder) -> None:
                _LOG.info("%s", order)
                sent.append(people.submit(self._send_about_node, order, suffered))

            def turn(tide: Tide) -> None:
                _LOG.info("%s", tide)
                sent.append(crowd.submit(self._tide, tide.replicas))

            acts: list[tuple[timedelta, Callable[[], object]]] = [
                *((fault.at, lambda fault=fault: strike(fault)) for fault in weather.faults),
                *((fault.at + fault.lasts, lambda fault=fault: mend(fault)) for fault in weather.faults),
                *((o.at, lambda o=o: sent.append(people.submit(self._send, o, suffered))) for o in weather.orders),
                *((order.at, partial(order_node, order)) for order in weather.node_orders),
                *((tide.at, partial(turn, tide)) for tide in weather.tides),
                *((at, lambda: sent.append(people.submit(self._lose))) for at in weather.deaths),
            ]
            try:
                _each_at_its_time(acts, until=weather.duration)
            finally:
                for fault in list(mendings):
                    mend(fault)
            for order in sent:
                order.result()
        return suffered

    def _strike(self, fault: Fault, suffered: Suffered) -> Callable[[], None]:
        """Break something; what is given back mends it."""
        since = datetime.now(UTC)
        mend = self._kill(fault.target) if fault.blow is Blow.KILL else self._freeze(fault.target)

        def mend_and_note() -> None:
            if fault.target == _INFLUX:
                blind = Blindness(since=since + _BEGUN_BEFORE, until=datetime.now(UTC) - _PATIENCE_FOR_ANSWERS)
                suffered.blind += [blind] if blind.since < blind.until else []
            mend()

        return mend_and_note

    def _kill(self, target: str) -> Callable[[], object]:
        process = self._process(target)
        self._skep.kill(target)
        return self._starts.get(target, lambda: self._lab.run(target, process.argv))

    def _freeze(self, target: str) -> Callable[[], object]:
        if target in self._starts:
            family = self._skep.freeze(target)
            return lambda: self._skep.thaw(family)
        pid = self._process(target).pid
        os.kill(pid, signal.SIGSTOP)
        return lambda: os.kill(pid, signal.SIGCONT)

    def _process(self, target: str) -> processes.Process:
        found = [p for p in self._lab.processes() if p.name in {target, f"engine-{target}"}]
        assert found, f"{target} ended by itself before the storm struck it; its log: {self._lab.log(target)}"
        return found[0]

    def _send(self, order: HandOrder, suffered: Suffered) -> None:
        """What the broker does not acknowledge is nobody's promise."""
        with suppress(OperationalError, RedisError, OSError):
            self._postbox.send(self._order(order.replicas), task_id=order.task_id)
            suffered.acknowledged.append(order.task_id)

    def _send_about_node(self, order: NodeOrder, suffered: Suffered) -> None:
        message = {"node_id": order.hostname, "actor": "ada", "reason": "by hand"}
        with suppress(OperationalError, RedisError, OSError):
            self._postbox.send(message, task=order.task, task_id=order.task_id)
            suffered.acknowledged_of_nodes.append(order.task_id)


def _each_at_its_time(acts: Iterable[tuple[timedelta, Callable[[], object]]], *, until: timedelta) -> None:
    began_s, pause = time.monotonic(), threading.Event()

    def wait_for(at: timedelta) -> None:
        pause.wait(max(0.0, began_s + at.total_seconds() - time.monotonic()))

    for at, act in sorted(acts, key=lambda timed: timed[0]):
        wait_for(at)
        act()
    wait_for(until)
