"""What dealing an evaluation out saves: the same ticks by one worker process, and dealt out over two and four.

Real Celery workers, each with two processes, take ticks in turn, one of each kind after the other, so that whatever the
machine does besides falls on all of them alike. A tick lasts from when it is sent until its last task has ended.
"""

import os
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from pathlib import Path
from subprocess import Popen

import msgspec
import redis
from celery import Celery

from lab.real import LabUnavailable, waiting
from skep.adapters.redis_connection import connect
from skep.adapters.redis_memory import RedisMemory
from skep.core.decision import Decision
from skep.operations.evaluate import TICK as EVERY_TICK
from tests.bench.figures import Figures
from tests.bench.large import Ground, prepared
from tests.bench.share_worker import Ended, ended_key
from workers.queues import TICK

__all__ = ["SERVICES", "SHARES", "measure", "seconds_name"]

SHARES = (1, 2, 4)

SERVICES = 10_000
_PROCESSES = 2
_TICKS = 9
_ATTEMPTS = 5
#: Nobody has to be done within it, also on a busy machine.
_INTERVAL = timedelta(seconds=60)
_PATIENCE = timedelta(minutes=2)
_ROOT = Path(__file__).parents[2]


def measure(services: int = SERVICES, *, ticks: int = _TICKS) -> Figures:
    """Seconds of a tick by the number of shares, and how they compare with those of one worker.

    Raises:
        LabUnavailable: where shares did not come to the same decisions as one worker.
    """
    took_s: dict[int, list[float]] = {shares: [] for shares in SHARES}
    with prepared(services) as ground, ExitStack() as at_the_end, connect(ground.redis.url) as client:
        for shares in SHARES:
            at_the_end.enter_context(_worker(ground, shares))
        for round_number in range(ticks + 1):
            for shares in SHARES:
                lasted_s = _measured_tick(ground, client, shares)
                if round_number:  # the first makes the connections, and begins the history of every service
                    took_s[shares].append(lasted_s)
        decided = {shares: _goals(client, shares) for shares in SHARES}
    if any(goals != decided[1] for goals in decided.values()):
        raise LabUnavailable("Shares came to other decisions than one worker.")
    median_s = {shares: statistics.median(each) for shares, each in took_s.items()}
    figures: Figures = {seconds_name(services, shares): median_s[shares] for shares in SHARES}
    for shares in SHARES[1:]:
        pairs = zip(took_s[shares], took_s[1], strict=True)
        figures[f"ratio_{services}_shards_{shares}"] = statistics.median(several / one for several, one in pairs)
    return figures


def seconds_name(services: int, shares: int) -> str:
    """Of the figure for ticks that were dealt out over so many."""
    return f"tick_{services}_services_s" if shares == 1 else f"tick_{services}_shards_{shares}_s"


def _prefix(shares: int) -> str:
    return f"bench-{shares}:"


@contextmanager
def _worker(ground: Ground, shares: int) -> Iterator[None]:
    """A worker that deals evaluations out into so many shares; apart from all others by its prefix."""
    with tempfile.TemporaryDirectory(prefix="skep-bench-") as folder:
        log = Path(folder) / "log"
        variables: Mapping[str, str] = {
            **ground.variables,
            "SKEP_REDIS_PREFIX": _prefix(shares),
            "SKEP_SHARDS": str(shares),
            "SKEP_INTERVAL": f"{_INTERVAL.total_seconds():g}s",
            "SKEP_STATE_DIR": folder,
        }
        command = (sys.executable, "-m", "celery", "-A", "tests.bench.share_worker", "worker", f"--queues={TICK}")
        as_skep_does = ("--pool=prefork", "--without-mingle", "--without-gossip", "--loglevel=INFO")
        with log.open("wb") as output:
            worker = Popen(
                (*command, f"--concurrency={_PROCESSES}", f"--hostname=shares-{shares}@%h", *as_skep_does),
                cwd=_ROOT,
                env={**os.environ, **variables},
                stdout=output,
                stderr=output,
            )
        try:
            waiting.until(lambda: b" ready." in log.read_bytes(), patience=_PATIENCE, what=f"a worker ({log})")
            yield
        finally:
            worker.terminate()
            worker.wait()


def _measured_tick(ground: Ground, client: redis.Redis, shares: int) -> float:
    """How long a tick took, in seconds, that decided all services by figures: without them it would end too soon.

    On a busy machine InfluxDB may not answer in time; then another one is sent.
    """
    for _ in range(_ATTEMPTS):
        lasted_s = _tick(ground, client, shares)
        if sum(map(_is_measured, _decisions(client, shares).values())) == ground.services:
            return lasted_s
    raise LabUnavailable(f"In {shares} shares not all services were decided by figures, {_ATTEMPTS} times in a row.")


def _tick(ground: Ground, client: redis.Redis, shares: int) -> float:
    """Send a tick, wait for the last share; how long it took, in seconds."""
    # Who evaluates again within half an interval does nothing.
    client.delete(f"{_prefix(shares)}claim:{EVERY_TICK}")
    with Celery(broker=ground.redis.url) as sender:
        # Without a pool, whose connection would stay open after its application.
        sender.conf.update(broker_transport_options={"global_keyprefix": _prefix(shares)}, broker_pool_limit=0)
        sent_s = time.monotonic()
        sender.send_task("evaluate.services", queue=TICK, ignore_result=True)
    ended = [_next_ended(client, shares) for _ in range(shares)]
    if failed := [each.task for each in ended if each.state != "SUCCESS"]:
        raise LabUnavailable(f"{failed[0]} failed.")
    return max(each.at_s for each in ended) - sent_s


def _next_ended(client: redis.Redis, shares: int) -> Ended:
    found: list[Ended] = []

    def has_ended() -> bool:
        raw = client.lpop(ended_key(_prefix(shares)))
        if isinstance(raw, bytes):
            found.append(msgspec.json.decode(raw, type=Ended))
        return bool(found)

    waiting.until(has_ended, patience=_PATIENCE, what=f"a tick in {shares} shares")
    return found[0]


def _goals(client: redis.Redis, shares: int) -> dict[str, int]:
    return {service_id: decision.goal for service_id, decision in _decisions(client, shares).items()}


def _decisions(client: redis.Redis, shares: int) -> Mapping[str, Decision]:
    return RedisMemory(client, prefix=_prefix(shares)).decisions()


def _is_measured(decision: Decision) -> bool:
    return bool(decision.proposals) and all(proposal.gap is None for proposal in decision.proposals)
