"""What is worth telling people who are not looking: troubles that last, and entries of the journal they asked for."""

from skep.core.notices.events import event_notice, failure_notice
from skep.core.notices.following import LATE_ENTRIES, Looked, NoticeState, Standing, look
from skep.core.notices.notice import DEFAULT_TOPICS, Message, Notice, NoticeRules, Topic
from skep.core.notices.troubles import Failure, Trouble, is_at_max, troubles

__all__ = [
    "DEFAULT_TOPICS",
    "LATE_ENTRIES",
    "Failure",
    "Looked",
    "Message",
    "Notice",
    "NoticeRules",
    "NoticeState",
    "Standing",
    "Topic",
    "Trouble",
    "event_notice",
    "failure_notice",
    "is_at_max",
    "look",
    "troubles",
]
