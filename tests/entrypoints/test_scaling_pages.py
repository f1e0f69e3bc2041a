"""The Scaling pages as values become HTML: what they tell, and that nothing they show can break them."""

from dataclasses import replace
from datetime import timedelta

import pytest

from audit.scaling.pages import HistoryFilter, Standing, history_page, nodes_page, overview_page, service_page, state_of
from skep.core.capacity.node_memory import NodeReport
from skep.core.cluster import Availability, Resources
from skep.core.decision import Decision, Hold, Pause, Verdict
from skep.core.metrics.series import Gap, GapReason
from skep.core.policy import Tune
from skep.core.pool_report import PoolReport
from skep.core.record import Entry
from skep.core.strategies.tuning import Comparison, Tuning
from skep.operations.cluster_map import Box, ClusterMap, NodeColumn, NodeOutline
from skep.operations.node_status import NodeStatus
from tests.adapters.examples import HOSTILE_NAMES, decision, entry
from tests.builders import NOW, ago, proposal

HOSTILE = [pytest.param(name, id=words) for words, name in HOSTILE_NAMES.items()]
HOSTILE.append(pytest.param("<script>alert(1)</script>", id="a program"))


STALE = Gap(reason=GapReason.STALE, detail="newest point is 95 s old")


def calm() -> Decision:
    return replace(decision(goal=3, reason="requests 120/s"), verdict=Verdict.KEEP, proposals=(proposal(3),), steps=())


def overview(*standings: Standing, notes: tuple[str, ...] = ()) -> str:
    return overview_page(
        standings, total=len(standings), page=1, page_size=25, search="", notes=notes, now=NOW, base=""
    )


def history(*entries: Entry, wanted: HistoryFilter | None = None, has_more: bool = False) -> str:
    return history_page(
        entries, wanted=wanted or HistoryFilter(), page=1, has_more=has_more, notes=(), now=NOW, base="/flower"
    )


@pytest.mark.parametrize(
    ("standing", "word", "sentence"),
    [
        pytest.param(Standing(decision=calm()), "steady", "steady: requests 120/s", id="steady"),
        pytest.param(
            Standing(decision=replace(calm(), goal=7)), "growing", "growing to 7: requests 120/s", id="growing"
        ),
        pytest.param(
            Standing(decision=replace(calm(), goal=2)), "shrinking", "shrinking to 2: requests 120/s", id="shrinking"
        ),
        pytest.param(
            Standing(decision=calm(), hold=Hold(replicas=5, until=None, actor="ada")),
            "held",
            "held at 5 until it is released by ada",
            id="held by a person",
        ),
        pytest.param(
            Standing(decision=calm(), hold=Hold(replicas=5, until=None, actor="ada", reason="the fair")),
            "held",
            "held at 5 until it is released by ada (the fair)",
            id="held by a person who says why",
        ),
        pytest.param(
            Standing(decision=calm(), pause=Pause(until=ago(-60), actor="ada")),
            "paused",
            "paused until 12:01:00 UTC, for another 1 min by ada",
            id="paused",
        ),
        pytest.param(
            Standing(decision=replace(calm(), verdict=Verdict.INVALID, reason="skep.max is missing")),
            "error",
            "error: skep.max is missing",
            id="a wrong label",
        ),
        pytest.param(
            Standing(decision=replace(calm(), proposals=(proposal(3, gap=STALE),), reason="no value of requests")),
            "no data",
            "no data: no value of requests",
            id="no metric has a value",
        ),
        pytest.param(
            Standing(decision=replace(calm(), proposals=(proposal(3), proposal(3, gap=STALE)))),
            "steady",
            "steady: requests 120/s",
            id="one of two has a value",
        ),
    ],
)
def test_a_state_is_a_word_and_a_sentence(standing: Standing, word: str, sentence: str) -> None:
    assert state_of(standing, NOW) == (word, sentence)


@pytest.mark.parametrize("name", HOSTILE)
def test_no_name_breaks_a_page(name: str) -> None:
    hostile = replace(calm(), service_name=name, reason=name)
    standing = Standing(decision=hostile, course=(entry(service=name, reason=name, actor=name),))
    pages = (
        overview(standing, notes=(name,)),
        service_page(
            name,
            standing=standing,
            entries=standing.course,
            span=timedelta(hours=1),
            explanation=name,
            notes=(name,),
            now=NOW,
            base="",
        ),
        history(*standing.course, wanted=HistoryFilter(service=name, actor=name)),
    )
    for page in pages:
        assert "<script" not in page
        assert "<path" not in page.replace('<path d="M', "")
        assert f'value="{name}"' not in page or '"' not in name


def test_the_overview_tells_counts_bounds_metric_and_why() -> None:
    page = overview(Standing(decision=calm(), course=(entry(3),)))
    for told in ("web", "requests 150/s, target 50/s", "steady", "<svg", "1 service at 12:00:00 UTC"):
        assert told in page, told


def test_the_overview_draws_the_course_of_replicas_and_of_the_metric_that_leads() -> None:
    page = overview(Standing(decision=calm(), course=(replace(entry(3), decision=calm()),)))
    for told in ("replicas over 24 hours: 3 to 3", "requests over 24 hours: 150/s to 150/s", 'class="target"'):
        assert told in page, told


def test_an_empty_overview_tells_how_a_service_comes_to_stand_there() -> None:
    assert "Put the label skep.enable on one" in overview()


def test_a_change_is_linked_to_its_task_and_the_filter_to_its_files() -> None:
    page = history(entry(7), wanted=HistoryFilter(actor="ada"), has_more=True)
    assert 'href="/flower/task/scale.web.7"' in page
    assert 'href="/flower/scaling/history/csv?actor=ada&amp;page=1"' in page
    assert 'href="/flower/scaling/history?actor=ada&amp;page=2"' in page


def test_a_node_tells_what_it_has_and_why_it_stays() -> None:
    node = NodeStatus(
        id="n3",
        hostname="node-3",
        is_manager=False,
        is_ready=True,
        availability=Availability.ACTIVE,
        pool="workers",
        swarm_tasks=4,
        reserved=Resources(cpu_cores=1.0, memory_bytes=1 << 30),
        capacity=Resources(cpu_cores=4.0, memory_bytes=4 << 30),
        verdict="node-3 stays: web has nowhere else to run",
        used=Resources(cpu_cores=2.0),
    )
    report = NodeReport(evaluation=1, at=ago(5), pools=(PoolReport(name="workers", nodes=3, min_nodes=1, max_nodes=5),))
    page = nodes_page((node,), report=report, notes=(), now=NOW, base="")
    for told in (
        "node-3 stays: web has nowhere else to run",
        "1.00 of 4.00 cores (25 %)",
        "2.00 of 4.00 cores (50 %)",
        "unknown",
        "workers",
        "evaluated 5 s ago",
    ):
        assert told in page, told


def test_the_rule_of_a_pool_that_tunes_itself_stands_beside_it() -> None:
    tuning = Tuning(mode=Tune.AUTO, rule="the load of now", why="the load of now: (…)", replicas=4)
    pool = PoolReport(name="workers", nodes=3, min_nodes=1, max_nodes=5, notes=("a note",), tuning=tuning)
    report = NodeReport(evaluation=1, at=ago(5), pools=(pool,))
    page = str(nodes_page((), report=report, notes=(), now=NOW, base=""))
    assert "a note" in page
    assert "It tunes itself and expects to need 4 nodes. It follows the load of now: (…)." in page


def test_the_map_has_a_column_for_each_node_and_one_for_what_has_none() -> None:
    boxes = (
        Box(service="<b>web</b>", slot=1, state="running"),
        Box(service="api", slot=2, state="starting"),
        Box(service="db", slot=None, state="running", count=12),
    )
    pending = Box(service="api", slot=3, state="pending", error="no suitable node")
    lying = ClusterMap(
        total=30,
        columns=(NodeColumn(hostname="node-1", is_ready=True, availability="active", boxes=boxes, more=3),),
        unplaced=NodeColumn(hostname="no node yet", is_ready=False, availability="", boxes=(pending,)),
        outlines=(
            NodeOutline(hostname="node-1", is_ready=True, availability="active", swarm_tasks=17, waiting=1),
            NodeOutline(hostname="node-2", is_ready=False, availability="drain", swarm_tasks=0, waiting=0),
        ),
    )
    page = nodes_page((), report=None, lying=lying, page=1, page_size=24, notes=(), now=NOW, base="")
    for told in (
        "17 swarm tasks, active",
        "&lt;b&gt;web&lt;/b&gt;.1",
        "api.2 <em>starting</em>",
        "12 of db",
        "and 3 more",
        "1 swarm task; no suitable node",
        'aria-label="node-1: 17 swarm tasks, 1 of them not running, active"',
        'aria-label="node-2: 0 swarm tasks, not ready, drain"',
        'href="/scaling/nodes?page=2"',
    ):
        assert told in page, told


def test_a_policy_in_the_shadow_tells_what_it_would_have_saved() -> None:
    comparison = Comparison(
        span=timedelta(hours=2),
        price=10.0,
        acting_replicas=4.0,
        acting_missing=0.1,
        tuned_replicas=4.2,
        tuned_missing=0.0,
    )
    tuning = Tuning(mode=Tune.SHADOW, rule="the load of now", why="", replicas=4, comparison=comparison)
    page = overview(Standing(decision=replace(calm(), tuning=tuning)))
    assert "in the shadow, the load of now: 4 replicas" in page
    assert "in the last 2 h it would have saved 16%" in page
    assert "in the shadow" not in overview(Standing(decision=replace(calm(), tuning=replace(tuning, mode=Tune.AUTO))))
