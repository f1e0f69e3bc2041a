"""From what is wrong now, and what was told before, to what is told now: each trouble once, and its end."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from skep.core.notices.events import event_notice, failure_notice
from skep.core.notices.notice import Notice, NoticeRules
from skep.core.notices.troubles import Failure, Trouble
from skep.core.record import Entry

__all__ = ["LATE_ENTRIES", "MOST_WAITING", "Looked", "NoticeState", "Standing", "look"]

#: Entries of another machine, or of one whose clock is a little behind, may come so much later than their instant.
LATE_ENTRIES = timedelta(minutes=2)
#: What waits beyond this is counted and no longer told.
MOST_WAITING = 200
_HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """A trouble that lasts.

    Attributes:
        since: when it was first seen.
        told_at: when people were told last; ``None`` while they were not.
        gone_at: when it was first not seen any more; it may come back and then was never gone.
    """

    trouble: Trouble
    since: datetime
    told_at: datetime | None = None
    gone_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeState:
    """What must be remembered from one look to the next, so that nothing is told twice.

    Attributes:
        looked_at: the last look; ``None`` before the first, which tells nothing of the past.
        standing: the troubles that last.
        seen: entries of the journal that were looked at and may be read once more.
        waiting: notices for the next message.
        sent_at: the messages of the last hour.
        withheld: notices that were given up because too many waited.
    """

    looked_at: datetime | None = None
    standing: tuple[Standing, ...] = ()
    seen: tuple[tuple[datetime, str], ...] = ()
    waiting: tuple[Notice, ...] = ()
    sent_at: tuple[datetime, ...] = ()
    withheld: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """What came of one look.

    Attributes:
        state: to remember.
        notices: of one message; none where nothing is to be told now.
        withheld: how many more there would have been since the last message.
    """

    state: NoticeState
    notices: tuple[Notice, ...]
    withheld: int


def look(
    state: NoticeState,
    *,
    rules: NoticeRules,
    now: datetime,
    entries: Sequence[Entry],
    found: Sequence[Trouble],
    failures: Sequence[Failure] = (),
) -> Looked:
    """What is told now.

    Args:
        state: what is remembered.
        rules: what people wish.
        now: the present instant.
        entries: of the journal, at least all since the last look, in any order.
        found: what is wrong now.
        failures: of tasks, at least all since the last look.
    """
    standing, of_troubles = _followed(state, rules, now, found)
    events = [
        *((event_notice(e), _key(e), e.at) for e in entries),
        *((failure_notice(f), f.task_id, f.at) for f in failures),
    ]
    fresh = [(notice, key, at) for notice, key, at in events if _is_new(key, at, state, now)]
    of_events = [notice for notice, _, _ in fresh if notice is not None]
    new = [n for n in (*of_troubles, *of_events) if n.topic in rules.topics]
    waiting = (*state.waiting, *sorted(new, key=lambda notice: notice.at))
    kept, withheld = waiting[:MOST_WAITING], state.withheld + max(len(waiting) - MOST_WAITING, 0)
    sent_at = tuple(at for at in state.sent_at if now - at < _HOUR)
    sends = bool(kept) and len(sent_at) < rules.messages_per_hour
    following = replace(
        state,
        looked_at=now,
        standing=standing,
        seen=(*_young(state, now), *((at, key) for _, key, at in fresh)),
        waiting=() if sends else kept,
        sent_at=(*sent_at, now) if sends else sent_at,
        withheld=0 if sends else withheld,
    )
    return Looked(state=following, notices=kept if sends else (), withheld=withheld if sends else 0)


def _followed(
    state: NoticeState, rules: NoticeRules, now: datetime, found: Sequence[Trouble]
) -> tuple[tuple[Standing, ...], list[Notice]]:
    """The troubles that last from now on, and what is to be said of them and of those that ended."""
    known = {one.trouble.key: one for one in state.standing}
    standing: list[Standing] = []
    notices: list[Notice] = []
    for trouble in found:
        before = known.pop(trouble.key, None)
        one = Standing(trouble=trouble, since=now) if before is None else _back(before, trouble)
        if _is_due(one, rules, now):
            notices.append(_notice(one, now))
            one = replace(one, told_at=now)
        standing.append(one)
    # Nobody knows of those that were not told; of the others it is told once it is sure that they are over.
    for gone in (replace(one, gone_at=one.gone_at or now) for one in known.values() if one.told_at is not None):
        if gone.gone_at is not None and now - gone.gone_at < rules.after:
            standing.append(gone)
        else:
            notices.append(_notice(gone, now, is_over=True))
    return tuple(standing), notices


def _back(before: Standing, trouble: Trouble) -> Standing:
    """What it is now, in its present words."""
    return replace(before, trouble=trouble, gone_at=None)


def _is_due(one: Standing, rules: NoticeRules, now: datetime) -> bool:
    if one.told_at is not None:
        return now - one.told_at >= rules.repeat
    return one.trouble.is_urgent or now - one.since >= rules.after


def _notice(one: Standing, now: datetime, *, is_over: bool = False) -> Notice:
    trouble = one.trouble
    return Notice(
        topic=trouble.topic,
        at=now,
        subject=trouble.subject,
        sentence=trouble.sentence,
        since=one.since,
        is_over=is_over,
    )


def _is_new(key: str, at: datetime, state: NoticeState, now: datetime) -> bool:
    begin = now if state.looked_at is None else state.looked_at - LATE_ENTRIES
    return at > begin and key not in {seen for _, seen in state.seen}


def _young(state: NoticeState, now: datetime) -> list[tuple[datetime, str]]:
    """What was seen and may be read once more."""
    return [(at, key) for at, key in state.seen if now - at <= 2 * LATE_ENTRIES]


def _key(entry: Entry) -> str:
    return f"{entry.kind} {entry.service_name} {entry.at.isoformat()} {entry.sentence}"
