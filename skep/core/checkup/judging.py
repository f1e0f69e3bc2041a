"""What the facts mean: one check for each thing, and its mend where it is not well."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from skep.core.checkup.check import Check, Health
from skep.core.checkup.facts import (
    BoardFacts,
    BrokerFacts,
    Checkup,
    EngineFacts,
    Examination,
    JournalFacts,
    MemoryFacts,
    MetricsFacts,
    NodeFacts,
    QueueFacts,
    SwarmFacts,
)

__all__ = ["judge"]

#: Clocks further apart are not kept in step by anything.
_TOLERATED_OFFSET = timedelta(seconds=5)
#: What beat enqueues may be missed a few times: a worker starts anew, a manager is elected.
_MISSED = 4
#: Orders are carried out within seconds; more of them at once are a pile.
_PILE = 100
#: The engine of Debian 11, and the oldest that skep is tried with.
_OLDEST_API = (1, 41)
#: Below this share of their nodes nobody lists those that report nothing one by one.
_MOST_NAMED = 5


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
    yield _of_broker(broker)
    yield from (_of_queue(queue) for queue in checkup.queues)
    if isinstance(examination, str):
        yield Check(
            about="worker",
            health=Health.FAILURE,
            found=examination,
            mend="docker service logs skep_observer. A worker of an older version does not know this question.",
        )
        return
    yield _of_versions(checkup.version, examination)
    yield from _of_clocks(checkup.now, broker, examination)
    yield from _of_engine(examination.engine)
    yield _unseen("swarm", "See docker.") if isinstance(examination.engine, str) else _of_swarm(examination.swarm)
    yield from _of_metrics(examination)
    if examination.prometheus is not None:
        yield _of_prometheus(examination.prometheus)
    yield _of_journal(examination.journal)
    yield from _of_memory(examination)
    yield _of_boards(checkup.boards)


def _well(about: str, found: str) -> Check:
    return Check(about=about, health=Health.WELL, found=found)


def _unseen(about: str, why: str) -> Check:
    return Check(about=about, health=Health.UNSEEN, found=why)


def _of_broker(broker: BrokerFacts) -> Check:
    return _well("broker", f"Redis {broker.version} answers at {broker.address}.")


_SERVICE_OF_QUEUE = {"act": "skep_actor", "tick": "skep_observer", "observe": "skep_observer"}


def _of_queue(queue: QueueFacts) -> Check:
    about = f"queue {queue.queue}"
    service = _SERVICE_OF_QUEUE.get(queue.queue, "skep_observer")
    if not queue.workers:
        fit = (
            "" if queue.queue == "observe" else " A worker whose manager does not answer leaves this queue: see docker."
        )
        return Check(
            about=about,
            health=Health.FAILURE,
            found=f"No worker takes from it, and {_messages(queue.waiting)}.",
            mend=f"docker service ps {service} --no-trunc; docker service logs {service}.{fit}",
        )
    if queue.waiting > _PILE:
        return Check(
            about=about,
            health=Health.WARNING,
            found=f"{_messages(queue.waiting, 'already')}; {_names(queue.workers)} cannot keep up.",
            mend=f"skep tasks shows them. Give {service} more --concurrency, or find what holds it up in its logs.",
        )
    return _well(about, f"{_names(queue.workers)} {'takes' if len(queue.workers) == 1 else 'take'} from it.")


def _messages(count: int, word: str = "") -> str:
    verb = "waits" if count == 1 else "wait"
    return f"{count} {'message' if count == 1 else 'messages'} {word}{' ' if word else ''}{verb}"


def _names(names: tuple[str, ...]) -> str:
    shown = names[:_MOST_NAMED]
    more = len(names) - len(shown)
    return ", ".join(shown) + (f" and {more} more" if more else "")


def _of_versions(here: str, examination: Examination) -> Check:
    if here == examination.version:
        return _well("versions", f"This command and the worker are both skep {here}.")
    return Check(
        about="versions",
        health=Health.WARNING,
        found=f"This command is skep {here}, the worker {examination.version}.",
        mend="Use the same version on both sides: an answer of another version may not be readable.",
    )


def _of_clocks(now: datetime, broker: BrokerFacts, examination: Examination) -> Iterator[Check]:
    offsets = {"the worker": examination.at - now, "Redis": broker.at - now}
    if isinstance(examination.metrics, MetricsFacts):
        offsets["the metrics store"] = examination.metrics.as_of - examination.at
    wrong = {whose: offset for whose, offset in offsets.items() if abs(offset) > _TOLERATED_OFFSET}
    if not wrong:
        *others, last = offsets
        names = f"{', '.join(others)} and {last}"
        yield _well("clocks", f"This machine, {names} agree within {_span(_TOLERATED_OFFSET)}.")
    for whose, offset in wrong.items():
        other = "the worker's" if whose == "the metrics store" else "this machine's"
        yield Check(
            about="clocks",
            health=Health.WARNING,
            found=f"The clock of {whose} is {_span(abs(offset))} {_side(offset)} {other}.",
            mend="Keep clocks in step (chrony, systemd-timesyncd). Ages of data are judged by the store's own clock.",
        )


def _side(offset: timedelta) -> str:
    return "ahead of" if offset > timedelta(0) else "behind"


def _of_engine(engine: EngineFacts | str) -> Iterator[Check]:
    if isinstance(engine, str):
        yield Check(
            about="docker",
            health=Health.FAILURE,
            found=engine,
            mend="Check SKEP_DOCKER_HOST; docker service ps skep_socket-proxy; docker node ls on a manager.",
        )
        return
    yield _of_engine_version(engine)
    missing = [each for each in engine.permissions if each.purpose and not each.is_given]
    needless = [each for each in engine.permissions if not each.purpose and each.is_given]
    for each in missing:
        yield Check(
            about="permissions",
            health=Health.FAILURE,
            found=f"{each.request} does not come through to the engine, so skep cannot {each.purpose}.",
            mend="Let it through at the socket proxy: stacks/socket-proxy/haproxy.cfg has all that skep needs.",
        )
    if needless and engine.endpoint.startswith("tcp"):
        yield Check(
            about="permissions",
            health=Health.WARNING,
            found=f"{_names(tuple(each.request for each in needless))} comes through, and skep never asks it.",
            mend="Use the socket proxy of docker-compose.yml, which lets nothing through that skep does not need.",
        )
    elif needless:
        yield Check(
            about="permissions",
            health=Health.WARNING,
            found=f"The worker holds all of {engine.endpoint}: nothing stands between it and what Docker can do.",
            mend="Put the socket proxy of docker-compose.yml in between, and let SKEP_DOCKER_HOST name it.",
        )
    if not missing and not needless:
        yield _well("permissions", "All that skep needs comes through to the engine, and nothing else that was tried.")


def _of_engine_version(engine: EngineFacts) -> Check:
    words = (
        f"Docker {engine.version or 'of an unknown version'} answers at {engine.endpoint}, API {engine.api_version}."
    )
    if _numbers(engine.api_version) >= _OLDEST_API:
        return _well("docker", words)
    oldest = ".".join(map(str, _OLDEST_API))
    return Check(
        about="docker",
        health=Health.WARNING,
        found=words,
        mend=f"skep is tried with API {oldest} (Docker 20.10) and later: upgrade the engines of the managers.",
    )


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".") if part.isdecimal())


def _of_swarm(swarm: SwarmFacts | str) -> Check:
    if isinstance(swarm, str):
        return Check(
            about="swarm", health=Health.FAILURE, found=swarm, mend="docker node ls on a manager: is there a leader?"
        )
    found = (
        f"{swarm.services} services, {swarm.enabled} of them enabled; "
        f"{len(swarm.nodes_ready)} of {swarm.nodes} nodes are ready."
    )
    if swarm.errors:
        return Check(
            about="swarm",
            health=Health.FAILURE,
            found=f"{found} Labels, policy file or metrics have {_count(swarm.errors, 'error')}.",
            mend="skep lint tells each, with its mend.",
        )
    if swarm.warnings or len(swarm.nodes_ready) < swarm.nodes:
        mend = "skep nodes tells which node is away." if len(swarm.nodes_ready) < swarm.nodes else ""
        told = "skep lint tells each." if swarm.warnings else ""
        remark = f" Labels or policy file have {_count(swarm.warnings, 'warning')}." if swarm.warnings else ""
        return Check(about="swarm", health=Health.WARNING, found=found + remark, mend=f"{mend} {told}".strip())
    return _well("swarm", found)


def _count(count: int, noun: str, nouns: str | None = None) -> str:
    return f"{count} {noun if count == 1 else nouns or f'{noun}s'}"


def _of_metrics(examination: Examination) -> Iterator[Check]:
    metrics = examination.metrics
    if isinstance(metrics, str):
        yield Check(
            about="metrics",
            health=Health.FAILURE,
            found=metrics,
            mend="Check SKEP_INFLUX_URL, SKEP_INFLUX_DATABASE and the login; docker service ps tick_influxdb.",
        )
        return
    yield _well("metrics", "InfluxDB answers.")
    faults = tuple(_of_nodes(metrics, examination))
    yield from faults[:_MOST_NAMED]
    if len(faults) > _MOST_NAMED:
        yield Check(
            about="telegraf",
            health=Health.FAILURE,
            found=f"The same holds for {len(faults) - _MOST_NAMED} nodes more.",
            mend=_TELEGRAF,
        )
    newest = [node.newest_at for node in metrics.nodes if node.newest_at is not None]
    if not faults and newest:
        oldest = _span(max(metrics.as_of - min(newest), timedelta(0)))
        yield _well("telegraf", f"All {_count(len(newest), 'ready node')} report; the oldest data is {oldest} old.")


_TELEGRAF = "docker service ps tick_telegraf --no-trunc, and the logs of its swarm task on that node."


def _of_nodes(metrics: MetricsFacts, examination: Examination) -> Iterator[Check]:
    for node in metrics.nodes:
        found, mend = _fault_of(node, metrics.as_of, examination)
        if found:
            yield Check(about="telegraf", health=Health.FAILURE, found=f"{node.hostname} {found}", mend=mend)


def _fault_of(node: NodeFacts, as_of: datetime, examination: Examination) -> tuple[str, str]:
    """What is wrong with the data of a node, and its mend; twice nothing where it is well."""
    if node.newest_at is None:
        return "reports nothing: the metrics store has no points of it.", _TELEGRAF
    age = as_of - node.newest_at
    if age > examination.max_age:
        return f"reports late: its newest data is {_span(age)} old, at most {_span(examination.max_age)} is allowed.", (
            f"{_TELEGRAF} Where Telegraf's interval is longer than that: SKEP_MAX_AGE."
        )
    if -age > examination.interval:
        return f"has a clock that is {_span(-age)} ahead of the store's: its data is not used.", (
            "Keep the clock of that node in step (chrony, systemd-timesyncd)."
        )
    return "", ""


def _of_prometheus(trouble: str) -> Check:
    if not trouble:
        return _well("prometheus", "Prometheus answers.")
    return Check(
        about="prometheus", health=Health.FAILURE, found=trouble, mend="Check SKEP_PROMETHEUS_URL and its login."
    )


def _of_journal(journal: JournalFacts | str) -> Check:
    if isinstance(journal, str):
        return Check(
            about="journal", health=Health.FAILURE, found=journal, mend="See broker: the last days are in Redis."
        )
    waits = f"{_count(journal.waiting, 'entry', 'entries')} not yet in InfluxDB"
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
            found=f"{_count(journal.lost, 'entry', 'entries')} never reached InfluxDB.",
            mend="InfluxDB was away for too long, or refused them: docs/operations.md tells what is kept where.",
        )
    return _well("journal", f"The permanent journal answers, {waits}.")


def _of_memory(examination: Examination) -> Iterator[Check]:
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
            found=f"Redis lost its data {_span(examination.at - memory.orders_unknown_since)} ago, and what people had "
            "ordered is not read back yet: nothing acts.",
            mend="It is read from the journal in InfluxDB as soon as that answers: see journal.",
        )


def _of_beat(memory: MemoryFacts, examination: Examination) -> Check:
    longest = _MISSED * examination.reconcile_interval
    mend = "docker service ps skep_beat --no-trunc; docker service logs skep_beat."
    if memory.measured_at is None:
        return Check(
            about="beat", health=Health.FAILURE, found="Nothing that beat should enqueue has ever been done.", mend=mend
        )
    age = max(examination.at - memory.measured_at, timedelta(0))
    if age > longest:
        return Check(
            about="beat",
            health=Health.FAILURE,
            found=f"What beat enqueues each {_span(examination.reconcile_interval)} was last done {_span(age)} ago.",
            mend=mend,
        )
    return _well("beat", f"It ticks: the last look at skep itself was {_span(age)} ago.")


def _of_decisions(memory: MemoryFacts, examination: Examination) -> Check:
    swarm = examination.swarm
    if isinstance(swarm, SwarmFacts) and not swarm.enabled:
        return _well("evaluations", "No service is enabled: there is nothing to decide.")
    mend = "docker service logs skep_observer: an evaluation says there why it fails."
    if memory.decided_at is None:
        return Check(about="evaluations", health=Health.FAILURE, found="No service has ever been decided.", mend=mend)
    age = max(examination.at - memory.decided_at, timedelta(0))
    if age > _MISSED * examination.interval:
        return Check(
            about="evaluations",
            health=Health.FAILURE,
            found=f"Services are decided each {_span(examination.interval)}, and last were {_span(age)} ago.",
            mend=mend,
        )
    return _well("evaluations", f"Services were last decided {_span(age)} ago.")


def _of_boards(boards: BoardFacts | None) -> Check:
    if boards is None:
        return _unseen("dashboards", "Not looked at: say where with --dashboards http://localhost:8888.")
    if isinstance(boards.titles, str):
        return Check(
            about="dashboards", health=Health.FAILURE, found=boards.titles, mend="Check --dashboards and the login."
        )
    loaded = [title for title in boards.expected if title in boards.titles]
    if loaded:
        return _well("dashboards", f"{boards.program} has {', '.join(loaded)}.")
    return Check(
        about="dashboards",
        health=Health.WARNING,
        found=f"{boards.program} has none of skep's boards ({', '.join(boards.expected)}).",
        mend="skep dashboards load brings it there.",
    )


def _span(length: timedelta) -> str:
    """Whole seconds below two minutes, then whole minutes, then hours, then days."""
    seconds = round(length.total_seconds())
    for size, unit, most in ((1, "s", 120), (60, "min", 120), (3600, "h", 48)):
        if seconds < size * most:
            return f"{seconds // size} {unit}"
    return f"{seconds // 86_400} d"
