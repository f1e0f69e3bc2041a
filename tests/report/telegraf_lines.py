"""Lines as Telegraf writes them in a Swarm: the sample, measured several times, with counters that grow."""

import re
from collections.abc import Iterator
from pathlib import Path

__all__ = ["EVERY_S", "GROWTH", "swarm_lines"]

SAMPLE = Path(__file__).parents[1] / "data" / "telegraf-sample-lines.lp"

#: Every sample was measured so often, so far apart, and its counters grew by so much each time.
TIMES = 5
EVERY_S = 60
GROWTH = 600

_COUNTERS = re.compile(r"(?<=[ ,])(?P<name>stot|counter|count|sum|reads|writes|rx_bytes|tx_bytes)=(?P<value>[0-9.]+)")
_NODE = "host=swarm-w1,node_id=q1w2e3r4t5y6u7i8o9p0asdfg"
_PRESSURE = (
    f"pressure,{_NODE},resource=cpu,type=some avg10=7.5,avg60=3,avg300=1,total=9i",
    f"pressure,{_NODE},resource=memory,type=full avg10=0,avg60=0,avg300=0,total=1i",
)


def swarm_lines(now_ns: int) -> Iterator[str]:
    """The lines, the newest measured just now."""
    heads = [line.rpartition(" ")[0] for line in SAMPLE.read_text(encoding="utf-8").splitlines() if line]
    for back in range(TIMES):
        at_ns = now_ns - back * EVERY_S * 10**9
        # The sample holds some series at several instants: keep them apart.
        for place, head in enumerate([*heads, *_PRESSURE]):
            yield f"{_grown(head, TIMES - back)} {at_ns - place}"


def _grown(head: str, times: int) -> str:
    return _COUNTERS.sub(lambda found: f"{found['name']}={_sum(found['value'], times)}", head)


def _sum(value: str, times: int) -> str:
    return str(float(value) + GROWTH * times) if "." in value else str(int(value) + GROWTH * times)
