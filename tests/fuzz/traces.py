"""A recorded load in two columns: a trace that can be replayed, or sentences about the lines that are wrong."""

import gzip
import math

from skep.config.trace_file import TraceFileError, read_trace

__all__ = ["SEEDS", "look"]

_PLAIN = b"t_seconds,requests_per_second\n0,10\n60,12.5\n120,0\n"

SEEDS = {
    "with a header": _PLAIN,
    "without one, with quotes": b'1772366400,"3"\r\n1772366460,4e1\r\n1772366520.5,0.25\r\n',
    "compressed": gzip.compress(_PLAIN, mtime=0),
    "a mark at its beginning": b"\xef\xbb\xbf0,1\n1,2\n",
}


def look(data: bytes) -> None:
    """Read it."""
    try:
        trace = read_trace(data, name="load.csv")
    except TraceFileError:
        return
    assert trace.at_s[0] == 0
    assert list(trace.at_s) == sorted(set(trace.at_s))
    assert all(math.isfinite(value) for value in (*trace.at_s, *trace.rates_rps))
    assert min(trace.rates_rps) >= 0
    assert trace.length.total_seconds() > 0
