"""The Scaling pages in a real Flower, read by a real browser, drawn from a real Redis and InfluxDB."""

import base64
import os
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By

from lab.flower_command import FLOWER_COMMAND
from lab.shots.browser import browser
from skep.adapters.influx.access import InfluxAccess
from skep.adapters.influx_journal import InfluxJournal
from skep.adapters.journals import ArchivedJournal
from skep.adapters.redis_journal import RedisJournal
from skep.adapters.redis_memory import RedisMemory
from skep.core.decision import Decision, Verdict
from skep.core.record import Entry, EntryKind, state
from skep.core.strategies.proposal import Proposal
from tests.adapters.examples import decision, entry
from tests.adapters.redis_clients import client_of
from tests.builders import proposal
from tests.servers import InfluxServer, RedisServer, free_port
from tests.swarm.patience import becomes

pytestmark = [pytest.mark.browser, pytest.mark.redis, pytest.mark.influx, pytest.mark.timeout(300)]

ROOT = Path(__file__).parents[2]
PASSWORD = "not-a-secret"
LOST = "Redis remembers no decision"
AS_FAR_AS_REDIS = "The journal is told as far as Redis holds it"


@dataclass(frozen=True, slots=True, kw_only=True)
class Seat:
    """Flower as it runs beside its stores."""

    url: str
    redis: RedisServer
    influx: InfluxServer
    folder: Path

    @property
    def with_login(self) -> str:
        return self.url.replace("://", f"://skep:{PASSWORD}@")

    @contextmanager
    def flower(self) -> Iterator[None]:
        """Flower, from when it answers until it is killed."""
        variables = {name: value for name, value in os.environ.items() if not name.startswith(("SKEP_", "FLOWER_"))}
        variables |= {
            "SKEP_BROKER_URL": self.redis.url,
            "SKEP_INFLUX_URL": self.influx.url,
            "SKEP_FLOWER_PASSWORD": PASSWORD,
            "SKEP_STATE_DIR": str(self.folder),
        }
        port = self.url.rpartition(":")[2]
        command = ("-m", *FLOWER_COMMAND, f"--port={port}")
        with (self.folder / "flower.log").open("ab") as log:
            process = subprocess.Popen([sys.executable, *command], cwd=ROOT, env=variables, stdout=log, stderr=log)
        try:
            becomes(lambda: self.status("/healthcheck"), lambda code: code == 200, what="Flower")
            yield
        finally:
            process.kill()
            process.wait()

    def status(self, path: str, *, password: str | None = None) -> int:
        """What a request is answered with; 0 where nobody answers."""
        return self.read(path, password=password)[0]

    def read(self, path: str, *, password: str | None = None) -> tuple[int, str]:
        """Status and text of an answer."""
        request = urllib.request.Request(self.url + path)  # noqa: S310 - always http on the loopback
        if password is not None:
            login = base64.b64encode(f"skep:{password}".encode()).decode()
            request.add_header("Authorization", f"Basic {login}")
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310 - as above
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, ""
        except OSError:
            return 0, ""

    def fill(self) -> None:
        """A day of three services, part of it in InfluxDB alone, and what is known of them now."""
        now = datetime.now(UTC)
        latest = [told_of(name, now) for name in ("api", "web", "<b>hostile</b>")]
        with (
            client_of(self.redis) as client,
            InfluxJournal(InfluxAccess(url=self.influx.url, database="skep")) as archive,
        ):
            journal = ArchivedJournal(recent=RedisJournal(client), archive=archive)
            journal.append(sorted((each for d in latest for each in day_of(d, now)), key=lambda each: each.at))
            while journal.forward():
                pass
            RedisMemory(client).remember(recommendations={}, decisions=latest)


def told_of(name: str, at: datetime, *, goal: int = 7) -> Decision:
    return replace(
        decision(name, goal=goal, reason=f"requests 340/s on {goal} replicas, target 50/s each"),
        at=at,
        replicas=goal,
        running=goal,
        verdict=Verdict.KEEP,
        proposals=(measured(goal, at),),
        steps=(),
        inaction=None,
        next_change_at=None,
    )


def measured(replicas: int, at: datetime) -> Proposal:
    return replace(proposal(replicas), value=48.6, total=48.6 * replicas, at=at)


def day_of(latest: Decision, now: datetime) -> Iterator[Entry]:
    name = latest.service_name
    for hours in range(20, 0, -1):
        at = now - timedelta(hours=hours)
        goal = 3 + hours % 5
        yield state(replace(told_of(name, at, goal=goal), proposals=(measured(goal, at),)))
    by_hand = entry(7, at=now - timedelta(hours=2), service=name, actor="ada", reason="the advert runs at eight")
    yield by_hand
    yield replace(by_hand, at=now - timedelta(minutes=90), actor="skep", kind=EntryKind.HELD, task_id=None)


@pytest.fixture
def seat(redis_server: RedisServer, influx_server: InfluxServer, tmp_path: Path) -> Seat:
    return Seat(
        url=f"http://127.0.0.1:{free_port()}", redis=redis_server, influx=influx_server, folder=tmp_path / "flower"
    )


@pytest.fixture(autouse=True)
def _folder(seat: Seat) -> None:
    seat.folder.mkdir()


def rows(chromium: Chrome, page: str) -> list[str]:
    chromium.get(page)
    return [row.text for row in chromium.find_elements(By.CSS_SELECTOR, "#scaling tbody tr")]


def test_nothing_is_shown_without_the_password(seat: Seat) -> None:
    with seat.flower():
        pages = ("/scaling", "/scaling/service/web", "/scaling/nodes", "/scaling/history", "/scaling/history/json")
        assert {page: seat.status(page) for page in pages} == dict.fromkeys(pages, 401)
        assert {page: seat.status(page, password=PASSWORD) for page in pages} == dict.fromkeys(pages, 200)


def test_a_person_reads_why_who_and_when(seat: Seat, tmp_path: Path) -> None:
    with seat.flower(), browser(tmp_path / "chromium") as chromium:
        assert "No service has been evaluated yet" in seat.read("/scaling", password=PASSWORD)[1]
        chromium.get(f"{seat.with_login}/scaling")
        seat.fill()
        overview = rows(chromium, f"{seat.with_login}/scaling")
        assert [row.split()[0] for row in overview] == ["<b>hostile</b>", "api", "web"]
        assert "7 7 1 20" in overview[2]
        assert "requests 48.6/s, target 50/s" in overview[2]
        chromium.get(f"{seat.with_login}/scaling/service/web")
        told = chromium.find_element(By.ID, "scaling").text
        for words in ("web 3 → 7: the advert runs at eight", "no worker answered within 2 s", "web has 7 repl"):
            assert words in told, told
        by_ada = rows(chromium, f"{seat.with_login}/scaling/history?actor=ada&service=api&since=3h")
        assert len(by_ada) == 1
        assert "changed ada api 3 → 7: the advert runs at eight" in by_ada[0]
        assert rows(chromium, f"{seat.with_login}/scaling/history?until=23h") == []
        rows(chromium, f"{seat.with_login}/scaling/nodes")
        assert "no worker answered within 2 s" in chromium.find_element(By.ID, "scaling").text


def test_no_row_is_lost_when_flower_is_killed_and_redis_restarts_or_loses_all(seat: Seat, tmp_path: Path) -> None:
    seat.fill()
    with browser(tmp_path / "chromium") as chromium:
        pages = ("/scaling", "/scaling/history", "/scaling/history?actor=ada")

        def seen() -> list[list[str]]:
            return [rows(chromium, f"{seat.with_login}{page}") for page in pages]

        with seat.flower():
            before = seen()
        assert [len(found) for found in before] == [3, 6, 3]
        with seat.flower():
            assert seen() == before
            seat.redis.restart()
            assert becomes(seen, lambda now: now == before, what="the same rows after a restart of Redis") == before
            seat.redis.lose_data()
            becomes(seen, lambda now: now[1:] == before[1:], what="the same history after Redis lost all")
            chromium.get(f"{seat.with_login}/scaling")
            assert LOST in chromium.find_element(By.ID, "scaling").text
            assert len(seen()[0]) == 3


def test_without_influxdb_the_pages_tell_what_redis_holds_and_say_so(seat: Seat, tmp_path: Path) -> None:
    seat.fill()
    seat.influx.stop()
    with seat.flower(), browser(tmp_path / "chromium") as chromium:
        for page, expected in (("/scaling", 3), ("/scaling/history", 6), ("/scaling/service/web", 2)):
            assert len(rows(chromium, f"{seat.with_login}{page}")) == expected
            assert AS_FAR_AS_REDIS in chromium.find_element(By.ID, "scaling").text


def test_what_happens_while_somebody_looks_appears_by_itself(seat: Seat, tmp_path: Path) -> None:
    with seat.flower(), browser(tmp_path / "chromium") as chromium, client_of(seat.redis) as client:
        assert rows(chromium, f"{seat.with_login}/scaling/history") == []
        RedisJournal(client).append([entry(7, at=datetime.now(UTC), actor="ada", reason="the sale begins")])
        becomes(
            lambda: chromium.find_element(By.ID, "scaling").text,
            lambda text: "web 3 → 7: the sale begins" in text,
            what="the new row",
        )
