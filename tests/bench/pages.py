"""How long the Scaling pages take in a large Swarm: a real Flower between a real Redis and a real InfluxDB."""

import base64
import os
import statistics
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from subprocess import DEVNULL, Popen

from audit.scaling.reading import PAGE_SIZE
from lab.flower_command import FLOWER_COMMAND
from lab.real import LabUnavailable, direct, waiting
from skep.adapters.redis_connection import connect
from skep.adapters.redis_journal import RedisJournal
from skep.adapters.redis_memory import RedisMemory
from skep.core.bounds import Bounds
from skep.core.decision import Decision, Verdict
from skep.core.policy import Unit
from skep.core.record import Entry, EntryKind, entry_to_json, state
from skep.core.strategies.proposal import Proposal
from tests.bench.figures import Figures
from tests.servers import InfluxServer, RedisServer, free_port

__all__ = ["ENTRIES", "SERVICES", "measure"]

SERVICES = 10_000
#: What a day and a night leave in the journal, whose states come each five minutes for fewer services.
ENTRIES = 1_000_000

_ROOT = Path(__file__).parents[2]
_EACH = ENTRIES // SERVICES
_EVERY = timedelta(days=1) / _EACH
_IN_REDIS = 3
_LINES_AT_ONCE = 10_000
_SERVICES_AT_ONCE = 1_000
_LOOKS = 5
_PASSWORD = "not-a-secret"
_PATIENCE = timedelta(minutes=3)
_PAGES = {
    f"scaling_page_{SERVICES}_services_s": "/scaling",
    f"scaling_last_page_{SERVICES}_services_s": f"/scaling?page={SERVICES // PAGE_SIZE}",
    f"scaling_history_{SERVICES}_services_s": "/scaling/history",
    f"scaling_filtered_history_{SERVICES}_services_s": "/scaling/history?actor=ada&since=30d",
}


def measure() -> Figures:
    """The median of a few looks at each page, as who asks for it on the same machine waits for it."""
    with ExitStack() as at_the_end:
        folder = Path(at_the_end.enter_context(tempfile.TemporaryDirectory(prefix="skep-bench-")))
        redis, influx = RedisServer(folder / "redis"), InfluxServer(folder / "influx")
        for server in (redis, influx):
            at_the_end.callback(server.kill)
            server.start()
        _fill(redis, influx, now=datetime.now(UTC))
        port = free_port()
        flower = Popen(
            [sys.executable, "-m", *FLOWER_COMMAND],
            cwd=_ROOT,
            env={
                "PATH": os.environ["PATH"],
                "SKEP_BROKER_URL": redis.url,
                "SKEP_INFLUX_URL": influx.url,
                "SKEP_FLOWER_PASSWORD": _PASSWORD,
                "SKEP_STATE_DIR": str(folder),
                "FLOWER_PORT": str(port),
            },
            stdout=DEVNULL,
            stderr=DEVNULL,
        )
        at_the_end.callback(flower.wait)
        at_the_end.callback(flower.kill)
        url = f"http://127.0.0.1:{port}"
        waiting.until(lambda: direct.answers(f"{url}/healthcheck"), patience=_PATIENCE, what="Flower")
        return {name: statistics.median(_look_s(url + path) for _ in range(_LOOKS)) for name, path in _PAGES.items()}


def _look_s(url: str) -> float:
    login = base64.b64encode(f"skep:{_PASSWORD}".encode()).decode()
    request = urllib.request.Request(url, headers={"Authorization": f"Basic {login}"})  # noqa: S310 - always http
    began_s = time.perf_counter()
    with urllib.request.urlopen(request, timeout=_PATIENCE.total_seconds()) as answer:  # noqa: S310 - as above
        page = answer.read().decode()
    took_s = time.perf_counter() - began_s
    rows = page.partition("<tbody>")[2].count("<tr>")
    if rows != PAGE_SIZE:
        raise LabUnavailable(f"{url} shows {rows} rows, expected {PAGE_SIZE}.")
    return took_s


def _fill(redis: RedisServer, influx: InfluxServer, *, now: datetime) -> None:
    """What has long been carried to InfluxDB, and what Redis has of it still."""
    lines: list[str] = []
    for number in range(SERVICES):
        lines += _lines(number, now)
        if len(lines) >= _LINES_AT_ONCE or number == SERVICES - 1:
            influx.write(lines, database="skep")
            lines.clear()
    if (written := _count(influx)) != ENTRIES - SERVICES * _IN_REDIS:
        raise LabUnavailable(f"InfluxDB has {written} entries of the journal, which are too few or too many.")
    client = connect(redis.url)
    memory, journal = RedisMemory(client), RedisJournal(client)
    for first in range(0, SERVICES, _SERVICES_AT_ONCE):
        some = [_decision(number, now) for number in range(first, first + _SERVICES_AT_ONCE)]
        memory.remember(recommendations={}, decisions=some)
    for back in range(_IN_REDIS, 0, -1):
        at = now - back * _EVERY
        for first in range(0, SERVICES, _SERVICES_AT_ONCE):
            journal.append([_entry(number, at) for number in range(first, first + _SERVICES_AT_ONCE)])
    client.close()


def _count(influx: InfluxServer) -> int:
    (series,) = influx.query("SELECT count(new) FROM skep_decisions", database="skep")
    return int(series["values"][0][1])


def _lines(number: int, now: datetime) -> Iterator[str]:
    """A service's day as the journal in InfluxDB has it; JSON is made once, and its instants are put in."""
    entry = _entry(number, now)
    text = entry_to_json(entry).decode().replace("\\", "\\\\").replace('"', '\\"')
    written = now.isoformat().replace("+00:00", "Z")
    tags = f"skep_decisions,service={entry.service_name},kind={entry.kind},by=skep"
    for back in range(_EACH, _IN_REDIS, -1):
        at = now - back * _EVERY
        told = text.replace(written, at.isoformat().replace("+00:00", "Z"))
        at_ns = int(at.timestamp() * 1_000) * 1_000_000 + number
        yield f'{tags} old={entry.replicas_before}i,new={entry.replicas_after}i,entry="{told}" {at_ns}'


def _entry(number: int, at: datetime) -> Entry:
    """One in ten services changes each time; the others go on."""
    entry = state(_decision(number, at))
    if number % 10:
        return entry
    return replace(
        entry, kind=EntryKind.CHANGED, actor="ada" if number % 1_000 == 0 else "skep", task_id=f"scale.{number}"
    )


def _decision(number: int, at: datetime) -> Decision:
    name, replicas = f"service-{number}", 2 + number % 8
    return Decision(
        evaluation=int(at.timestamp() * 1_000),
        at=at,
        service_id=f"{number:025d}",
        service_name=name,
        verdict=Verdict.KEEP,
        reason=f"requests {replicas * 48}/s on {replicas} replicas, target 50/s each",
        replicas=replicas,
        running=replicas,
        goal=replicas,
        recommendation=replicas,
        bounds=Bounds(min_replicas=1, max_replicas=20),
        proposals=(
            Proposal(
                metric="requests",
                unit=Unit.PER_SECOND,
                target_value=50.0,
                value=48.0,
                total=48.0 * replicas,
                at=at,
                replicas=replicas,
                formula=f"{replicas} x 48 / 50",
            ),
        ),
    )
