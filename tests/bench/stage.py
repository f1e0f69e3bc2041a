"""What is measured: a real Swarm of three nodes, skep's processes on it, and one service that skep scales."""

import signal
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from types import MappingProxyType

from lab.demo.stack import OBSERVER, SkepProcesses
from lab.demo.view import View
from lab.real import Lab, waiting
from tests.bench import no_op_stack
from tests.bench.worker_log import Listener

__all__ = ["INTERVAL", "MIN_REPLICAS", "TARGET_RPS", "WINDOW", "Stage", "raised"]

INTERVAL = timedelta(seconds=5)
WINDOW = timedelta(seconds=5)
TARGET_RPS = 5
MIN_REPLICAS = 2

_NAME = "bench"
# Growing is what is measured and has skep's defaults. Shrinking only has to be over soon.
_LABELS: Mapping[str, str] = MappingProxyType(
    {
        "skep.enable": "true",
        "skep.min": str(MIN_REPLICAS),
        "skep.max": "8",
        "skep.requests": f"{TARGET_RPS}/s",
        "skep.cpu": "80%",
        "skep.window": f"{WINDOW.total_seconds():g}s",
        "skep.scale-down": "window=10s rate=100%/5s",
    }
)
# Each process of the observer's pool has then made its connections.
_WARMING_TICKS = 4
_PATIENCE = timedelta(seconds=60)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """Everything that runs."""

    lab: Lab
    skep: SkepProcesses
    service: str
    proxy_url: str

    def listen(self) -> Listener:
        """Hear of the observer's evaluations from now on."""
        return Listener(self.skep.log(OBSERVER))


@contextmanager
def raised(view: View) -> Iterator[Stage]:
    """Raise everything, and take it down whatever happens.

    Raises:
        LabUnavailable: when something does not start or cannot be cleaned up.
    """
    lab = Lab(_NAME)
    with ExitStack() as at_the_end:
        at_the_end.callback(_clean_up, lab, view)
        with view.doing("A Swarm of 3 real engines, skep on it, a service behind HAProxy"):
            stage = _raise(lab)
        yield stage


def _raise(lab: Lab) -> Stage:
    lab.down()
    lab.up()
    skep = SkepProcesses(lab, interval=INTERVAL)
    skep.start()
    no_op_stack.start(lab, interval=INTERVAL)
    service = lab.deploy_web(_LABELS)
    stage = Stage(lab=lab, skep=skep, service=service, proxy_url=lab.deploy_proxy(service))
    skep.wait_ready()
    no_op_stack.wait_ready(lab)
    _warm_up(stage)
    return stage


def _warm_up(stage: Stage) -> None:
    heard = stage.listen()
    waiting.until(
        lambda: len(heard.ticks().durations_s) >= _WARMING_TICKS,
        every=timedelta(seconds=0.5),
        patience=_PATIENCE,
        what="the observer's first evaluations",
    )


def _clean_up(lab: Lab, view: View) -> None:
    # Neither the time limit nor a second Ctrl-C may interrupt this.
    signal.alarm(0)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    with view.doing("Clean-up"):
        lab.down()
