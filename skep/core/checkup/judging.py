"""Every check, in the order in which one thing stands upon another."""

from collections.abc import Iterator

from skep.core.checkup.check import Check, Health
from skep.core.checkup.facts import Checkup
from skep.core.checkup.of_boards import of_boards
from skep.core.checkup.of_docker import of_engine, of_swarm
from skep.core.checkup.of_metrics import of_metrics, of_prometheus
from skep.core.checkup.of_records import of_journal, of_memory
from skep.core.checkup.of_workers import of_broker, of_clocks, of_queue, of_versions
from skep.core.checkup.wording import unseen

__all__ = ["judge"]


def judge(checkup: Checkup) -> tuple[Check, ...]:
    """Every check, in the order in which one thing stands upon another."""
    return tuple(_all(checkup))


def _all(checkup: Checkup) -> Iterator[Check]:
    broker, examination = checkup.broker, checkup.examination
    if isinstance(broker, str):
        yield Check(
            about="broker", health=Health.FAILURE, found=broker, mend="Check SKEP_BROKER_URL, and that Redis runs."
        )
        return
    yield of_broker(broker)
    yield from (of_queue(queue) for queue in checkup.queues)
    if isinstance(examination, str):
        yield Check(
            about="worker",
            health=Health.FAILURE,
            found=examination,
            mend="docker service logs skep_observer. A worker of an older version does not know this question.",
        )
        return
    yield of_versions(checkup.version, examination)
    yield from of_clocks(checkup, broker, examination)
    yield from of_engine(examination.engine)
    yield unseen("swarm", "See docker.") if isinstance(examination.engine, str) else of_swarm(examination.swarm)
    yield from of_metrics(examination)
    if examination.prometheus is not None:
        yield of_prometheus(examination.prometheus)
    yield of_journal(examination.journal)
    yield from of_memory(examination)
    yield of_boards(checkup.boards)
