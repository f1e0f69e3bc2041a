"""`python -m lab.real.collector LAB`: measure the lab of that name until told to stop.

It writes to the lab's own InfluxDB; to one that was deployed with `--influx URL`, as the user `telegraf` with the
password in the environment variable INFLUX_PASSWORD, as the Telegrafs of the stacks do.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
import threading
import time
from datetime import timedelta
from urllib.parse import urlsplit

from lab.real import influx_server, network, state
from lab.real.collector.gathering import Gathering
from lab.real.collector.influx import Outbox
from lab.real.layout import Layout
from lab.real.state import LabState

_SILENCE_S = 300.0


class _Complaints:
    """Says the same again only after five minutes, not in each round."""

    def __init__(self) -> None:
        self._said_s: dict[str, float] = {}

    def __call__(self, text: str) -> None:
        now_s = time.monotonic()
        if now_s - self._said_s.get(text, -_SILENCE_S) >= _SILENCE_S:
            self._said_s[text] = now_s
            _say(text)


def main() -> int:
    """Measure at each full interval of the clock, as Telegraf does, so that all series have the same times."""
    arguments = _arguments()
    layout = Layout(arguments.lab)
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    gathering = Gathering(layout, complain=_Complaints(), stats_url=arguments.stats)
    outbox: Outbox | None = None
    while not stop.wait(_until_next(arguments.interval)):
        lab = state.load(layout)
        if lab is None:
            return 0
        outbox = outbox or (_outbox_of(arguments.influx) if arguments.influx else _outbox(lab))
        failure = outbox.send(gathering.once(lab, patience=timedelta(seconds=arguments.interval)))
        if failure:
            _say(failure)
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m lab.real.collector", description=__doc__)
    parser.add_argument("lab", help="the lab's name")
    parser.add_argument("--interval", type=float, default=5.0, metavar="SECONDS", help="time between two rounds (5)")
    parser.add_argument("--influx", metavar="URL", help="another InfluxDB than the lab's own")
    parser.add_argument("--stats", metavar="URL", help="the statistics of another proxy than the lab's own")
    return parser.parse_args()


def _until_next(interval_s: float) -> float:
    return interval_s - time.time() % interval_s


def _outbox(lab: LabState) -> Outbox:
    writer = lab.influx_accounts.writer if lab.influx_accounts else None
    return Outbox(
        host=network.host_address(lab.subnet),
        port=lab.influx_port,
        user=writer.user if writer else "",
        password=writer.password if writer else "",
        database=influx_server.DATABASE,
    )


def _outbox_of(url: str) -> Outbox:
    parts = urlsplit(url)
    return Outbox(
        host=parts.hostname or "",
        port=parts.port or 8086,
        user="telegraf",
        password=os.environ["INFLUX_PASSWORD"],
        database=influx_server.DATABASE,
    )


def _say(text: str) -> None:
    sys.stderr.write(f"{time.strftime('%H:%M:%S')} {text}\n")
    sys.stderr.flush()


if __name__ == "__main__":
    sys.exit(main())
