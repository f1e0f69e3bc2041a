"""The work that waits in a queue, in the label ``skep.queue``: to the statement that reads it from InfluxDB.

Telegraf writes it there: its ``rabbitmq`` input as it is, its ``redis`` input when told to ask for the length of the
list and to name the answer after it. Source of the names: the documentation of these two inputs.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from skep.config.own_query import read_own_query
from skep.config.parts import Parts
from skep.config.target import Target, read_own_target
from skep.config.total import Total
from skep.config.units import UnitError, read_number
from skep.core.policy import Unit

__all__ = ["QUEUE", "Backlog", "read_queue"]

#: The name of the metric, which no query of one's own may have.
QUEUE = "queue"

_EXAMPLE = "rabbitmq:jobs target=30"
#: Names of queues in RabbitMQ have up to 255 bytes.
_LONGEST_NAME = 255
_LONGEST_TEXT = 2 * _LONGEST_NAME

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Backlog:
    """A queue whose length is a total of the service.

    Attributes:
        statement: answers with the length, in InfluxQL.
    """

    statement: str
    total: Total


def read_queue(text: str) -> Backlog:
    """Read ``rabbitmq:<queue> target=30`` or ``redis:<list> target=30``, with ``activation=5`` perhaps.

    Raises:
        UnitError: anything else, or a name that a statement cannot hold; it names all that is wrong.
    """
    parts = Parts(text, "target", "activation", example=_EXAMPLE, has_head=True, longest=_LONGEST_TEXT)
    backlog = Backlog(
        statement=parts.read_head(_read_statement, ""),
        total=Total(
            target=parts.require("target", _read_target, Target(value=1.0, unit=Unit.PLAIN)),
            activation=parts.read("activation", read_number, 0.0),
        ),
    )
    parts.check()
    return backlog


def _read_target(text: str) -> Target:
    target = read_own_target(text)
    if target.unit is not Unit.PLAIN:
        raise UnitError(text, "a number of waiting messages or items, without a unit", "30")
    return target


def _read_statement(text: str) -> str:
    broker, _, name = text.partition(":")
    statement = _STATEMENTS.get(broker.lower())
    if statement is None or not name:
        raise UnitError(text, "rabbitmq:<queue> or redis:<list> first", _EXAMPLE)
    if not (_NAME.fullmatch(name) and name.isprintable()):
        expected = f"a name of at most {_LONGEST_NAME} characters without space, quotes, backslash, $ and ;"
        raise UnitError(text, expected, _EXAMPLE)
    try:
        return read_own_query(statement(name), names_service=False)
    except UnitError as error:
        raise UnitError(text, f"a name that a query can hold ({error.expected})", _EXAMPLE) from None


#: Without quotes and backslashes a name is the same inside quotes: nothing has to be escaped.
_NAME = re.compile(rf"[^\s\"'`\\;$]{{1,{_LONGEST_NAME}}}")


def _of_rabbitmq(queue: str) -> str:
    """Waiting messages, those handed out and not yet acknowledged included: a worker that has one is busy."""
    return f'SELECT last("messages") FROM "rabbitmq_queue" WHERE "queue" = \'{queue}\' AND time > now() - 1m'  # noqa: S608 - _NAME lets no quote in


def _of_redis(key: str) -> str:
    return f'SELECT last("{key}") FROM "redis_commands" WHERE time > now() - 1m'  # noqa: S608 - as above


_STATEMENTS: dict[str, Callable[[str], str]] = {"rabbitmq": _of_rabbitmq, "redis": _of_redis}
