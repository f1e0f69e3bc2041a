"""Whether an action was lost: what Docker saw, what the journal tells and what tasks answered, compared."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

__all__ = ["Account", "Told", "lost_actions"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A change as the journal tells it."""

    before: int
    after: int
    task_id: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """Three accounts of one service, from three sources that know nothing of each other.

    Attributes:
        seen: every change of its count in Docker's stream of events, as (before, after).
        told: every change in skep's journal.
        states: how each task that had the service to scale ended, in Celery's words, by its id.
        open_orders: messages that nobody has taken, or taken and not acknowledged, when all should be at rest.
    """

    seen: tuple[tuple[int, int], ...]
    told: tuple[Told, ...]
    states: Mapping[str, str]
    open_orders: int


def lost_actions(account: Account) -> tuple[str, ...]:
    """A sentence for each action that one account has and another lacks; nothing where all agree."""
    seen = Counter(account.seen)
    told = Counter((entry.before, entry.after) for entry in account.told)
    untold = [
        f"Docker saw {before} → {after}, and the journal does not tell it" for before, after in (seen - told).elements()
    ]
    unseen = [
        f"the journal tells {before} → {after}, and Docker did not see it" for before, after in (told - seen).elements()
    ]
    known = {entry.task_id: entry for entry in account.told}
    unfinished = [
        f"the task {task} ended as {state}" for task, state in sorted(account.states.items()) if state != "SUCCESS"
    ]
    unanswered = [
        f"the journal tells {entry.before} → {entry.after} by a task with no result"
        for task, entry in known.items()
        if task not in account.states
    ]
    waiting = [f"{account.open_orders} orders were never finished"] if account.open_orders else []
    return (*untold, *unseen, *unfinished, *unanswered, *waiting)
