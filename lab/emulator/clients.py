"""Clients of an emulated service: requests that are counted, and not sent, for nobody would answer.

What becomes of them is a model: a request fails while no replica runs, and takes the longer the busier replicas are.
"""

import threading
import time
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from types import TracebackType
from typing import Self

from lab.load import Counters, Step, Summary

__all__ = ["EmulatedClients"]

_EVERY_S = 0.1
_QUICKEST_S = 0.008
# What a request costs of a replica's core, as in the demo on real engines.
_COST_S = 0.004
_BUSIEST = 0.98
_NOBODY = "no replica runs"
_HALF, _MOST = 0.5, 0.95


class EmulatedClients:
    """The load of a profile, for the length of a `with` block.

    Args:
        profile: steps, one after the other.
        running: asks how many replicas run.
    """

    def __init__(self, profile: Sequence[Step], running: Callable[[], int]) -> None:
        self._profile = tuple(profile)
        self._running = running
        self._began_s = 0.0
        self._lock = threading.Lock()
        self._sent = 0.0
        self._failed = 0.0
        self._answers: list[tuple[float, float]] = []
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._go_on, name="clients", daemon=True)

    def __enter__(self) -> Self:
        """Begin."""
        self._began_s = time.monotonic()
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End."""
        self.stop()

    def rate_rps(self, service: str, at: datetime) -> float:
        """The load of now, whatever the service: there is one."""
        del service, at
        return self._rate_rps()

    def now(self) -> Counters:
        """What has happened so far."""
        with self._lock:
            sent, failed, lately = self._sent, self._failed, self._answers[-50:]
        return Counters(
            sent=int(sent),
            ok=int(sent) - int(failed),
            failed=int(failed),
            failed_by_kind=_kinds(failed),
            in_flight=round(self._rate_rps() * (lately[-1][0] if lately else 0.0)),
            rate_lately_rps=self._rate_rps(),
            p50_lately=_percentile(lately, _HALF),
            p95_lately=_percentile(lately, _MOST),
            ok_by_task=(),
        )

    def stop(self) -> Summary:
        """Send no more, and sum up."""
        self._over.set()
        self._thread.join()
        return Summary(
            duration=timedelta(seconds=time.monotonic() - self._began_s),
            sent=int(self._sent),
            ok=int(self._sent) - int(self._failed),
            failed=int(self._failed),
            failed_by_kind=_kinds(self._failed),
            p50=_percentile(self._answers, _HALF),
            p95=_percentile(self._answers, _MOST),
            slowest=_percentile(self._answers, 1.0),
            ok_by_task=(),
        )

    def _go_on(self) -> None:
        before_s = time.monotonic()
        while not self._over.wait(_EVERY_S):
            now_s = time.monotonic()
            running, rate_rps = self._running(), self._rate_rps()
            requests = rate_rps * (now_s - before_s)
            before_s = now_s
            with self._lock:
                self._sent += requests
                if running:
                    busy = min(rate_rps / running * _COST_S, _BUSIEST)
                    self._answers.append((_QUICKEST_S / (1 - busy), requests))
                else:
                    self._failed += requests

    def _rate_rps(self) -> float:
        if not self._began_s:
            return 0.0
        elapsed = timedelta(seconds=time.monotonic() - self._began_s)
        for step in self._profile:
            if elapsed < step.duration:
                return step.rate_rps
            elapsed -= step.duration
        return 0.0


def _kinds(failed: float) -> tuple[tuple[str, int], ...]:
    return ((_NOBODY, int(failed)),) if int(failed) else ()


def _percentile(answers: Sequence[tuple[float, float]], share: float) -> timedelta | None:
    """Of answers with how many there were of each."""
    total = sum(count for _, count in answers)
    passed = 0.0
    for takes_s, count in sorted(answers):
        passed += count
        if passed >= share * total:
            return timedelta(seconds=takes_s)
    return None
