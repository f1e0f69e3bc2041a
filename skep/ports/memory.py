"""What skep remembers from one evaluation to the next."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from skep.core.action import ScaleOrder
from skep.core.capacity.backoff import PoolEvent
from skep.core.capacity.node_memory import NodeMemory
from skep.core.decision import Decision, History, Hold, Pause, Recommendation, ScaleEvent
from skep.core.foresight.following import Followed
from skep.core.foresight.replay import Tuned
from skep.core.outside import Sighting
from skep.core.policy import Signal

__all__ = ["Acts", "Memory", "PendingOrder", "PoolRecollection", "Recollection"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PendingOrder:
    """An order that a worker began to carry out.

    Attributes:
        replicas_before: the count just before the post.
        at: when it began.
        task_id: under which the history shows it.
        hold_for: for how long the person who gave it wants the count to hold, where one did.
    """

    order: ScaleOrder
    replicas_before: int
    at: datetime
    task_id: str | None = None
    hold_for: timedelta | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Recollection:
    """All that an evaluation needs of the memory, by service id.

    Attributes:
        histories: of the services asked for; those without memory are absent.
        holds: of all services, also expired ones.
        pauses: of all services, and of everything under ``ALL_SERVICES``; also expired ones.
        decisions: the latest of every service.
        sightings: every service as it was seen last.
        pending: orders begun and not finished.
        orders_unknown_since: since when the orders of people may have been forgotten; ``None`` if they are known.
        choices: the rule last chosen for each service whose policy tunes itself.
        followed: what the evaluation before has kept of those.
    """

    histories: Mapping[str, History]
    holds: Mapping[str, Hold]
    pauses: Mapping[str, Pause]
    decisions: Mapping[str, Decision]
    sightings: Mapping[str, Sighting]
    pending: Mapping[str, PendingOrder]
    orders_unknown_since: datetime | None
    choices: Mapping[str, Tuned]
    followed: Mapping[str, Followed]


@dataclass(frozen=True, slots=True, kw_only=True)
class Acts:
    """What is remembered of what was done and ordered: all of the memory that others than evaluations write.

    An evaluation whose services are dealt out recalls it before it reads the Swarm, and the rest afterwards: whatever
    skep is known to have posted can then be seen in the Swarm.

    Attributes:
        service_ids: all services that something was decided about.
        events: of the services among them that were scaled of late.
        holds, pauses, pending, orders_unknown_since: as in :class:`Recollection`.
    """

    service_ids: tuple[str, ...]
    events: Mapping[str, tuple[ScaleEvent, ...]]
    holds: Mapping[str, Hold]
    pauses: Mapping[str, Pause]
    pending: Mapping[str, PendingOrder]
    orders_unknown_since: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolRecollection:
    """What is remembered of a pool whose policy tunes itself.

    Attributes:
        choice: the rule last chosen for it; ``None`` where none was.
        followed: what the evaluation before has kept of it.
    """

    choice: Tuned | None = None
    followed: Followed | None = None


class Memory(Protocol):
    """What skep remembers between evaluations. Each kind of memory has one writer."""

    def next_evaluation(self) -> tuple[int, datetime]:
        """A new evaluation id, greater than every one before, and the store's own time.

        Monotonic without clocks of ours: ``max(last + 1, the store's time in milliseconds)``, atomically.

        Raises:
            Temporary: the store is out of reach (as for all methods here).
        """

    def recall(self, service_ids: Sequence[str] | None = None) -> Recollection:
        """All that an evaluation needs, in one round trip.

        The first call after everything was lost notes since when the orders of people are unknown.

        Args:
            service_ids: whose histories are wanted; all that are remembered where ``None``.
        """

    def recall_acts(self) -> Acts:
        """All that others than evaluations write, in two round trips. As to orders of people, as :meth:`recall`."""

    def recall_share(self, service_ids: Sequence[str], acts: Acts) -> Recollection:
        """All that an evaluation needs of these services and nothing of others, in one round trip.

        Args:
            service_ids: whose.
            acts: what was recalled before; taken over as it is.
        """

    def histories(self, service_ids: Sequence[str]) -> Mapping[str, History]:
        """What is remembered of each service; those without memory are absent. One round trip."""

    def holds(self, service_ids: Sequence[str]) -> Mapping[str, Hold]:
        """Holds of people, also expired ones not yet swept. One round trip."""

    def decisions(self, service_ids: Sequence[str] | None = None) -> Mapping[str, Decision]:
        """The latest decision per service id; of all services where ``service_ids`` is ``None``."""

    def names(self) -> Mapping[str, str]:
        """The name of each service of which a decision is remembered, by its id, in the order of names.

        For those who show a few services out of many: that costs far less than all decisions. One round trip, or two
        where services have come or gone since it was last asked.
        """

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
        """Written by the evaluation: what to keep of each service, in one round trip.

        Args:
            recommendations: per service id, replaces what was remembered.
            decisions: the latest of each service.
            sightings: each service as it was seen.
            followed: the rule of each service whose policy tunes itself.
            ages: how old the newest points of a signal were.
            forget: ids of services that are gone or no longer enabled.
        """

    def ages(self, signal: Signal) -> Sequence[timedelta]:
        """How old the newest points of a signal were in the last evaluations, newest first. One round trip."""

    def add_event(self, service_id: str, event: ScaleEvent, *, keep: timedelta) -> None:
        """Written by whoever scaled: add one event and drop those older than ``keep``."""

    def begin(self, service_id: str, pending: PendingOrder) -> None:
        """Note that an order is about to be posted, so that a killed worker's change is never unrecorded."""

    def finish(self, service_id: str, *, done: str | None = None) -> None:
        """The order of this service is posted and recorded, or was given up; all of it or nothing is remembered.

        Args:
            service_id: whose order.
            done: the id of the task that was carried out by that, by whomever; ``None`` where it was given up.
        """

    def is_done(self, task_id: str) -> bool:
        """Whether the order of that task was carried out within the last day."""

    def arrive(self, task_id: str) -> int:
        """The number of a person's order in the order in which all of them came in.

        Args:
            task_id: under which it came; the same number for the same id, whenever it is asked within an hour.
        """

    def go_ahead(self, subject: str, arrival: int, *, actor: str) -> str | None:
        """Let an order of a person be carried out, unless one about the same that came in later has been.

        Args:
            subject: what it is about.
            arrival: its number.
            actor: who gave it.

        Returns:
            Who gave that later one; ``None`` where there is none, and this one counts as carried out from now on.
        """

    def pending(self) -> Mapping[str, PendingOrder]:
        """Orders begun and not finished, by service id."""

    def put_hold(self, service_id: str, hold: Hold) -> None:
        """Set or replace a hold."""

    def release_hold(self, service_id: str) -> None:
        """Remove a hold, if there is one."""

    def pauses(self) -> Mapping[str, Pause]:
        """All pauses, by service id or ``ALL_SERVICES``; also expired ones."""

    def put_pause(self, service_id: str, pause: Pause) -> None:
        """Set or replace a pause, of one service or of all."""

    def release_pause(self, service_id: str) -> None:
        """Remove a pause, if there is one."""

    def sweep_orders(self, *, ended_before: datetime) -> None:
        """Remove the holds and pauses that ended before then; one that is given meanwhile stays."""

    def orders_unknown_since(self) -> datetime | None:
        """Since when the orders of people may have been forgotten; ``None`` if they are known. As :meth:`recall`."""

    def recall_nodes(self) -> NodeMemory:
        """What the evaluation of nodes remembers; nothing, if that was lost. One round trip."""

    def remember_nodes(self, memory: NodeMemory) -> None:
        """Written by the evaluation of nodes: replaces what was remembered."""

    def pool_events(self) -> Mapping[str, tuple[PoolEvent, ...]]:
        """What happened to each pool of late, by its name, oldest first. One round trip."""

    def recall_pools(self, pools: Sequence[str]) -> "Mapping[str, PoolRecollection]":
        """Of each pool, the rule last chosen and what the evaluation before has kept of it. One round trip."""

    def remember_pools(
        self, loads: Mapping[str, float], followed: Mapping[str, Followed], *, at: datetime, most: int
    ) -> None:
        """Written by the evaluation of nodes, in one round trip.

        Args:
            loads: of each pool whose policy tunes itself, in machines of its own.
            followed: what is kept of their rules.
            at: the evaluation.
            most: so many loads of each pool are kept.
        """

    def forget_pools(self, pools: Sequence[str]) -> None:
        """Their policies do not tune themselves any more: drop their loads, and what is kept of their rules."""

    def pool_loads(self, pool: str, *, last: int) -> Sequence[tuple[datetime, float]]:
        """The last loads of a pool, oldest first. One round trip."""

    def add_pool_event(self, pool: str, event: PoolEvent, *, keep: timedelta) -> None:
        """Written by whoever acted on a pool: add one event and drop those older than ``keep``.

        The same event twice is one event.
        """

    def note_orders_known(self) -> None:
        """The orders of people have been rebuilt: what is remembered of them is all there is."""
