"""Recorded loads as people keep them."""

import gzip
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skep.config.trace_file import TraceFileError, read_trace

PLAIN = b"t_seconds,requests_per_second\n0,1.5\n60,2\n120,0\n"


def test_reads_seconds_and_requests_per_second() -> None:
    trace = read_trace(PLAIN, name="web")
    assert (trace.name, trace.at_s, trace.rates_rps) == ("web", (0, 60, 120), (1.5, 2, 0))


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(gzip.compress(PLAIN), id="compressed"),
        pytest.param(PLAIN.replace(b"\n", b"\r\n"), id="line ends of another system"),
        pytest.param(PLAIN.split(b"\n", 1)[1], id="no names of columns"),
        pytest.param(b"\xef\xbb\xbf" + PLAIN, id="a byte order mark"),
        pytest.param(PLAIN + b"\n\n", id="empty lines"),
        pytest.param(b"t,r\n1700000000,1.5\n1700000060,2\n1700000120,0\n", id="seconds since 1970"),
    ],
)
def test_reads_it_however_it_was_written(content: bytes) -> None:
    assert read_trace(content, name="web") == read_trace(PLAIN, name="web")


def test_tells_every_line_that_is_wrong_at_once() -> None:
    with pytest.raises(TraceFileError) as caught:
        read_trace(b"t,r\n0,1\n60,-1\n120\n30,nan\n0,4\n", name="web.csv")
    assert [sentence.split(" is ")[0] for sentence in caught.value.sentences] == [
        "web.csv, line 3",
        "web.csv, line 4",
        "web.csv, line 5",
        "web.csv, line 6",
    ]
    assert 'is "-1", expected no less than 0 requests per second, for example 60,12.5' in caught.value.sentences[0]


def test_a_load_of_ages_is_refused() -> None:
    with pytest.raises(TraceFileError) as caught:
        read_trace(b"t,r\n0,1\n60,1\n12" + b"0" * 70 + b",0\n", name="web.csv")
    (sentence,) = caught.value.sentences
    assert sentence.startswith('web.csv, line 4 is "120000')
    assert "expected at most 3650 days after the first line" in sentence


def test_does_not_drown_anyone_in_complaints() -> None:
    with pytest.raises(TraceFileError) as caught:
        read_trace(b"t,r\n" + b"x,y\n" * 500, name="web.csv")
    assert len(caught.value.sentences) == 11
    assert caught.value.sentences[-1] == "and 490 more lines are wrong"


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"t,r\n0,1\n", id="a single line"),
        pytest.param(b"\x1f\x8b broken", id="a broken archive"),
        pytest.param(b"\xff\xfe\x00", id="no text"),
        pytest.param(b"x" * 200_000, id="one endless word"),
    ],
)
def test_what_is_no_trace_says_what_one_looks_like(content: bytes) -> None:
    with pytest.raises(TraceFileError, match="t_seconds,requests_per_second"):
        read_trace(content, name="web.csv")


@given(st.binary(max_size=200))
def test_any_bytes_are_a_trace_or_one_error(content: bytes) -> None:
    with suppress(TraceFileError):
        assert len(read_trace(content, name="x").at_s) >= 2
