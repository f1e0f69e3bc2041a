"""Beat with its broker in memory: ``python -m tests.entrypoints.beat_in_memory`` tells what it loads and sends."""

import sys

import msgspec
from celery import Celery
from celery.beat import ScheduleEntry, Scheduler
from kombu import Connection

__all__ = ["Told", "messages"]

#: Of each message on its own; and the time limits, for which a worker takes the task's where a message names none.
_OWN = frozenset({"id", "root_id", "origin", "expires", "timelimit"})


class Told(msgspec.Struct, kw_only=True):
    """What a process of beat tells.

    Attributes:
        modules: names of what it has loaded.
        messages: the headers of what it sends, by the name of the entry, without what differs each time.
    """

    modules: set[str]
    messages: dict[str, dict[str, object]]


def messages(app: Celery) -> dict[str, dict[str, object]]:
    """What an application's beat writes into the headers of its messages, by the name of the entry."""
    with Connection("memory://") as connection:
        return {entry: _sent(app, entry, connection) for entry in app.conf.beat_schedule}


def _sent(app: Celery, entry: str, connection: Connection) -> dict[str, object]:
    told = app.conf.beat_schedule[entry]
    due, producer = ScheduleEntry(entry, app=app, **told), app.amqp.Producer(connection)
    Scheduler(app, lazy=True).apply_async(due, producer=producer, advance=False)
    message = app.amqp.router.route({}, told["task"])["queue"](connection.default_channel).get()
    return {name: value for name, value in message.headers.items() if name not in _OWN}


def main() -> None:
    """Do all that Celery does before beat sends for the first time, and send."""
    from beat.__main__ import app  # noqa: PLC0415 - what that loads is what is told
    from beat.scheduler import LivingScheduler  # noqa: PLC0415, F401 - named in celeryconfig

    app.loader.init_worker()
    app.finalize()
    told = Told(messages=messages(app), modules=set(sys.modules))
    sys.stdout.write(msgspec.json.encode(told).decode())


if __name__ == "__main__":
    main()
