"""Operators' own queries: all in one request, and no wrong one among them blinds another.

A request that fails as a whole is asked again in halves, until each culprit stands alone. Culprits are kept out of
the requests of later evaluations. Those that were merely slow cost a whole timeout each time they are asked, so the
search for them goes on over several evaluations, and meanwhile the others are answered.
"""

import math
import time
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import chain
from typing import TypeGuard

from skep.adapters.influx.answers import read_own
from skep.adapters.influx.conversation import TIME_IS_UP, Conversation, Outcome
from skep.adapters.influx.statements import own_statement
from skep.adapters.influx.trouble import Fault, Trouble
from skep.core.metrics.series import Answer, Gap, Question

__all__ = ["Key", "OwnQueries", "key_of"]

#: Names of the service and of the metric.
Key = tuple[str, str]

# What failed for its text stays out until the text changes; anything else may have been the data of the moment.
_SECOND_CHANCE_AFTER = timedelta(minutes=5)


def key_of(question: Question) -> Key:
    """What a question of an operator's own is answered under."""
    return question.service or "", question.metric or ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Culprit:
    """A statement that the store would not have, its words, and until when it is left out."""

    statement: str
    gap: Gap
    ends_at_s: float


class OwnQueries:
    """Asks operators' own queries, and remembers which not to ask.

    Attributes:
        quarantine: culprits by service and metric; each is left out until its text changes, and those that failed for
            anything but their text for some minutes only.
    """

    def __init__(self, *, second_chance_after: timedelta = _SECOND_CHANCE_AFTER) -> None:
        self.quarantine: dict[Key, Culprit] = {}
        self._second_chance_after = second_chance_after
        self._suspects: list[tuple[Key, ...]] = []

    def read(self, conversation: Conversation, questions: Iterable[Question]) -> dict[Key, Answer]:
        """The answers, without those questions that the store has no points for."""
        written = {key_of(question): own_statement(question) for question in questions}
        self._release(written)
        answers: dict[Key, Answer] = {key: text for key, text in written.items() if isinstance(text, Gap)}
        answers |= {key: culprit.gap for key, culprit in self.quarantine.items()}
        askable = {key: text for key, text in written.items() if isinstance(text, str) and key not in self.quarantine}
        return answers | self._ask(conversation, askable)

    def _release(self, written: Mapping[Key, str | Gap]) -> None:
        """Forget culprits whose text has changed, or that nobody asks for; those whose time is over are asked alone."""
        now_s = time.monotonic()
        kept = {key: culprit for key, culprit in self.quarantine.items() if written.get(key) == culprit.statement}
        self._suspects += [(key,) for key, culprit in kept.items() if culprit.ends_at_s <= now_s]
        self.quarantine = {key: culprit for key, culprit in kept.items() if culprit.ends_at_s > now_s}

    def _ask(self, conversation: Conversation, askable: Mapping[Key, str]) -> dict[Key, Answer]:
        answers: dict[Key, Answer] = {}
        groups = deque(self._groups(askable))
        while groups and not conversation.is_over:
            group = groups.popleft()
            outcomes = dict(zip(group, conversation.ask([askable[key] for key in group]), strict=True))
            answers |= _answers(outcomes)
            blamed = {key: outcome for key, outcome in outcomes.items() if _may_be_to_blame(outcome)}
            for key, trouble in blamed.items():
                if not trouble.is_shared:
                    self._convict(key, askable[key], trouble)
            groups += _halves([key for key, trouble in blamed.items() if trouble.is_shared])
        self._suspects = list(groups)
        return dict.fromkeys(chain.from_iterable(groups), TIME_IS_UP.gap) | answers

    def _groups(self, askable: Mapping[Key, str]) -> list[tuple[Key, ...]]:
        """Who is asked together: first all without a suspicion, then the groups that one is still looked for in."""
        suspects = [tuple(key for key in group if key in askable) for group in self._suspects]
        suspected = set(chain.from_iterable(suspects))
        trusted = tuple(key for key in askable if key not in suspected)
        return [group for group in (trusted, *suspects) if group]

    def _convict(self, key: Key, statement: str, trouble: Trouble) -> None:
        is_final = trouble.fault is Fault.TEXT
        ends_at_s = math.inf if is_final else time.monotonic() + self._second_chance_after.total_seconds()
        self.quarantine[key] = Culprit(statement=statement, gap=trouble.gap, ends_at_s=ends_at_s)


def _answers(outcomes: Mapping[Key, Outcome]) -> dict[Key, Answer]:
    """Without those that found no points."""
    read = {
        key: outcome.gap if isinstance(outcome, Trouble) else read_own(outcome) for key, outcome in outcomes.items()
    }
    return {key: answer for key, answer in read.items() if answer is not None}


def _may_be_to_blame(outcome: Outcome) -> TypeGuard[Trouble]:
    """Whether it is the query itself, or one that was asked with it, that went wrong."""
    return isinstance(outcome, Trouble) and outcome.fault is not Fault.STORE


def _halves(keys: Sequence[Key]) -> list[tuple[Key, ...]]:
    middle = len(keys) // 2
    return [half for half in (tuple(keys[:middle]), tuple(keys[middle:])) if half]
