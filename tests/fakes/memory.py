"""A memory that lives as long as the test."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from threading import Lock
from typing import TypeVar

from skep.core.capacity.backoff import PoolEvent
from skep.core.capacity.node_memory import NodeMemory
from skep.core.decision import Decision, History, Hold, Pause, Recommendation, ScaleEvent
from skep.core.foresight.following import Followed
from skep.core.foresight.metric_delay import MOST_AGES
from skep.core.foresight.pools import pool_key
from skep.core.foresight.replay import Tuned
from skep.core.outside import Sighting
from skep.core.policy import Signal
from skep.errors import Temporary
from skep.ports import Acts, Clock, PendingOrder, PoolRecollection, Recollection
from tests.fakes.clock import FakeClock

__all__ = ["FakeMemory"]

Value = TypeVar("Value")

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class FakeMemory:
    """Implements :class:`skep.ports.Memory`, also for several threads."""

    def __init__(self, clock: Clock | None = None) -> None:
        self._clock = clock or FakeClock()
        self._one_at_a_time = Lock()
        self._is_down = False
        self._last_evaluation = 0
        self.forget_everything()

    def break_down(self) -> None:
        """Be out of reach until :meth:`come_back`."""
        self._is_down = True

    def come_back(self) -> None:
        """Answer again."""
        self._is_down = False

    def forget_everything(self) -> None:
        """Lose all data, as a Redis without its file would; ids rise all the same, as real time passes meanwhile."""
        self._recommendations: dict[str, tuple[Recommendation, ...]] = {}
        self._events: dict[str, tuple[ScaleEvent, ...]] = {}
        self._decisions: dict[str, Decision] = {}
        self._holds: dict[str, Hold] = {}
        self._pending: dict[str, PendingOrder] = {}
        self._done: set[str] = set()
        self._arrivals: dict[str, int] = {}
        self._carried_out: dict[str, tuple[int, str]] = {}
        self._pauses: dict[str, Pause] = {}
        self._sightings: dict[str, Sighting] = {}
        self.choices: dict[str, Tuned] = {}
        self._followed: dict[str, Followed] = {}
        self._pool_loads: dict[str, tuple[tuple[datetime, float], ...]] = {}
        self._ages: dict[Signal, tuple[timedelta, ...]] = {}
        self._nodes = NodeMemory()
        self._pool_events: dict[str, tuple[PoolEvent, ...]] = {}
        self._knows_orders = False
        self._orders_unknown_since: datetime | None = None

    def next_evaluation(self) -> tuple[int, datetime]:
        self._reach()
        now = self._clock.now()
        with self._one_at_a_time:
            self._last_evaluation = max(self._last_evaluation + 1, (now - _EPOCH) // timedelta(milliseconds=1))
            return self._last_evaluation, now

    def recall(self, service_ids: Sequence[str] | None = None) -> Recollection:
        self._reach()
        return Recollection(
            histories=self.histories(list(self._recommendations) if service_ids is None else service_ids),
            holds=dict(self._holds),
            pauses=dict(self._pauses),
            decisions=dict(self._decisions),
            sightings=dict(self._sightings),
            pending=dict(self._pending),
            orders_unknown_since=self.orders_unknown_since(),
            choices=dict(self.choices),
            followed=dict(self._followed),
        )

    def recall_acts(self) -> Acts:
        self._reach()
        return Acts(
            service_ids=tuple(self._decisions),
            events={each: events for each, events in self._events.items() if events and each in self._decisions},
            holds=dict(self._holds),
            pauses=dict(self._pauses),
            pending=dict(self._pending),
            orders_unknown_since=self.orders_unknown_since(),
        )

    def recall_share(self, service_ids: Sequence[str], acts: Acts) -> Recollection:
        self._reach()
        return Recollection(
            histories={
                service_id: History(recommendations=known, events=acts.events.get(service_id, ()))
                for service_id, known in _of(service_ids, self._recommendations).items()
                if known
            },
            holds=acts.holds,
            pauses=acts.pauses,
            decisions=_of(service_ids, self._decisions),
            sightings=_of(service_ids, self._sightings),
            pending=acts.pending,
            orders_unknown_since=acts.orders_unknown_since,
            choices=_of(service_ids, self.choices),
            followed=_of(service_ids, self._followed),
        )

    def histories(self, service_ids: Sequence[str]) -> Mapping[str, History]:
        self._reach()
        return {
            service_id: History(recommendations=known, events=self._events.get(service_id, ()))
            for service_id, known in _of(service_ids, self._recommendations).items()
            if known
        }

    def holds(self, service_ids: Sequence[str]) -> Mapping[str, Hold]:
        self._reach()
        return _of(service_ids, self._holds)

    def names(self) -> Mapping[str, str]:
        """By id, in the order of names."""
        self._reach()
        found = sorted((decision.service_name, service_id) for service_id, decision in self._decisions.items())
        return {service_id: name for name, service_id in found}

    def decisions(self, service_ids: Sequence[str] | None = None) -> Mapping[str, Decision]:
        self._reach()
        return dict(self._decisions) if service_ids is None else _of(service_ids, self._decisions)

    def remember(
        self,
        *,
        recommendations: Mapping[str, Sequence[Recommendation]],
        decisions: Sequence[Decision],
        sightings: Mapping[str, Sighting] | None = None,
        followed: Mapping[str, Followed] | None = None,
        ages: Mapping[Signal, timedelta] | None = None,
        forget: Iterable[str] = (),
    ) -> None:
        self._reach()
        for service_id in forget:
            self._recommendations.pop(service_id, None)
            self._decisions.pop(service_id, None)
            self._sightings.pop(service_id, None)
            self._followed.pop(service_id, None)
        self._sightings.update(sightings or {})
        self._followed.update(followed or {})
        for signal, age in (ages or {}).items():
            self._ages[signal] = (age, *self._ages.get(signal, ()))[:MOST_AGES]
        self._recommendations.update({service_id: tuple(kept) for service_id, kept in recommendations.items()})
        self._decisions.update({decision.service_id: decision for decision in decisions})

    def ages(self, signal: Signal) -> Sequence[timedelta]:
        self._reach()
        return self._ages.get(signal, ())

    def add_event(self, service_id: str, event: ScaleEvent, *, keep: timedelta) -> None:
        self._reach()
        known = self._events.get(service_id, ())
        kept = {e for e in known if event.at - e.at <= keep} | {event}
        self._events[service_id] = tuple(sorted(kept, key=lambda e: e.at))

    def begin(self, service_id: str, pending: PendingOrder) -> None:
        self._reach()
        self._pending[service_id] = pending

    def finish(self, service_id: str, *, done: str | None = None) -> None:
        self._reach()
        self._pending.pop(service_id, None)
        if done is not None:
            self._done.add(done)

    def is_done(self, task_id: str) -> bool:
        self._reach()
        return task_id in self._done

    def arrive(self, task_id: str) -> int:
        self._reach()
        with self._one_at_a_time:
            return self._arrivals.setdefault(task_id, len(self._arrivals) + 1)

    def go_ahead(self, subject: str, arrival: int, *, actor: str) -> str | None:
        self._reach()
        with self._one_at_a_time:
            last, by = self._carried_out.get(subject, (0, ""))
            if last > arrival:
                return by
            self._carried_out[subject] = (arrival, actor)
            return None

    def pending(self) -> Mapping[str, PendingOrder]:
        self._reach()
        return dict(self._pending)

    def put_hold(self, service_id: str, hold: Hold) -> None:
        self._reach()
        self._holds[service_id] = hold

    def release_hold(self, service_id: str) -> None:
        self._reach()
        self._holds.pop(service_id, None)

    def pauses(self) -> Mapping[str, Pause]:
        self._reach()
        return dict(self._pauses)

    def put_pause(self, service_id: str, pause: Pause) -> None:
        self._reach()
        self._pauses[service_id] = pause

    def release_pause(self, service_id: str) -> None:
        self._reach()
        self._pauses.pop(service_id, None)

    def sweep_orders(self, *, ended_before: datetime) -> None:
        self._reach()
        for orders in (self._holds, self._pauses):
            for service_id in [each for each, order in orders.items() if not order.is_in_force(ended_before)]:
                del orders[service_id]

    def orders_unknown_since(self) -> datetime | None:
        self._reach()
        if self._knows_orders:
            return None
        self._orders_unknown_since = self._orders_unknown_since or self._clock.now()
        return self._orders_unknown_since

    def recall_nodes(self) -> NodeMemory:
        self._reach()
        return self._nodes

    def remember_nodes(self, memory: NodeMemory) -> None:
        self._reach()
        self._nodes = memory

    def pool_events(self) -> Mapping[str, tuple[PoolEvent, ...]]:
        self._reach()
        return dict(self._pool_events)

    def recall_pools(self, pools: Sequence[str]) -> Mapping[str, PoolRecollection]:
        self._reach()
        return {
            pool: PoolRecollection(choice=self.choices.get(pool_key(pool)), followed=self._followed.get(pool_key(pool)))
            for pool in pools
        }

    def remember_pools(
        self, loads: Mapping[str, float], followed: Mapping[str, Followed], *, at: datetime, most: int
    ) -> None:
        self._reach()
        for pool, load in loads.items():
            self._pool_loads[pool] = (*self._pool_loads.get(pool, ()), (at, load))[-most:]
        self._followed.update({pool_key(pool): each for pool, each in followed.items()})

    def forget_pools(self, pools: Sequence[str]) -> None:
        self._reach()
        for pool in pools:
            self._pool_loads.pop(pool, None)
            self._followed.pop(pool_key(pool), None)

    def pool_loads(self, pool: str, *, last: int) -> Sequence[tuple[datetime, float]]:
        self._reach()
        return self._pool_loads.get(pool, ())[-last:]

    def add_pool_event(self, pool: str, event: PoolEvent, *, keep: timedelta) -> None:
        self._reach()
        kept = {e for e in self._pool_events.get(pool, ()) if event.at - e.at <= keep} | {event}
        self._pool_events[pool] = tuple(sorted(kept, key=lambda e: e.at))

    def note_orders_known(self) -> None:
        self._reach()
        self._knows_orders = True

    def _reach(self) -> None:
        if self._is_down:
            raise Temporary("the fake memory is out of reach")


def _of(service_ids: Sequence[str], known: Mapping[str, Value]) -> dict[str, Value]:
    return {service_id: known[service_id] for service_id in service_ids if service_id in known}
