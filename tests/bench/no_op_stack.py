"""Processes like skep's that do nothing, with the same options: the measure of what skep needs beside any other.

They are started as Celery's manual says. skep starts its own without most of Celery's command line (see
``workers/starting.py``), and part of what skep does not need is this.
"""

import sys
from collections.abc import Mapping
from datetime import timedelta
from functools import partial
from pathlib import Path
from types import MappingProxyType

from lab.demo.stack import ACTOR, BEAT, FLOWER, OBSERVER
from lab.real import Lab, waiting
from lab.real.network import free_port
from tests.bench.no_op_app import BROKER_VARIABLE, IMPORTS_VARIABLE, INTERVAL_VARIABLE

__all__ = ["NO_OPS", "start", "wait_ready"]

#: The process that does nothing, by the one of skep's that it is like.
NO_OPS: Mapping[str, str] = MappingProxyType({name: f"no_op_{name}" for name in (OBSERVER, ACTOR, BEAT, FLOWER)})

_ROOT = Path(__file__).parents[2]
_PATIENCE = timedelta(seconds=60)
_AS_SKEP_DOES = ("--pool=prefork", "--concurrency=2", "--without-mingle", "--without-gossip", "--loglevel=INFO")
#: Other people's packages that each of skep's processes has imported once it works.
_OF_EACH = "msgspec click yaml"
_OF_WORKERS = f"{_OF_EACH} docker influxdb redis requests"


def start(lab: Lab, *, interval: timedelta) -> None:
    """Start all four as processes of the lab; does not wait.

    Args:
        lab: is up.
        interval: how often beat sends messages, as skep's does.
    """
    worker = ("worker", *_AS_SKEP_DOES)
    _start(lab, OBSERVER, *worker, "--queues=celery", imports=_OF_WORKERS, interval=interval)
    _start(lab, ACTOR, *worker, "--queues=act", imports=_OF_WORKERS, interval=interval)
    schedule = f"--schedule={lab.folder / 'no-op-schedule'}"
    _start(lab, BEAT, "beat", "--loglevel=INFO", schedule, imports=_OF_EACH, interval=interval)
    port = f"--port={free_port()}"
    _start(lab, FLOWER, "flower", "--address=127.0.0.1", port, imports=_OF_WORKERS, interval=interval)


def wait_ready(lab: Lab) -> None:
    """Return when all of them wait for work.

    Raises:
        LabUnavailable: when one does not within a minute.
    """
    signs = {OBSERVER: " ready.", ACTOR: " ready.", BEAT: "beat: Starting", FLOWER: "Connected to"}
    for name, sign in signs.items():
        log = lab.log(NO_OPS[name])
        waiting.until(partial(_says, log, sign), patience=_PATIENCE, what=f"{NO_OPS[name]} ({log})")


def _says(log: Path, sign: str) -> bool:
    return sign in log.read_text()


def _start(lab: Lab, name: str, *arguments: str, imports: str, interval: timedelta) -> None:
    hostname = (f"--hostname={NO_OPS[name]}@%h",) if arguments[0] == "worker" else ()
    lab.run(
        NO_OPS[name],
        (sys.executable, "-m", "celery", "-A", "tests.bench.no_op_app", *arguments, *hostname),
        env={
            BROKER_VARIABLE: lab.status().redis_url,
            IMPORTS_VARIABLE: imports,
            INTERVAL_VARIABLE: f"{interval.total_seconds():g}",
        },
        folder=_ROOT,
    )
