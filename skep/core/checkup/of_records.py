"""The journal, and what the memory says of beat, evaluations and orders."""

from collections.abc import Iterator
from datetime import timedelta

from skep.core.checkup.check import Check, Health
from skep.core.checkup.facts import Examination, JournalFacts, MemoryFacts, SwarmFacts
from skep.core.checkup.wording import counted, span, well

__all__ = ["of_journal", "of_memory"]

#: What beat enqueues may be missed a few times: a worker starts anew, a manager is elected.
_MISSED = 4
_JUST_BEGUN = "Where skep has only just been started, look again in a minute. Then:"


def of_journal(journal: JournalFacts | str) -> Check:
    """Whether the record reaches its permanent store."""
    if isinstance(journal, str):
        return Check(
            about="journal", health=Health.FAILURE, found=journal, mend="See broker: the last days are in Redis."
        )
    waits = f"{counted(journal.waiting, 'entry', 'entries')} not yet in InfluxDB"
    if journal.trouble:
        return Check(
            about="journal",
            health=Health.FAILURE,
            found=f"The permanent journal cannot be written, {waits}: {journal.trouble}",
            mend="Check SKEP_JOURNAL_URL, SKEP_JOURNAL_DATABASE and the right to write. Nothing is lost meanwhile.",
        )
    if journal.lost:
        return Check(
            about="journal",
            health=Health.WARNING,
            found=f"{counted(journal.lost, 'entry', 'entries')} never reached InfluxDB.",
            mend="InfluxDB was away for too long, or refused them: docs/operations.md tells what is kept where.",
        )
    return well("journal", f"The permanent journal answers, {waits}.")


def of_memory(examination: Examination) -> Iterator[Check]:
    """Whether beat ticks, services are decided, and the orders of people are known."""
    memory = examination.memory
    if isinstance(memory, str):
        yield Check(about="memory", health=Health.FAILURE, found=memory, mend="See broker: the memory is in Redis.")
        return
    yield _of_beat(memory, examination)
    yield _of_decisions(memory, examination)
    if memory.orders_unknown_since is not None:
        yield Check(
            about="orders",
            health=Health.WARNING,
            found=f"Redis is new, or lost its data {span(examination.at - memory.orders_unknown_since)} ago, and what "
            "people had ordered is not read back yet: nothing acts.",
            mend="It is read from the journal in InfluxDB as soon as that answers: see journal.",
        )


def _of_beat(memory: MemoryFacts, examination: Examination) -> Check:
    longest = _MISSED * examination.reconcile_interval
    mend = "docker service ps skep_beat --no-trunc; docker service logs skep_beat."
    if memory.measured_at is None:
        return Check(
            about="beat",
            health=_health_of_never(memory, examination),
            found="Nothing that beat should enqueue has ever been done.",
            mend=f"{_JUST_BEGUN} {mend}",
        )
    age = max(examination.at - memory.measured_at, timedelta(0))
    if age > longest:
        return Check(
            about="beat",
            health=Health.FAILURE,
            found=f"What beat enqueues each {span(examination.reconcile_interval)} was last done {span(age)} ago.",
            mend=mend,
        )
    return well("beat", f"It ticks: the last look at skep itself was {span(age)} ago.")


def _health_of_never(memory: MemoryFacts, examination: Examination) -> Health:
    """What was never done is no failure as long as the memory itself is no older than what may be missed."""
    since, longest = memory.orders_unknown_since, _MISSED * examination.interval
    is_new = since is not None and examination.at - since <= longest
    return Health.WARNING if is_new else Health.FAILURE


def _of_decisions(memory: MemoryFacts, examination: Examination) -> Check:
    swarm = examination.swarm
    if isinstance(swarm, SwarmFacts) and not swarm.enabled:
        return well("evaluations", "No service is enabled: there is nothing to decide.")
    mend = "docker service logs skep_observer: an evaluation says there why it fails."
    if memory.decided_at is None:
        return Check(
            about="evaluations",
            health=_health_of_never(memory, examination),
            found="No service has ever been decided.",
            mend=f"{_JUST_BEGUN} {mend}",
        )
    age = max(examination.at - memory.decided_at, timedelta(0))
    if age > _MISSED * examination.interval:
        return Check(
            about="evaluations",
            health=Health.FAILURE,
            found=f"Services are decided each {span(examination.interval)}, and last were {span(age)} ago.",
            mend=mend,
        )
    return well("evaluations", f"Services were last decided {span(age)} ago.")
