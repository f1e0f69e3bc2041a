"""skep's own account of a service: what it remembers of it, and what it has written down."""

from datetime import datetime

import redis

from skep.adapters.filing import Shelf, Span
from skep.adapters.redis_journal import RedisJournal
from skep.adapters.redis_memory import RedisMemory
from skep.core.decision import Decision, Hold, Recommendation
from skep.core.foresight.replay import Tuned
from skep.core.record import Entry, EntryKind
from skep.errors import SkepError
from tests.swarm.patience import becomes

__all__ = ["Account"]

_MOST_ENTRIES = 1_000


class Account:
    """What skep tells of one service.

    Args:
        broker: where it keeps all it knows.
        service_id: by which it remembers the service.
        service_name: under which it writes things down.
        since: what was written before is another story.
    """

    def __init__(self, broker: redis.Redis, *, service_id: str, service_name: str, since: datetime) -> None:
        self._memory = RedisMemory(broker)
        self._journal = RedisJournal(broker)
        self._id = service_id
        self._name = service_name
        self._since = since

    def __str__(self) -> str:
        """All of it, for whoever has to find out why a test failed."""
        try:
            sentences = [f"{entry.at:%H:%M:%S} {entry.kind} {entry.sentence}" for entry in self.entries]
            return "\n".join([*sentences, str(self.decision)])
        except SkepError as error:
            return f"cannot be told: {error}"

    @property
    def decision(self) -> Decision | None:
        """The latest."""
        return self._memory.decisions([self._id]).get(self._id)

    @property
    def choice(self) -> Tuned:
        """The rule that was chosen for it."""
        return self._memory.recall([self._id]).choices[self._id]

    @property
    def recommendations(self) -> tuple[Recommendation, ...]:
        """One of each past evaluation, as far back as the windows in the labels reach."""
        history = self._memory.histories([self._id]).get(self._id)
        return history.recommendations if history is not None else ()

    @property
    def hold(self) -> Hold | None:
        """A person's order to keep a count."""
        return self._memory.holds([self._id]).get(self._id)

    @property
    def orders_begun(self) -> int:
        """Orders that a worker has begun and not finished."""
        return len(self._memory.pending())

    @property
    def entries(self) -> tuple[Entry, ...]:
        """What the journal tells, the oldest first."""
        newest = self._journal.newest(service=self._name, span=Span(since=self._since), limit=_MOST_ENTRIES)[
            Shelf.CHANGES
        ]
        return tuple(filed.entry for filed in reversed(newest))

    @property
    def changes(self) -> tuple[Entry, ...]:
        """Those entries that tell of a change."""
        return tuple(entry for entry in self.entries if entry.kind is EntryKind.CHANGED)

    def next_decisions(self, count: int) -> tuple[Decision, ...]:
        """The next so many decisions, each of an evaluation of its own."""
        decisions: list[Decision] = []
        last = self.decision
        while len(decisions) < count:
            last = self._decision_after(last)
            decisions.append(last)
        return tuple(decisions)

    def _decision_after(self, last: Decision | None) -> Decision:
        def is_newer(decision: Decision | None) -> bool:
            return decision is not None and (last is None or decision.evaluation > last.evaluation)

        decision = becomes(lambda: self.decision, is_newer, what="another evaluation")
        assert decision is not None
        return decision
