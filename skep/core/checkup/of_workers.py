"""The broker, the workers, and whether both sides agree on version and time."""

from collections.abc import Iterator
from datetime import timedelta

from skep.core.checkup.check import Check, Health
from skep.core.checkup.facts import BrokerFacts, Checkup, Examination, MetricsFacts, QueueFacts
from skep.core.checkup.wording import names, span, well

__all__ = ["of_broker", "of_clocks", "of_queue", "of_versions"]

#: Clocks further apart are not kept in step by anything.
_TOLERATED_OFFSET = timedelta(seconds=5)

#: Orders are carried out within seconds; more of them at once are a pile.
_PILE = 100

_SERVICE_OF_QUEUE = {"act": "skep_actor", "tick": "skep_observer", "observe": "skep_observer"}


def of_broker(broker: BrokerFacts) -> Check:
    """The broker, which answers."""
    return well("broker", f"Redis {broker.version} answers at {broker.address}.")


def of_queue(queue: QueueFacts) -> Check:
    """Whether somebody takes from a queue, and fast enough."""
    about = f"queue {queue.queue}"
    service = _SERVICE_OF_QUEUE.get(queue.queue, "skep_observer")
    if not queue.workers:
        fit = (
            "" if queue.queue == "observe" else " A worker whose manager does not answer leaves this queue: see docker."
        )
        return Check(
            about=about,
            health=Health.FAILURE,
            found=f"No worker takes from it, and {_messages(queue.waiting) if queue.waiting else 'nothing waits'}.",
            mend=f"docker service ps {service} --no-trunc; docker service logs {service}.{fit}",
        )
    if queue.waiting > _PILE:
        return Check(
            about=about,
            health=Health.WARNING,
            found=f"{_messages(queue.waiting, 'already')}; {names(queue.workers)} cannot keep up.",
            mend=f"skep tasks shows them. Give {service} more --concurrency, or find what holds it up in its logs.",
        )
    return well(about, f"{names(queue.workers)} {'takes' if len(queue.workers) == 1 else 'take'} from it.")


def _messages(count: int, word: str = "") -> str:
    verb = "waits" if count == 1 else "wait"
    return f"{count} {'message' if count == 1 else 'messages'} {word}{' ' if word else ''}{verb}"


def of_versions(here: str, examination: Examination) -> Check:
    """Whether both sides are of one version."""
    if here == examination.version:
        return well("versions", f"This command and the worker are both skep {here}.")
    return Check(
        about="versions",
        health=Health.WARNING,
        found=f"This command is skep {here}, the worker {examination.version}.",
        mend="Use the same version on both sides: an answer of another version may not be readable.",
    )


def of_clocks(checkup: Checkup, broker: BrokerFacts, examination: Examination) -> Iterator[Check]:
    """Whether all clocks agree; ages of data are judged by the store's own."""
    offsets = {"the worker": examination.at - checkup.examined_at, "Redis": broker.at - checkup.reached_at}
    if isinstance(examination.metrics, MetricsFacts):
        offsets["the metrics store"] = examination.metrics.as_of - examination.metrics.read_at
    wrong = {whose: offset for whose, offset in offsets.items() if abs(offset) > _TOLERATED_OFFSET}
    if not wrong:
        *others, last = offsets
        found = f"This machine, {', '.join(others)} and {last} agree within {span(_TOLERATED_OFFSET)}."
        yield well("clocks", found)
    for whose, offset in wrong.items():
        other = "the worker's" if whose == "the metrics store" else "this machine's"
        yield Check(
            about="clocks",
            health=Health.WARNING,
            found=f"The clock of {whose} is {span(abs(offset))} {_side(offset)} {other}.",
            mend="Keep clocks in step (chrony, systemd-timesyncd). Ages of data are judged by the store's own clock.",
        )


def _side(offset: timedelta) -> str:
    return "ahead of" if offset > timedelta(0) else "behind"
