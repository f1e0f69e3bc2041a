"""Clients of the demo service on the lab lose no request, whatever scaling does under them."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from lab.load import Load, Step, Summary
from lab.real import Lab
from tests.eventually import eventually
from tests.labs import lab_name

pytestmark = pytest.mark.swarm

NAME = lab_name("traffic")
SERVICE = "demo_web"


@pytest.fixture(scope="module")
def standing() -> Iterator[Lab]:
    lab = Lab(NAME)
    lab.down()
    try:
        lab.up()
        lab.deploy_web({"skep.enable": "true", "skep.requests": "8/s", "price": "$5 ${each}"})
        lab.deploy_proxy()
        yield lab
    finally:
        lab.down()


@pytest.fixture
def lab(standing: Lab) -> Lab:
    """The lab with two replicas of the demo service, and no others that still answer."""
    scale(standing, 2)
    eventually(lambda: not stopping(standing), within_s=120, every_s=0.2)
    return standing


def test_labels_are_on_the_service_as_they_were_given(lab: Lab) -> None:
    with lab.client() as manager:
        labels = manager.inspect_service(SERVICE)["Spec"]["Labels"]
    assert {"skep.enable": "true", "skep.requests": "8/s", "price": "$5 ${each}"}.items() <= labels.items()


def test_every_replica_answers_under_its_own_name(lab: Lab) -> None:
    with load(lab, rate_rps=40) as clients:
        eventually(lambda: answering(clients) == running_slots(lab))


def test_no_request_is_lost_from_two_to_six_and_back_under_sixty_requests_per_second(lab: Lab) -> None:
    """With capacity to spare, as scaling should leave it."""
    with load(lab, rate_rps=60, cost_ms=2) as clients:
        scale(lab, 6)
        eventually(lambda: len(answering(clients)) >= 6)
        scale(lab, 2)
        keep_going_until_gone(lab, clients)
        assert_nothing_lost(clients.stop())


def test_no_request_is_lost_when_replicas_are_taken_away_from_a_service_that_has_too_few(lab: Lab) -> None:
    with load(lab, rate_rps=40, cost_ms=8) as clients:
        scale(lab, 4)
        eventually(lambda: len(answering(clients)) >= 4)
        scale(lab, 2)
        keep_going_until_gone(lab, clients)
        assert_nothing_lost(clients.stop())


def test_a_request_in_flight_is_finished_by_the_replica_that_is_taken_away(lab: Lab) -> None:
    scale(lab, 4)
    with load(lab, rate_rps=3, sleep_s=5) as clients:
        eventually(lambda: clients.now().in_flight >= 12)
        scale(lab, 2)
        keep_going_until_gone(lab, clients)
        assert_nothing_lost(clients.stop())


def load(lab: Lab, *, rate_rps: float, cost_ms: float = 0, sleep_s: float = 0) -> Load:
    url = f"{lab.status().proxy_url}/?cost={cost_ms:g}&sleep={sleep_s:g}"
    return Load(url, [Step(duration=timedelta(minutes=5), rate_rps=rate_rps)])


def scale(lab: Lab, replicas: int) -> None:
    lab.docker("service", "scale", "--detach", f"{SERVICE}={replicas}")
    lab.wait_running(SERVICE, replicas)


def keep_going_until_gone(lab: Lab, clients: Load) -> None:
    """Until the replicas that shall stop have ended, and thirty requests longer."""
    eventually(lambda: not stopping(lab), within_s=120, every_s=0.2)
    enough = clients.now().sent + 30
    eventually(lambda: clients.now().sent >= enough, within_s=120)


def stopping(lab: Lab) -> list[str]:
    """Swarm tasks that run although they shall not."""
    with lab.client() as manager:
        tasks = manager.tasks(filters={"service": SERVICE})
    still_there = [task for task in tasks if task["Status"]["State"] == "running"]
    return [task["ID"] for task in still_there if task["DesiredState"] != "running"]


def running_slots(lab: Lab) -> set[str]:
    with lab.client() as manager:
        tasks = manager.tasks(filters={"service": SERVICE, "desired-state": "running"})
        return {f"{SERVICE}.{task['Slot']}.{task['ID']}" for task in tasks}


def answering(clients: Load) -> set[str]:
    return {task for task, _ in clients.now().ok_by_task}


def assert_nothing_lost(summary: Summary) -> None:
    assert (summary.failed, summary.failed_by_kind) == (0, ())
    assert summary.ok == summary.sent
