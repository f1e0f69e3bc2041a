"""A surge comes and goes: skep follows it up and down on a real Swarm, and disturbs nothing on its way."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from lab.load import Counters, Summary
from lab.real import direct
from lab.real.events import Change
from skep.core.record import Entry
from tests.swarm.patience import becomes
from tests.swarm.service import SERVICE, Sight
from tests.swarm.stage import POLICY, Stage
from tests.swarm.theatre import Theatre

pytestmark = pytest.mark.swarm

FEW, MANY = 2, 5
# At 5 requests per second for each replica, the first is a load for one, and both together are one for five.
CALM_RPS, SURGE_RPS = 4.5, 18.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Surge:
    """What was seen of it: by the clients, by Docker, and by skep's journal."""

    clients: tuple[Summary, Summary]
    before: Sight
    peak: Sight
    after: Sight
    changes: tuple[Change, ...]
    entries: tuple[Entry, ...]


@pytest.fixture(scope="module")
def surge(theatre: Theatre) -> Iterator[Surge]:
    """Played once; each test looks at it from another side."""
    with theatre.performance() as stage:
        yield play(stage)


def play(stage: Stage) -> Surge:
    stage.label(POLICY)
    before = stage.service.sight
    with stage.load(CALM_RPS) as calm:
        with stage.load(SURGE_RPS) as surge:
            peak = becomes(lambda: stage.service.sight, _is_many_at_rest, what=f"{MANY} replicas to run")
            becomes(surge.now, lambda counters: _all_answer(counters, peak), what="answers of all of them")
        stage.await_replicas(FEW)
        after = stage.service.sight
    changes = stage.witness.changes(SERVICE)
    return Surge(
        clients=(calm.wait(), surge.wait()),
        before=before,
        peak=peak,
        after=after,
        changes=changes,
        entries=becomes(lambda: stage.account.changes, lambda told: len(told) >= len(changes), what="all records"),
    )


def _is_many_at_rest(sight: Sight) -> bool:
    return sight.is_settled and len(sight.running) >= MANY


def _all_answer(counters: Counters, sight: Sight) -> bool:
    """Whether each replica has served clients; one that is being stopped answers for a while too, and is not meant."""
    names = [name for name, _ in counters.ok_by_task]
    return all(any(name.endswith(task) for name in names) for task in sight.running)


def test_the_replicas_follow_the_load_up_and_back_down(surge: Surge) -> None:
    counts = [FEW, *(change.after for change in surge.changes)]
    peak = counts.index(max(counts))
    assert counts[: peak + 1] == sorted(counts[: peak + 1])
    assert counts[peak:] == sorted(counts[peak:], reverse=True)
    assert counts[peak] >= MANY
    assert counts[-1] == FEW


def test_no_request_fails(surge: Surge) -> None:
    assert [clients.failed_by_kind for clients in surge.clients] == [(), ()]
    assert all(clients.ok > 0 for clients in surge.clients)


def test_the_journal_tells_every_change_once_and_nothing_else(surge: Surge) -> None:
    assert [(e.replicas_before, e.replicas_after) for e in surge.entries] == list(surge.changes)


def test_the_journal_tells_the_load_that_was_the_reason(surge: Surge) -> None:
    for entry in surge.entries:
        counts = f"{entry.replicas_before} → {entry.replicas_after}"
        load = rf"requests [0-9.]+/s on {entry.replicas_before} replicas, target 5/s each"
        assert re.match(rf"{SERVICE} {counts}: {load}", entry.sentence)
        assert entry.decision is not None
        assert entry.decision.goal == entry.replicas_after


def test_every_change_is_the_result_of_a_task(surge: Surge, theatre: Theatre) -> None:
    for entry in surge.entries:
        counts = f"{entry.replicas_before} → {entry.replicas_after}"
        assert entry.task_id is not None
        state, result = theatre.postbox.outcome(entry.task_id)
        lines = result.splitlines()
        assert (state, lines[-1]) == ("SUCCESS", entry.sentence)
        assert counts in lines[0]


def test_flower_has_a_row_for_every_change(surge: Surge, theatre: Theatre) -> None:
    flower = theatre.skep.flower
    with direct.session() as session:
        session.auth = (flower.user, flower.password)
        for entry in surge.entries:
            row = session.get(f"{flower.url}/api/task/info/{entry.task_id}", timeout=10).json()
            assert (row["name"], row["state"]) == (f"scale.{SERVICE}", "SUCCESS")
            assert entry.sentence in row["result"]


def test_growing_leaves_every_running_swarm_task_alone(surge: Surge) -> None:
    assert surge.before.running < surge.peak.running
    assert surge.peak.replaced == surge.before.replaced


def test_shrinking_only_ends_swarm_tasks_and_starts_none(surge: Surge) -> None:
    assert surge.after.running < surge.peak.running
    assert surge.after.replaced == surge.before.replaced


def test_nothing_of_the_spec_is_changed_but_its_count(surge: Surge) -> None:
    assert surge.before.spec == surge.peak.spec == surge.after.spec
