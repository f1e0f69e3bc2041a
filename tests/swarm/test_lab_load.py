"""The load generator keeps its time, whatever the service does, and calls nothing but a whole 200 a success."""

import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lab import load
from lab.load import Load, Step
from tests.eventually import eventually

GOOD = b"HTTP/1.0 200 OK\r\nContent-Length: 3\r\nX-Swarm-Task: demo_web.1.z9\r\n\r\nyes"
A_BIT = timedelta(milliseconds=300)


@dataclass(slots=True)
class Service:
    """Answers every connection with the same bytes, once it may; counts the connections."""

    answer: bytes
    may_answer: threading.Event = field(default_factory=threading.Event)
    connections: int = 0
    listener: socket.socket = field(default_factory=lambda: socket.create_server(("127.0.0.1", 0), backlog=256))

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.listener.getsockname()[1]}/"

    def serve(self) -> None:
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._answer, args=(connection,), daemon=True).start()

    def _answer(self, connection: socket.socket) -> None:
        with connection:
            connection.recv(4096)
            self.may_answer.wait()
            connection.sendall(self.answer)

    def close(self) -> None:
        self.may_answer.set()
        # Wakes the thread that waits in accept, which a close alone does not.
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()


@pytest.fixture
def serve() -> Iterator[Callable[[bytes], Service]]:
    services: list[tuple[Service, threading.Thread]] = []

    def start(answer: bytes, *, at_once: bool = True) -> Service:
        service = Service(answer)
        if at_once:
            service.may_answer.set()
        thread = threading.Thread(target=service.serve)
        thread.start()
        services.append((service, thread))
        return service

    yield start
    for service, thread in services:
        service.close()
        thread.join()


def steps(*rates_rps: float, each: timedelta = A_BIT) -> tuple[Step, ...]:
    return tuple(Step(duration=each, rate_rps=rate) for rate in rates_rps)


def test_every_request_of_the_profile_is_sent_on_a_connection_of_its_own(serve: Callable[[bytes], Service]) -> None:
    service = serve(GOOD)
    with Load(service.url, steps(100, 0, 50)) as running:
        summary = running.wait()
    assert (summary.sent, summary.ok, summary.failed) == (45, 45, 0)
    assert service.connections == 45


def test_answers_are_counted_by_the_swarm_task_that_gave_them(serve: Callable[[bytes], Service]) -> None:
    with Load(serve(GOOD).url, steps(20)) as running:
        assert running.wait().ok_by_task == (("demo_web.1.z9", 6),)


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (b"HTTP/1.0 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n", "status 503"),
        (b"HTTP/1.0 204 No Content\r\nContent-Length: 0\r\n\r\n", "status 204"),
        (b"HTTP/1.0 200 OK\r\nContent-Length: 30\r\n\r\nyes", "cut short"),
        (b"HTTP/1.0 200 OK\r\n\r\nyes", "cut short"),
        (b"", "empty answer"),
        (b"SSH-2.0-OpenSSH_9.2\r\n", "status pen"),
    ],
    ids=["an error", "another success", "a cut body", "no length", "nothing", "another protocol"],
)
def test_anything_but_a_whole_200_is_a_failure(serve: Callable[[bytes], Service], answer: bytes, kind: str) -> None:
    with Load(serve(answer).url, steps(20)) as running:
        summary = running.wait()
    assert (summary.ok, summary.failed_by_kind) == (0, ((kind, 6),))
    assert summary.p95 is None


def test_a_service_that_is_not_there_is_a_failure() -> None:
    with socket.create_server(("127.0.0.1", 0)) as gone:
        url = f"http://127.0.0.1:{gone.getsockname()[1]}/"
    with Load(url, steps(20)) as running:
        summary = running.wait()
    assert summary.failed == summary.sent == 6
    assert summary.failed_by_kind[0][0].startswith("connection: ")


def test_a_service_that_does_not_answer_in_time_is_a_failure(serve: Callable[..., Service]) -> None:
    service = serve(GOOD, at_once=False)
    with Load(service.url, steps(20), patience=timedelta(milliseconds=50)) as running:
        assert running.wait().failed_by_kind == (("timeout", 6),)


def test_a_slow_service_sees_no_less_load(serve: Callable[..., Service]) -> None:
    service = serve(GOOD, at_once=False)
    with Load(service.url, steps(100)) as running:
        eventually(lambda: running.now().sent == 30)
        assert (running.now().ok, running.now().in_flight) == (0, 30)
        service.may_answer.set()
        assert running.wait().ok == 30


def test_beyond_a_bound_of_requests_in_flight_nothing_is_sent(
    serve: Callable[..., Service], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(load, "_MOST_IN_FLIGHT", 10)
    service = serve(GOOD, at_once=False)
    with Load(service.url, steps(100)) as running:
        eventually(lambda: running.now().sent == 30)
        service.may_answer.set()
        summary = running.wait()
    assert (summary.ok, summary.failed_by_kind) == (10, (("not sent: 10 in flight", 20),))


def test_live_figures_are_about_the_last_seconds(serve: Callable[[bytes], Service]) -> None:
    with Load(serve(GOOD).url, steps(50, 0, each=timedelta(seconds=600))) as running:
        eventually(lambda: running.now().ok >= 5)
        now = running.now()
    assert now.rate_lately_rps > 0
    assert now.p50_lately is not None
    assert now.p95_lately is not None
    assert now.p50_lately <= now.p95_lately


def test_stopping_ends_it_early_and_waits_for_what_is_in_flight(serve: Callable[[bytes], Service]) -> None:
    running = Load(serve(GOOD).url, steps(20, each=timedelta(minutes=10)))
    running.start()
    eventually(lambda: running.now().sent >= 3)
    summary = running.stop()
    assert summary.sent == summary.ok < 12_000
    assert not running.running


def test_stopping_twice_is_no_error(serve: Callable[[bytes], Service]) -> None:
    with Load(serve(GOOD).url, steps(20)) as running:
        first = running.wait()
        assert running.stop() == first


@pytest.mark.parametrize(
    ("profile", "complaint"),
    [
        ((), "0 steps"),
        (steps(1_001), "to 1001 per second"),
        (steps(1, each=timedelta(hours=3)), "lasts 3:00:00"),
        (steps(5, -1), "from -1"),
    ],
    ids=["no steps", "too fast", "too long", "negative"],
)
def test_a_profile_without_sense_or_bounds_is_refused(profile: tuple[Step, ...], complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        Load("http://127.0.0.1:1/", profile)


@pytest.mark.parametrize("url", ["https://127.0.0.1/", "127.0.0.1:80", "http:///path", ""])
def test_only_plain_http_is_spoken(url: str) -> None:
    with pytest.raises(ValueError, match="http URLs"):
        Load(url, steps(1))


@given(
    st.lists(
        st.builds(Step, duration=st.timedeltas(timedelta(), timedelta(seconds=20)), rate_rps=st.floats(0, 40)),
        max_size=5,
    )
)
def test_requests_are_in_order_and_each_within_its_step(profile: list[Step]) -> None:
    moments = list(load._moments(profile))
    assert moments == sorted(moments)
    assert len(moments) == sum(int(step.duration.total_seconds() * step.rate_rps) for step in profile)
    assert all(0 <= moment <= load._length(profile).total_seconds() for moment in moments)
