"""A person sets a count at the command line, and finds it wherever skep tells what was done."""

import json
from pathlib import Path
from typing import Any

import pytest
from selenium.webdriver.common.by import By

from lab.demo.stack import FLOWER
from lab.real import direct
from lab.shots.browser import browser
from skep.core.decision import Verdict
from tests.swarm.patience import becomes
from tests.swarm.service import SERVICE
from tests.swarm.stage import HASTY, Stage
from tests.swarm.theatre import Theatre

pytestmark = pytest.mark.swarm

BY_HAND = ("scale", f"{SERVICE}=4", "--wait", "--reason", "the advert runs at eight", "--as", "ada")
SENTENCE = f"{SERVICE} 2 → 4: the advert runs at eight"

SCREENSHOT = Path(__file__).parents[2] / "build/artifacts/flower-tasks.png"


def test_a_count_by_hand_is_carried_out_and_held_against_the_metrics(stage: Stage) -> None:
    stage.label(HASTY)
    done = stage.command(*BY_HAND)
    assert (done.returncode, done.stderr) == (0, "")
    assert SENTENCE in done.stdout.splitlines()
    assert stage.service.replicas == len(stage.service.sight.running) == 4
    # The first may have begun before the order was given.
    _, *later = stage.account.next_decisions(4)
    assert [decision.verdict for decision in later] == [Verdict.LEAVE_ALONE] * 3
    assert all(decision.reason.startswith("held at 4 replicas by ada until ") for decision in later)
    assert (stage.counts, stage.writes) == ([4], 1)


def test_a_count_by_hand_is_told_by_history_and_explained(stage: Stage) -> None:
    stage.label(HASTY)
    stage.command(*BY_HAND)
    stage.account.next_decisions(2)
    entries = answer(stage, "history", SERVICE, "--json")["entries"]
    newest = next(entry for entry in entries if entry["kind"] == "changed")
    assert (newest["actor"], newest["sentence"]) == ("ada", SENTENCE)
    assert "ada holds it at 4 replicas" in stage.command("explain", SERVICE).stdout
    assert SERVICE in stage.command("status").stdout


def test_a_count_beyond_the_bounds_is_refused(stage: Stage) -> None:
    stage.label(HASTY)
    done = stage.command("scale", f"{SERVICE}=9", "--wait")
    assert done.returncode == 1
    assert f"{SERVICE}=9 refused: bounds are 2..8 (--beyond-bounds insists)" in done.stdout.splitlines()
    assert (stage.service.replicas, stage.writes) == (2, 0)


@pytest.mark.browser
def test_a_person_reads_in_flower_what_was_ordered_by_hand_also_after_its_restart(stage: Stage, tmp_path: Path) -> None:
    stage.label(HASTY)
    (order,) = answer(stage, *BY_HAND, "--json")["orders"]
    task_id = order["task_id"]
    assert_row_is_read_in_flower(stage, task_id, tmp_path / "first")
    stage.skep.stop(FLOWER)
    stage.skep.start_flower()
    stage.skep.wait_ready(FLOWER)
    assert_row_is_read_in_flower(stage, task_id, tmp_path / "after a restart")


def answer(stage: Stage, *arguments: str) -> Any:
    """What a command writes as JSON."""
    return json.loads(stage.command(*arguments).stdout)


def assert_row_is_read_in_flower(stage: Stage, task_id: str, profile: Path) -> None:
    flower = stage.skep.flower
    page = f"{flower.url}/tasks".replace("://", f"://{flower.user}:{flower.password}@")
    with browser(profile) as chromium:

        def rows() -> list[str]:
            """The page does not refresh itself, so it is loaded again at each look."""
            chromium.get(page)
            return [row.text for row in chromium.find_elements(By.XPATH, f"//tr[.//*[text()='{task_id}']]")]

        (row,) = becomes(rows, lambda found: any("SUCCESS" in text for text in found), what=f"the row of {task_id}")
        SCREENSHOT.parent.mkdir(parents=True, exist_ok=True)
        chromium.save_screenshot(str(SCREENSHOT))
    assert f"scale.{SERVICE} {SENTENCE} SUCCESS" in row


@pytest.mark.parametrize("page", ["/", "/tasks", "/workers", "/broker", "/api/tasks", "/api/workers"])
def test_flower_shows_nothing_without_the_password(theatre: Theatre, page: str) -> None:
    with direct.session() as session:
        assert session.get(theatre.skep.flower.url + page, timeout=10).status_code == 401
