"""A worker's own report tells what its evaluations took."""

from pathlib import Path

from tests.bench.worker_log import Listener, Ticks, read_ticks

SUCCEEDED = (
    "2026-03-01 12:00:00,450 INFO    ForkPoolWorker-2 celery.app.trace: "
    "Task evaluate.services[fcd4e8b5-bfa3] succeeded in {}s: None\n"
)
ANOTHER_TASK = SUCCEEDED.format("0.5").replace("evaluate.services", "ask.status")
FAILED = (
    "2026-03-01 12:00:05,450 ERROR   ForkPoolWorker-2 celery.app.trace: "
    "Task evaluate.services[0aade5a4-23ec] raised unexpected: Temporary('InfluxDB')\n"
)


def test_durations_are_read_in_their_order() -> None:
    log = SUCCEEDED.format("0.021007322999139433") + SUCCEEDED.format("9.5e-05")
    assert read_ticks(log).durations_s == (0.021007322999139433, 9.5e-05)


def test_other_tasks_do_not_count() -> None:
    assert read_ticks(ANOTHER_TASK) == Ticks(durations_s=(), failed=0)


def test_failed_evaluations_are_counted_apart() -> None:
    assert read_ticks(FAILED + SUCCEEDED.format("1.0")) == Ticks(durations_s=(1.0,), failed=1)


def test_a_listener_hears_nothing_of_what_was_before(tmp_path: Path) -> None:
    log = tmp_path / "observer.log"
    log.write_text(SUCCEEDED.format("1.0"))
    heard = Listener(log)
    with log.open("a") as writing:
        writing.write(SUCCEEDED.format("2.0"))
    assert heard.ticks().durations_s == (2.0,)


def test_a_listener_may_come_before_the_log(tmp_path: Path) -> None:
    heard = Listener(tmp_path / "observer.log")
    assert heard.ticks().durations_s == ()
    (tmp_path / "observer.log").write_text(SUCCEEDED.format("1.0"))
    assert heard.ticks().durations_s == (1.0,)
