"""The three stacks deployed by the commands of the README, with the image that the Dockerfile builds, on five nodes.

Played once: a surge, a new version of skep in the midst of it, the death of the leading manager; each test looks at it
from another side.
"""

import json
from collections.abc import Iterator
from contextlib import nullcontext

import pytest

from lab.deployed.image import built
from lab.deployed.site import STACKS, Site
from lab.deployed.story import FEW, MANY, MOST, Outcome, play
from lab.real import Lab
from tests.labs import lab_name

pytestmark = [
    pytest.mark.swarm,
    # An image is built, and each service of skep rolled out with the care of its update settings.
    pytest.mark.timeout(1800),
]


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    image = built()
    lab = Lab(lab_name("deployed"), nodes=5, managers=3)
    lab.down()
    site = Site(lab=lab, built=image)
    try:
        site.raise_it()
        yield site
    finally:
        lab.down()


@pytest.fixture(scope="module")
def outcome(site: Site) -> Outcome:
    return play(site, lambda _: nullcontext())


def test_every_service_of_the_three_stacks_runs_that_is_not_left_out(outcome: Outcome) -> None:
    skeps, ticks, proxys = 6, 2, 1  # without Telegraf, Chronograf and Kapacitor
    assert outcome.services_running == skeps + ticks + proxys


def test_the_replicas_follow_the_load_up_and_back_down(outcome: Outcome) -> None:
    counts = [after for _, after in outcome.changes]
    assert max(counts) >= MOST > MANY
    assert counts[-1] == FEW


def test_no_action_is_lost_by_a_rollout_of_skep_or_the_death_of_a_leader(outcome: Outcome) -> None:
    assert outcome.lost == ()


def test_no_request_of_a_client_fails(outcome: Outcome) -> None:
    assert (outcome.failures, outcome.failed_requests) == ((), 0)
    assert outcome.sent_requests > 0


def test_it_ends_with_one_line_of_figures(outcome: Outcome) -> None:
    figures = json.loads(outcome.json_line())["deploy"]
    assert figures["stacks"] == list(STACKS)
    assert figures["lost_actions"] == 0
