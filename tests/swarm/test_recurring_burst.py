"""A burst of the same minute of every day, recorded for days: on a real Swarm its replicas stand before it comes."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest

from lab.real import direct
from skep.core.decision import Decision
from skep.core.foresight.replay import Tuned
from skep.core.policy import Tune
from tests.swarm.patience import becomes
from tests.swarm.service import SERVICE
from tests.swarm.stage import POLICY, Stage

pytestmark = pytest.mark.swarm

TUNED = {**POLICY, "skep.tune": "auto", "skep.scale-up": "rate=500%/2s"}
DAYS = 4
CALM_RPS, BURST_RPS, TARGET_RPS = 4.5, 29.0, 5.0
MANY = 6
#: Until the live burst, so that there is time to learn and to grow; and long enough for a machine that is busy.
COMES_IN = timedelta(seconds=30)
LASTS = timedelta(minutes=4)
_POINT_EVERY = timedelta(seconds=10)
_HISTORY = "history"


def test_a_recurring_burst_finds_its_replicas_running(stage: Stage) -> None:
    with days_with_a_burst(stage, at=datetime.now(UTC) + COMES_IN), stage.load(CALM_RPS) as calm:
        stage.label(TUNED)
        choice = learned(stage)
        assert "peak of this time of day" in choice.rule.predictor
        # Nobody but the calm clients has asked for anything so far.
        ahead = becomes(lambda: stage.service.sight, lambda sight: len(sight.running) >= MANY, what="the replicas")
        grown = next(entry.decision for entry in reversed(stage.account.changes) if entry.decision is not None)
        assert expected_rps(grown) >= BURST_RPS * 0.9
        assert measured_rps(grown) < 2 * CALM_RPS
        with stage.load(BURST_RPS - CALM_RPS) as burst:
            becomes(burst.now, lambda counters: counters.ok >= 5 * BURST_RPS, what="five seconds of the burst")
        seen = stage.service.sight
        explained = stage.command("explain", SERVICE).stdout
    assert seen.running >= ahead.running
    assert [clients.wait().failed_by_kind for clients in (calm, burst)] == [(), ()]
    assert "Its policy tunes itself. It follows" in " ".join(explained.split())
    assert "peak of other days" in explained


def learned(stage: Stage) -> Tuned:
    """The rule that a worker has chosen, once an evaluation goes by it."""
    stage.postbox.learn()
    decision = becomes(lambda: stage.account.decision, _is_tuned, what="a decision by the rule that was chosen")
    assert decision is not None
    assert decision.tuning is not None
    assert decision.tuning.mode is Tune.AUTO
    return stage.account.choice


def _is_tuned(decision: Decision | None) -> bool:
    return decision is not None and decision.tuning is not None


def measured_rps(decision: Decision) -> float:
    """What the proxy counted."""
    return next(p.total or 0.0 for p in decision.proposals if p.metric == "requests")


def expected_rps(decision: Decision) -> float:
    """What the rule made of it."""
    return next(p.total or 0.0 for p in decision.proposals if p.metric == "requests expected")


@contextmanager
def days_with_a_burst(stage: Stage, *, at: datetime) -> Iterator[None]:
    """Past days in the very series that evaluations read, with a burst at this time of each; gone after the block.

    It ends a minute before now, so that no evaluation sees anything of it.
    """
    lines, total = [], 0.0
    now = datetime.now(UTC)
    instant = now - timedelta(days=DAYS)
    while instant < now - timedelta(minutes=1):
        since_s = (instant - at).total_seconds() % 86_400
        total += (BURST_RPS if since_s < LASTS.total_seconds() else CALM_RPS) * _POINT_EVERY.total_seconds()
        tags = f"host={_HISTORY},proxy={SERVICE},server={_HISTORY},sv=BACKEND,type=backend"
        lines.append(f"haproxy,{tags} stot={round(total)}i {round(instant.timestamp())}")
        instant += _POINT_EVERY
    database = {"db": stage.status.influx_database}
    with direct.session() as session:
        written = session.post(
            f"{stage.status.influx_url}/write",
            params={**database, "precision": "s"},
            data="\n".join(lines),
            timeout=60,
        )
        written.raise_for_status()
        try:
            yield
        finally:
            forget = {**database, "q": f"DROP SERIES FROM haproxy WHERE host = '{_HISTORY}'"}
            session.post(f"{stage.status.influx_url}/query", params=forget, timeout=60).raise_for_status()
