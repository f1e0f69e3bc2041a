"""What was done or ordered and is worth telling, from entries of the journal."""

from skep.core.notices.notice import Notice, Topic
from skep.core.notices.troubles import Failure
from skep.core.record import Entry, EntryKind

__all__ = ["event_notice", "failure_notice"]

_TOPICS = {
    EntryKind.CHANGED: Topic.CHANGES,
    EntryKind.ORDERED: Topic.ORDERS,
    EntryKind.OUTSIDE: Topic.ORDERS,
    EntryKind.NODE: Topic.NODES,
}


def event_notice(entry: Entry) -> Notice | None:
    """The notice that an entry makes.

    Returns:
        ``None`` for entries that are no events: what keeps a service from changing is told while it lasts, by
        :func:`skep.core.notices.troubles.troubles`, and whoever gave an order that was refused is told so already.
    """
    topic = _TOPICS.get(entry.kind)
    if topic is None:
        return None
    # The sentence of a node says who, where that was not skep itself; that of a change does not.
    by = f" (by {entry.actor})" if entry.kind is EntryKind.CHANGED and entry.actor != "skep" else ""
    return Notice(topic=topic, at=entry.at, subject=entry.service_name, sentence=f"{entry.sentence}{by}")


def failure_notice(failure: Failure) -> Notice | None:
    """The notice of an action that ended in trouble.

    Returns:
        ``None`` for what comes again by itself; it is told while it lasts, by
        :func:`skep.core.notices.troubles.troubles`.
    """
    if not failure.is_action:
        return None
    sentence = f"{failure.sentence} (task {failure.task_id})"
    return Notice(topic=Topic.FAILURES, at=failure.at, subject=failure.task, sentence=sentence)
