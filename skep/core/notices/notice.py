"""One thing that people are told, and what they wish to be told."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

__all__ = ["DEFAULT_TOPICS", "Message", "Notice", "NoticeRules", "Topic"]


class Topic(StrEnum):
    """What a notice is about; operators choose among these."""

    FAILURES = "failures"
    AT_MAX = "at-max"
    NO_DATA = "no-data"
    NO_ROOM = "no-room"
    NODES = "nodes"
    ORDERS = "orders"
    CHANGES = "changes"


#: Orders and changes are what skep is there for: whoever wants to be told of each says so.
DEFAULT_TOPICS = (Topic.FAILURES, Topic.AT_MAX, Topic.NO_DATA, Topic.NO_ROOM, Topic.NODES)


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """One thing that is worth telling.

    Attributes:
        at: when it was noticed.
        subject: whom it concerns: a service, a node, a pool, or skep.
        sentence: all of it, beginning with the subject.
        since: when the trouble began, where it is one that lasts.
        is_over: whether it tells that the trouble has ended.
    """

    topic: Topic
    at: datetime
    subject: str
    sentence: str
    since: datetime | None = None
    is_over: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeRules:
    """What people wish to be told, and how often.

    Attributes:
        topics: about what.
        after: a trouble that is shorter is not told.
        repeat: a trouble that lasts is told again after this.
        messages_per_hour: what is more waits and comes together.
    """

    topics: tuple[Topic, ...] = DEFAULT_TOPICS
    after: timedelta = timedelta(minutes=5)
    repeat: timedelta = timedelta(hours=6)
    messages_per_hour: int = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """Notices as they are sent: once for people, and once more for programs.

    Attributes:
        at: when it was made.
        title: one line.
        text: lines, of which none needs the title.
        notices: none, where somebody only tries whether messages arrive.
    """

    at: datetime
    title: str
    text: str
    notices: tuple[Notice, ...]
